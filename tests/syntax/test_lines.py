from __future__ import annotations

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
