"""Calls: what rows and summaries say of them, and which needs they leave open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mmlint.dataflow import ranges
from mmlint.dataflow import terms as t
from mmlint.dataflow.applied import Application
from mmlint.dataflow.needs import Asked, Needs
from mmlint.dataflow.refine import SPANNED
from mmlint.dataflow.state import (
    ANY,
    NEGATIVE,
    NONZERO,
    POSITIVE,
    ZERO,
    Known,
    Location,
    State,
)
from mmlint.dataflow.summary import Conversion
from mmlint.dataflow.terms import Term, make

if TYPE_CHECKING:
    from mmlint.dataflow.frame import Frame
    from mmlint.rows import Destroy, Establish, Link
    from mmlint.syntax.nodes import Call

_WHEN: Final = {
    "nonzero": NONZERO,
    "zero": ZERO,
    "positive": POSITIVE,
    "negative": NEGATIVE,
    "nonnegative": ZERO | POSITIVE,
    "always": ANY,
}
# A pointer to a member, the type of the object, the member.
_CONTAINER_ARGS: Final = 3
# Any shift serves: what counts is that bytes and pages are told apart.
_PAGE_SHIFT: Final = 12
# A fact that a release leaves behind, so that a later question is known to come too late.
DROPPED: Final = "dropped "


class Calls:
    """The calls of one function."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.knowledge = frame.knowledge
        self.needs = Needs(frame)
        self.application = Application(frame, self.needs)

    def indirect(self, callee: Term, args: tuple[Term, ...], expr: Call, state: State) -> Term:
        """A call through a pointer: nobody knows what it does, so it touches the pages it gets."""
        self.needs.limits[expr.start] = expr.end
        if self.frame.recording is not None and self.frame.collecting:
            self.frame.recording.call("", args, expr.start, state)
        for arg in args:
            self.needs.touch(arg, expr.start, "an indirect call", state)
        if expr.start in self.frame.meant:
            self.application.called_back(self.frame.meant[expr.start], args, expr, state)
        self._clobber(args, expr, state)
        return self._fresh("call", "", (callee, *args), expr, state)

    def call(self, name: str, args: tuple[Term, ...], expr: Call, state: State) -> Term:
        """A call of the function or macro `name`; the value that it returns."""
        self.frame.sight(name, args, state)
        recording = self.frame.recording if self.frame.collecting else None
        if recording is None:
            return self._effect(name, args, expr, state)
        recording.call(name, args, expr.start, state)
        value = self._effect(name, args, expr, state)
        recording.result(value, expr.start)
        return value

    def _effect(self, name: str, args: tuple[Term, ...], expr: Call, state: State) -> Term:
        """What a call does to `state`; the value that it returns."""
        known = self.knowledge
        self.needs.limits[expr.start] = expr.end
        if not known.speaks_of(name):
            return self._unnamed(name, args, expr, state)
        for same in known.same.get_rows(name):
            if same.kind == "container":
                contained = self._container(args)
                if contained is not None:
                    return contained
            elif same.arg <= len(args):
                return args[same.arg - 1]
        value = self._conversion(name, args, expr, state)
        if value is not None:
            return value
        self._questions(name, args, expr, state)
        self._zones(name, args, expr, state)
        summary = self.application.summary(name, args)
        value = self._result(name, args, expr, state)
        if summary is not None:
            value = self.application.apply(summary, name, args, expr, state, value)
        stored = {} if summary is None else self.application.stored(summary, args, expr, state)
        self._walked(name, args, expr, state)
        self._touches(name, args, expr, state, summary is not None)
        self._clobber(args, expr, state)
        state.env.update(stored)
        self._destroy(name, args, expr, state)
        self._establish(name, args, value, expr, state)
        return value

    def _unnamed(self, name: str, args: tuple[Term, ...], expr: Call, state: State) -> Term:
        """The same of a function that no row speaks of."""
        self._zones(name, args, expr, state)
        summary = self.application.summary(name, args)
        value = self._fresh("call", name, args, expr, state)
        stored: dict[Location, Term] = {}
        if summary is not None:
            value = self.application.apply(summary, name, args, expr, state, value)
            stored = self.application.stored(summary, args, expr, state)
        else:
            for arg in args:
                self.needs.touch(arg, expr.start, name, state)
        self._clobber(args, expr, state)
        state.env.update(stored)
        return value

    def _container(self, args: tuple[Term, ...]) -> Term | None:
        """The object of a member's address, where it can be said."""
        if len(args) != _CONTAINER_ARGS:
            return None
        pointer, _, member = args
        if pointer.kind == "op" and pointer.name == f"&{member.name}":
            return pointer.args[0]
        return pointer if member.name in self.knowledge.page_heads else None

    def _walked(self, name: str, args: tuple[Term, ...], expr: Call, state: State) -> None:
        """The function that a walker calls back has its needs here."""
        for row in self.knowledge.walker.get_rows(name):
            if max(row.callback, *row.passes) > len(args) or not self.frame.collects():
                continue
            unknown = self._fresh("call", name, args, expr, state)
            given = tuple(
                self._passed(name, args, position, expr) if position else unknown
                for position in row.passes
            )
            called = args[row.callback - 1]
            for callback in (called, *self.frame.phis.incoming.get(called, ())):
                if callback.kind == "global":
                    self.application.called_back(callback.name, given, expr, state)

    def _passed(self, name: str, args: tuple[Term, ...], position: int, expr: Call) -> Term:
        """What a walker makes of its argument for the callback: another value if a row says so."""
        if any(row.out == position for row in self.knowledge.origin_of_call.get(name, ())):
            return self.frame.of_call("out", name, args, expr.start, position)
        return args[position - 1]

    def _conversion(
        self, name: str, args: tuple[Term, ...], expr: Call, state: State
    ) -> Term | None:
        """Calls that only rename a value: PFN to page, page to PFN, page to its zone."""
        known = self.knowledge
        for row in known.convert.get_rows(name):
            if row.arg <= len(args):
                return self._convert(name, args[row.arg - 1], expr, state)
        for link in known.link.get_rows(name):
            if link.arg <= len(args):
                return self._link(link, args[link.arg - 1], expr, state)
        return self._renamed(name, args)

    def _renamed(self, name: str, args: tuple[Term, ...]) -> Term | None:
        known = self.knowledge
        for moved in known.offset.get_rows(name):
            if max(moved.page, moved.by) <= len(args):
                return t.total(args[moved.page - 1], args[moved.by - 1])
        for back in known.pfn_of.get_rows(name):
            if back.arg <= len(args):
                return t.pfn_of(args[back.arg - 1])
        for scale in known.scale.get_rows(name):
            if scale.arg <= len(args):
                shift = ">>" if scale.to == "pfn" else "<<"
                return make("op", shift, (args[scale.arg - 1], t.number(_PAGE_SHIFT)))
        return None

    def _link(self, row: Link, asked: Term, expr: Call, state: State) -> Term:
        if row.of == "page":
            self.needs.touch(asked, expr.start, row.name, state)
            asked = t.pfn_of(asked)
        return make("link", row.gives, (asked,))

    def _convert(self, name: str, pfn: Term, expr: Call, state: State) -> Term:
        row = self.knowledge.convert[name][0]
        if row.scaled:
            pfn = make("op", ">>", (pfn, t.number(_PAGE_SHIFT)))
        if t.is_raw(pfn):
            self.frame.convert(pfn, Conversion(self.frame.place(expr.start), name, checked=False))
        page = t.page_of(pfn)
        if row.touches:
            self.needs.touch(page, expr.start, name, state)
        return make("link", "node", (pfn,)) if row.gives == "link" else page

    def _questions(self, name: str, args: tuple[Term, ...], expr: Call, state: State) -> None:
        here = self.frame.place(expr.start)
        for row in self.knowledge.question.get_rows(name):
            if row.arg <= len(args):
                page = args[row.arg - 1]
                self.needs.touch(page, expr.start, name, state)
                if not row.consumes:
                    asked = Asked("reference", t.pfn_of(page), here, name, name, expr.start)
                    self.needs.require(asked, state)
        own = ranges.applied(args)
        for use in self.knowledge.use.get_rows(name):
            if use.arg <= len(args):
                page = args[use.arg - 1]
                key = page if use.of == "pfn" else t.pfn_of(_owner(page))
                asked = Asked("zone", key, here, name, use.text, expr.start)
                if key not in own:
                    self.needs.require(asked, state)
                elif use.of == "block":
                    self.needs.require(asked, state, frozenset({ranges.BELIEVED}))

    def _zones(self, name: str, args: tuple[Term, ...], expr: Call, state: State) -> None:
        """A zone that is handed over is used for what comes with it, perhaps a whole range."""
        asked = ranges.applied(args)
        if not asked or name in self.knowledge.asking or not self.frame.collects():
            return
        self.frame.zones |= asked
        rest = ranges.rest_of_range(args, self.frame)
        if rest is None or any(k.fact == "range zone" for k in state.facts):
            return
        how = "is applied to the range"
        need = Asked("zone", rest, self.frame.place(expr.start), name, how, expr.start)
        self.needs.require(need, state, frozenset({ranges.FIRST_PAGE}))

    def _result(self, name: str, args: tuple[Term, ...], expr: Call, state: State) -> Term:
        for row in self.knowledge.establish.get_rows(name):
            if row.returns == "page" and 0 < row.pfn <= len(args):
                pfn = args[row.pfn - 1]
                if t.is_raw(pfn):
                    made = Conversion(self.frame.place(expr.start), name, checked=True)
                    self.frame.convert(pfn, made)
                return t.or_null(t.page_of(pfn))
            if row.result and 0 < row.page <= len(args):
                return t.or_null(args[row.page - 1])
        if (
            name in self.knowledge.pure
            or name in self.knowledge.bound
            or name in self.knowledge.sign
        ):
            return make("call", name, args)
        return self._fresh("call", name, args, expr, state)

    def _fresh(
        self, kind: str, name: str, args: tuple[Term, ...], expr: Call, state: State
    ) -> Term:
        """A value of this very call: what was known of it in an earlier round is forgotten."""
        result = self.frame.of_call(kind, name, args, expr.start)
        if result.phis and (result in state.signs or result in state.pending or state.facts):
            state.forget({result})
        return result

    def _touches(
        self, name: str, args: tuple[Term, ...], expr: Call, state: State, by_summary: bool
    ) -> None:
        rows = self.knowledge.touch.get_rows(name)
        if rows:
            for row in rows:
                for position in row.args or range(1, len(args) + 1):
                    if row.touches and not row.weak and position <= len(args):
                        self.needs.touch(args[position - 1], expr.start, name, state)
            return
        if by_summary or name in self.knowledge.named or name in self.knowledge.pure:
            return
        for arg in args:
            self.needs.touch(arg, expr.start, name, state)

    def _clobber(self, args: tuple[Term, ...], expr: Call, state: State) -> None:
        """What the callee may store through the pointers that it gets."""
        for position, arg in enumerate(args):
            if arg.kind == "local":
                out = self.frame.of_call("out", _callee(expr), args, expr.start, position + 1)
                state.env[arg.name] = out
                for location in [
                    loc for loc in state.env if not isinstance(loc, str) and loc[0] is arg
                ]:
                    del state.env[location]

    def _destroy(self, name: str, args: tuple[Term, ...], expr: Call, state: State) -> None:
        for row in self.knowledge.destroy.get_rows(name):
            if row.page > len(args):
                continue
            key = t.pfn_of(args[row.page - 1]) if row.page else None
            self.end(row, key, state)

    def end(self, row: Destroy, key: Term | None, state: State) -> None:
        """The facts of `row` end for `key`, and that they did is known from here on."""
        for fact in row.facts:
            if key is None:
                ended = {k for k in state.facts if k.fact == fact}
            else:
                ended = {k for k in state.facts if k.fact == fact and k.key is key}
            state.facts -= ended
            if key is not None or not ended:
                self.frame.ends.add(Known(fact, key))
            if row.consumes or (key is None and ended):
                state.facts.add(Known(DROPPED + fact, key))
        if row.consumes and key is not None and not _where_flagged(state):
            self.frame.consumed.add(key)

    def _establish(
        self, name: str, args: tuple[Term, ...], value: Term, expr: Call, state: State
    ) -> None:
        for row in self.knowledge.establish.get_rows(name):
            if max(row.pfn, row.page, row.zone, row.end, row.length, row.out) > len(args):
                continue
            if row.given and not _mentions(args, row.given):
                continue
            facts = self._facts_of(row, args, value, expr, state)
            for fact in facts:
                state.facts.discard(Known(DROPPED + fact.fact, fact.key))
                self.frame.checked(fact, expr.start, name)
            state.promise(value, _WHEN[row.when], facts)

    def given_by_loop(
        self, macro: str, position: int, value: Term, offset: int, state: State
    ) -> None:
        """What rows say of the PFN that a loop macro gives its body in that argument, from 0."""
        for row in self.knowledge.establish.get_rows(macro):
            for fact in row.facts if row.pfn == position + 1 else ():
                known = Known(fact, value)
                self.frame.checked(known, offset, macro)
                state.facts.add(known)

    def _facts_of(
        self, row: Establish, args: tuple[Term, ...], value: Term, expr: Call, state: State
    ) -> set[Known]:
        key: Term | None = None
        if row.pfn:
            key = args[row.pfn - 1]
        elif row.page:
            key = t.pfn_of(args[row.page - 1])
        elif row.result:
            key = t.pfn_of(value)
        elif row.out:
            stored = self.frame.of_call("out", _callee(expr), args, expr.start, row.out)
            key = t.pfn_of(state.env.get(args[row.out - 1].name, stored))
        zone = args[row.zone - 1] if row.zone else None
        own = zone is not None and zone.kind == "link" and zone.args[0] is key
        facts = {
            Known(fact, key, zone if fact == "zone" else None)
            for fact in row.facts
            if not (own and fact == SPANNED)
        }
        if row.covers == "range" and key is not None:
            end = args[row.end - 1] if row.end else t.total(key, args[row.length - 1])
            facts |= {Known(f"range {fact}", key, end) for fact in row.facts}
        return facts


def _where_flagged(state: State) -> bool:
    """Whether a flag in a parameter is set: what is done then says nothing of other callers."""
    return any(
        sign == NONZERO and term.name == "&" and term.args[0].kind == "param" and term.kind == "op"
        for term, sign in state.signs.items()
    )


def _mentions(args: tuple[Term, ...], names: tuple[str, ...]) -> bool:
    return any(part.name.removeprefix("&") in names for arg in args for part in t.parts(arg))


def _owner(page: Term) -> Term:
    """The page whose member's address this is."""
    return page.args[0] if page.kind == "op" and page.name.startswith("&") else page


def _callee(expr: Call) -> str:
    name = getattr(expr.callee, "name", "")
    return str(name)
