from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlint.source.config import Configuration
from mmlint.syntax.conditions import (
    ALWAYS,
    NEVER,
    Condition,
    decided,
    evaluate,
    names,
    negation,
    read_condition,
    satisfy,
)


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
        ("if", "!defined(__ASSEMBLY__) && CONFIG_A", "CONFIG_A"),
        ("if", "defined(__ASSEMBLY__) && CONFIG_A", "__ASSEMBLY__ && CONFIG_A"),
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


@pytest.mark.parametrize(
    ("word", "text", "held"),
    [
        ("ifdef", "CONFIG_BUILT", True),
        ("ifdef", "CONFIG_LOADED", False),
        ("ifndef", "CONFIG_LOADED", True),
        ("ifdef", "CONFIG_LOADED_MODULE", True),
        ("ifdef", "CONFIG_OTHER", None),
        ("if", "IS_ENABLED(CONFIG_LOADED)", True),
        ("if", "IS_BUILTIN(CONFIG_LOADED)", False),
        ("if", "IS_MODULE(CONFIG_LOADED)", True),
        ("if", "IS_REACHABLE(CONFIG_LOADED)", None),
        ("if", "!IS_ENABLED(CONFIG_OFF)", True),
        ("if", "defined(CONFIG_OFF) || defined(CONFIG_BUILT)", True),
        ("if", "CONFIG_OFF", False),
        ("if", "CONFIG_LEVELS > 3", True),
        ("if", "CONFIG_LEVELS > 4", False),
        ("if", "CONFIG_LEVELS > LIMIT", None),
        ("if", "CONFIG_LEVELS > 3 && UNKNOWN", None),
        ("if", "CONFIG_LEVELS > 4 && UNKNOWN", False),
        ("if", "UNKNOWN || CONFIG_LEVELS", True),
        ("if", "!(UNKNOWN && CONFIG_OFF)", True),
        ("if", "defined(MODULE)", None),
        ("if", "0", False),
        ("if", "CONFIG_LEVELS + " * 300 + "1", None),
    ],
)
def test_a_configuration_decides_what_it_knows(word: str, text: str, held: bool | None) -> None:
    values = {"BUILT": "y", "LOADED": "m", "OFF": "n", "LEVELS": "4"}
    known = Configuration({f"CONFIG_{name}": value for name, value in values.items()}, False)
    left = decided(read_condition(word, text), known)
    assert {ALWAYS: True, NEVER: False}.get(left) is held


def test_what_a_configuration_leaves_open_is_what_is_left_of_a_condition() -> None:
    known = Configuration({"CONFIG_A": "y", "CONFIG_B": "n"}, complete=False)
    text = "defined(CONFIG_A) && (X || defined(CONFIG_B)) && !Y"
    assert str(decided(read_condition("if", text), known)) == "X && !Y"


@given(_CONDITIONS, st.dictionaries(st.sampled_from("ABC"), st.booleans()))
def test_a_decided_condition_has_the_value_of_the_condition(
    condition: Condition, known: dict[str, bool]
) -> None:
    values = {f"CONFIG_{name}": "y" if on else "n" for name, on in known.items()}
    left = decided(_as_options(condition), Configuration(values, complete=False))
    rest = {f"CONFIG_{name}": known.get(name, False) for name in "ABC"}
    assert evaluate(left, rest) is evaluate(_as_options(condition), rest)
    assert not set(names(left)) & set(values)


def _as_options(condition: Condition) -> Condition:
    if condition.op == "name":
        return Condition("name", f"CONFIG_{condition.name}", question="defined")
    parts = tuple(_as_options(part) for part in condition.parts)
    return Condition(condition.op, condition.name, parts)
