"""Tests of parameters on the way to something: which callers never get there, by what they pass.

A function that looks at the page only `if (type != MSG_PFN_MAP)` asks nothing of a caller that
passes `MSG_PFN_MAP`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmlint.dataflow.state import ANY, NONZERO, ZERO
from mmlint.dataflow.terms import Term, params_of, substitute

if TYPE_CHECKING:
    from mmlint.dataflow.state import State
    from mmlint.syntax.nodes import FunctionDef

Tests = frozenset[tuple[Term, int]]
"""Comparisons with the signs that they have."""


def tests_in(state: State, fn: FunctionDef) -> Tests:
    """What is known of comparisons in words of the parameters of `fn` alone."""
    names = {param.name for param in fn.params}
    return frozenset(
        (test, signs)
        for test, signs in state.signs.items()
        if test.args and params_of(test) <= names
    )


def carried(tests: Tests, into: dict[Term, Term]) -> Tests | None:
    """The tests in words of a caller that passes `into`; None if its arguments fail one.

    Those that its own parameters do not decide are left out.
    """
    found: set[tuple[Term, int]] = set()
    for test, signs in tests if into else ():
        told = substitute(test, into)
        if not signs & signs_of(told):
            return None
        if params_of(told):
            found.add((told, signs))
    return frozenset(found)


def constant_tests(state: State, fn: FunctionDef) -> Tests:
    """Those of the comparisons that compare a parameter with a constant."""
    return frozenset(
        (test, signs) for test, signs in tests_in(state, fn) if _is_with_constant(test)
    )


def signs_of(test: Term) -> int:
    """The signs that a comparison can have; constants of different names differ."""
    if not (_is_comparison(test) and all(map(_is_constant, test.args))):
        return ANY
    return NONZERO if (test.args[0] is test.args[1]) == (test.name == "==") else ZERO


def _is_with_constant(test: Term) -> bool:
    """Whether one side is a parameter and the other a constant."""
    if not _is_comparison(test):
        return False
    others = [arg for arg in test.args if not _is_constant(arg)]
    return len(others) == 1 and others[0].kind == "param"


def _is_comparison(test: Term) -> bool:
    return test.kind == "op" and test.name in ("==", "!=")


def _is_constant(term: Term) -> bool:
    return term.kind == "num" or (term.kind == "global" and term.name.isupper())
