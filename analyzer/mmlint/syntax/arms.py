"""Selections of `#if` arms: consistent texts of a function, one a configuration that differs.

A pass is one consistent assignment of the names that the conditions ask for. The first prefers
options to be set; each further one is planned so that an arm is seen that none has shown yet.
"""

from __future__ import annotations

import msgspec

from mmlint.syntax.conditions import (
    ALWAYS,
    Condition,
    evaluate,
    negation,
    satisfy,
)
from mmlint.syntax.directives import OPENING, Directive
from mmlint.syntax.limits import DEEPEST, ParseGivenUp
from mmlint.syntax.mask import blank

MOST_PASSES = 6


class Selection(msgspec.Struct, frozen=True):
    """One text (other arms blank) and what was assumed for it, by name."""

    text: bytes
    assumed: dict[str, bool]

    @property
    def condition(self) -> str:
        """The assumptions in words."""
        names = ((Condition("name", name), value) for name, value in self.assumed.items())
        return " && ".join(str(name if value else negation(name)) for name, value in names)


class _Arm:
    """One arm of a group, with the text that it covers and the groups inside."""

    def __init__(self, condition: Condition, start: int) -> None:
        self.condition = condition
        self.start = start
        self.end = start
        self.groups: list[list[_Arm]] = []


def _tree(directives: tuple[Directive, ...], origin: int, length: int) -> list[list[_Arm]]:
    """The groups of a chunk that begins at offset `origin`; an `#endif` too many is ignored."""
    top = _Arm(ALWAYS, 0)
    open_groups: list[tuple[_Arm, list[_Arm]]] = []
    current = top
    for directive in directives:
        here = directive.start - origin
        if directive.word in OPENING:
            group = [_Arm(directive.condition, here)]
            open_groups.append((current, group))
            if len(open_groups) > DEEPEST:
                raise ParseGivenUp("#if nested too deeply")
            current = group[0]
        elif open_groups or directive.word != "endif":
            if not open_groups:
                # The group's first arm, with the header, begins before the chunk.
                open_groups.append((top, [_Arm(ALWAYS, 0)]))
            current.end = here
            parent, group = open_groups[-1]
            if directive.word == "endif":
                open_groups.pop()
                parent.groups.append(group)
                current = parent
            else:
                current = _Arm(directive.condition, here)
                group.append(current)
    while open_groups:
        current.end = length
        current, group = open_groups.pop()
        current.groups.append(group)
    return top.groups


def select(
    text: bytes, directives: tuple[Directive, ...], origin: int, given: dict[str, bool]
) -> tuple[Selection, ...]:
    """The distinct texts of a chunk at offset `origin`, under the assumptions `given`.

    Raises `ParseGivenUp` when the conditions are nested too deeply.
    """
    if not directives:
        return (Selection(text, {}),)
    passes = _Passes(text, _tree(directives, origin, len(text)), given)
    return passes.all()


class _Passes:
    """Walks the groups again and again until each reachable arm was shown."""

    def __init__(self, text: bytes, groups: list[list[_Arm]], given: dict[str, bool]) -> None:
        self._text = text
        self._groups = groups
        self._given = given
        self._shown: set[int] = set()

    def all(self) -> tuple[Selection, ...]:
        found: dict[bytes, Selection] = {}
        plan: dict[str, bool] | None = dict(self._given)
        while plan is not None and len(found) < MOST_PASSES:
            known = dict(plan)
            keep = bytearray(self._text)
            self._walk(self._groups, known, keep)
            assumed = {name: value for name, value in known.items() if name not in self._given}
            text = bytes(keep)
            found.setdefault(text, Selection(text, assumed))
            plan = self._plan(self._groups, dict(self._given))
        return tuple(found.values())

    def _walk(self, groups: list[list[_Arm]], known: dict[str, bool], keep: bytearray) -> None:
        for group in groups:
            taken = False
            for arm in group:
                if not taken and _holds(arm.condition, known):
                    taken = True
                    self._shown.add(id(arm))
                    self._walk(arm.groups, known, keep)
                else:
                    keep[arm.start : arm.end] = blank(bytes(keep[arm.start : arm.end]))

    def _plan(self, groups: list[list[_Arm]], known: dict[str, bool]) -> dict[str, bool] | None:
        """An assignment that shows a new arm; arms that nothing can show are given up."""
        for group in groups:
            before: dict[str, bool] | None = known
            for arm in group:
                if before is None:
                    break
                here = satisfy(arm.condition, True, before)
                if here is None:
                    self._shown.add(id(arm))
                elif id(arm) not in self._shown:
                    self._shown.add(id(arm))
                    return here
                elif (inner := self._plan(arm.groups, here)) is not None:
                    return inner
                before = satisfy(negation(arm.condition), True, before)
        return None


def _holds(condition: Condition, known: dict[str, bool]) -> bool:
    """Decide a condition and put down in `known` what was decided for it."""
    value = evaluate(condition, known)
    if value is None:
        decided = satisfy(condition, True, known)
        if decided is not None:
            known.update(decided)
            return True
        value = False
    decided = satisfy(condition, value, known)
    if decided is not None:
        known.update(decided)
    return value


def literals(condition: Condition) -> dict[str, bool]:
    """The names that a condition fixes by itself."""
    if condition.op == "name":
        return {condition.name: True}
    if condition.op == "not" and condition.parts[0].op == "name":
        return {condition.parts[0].name: False}
    fixed: dict[str, bool] = {}
    if condition.op == "and":
        for part in condition.parts:
            fixed.update(literals(part))
    return fixed
