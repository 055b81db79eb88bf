"""What a configuration makes of the `#if` groups of a file, before anything else looks at it.

An arm that is never compiled becomes blank; of the directives only those stay whose condition is
left open, with what is left of it. So whatever is made of the result needs no configuration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mmlint.syntax.conditions import ALWAYS, NEVER, decided
from mmlint.syntax.directives import OPENING, Directive, Stripped
from mmlint.syntax.mask import blank

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.source.config import Configuration


class Decided(msgspec.Struct, frozen=True):
    """What is left of a file, and the stretches of it that are never compiled, in order."""

    stripped: Stripped
    dead: tuple[tuple[int, int], ...]


class _Group:
    """An `#if` group; `alive` says whether the text around it is compiled at all."""

    __slots__ = ("alive", "closed", "shown", "taken")

    def __init__(self, alive: bool, closed: bool) -> None:
        self.alive = alive
        self.closed = closed
        self.shown = False
        """Whether a directive of it stayed."""
        self.taken = False
        """Whether an arm of it is compiled for sure, so that the next ones are not."""


def decide_groups(stripped: Stripped, configuration: Configuration) -> Decided:
    """Decide what can be; a group that is never closed stays as it is."""
    deciding = _Deciding(stripped.conditionals, configuration)
    kept = tuple(deciding.run())
    dead = tuple(deciding.dead)
    code = without(stripped.code, dead)
    return Decided(msgspec.structs.replace(stripped, code=code, conditionals=kept), dead)


def without(text: bytes, stretches: tuple[tuple[int, int], ...]) -> bytes:
    """`text` with blanks where `stretches`, in order, are."""
    parts: list[bytes] = []
    position = 0
    for start, end in stretches:
        parts += [text[position:start], blank(text[start:end])]
        position = end
    return b"".join([*parts, text[position:]])


def _unclosed(directives: tuple[Directive, ...]) -> frozenset[int]:
    """The offsets of the `#if` that lack their `#endif`."""
    opened: list[int] = []
    for directive in directives:
        if directive.word in OPENING:
            opened.append(directive.start)
        elif directive.word == "endif" and opened:
            opened.pop()
    return frozenset(opened)


class _Deciding:
    """One pass over the directives; yields those that stay."""

    def __init__(self, directives: tuple[Directive, ...], configuration: Configuration) -> None:
        self._directives = directives
        self._configuration = configuration
        self._unclosed = _unclosed(directives)
        self._groups: list[_Group] = []
        self._alive = True
        self.dead: list[tuple[int, int]] = []

    def run(self) -> Iterator[Directive]:
        since = 0
        for directive in self._directives:
            before = self._alive
            kept = self._at(directive)
            if kept is not None:
                yield kept
            if before and not self._alive:
                since = directive.end
            elif self._alive and not before:
                self.dead.append((since, directive.start))

    def _at(self, directive: Directive) -> Directive | None:
        """What stays of a directive."""
        if directive.word in OPENING:
            closed = directive.start not in self._unclosed
            self._groups.append(_Group(self._alive, closed))
        elif not self._groups:
            return directive
        elif directive.word == "endif":
            group = self._groups.pop()
            self._alive = group.alive
            return directive if group.shown else None
        return self._arm(directive, self._groups[-1])

    def _arm(self, directive: Directive, group: _Group) -> Directive | None:
        if not group.closed:
            group.shown = True
            return directive
        if group.taken or not group.alive:
            self._alive = False
            return None
        left = decided(directive.condition, self._configuration)
        self._alive = left != NEVER
        group.taken = left == ALWAYS
        if left == NEVER or (left == ALWAYS and not group.shown):
            return None
        if left == ALWAYS:
            return Directive(directive.start, directive.end, "else", "")
        word = "elif" if group.shown else "if"
        group.shown = True
        return Directive(directive.start, directive.end, word, str(left), left)
