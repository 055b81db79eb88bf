from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmlint.syntax.mask import comments, mask, scan

C_LIKE = st.lists(
    st.sampled_from(
        [b"/*", b"*/", b"//", b'"', b"'", b"\\", b"\n", b"\\\n", b"\r\n", b"#", b"{", b"}", b"a "]
    )
).map(b"".join)


def test_comments_are_blank_and_lines_stay() -> None:
    assert mask(b"a /* { \n } */ b // }\nc") == b"a      \n      b     \nc"


def test_contents_of_literals_are_blank_and_quotes_stay() -> None:
    assert mask(b'f("/* { */", \'"\', "\\"}");') == b'f("       ", \' \', "   ");'


def test_a_quote_in_a_comment_opens_nothing() -> None:
    assert mask(b"/* don't */ {") == b"            {"


def test_a_literal_over_several_lines_closes_on_its_first() -> None:
    assert mask(b'"ab\\\ncd" x') == b'"  "\n    x'


def test_a_line_comment_goes_on_after_a_backslash() -> None:
    assert mask(b"// a \\\n b }\nc") == b"      \n    \nc"


def test_an_apostrophe_alone_hides_nothing_of_the_next_line() -> None:
    assert mask(b"#error can't {\n}") == b"#error can t {\n}"


def test_what_never_ends_is_reported_and_blank() -> None:
    assert scan(b"a /* b\nc").unclosed == (2,)
    assert mask(b"a /* b\nc") == b"a     \n "
    assert scan(b'"a\nb').unclosed == (0,)
    assert mask(b'"a\nb') == b"  \nb"


def test_comments_are_listed_with_their_text() -> None:
    first, second = comments(b'x /* one */ "/* none */" // t\xffo\ny')
    assert (first.start, first.end, first.text) == (2, 11, "/* one */")
    assert second.text == "// t\N{REPLACEMENT CHARACTER}o"


@given(st.binary() | C_LIKE)
def test_length_and_newlines_never_change(data: bytes) -> None:
    masked = mask(data)
    assert len(masked) == len(data)
    assert [at for at, byte in enumerate(masked) if byte == 10] == [
        at for at, byte in enumerate(data) if byte == 10
    ]


@given(C_LIKE)
def test_masking_twice_is_masking_once(data: bytes) -> None:
    assert mask(mask(data)) == mask(data)
