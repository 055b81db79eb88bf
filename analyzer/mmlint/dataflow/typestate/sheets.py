"""Functions with what their paths do to resources, each analysed once, when first asked for."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from mmlint.dataflow import terms as t
from mmlint.dataflow.frame import Frame
from mmlint.dataflow.solve import NoFixpoint, given_up
from mmlint.dataflow.state import ANY
from mmlint.dataflow.terms import make
from mmlint.dataflow.typestate.effects import Effect, Effects
from mmlint.dataflow.typestate.outcomes import Resource, effect_of, resources
from mmlint.dataflow.typestate.paths import PathSolver, Trace
from mmlint.source.names import finder, words_in

if TYPE_CHECKING:
    from mmlint.dataflow.whole import Analyses
    from mmlint.knowledge import Knowledge
    from mmlint.model import NotAnalysed
    from mmlint.syntax.nodes import FunctionDef

# Callees below callees whose effects are looked for, and whose results.
MAX_DEPTH: Final = 5
MAX_RESULTS: Final = 2
# A definition of so few bytes may be an accessor.
_THIN: Final = 250
# How deep callees are searched for a word.
MAX_REACH: Final = 2


class Sheet:
    """One function: its trace, the resources it leaves behind, and what callers see of it."""

    def __init__(self, fn: FunctionDef, frame: Frame, trace: Trace) -> None:
        self.fn = fn
        self.frame = frame
        self.trace = trace
        self.params = tuple(p.name for p in fn.params)
        own = frozenset(self.params)
        self.resources: tuple[Resource, ...] = resources(trace, own)
        shared = [r for r in self.resources if not frame.knowledge.pairs[r.pair].weak]
        found = [effect_of(resource, own) for resource in shared]
        self.effects = tuple(effect for effect in found if effect is not None)

    def name_at(self, offset: int) -> str:
        """The function that is called at `offset`."""
        return next((s.event.name for s in self.trace.seen if s.event.offset == offset), "")


class Sheets:
    """The sheets of a run."""

    def __init__(self, analyses: Analyses) -> None:
        self.analyses = analyses
        self.program = analyses.program
        self._reliance = analyses.program.reliance
        self.knowledge = analyses.knowledge
        self.failed: list[NotAnalysed] = []
        self.wrappers: set[str] = set()
        self._done: dict[tuple[str, str, int], Sheet | None] = {}
        self._effects: dict[tuple[str, str], tuple[tuple[str, ...], tuple[Effect, ...]]] = {}
        self._results: dict[tuple[str, str], int] = {}
        self._counting: dict[tuple[str, str], bool] = {}
        self._reached: dict[tuple[str, str, frozenset[bytes], int], bool] = {}
        self._functions: dict[str, frozenset[bytes]] = {}
        self._depth = 0
        self._asking = 0
        self._members = frozenset(name.encode() for name in members(analyses.knowledge))
        self._by_member = _members_by_address(analyses.knowledge)
        locks = (names for names, _ in self._by_member)
        self._resources = finder(self._members.union(*locks))
        self._finder = cache(finder)

    @property
    def followed(self) -> frozenset[tuple[str, str, int]]:
        """The functions that were followed: path, name and variant."""
        return frozenset(key for key, sheet in self._done.items() if sheet is not None)

    def of(self, fn: FunctionDef) -> Sheet | None:
        """The sheet of `fn`; None while it is under way (recursion) or where it failed."""
        key = fn.path, fn.name, fn.variant
        self._reliance.on(("sheet", key))
        if key not in self._done:
            self._done[key] = None
            self._depth += 1
            with self._reliance.making(("sheet", key)):
                self._reliance.body(fn.name)
                made = self._done[key] = self._made(fn)
            self._depth -= 1
            if made is not None:
                self._reliance.follows(("sheet", key), key)
        return self._done[key]

    def again(self, fn: FunctionDef) -> None:
        """Forget the sheet of `fn`: more is known of the functions that it calls."""
        self._done.pop((fn.path, fn.name, fn.variant), None)

    def wraps(self, name: str) -> None:
        """A function of this name has effects: who calls it has them too."""
        self.wrappers.add(name)
        self._effects = {key: found for key, found in self._effects.items() if key[0] != name}

    def _made(self, fn: FunctionDef) -> Sheet | None:
        frame = Frame(fn, self.analyses.number(), self.knowledge, self.analyses)
        solver = PathSolver(frame, self.analyses.graph(fn), Effects(frame, self))
        try:
            solver.run()
        except (NoFixpoint, RecursionError) as error:
            self.failed.append(given_up(fn, error))
            return None
        return Sheet(fn, frame, solver.trace)

    def reaches(
        self, name: str, path: str, wanted: frozenset[bytes], depth: int = MAX_REACH
    ) -> bool:
        """Whether a body of `name`, or one of that file that it names, names one of `wanted`."""
        if name in self.knowledge.acquire or name in self.knowledge.release:
            return False
        key = name, path, wanted, depth
        self._reliance.on(("reaches", key))
        if key not in self._reached:
            self._reached[key] = False
            with self._reliance.making(("reaches", key)):
                texts = self.program.texts(name, path)
                self._reached[key] = any(self._finder(wanted).held(text) for text in texts) or (
                    depth > 1 and any(self._reach_through(text, name, *key[1:]) for text in texts)
                )
        return self._reached[key]

    def _reach_through(
        self, text: bytes, name: str, path: str, wanted: frozenset[bytes], depth: int
    ) -> bool:
        self._reliance.functions_of(path)
        if path not in self._functions:
            outline = self.program.outline(path)
            sites = outline.definitions if outline is not None else ()
            self._functions[path] = frozenset(site.name.encode() for site in sites)
        own = sorted(word.decode() for word in words_in(text, self._functions[path]))
        return any(self.reaches(n, path, wanted, depth - 1) for n in own if n != name)

    # Answers about callees, see `effects.Sheets`

    def effects(self, name: str, caller: FunctionDef) -> tuple[tuple[str, ...], tuple[Effect, ...]]:
        """The parameters of `name` as called in `caller`, and its effects in terms of them."""
        key = name, caller.path
        self._reliance.on(("effects", key))
        if key not in self._effects:
            with self._reliance.making(("effects", key)):
                found = self._effects_of(name, caller)
            if found is None:
                return (), ()
            self._effects[key] = found
        return self._effects[key]

    def _effects_of(
        self, name: str, caller: FunctionDef
    ) -> tuple[tuple[str, ...], tuple[Effect, ...]] | None:
        """The same; None while nobody can say."""
        if not self._matters(name, caller.path):
            return (), ()
        return self._joined(name, caller) if self._depth <= MAX_DEPTH else None

    def _matters(self, name: str, path: str) -> bool:
        return name in self.wrappers or any(
            self.mentions(text) for text in self.program.texts(name, path)
        )

    def mentions(self, text: bytes) -> bool:
        """Whether the text of a function names a resource."""
        held = self._resources.held(text)
        return not held.isdisjoint(self._members) or any(
            not held.isdisjoint(names) and member.search(text)
            for names, member in (self._by_member if held else ())
        )

    def _joined(
        self, name: str, caller: FunctionDef
    ) -> tuple[tuple[str, ...], tuple[Effect, ...]] | None:
        params: tuple[str, ...] = ()
        joined: tuple[Effect, ...] | None = None
        for fn in self.program.definitions(name, caller.path):
            sheet = self.of(fn)
            if sheet is None:
                return None
            if joined is None:
                params, joined = sheet.params, sheet.effects
            elif joined != _renamed(sheet, params):
                return (), ()
        return params, joined or ()

    def counts(self, name: str, caller: FunctionDef) -> bool:
        """Whether `name` does nothing but arithmetic on its arguments."""
        key = name, caller.path
        self._reliance.body(name)
        if key not in self._counting:
            texts = self.program.texts(name, caller.path)
            small = len(texts) == 1 and len(texts[0]) < _THIN and b"return" in texts[0]
            self._counting[key] = small and self.analyses.counts(name, caller)
        return self._counting[key]

    def results(self, name: str, caller: FunctionDef) -> int:
        """The signs that the result of `name` can have, as its bodies say; 0 without any."""
        key = name, caller.path
        self._reliance.on(("results", key))
        if key not in self._results:
            if self._asking > MAX_RESULTS:
                return ANY
            self._results[key] = ANY
            self._asking += 1
            with self._reliance.making(("results", key)):
                self._results[key] = self._result(name, caller)
            self._asking -= 1
        return self._results[key]

    @property
    def exact(self) -> bool:
        """Whether the results of all callees are asked for just now."""
        return self._asking > 0

    def _result(self, name: str, caller: FunctionDef) -> int:
        found = 0
        for fn in self.program.definitions(name, caller.path):
            sheet = self._made(fn)
            if sheet is None:
                return ANY
            for leave in sheet.trace.exits:
                found |= ANY if leave.value is None else leave.state.sign(leave.value)
        return found


def members(knowledge: Knowledge) -> frozenset[str]:
    """The functions that acquire or release anything, where the name alone says what."""
    return frozenset(
        name
        for row in knowledge.tables.pair
        if not (row.member or row.weak)
        for name in (*row.acquire, *row.release)
    )


def _members_by_address(
    knowledge: Knowledge,
) -> tuple[tuple[frozenset[bytes], re.Pattern[bytes]], ...]:
    """For each lock that is a member: who acquires it, and how its address and structure look."""
    found = []
    for row in knowledge.tables.pair:
        struct, _, field = row.member.encode().partition(b".")
        if field:
            names = frozenset(name.encode() for name in (*row.acquire, *row.release))
            address = rb"\b%s\b(?s:.*)&[^,;()]*(?:->|\.)%s\b" % (struct, field)
            found.append((names, re.compile(address)))
    return tuple(found)


def _renamed(sheet: Sheet, params: tuple[str, ...]) -> tuple[Effect, ...]:
    into = {make("param", a): make("param", b) for a, b in zip(sheet.params, params, strict=False)}
    return tuple(
        Effect(
            effect.pair,
            tuple(t.substitute(part, into) for part in effect.key),
            tuple(c._replace(on=c.on and t.substitute(c.on, into)) for c in effect.cases),
        )
        for effect in sheet.effects
    )
