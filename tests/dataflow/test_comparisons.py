"""Tests of parameters on the way to something, in words of those who call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlint.dataflow.comparisons import carried, constant_tests, signs_of
from mmlint.dataflow.state import ANY, NONZERO, ZERO, State
from mmlint.dataflow.terms import Term, make, number
from mmlint.syntax.nodes import FunctionDef, Parameter

KIND = make("param", "kind")
OTHER = make("param", "other")
FREE = make("global", "DEMO_FREE")
LRU = make("global", "DEMO_LRU")
GLOBAL = make("global", "demo_kind")


def is_equal(left: Term, right: Term) -> Term:
    return make("op", "==", (left, right))


def state(**signs: int) -> State:
    tests = {"free": is_equal(KIND, FREE), "same": is_equal(KIND, OTHER), "plain": KIND}
    return State({}, set(), {tests[name]: sign for name, sign in signs.items()}, {})


def function(*params: str) -> FunctionDef:
    return FunctionDef(
        name="demo",
        path="mm/demo.c",
        line=1,
        end_line=1,
        start=0,
        end=0,
        static=False,
        annotations=frozenset(),
        returns="int",
        params=tuple(Parameter(name, "int", 0) for name in params),
        body=(),
        condition="",
        variant=0,
        losses=0,
    )


def test_comparisons_with_constants_are_what_a_caller_can_decide() -> None:
    known = state(free=ZERO, same=NONZERO, plain=NONZERO)
    assert constant_tests(known, function("kind", "other")) == {(is_equal(KIND, FREE), ZERO)}
    assert constant_tests(known, function("other")) == frozenset()


@pytest.mark.parametrize(
    ("passed", "found"),
    [
        (FREE, None),
        (LRU, frozenset()),
        (GLOBAL, frozenset()),
        (OTHER, {(is_equal(OTHER, FREE), ZERO)}),
    ],
)
def test_a_constant_decides_and_a_parameter_is_asked_further_up(
    passed: Term, found: frozenset[tuple[Term, int]] | None
) -> None:
    assert carried(frozenset({(is_equal(KIND, FREE), ZERO)}), {KIND: passed}) == found


def test_constants_of_different_names_differ() -> None:
    assert signs_of(is_equal(FREE, LRU)) == ZERO
    assert signs_of(is_equal(FREE, FREE)) == NONZERO
    assert signs_of(make("op", "!=", (FREE, LRU))) == NONZERO
    assert signs_of(is_equal(FREE, GLOBAL)) == ANY


@given(st.integers(-3, 3), st.integers(-3, 3))
def test_a_number_fails_a_test_exactly_if_it_does(left: int, right: int) -> None:
    tests = frozenset({(is_equal(KIND, number(right)), NONZERO)})
    assert (carried(tests, {KIND: number(left)}) is None) == (left != right)
