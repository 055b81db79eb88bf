"""Which functions run only while the kernel boots: a question to the call graph, not to names."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from mmlint.dataflow.comparisons import Tests, carried
from mmlint.dataflow.state import ANY, NONZERO, ZERO
from mmlint.dataflow.terms import Term, make, params_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mmlint.dataflow.frame import Sighting
    from mmlint.dataflow.reaching import Reaching
    from mmlint.dataflow.whole import Analyses
    from mmlint.syntax.nodes import FunctionDef

# A function with more callers above it than this is not taken for boot code.
MOST_ABOVE: Final = 200
# So many of the callers are asked first.
FIRST_ABOVE: Final = 4
# So many levels and functions are looked at for the values that tell boot from later.
MAX_LEVELS: Final = 6
MAX_SIGHTED: Final = 24
# Boot code is kept in a structure or two; what is kept in more serves drivers.
MAX_KEPT: Final = 2
BOOT: Final = "boot"
"""The question whether a function runs at boot only."""


class _Node(NamedTuple):
    """A function by its file and name."""

    path: str
    name: str


class _Search:
    """What was looked at above the function that is `asked` about, and what is to be.

    `below` has the functions that were, each with the one because of which, `coming` those too that
    will be. Then, in this order: functions near and what else there may be of them, functions far.
    """

    def __init__(self, asked: _Node) -> None:
        self.asked = asked
        self.below: dict[_Node, _Node] = {}
        self.coming = {asked}
        self.kept = 0
        self.near: list[tuple[FunctionDef, _Node]] = []
        self.further: list[tuple[FunctionDef, _Node, int]] = []
        self.unasked: list[tuple[FunctionDef, _Node]] = []
        self.far: list[tuple[FunctionDef, _Node]] = []
        self.escaping: list[tuple[FunctionDef, _Node]] = []

    def mark(self, node: _Node, runtime: dict[_Node, _Node]) -> None:
        """Note what is on the way from a function that runs later, which does so too."""
        runtime.setdefault(node, self.asked)
        while node != self.asked:
            node = self.below[node]
            runtime.setdefault(node, self.asked)


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
        self._only: dict[tuple[str, str, int], bool] = {}
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
        asked = (fn.path, fn.name, fn.variant)
        with self._reliance.making((BOOT, node)):
            if asked not in self._only:
                find = partial(self._is_only, fn, node)
                self._only[asked] = self._reliance.answer(BOOT, asked, find)
            return self._only[asked]

    def _is_only(self, fn: FunctionDef, node: _Node) -> bool:
        if self._starts_at_boot(fn):
            return True
        if node not in self._by_value:
            self._sighted = 0
            self._by_value[node] = self._is_reached_at_boot(fn, frozenset(), MAX_LEVELS)
        return self._by_value[node]

    def _starts_at_boot(self, fn: FunctionDef) -> bool:
        """Whether all chains of callers start in boot code.

        The first way in from elsewhere is the answer and ends the search, as do more callers than
        are looked at, whether or not anything was asked of them. What costs least comes first.
        """
        search = _Search(_node(fn))
        search.near.append((fn, search.asked))
        steps = (
            (search.near, self._look_at),
            (search.further, self._look_further),
            (search.unasked, self._look_at_uses),
            (search.far, self._look_at),
            (search.escaping, self._look_through),
        )
        while todo := next((step for step in steps if step[0]), None):
            waiting, look = todo
            later = look(search, *waiting.pop())
            if later is not None:
                search.mark(later, self._runtime)
                return False
        self._at_boot |= dict.fromkeys(search.below.keys() - self._at_boot.keys(), search.asked)
        return True

    # Each step says from which function on it runs later, if that is known then.

    def _look_at(self, search: _Search, fn: FunctionDef, because: _Node) -> _Node | None:
        node = _node(fn)
        if node in search.below or self._is_boot(fn):
            return None
        if node in self._at_boot:
            self._reliance.on((BOOT, self._at_boot[node]))
            return None
        search.below[node] = because
        if node in self._runtime:
            self._reliance.on((BOOT, self._runtime[node]))
            return node
        later = self._look_further(search, fn, node, 0)
        if later is not None:
            return later
        if self.reaching.callers(fn, 1) and not fn.static:
            search.unasked.append((fn, node))
            return None
        return self._look_at_uses(search, fn, node)

    def _look_further(
        self, search: _Search, fn: FunctionDef, node: _Node, known: int
    ) -> _Node | None:
        """Some more callers: the first ones may tell."""
        most = known * 4 or FIRST_ABOVE
        callers = self.reaching.callers(fn, most)
        if len(callers) == most:
            search.further.append((fn, node, most))
        return self._above(search, callers[known:], node)

    def _look_at_uses(self, search: _Search, fn: FunctionDef, node: _Node) -> _Node | None:
        """Who else may call it: the address of a function of which many files know costs more."""
        if not self.reaching.escapes(fn):
            return None if self.reaching.callers(fn, 1) else node
        search.escaping.append((fn, node))
        search.kept += 1
        if search.kept > MAX_KEPT:
            return search.asked
        return node if self._is_of_module(fn) else None

    def _look_through(self, search: _Search, fn: FunctionDef, node: _Node) -> _Node | None:
        """The calls through structures, which cost a search of the tree."""
        callers = self.reaching.indirect_callers(fn)
        return self._above(search, callers, node) if callers else node

    def _above(self, search: _Search, callers: Iterable[FunctionDef], node: _Node) -> _Node | None:
        """Further functions to look at; the callers of static ones are at hand."""
        for caller in callers:
            above = _node(caller)
            if not self._is_boot(caller) and above not in self._at_boot:
                search.coming.add(above)
            if caller.static or above in self._runtime:
                search.near.append((caller, node))
            else:
                # The nearest come first: each is a search of the tree.
                search.far.insert(0, (caller, node))
        return search.asked if len(search.coming) > MOST_ABOVE else None

    def _is_boot(self, fn: FunctionDef) -> bool:
        return bool(fn.annotations & self.knowledge.boot)

    def _is_reached_at_boot(self, fn: FunctionDef, tests: Tests, levels: int) -> bool:
        """Whether `fn`, with parameters for which `tests` hold, is called from boot code only."""
        if self._is_boot(fn):
            return True
        if fn.is_macro or not levels or (not tests and self._is_known_later(fn)):
            return False
        # Of a static function all uses are at hand.
        if fn.static and self._is_of_module(fn):
            return False
        if not self._are_all_at_boot(fn, tests, levels - 1) or self._is_of_module(fn):
            return False
        if not self.reaching.escapes(fn):
            return bool(self.reaching.callers(fn, 1))
        indirect = self.reaching.indirect_callers(fn)
        return bool(indirect) and all(
            self._is_reached_at_boot(c, frozenset(), levels - 1) for c in indirect
        )

    def _is_known_later(self, fn: FunctionDef) -> bool:
        """Whether more levels and more functions were looked at than are now, and in vain."""
        node = _node(fn)
        if self._by_value.get(node, True):
            return False
        self._reliance.on((BOOT, node))
        return True

    def _are_all_at_boot(self, fn: FunctionDef, tests: Tests, levels: int) -> bool:
        """Whether all callers by name are; those of whom the opposite is soon said come first."""
        waiting: list[FunctionDef] = []
        known, most = 0, FIRST_ABOVE
        while True:
            callers = self.reaching.callers(fn, most)
            for caller in sorted(callers[known:], key=self._effort):
                if not self._is_soon_told(caller):
                    waiting += [] if self._is_boot(caller) else [caller]
                elif not self._is_caller_at_boot(fn, caller, tests, levels):
                    return False
            if len(waiting) > MAX_SIGHTED - self._sighted:
                return False
            if len(callers) < most:
                break
            known, most = most, most * 4
        return all(self._is_caller_at_boot(fn, caller, tests, levels) for caller in waiting)

    def _effort(self, fn: FunctionDef) -> int:
        """What it takes to say of a function that it is not boot code, from the least on."""
        return 0 if not self._by_value.get(_node(fn), True) else 1 if fn.static else 2

    def _is_soon_told(self, fn: FunctionDef) -> bool:
        """Whether it is, without a search of the tree."""
        effort = self._effort(fn)
        return not effort or (effort == 1 and self._is_of_module(fn))

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
    told = carried(tests, {make("param", param.name): arg for param, arg in given})
    return None if told is None else told | sighting.tests


def _compares(test: Term, signs: int, values: frozenset[str]) -> bool:
    """Whether a test shows that a global variable has one of `values`."""
    if test.kind != "op" or {"==": NONZERO, "!=": ZERO}.get(test.name, ANY) & signs != signs:
        return False
    names = {arg.name for arg in test.args if arg.kind == "global"}
    return test.name in ("==", "!=") and len(names) > 1 and bool(names & values)
