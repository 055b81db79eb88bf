"""`mmlint check`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click
import msgspec

from mmlint.cli.failure import InputError
from mmlint.cli.options import Options, analysis_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.cli.analysis import Analysis
    from mmlint.cli.targets import Target
    from mmlint.model import Run
    from mmlint.settings import Settings
    from mmlint.source.tree import Tree


class CheckOptions(Options, frozen=True, kw_only=True):
    """The command line of `mmlint check`."""

    rev: str | None = None
    profile: bool = False
    explain_cost: bool = False


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--rev", metavar="REV", help="Check this commit, as git has it, without a checkout.")
@click.option("--profile", is_flag=True, help="Say what each stage and rule took.")
@click.option(
    "--explain-cost", is_flag=True, help="Say what was looked at in which round, and why."
)
@analysis_options
def check(**parameters: object) -> int:
    """Check the files at or below each PATH of a kernel tree; without PATH, its mm/.

    The exit status is 0 if there is nothing to report, 1 if there are findings, 2 if the command
    or a file that it was given is wrong, 3 if something in the scope was not analysed, whether or
    not there are findings.
    """
    return run_check(msgspec.convert(parameters, CheckOptions))


def run_check(options: CheckOptions) -> int:
    """Analyse, report, and return the exit status; raises `InputError`."""
    from mmlint.cli.targets import targets_of

    targets = targets_of(options.formats, options.output)
    if not (options.profile or options.explain_cost):
        return _checked(options, targets)
    from mmlint.cli.cost import told

    with told(profile=options.profile, rounds=options.explain_cost):
        # What other processes do is not seen.
        return _checked(msgspec.structs.replace(options, jobs=1), targets)


def _checked(options: CheckOptions, targets: tuple[Target, ...]) -> int:
    from mmlint.cli.analysis import prepared

    with _scope(options) as (tree, paths, settings):
        analysis = prepared(options, settings, tree)
        run = analysis.run(tree, paths)
        write_reports(analysis, run, tree, targets)
    return analysis.status(run, run.findings)


def write_reports(analysis: Analysis, run: Run, tree: Tree, targets: tuple[Target, ...]) -> None:
    """Report what is to be shown of a run; raises `InputError`."""
    from mmlint.cli.analysis import limited
    from mmlint.cli.reporting import report
    from mmlint.findings.selection import shown
    from mmlint.report.sections import Section
    from mmlint.report.text import TextOptions

    options = analysis.options
    visible = shown(run, analysis.severity)
    hidden = len(run.findings) - len(visible.findings)
    visible, dropped = limited(visible, options.max_findings or analysis.settings.max_findings)
    text = TextOptions(quiet=options.quiet, verbose=options.verbose, hidden=hidden)
    for target in targets:
        report(target, (Section("", visible, tree.read),), text)
    say_dropped(dropped)


def say_dropped(dropped: int) -> None:
    """Say on standard error that findings are missing in the report, if any are."""
    from mmlint.report.text import counted

    if dropped:
        what = counted(dropped, "more finding")
        click.echo(f"mmlint: note: {what} not reported (--max-findings)", err=True)


@contextlib.contextmanager
def _scope(options: CheckOptions) -> Iterator[tuple[Tree, tuple[str, ...], Settings]]:
    from mmlint.cli.scope import chosen_scope, find_tree
    from mmlint.settings import SettingsError, load_settings

    tree = find_tree(options.paths, options.tree)
    if options.rev is not None:
        from mmlint.cli.revisions import revision_scope

        with revision_scope(tree, options, options.rev) as found:
            yield found
        return
    try:
        settings = load_settings(tree.root)
    except SettingsError as error:
        raise InputError(error) from None
    explicit = options.tree is not None
    yield tree, chosen_scope(options.paths, tree, explicit, settings.paths), settings
