"""The parts of a patch: files and hunks, read off the text without applying it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_START = b"diff --git "
_NAME = re.compile(rb"(?:\+\+\+|---|rename to|copy to) (.*)")
_OF_GIT = re.compile(rb"diff --git (?:\"?a/.*?) (\"?b/.*)")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b'"': b'"', b"\\": b"\\"}


class Hunk(msgspec.Struct, frozen=True):
    """One hunk: `lines` are all of it, the `@@` line first; `start` is its new first line."""

    lines: tuple[bytes, ...]
    start: int

    @property
    def text(self) -> bytes:
        """The hunk as it stands in the patch."""
        return b"".join(line + b"\n" for line in self.lines)

    @property
    def new_lines(self) -> list[bytes]:
        """The lines that the file has when the hunk is applied."""
        return [line[1:] for line in self.lines[1:] if not line.startswith((b"-", b"\\"))]


class FileDiff(msgspec.Struct, frozen=True):
    """What a patch does to one file; `path` is its new name, or its last one if it is deleted."""

    path: str
    head: tuple[bytes, ...]
    hunks: tuple[Hunk, ...]

    @property
    def text(self) -> bytes:
        """The whole of it as it stands in the patch."""
        return self.head_text + b"".join(hunk.text for hunk in self.hunks)

    @property
    def head_text(self) -> bytes:
        """What stands above the hunks."""
        return b"".join(line + b"\n" for line in self.head)


def file_diffs(patch: bytes) -> tuple[FileDiff, ...]:
    """The files of a patch in order; prose around them belongs to none."""
    return tuple(_files(patch.split(b"\n")))


def _files(lines: list[bytes]) -> Iterator[FileDiff]:
    head: list[bytes] = []
    hunks: list[Hunk] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        found = _HUNK.match(line) if head else None
        if found is not None:
            end = _end_of_hunk(lines, at + 1, int(found[1] or 1), int(found[3] or 1))
            hunks.append(Hunk(tuple(lines[at:end]), int(found[2])))
            at = end
            continue
        if _begins_file(lines, at, head, hunks):
            if head:
                yield FileDiff(_path(head), tuple(head), tuple(hunks))
            head, hunks = [line], []
        elif head and not hunks:
            head.append(line)
        at += 1
    if head:
        yield FileDiff(_path(head), tuple(head), tuple(hunks))


def _begins_file(lines: list[bytes], at: int, head: list[bytes], hunks: list[Hunk]) -> bool:
    if lines[at].startswith(_START):
        return True
    plain = lines[at].startswith(b"--- ") and lines[at + 1 : at + 2]
    if not plain or not plain[0].startswith(b"+++ "):
        return False
    # Below a line of git's own these belong to its file.
    return not head or bool(hunks) or not head[0].startswith(_START)


def _end_of_hunk(lines: list[bytes], at: int, old: int, new: int) -> int:
    while at < len(lines) and (old > 0 or new > 0):
        first = lines[at][:1]
        if first not in {b" ", b"-", b"+", b"\\", b""}:
            break
        old -= first in {b" ", b"-", b""}
        new -= first in {b" ", b"+", b""}
        at += 1
    if at < len(lines) and lines[at].startswith(b"\\"):
        at += 1
    return at


def _path(head: list[bytes]) -> str:
    names = [found[1] for line in head if (found := _NAME.match(line))]
    names = [name for name in names if name.partition(b"\t")[0] != b"/dev/null"]
    if names:
        return _plain(names[-1])
    found = _OF_GIT.match(head[0])
    return _plain(found[1]) if found else "?"


def _plain(name: bytes) -> str:
    if name.startswith(b'"'):
        name = _ESCAPE.sub(_unescaped, name.strip(b'"'))
    else:
        name = name.partition(b"\t")[0]
    return os.fsdecode(name[2:] if name[:2] in {b"a/", b"b/"} else name)


def _unescaped(escape: re.Match[bytes]) -> bytes:
    known = _ESCAPES.get(escape[1])
    if known is None:
        known = bytes([int(escape[1], 8) & 0xFF]) if escape[1].isdigit() else escape[1]
    return known
