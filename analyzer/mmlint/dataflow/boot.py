"""Which functions run only while the kernel boots: a question to the call graph, not to names."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

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
        self._runtime: set[_Node] = set()
        # By the function that the question was about which showed it.
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
        """Whether all chains of callers start in boot code; the nearest callers are asked first.

        The first way in from elsewhere is the answer and ends the search. Calls through
        structures, which cost a search of the tree, are looked for last.
        """
        pending = deque([fn])
        escaping: deque[FunctionDef] = deque()
        seen: set[_Node] = set()
        kept = 0
        while pending or escaping:
            by_name = bool(pending)
            callee = pending.popleft() if by_name else escaping.popleft()
            node = _node(callee)
            if by_name and (node in seen or self._is_boot(callee)):
                continue
            if by_name and node in self._at_boot:
                self._reliance.on(("boot", self._at_boot[node]))
                continue
            seen.add(node)
            escapes = by_name and self.reaching.escapes(callee)
            ask = self.reaching.callers if by_name else self.reaching.indirect_callers
            callers = ask(callee)
            if escapes:
                kept += 1
                escaping.append(callee)
            many = len(seen) > MOST_ABOVE or kept > MAX_KEPT
            if node in self._runtime:
                self._reliance.on(("boot", node))
            later = many or node in self._runtime or (escapes and self._is_of_module(callee))
            if later or not (callers or escapes):
                self._runtime.add(_node(fn))
                return False
            pending.extend(callers)
        self._at_boot |= dict.fromkeys(seen - self._at_boot.keys(), _node(fn))
        return True

    def _is_boot(self, fn: FunctionDef) -> bool:
        return bool(fn.annotations & self.knowledge.boot)

    def _is_reached_at_boot(self, fn: FunctionDef, tests: Tests, levels: int) -> bool:
        """Whether `fn`, with parameters for which `tests` hold, is called from boot code only."""
        if self._is_boot(fn):
            return True
        if fn.is_macro or not levels or self._is_of_module(fn):
            return False
        # Those of whom it is soon said that they are not boot code come first.
        callers = sorted(self.reaching.callers(fn), key=self._is_of_module, reverse=True)
        if not all(self._is_caller_at_boot(fn, c, tests, levels - 1) for c in callers):
            return False
        if not self.reaching.escapes(fn):
            return bool(callers)
        indirect = self.reaching.indirect_callers(fn)
        return bool(indirect) and all(
            self._is_reached_at_boot(c, frozenset(), levels - 1) for c in indirect
        )

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
