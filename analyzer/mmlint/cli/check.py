"""`mmlint check`."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import click
import msgspec

from mmlint.cli.failure import CLEAN, FINDINGS, INCOMPLETE, InputError
from mmlint.cli.packages import load, load_rows, rules_package
from mmlint.cli.progress import progress
from mmlint.cli.targets import FORMATS, targets_of

if TYPE_CHECKING:
    from mmlint.model import Run
    from mmlint.settings import Settings
    from mmlint.source.tree import Tree

SEVERITIES = ("error", "warning", "note")


class Options(msgspec.Struct, frozen=True):
    """The command line of `mmlint check`; None where the settings of the tree decide."""

    paths: tuple[str, ...]
    tree: str | None
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    severity: str | None
    fail_on: str | None
    formats: tuple[str, ...]
    output: str | None
    quiet: bool
    verbose: bool
    package: str


@click.command(short_help="Check files of a kernel tree.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--tree", metavar="DIR", help="The kernel tree, if PATH does not lie in it.")
@click.option("--select", multiple=True, metavar="RULE[,RULE]", help="Run only these rules.")
@click.option("--ignore", multiple=True, metavar="RULE[,RULE]", help="Do not run these rules.")
@click.option(
    "--severity", type=click.Choice(SEVERITIES), help="The least that is shown. [default: warning]"
)
@click.option(
    "--fail-on", type=click.Choice(SEVERITIES), help="The least for status 1. [default: warning]"
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="NAME[=FILE]",
    help=f"{', '.join(FORMATS)}; may be given several times. [default: text]",
)
@click.option("--output", metavar="FILE", help="Where the report goes that names no FILE.")
@click.option("--quiet", is_flag=True, help="One line a finding, no evidence, no progress.")
@click.option("--verbose", is_flag=True, help="Show also what is suppressed or was not consulted.")
@rules_package
def check(**parameters: object) -> int:
    """Check the files at or below each PATH of a kernel tree; without PATH, its mm/.

    The exit status is 0 if there is nothing to report, 1 if there are findings, 2 if the command
    or a file that it was given is wrong, 3 if something in the scope was not analysed, whether or
    not there are findings.
    """
    return run_check(msgspec.convert(parameters, Options))


def run_check(options: Options) -> int:
    """Analyse, report, and return the exit status; raises `InputError`."""
    from mmlint.cli.reporting import report
    from mmlint.findings.selection import failing, shown
    from mmlint.model import Severity
    from mmlint.report.text import TextOptions

    targets = targets_of(options.formats, options.output)
    tree, paths, settings = _scope(options)
    select = names(options.select) or settings.select
    ignore = names(options.ignore) or settings.ignore
    run = shown(_analyse(options, tree, paths, (select, ignore)), Severity.NOTE, ignore)
    visible = shown(run, Severity.parse(options.severity or settings.severity))
    hidden = len(run.findings) - len(visible.findings)
    text = TextOptions(quiet=options.quiet, verbose=options.verbose, hidden=hidden)
    for target in targets:
        report(target, visible, tree.read, text)
    if any(gap.in_scope for gap in run.not_analysed):
        return INCOMPLETE
    fail_on = Severity.parse(options.fail_on or settings.fail_on)
    return FINDINGS if failing(run.findings, fail_on) else CLEAN


def names(values: tuple[str, ...]) -> tuple[str, ...]:
    """The names in `values`, each of which may hold several, separated by commas."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def _scope(options: Options) -> tuple[Tree, tuple[str, ...], Settings]:
    from mmlint.cli.scope import default_scope, find_tree, scope_of
    from mmlint.settings import SettingsError, load_settings

    tree = find_tree(options.paths, options.tree)
    try:
        settings = load_settings(tree.root)
    except SettingsError as error:
        raise InputError(error) from None
    if options.paths:
        return tree, scope_of(options.paths, tree, options.tree is not None), settings
    if settings.paths:
        return tree, scope_of(settings.paths, tree, True), settings
    return tree, default_scope(tree), settings


def _analyse(
    options: Options,
    tree: Tree,
    paths: tuple[str, ...],
    selection: tuple[tuple[str, ...], tuple[str, ...]],
) -> Run:
    from mmlint.engine import CheckRequest
    from mmlint.engine import check as analyse
    from mmlint.findings.selection import UnknownRule, chosen
    from mmlint.findings.suppressions import RULE

    try:
        known = load(options.package)
        rules = chosen(known, *selection, extra=(RULE.name,))
    except UnknownRule as error:
        raise InputError(error) from None
    knowledge = load_rows(options.package)
    # A run builds millions of small values without cycles; looking for cycles costs a tenth of it.
    gc.disable()
    with progress(wanted=not options.quiet) as say:
        names_of_all = tuple(rule.info.name for rule in known)
        return analyse(CheckRequest(tree, paths, rules, knowledge, say, names_of_all))
