"""Two states of a file that differ in what functions hold and nowhere else."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from mmlint.syntax.outline import outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.syntax.outline import DefinitionSite

    _Body = tuple[DefinitionSite, bytes, bytes]

_STATEMENT: Final = re.compile(rb"[;{}]")
_LINE_ENDS: Final = (b"\n", b"\r", b"")
_WORD: Final = re.compile(rb"[A-Za-z_]\w*")
# What is seen outside of the function, or may be: a macro, a type.
_SEEN_OUTSIDE: Final = re.compile(
    rb"^[ \t]*#[ \t]*(?:define|undef|include|pragma)\b|\b(?:struct|union|enum)\b[^;(){}=]*\{",
    re.MULTILINE,
)


class Moved(NamedTuple):
    """From byte `start` and line `line` on all is so many `bytes` and `lines` further down.

    What is `inside` a function that changed has no place in the later state.
    """

    start: int
    line: int
    bytes: int
    lines: int
    inside: bool


class Edit:
    """A change of what `functions` hold; `words` stand in the statements that changed.

    A function may go by any word of its header, for what is a macro there is not known here.
    `texts` are the bodies as they were and as they are.
    """

    def __init__(self, path: str, changed: list[_Body], headers: list[bytes]) -> None:
        self.path = path
        named = {word.decode() for header in headers for word in _WORD.findall(header)}
        self.functions = named | {site.name for site, _, _ in changed}
        self.texts = tuple(text for _, *texts in changed for text in texts)
        self.words = frozenset(
            word.decode() for _, old, new in changed for word in _words_changed(old, new)
        )
        self._moves = list(_moves(changed))

    def line(self, line: int) -> int | None:
        """Where a line of the earlier state is now; None inside of a function that changed."""
        at = bisect_right(self._moves, line, key=lambda moved: moved.line) - 1
        moved = self._moves[at] if at >= 0 else None
        if moved is None:
            return line
        return None if moved.inside else line + moved.lines

    def offset(self, offset: int) -> int | None:
        """The same for a byte."""
        at = bisect_right(self._moves, offset, key=lambda moved: moved.start) - 1
        moved = self._moves[at] if at >= 0 else None
        if moved is None:
            return offset
        return None if moved.inside else offset + moved.bytes


def edit(path: str, old: bytes, new: bytes) -> Edit | None:
    """How `new` differs from `old`; None where more differs than what functions hold."""
    before, after = outline(path, old), outline(path, new)
    if before.losses or after.losses or len(before.definitions) != len(after.definitions):
        return None
    changed: list[_Body] = []
    ends = 0, 0
    for was, now in zip(before.definitions, after.definitions, strict=True):
        if was.body < ends[0] or (was.name, was.variant) != (now.name, now.variant):
            return None
        if old[ends[0] : was.body] != new[ends[1] : now.body]:
            return None
        ends = was.end, now.end
        bodies = old[was.body : was.end], new[now.body : now.end]
        if bodies[0] != bodies[1]:
            changed.append((was, *bodies))
    if old[ends[0] :] != new[ends[1] :]:
        return None
    seen = any(_SEEN_OUTSIDE.search(text) for _, *texts in changed for text in texts)
    if seen or not all(old[site.end : site.end + 1] in _LINE_ENDS for site, _, _ in changed):
        return None
    return Edit(path, changed, [old[site.start : site.body] for site, _, _ in changed])


def _moves(changed: list[_Body]) -> Iterator[Moved]:
    shift = lines = 0
    for site, old, new in changed:
        first = site.end_line - old.count(b"\n")
        yield Moved(site.body, first, 0, 0, inside=True)
        shift += len(new) - len(old)
        lines += new.count(b"\n") - old.count(b"\n")
        yield Moved(site.end, site.end_line + 1, shift, lines, inside=False)


def _words_changed(old: bytes, new: bytes) -> set[bytes]:
    """The words of the statements that only one of two bodies has, or has more often."""
    was, now = (
        Counter(b" ".join(statement.split()) for statement in _STATEMENT.split(text))
        for text in (old, new)
    )
    return {word for one in (was - now, now - was) for text in one for word in _WORD.findall(text)}
