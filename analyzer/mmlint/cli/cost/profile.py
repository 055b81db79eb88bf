"""Processor seconds by stage and by rule."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from mmlint.cli.cost.points import POINTS, question_of
from mmlint.report.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mmlint.cli.cost.points import Point

START = "start"
REST = "the rest"
_NEED = "the need "
_LEAST = 0.0005
"""Seconds; less is not told."""


class Profile:
    """Adds up what each stage takes by itself, without the stages that it calls.

    What happens before the first and outside of all is told too, so that the sum is the whole. A
    rule takes what its judgement takes, and its need what following it through functions takes.
    """

    def __init__(self, now: Callable[[], float] = time.process_time) -> None:
        self._now = now
        self._since = now()
        self._stack: list[str] = [REST]
        self._rule: list[str] = []
        self.seconds: defaultdict[str, float] = defaultdict(float, {START: self._since})
        self.calls: Counter[str] = Counter()
        self.by_rule: defaultdict[str, float] = defaultdict(float)

    def begins(self, point: Point, arguments: Sequence[Any]) -> None:
        """The function of `point` is called."""
        self._charge()
        self._stack.append(point.stage)
        self.calls[point.stage] += 1
        if point.stage == "judge":
            self._rule.append(arguments[1].info.name)
        elif question_of(point, arguments):
            self._rule.append(f"{_NEED}{question_of(point, arguments)}")

    def ends(self, point: Point, arguments: Sequence[Any], _result: object) -> None:
        """It is over."""
        self._charge()
        self._stack.pop()
        if point.stage == "judge" or question_of(point, arguments):
            self._rule.pop()

    def lines(self) -> Iterator[str]:
        """What was found, for people, a line each."""
        self._charge()
        total = sum(self.seconds.values())
        yield f"{total:8.3f} CPU seconds, of which"
        stages = dict.fromkeys((START, *(point.stage for point in POINTS), REST))
        for stage in stages:
            if self.seconds[stage] >= _LEAST:
                calls = f"  {counted(self.calls[stage], 'call'):>15}" if self.calls[stage] else ""
                yield f"{self.seconds[stage]:8.3f}  {stage:<20}{calls}".rstrip()
        if self.by_rule:
            yield "         and by rule (the need that comes first pays for what needs share):"
        for rule, seconds in sorted(self.by_rule.items(), key=lambda found: (-found[1], found[0])):
            if seconds >= _LEAST or not rule.startswith(_NEED):
                yield f"{seconds:8.3f}  {rule}"

    def _charge(self) -> None:
        now = self._now()
        spent, self._since = now - self._since, now
        self.seconds[self._stack[-1]] += spent
        if self._rule:
            self.by_rule[self._rule[-1]] += spent
