"""Where statements begin and end, read off masked C without a parser.

Suppression comments need this in any file, also in one that no parser makes sense of.
"""

from __future__ import annotations

import bisect
import re

_MARK = re.compile(rb"[;{}()]")
_HEAD = re.compile(rb"(?:else\s+)?(?!return\b|sizeof\b)[A-Za-z_]\w*\s*\Z")
_DIRECTIVE = re.compile(rb"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.M | re.S)
_CODE = re.compile(rb"\S")


class Statements:
    """The statements of a file, as stretches of lines.

    The head of a compound statement (`if (...)`, `for_each_x(...)`) is a statement of its own: what
    is said about it does not reach into its body.
    """

    def __init__(self, masked: bytes) -> None:
        text = _DIRECTIVE.sub(_blank, masked)
        self._text = text
        self._line_starts = [0, *(match.end() for match in re.finditer(rb"\n", text))]
        self._ends = _boundaries(text)

    def code_on(self, line: int) -> bool:
        """Whether anything but blanks and comments is on `line`."""
        start, end = self._stretch(line)
        return _CODE.search(self._text, start, end) is not None

    def code_after(self, offset: int) -> int | None:
        """The offset of the first code after `offset`; None at the end of the file."""
        match = _CODE.search(self._text, offset)
        return match.start() if match else None

    def around(self, line: int) -> tuple[int, int]:
        """First and last line of the statements that have code on `line`."""
        start, end = self._stretch(line)
        codes = [match.start() for match in _CODE.finditer(self._text, start, end)]
        if not codes:
            return line, line
        return self.at(codes[0])[0], self.at(codes[-1])[1]

    def at(self, offset: int) -> tuple[int, int]:
        """First and last line of the statement that the code at `offset` belongs to."""
        index = bisect.bisect_right(self._ends, offset)
        begin = self._ends[index - 1] if index else 0
        end = self._ends[index] if index < len(self._ends) else len(self._text)
        first = _CODE.search(self._text, begin, end)
        last = len(self._text[begin:end].rstrip()) + begin
        return self._line(first.start() if first else offset), self._line(max(last - 1, begin))

    def _stretch(self, line: int) -> tuple[int, int]:
        start = self._line_starts[line - 1]
        end = self._line_starts[line] if line < len(self._line_starts) else len(self._text)
        return start, end

    def _line(self, offset: int) -> int:
        return bisect.bisect_right(self._line_starts, offset)


def _blank(match: re.Match[bytes]) -> bytes:
    return re.sub(rb"[^\n]", b" ", match[0])


def _boundaries(text: bytes) -> list[int]:
    """The offsets, one past the last byte, at which statements end."""
    ends: list[int] = []
    open_marks: list[tuple[bytes, bool]] = []
    for match in _MARK.finditer(text):
        mark, offset = match[0], match.start()
        if mark == b"(":
            open_marks.append((mark, _is_head(text, ends, offset)))
        elif mark == b")":
            if open_marks and open_marks[-1][0] == b"(" and open_marks.pop()[1]:
                _end_of_head(text, offset, ends)
        elif mark == b";":
            if not open_marks or open_marks[-1][0] == b"{":
                ends.append(offset + 1)
        else:
            ends += [offset, offset + 1]
            _brace(mark, open_marks)
    return ends


def _brace(mark: bytes, open_marks: list[tuple[bytes, bool]]) -> None:
    if mark == b"{":
        open_marks.append((mark, False))
        return
    while open_marks and open_marks.pop()[0] != b"{":
        pass


def _is_head(text: bytes, ends: list[int], offset: int) -> bool:
    """Whether only a word (and `else`) stands between the last boundary and the parenthesis."""
    begin = ends[-1] if ends else 0
    return _HEAD.match(text[begin:offset].lstrip()) is not None


def _end_of_head(text: bytes, offset: int, ends: list[int]) -> None:
    after = _CODE.search(text, offset + 1)
    if after and (after[0].isalpha() or after[0] in b"_*"):
        ends.append(offset + 1)
