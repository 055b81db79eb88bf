"""Headers of functions: the short way says what the long one does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmlint.syntax.header import plain_header, read_header
from mmlint.syntax.macros import MacroTable

_MACROS = MacroTable(
    [
        (
            "a.h",
            b"#define __init __section(init)\n#define noise\n#define both DEFINE_X(1)\n"
            b"#define DEFINE_X(n) int n;\n#define inline_const inline const\n",
        )
    ]
)
_PIECES = st.sampled_from(
    [
        "static",
        "int",
        "struct x",
        "void",
        "*",
        " ",
        "\n",
        "f",
        "DEFINE_X",
        "__init",
        "noise",
        "both",
        "(",
        ")",
        "()",
        "(int a)",
        "(*g)",
        "(a, b)",
        "=",
        ",",
        "typeof",
        "if",
        "9",
    ]
)


@given(st.lists(_PIECES, max_size=9).map(" ".join), st.sampled_from([None, _MACROS]))
def test_a_plain_header_is_read_as_any_other(text: str, macros: MacroTable | None) -> None:
    plain = plain_header(text.encode(), macros, {})
    assert plain is None or plain == read_header(text.encode(), macros)


def test_most_headers_are_plain() -> None:
    text = b"\n\nstatic struct x *f(int a,\n\tint b)\n"
    header = plain_header(text, None, {})
    assert header is not None
    assert header == read_header(text, None)
