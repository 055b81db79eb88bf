from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlint.syntax.conditions import Condition, evaluate, names, negation, read_condition, satisfy


@pytest.mark.parametrize(
    ("word", "text", "words"),
    [
        ("ifdef", "CONFIG_A", "CONFIG_A"),
        ("ifndef", "CONFIG_A", "!CONFIG_A"),
        ("if", "defined(CONFIG_A) && !defined CONFIG_B", "CONFIG_A && !CONFIG_B"),
        ("if", "IS_ENABLED(CONFIG_A)", "CONFIG_A"),
        ("if", "!(defined(CONFIG_A) || CONFIG_B)", "!(CONFIG_A || CONFIG_B)"),
        ("if", "BITS_PER_LONG == 64", "BITS_PER_LONG == 64"),
        ("if", "!(BITS_PER_LONG == 64)", "!(BITS_PER_LONG == 64)"),
        ("if", "(LEVELS > 2) && CONFIG_A", "LEVELS > 2 && CONFIG_A"),
        ("if", "(A + 1) > 2", "(A + 1) > 2"),
        ("if", "0", "0"),
        ("if", "1", "1"),
        ("if", "", ""),
        ("if", ")", ")"),
    ],
)
def test_conditions_are_read_and_written(word: str, text: str, words: str) -> None:
    assert str(read_condition(word, text)) == words


def test_an_option_that_nothing_is_known_of_counts_as_set() -> None:
    assert evaluate(read_condition("ifdef", "CONFIG_A"), {}) is True
    assert evaluate(read_condition("ifdef", "CONFIG_A"), {"CONFIG_A": False}) is False
    assert evaluate(read_condition("ifdef", "__ARCH_HAS_A"), {}) is None


@given(st.text(alphabet="AB!&|() 01<definedCONFIG_", max_size=60))
def test_reading_never_fails(text: str) -> None:
    assert isinstance(read_condition("if", text), Condition)


_CONDITIONS = st.recursive(
    st.sampled_from("ABC").map(lambda name: Condition("name", name)),
    lambda inner: (
        st.tuples(st.sampled_from(["and", "or"]), inner, inner).map(
            lambda parts: Condition(parts[0], "", parts[1:])
        )
        | inner.map(negation)
    ),
)


@given(_CONDITIONS, st.booleans())
def test_what_satisfies_a_condition_decides_it(condition: Condition, wanted: bool) -> None:
    known = satisfy(condition, wanted, {})
    if known is not None:
        rest = dict.fromkeys(names(condition), True)
        assert evaluate(condition, {**rest, **known}) is wanted
