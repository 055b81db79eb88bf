"""Preprocessor lines: where they are, and the text without them."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

import msgspec

from mmlint.syntax.conditions import ALWAYS, Condition, read_condition
from mmlint.syntax.mask import Masked, blank, scan

_MOST_AT_HAND = 16
"""Files that were taken apart last: an outline and the conditions of macros ask for the same."""
_NEWLINE = ord("\n")
_LINE = re.compile(rb"#[ \t]*(\w*)([^\\\n]*+(?:\\(?:\r?\n|[^\n]|\Z)[^\\\n]*+)*+)", re.DOTALL)
_REST = re.compile(rb"[^\\\n]*+(?:\\(?:\r?\n|[^\n]|\Z)[^\\\n]*+)*+", re.DOTALL)
_CONDITIONALS = frozenset(
    {b"if", b"ifdef", b"ifndef", b"elif", b"elifdef", b"elifndef", b"else", b"endif"}
)
OPENING = frozenset({"if", "ifdef", "ifndef"})
_CONTINUED = re.compile(rb"\\\r?\n")


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


@lru_cache(maxsize=_MOST_AT_HAND)
def taken_apart(data: bytes) -> tuple[Masked, Stripped]:
    """A file masked, and without its directives; the last ones are at hand."""
    masked = scan(data)
    return masked, strip_directives(masked.text, masked.comments)


def strip_directives(masked: bytes, comments: tuple[tuple[int, int], ...] = ()) -> Stripped:
    """Blank all directives of a masked text and list the conditional ones.

    A directive does not end at a newline inside of one of the `comments`.

    `guards` of the result are the offsets of the `#ifndef` that guard against a second inclusion.
    """
    out: list[bytes] = []
    conditionals: list[Directive] = []
    position = 0
    guards: set[int] = set()
    while (at := masked.find(b"#", position)) >= 0:
        begin = masked.rfind(b"\n", position, at) + 1 or position
        found = _LINE.match(masked, at)
        if found is None or masked[begin:at].strip() or (begin and masked[begin - 1] != _NEWLINE):
            out.append(masked[position : at + 1])
            position = at + 1
            continue
        out.append(masked[position:at])
        position = _end(masked, found.end(), comments)
        out.append(blank(masked[at:position]))
        if found[1] in _CONDITIONALS:
            text = _CONTINUED.sub(b" ", found[2]).decode(errors="replace").strip()
            conditionals.append(Directive(at, position, found[1].decode(), text))
        elif found[1] == b"define" and conditionals and _guards(conditionals[-1], found[2]):
            guards.add(conditionals[-1].start)
    out.append(masked[position:])
    return Stripped(b"".join(out), tuple(conditionals), frozenset(guards))


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
    words = defined.decode(errors="replace").split()
    return last.word == "ifndef" and words in ([last.text], [last.text, "1"])


def within(conditionals: tuple[Directive, ...], start: int, end: int) -> tuple[Directive, ...]:
    """Those that begin in bytes `start` to `end`."""
    if not conditionals:
        return ()
    first = bisect_left(conditionals, start, key=lambda directive: directive.start)
    last = bisect_left(conditionals, end, lo=first, key=lambda directive: directive.start)
    return conditionals[first:last]
