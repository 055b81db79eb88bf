"""Sets of files as bits behave as sets of paths."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmlint.callgraph.file_sets import Judged, Numbering

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
    assert set(left & right) == set(one) & set(other)
    assert bool(left) == bool(one)
    assert all((path in left) == (path in one) for path in (*earlier, *one, *other, "mm/z.c"))


def test_members_come_in_the_order_of_their_numbers() -> None:
    numbering = Numbering()
    numbering.number("mm/b.c")
    assert [*numbering.of(["mm/a.c", "mm/b.c"])] == ["mm/b.c", "mm/a.c"]


def test_each_path_is_judged_once() -> None:
    numbering, asked = Numbering(), list[str]()

    def holds(path: str) -> bool:
        asked.append(path)
        return path < "mm/c.c"

    judged = Judged(numbering, holds)
    assert not judged.all()
    numbering.of(["mm/c.c", "mm/b.c"])
    assert [*judged.all()] == ["mm/b.c"]
    numbering.number("mm/a.c")
    assert [*judged.all()] == ["mm/b.c", "mm/a.c"]
    assert asked == ["mm/c.c", "mm/b.c", "mm/a.c"]
