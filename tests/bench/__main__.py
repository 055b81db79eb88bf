"""mmlint beside its peers on one kernel: `python -m tests.bench TREE`, or `make bench`."""

from __future__ import annotations

import signal
from pathlib import Path

import click
from tests.bench import report
from tests.bench.cases import CASES
from tests.bench.programs import installed
from tests.bench.running import Bench, Outcome, outcome

NAMES = tuple(case.name for case in CASES)


@click.command()
@click.argument("tree", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--cases", default=",".join(NAMES), show_default=True, metavar="NAME[,NAME]")
@click.option("--runs", type=click.IntRange(1), default=3, show_default=True)
@click.option("--limit", type=click.FloatRange(1), default=600, show_default=True, help="Seconds.")
@click.option(
    "--output",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The directory where benchmarks.md and benchmarks.json go.",
)
def bench(tree: Path, cases: str, runs: int, limit: float, output: Path | None) -> None:
    """Measure mmlint and its peers on the kernel TREE, and print the tables."""
    wanted = [name.strip() for name in cases.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        raise click.UsageError(f"no case is called {unknown[0]}: there are {', '.join(NAMES)}")
    programs = installed()
    setting = Bench(tree.resolve(), programs, runs, limit, lambda text: click.echo(text, err=True))
    earlier = report.earlier(output)
    outcomes: list[Outcome] = []
    text = ""
    for case in CASES:
        if case.name in wanted:
            outcomes.append(outcome(setting, case))
            found = report.document(setting.tree, programs, outcomes).after(earlier)
            text = report.markdown(found, NAMES)
            # After each case, so that a run of hours that is interrupted is not lost.
            _write(output, text, report.json_text(found))
    click.echo(text)


def _write(output: Path | None, text: str, json: str) -> None:
    if output is not None:
        (output / "benchmarks.md").write_text(text, encoding="utf-8")
        (output / "benchmarks.json").write_text(json, encoding="utf-8")


if __name__ == "__main__":
    # As Ctrl-C does: what runs is stopped and the copy of the tree deleted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    bench()
