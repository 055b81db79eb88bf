"""Sets of files as bits behave as sets of paths."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmlint.callgraph.file_sets import Numbering

PATHS = st.lists(st.sampled_from([f"mm/{letter}.c" for letter in "abcdefghij"]))


@given(PATHS, PATHS, PATHS)
def test_unions_differences_and_members_are_those_of_sets(
    earlier: list[str], one: list[str], other: list[str]
) -> None:
    numbering = Numbering()
    for path in earlier:
        numbering.number(path)
    left, right = numbering.of(one), numbering.of(other)
    assert set(left | right) == set(one) | set(other)
    assert set(left - right) == set(one) - set(other)
    assert bool(left) == bool(one)
    assert all((path in left) == (path in one) for path in (*earlier, *one, *other, "mm/z.c"))


def test_members_come_in_the_order_of_their_numbers() -> None:
    numbering = Numbering()
    numbering.number("mm/b.c")
    assert [*numbering.of(["mm/a.c", "mm/b.c"])] == ["mm/b.c", "mm/a.c"]
