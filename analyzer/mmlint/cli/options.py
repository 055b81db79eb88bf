"""The options that every command which analyses has in common."""

from __future__ import annotations

import os

import click
import msgspec

from mmlint.cli.caching import cache_options
from mmlint.cli.context import CommandT, with_options
from mmlint.cli.packages import rules_package
from mmlint.cli.targets import FORMATS

POLICIES = ("default", "strict")
SEVERITIES = ("error", "warning", "note")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """A command line; None and () where the settings of the tree decide."""

    paths: tuple[str, ...] = ()
    tree: str | None
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    severity: str | None
    fail_on: str | None
    max_findings: int | None
    formats: tuple[str, ...]
    output: str | None
    quiet: bool
    verbose: bool
    package: str
    config: str | None
    arch: str | None
    policy: str = "default"
    baseline: str | None
    suppressions: tuple[str, ...]
    jobs: int = 1


output_option = click.option(
    "-o", "--output", metavar="FILE", help="Where it goes. [default: standard output]"
)
jobs_option = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(0),
    default=1,
    metavar="N",
    show_default=True,
    help="Share the work among N processes, 0 for one a processor; the result is the same.",
)


def processes(jobs: int) -> int:
    """How many processes `--jobs` asks for."""
    return jobs or len(os.sched_getaffinity(0))


_ANALYSIS = (
    click.option("--tree", metavar="DIR", help="The kernel tree, if PATH does not lie in it."),
    click.option("--select", multiple=True, metavar="RULE[,RULE]", help="Run only these rules."),
    click.option("--ignore", multiple=True, metavar="RULE[,RULE]", help="Do not run these rules."),
    click.option("--config", metavar="FILE", help="A kernel .config: check only what it builds."),
    click.option("--arch", metavar="NAME", help="The architecture that generic code is built for."),
    click.option(
        "--policy",
        type=click.Choice(POLICIES),
        default="default",
        show_default=True,
        help="With strict, what upstream accepts as a race or under a lock is a warning.",
    ),
    click.option("--baseline", metavar="FILE", help="Report only what this baseline lacks."),
    click.option(
        "--suppressions",
        multiple=True,
        metavar="FILE",
        help="A file of suppressions outside of the code; may be given several times.",
    ),
    jobs_option,
)
_REPORT = (
    click.option(
        "--severity",
        type=click.Choice(SEVERITIES),
        help="The least that is shown. [default: warning]",
    ),
    click.option(
        "--fail-on",
        type=click.Choice(SEVERITIES),
        help="The least for status 1. [default: warning]",
    ),
    click.option(
        "--max-findings", type=click.IntRange(1), metavar="N", help="Report at most N findings."
    ),
    click.option(
        "--format",
        "formats",
        multiple=True,
        metavar="NAME[=FILE]",
        help=f"{', '.join(FORMATS)}; may be given several times. [default: text]",
    ),
    click.option(
        "-o", "--output", metavar="FILE", help="Where the report goes that names no FILE."
    ),
    click.option(
        "-q", "--quiet", is_flag=True, help="One line a finding, no evidence, no progress."
    ),
    click.option(
        "-v", "--verbose", is_flag=True, help="Show also what is suppressed or was not consulted."
    ),
    rules_package,
)


def analysis_options(command: CommandT) -> CommandT:
    """Give a command the options of `Options`."""
    return with_options(command, (*_ANALYSIS, *_REPORT, cache_options))


def names(values: tuple[str, ...]) -> tuple[str, ...]:
    """The names in `values`, each of which may hold several, separated by commas."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())
