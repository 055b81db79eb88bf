"""The initialiser around an offset, asked of many offsets of one text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmlint.syntax.initialisers import Surrounding, around

PARTS = ["struct ops table[] = ", "(struct ops)", "{", "}", "{ .f = g }", ".h = ", "= ", ", ", "; "]
TABLE = """
struct ops table[] = {
\t{ .open = one_open },
\t{ .open = two_open, .more = (struct more){ .inner = two_inner } },
};
int x = 1;
"""


def test_a_table_is_one_initialiser() -> None:
    surrounding = Surrounding(TABLE)
    first, second = (surrounding.at(TABLE.index(name)) for name in ("one_open", "two_open"))
    assert first is second
    assert first is not None
    assert first.declared.name == "table"


def test_a_literal_in_a_table_is_its_own() -> None:
    surrounding = Surrounding(TABLE)
    assert surrounding.at(TABLE.index("two_open")) != surrounding.at(TABLE.index("two_inner"))
    assert surrounding.at(TABLE.index("x =")) is None


@given(st.lists(st.sampled_from(PARTS)).map("".join))
def test_what_was_asked_before_changes_no_answer(text: str) -> None:
    surrounding = Surrounding(text)
    for offset in range(len(text)):
        assert surrounding.at(offset) == around(text, offset)
