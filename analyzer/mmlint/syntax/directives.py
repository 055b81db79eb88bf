"""Preprocessor lines: where they are, and the text without them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

from mmlint.syntax.conditions import ALWAYS, Condition, read_condition
from mmlint.syntax.mask import Masked, blank, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_AT_HAND = 2 << 20
"""Bytes of the files that were taken apart last: outlines, conditions of macros and whoever looks
for stores ask for the same. It takes twice as much to keep them."""
_NEWLINE = ord("\n")
_LINE = re.compile(rb"#[ \t]*(\w*)([^\\\n]*+(?>(?:\\(?:\r?\n|[^\n]|\Z)[^\\\n]*+)*))", re.DOTALL)
_REST = re.compile(rb"[^\\\n]*+(?>(?:\\(?:\r?\n|[^\n]|\Z)[^\\\n]*+)*)", re.DOTALL)
_CONDITIONALS = frozenset(
    {b"if", b"ifdef", b"ifndef", b"elif", b"elifdef", b"elifndef", b"else", b"endif"}
)
OPENING = frozenset({"if", "ifdef", "ifndef"})
_CONTINUED = re.compile(rb"\\\r?\n")
_CONTINUES = (b"\\", b"\\\r")
_DEFINE = re.compile(rb"[ \t]*#[ \t]*define[ \t]+(\w+)")


class Directive(msgspec.Struct, frozen=True):
    """A conditional directive, bytes `start` to `end` without the newline.

    `undecided` is what a configuration leaves open of the condition; without one it is None.
    """

    start: int
    end: int
    word: str
    text: str
    undecided: Condition | None = None

    @property
    def condition(self) -> Condition:
        """What it asks for; nothing, if it is an `#else` or `#endif`."""
        if self.undecided is not None:
            return self.undecided
        if self.word in {"else", "endif"}:
            return ALWAYS
        return read_condition(self.word, self.text)


class Stripped(msgspec.Struct, frozen=True):
    """`code` is masked text with every directive blank; same length, same newlines."""

    code: bytes
    conditionals: tuple[Directive, ...]
    guards: frozenset[int]


class AtHand:
    """The last files as they were taken apart, by their contents, of `room` bytes together."""

    def __init__(self, room: int) -> None:
        self._kept: OrderedDict[bytes, tuple[Masked, Stripped]] = OrderedDict()
        self._room = room

    def of(self, data: bytes) -> tuple[Masked, Stripped]:
        """A file masked, and without its directives."""
        known = self._kept.get(data)
        if known is not None:
            self._kept.move_to_end(data)
            return known
        masked = scan(data)
        made = self._kept[data] = masked, strip_directives(masked.text, masked.comments)
        self._room -= len(data)
        while self._room < 0 and len(self._kept) > 1:
            dropped, _ = self._kept.popitem(last=False)
            self._room += len(dropped)
        return made


_AT_HAND = AtHand(_MOST_AT_HAND)


def taken_apart(data: bytes) -> tuple[Masked, Stripped]:
    """A file masked, and without its directives; the last ones are at hand."""
    return _AT_HAND.of(data)


def strip_directives(masked: bytes, comments: tuple[tuple[int, int], ...] = ()) -> Stripped:
    """Blank all directives of a masked text and list the conditional ones.

    A directive does not end at a newline inside of one of the `comments`.

    `guards` of the result are the offsets of the `#ifndef` that guard against a second inclusion.
    """
    code = bytearray(masked)
    conditionals: list[Directive] = []
    guards: set[int] = set()
    for found, end in _directives(masked, comments):
        start, word = found.start(), found[1]
        code[start:end] = blank(masked[start:end])
        if word in _CONDITIONALS:
            text = found[2]
            if b"\\" in text:
                text = _CONTINUED.sub(b" ", text)
            what = text.decode(errors="replace").strip()
            conditionals.append(Directive(start, end, word.decode(), what))
        elif word == b"define" and conditionals and _guards(conditionals[-1], found[2]):
            guards.add(conditionals[-1].start)
    return Stripped(bytes(code), tuple(conditionals), frozenset(guards))


def _directives(
    masked: bytes, comments: tuple[tuple[int, int], ...]
) -> Iterator[tuple[re.Match[bytes], int]]:
    """The directives of a masked text, and where each ends."""
    position = nearest = 0
    while (at := masked.find(b"#", position)) >= 0:
        begin = masked.rfind(b"\n", position, at) + 1 or position
        found = _LINE.match(masked, at)
        if found is None or masked[begin:at].strip() or (begin and masked[begin - 1] != _NEWLINE):
            position = at + 1
            continue
        position = found.end()
        while nearest < len(comments) and comments[nearest][1] <= position:
            nearest += 1
        if nearest < len(comments) and comments[nearest][0] < position:
            position = _end(masked, position, comments)
        yield found, position


def matching(pattern: re.Pattern[bytes], data: bytes) -> Iterator[re.Match[bytes]]:
    """Where a pattern that begins with `#` matches at the beginning of a line, blanks aside.

    A text has far fewer `#` than lines, so that this is several times faster than a search for the
    beginnings.
    """
    for found in pattern.finditer(data):
        start = found.start()
        if not data[data.rfind(b"\n", 0, start) + 1 : start].strip(b" \t"):
            yield found


def _end(masked: bytes, end: int, comments: tuple[tuple[int, int], ...]) -> int:
    """Where a directive ends that would end at `end` but for comments."""
    while end < len(masked):
        at = bisect_left(comments, (end, 0)) - 1
        if at < 0 or comments[at][1] <= end:
            break
        rest = _REST.match(masked, comments[at][1])
        end = rest.end() if rest else comments[at][1]
    return end


def _guards(last: Directive, defined: bytes) -> bool:
    """Whether `#ifndef NAME` comes before the definition of just that name."""
    if last.word != "ifndef":
        return False
    return defined.decode(errors="replace").split() in ([last.text], [last.text, "1"])


def within(conditionals: tuple[Directive, ...], start: int, end: int) -> tuple[Directive, ...]:
    """Those that begin in bytes `start` to `end`."""
    if not conditionals:
        return ()
    first = bisect_left(conditionals, start, key=lambda directive: directive.start)
    last = bisect_left(conditionals, end, lo=first, key=lambda directive: directive.start)
    return conditionals[first:last]


def definition_around(data: bytes, at: int) -> re.Match[bytes] | None:
    """The beginning of the macro, up to its name, in whose definition an offset stands."""
    start = data.rfind(b"\n", 0, at) + 1
    while start and data.endswith(_CONTINUES, 0, start - 1):
        start = data.rfind(b"\n", 0, start - 1) + 1
    return _DEFINE.match(data, start)
