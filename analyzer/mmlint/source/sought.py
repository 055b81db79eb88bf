"""What is looked for in the files of a tree, and what is found: the same for every engine."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from functools import cached_property
from typing import Final, NamedTuple

import msgspec

from mmlint.source.patterns import HEAD

LARGEST_WHOLE: Final = 64 << 10
"""Bytes; of a larger file without a statement only a part is looked at, see `searched_part`."""

_BEGIN: Final = b"^" + HEAD


class Hit(NamedTuple):
    """A line, counted from 1, of the file `path`; `text` is without its newline."""

    path: str
    line: int
    text: bytes


class Found(NamedTuple):
    """The lines that match, by path and line, and the files with a match, both sorted."""

    lines: list[Hit]
    files: list[str]


class Where(NamedTuple):
    """What is searched: the files below some directories that end in one of the suffixes.

    Those `without` anything that is sought need not be looked at.
    """

    directories: list[str]
    suffixes: tuple[str, ...]
    without: Container[str] = frozenset()


class Sought(msgspec.Struct, frozen=True, dict=True):
    """Patterns whose lines are wanted, and patterns of which the files are enough.

    They are written so that PCRE and Python's `re` on bytes understand them alike, and match within
    a line. Where `ends` are given, each match of one of `files` ends in one of these literals.
    """

    lines: tuple[bytes, ...] = ()
    files: tuple[bytes, ...] = ()
    ends: tuple[bytes, ...] = ()

    @cached_property
    def in_lines(self) -> re.Pattern[bytes]:
        """What the wanted lines match."""
        return either(self.lines)

    @cached_property
    def in_files(self) -> re.Pattern[bytes]:
        """What a line of the wanted files matches."""
        return either(self.files)

    def in_text(self, path: str, data: bytes) -> Found:
        """The same in the contents of one file."""
        found = Found([], [])
        if self.lines:
            for number, text in _lines(data):
                if self.in_lines.search(text):
                    found.lines.append(Hit(path, number, text))
        if self.files and any(self.in_files.search(text) for _, text in _lines(data)):
            found.files.append(path)
        return found


def either(patterns: Sequence[bytes]) -> re.Pattern[bytes]:
    """One pattern for several; none of them has numbered groups that anybody reads."""
    begin = b""
    if patterns and all(pattern.startswith(_BEGIN) for pattern in patterns):
        # Most lines do not begin so, and are left at once.
        begin = _BEGIN
    rest = b"|".join(b"(?:%s)" % pattern[len(begin) :] for pattern in patterns)
    return re.compile(b"%s(?:%s)" % (begin, rest or b"(?!)"))


def searched_part(data: bytes) -> bytes:
    """The part of a file's contents that is searched.

    A large file without a semicolon lists the registers of a device, and such lists are a third
    of a kernel's bytes; behind the last parenthesis nothing is called and nothing declared.
    """
    if len(data) <= LARGEST_WHOLE or b";" in data:
        return data
    return data[: data.rfind(b")") + 1]


def _lines(data: bytes) -> enumerate[bytes]:
    part = searched_part(data)
    return enumerate(part.removesuffix(b"\n").split(b"\n") if part else (), 1)
