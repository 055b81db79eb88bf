"""Which functions run only while the kernel boots: a question to the call graph, not to names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mmlint.callgraph.reach import Node, Reach
from mmlint.dataflow.state import ANY, NONZERO, ZERO
from mmlint.dataflow.terms import Term, make, params_of, substitute

if TYPE_CHECKING:
    from mmlint.dataflow.frame import Sighting
    from mmlint.dataflow.reaching import Reaching
    from mmlint.dataflow.whole import Analyses
    from mmlint.syntax.nodes import FunctionDef

# A function with more callers above it than this is not taken for boot code.
MOST_ABOVE: Final = 200
# So many levels and functions are looked at for the values that tell boot from later.
MAX_LEVELS: Final = 6
MAX_SIGHTED: Final = 24

Tests = frozenset[tuple[Term, int]]


class Boot:
    """Answers from a graph of callers that grows with the questions."""

    def __init__(self, analyses: Analyses, reaching: Reaching) -> None:
        self.analyses = analyses
        self.program = analyses.program
        self.knowledge = analyses.knowledge
        self._reaching = reaching
        self._reach = Reach()
        self._runtime: set[Node] = set()
        self._seen: set[Node] = set()
        self._by_value: dict[Node, bool] = {}
        self._sighted = 0

    def only(self, fn: FunctionDef) -> bool:
        """Whether every chain of callers of `fn` starts in boot code, and no address is taken.

        A chain on which a test of a parameter cannot come out as needed is none.
        """
        if fn.annotations & self.knowledge.boot:
            return True
        if fn.is_macro:
            return False
        self._look_up(fn)
        node = Node(fn.path, fn.name)
        if not self._reach.leading_to(node) & self._runtime:
            return True
        if node not in self._by_value:
            self._sighted = 0
            self._by_value[node] = self._is_reached_at_boot(fn, frozenset(), MAX_LEVELS)
        return self._by_value[node]

    def _look_up(self, fn: FunctionDef) -> None:
        """Add the callers of `fn` to the graph, and theirs, up to boot code and runtime entries."""
        pending = [fn]
        above = 0
        while pending:
            above += 1
            callee = pending.pop()
            node = Node(callee.path, callee.name)
            if node in self._seen:
                continue
            self._seen.add(node)
            callers = self._reaching.callers(callee)
            if not callers or above > MOST_ABOVE or self._reaching.escapes(callee):
                self._runtime.add(node)
                continue
            for caller in callers:
                self._reach.add(Node(caller.path, caller.name), node)
                if not caller.annotations & self.knowledge.boot:
                    pending.append(caller)

    def _is_reached_at_boot(self, fn: FunctionDef, tests: Tests, levels: int) -> bool:
        """Whether `fn`, with parameters for which `tests` hold, is called from boot code only."""
        if fn.annotations & self.knowledge.boot:
            return True
        if fn.is_macro or not levels or self._reaching.escapes(fn):
            return False
        callers = self._reaching.callers(fn)
        return bool(callers) and all(
            self._is_caller_at_boot(fn, caller, tests, levels - 1) for caller in callers
        )

    def _is_caller_at_boot(
        self, fn: FunctionDef, caller: FunctionDef, tests: Tests, levels: int
    ) -> bool:
        if caller.annotations & self.knowledge.boot:
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
        """Whether the call passes a constant that stands for boot, and `fn` tests for that."""
        tested = {name for test, _ in tests for name in params_of(test)}
        return any(
            arg.name in self.knowledge.boot_values and param.name in tested
            for param, arg in zip(fn.params, sighting.args, strict=False)
        )


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


def _signs(test: Term) -> int:
    """The signs that a comparison can have; constants of different names differ."""
    if test.kind != "op" or test.name not in ("==", "!="):
        return ANY
    if not all(_is_constant(arg) for arg in test.args):
        return ANY
    return NONZERO if (test.args[0] is test.args[1]) == (test.name == "==") else ZERO


def _is_constant(term: Term) -> bool:
    return term.kind == "num" or (term.kind == "global" and term.name.isupper())
