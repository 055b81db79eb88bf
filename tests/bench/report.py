"""What was measured, as JSON and as Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

import msgspec
from tests.bench.programs import Installed
from tests.bench.running import Outcome, Row

from mmlint.source.tree import Tree

_TEXT = """\
# Benchmarks

Made by `make bench TREE=path/to/linux`; [benchmarks.json](benchmarks.json) has every run.

Seconds are processor time, user and system, of all processes of a command: the median of
some runs of each contender. The contenders of a case take turns, on the same files and a warm page
cache. Memory is the most that all processes of a run held together. The last column is the cost
in units of the yardstick's: below 1 is cheaper.

The peers answer smaller questions. In the checks, theirs are two rules that look at one function
at a time ([tests/bench/peers/](../tests/bench/peers)): `pfn_valid()` and `pfn_to_page()` without
`pfn_to_online_page()`, and `is_zone_device_page()` without a reference. mmlint runs all its rules
and follows calls. `cscope` and `gtags` write down who names what; macros, callbacks and the
configuration are left to the reader. "Reported" is the number of findings, which shows that a
program did look, not that it is right.

- {machine}
- {tree}
"""
_END = """\

## To run it

Peers that are not installed are left out, and the table says so.

```
apt install coccinelle cscope global        # spatch, cscope, gtags
pipx install semgrep && pipx install ast-grep-cli
make compiled                               # else mmlint is measured as plain Python only
make bench TREE=path/to/linux               # all cases, three runs
make bench TREE=path/to/linux CASES=check-mm,graph-mm RUNS=5
```

| variable | |
|---|---|
| `TREE` | an unpacked kernel; nothing is written into it |
| `CASES` | names of cases, separated by commas: {cases} |
| `RUNS` | runs of each contender, 3 if not given |
| `LIMIT` | seconds after which a run is stopped and its contender given up, 600 if not given |
| `OUTPUT` | where `benchmarks.md` and `benchmarks.json` go; in `docs` other cases stay |

`graph-tree` takes mmlint some 25 minutes: give it `LIMIT=3600`. `check-touched` and `check-edited`
work on copies of the tree in `TMPDIR`, which take 1.5 GB. The cases are data: a line for each
contender in `tests/bench/cases.py`.
"""


class Document(msgspec.Struct, frozen=True):
    """All that is known of the cost on one machine and one tree."""

    machine: str
    tree: str
    programs: dict[str, str]
    cases: tuple[Outcome, ...]

    def after(self, earlier: Document | None) -> Document:
        """This with the cases that only `earlier` has, if it is of the same machine and tree."""
        if earlier is None or (earlier.machine, earlier.tree) != (self.machine, self.tree):
            return self
        own = {case.case: case for case in self.cases}
        kept = {case.case: case for case in earlier.cases}
        return msgspec.structs.replace(self, cases=tuple((kept | own).values()))


def document(tree: Path, programs: Mapping[str, Installed], cases: Sequence[Outcome]) -> Document:
    """The outcomes of `cases` with where they were measured."""
    found = Tree.find(tree, tree)
    files, _ = found.files((".",))
    versions = {one.title: one.version for one in programs.values() if one.title}
    return Document(
        f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        f"Linux {found.kernel_version}, {len(files):,} C files",
        versions,
        tuple(cases),
    )


def earlier(directory: Path | None) -> Document | None:
    """What an earlier run wrote into `directory`; None if nothing that can be read."""
    if directory is None:
        return None
    try:
        return msgspec.json.decode((directory / "benchmarks.json").read_bytes(), type=Document)
    except (OSError, msgspec.DecodeError):
        return None


def json_text(found: Document) -> str:
    """The document as JSON."""
    return msgspec.json.format(msgspec.json.encode(found)).decode() + "\n"


def markdown(found: Document, cases: Sequence[str]) -> str:
    """The document for people, with how to make it; `cases` names all, in their order."""
    head = _TEXT.format(machine=found.machine, tree=found.tree)
    programs = [
        f"- {name}: {version or 'not installed'}\n" for name, version in found.programs.items()
    ]
    tables = [
        "\n".join(_table(case))
        for case in sorted(found.cases, key=lambda one: cases.index(one.case))
    ]
    end = _END.format(cases=", ".join(f"`{name}`" for name in cases))
    return "".join([head, *programs, *tables, end])


def _table(case: Outcome) -> Iterator[str]:
    yield f"\n## {case.case}: {case.title}\n"
    yield f"{case.date} UTC, median of {case.runs}.\n"
    yield f"| | CPU s | memory MB | reported | CPU / {case.yardstick} |"
    yield "|---|--:|--:|--:|--:|"
    for row in case.rows:
        yield _line(row, case.ratio(row))
    yield ""


def _line(row: Row, ratio: float | None) -> str:
    seconds = row.median
    if seconds is None:
        return f"| {row.name} | {row.gap} | | | |"
    found = "" if row.found is None else f"{row.found:,}"
    compared = "" if ratio is None else f"{ratio:.2f}"
    return (
        f"| {row.name} | {seconds:.2f} | {median(row.memory) / 1e6:,.0f} | {found} | {compared} |"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
