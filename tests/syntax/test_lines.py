from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmlint.syntax.lines import LineIndex


def test_lines_and_columns_count_from_one() -> None:
    lines = LineIndex(b"ab\ncd\n")
    assert [lines.position(at) for at in (0, 1, 2, 3, 5)] == [
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 1),
        (2, 3),
    ]


def test_columns_count_bytes() -> None:
    assert LineIndex("é x".encode()).position(3) == (1, 4)


def test_the_text_of_a_line_has_no_line_end() -> None:
    lines = LineIndex(b"ab\r\nc\xffd")
    assert lines.text(1) == "ab"
    assert lines.text(2) == "c\N{REPLACEMENT CHARACTER}d"
    assert lines.text(3) == ""
    assert lines.text(0) == ""


def test_a_last_line_without_newline_counts() -> None:
    assert LineIndex(b"").count == 0
    assert LineIndex(b"a").count == 1
    assert LineIndex(b"a\n").count == 1
    assert LineIndex(b"a\nb").count == 2


def test_a_line_knows_where_it_begins() -> None:
    lines = LineIndex(b"ab\ncd")
    assert lines.start(2) == 3
    assert lines.start(9) == 3


@given(st.text("ab\n\r", max_size=60), st.lists(st.tuples(st.booleans(), st.integers(-3, 70))))
def test_what_was_asked_before_does_not_matter(text: str, asked: list[tuple[bool, int]]) -> None:
    data = text.encode()
    lines = LineIndex(data)
    starts = [at for at in range(len(data)) if at == 0 or data[at - 1 : at] == b"\n"] or [0]
    for wants_start, number in asked:
        if wants_start:
            assert lines.start(number) == starts[min(max(number, 1), len(starts)) - 1]
        else:
            assert lines.line(number) == max(sum(at <= number for at in starts), 1)


def test_lines_far_apart_are_told_right() -> None:
    lines = LineIndex(b"a\n" * 1000)
    asked = [at for pair in zip(range(1000), range(1999, 999, -1), strict=True) for at in pair]
    assert [lines.line(at) for at in asked] == [at // 2 + 1 for at in asked]
