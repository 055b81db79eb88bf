"""Which arms of `#if` groups a place of a file lies in."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from mmlint.syntax.conditions import ALWAYS, Condition, conjunction, negation
from mmlint.syntax.deciding import decide_groups
from mmlint.syntax.directives import OPENING, taken_apart

if TYPE_CHECKING:
    from mmlint.source.config import Configuration
    from mmlint.syntax.directives import Stripped

_MOST_ARMS = 20
"""So many arms before one are denied in its condition, the nearest ones."""
_MOST_LEVELS = 40
"""So many groups around a place are named in its condition, the innermost ones."""


class _Arm:
    """One arm: what its directive asks for, the arm before it in its group, the one around it."""

    __slots__ = ("asked", "before", "guard", "own", "parent", "start")

    def __init__(
        self, start: int, own: Condition, before: _Arm | None, parent: _Arm | None, guard: bool
    ) -> None:
        self.start = start
        self.own = own
        self.before = before
        self.parent = parent
        self.guard = guard
        self.asked: Condition | None = None

    def condition(self) -> Condition:
        """What it asks for, the arms before it denied; a guard against inclusion nothing."""
        if self.asked is None:
            self.asked = ALWAYS if self.guard else conjunction([*self._denied(), self.own])
        return self.asked

    def _denied(self) -> list[Condition]:
        denied: list[Condition] = []
        arm = self.before
        while arm is not None and len(denied) < _MOST_ARMS - 1:
            denied.append(negation(arm.own))
            arm = arm.before
        return denied[::-1]


class Regions:
    """The arms of a file by place; made in one pass over its directives."""

    def __init__(self, stripped: Stripped) -> None:
        self._starts: list[int] = []
        self._inner: list[_Arm | None] = []
        inner: _Arm | None = None
        for directive in stripped.conditionals:
            if directive.word in OPENING:
                guard = directive.start in stripped.guards
                inner = _Arm(directive.start, directive.condition, None, inner, guard)
            elif inner is None:
                continue
            elif directive.word == "endif":
                inner = inner.parent
            else:
                inner = _Arm(directive.start, directive.condition, inner, inner.parent, inner.guard)
            self._starts.append(directive.start)
            self._inner.append(inner)

    def condition(self, offset: int, since: int = 0) -> Condition:
        """What the arms around a byte offset ask for together.

        Those that begin before `since` and guards against a second inclusion do not count.
        """
        at = bisect_right(self._starts, offset) - 1
        arm = self._inner[at] if at >= 0 else None
        if arm is None or arm.start < since:
            return ALWAYS
        found: list[Condition] = []
        while arm is not None and arm.start >= since and len(found) < _MOST_LEVELS:
            if arm.condition() != ALWAYS:
                found.append(arm.condition())
            arm = arm.parent
        return conjunction(found[::-1])


class Surroundings:
    """The arms of a file of which nothing else is known, as a configuration leaves them."""

    def __init__(self, data: bytes, configuration: Configuration | None) -> None:
        _, stripped = taken_apart(data)
        self._dead: tuple[tuple[int, int], ...] = ()
        if configuration is not None:
            decided = decide_groups(stripped, configuration)
            stripped, self._dead = decided.stripped, decided.dead
        self._regions = Regions(stripped)

    def condition(self, offset: int) -> Condition:
        """What the arms around a byte offset ask for together."""
        return self._regions.condition(offset)

    def compiled(self, offset: int) -> bool:
        """Whether the configuration does not rule out the place at a byte offset."""
        at = bisect_right(self._dead, offset, key=lambda stretch: stretch[0]) - 1
        return at < 0 or offset >= self._dead[at][1]
