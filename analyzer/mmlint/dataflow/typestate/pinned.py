"""Online pages that are used after a sleep, when their memory may have gone offline."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mmlint.dataflow import terms as t
from mmlint.dataflow.frame import Frame
from mmlint.dataflow.needs import Needs
from mmlint.dataflow.solve import NoFixpoint, given_up
from mmlint.dataflow.state import ANY, NONZERO, ZERO, State
from mmlint.dataflow.summary import Place
from mmlint.dataflow.typestate import tokens
from mmlint.dataflow.typestate.breaches import Breach, Shown
from mmlint.dataflow.typestate.contexts import holds
from mmlint.dataflow.typestate.effects import ACQUIRE, CONSUME, Case, Effect, Effects, Event
from mmlint.dataflow.typestate.paths import PathSolver
from mmlint.dataflow.typestate.tokens import HELD, Token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.callgraph.program import Located
    from mmlint.dataflow.cfg import Cfg
    from mmlint.dataflow.terms import Term
    from mmlint.dataflow.typestate import effects
    from mmlint.dataflow.typestate.contexts import Contexts
    from mmlint.dataflow.typestate.sheets import Sheets
    from mmlint.dataflow.typestate.tokens import Property
    from mmlint.knowledge import Knowledge
    from mmlint.syntax.nodes import FunctionDef
    from mmlint.syntax.outline import DefinitionSite

_ONLINE: Final = "online page"
_SLEEP: Final = "sleep"
_TOUCH: Final = "touch"
# Online when it was asked; since then the function slept.
_STALE: Final = "stale"
_CALLED: Final = re.compile(rb"\b([A-Za-z_]\w*)[ \t]*\(")
_MOVING: Final = frozenset({"online", "valid", "present", "zone"})


class _Pins(Effects):
    """Checks make a page online, sleeping makes it stale, whatever pins it ends the matter."""

    def of(
        self, name: str, args: tuple[Term, ...], value: Term, state: State
    ) -> tuple[Effect, ...]:
        """What the call of `name` does to online pages and to the locks that keep them."""
        found = [e for e in super().of(name, args, value, state) if self._stops(e.pair)]
        return (*self._uses(name, args), *found, *self._checks(name, args, value))

    def _stops(self, pair: str) -> bool:
        return self.knowledge.pairs[pair].stops == "hotplug"

    def _checks(self, name: str, args: tuple[Term, ...], value: Term) -> Iterator[Effect]:
        for row in self.knowledge.establish.get_rows(name):
            if row.returns == "page" and "online" in row.facts and row.pfn <= len(args):
                cases = (Case(value, NONZERO, ACQUIRE), Case(value, ZERO, ""))
                yield Effect(_ONLINE, (args[row.pfn - 1],), cases)
            elif row.page and row.page <= len(args) and not set(row.facts) <= _MOVING:
                yield _on(args[row.page - 1], CONSUME)
        for link in self.knowledge.destroy.get_rows(name):
            if link.page and link.page <= len(args):
                yield _on(args[link.page - 1], CONSUME)

    def _uses(self, name: str, args: tuple[Term, ...]) -> Iterator[Effect]:
        harmless = any(not row.touches for row in self.knowledge.touch.get_rows(name))
        for arg in () if harmless else args:
            if _bare(arg).kind == "page":
                yield _on(arg, _TOUCH)
        if self._sleeps(name):
            yield Effect(_ONLINE, (), (Case(None, ANY, _SLEEP),))

    def _sleeps(self, name: str) -> bool:
        return may_sleep(name, self.frame.fn.path, self.knowledge, self.sheets)


def may_sleep(name: str, path: str, knowledge: Knowledge, sheets: effects.Sheets) -> bool:
    """Whether `name` as called in `path` is known to sleep, or its body says so."""
    if name in knowledge.establish or name in knowledge.pure:
        return False
    names = frozenset(row.name.encode() for row in knowledge.tables.sleep)
    return bool(knowledge.sleep.get_rows(name)) or sheets.reaches(name, path, names)


def _on(page: Term, what: str) -> Effect:
    return Effect(_ONLINE, (t.pfn_of(page),), (Case(None, ANY, what),))


def _bare(term: Term) -> Term:
    return term.args[0] if term.kind == "opt" else term


class _Touches(Needs):
    """Takes the place of the needs of pages: a touch is an event like a call."""

    def __init__(self, frame: Frame, events: list[Event]) -> None:
        super().__init__(frame)
        self.events = events

    def touch(
        self,
        page: Term,
        offset: int,
        how: str,
        state: State,
        *,
        links: bool = False,
        tested: bool = False,
    ) -> None:
        """A page is read or written at `offset`."""
        del state, links, tested
        if _bare(page).kind == "page":
            self.events.append(Event(how, (page,), page, offset, (_on(page, _TOUCH),)))


class _PinSolver(PathSolver):
    """Follows online pages through sleeps; the uses of stale ones are `touched`."""

    def __init__(self, frame: Frame, cfg: Cfg, effects: Effects) -> None:
        super().__init__(frame, cfg, effects)
        notes = _Touches(frame, self.watcher.events)
        self.watcher.needs = notes
        self.watcher.calls.needs = notes
        pairs = frame.knowledge.tables.pair
        self._stopping = frozenset(row.name for row in pairs if row.stops == "hotplug")

    def _come_round(self, head: int, held: Property) -> Property:
        """Of pages only those that were asked for before the loop: each round asks for its own."""
        entering = (
            self._edges.get((pred, head), {}) for pred in self.cfg.preds[head] if pred < head
        )
        before = {t.key for edge in entering for each in edge for t in each if t.pair == _ONLINE}
        pages = {t for t in held if t.pair == _ONLINE}
        return super()._come_round(head, held - pages) | {t for t in pages if t.key in before}

    def _changed(self, event: Event, effect: Effect, what: str, held: Property) -> Property:
        if what == _SLEEP:
            if holds(held, self._stopping):
                return held
            return frozenset(
                token._replace(mode=_STALE, at=event.offset) if _is_fresh(token) else token
                for token in held
            )
        if what == _TOUCH:
            stale = tokens.find(held, _ONLINE, effect.key, _STALE)
            if stale is not None:
                self.trace.touched.setdefault(event.offset, stale)
            return held
        if what == CONSUME and effect.pair == _ONLINE:
            return frozenset(t for t in held if t.pair != _ONLINE or t.key != effect.key)
        return super()._changed(event, effect, what, held)


def _is_fresh(token: Token) -> bool:
    return token.pair == _ONLINE and token.mode == HELD


def checks(knowledge: Knowledge) -> frozenset[str]:
    """The functions that give an online page."""
    rows = knowledge.tables.establish
    return frozenset(row.name for row in rows if row.returns == "page" and "online" in row.facts)


class Pinned:
    """The functions of the scope that rely on an online page for too long."""

    def __init__(self, sheets: Sheets, contexts: Contexts) -> None:
        self.sheets = sheets
        self.contexts = contexts
        self.knowledge: Knowledge = sheets.knowledge
        self._checks = checks(self.knowledge)
        pairs = self.knowledge.tables.pair
        self._stopping = frozenset(row.name for row in pairs if row.stops == "hotplug")

    def places(self, scope: frozenset[str]) -> Iterator[Located]:
        """The functions that ask for an online page."""
        named = self.sheets.program.mentioning(self._checks)
        return (place for place in named if place[0] in scope)

    def breaches(self, place: Located) -> Iterator[Breach]:
        """One for each sleep in a function, at the first use of a page after it."""
        if self._calls_sleeper(*place):
            for fn in self.sheets.program.parse(*place):
                yield from self._of(fn)

    def _calls_sleeper(self, path: str, site: DefinitionSite) -> bool:
        """Whether a function names any call that may sleep: the others need no closer look."""
        self.sheets.program.reliance.body(site.name)
        outline = self.sheets.program.outline(path)
        text = outline.code_of(site) if outline is not None else b""
        return any(
            may_sleep(name.decode(), path, self.knowledge, self.sheets)
            for name in sorted(set(_CALLED.findall(text)))
            if name.decode() != site.name
        )

    def _of(self, fn: FunctionDef) -> Iterator[Breach]:
        analyses = self.sheets.analyses
        frame = Frame(fn, analyses.number(), self.knowledge, analyses)
        solver = _PinSolver(frame, analyses.graph(fn), _Pins(frame, self.sheets))
        try:
            solver.run()
        except (NoFixpoint, RecursionError) as error:
            self.sheets.failed.append(given_up(fn, error))
            return
        by_sleep: dict[int, int] = {}
        for offset, token in sorted(solver.trace.touched.items()):
            by_sleep.setdefault(token.at, offset)
        if by_sleep and self.contexts.seem_under(fn, self._stopping):
            return
        names = {seen.event.offset: seen.event.name for seen in solver.trace.seen}
        for slept, used in by_sleep.items():
            yield self._breach(fn, names.get(slept, ""), slept, used, names.get(used, ""))

    @staticmethod
    def _breach(fn: FunctionDef, sleeper: str, slept: int, used: int, user: str) -> Breach:
        base, place = Place(fn.path, fn.name, used), Place(fn.path, fn.name, slept)
        return Breach(
            need="pinned",
            kind="after-sleep",
            base=base,
            subject="an online page",
            name=user,
            other=sleeper,
            steps=(
                Shown("sleeps", f"{sleeper}() may sleep: the memory may go offline", place),
                Shown("uses", "the page that was online before", base),
            ),
        )
