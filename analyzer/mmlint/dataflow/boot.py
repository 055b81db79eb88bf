"""Which functions run only while the kernel boots: a question to the call graph, not to names."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from mmlint.dataflow.reaching import ALL
from mmlint.dataflow.state import ANY, NONZERO, ZERO
from mmlint.dataflow.terms import Term, make, params_of, substitute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mmlint.dataflow.frame import Sighting
    from mmlint.dataflow.reaching import Reaching
    from mmlint.dataflow.whole import Analyses
    from mmlint.syntax.nodes import FunctionDef

# A function with more callers above it than this is not taken for boot code.
MOST_ABOVE: Final = 200
# So many levels and functions are looked at for the values that tell boot from later.
MAX_LEVELS: Final = 6
MAX_SIGHTED: Final = 24
# Boot code is kept in a structure or two; what is kept in more serves drivers.
MAX_KEPT: Final = 2

Tests = frozenset[tuple[Term, int]]


class _Node(NamedTuple):
    """A function by its file and name."""

    path: str
    name: str


class Boot:
    """Answers for functions; what one question showed of others is kept."""

    def __init__(self, analyses: Analyses, reaching: Reaching) -> None:
        self.analyses = analyses
        self.program = analyses.program
        self.knowledge = analyses.knowledge
        self.reaching = reaching
        self._reliance = analyses.program.reliance
        # By the function that the question was about which showed it.
        self._runtime: dict[_Node, _Node] = {}
        self._at_boot: dict[_Node, _Node] = {}
        self._by_value: dict[_Node, bool] = {}
        self._sighted = 0
        self._modules: dict[str, bool] = {}
        unless = (row.unless for row in self.knowledge.tables.boot)
        names = b"|".join(re.escape(name.encode()) for name in unless if name)
        self._unloaded = re.compile(rb"^(?:%s)[ \t]*\(" % (names or b"(?!)"), re.MULTILINE)

    def only(self, fn: FunctionDef) -> bool:
        """Whether every chain of callers of `fn` starts in boot code, and no address is taken.

        A chain on which a test of a parameter cannot come out as needed is none.
        """
        if self._is_boot(fn):
            return True
        if fn.is_macro:
            return False
        node = _node(fn)
        with self._reliance.making(("boot", node)):
            if self._starts_at_boot(fn):
                return True
            if node not in self._by_value:
                self._sighted = 0
                self._by_value[node] = self._is_reached_at_boot(fn, frozenset(), MAX_LEVELS)
            return self._by_value[node]

    def _starts_at_boot(self, fn: FunctionDef) -> bool:
        """Whether all chains of callers start in boot code.

        The first way in from elsewhere is the answer and ends the search, as do more callers than
        are looked at, whether or not anything was asked of them. Static functions are asked first,
        whose callers are at hand; calls through structures, which cost a search of the tree, are
        looked for last.
        """
        asked = _node(fn)
        pending = deque([(fn, asked)])
        escaping: deque[FunctionDef] = deque()
        # The functions that are looked at, each by the one because of which it is.
        below: dict[_Node, _Node] = {}
        coming = {asked}
        kept = 0
        while pending or escaping:
            by_name = bool(pending)
            callee, because = pending.pop() if by_name else (escaping.popleft(), asked)
            node = _node(callee)
            if by_name and (node in below or self._is_boot(callee)):
                continue
            if by_name and node in self._at_boot:
                self._reliance.on(("boot", self._at_boot[node]))
                continue
            below.setdefault(node, because)
            if node in self._runtime:
                self._reliance.on(("boot", self._runtime[node]))
                self._note_runtime(node, below, asked)
                return False
            callers = self._above(callee, coming, by_name=by_name)
            many = len(coming) > MOST_ABOVE
            escapes = by_name and not many and self.reaching.escapes(callee)
            if escapes:
                kept += 1
                escaping.append(callee)
                many = kept > MAX_KEPT
            if many:
                self._runtime[asked] = asked
                return False
            if self._is_of_module(callee) if escapes else not callers:
                self._note_runtime(node, below, asked)
                return False
            for caller in callers:
                (pending.append if caller.static else pending.appendleft)((caller, node))
        self._at_boot |= dict.fromkeys(below.keys() - self._at_boot.keys(), asked)
        return True

    def _note_runtime(self, node: _Node, below: dict[_Node, _Node], asked: _Node) -> None:
        """What is on the way from a function that does not run at boot only does not either."""
        self._runtime.setdefault(node, asked)
        while node != asked:
            node = below[node]
            self._runtime.setdefault(node, asked)

    def _above(
        self, fn: FunctionDef, coming: set[_Node], *, by_name: bool
    ) -> tuple[FunctionDef, ...]:
        """The callers, of which those to look at are `coming` now; if these are too many, some."""
        ask = self.reaching.callers if by_name else self._indirect
        callers = ask(fn, MOST_ABOVE + 1)
        coming |= self._to_look_at(callers)
        if len(callers) > MOST_ABOVE >= len(coming):
            callers = ask(fn, ALL)
            coming |= self._to_look_at(callers)
        return callers

    def _indirect(self, fn: FunctionDef, _most: int) -> tuple[FunctionDef, ...]:
        return self.reaching.indirect_callers(fn)

    def _to_look_at(self, callers: Iterable[FunctionDef]) -> set[_Node]:
        return {_node(fn) for fn in callers if not self._is_boot(fn)} - self._at_boot.keys()

    def _is_boot(self, fn: FunctionDef) -> bool:
        return bool(fn.annotations & self.knowledge.boot)

    def _is_reached_at_boot(self, fn: FunctionDef, tests: Tests, levels: int) -> bool:
        """Whether `fn`, with parameters for which `tests` hold, is called from boot code only."""
        if self._is_boot(fn):
            return True
        if fn.is_macro or not levels:
            return False
        callers = self._few_above(fn)
        if callers is None or self._is_of_module(fn):
            return False
        if not all(self._is_caller_at_boot(fn, c, tests, levels - 1) for c in self._first(callers)):
            return False
        if not self.reaching.escapes(fn):
            return bool(callers)
        indirect = self.reaching.indirect_callers(fn)
        return bool(indirect) and all(
            self._is_reached_at_boot(c, frozenset(), levels - 1) for c in indirect
        )

    def _few_above(self, fn: FunctionDef) -> tuple[FunctionDef, ...] | None:
        """All callers; None where they are more than can still be looked at."""
        most = MAX_SIGHTED - self._sighted
        callers = self.reaching.callers(fn, most + 1)
        if len(callers) > most and len(self._to_sight(callers)) <= most:
            callers = self.reaching.callers(fn)
        return callers if len(self._to_sight(callers)) <= most else None

    def _to_sight(self, callers: Iterable[FunctionDef]) -> list[FunctionDef]:
        return [caller for caller in callers if not self._is_boot(caller)]

    def _first(self, callers: Iterable[FunctionDef]) -> Iterator[FunctionDef]:
        """Those of whom it is soon said that they are not boot code come first."""
        others: list[FunctionDef] = []
        for caller in sorted(callers, key=lambda caller: not caller.static):
            if self._is_of_module(caller):
                yield caller
            else:
                others.append(caller)
        yield from others

    def _is_of_module(self, fn: FunctionDef) -> bool:
        """Whether a module keeps the address of `fn` that can be unloaded and loaded again."""
        return any(map(self._is_module, self.reaching.keeping(fn)))

    def _is_module(self, path: str) -> bool:
        if path not in self._modules:
            outline = self.program.outline(path)
            unloaded = outline is not None and self._unloaded.search(outline.code) is not None
            self._modules[path] = unloaded
        return self._modules[path]

    def _is_caller_at_boot(
        self, fn: FunctionDef, caller: FunctionDef, tests: Tests, levels: int
    ) -> bool:
        if self._is_boot(caller):
            return True
        self._sighted += 1
        if self._sighted > MAX_SIGHTED:
            return False
        sighted = [
            carried
            for sighting in self.analyses.sightings(caller, fn.name)
            if (carried := _carried(fn, sighting, tests)) is not None
            and not self._says_boot(fn, sighting, tests)
        ]
        return all(self._is_reached_at_boot(caller, carried, levels) for carried in sighted)

    def _says_boot(self, fn: FunctionDef, sighting: Sighting, tests: Tests) -> bool:
        """Whether a variable was found to say boot, or `fn` is told so and tests for it."""
        if any(
            _compares(test, signs, self.knowledge.boot_values) for test, signs in sighting.tests
        ):
            return True
        tested = {name for test, _ in tests for name in params_of(test)}
        return any(
            arg.name in self.knowledge.boot_values and param.name in tested
            for param, arg in zip(fn.params, sighting.args, strict=False)
        )


def _node(fn: FunctionDef) -> _Node:
    return _Node(fn.path, fn.name)


def _carried(fn: FunctionDef, sighting: Sighting, tests: Tests) -> Tests | None:
    """The tests that the caller's own parameters must pass; None if these arguments fail one."""
    given = zip(fn.params, sighting.args, strict=False)
    into = {make("param", param.name): arg for param, arg in given}
    carried = set(sighting.tests)
    for test, signs in tests if into else ():
        said = substitute(test, into)
        if not signs & _signs(said):
            return None
        if params_of(said):
            carried.add((said, signs))
    return frozenset(carried)


def _compares(test: Term, signs: int, values: frozenset[str]) -> bool:
    """Whether a test shows that a global variable has one of `values`."""
    if test.kind != "op" or {"==": NONZERO, "!=": ZERO}.get(test.name, ANY) & signs != signs:
        return False
    names = {arg.name for arg in test.args if arg.kind == "global"}
    return test.name in ("==", "!=") and len(names) > 1 and bool(names & values)


def _signs(test: Term) -> int:
    """The signs that a comparison can have; constants of different names differ."""
    if test.kind != "op" or test.name not in ("==", "!="):
        return ANY
    if not all(_is_constant(arg) for arg in test.args):
        return ANY
    return NONZERO if (test.args[0] is test.args[1]) == (test.name == "==") else ZERO


def _is_constant(term: Term) -> bool:
    return term.kind == "num" or (term.kind == "global" and term.name.isupper())
