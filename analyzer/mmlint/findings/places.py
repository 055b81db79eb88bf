"""What findings are compared by beyond themselves: functions and lines of the two trees."""

from __future__ import annotations

import difflib
import functools
import re
from typing import TYPE_CHECKING

from mmlint.source.patterns import DEFINE
from mmlint.source.tree import Unreadable
from mmlint.syntax.outline import outline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mmlint.syntax.outline import Outline

_WORD = re.compile(rb"[A-Za-z_]\w*")


class Side:
    """The functions and lines of one of two trees, whose files `sources` reads."""

    def __init__(self, sources: Callable[[str], bytes]) -> None:
        self._sources = sources
        self._data = functools.cache(self._read)
        self._outline = functools.cache(self._outlined)

    def lines(self, path: str) -> list[bytes]:
        """The lines of a file; none where it cannot be read."""
        return (self._data(path) or b"").split(b"\n")

    def has(self, path: str, function: str) -> bool:
        """Whether the file has that function or macro; of function "", whether there is a file."""
        data = self._data(path)
        if data is None or not function:
            return data is not None
        known = self._outline(path)
        if known is not None and known.named(function):
            return True
        defined = DEFINE + re.escape(function.encode()) + rb"\b"
        return re.search(defined, data, re.MULTILINE) is not None

    def body(self, path: str, function: str) -> list[bytes]:
        """The lines of a function without the white space around them and without its name."""
        text = self._text(path, function).replace(function.encode(errors="replace"), b"")
        return [line for line in map(bytes.strip, text.split(b"\n")) if line]

    def words(self, path: str, function: str) -> frozenset[str]:
        """The identifiers in a function, comments left out."""
        return frozenset(word.decode() for word in _WORD.findall(self._text(path, function)))

    def _text(self, path: str, function: str) -> bytes:
        known = self._outline(path)
        sites = known.named(function) if known is not None else ()
        return b"\n".join(known.code_of(s) for s in sites) if known is not None else b""

    def _read(self, path: str) -> bytes | None:
        try:
            return self._sources(path)
        except Unreadable:
            return None

    def _outlined(self, path: str) -> Outline | None:
        data = self._data(path)
        return outline(path, data) if data is not None else None


def line_map(old: Sequence[bytes], new: Sequence[bytes]) -> dict[int, int]:
    """The new numbers, from 1, of the lines that stayed."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    numbers = {line: line for line in range(1, start + 1)}
    first, second = old[start : len(old) - end], new[start : len(new) - end]
    for block in difflib.SequenceMatcher(None, first, second).get_matching_blocks():
        for offset in range(block.size):
            numbers[start + block.a + offset + 1] = start + block.b + offset + 1
    shift = len(new) - len(old)
    numbers |= {line: line + shift for line in range(len(old) - end + 1, len(old) + 1)}
    return numbers
