from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlint.syntax.constants import constant

KNOWN = {("", "FOUR"): 4, ("", "ZERO"): 0, ("defined", "FOUR"): 1, ("IS_ON", "FOUR"): 0}


def value(text: str) -> int | None:
    return constant(text, lambda question, name: KNOWN.get((question, name)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ("0x1fUL", 31),
        ("017", 15),
        ("FOUR > 3", 1),
        ("FOUR>=5", 0),
        ("3 + 2 * 4 - 1", 10),
        ("(3 + 2) * 4", 20),
        ("10 - 4 - 3", 3),
        ("1 << 2 + 1", 8),
        ("256 >> 4", 16),
        ("7 / -2", -3),
        ("-7 % 2", -1),
        ("6 & 3 == 3", 0),
        ("6 | 1 ^ 3 & 2", 7),
        ("1 || 0 && 0", 1),
        ("!ZERO + ~0", 0),
        ("- - 2", 2),
        ("FOUR == 4 ? 10 : 20", 10),
        ("0 ? 1 : 0 ? 2 : 3", 3),
        ("defined FOUR", 1),
        ("defined(FOUR) + 1", 2),
        ("IS_ON(FOUR)", 0),
    ],
)
def test_expressions_have_the_value_of_c(text: str, expected: int) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "UNKNOWN",
        "FOUR > UNKNOWN",
        "UNKNOWN(FOUR)",
        "defined(UNKNOWN)",
        "1 / 0",
        "1 % ZERO",
        "1 << 100000",
        "",
        "1 +",
        "(1",
        "1)",
        "1 2",
        "1 ? 2",
        "08",
        "'a'",
        "1.5",
        "(" * 100 + "1" + ")" * 100,
        "defined",
        "FOUR(",
    ],
)
def test_what_is_not_known_has_no_value(text: str) -> None:
    assert value(text) is None


def test_any_number_of_signs_is_read() -> None:
    assert value("!" * 1000 + "FOUR") == 1


@given(st.text(alphabet="FOURZE01x()!~-+*/%<>=&|^?: defined\n\t'\\", max_size=60))
def test_evaluation_never_fails(text: str) -> None:
    assert value(text) is None or isinstance(value(text), int)
