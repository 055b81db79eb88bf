"""Measuring the contenders of each case in turns."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

import msgspec
from tests.bench.cases import Case, Contender
from tests.bench.measuring import Cost, measured
from tests.bench.programs import ENVIRONMENT, OWN, RULES, Installed, offers

_SUFFIXES = (".c", ".h")


class Row(msgspec.Struct, frozen=True):
    """What one contender cost: seconds, bytes, each a run; `found` is how many lines it reported.

    `gap` says why there is no measurement, "" where there is one.
    """

    name: str
    program: str
    command: str
    cpu: tuple[float, ...] = ()
    memory: tuple[int, ...] = ()
    found: int | None = None
    gap: str = ""

    @property
    def median(self) -> float | None:
        """Seconds; None without a measurement."""
        return median(self.cpu) if self.cpu and not self.gap else None


class Outcome(msgspec.Struct, frozen=True):
    """A case with the rows of its contenders, in the order of the case; the `date` is UTC."""

    case: str
    title: str
    yardstick: str
    date: str
    runs: int
    rows: tuple[Row, ...]

    def ratio(self, row: Row) -> float | None:
        """The cost of `row` in units of the yardstick's; None where one was not measured."""
        (unit,) = (one.median for one in self.rows if one.name == self.yardstick)
        return row.median / unit if row.median is not None and unit else None


class Bench(msgspec.Struct, frozen=True):
    """How to measure: the tree, so many `runs` of at most `limit` seconds each."""

    tree: Path
    programs: Mapping[str, Installed]
    runs: int
    limit: float
    say: Callable[[str], None]


def outcome(bench: Bench, case: Case) -> Outcome:
    """Measure the contenders of a case: each once a round, and every round begins with another."""
    with tempfile.TemporaryDirectory(prefix="mmlint-bench-") as scratch:
        tree = Path(scratch) / "tree" if case.copied else bench.tree
        gaps = {one.name: _missing(bench, one) for one in case.contenders}
        able = [one for one in case.contenders if not gaps[one.name]]
        if case.copied and able:
            bench.say(f"{case.name}: copying the tree")
            subprocess.run(["cp", "-a", "--reflink=auto", bench.tree, tree], check=True)
        turns = {one.name: _Turns(bench, case, one, tree, Path(scratch)) for one in able}
        for first in range(bench.runs):
            for one in _rotated(able, first):
                if not turns[one.name].gap:
                    bench.say(f"{case.name}: {one.name}, run {first + 1} of {bench.runs}")
                    turns[one.name].take()
        rows = [
            turns[one.name].row if one.name in turns else _row(one, gaps[one.name])
            for one in case.contenders
        ]
    date = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return Outcome(case.name, case.title, case.yardstick, date, bench.runs, tuple(rows))


class _Turns:
    """The runs of one contender."""

    def __init__(
        self, bench: Bench, case: Case, contender: Contender, tree: Path, scratch: Path
    ) -> None:
        self._bench = bench
        self._contender = contender
        self._tree = tree
        own = Path(tempfile.mkdtemp(dir=scratch))
        self._output = own / "output"
        self._costs: list[Cost] = []
        self._found: int | None = None
        self.gap = ""
        files = own / "files"
        files.write_text("".join(f"{path}\n" for path in sorted(_files(tree, case.scope))))
        cached = _offers(bench, contender, "--no-cache")
        self._known = {
            "{tree}": str(tree),
            "{scratch}": str(own),
            "{rules}": str(RULES),
            "{files}": str(files),
            "{no_cache}": "--no-cache" if cached else "",
        }
        self._environment = {**ENVIRONMENT, "TMPDIR": str(own), "XDG_CACHE_HOME": str(own / "home")}
        self._unmeasured(contender.first)

    @property
    def row(self) -> Row:
        """What was measured until now."""
        return msgspec.structs.replace(
            _row(self._contender, self.gap),
            cpu=tuple(round(cost.cpu, 3) for cost in self._costs),
            memory=tuple(cost.memory for cost in self._costs),
            found=self._found,
        )

    def take(self) -> None:
        """One more run; a contender that fails or takes too long has a gap instead."""
        one = self._contender
        self._unmeasured(one.before)
        command = [*self._bench.programs[one.program].start, *self._filled(one.command)]
        with self._output.open("wb") as output:
            cost = measured(command, self._tree, self._environment, output, self._bench.limit)
        said = self._output.read_text(errors="replace")
        self._costs.append(cost)
        if one.found:
            self._found = len(re.findall(one.found, said, re.MULTILINE))
        self.gap = self._wrong(cost, said)

    def _wrong(self, cost: Cost, said: str) -> str:
        """Why a run does not count; a check that reports nothing has not looked."""
        last = (said.strip().splitlines() or ["it said nothing"])[-1].strip()
        if cost.status is None:
            return f"stopped after {self._bench.limit:.0f} seconds"
        if cost.status not in self._contender.statuses:
            return f"failed with status {cost.status}: {last}"
        return f"reported nothing: {last}" if self._found == 0 else ""

    def _unmeasured(self, command: Sequence[str]) -> None:
        if command:
            filled = self._filled(command)
            subprocess.run(
                filled,
                cwd=self._tree,
                env=self._environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )

    def _filled(self, command: Sequence[str]) -> list[str]:
        """The words of a command with what they stand for."""
        words: list[str] = []
        for word in command:
            program = self._bench.programs.get(word.strip("{}")) if word[:1] == "{" else None
            if program is not None:
                words += program.start
                continue
            filled = word
            for name, value in self._known.items():
                filled = filled.replace(name, value)
            words += [filled] if filled else []
        return words


def _missing(bench: Bench, contender: Contender) -> str:
    if not bench.programs[contender.program].start:
        return "not installed"
    if contender.needs and not _offers(bench, contender, contender.needs):
        return f"has no {contender.needs}"
    return ""


def _offers(bench: Bench, contender: Contender, option: str) -> bool:
    mmlint = bench.programs["mmlint"]
    return contender.program in OWN and offers(mmlint, contender.command, option)


def _row(contender: Contender, gap: str) -> Row:
    command = " ".join((contender.program, *contender.command))
    return Row(contender.name, contender.program, command, gap=gap)


def _rotated(contenders: Sequence[Contender], first: int) -> Iterator[Contender]:
    for number in range(len(contenders)):
        yield contenders[(first + number) % len(contenders)]


def _files(tree: Path, scope: str) -> Iterator[str]:
    """The C files at or below `scope`, by their paths in the tree; links are left out."""
    for directory, _, names in os.walk(tree / scope):
        for name in names:
            path = Path(directory) / name
            if path.suffix in _SUFFIXES and not path.is_symlink():
                yield path.relative_to(tree).as_posix()
