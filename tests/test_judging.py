"""Which of several ways is reported, and which of them are asked about in the rest of the tree."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dataflow.small import knowledge

from mmlint.api import Case, Verdict
from mmlint.dataflow.climb import Path
from mmlint.dataflow.summary import Hop, Need, Place
from mmlint.dataflow.terms import make
from mmlint.discovery import LoadedRule
from mmlint.judging import Candidate, Composer
from mmlint.model import RuleInfo, Severity

NOTE, WARNING, ERROR = Severity
QUIET = "says nothing"
BASE = Place("mm/a.c", "base", 10)
# What stands for a function that nobody calls by name; nothing looks into it.
TOP: Any = object()


def said(case: Case) -> Verdict | None:
    """The text of a need is what the rule of these tests says of it."""
    severity = {each.name: each for each in Severity}.get(case.how)
    return None if severity is None else Verdict("kind", severity, "", "", "")


RULE = LoadedRule(RuleInfo("rule", "", ""), "reference", said)


class Way(msgspec.Struct, frozen=True):
    """A way as it came, and what is `left` of it by `severity` and number of further calls."""

    severity: Severity | None
    hops: int
    number: int
    left: tuple[tuple[Severity | None, int], ...] = ()
    top: bool = False

    def path(self, severity: Severity | None, hops: int) -> Path:
        """The way to this function, or what is left of it."""
        text = QUIET if severity is None else severity.name
        calls = tuple(Hop(Place("mm/a.c", f"f{self.number}", at), "g") for at in range(hops))
        need = Need(
            "reference",
            make("param", "page"),
            BASE,
            f"way{self.number}",
            text,
            BASE,
            frozenset(),
            hops=calls,
        )
        return Path(need, frozenset(), (), top=TOP if self.top else None)

    @property
    def found(self) -> Path:
        """The way as it came."""
        return self.path(self.severity, self.hops)

    @property
    def confirmed(self) -> list[Path]:
        """What is left of it."""
        return [self.path(severity, self.hops + more) for severity, more in self.left]


class Asked:
    """Answers what is left of ways, and counts the questions."""

    def __init__(self, *ways: Way) -> None:
        self.ways = ways
        self.numbers: list[int] = []

    def candidate(self) -> Candidate | None:
        composer = Composer(knowledge(), lambda _: None, lambda _: True)
        return composer.candidate(RULE, [way.found for way in self.ways], self._confirmed)

    def _confirmed(self, path: Path) -> list[Path]:
        (way,) = [way for way in self.ways if way.found == path]
        self.numbers.append(way.number)
        return way.confirmed


def plain(severity: Severity, hops: int, number: int, *, stays: bool = True) -> Way:
    """A way of which nothing is left if it does not stay."""
    return Way(severity, hops, number, ((severity, 0),) if stays else ())


@pytest.mark.parametrize(
    ("ways", "numbers"),
    [
        ([plain(NOTE, 0, 1), plain(NOTE, 1, 2, stays=False)], []),
        ([plain(WARNING, 3, 1), plain(WARNING, 1, 2), plain(NOTE, 0, 3)], [2]),
        ([plain(WARNING, 1, 1, stays=False), plain(WARNING, 2, 2), plain(WARNING, 3, 3)], [1, 2]),
        ([plain(WARNING, 1, 1), plain(ERROR, 9, 2)], [2]),
        ([plain(WARNING, 1, 1), Way(WARNING, 2, 2, ((ERROR, 1),), top=True)], [2]),
        ([plain(WARNING, 1, 1), Way(WARNING, 2, 2, ((NOTE, 1),), top=True)], [2, 1]),
        ([plain(WARNING, 1, 1), Way(NOTE, 0, 2, ((NOTE, 1),), top=True)], [1]),
        ([plain(WARNING, 1, 1), Way(None, 0, 2, top=True)], [1]),
    ],
    ids=[
        "notes alone are worth no search",
        "the nearest of the worst that stays is the answer",
        "where nothing is left of it the next one is asked about",
        "what is more severe comes before what is nearer",
        "who calls a function that nobody calls by name may come from outside",
        "or may not",
        "a note is no reason to ask who does",
        "what a rule has nothing to say of is none either",
    ],
)
def test_ways_are_asked_about_until_no_other_can_be_worse(
    ways: list[Way], numbers: list[int]
) -> None:
    asked = Asked(*ways)
    asked.candidate()
    assert asked.numbers == numbers


SEVERITIES = st.sampled_from([None, *Severity])


@st.composite
def many(draw: st.DrawFn) -> list[Way]:
    """Ways whose notes stay notes, as no search is made for them."""
    found = []
    for number in range(draw(st.integers(0, 6))):
        severity, hops, top = draw(SEVERITIES), draw(st.integers(0, 3)), draw(st.booleans())
        loud = severity in {WARNING, ERROR}
        if top and severity is not None:
            becomes = SEVERITIES if loud else st.sampled_from([None, NOTE])
            left = draw(st.lists(st.tuples(becomes, st.integers(1, 2)), max_size=3))
        else:
            left = [(severity, 0)] if draw(st.booleans()) else []
        found.append(Way(severity, hops, number, tuple(left), top))
    return found


@given(many())
def test_the_answer_is_the_worst_of_what_is_left_of_all(ways: list[Way]) -> None:
    loud = any(way.severity in {WARNING, ERROR} for way in ways)
    left = [path for way in ways for path in (way.confirmed if loud else [way.found])]
    ranked = [(-Severity[p.need.text], len(p.need.hops)) for p in left if p.need.text != QUIET]
    worst = min(ranked, default=None)
    candidate = Asked(*ways).candidate()
    found = None if candidate is None else (candidate.rank[0], candidate.rank[1][0])
    assert found == worst
