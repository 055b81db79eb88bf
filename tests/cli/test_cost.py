"""What a run costs and why, told on standard error while the report stays the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.cli.stand_ins import CommandLine

from mmlint.cli.cost.points import POINTS, Point, owner_of, watched
from mmlint.cli.cost.profile import Profile

DEMO = str(Path(__file__).resolve().parents[2] / "fixtures" / "trees" / "demo")
OUTER = Point("dataflow", "somewhere", "outer")
INNER = Point("parse", "somewhere", "inner")


class Notes:
    """An observer that keeps the names of what begins and ends."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []

    def begins(self, point: Point, _arguments: Sequence[Any]) -> None:
        self.begun.append(point.name)

    def ends(self, point: Point, _arguments: Sequence[Any], _result: object) -> None:
        self.ended.append(point.name)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: f"{point.module}.{point.name}")
def test_what_is_watched_exists_where_it_is_said_to_be(point: Point) -> None:
    owner, name = owner_of(point)
    assert callable(vars(owner)[name])


def test_when_it_is_over_everything_is_as_before() -> None:
    before = [getattr(*owner_of(point)) for point in POINTS]
    with watched([Notes()]):
        assert [getattr(*owner_of(point)) for point in POINTS] != before
    assert [getattr(*owner_of(point)) for point in POINTS] == before


def test_where_nobody_asks_nothing_is_touched() -> None:
    before = [getattr(*owner_of(point)) for point in POINTS]
    with watched([]):
        assert [getattr(*owner_of(point)) for point in POINTS] == before


def test_a_demo_passes_every_point_but_those_that_are_not_needed_for_it(
    mmlint: CommandLine,
) -> None:
    notes = Notes()
    with watched([notes]):
        mmlint("check", "--no-cache", "--tree", DEMO)
    assert notes.begun
    assert sorted(notes.ended) == sorted(notes.begun)
    unneeded = {"Recall.result", "Recall.continued", "Contracts.run_after", "parse_macro"}
    assert {point.name for point in POINTS} - set(notes.begun) <= unneeded


def test_a_stage_takes_what_it_does_by_itself() -> None:
    ticks = iter([1.0, 2.0, 5.0, 9.0, 9.5, 10.0])
    profile = Profile(lambda: next(ticks))
    profile.begins(OUTER, ())
    profile.begins(INNER, ())
    profile.ends(INNER, (), None)
    profile.ends(OUTER, (), None)
    lines = list(profile.lines())
    assert lines == [
        "  10.000 CPU seconds, of which",
        "   1.000  start",
        "   4.000  parse                          1 call",
        "   3.500  dataflow                       1 call",
        "   1.500  the rest",
    ]


def test_the_profile_names_stages_and_rules_and_the_report_is_the_same(mmlint: CommandLine) -> None:
    plain = mmlint("check", "--no-cache", "--tree", DEMO)
    status, out, err = mmlint("check", "--no-cache", "--tree", DEMO, "--profile")
    assert (status, out) == plain[:2]
    assert plain[2] == ""
    told = [line.split() for line in err.splitlines()]
    assert all(words[0] == "mmlint:" for words in told)
    assert {"parse", "dataflow", "judge", "typestate"} <= {words[2] for words in told}
    assert {"pfn-not-online", "zone-from-range", "torn-zone-span"} <= {words[2] for words in told}


def test_the_cost_is_explained_by_triggers_callees_and_callers(mmlint: CommandLine) -> None:
    plain = mmlint("check", "--no-cache", "--tree", DEMO)
    status, out, err = mmlint("check", "--no-cache", "--tree", DEMO, "--explain-cost")
    assert (status, out) == plain[:2]
    assert "mmlint: round 0: " in err
    assert "  name pfn_to_page\n" in err
    assert "; outlined: " in err


def test_callees_and_callers_are_a_round_further(mmlint: CommandLine, kernel: Path) -> None:
    (kernel / "mm" / "pfn.c").write_text(
        "static struct page *one(unsigned long pfn)\n{\n\treturn pfn_to_page(pfn);\n}\n"
        "static int two(unsigned long pfn)\n{\n\treturn PageBuddy(one(pfn));\n}\n"
        "int three(unsigned long pfn)\n{\n\treturn two(pfn);\n}\n"
    )
    _, _, err = mmlint("check", "--no-cache", "mm/pfn.c", "--explain-cost")
    assert "round 0: " in err
    assert "  name pfn_to_page\n" in err
    assert "round 1: " in err
    assert "  call, or lead to, " in err


def test_what_is_known_already_costs_no_round(mmlint: CommandLine, tmp_path: Path) -> None:
    arguments = ("check", "--cache-dir", str(tmp_path / "cache"), "--tree", DEMO)
    first = mmlint(*arguments)
    again = mmlint(*arguments, "--explain-cost")
    assert again[:2] == first[:2]
    assert "round" not in again[2]
    assert "functions and macros parsed: 0\n" in again[2]
