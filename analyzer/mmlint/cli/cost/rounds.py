"""Which functions a run looked at, in rounds away from the names with which it began, and why."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from mmlint.cli.cost.points import question_of
from mmlint.report.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mmlint.cli.cost.points import Point
    from mmlint.syntax.nodes import FunctionDef

_MOST_TOLD = 8
"""Reasons of a round that are told, those of most functions."""
_CALLED = "are called by"
_FOLLOWS = {"Analyses.of", "Sheets.of"}
_ASKS = {"Climb.paths", "Climb.confirmed"}


class Reason(NamedTuple):
    """Why a function was lowered and solved, `round` steps from one that holds a name."""

    round: int
    how: str
    name: str

    def __str__(self) -> str:
        return f"{self.how} {self.name}".strip()


class Rounds:
    """Follows a run: what it searches, reads, outlines and parses, and whom each function is for.

    A function is looked at because it names a trigger of a rule (round 0), is called by one that
    is looked at, calls one whose need is open, or holds a resource that a rule is about.
    """

    def __init__(self) -> None:
        self._context: list[Reason] = []
        self._reached: dict[tuple[str, str], int] = {}
        self._code: dict[str, bytes] = {}
        self._word = re.compile(rb"(?!)")
        self._read: set[str] = set()
        self.searches: dict[int, int] = {}
        self.outlined: set[str] = set()
        self.parsed = 0
        self.solved: defaultdict[int, Counter[Reason]] = defaultdict(Counter)

    def begins(self, point: Point, arguments: Sequence[Any]) -> None:
        """The function of `point` is called."""
        if point.name in _FOLLOWS:
            fn: FunctionDef = arguments[1]
            above = self._above(fn)
            self._reached.setdefault((fn.path, fn.name), above.round)
            self._context.append(Reason(above.round + 1, _CALLED, fn.name))
        elif point.name == "Climb.paths":
            self._asks(arguments[1].fn)
        elif point.name == "Climb.confirmed":
            self._asks(arguments[1].chain[-1])
        elif question_of(point, arguments):
            question = question_of(point, arguments)
            self._context.append(Reason(0, "hold what matters for", question))
        elif point.name == "Program.macros_naming":
            words = b"|".join(re.escape(name.encode()) for name in sorted(arguments[1]))
            self._word = re.compile(rb"\b(?:" + words + rb")\b")
        elif point.name == "Analyses.graph":
            self._solves(arguments[1])

    def ends(self, point: Point, arguments: Sequence[Any], result: object) -> None:
        """It is over."""
        if point.name in _FOLLOWS | _ASKS or question_of(point, arguments):
            self._context.pop()
        elif point.name == "Tree.read":
            self._read.add(arguments[1])
        elif point.name == "WordIndex.look_up":
            self.searches[id(arguments[0])] = arguments[0].passes
        elif point.stage == "outline":
            self.outlined.add(arguments[0])
            self._code[arguments[0]] = getattr(result, "code", b"")
        elif point.stage == "parse":
            self.parsed += 1

    def lines(self) -> Iterator[str]:
        """What was found, for people, a line each."""
        yield f"searches of the files of a scope for names: {sum(self.searches.values())}"
        yield f"files read: {len(self._read):,}; outlined: {len(self.outlined):,}"
        yield f"functions and macros parsed: {self.parsed:,}"
        for number, reasons in sorted(self.solved.items()):
            many = counted(reasons.total(), "function")
            yield f"round {number}: {many} lowered and solved, which"
            told = sorted(reasons.items(), key=lambda found: (-found[1], found[0]))
            for reason, count in told[:_MOST_TOLD]:
                yield f"{count:>8,}  {reason}"
            rest = sum(count for _, count in told[_MOST_TOLD:])
            if rest:
                yield f"{rest:>8,}  for {counted(len(told) - _MOST_TOLD, 'other reason')}"

    def _asks(self, fn: FunctionDef) -> None:
        """The callers of `fn` are looked for, because a need of it is open."""
        reached = self._reached.get((fn.path, fn.name), 0)
        self._context.append(Reason(reached + 1, "call, or lead to,", fn.name))

    def _above(self, fn: FunctionDef) -> Reason:
        """Why `fn` is asked for just now."""
        if self._context:
            return self._context[-1]
        code = self._code.get(fn.path, b"")[fn.start : fn.end]
        named = self._word.search(code)
        if named is not None:
            return Reason(0, "name", named[0].decode(errors="replace"))
        return Reason(0, "use a macro or function that hands on what is asked for", "")

    def _solves(self, fn: FunctionDef) -> None:
        # Where `fn` is analysed, the last reason is that of what it asks for itself.
        last = self._context.pop() if self._context else None
        own = last is not None and last[1:] == (_CALLED, fn.name)
        reason = self._above(fn) if own or last is None else last
        if last is not None:
            self._context.append(last)
        self.solved[reason.round][reason] += 1
