"""Summaries at a call: parameters become arguments, promises facts, obligations needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from mmlint.callgraph.places import architecture
from mmlint.dataflow import terms as t
from mmlint.dataflow.comparisons import carried, constant_tests
from mmlint.dataflow.refine import SPANNED
from mmlint.dataflow.state import ANY, Known, Location, State
from mmlint.dataflow.summary import RESULT, SOME, Conversion, Hop, Summary
from mmlint.dataflow.terms import Term, make

if TYPE_CHECKING:
    from mmlint.dataflow.frame import Frame
    from mmlint.dataflow.needs import Needs
    from mmlint.dataflow.state import Location
    from mmlint.dataflow.summary import Need
    from mmlint.syntax.nodes import Call

# A longer way from a use to who is to blame is nothing that a reader would follow.
MAX_HOPS: Final = 5


class Application:
    """Applies the summaries of callees in one function."""

    def __init__(self, frame: Frame, needs: Needs) -> None:
        self.frame = frame
        self.needs = needs

    def summary(self, name: str, args: tuple[Term, ...]) -> Summary | None:
        """The summary of the callee, where it can matter for these arguments."""
        raw = any(a.kind == "page" or (a.kind == "opt" and a.args[0].kind == "page") for a in args)
        found = self.frame.callees.summary(name, self.frame.fn, raw)
        if found is None:
            self.frame.ignored.add(name)
        return found

    def apply(
        self,
        summary: Summary,
        name: str,
        args: tuple[Term, ...],
        expr: Call,
        state: State,
        value: Term,
    ) -> Term:
        """Do the callee's effects to `state`; the value of the call."""
        into = {make("param", p): a for p, a in zip(summary.params, args, strict=False)}
        self._needs(summary, name, into, expr, state)
        for param, arg in zip(summary.params, args, strict=False):
            if param in summary.touches:
                links, tested = param in summary.links, param not in summary.untested
                self.needs.touch(arg, expr.start, name, state, links=links, tested=tested)
        if name in self.frame.knowledge.establish:
            return value
        for ended in summary.ends:
            self._end(ended, into, state)
        if summary.returns is not None:
            value = self._resolved(summary.returns, {**into, SOME: value}, state)
        into[RESULT] = value
        here = self.frame.place(expr.start)
        for pfn, made in summary.conversions:
            # A macro has no source of its own: what it does is done where it is used.
            shown = Conversion(here, name, made.checked) if summary.macro else made
            self.frame.convert(self._resolved(pfn, into, state), shown)
        self._promise(summary, name, into, expr, state)
        return value

    def called_back(self, name: str, args: tuple[Term, ...], expr: Call, state: State) -> None:
        """The needs of a function that is called with `args` before the call returns."""
        summary = self.summary(name, args)
        if summary is not None and len(summary.params) <= len(args):
            into = {make("param", p): a for p, a in zip(summary.params, args, strict=False)}
            self._needs(summary, name, into, expr, state)

    def stored(
        self, summary: Summary, args: tuple[Term, ...], expr: Call, state: State
    ) -> dict[Location, Term]:
        """What the callee leaves in the locals whose addresses it gets."""
        into = {make("param", p): a for p, a in zip(summary.params, args, strict=False)}
        values = dict(summary.stores)
        found: dict[Location, Term] = {}
        for position, (param, pointer) in enumerate(zip(summary.params, args, strict=False), 1):
            if pointer.kind == "local" and param in values:
                unsaid = self.frame.of_call("out", "", args, expr.start, position)
                found[pointer.name] = self._resolved(values[param], {**into, SOME: unsaid}, state)
        return found

    def _resolved(self, term: Term, into: dict[Term, Term], state: State) -> Term:
        return resolved(term, into, state.env)

    def _end(self, ended: Known, into: dict[Term, Term], state: State) -> None:
        key = None if ended.key is None else t.substitute(ended.key, into)
        state.facts = {
            k for k in state.facts if not (k.fact == ended.fact and (key is None or k.key is key))
        }
        self.frame.ends.add(Known(ended.fact, key))

    def _promise(
        self, summary: Summary, name: str, into: dict[Term, Term], expr: Call, state: State
    ) -> None:
        value = into[RESULT]
        for mask, facts in summary.implies:
            translated = {_translate(known, into) for known in facts}
            for known in translated:
                self.frame.checked(known, expr.start, name)
            if mask == ANY:
                state.facts |= translated
            else:
                state.promise(value, mask, translated)

    def _needs(
        self, summary: Summary, name: str, into: dict[Term, Term], expr: Call, state: State
    ) -> None:
        if not summary.needs or not self.frame.collects() or self._asked_for(name):
            return
        named = {param.name for param in into}
        own = constant_tests(state, self.frame.fn)
        for need in summary.needs:
            if len(need.hops) >= MAX_HOPS or any(
                h.place.function == self.frame.fn.name for h in need.hops
            ):
                continue
            if not t.params_of(need.subject) <= named or self._mixes(need):
                continue
            subject = self._asked(need, into, state)
            tests = carried(need.tests, into)
            if tests is None or self.needs.meets(need.need, subject, state):
                continue
            has = need.has | state.about(subject) | state.about(None)
            here = self.frame.place(expr.start)
            moved = msgspec.structs.replace(
                need,
                subject=subject,
                has=has,
                marks=need.marks | self.frame.marks(subject),
                checks=need.checks + self.frame.checks_of(subject, has),
                bounds=tuple(self._resolved(bound, into, state) for bound in need.bounds),
                tests=tests | own,
            )
            if need.need == "zone":
                has -= {SPANNED}  # reported there, if at all
                moved = msgspec.structs.replace(moved, base=here, name=name, hops=(), has=has)
            elif summary.wrapper:
                moved = msgspec.structs.replace(moved, base=here, name=name, hops=())
            elif summary.macro and need.hops:
                # The macro is part of the function that uses it.
                last = Hop(here, need.hops[-1].callee)
                moved = msgspec.structs.replace(moved, hops=(*need.hops[:-1], last))
            elif summary.macro:
                moved = msgspec.structs.replace(moved, base=here, touch=here, hops=())
            else:
                moved = msgspec.structs.replace(moved, hops=(*need.hops, Hop(here, name)))
            self.needs.add(moved)

    def _asked_for(self, name: str) -> bool:
        """Whether the callee relies on a check of its callers that this one makes."""
        rows = self.frame.knowledge.contract.get(name, ())
        made = {check.name for check in self.frame.checks.values()} if rows else set()
        return any(row.asked in made for row in rows)

    def _asked(self, need: Need, into: dict[Term, Term], state: State) -> Term:
        """What a need of the callee asks about, in words of the caller."""
        subject = self._resolved(need.subject, into, state)
        return _of_member(subject) if need.need == "zone" else subject

    def _mixes(self, need: Need) -> bool:
        """Whether the way to the need leads from this architecture into another one."""
        places = (need.base, need.touch, *(hop.place for hop in need.hops))
        met = {architecture(place.path) for place in places} | {architecture(self.frame.fn.path)}
        return len(met - {""}) > 1


def resolved(term: Term, into: dict[Term, Term], memory: dict[Location, Term]) -> Term:
    """`term` in words of the caller; what a pointer leads to is what is stored there."""
    found = t.substitute(term, into)
    into_memory: dict[Term, Term] = {}
    for part in t.parts(found):
        if part.kind == "field":
            base = part.args[0]
            key = base.name if part.name == "*" and base.kind == "local" else (base, part.name)
            held = memory.get(key)
            if held is not None:
                into_memory[part] = held
    return t.substitute(found, into_memory) if into_memory else found


def _of_member(pfn: Term) -> Term:
    """The PFN of a page where that of a member's address was asked for."""
    page = pfn.args[0] if pfn.kind == "pfn" else pfn
    return t.pfn_of(page.args[0]) if page.kind == "op" and page.name.startswith("&") else pfn


def _translate(known: Known, into: dict[Term, Term]) -> Known:
    key = None if known.key is None else t.substitute(known.key, into)
    zone = None if known.zone is None else t.substitute(known.zone, into)
    return Known(known.fact, key, zone)
