"""A line is known by the statements on it, without a parser."""

from __future__ import annotations

import pytest

from mmlint.findings.statements import Statements

SOURCE = b"""\
#define TWICE(x) \\
\tdo { x; x; } while (0)
static int f(int a,
\t     int b)
{
\tint page = g(a,
\t\t     b);

\tfor (i = 0; i < a;
\t     i++)
\t\th(i,
\t\t  1);
\tif (a)
\t\treturn (a) +
\t\t\tb;
\telse if (b) {
\t\tx = ({ y; z; });
\t}
\tp = (struct page *)
\t\tq;
\treturn 0;
}
"""


@pytest.mark.parametrize(
    ("line", "extent"),
    [
        (3, (3, 4)),  # the head of a function
        (6, (6, 7)),  # a declaration over two lines, from either line
        (7, (6, 7)),
        (9, (9, 10)),  # the head of a loop does not reach into the body
        (10, (9, 10)),
        (11, (11, 12)),
        (13, (13, 13)),
        (14, (14, 15)),  # a parenthesis after return makes no head
        (16, (16, 16)),
        (19, (19, 20)),  # nor does a cast
        (21, (21, 21)),
    ],
)
def test_the_statement_around_a_line(line: int, extent: tuple[int, int]) -> None:
    assert Statements(SOURCE).around(line) == extent


def test_an_empty_line_and_a_preprocessor_line_have_no_code() -> None:
    statements = Statements(SOURCE)
    assert not statements.code_on(8)
    assert not statements.code_on(1)
    assert not statements.code_on(2)
    assert statements.code_on(3)


def test_the_code_after_an_offset_may_be_lines_below() -> None:
    statements = Statements(SOURCE)
    offset = statements.code_after(0)
    assert offset == SOURCE.index(b"static")
    assert statements.code_after(len(SOURCE)) is None


@pytest.mark.parametrize("source", [b"", b"}}))((", b"{(;", b"\n\n", b"f(", b"f) g"])
def test_unbalanced_text_has_statements_too(source: bytes) -> None:
    statements = Statements(source)
    assert all(first <= last for first, last in map(statements.around, range(1, 2)))
