"""Comments and literals made blank, byte for byte, so that braces and names can be searched."""

from __future__ import annotations

import re

import msgspec

_NEWLINE, _SLASH, _QUOTE, _APOSTROPHE = b"\n/\"'"
# Alternatives with a literal in front are searched several times faster than a set.
_START = re.compile(rb"/\*|//|\"|'")
_CLOSED = {
    _QUOTE: re.compile(rb'"[^"\\\n]*+(?>(?:\\(?:\r\n|.)[^"\\\n]*+)*)"', re.DOTALL),
    _APOSTROPHE: re.compile(rb"'[^'\\\n]*+(?>(?:\\(?:\r\n|.)[^'\\\n]*+)*)'", re.DOTALL),
}
_LINE_END = re.compile(rb"(?<!\\)(?<!\\\r)\n|\Z")
_BLANK = bytes(byte if byte == _NEWLINE else 0x20 for byte in range(256))


class Comment(msgspec.Struct, frozen=True):
    """One comment with its marks, bytes `start` to `end`; invalid UTF-8 is replaced in `text`."""

    start: int
    end: int
    text: str


class Masked(msgspec.Struct, frozen=True):
    """`text` has the length and the newlines of the original.

    `unclosed` are the offsets of comments and string literals that never end.
    """

    text: bytes
    comments: tuple[tuple[int, int], ...]
    unclosed: tuple[int, ...]


def blank(data: bytes) -> bytes:
    """`data` with spaces for everything but newlines."""
    return data.translate(_BLANK)


def _literal(text: bytes) -> bytes:
    """The quotes of a literal around blanks; on the first line, if it is continued on others."""
    first = text.find(b"\n")
    if first < 0:
        return text[:1] + b" " * (len(text) - 2) + text[-1:]
    return text[:1] + b" " * (first - 2) + text[:1] + blank(text[first:])


def _open_literal(text: bytes) -> bytes:
    """Blanks, but for a last semicolon: who forgot a quote did mean to end the statement."""
    ended = text.rstrip()
    if not ended.endswith(b";"):
        return blank(text)
    return blank(ended[:-1]) + b";" + blank(text[len(ended) :])


def scan(data: bytes) -> Masked:
    """Find comments and literals in one pass; never raises."""
    out: list[bytes] = []
    comments: list[tuple[int, int]] = []
    unclosed: list[int] = []
    position = 0
    while found := _START.search(data, position):
        start = found.start()
        out.append(data[position:start])
        if data[start] == _SLASH:
            end = _comment_end(data, start)
            if end < 0:
                unclosed.append(start)
                end = len(data)
            comments.append((start, end))
            out.append(blank(data[start:end]))
        elif closed := _CLOSED[data[start]].match(data, start):
            end = closed.end()
            out.append(_literal(data[start:end]))
        else:
            end = start + 1
            if data[start] == _QUOTE:
                unclosed.append(start)
                end = _line_end(data, start)
            out.append(_open_literal(data[start:end]))
        position = end
    out.append(data[position:])
    return Masked(b"".join(out).replace(b"\0", b" "), tuple(comments), tuple(unclosed))


def _comment_end(data: bytes, start: int) -> int:
    """One past the comment at `start`; -1 when it never ends."""
    if data[start + 1] == _SLASH:
        return _line_end(data, start)
    end = data.find(b"*/", start + 2)
    return end + 2 if end >= 0 else -1


def _line_end(data: bytes, start: int) -> int:
    found = _LINE_END.search(data, start)
    return found.start() if found else len(data)


def mask(data: bytes) -> bytes:
    """`data` with blanks for comments and for what stands in string and character literals."""
    return scan(data).text


def comments(data: bytes) -> tuple[Comment, ...]:
    """Every comment, in order."""
    return tuple(
        Comment(start, end, data[start:end].decode(errors="replace"))
        for start, end in scan(data).comments
    )
