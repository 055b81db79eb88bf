"""What a file told is told again for the same text, and for no other."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlint.source.harvests import Harvests, Macros

BLOB, OTHER = b"1" * 20, b"2" * 20
FIRST = Macros(120, [b"first", b"second"])


def kept(*harvests: Harvests) -> Harvests:
    """What a later run knows of what each of some runs kept."""
    value = None
    for each in harvests:
        value = each.encoded() or value
    return Harvests(value)


def one_file() -> Harvests:
    found = Harvests()
    found.note_macros("mm/a.h", BLOB, FIRST)
    found.note_included("mm/a.h", BLOB, (b"b.h",))
    return found


def test_the_same_text_tells_the_same() -> None:
    later = kept(one_file())
    assert later.macros("mm/a.h", BLOB) == FIRST
    assert later.included("mm/a.h", BLOB) == (b"b.h",)


def test_another_text_and_another_file_tell_nothing() -> None:
    later = kept(one_file())
    for path, blob in (("mm/a.h", OTHER), ("mm/b.h", BLOB)):
        assert later.macros(path, blob) is None
        assert later.included(path, blob) is None


def test_a_file_without_macros_is_known_too() -> None:
    found = Harvests()
    found.note_macros("mm/a.c", BLOB, Macros(7, []))
    assert kept(found).macros("mm/a.c", BLOB) == Macros(7, [])


def test_a_file_whose_name_is_not_utf8_keeps_nobody_from_what_others_told() -> None:
    found = one_file()
    name = os.fsdecode(b"mm/\xff.h")
    found.note_macros(name, BLOB, FIRST)
    found.note_included(name, BLOB, (b"b.h",))
    later = kept(found)
    assert later.macros("mm/a.h", BLOB) == FIRST
    assert later.macros(name, BLOB) is None
    assert later.included(name, BLOB) is None


@given(st.integers(1, 1300))
def test_all_of_many_files_are_kept(count: int) -> None:
    found = Harvests()
    for number in range(count):
        found.note_macros(f"{number}.h", BLOB, Macros(number, [b"m%d" % number]))
    later = kept(found)
    for number in {0, 499, 500, 999, count - 1} & {*range(count)}:
        assert later.macros(f"{number}.h", BLOB) == Macros(number, [b"m%d" % number])


def test_a_few_files_that_changed_are_not_worth_to_keep_all_anew() -> None:
    before = Harvests()
    for number in range(100):
        before.note_macros(f"{number}.h", BLOB, FIRST)
    later = kept(before)
    later.note_macros("0.h", OTHER, FIRST)
    assert later.encoded() is None
    for number in range(50):
        later.note_macros(f"{number}.h", OTHER, Macros(number, []))
    last = kept(before, later)
    assert last.macros("49.h", BLOB) is None
    assert last.macros("49.h", OTHER) == Macros(49, [])
    assert last.macros("99.h", BLOB) == FIRST


@pytest.mark.parametrize("value", [b"", b"\x92", b"\x92\x91\xc4\x01x\x80", b"\xff" * 9])
def test_what_nobody_can_read_is_as_if_nothing_was_kept(value: bytes) -> None:
    assert Harvests(value).macros("mm/a.h", BLOB) is None
