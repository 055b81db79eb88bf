"""Offsets to lines and columns."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate, chain

_MOST_COUNTED = 8
"""A file may be passed over so often to count newlines: an index of all lines costs more."""


class LineIndex:
    """The lines of one file, counted from 1."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        # Who asks for lines goes through a file: the next one is near the last one.
        self._near = (0, 1)
        self._left = _MOST_COUNTED * len(data)

    @cached_property
    def _starts(self) -> array[int]:
        """The offsets at which lines begin."""
        lengths = map(len, self._data.split(b"\n"))
        # Four bytes a line: of many files the lines are kept.
        starts = array("I", chain((0,), accumulate(map((1).__add__, lengths))))
        starts.pop()
        if len(starts) > 1 and starts[-1] == len(self._data):
            starts.pop()
        return starts

    @property
    def count(self) -> int:
        """How many lines there are; a last one without newline counts."""
        return len(self._starts) if self._data else 0

    def line(self, offset: int) -> int:
        """The line of a byte offset."""
        if 0 <= offset < len(self._data) and "_starts" not in self.__dict__:
            at, line = self._near
            self._left -= abs(offset - at)
            if self._left >= 0:
                if offset >= at:
                    line += self._data.count(b"\n", at, offset)
                else:
                    line -= self._data.count(b"\n", offset, at)
                self._near = (offset, line)
                return line
        return bisect_right(self._starts, offset) or 1

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, in bytes and from 1, of a byte offset."""
        line = self.line(offset)
        return line, offset - self._starts[line - 1] + 1

    def start(self, line: int) -> int:
        """The offset at which a line begins; the last line's for lines that do not exist."""
        offset = -1 if "_starts" in self.__dict__ else self._start_near(line)
        if offset >= 0:
            return offset
        return self._starts[min(max(line, 1), len(self._starts)) - 1]

    def _start_near(self, line: int) -> int:
        """The offset at which a line begins, as long as that is found cheaper so; else -1."""
        at, here = self._near
        if line == here:
            return self._data.rfind(b"\n", 0, at) + 1
        if line < here:
            at, here = 0, 1
        if line < 1:
            return -1
        rest = self._data[at:].split(b"\n", line - here)
        self._left -= len(self._data) - at
        if self._left < 0 or len(rest) <= line - here or not rest[-1]:
            return -1
        offset = len(self._data) - len(rest[-1])
        self._near = (offset, line)
        return offset

    def text(self, line: int) -> str:
        """A line without its line end, invalid UTF-8 replaced; "" for lines that do not exist."""
        if not 1 <= line <= len(self._starts):
            return ""
        end = self._starts[line] if line < len(self._starts) else len(self._data)
        return self._data[self._starts[line - 1] : end].rstrip(b"\r\n").decode(errors="replace")
