"""Offsets to lines and columns."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate, chain

_MOST_COUNTED = 10
"""Lines of one file that are told without an index of all."""


class LineIndex:
    """The lines of one file, counted from 1."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._asked = 0

    @cached_property
    def _starts(self) -> array[int]:
        """The offsets at which lines begin; of many files few lines are asked for."""
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
        known = "_starts" in self.__dict__
        if not known and self._asked < _MOST_COUNTED and 0 <= offset < len(self._data):
            # To count newlines is cheaper than to note where all lines begin.
            self._asked += 1
            return self._data.count(b"\n", 0, offset) + 1
        return bisect_right(self._starts, offset) or 1

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, in bytes and from 1, of a byte offset."""
        line = self.line(offset)
        return line, offset - self._starts[line - 1] + 1

    def start(self, line: int) -> int:
        """The offset at which a line begins; the last line's for lines that do not exist."""
        return self._starts[min(max(line, 1), len(self._starts)) - 1]

    def text(self, line: int) -> str:
        """A line without its line end, invalid UTF-8 replaced; "" for lines that do not exist."""
        if not 1 <= line <= len(self._starts):
            return ""
        end = self._starts[line] if line < len(self._starts) else len(self._data)
        return self._data[self._starts[line - 1] : end].rstrip(b"\r\n").decode(errors="replace")
