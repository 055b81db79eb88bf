"""The contenders take turns, and what was not measured is said."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec
import pytest
from click.testing import CliRunner
from tests.bench import report, running
from tests.bench.__main__ import bench as bench_command
from tests.bench.cases import CASES, Case, Contender
from tests.bench.measuring import Cost
from tests.bench.programs import NAMES, Installed
from tests.bench.running import Bench, Outcome, outcome

ROOT = Path(__file__).resolve().parent.parent.parent
NO_CACHE_YET = Installed("mmlint", ("true",), "0.1")
PROGRAMS = {
    "mmlint": NO_CACHE_YET,
    "fast": Installed("fast", ("fast-program",), "1.0"),
    "slow": Installed("slow", ("slow-program",), "2.0"),
    "gone": Installed("gone", (), ""),
}
THREE = Case(
    "three",
    "three programs",
    "mm",
    (
        Contender("fast", "fast", ("{files}",)),
        Contender("slow", "slow", ("--below", "{tree}", "{no_cache}"), found="^hit"),
        Contender("gone", "gone", ()),
    ),
    "slow",
)


class Clock:
    """Stands in for measuring: each program costs what the test says, run by run."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.words: list[Sequence[str]] = []
        self.costs = {"fast-program": [0.5, 9.0, 0.25], "slow-program": [2.0, 1.0, 4.0]}
        self.says = b"hit\nhit\n"
        self.status: dict[str, int | None] = {}

    def measured(
        self,
        command: Sequence[str],
        _directory: Path,
        _environment: Mapping[str, str],
        output: IO[bytes],
        _limit: float,
    ) -> Cost:
        name = command[0]
        runs = self.order.count(name)
        self.order.append(name)
        self.words.append(command)
        output.write(self.says)
        return Cost(self.costs[name][runs], (runs + 1) << 20, self.status.get(name, 0))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stand_in = Clock()
    monkeypatch.setattr(running, "measured", stand_in.measured)
    return stand_in


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "linux" / "mm").mkdir(parents=True)
    (tmp_path / "linux" / "mm" / "a.c").write_text("int a;\n")
    return tmp_path / "linux"


def measure(tree: Path, case: Case = THREE, runs: int = 3) -> Outcome:
    return outcome(Bench(tree, PROGRAMS, runs, 60, lambda _: None), case)


def test_every_round_begins_with_another_contender(clock: Clock, tree: Path) -> None:
    measure(tree)
    fast, slow = "fast-program", "slow-program"
    assert clock.order == [fast, slow, slow, fast, fast, slow]


def test_costs_are_medians_and_ratios_are_to_the_yardstick(clock: Clock, tree: Path) -> None:
    found = measure(tree)
    fast, slow, gone = found.rows
    assert (fast.median, slow.median, gone.median) == (0.5, 2.0, None)
    assert [found.ratio(row) for row in found.rows] == [0.25, 1.0, None]
    assert (fast.found, slow.found) == (None, 2)
    assert clock.words[1] == ["slow-program", "--below", str(tree)]


def test_a_program_that_is_not_installed_is_said_and_fails_nothing(
    clock: Clock, tree: Path
) -> None:
    assert measure(tree).rows[2].gap == "not installed"
    assert len(clock.order) == 6


@pytest.mark.parametrize(
    ("status", "says", "gap"),
    [
        (2, b"error: no such rule\n", "failed with status 2: error: no such rule"),
        (None, b"hit\n", "stopped after 60 seconds"),
        (0, b"bad pattern, rule skipped\n", "reported nothing: bad pattern, rule skipped"),
    ],
)
def test_a_contender_that_goes_wrong_is_said_and_not_run_again(
    clock: Clock, tree: Path, status: int | None, says: bytes, gap: str
) -> None:
    clock.status["slow-program"], clock.says = status, says
    found = measure(tree)
    assert found.rows[1].gap == gap
    assert clock.order.count("slow-program") == 1
    assert [found.ratio(row) for row in found.rows] == [None, None, None]


def test_an_option_that_mmlint_lacks_is_said(clock: Clock, tree: Path) -> None:
    warm = Contender("warm", "mmlint", ("check",), needs="--cache-dir")
    case = msgspec.structs.replace(THREE, contenders=(*THREE.contenders, warm))
    assert measure(tree, case).rows[3].gap == "has no --cache-dir"
    assert len(clock.order) == 6


def test_mmlint_has_no_cache_unless_a_case_gives_it_one_compiled_or_not(
    clock: Clock, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "offers", lambda *_: True)
    names = {"mmlint": "fast-program", "mmlint-compiled": "slow-program"}
    programs = {name: Installed(name, (start,), "0.1") for name, start in names.items()}
    cold = tuple(Contender(name, name, ("check", "{no_cache}")) for name in names)
    case = msgspec.structs.replace(THREE, contenders=cold, yardstick="mmlint")
    outcome(Bench(tree, programs, 1, 60, lambda _: None), case)
    assert sorted(map(list, clock.words)) == [
        [start, "check", "--no-cache"] for start in names.values()
    ]


def test_a_case_that_changes_files_changes_those_of_a_copy(clock: Clock, tree: Path) -> None:
    touches = Contender(
        "fast", "fast", ("{tree}",), before=("sh", "-c", "echo >> {tree}/mm/a.c; ls {tree}")
    )
    case = msgspec.structs.replace(THREE, contenders=(touches, THREE.contenders[1]), copied=True)
    measure(tree, case)
    assert clock.words[0][1] != str(tree)
    assert (tree / "mm" / "a.c").read_text() == "int a;\n"
    assert [path.name for path in tree.rglob("*")] == ["mm", "a.c"]


def test_the_json_holds_every_run_and_the_table_one_line_a_contender(
    clock: Clock, tree: Path
) -> None:
    found = report.document(tree, PROGRAMS, [measure(tree)])
    again = msgspec.json.decode(report.json_text(found), type=report.Document)
    assert again == found
    assert again.cases[0].rows[1].cpu == (2.0, 1.0, 4.0)
    text = report.markdown(found, ["three"])
    assert "| fast | 0.50 | 2 |  | 0.25 |" in text
    assert "| slow | 2.00 | 2 | 2 | 1.00 |" in text
    assert "| gone | not installed | | | |" in text
    assert "- gone: not installed" in text
    assert str(tree) not in text + report.json_text(found)
    assert clock.order


def test_cases_that_are_not_measured_again_are_kept_for_the_same_tree(
    clock: Clock, tree: Path, tmp_path: Path
) -> None:
    one = measure(tree, runs=1)
    other = msgspec.structs.replace(one, case="other")
    assert clock.order
    before = report.document(tree, PROGRAMS, [one, other])
    (tmp_path / "benchmarks.json").write_text(report.json_text(before))
    again = report.document(tree, PROGRAMS, [msgspec.structs.replace(one, runs=7)])
    after = again.after(report.earlier(tmp_path))
    assert [(case.case, case.runs) for case in after.cases] == [("three", 7), ("other", 1)]
    elsewhere = msgspec.structs.replace(again, machine="another machine")
    assert elsewhere.after(report.earlier(tmp_path)) == elsewhere
    (tmp_path / "benchmarks.json").write_text("{")
    assert again.after(report.earlier(tmp_path)) == again


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_names_its_yardstick_and_programs_that_are_known(case: Case) -> None:
    names = [one.name for one in case.contenders]
    assert len(set(names)) == len(names)
    assert case.yardstick in names
    assert {one.program for one in case.contenders} <= NAMES


def test_a_case_that_is_not_there_is_refused_in_a_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(bench_command, [str(tmp_path), "--cases", "nothing"])
    assert done.exit_code == 2
    assert "no case is called nothing: there are check-mm," in done.output


def test_without_a_tree_make_says_what_is_missing() -> None:
    done = subprocess.run(
        ["make", "-n", "bench"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "make bench needs TREE=path/to/linux" in done.stderr
