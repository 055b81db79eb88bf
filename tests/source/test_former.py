"""What a file held before something was put in is told by the name that git gives to it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmlint.source.former import before_insertion
from mmlint.source.observed import blob_of

LINES = st.lists(st.sampled_from([b"\n", b"int a;\n", b"/* a\n", b" */\n"]), max_size=12)


@given(LINES, LINES.filter(bool), st.integers(0, 12))
def test_lines_that_were_put_in_are_taken_out(old: list[bytes], new: list[bytes], at: int) -> None:
    before = b"".join(old)
    now = b"".join((*old[:at], *new, *old[at:]))
    assert before_insertion(now, len(before), blob_of(before)) == before


@given(st.binary(max_size=30), st.binary(min_size=1, max_size=30))
def test_what_was_added_is_taken_off(old: bytes, more: bytes) -> None:
    assert before_insertion(old + more, len(old), blob_of(old)) == old


@given(LINES, LINES)
def test_anything_else_is_not_guessed(old: list[bytes], new: list[bytes]) -> None:
    before, now = b"".join(old), b"".join(new)
    found = before_insertion(now, len(before), blob_of(before))
    assert found in (None, before)
    if len(now) <= len(before):
        assert found is None
