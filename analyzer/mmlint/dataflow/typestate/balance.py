"""Resources over the whole program: wrappers hand them to their callers, somebody must release."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from mmlint.callgraph.mentions import Telling
from mmlint.callgraph.program import Located
from mmlint.dataflow.summary import RESULT, Place
from mmlint.dataflow.typestate.breaches import Breach, Local, Shown
from mmlint.dataflow.typestate.effects import ACQUIRE, RELEASE
from mmlint.dataflow.typestate.sheets import Sheets, members
from mmlint.dataflow.typestate.symmetry import asymmetric

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.callgraph.program import Caller
    from mmlint.dataflow.typestate.effects import Effect
    from mmlint.dataflow.typestate.sheets import Sheet
    from mmlint.dataflow.whole import Analyses
    from mmlint.syntax.nodes import FunctionDef

MAX_CALLERS: Final = 24
MAX_CLIMB: Final = 4

PAIRS: Final = "pairs"
"""The question what a function does with resources, among what answers rest on."""
Known = Callable[[Located], Iterable[Located] | None]
"""What an earlier run looked at because of a function; None where that may be otherwise now."""


class Balance:
    """Finds the breaches of all declared pairs in the files of the scope.

    `further` are the functions that are looked at, each with those that this made worth a look.
    """

    def __init__(self, analyses: Analyses) -> None:
        self.sheets = Sheets(analyses)
        self.program = analyses.program
        self.knowledge = analyses.knowledge
        self.further: dict[Located, dict[Located, None]] = {}
        self.wrapping: set[tuple[str, str]] = set()
        self._expected: frozenset[tuple[str, str]] = frozenset()

    def expect(self, wrapping: frozenset[tuple[str, str]]) -> None:
        """These functions are going to turn out to pass on what they take, or give back."""
        self._expected = wrapping
        self.sheets.wrappers.update(name for _, name in wrapping)

    def run(self, scope: frozenset[str], known: Known = lambda _: None) -> None:
        """Analyse the functions that name a resource, then who calls those that pass it on.

        What is `known` is not analysed.
        """
        names = members(self.knowledge)
        # Locks have common names, the structures that they are members of have not.
        structs = {row.member.partition(".")[0] for row in self.knowledge.tables.pair if row.member}
        resources = Telling("resources", self.sheets.mentions)
        pending = [*self.program.mentioning(names | structs, resources), *self._weak()]
        while pending:
            place = pending.pop(0)
            further = self.further.setdefault(place, {})
            told = known(place)
            path, site = place
            if told is None:
                with self.program.reliance.making((PAIRS, path, site.name, site.variant)):
                    again = self._analysed(place, scope)
            else:
                again = [one for one in told if one not in self.further]
                self.wrapping |= {(path, site.name)} & self._expected
            further |= dict.fromkeys(again)
            pending += again

    def _weak(self) -> Iterator[Located]:
        """The functions that seem to acquire and release one resource of a weak pair."""
        rows = [row for row in self.knowledge.tables.pair if row.weak]
        taking = {name for row in rows for name in row.acquire}
        takes, gives = (
            re.compile(rb"\b(?:%s)[ \t]*\(([^();]*)\)" % b"|".join(sorted(map(str.encode, names))))
            for names in (taking, {name for row in rows for name in row.release})
        )

        def seems_to_pair(text: bytes) -> bool:
            return bool({*takes.findall(text)} & {*gives.findall(text)})

        if taking:
            yield from self.program.mentioning(taking, Telling("pairs", seems_to_pair))

    def _analysed(self, place: Located, scope: frozenset[str]) -> list[Located]:
        """Analyse a function; those to look at (again) because of it."""
        return [one for fn in self.program.parse(*place) for one in self._handed_on(fn, scope)]

    def _handed_on(self, fn: FunctionDef, scope: frozenset[str]) -> list[Located]:
        """The callers of `fn` if it turns out to have effects."""
        sheet = self.sheets.of(fn)
        if sheet is None or not sheet.effects or (fn.path, fn.name) in self.wrapping:
            return []
        named = any(name == fn.name for _, name in self.wrapping)
        self.wrapping.add((fn.path, fn.name))
        if named:
            return []
        self.sheets.wraps(fn.name)
        callers = [c for c in self._callers(fn) if c.path in scope]
        for caller in callers:
            for above in self.program.parse(caller.path, caller.site):
                self.sheets.again(above)
        return [(caller.path, caller.site) for caller in callers]

    def _callers(self, fn: FunctionDef) -> tuple[Caller, ...]:
        return self.program.callers(fn.name, fn.path, fn.static)[:MAX_CALLERS]

    def at(self, place: Located) -> list[Sheet]:
        """What was found out of a function, in each selection of `#if` arms."""
        found = (self.sheets.of(fn) for fn in self.program.parse(*place))
        return [sheet for sheet in found if sheet is not None]

    def breaches(self, place: Located) -> Iterator[Breach]:
        """What a function does wrong, by itself or with its callers."""
        seen: set[tuple[str, Place]] = set()
        for sheet in self.at(place):
            if sheet.fn.is_macro:
                continue
            own = (*Local(sheet, self.knowledge).all(), *asymmetric(sheet, self.knowledge))
            for breach in (*own, *self._passed_on(sheet)):
                # Selections of `#if` arms show the same thing more than once.
                if (breach.kind, breach.base) not in seen:
                    seen.add((breach.kind, breach.base))
                    if self._is_kept_by_callee(sheet, breach):
                        continue
                    yield breach

    def _is_kept_by_callee(self, sheet: Sheet, breach: Breach) -> bool:
        """Whether it comes from a callee that keeps it where it succeeds, and nobody undoes that.

        Offlined memory stays isolated: whoever asks for the offlining has nothing to undo.
        """
        if breach.kind != "not-released" or breach.name in self.knowledge.acquire:
            return False
        below = [self.sheets.of(fn) for fn in self.program.definitions(breach.name, sheet.fn.path)]
        kept = [
            (callee, effect)
            for callee in below
            for effect in (callee.effects if callee is not None else ())
            if self.knowledge.pairs[effect.pair].hands_over and _acquires(effect)
        ]
        return bool(kept) and not any(
            self._is_released_above(callee, effect, 0) for callee, effect in kept if callee
        )

    # What is still held when a function returns

    def _passed_on(self, sheet: Sheet) -> Iterator[Breach]:
        for effect in sheet.effects:
            acquires = [case for case in effect.cases if case.what == ACQUIRE]
            if not acquires or self._is_below_reported(sheet, effect):
                continue
            row = self.knowledge.pairs[effect.pair]
            if self._is_released_above(sheet, effect, 0) or self._is_counterpart(sheet, effect):
                continue
            on_success = len(effect.cases) > 1 and effect.cases[0].on is RESULT
            if row.hands_over and on_success:
                continue
            yield from self._kept(sheet, effect)

    def _kept(self, sheet: Sheet, effect: Effect) -> Iterator[Breach]:
        local = Local(sheet, self.knowledge)
        for resource in sheet.resources:
            if (resource.pair, resource.key) != (effect.pair, effect.key):
                continue
            way = next(w for w in resource.ways if w.balance == 1)
            if way.token is None:
                continue
            row = self.knowledge.pairs[effect.pair]
            base = local.place(way.token.at)
            callers = self._callers(sheet.fn)
            steps = [
                Shown("takes", f"{sheet.name_at(way.token.at)}(): {row.text} from here on", base),
                Shown("leaves", "it is still held here", local.place(way.exit.at)),
            ]
            for caller in callers[:3]:
                for above in self.program.parse(caller.path, caller.site)[:1]:
                    for at in self._calls(above, sheet.fn.name)[:1]:
                        text = f"{above.name}() does not release it either"
                        steps.append(Shown("from", text, Place(above.path, above.name, at)))
            on_argument = len(effect.cases) > 1 and effect.cases[0].on is not RESULT
            kind = "not-released" if on_argument else "never-released"
            yield local.breach(row, kind, base, tuple(steps))

    def _calls(self, fn: FunctionDef, name: str) -> list[int]:
        """Where `fn` calls `name`."""
        sheet = self.sheets.of(fn)
        if sheet is None:
            return []
        return sorted({s.event.offset for s in sheet.trace.seen if s.event.name == name})

    def _is_released_above(self, sheet: Sheet, effect: Effect, depth: int) -> bool:
        """Whether some caller releases what `sheet` leaves held, itself or through its callers."""
        if depth >= MAX_CLIMB:
            return True  # nobody looked: nothing is claimed
        for caller in self._callers(sheet.fn):
            for fn in self.program.parse(caller.path, caller.site):
                above = self.sheets.of(fn)
                if above is None or fn.name == sheet.fn.name:
                    continue
                if above.trace.released & set(self._calls(fn, sheet.fn.name)):
                    return True
                if any(
                    self._is_released_above(above, further, depth + 1)
                    for further in above.effects
                    if further.pair == effect.pair and _acquires(further)
                ):
                    return True
        return False

    def _is_below_reported(self, sheet: Sheet, effect: Effect) -> bool:
        """Whether the resource comes from a callee that nobody releases: that is reported there."""
        at = {
            way.token.at
            for resource in sheet.resources
            if (resource.pair, resource.key) == (effect.pair, effect.key)
            for way in resource.ways
            if way.token is not None
        }
        for offset in at:
            name = sheet.name_at(offset)
            if name in self.knowledge.acquire:
                continue
            for fn in self.program.definitions(name, sheet.fn.path):
                below = self.sheets.of(fn)
                if below is not None and not any(
                    self._is_released_above(below, e, 0)
                    for e in below.effects
                    if e.pair == effect.pair
                ):
                    return True
        return False

    def _is_counterpart(self, sheet: Sheet, effect: Effect) -> bool:
        """Whether `sheet` is one of two callbacks, of which the other releases."""
        fn = sheet.fn
        named = fn.name, fn.path, fn.static
        if self._callers(fn) or not (
            self.program.references(*named) or self.program.in_assembler(*named)
        ):
            return False
        return any(
            other.pair == effect.pair and {case.what for case in other.cases} == {RELEASE}
            for place in self._beside(fn.path)
            for sibling in self.at(place)
            for other in sibling.effects
        )

    def _beside(self, path: str) -> list[Located]:
        """The functions of a file that are looked at; each of them may be or not because of it."""
        self.program.reliance.functions_of(path)
        outline = self.program.outline(path)
        for site in outline.definitions if outline is not None else ():
            self.program.reliance.body(site.name)
        return [place for place in self.further if place[0] == path]


def _acquires(effect: Effect) -> bool:
    return any(case.what == ACQUIRE for case in effect.cases)
