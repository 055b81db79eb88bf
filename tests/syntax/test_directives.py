"""Preprocessor lines found, and files taken apart once."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from mmlint.syntax import directives
from mmlint.syntax.directives import matching, taken_apart

ASKED = re.compile(rb"#[ \t]*use[ \t]*(\w+)")
TEXTS = st.lists(st.sampled_from(["#", "# use a", "#use b", "\n", "\t", "x", "\f", "  "])).map(
    "".join
)


@given(TEXTS)
def test_only_what_begins_a_line_is_a_directive(text: str) -> None:
    slow = re.findall(rb"\n[ \t]*#[ \t]*use[ \t]*(\w+)", b"\n" + text.encode())
    assert [found[1] for found in matching(ASKED, text.encode())] == slow


def test_a_file_is_taken_apart_once() -> None:
    assert taken_apart(b"int a; /* b */\n") is taken_apart(b"int a; /* b */\n")


def test_the_files_that_were_taken_apart_first_are_forgotten() -> None:
    kept = directives.AtHand(room=8)
    first = kept.of(b"int a;\n")
    assert kept.of(b"int a;\n") is first
    kept.of(b"int b;\n")
    assert kept.of(b"int a;\n") is not first


def test_a_file_larger_than_the_room_is_at_hand_until_the_next() -> None:
    kept = directives.AtHand(room=2)
    first = kept.of(b"int a;\n")
    assert kept.of(b"int a;\n") is first
