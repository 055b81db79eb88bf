"""`mmlint patch`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from mmlint.cli.failure import InputError
from mmlint.cli.options import Options, analysis_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mmlint.cli.analysis import Analysis
    from mmlint.cli.comparing import Judged, State
    from mmlint.model import NotAnalysed
    from mmlint.source.git import Repository
    from mmlint.source.mail import Patch, Series
    from mmlint.source.revision import Revision


class PatchOptions(Options, frozen=True, kw_only=True):
    """The command line of `mmlint patch`; `paths` are the values of --path."""

    files: tuple[str, ...]
    base: str | None
    reply: bool
    changed_lines: bool
    removed: bool


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--base", metavar="REV", help="What they apply to. [default: base-commit:, or HEAD]")
@click.option("--reply", is_flag=True, help="Write the findings as replies to the mails.")
@click.option("--path", "paths", multiple=True, metavar="PATH", help="Check only this.")
@click.option("--changed-lines", is_flag=True, help="Only what is about lines that are touched.")
@click.option("--removed", is_flag=True, help="Show also the findings that are gone.")
@analysis_options
def patch(**parameters: object) -> int:
    """Report what each patch introduces that was not there before it.

    FILE is a file of `git format-patch`, a mailbox as `b4 am` writes it, or a diff; - is standard
    input. The patches are applied in memory: no file, index or branch of the repository changes.
    With --reply nothing is sent; the mailbox that is written is for your mail program.

    The exit status is that of `mmlint check`, for the new findings; it is 3 too if a patch does not
    apply.
    """
    return run_patch(msgspec.convert(parameters, PatchOptions))


def run_patch(options: PatchOptions) -> int:
    """Judge the patches, report, and return the exit status; raises `InputError`."""
    from mmlint.cli.comparing import status_of, write_comparison
    from mmlint.cli.revisions import opened
    from mmlint.cli.scope import find_tree
    from mmlint.cli.targets import targets_of
    from mmlint.source.mail import read_series

    targets = targets_of(options.formats, options.output)
    if options.reply and options.formats:
        raise InputError("--reply and --format: a reply is a mail and nothing else")
    tree = find_tree(options.paths, options.tree)
    inputs = [(name, _contents(name)) for name in options.files]
    with opened(tree) as repository:
        series = read_series(repository, inputs)
        for skipped in series.skipped:
            click.echo(f"mmlint: note: skipped: {skipped}", err=True)
        if not series.patches:
            raise InputError(f"{options.files[0]}: there is no patch in it")
        analysis, judged = _judged(options, repository, series)
        if options.reply:
            _write_replies(series.patches, judged, options)
        else:
            write_comparison(analysis, judged, targets, removed=options.removed)
        return status_of(analysis, judged)


def _judged(
    options: PatchOptions, repository: Repository, series: Series
) -> tuple[Analysis, list[Judged]]:
    from mmlint.cli.analysis import prepared
    from mmlint.cli.comparing import judged_series, restricted
    from mmlint.cli.revisions import settings_of

    base = _base(options, repository, series)
    states, gaps = _states(repository, base, series.patches)
    settings = settings_of(base)
    analysis = prepared(options, settings, base)
    judged = judged_series(analysis, base, states)
    if options.changed_lines:
        judged = [restricted(one) for one in judged]
    return analysis, [_with_gaps(one, more) for one, more in zip(judged, gaps, strict=True)]


def _base(options: PatchOptions, repository: Repository, series: Series) -> Revision:
    from mmlint.cli.revisions import revision
    from mmlint.source.git import UnknownRevision

    if options.base is None and series.base:
        try:
            return revision(repository, series.base)
        except UnknownRevision as error:
            raise InputError(f"base-commit: {error}; name another one with --base") from None
    if options.base is None:
        click.echo("mmlint: note: no base-commit: is named, so HEAD is the base", err=True)
    return revision(repository, options.base or "HEAD")


def _states(
    repository: Repository, base: Revision, patches: Sequence[Patch]
) -> tuple[list[State], list[list[NotAnalysed]]]:
    from mmlint.cli.comparing import State
    from mmlint.source.applying import Workbench
    from mmlint.source.revision import Revision

    bench = Workbench(repository, base)
    states: list[State] = []
    gaps: list[list[NotAnalysed]] = []
    for number, one in enumerate(patches, start=1):
        gaps.append(bench.apply(one))
        tree = Revision(repository, bench.tree(), f"patch {number}")
        title = f"patch {number}/{len(patches)} {one.subject or one.name}"
        states.append(State(tree, title, "", number))
    return states, gaps


def _with_gaps(judged: Judged, gaps: Sequence[NotAnalysed]) -> Judged:
    missed = tuple(dict.fromkeys((*judged.run.not_analysed, *gaps)))
    run = msgspec.structs.replace(judged.run, not_analysed=missed)
    return msgspec.structs.replace(judged, run=run)


def _write_replies(
    patches: Sequence[Patch], judged: Sequence[Judged], options: PatchOptions
) -> None:
    from mmlint.cli.output import write
    from mmlint.findings.selection import shown
    from mmlint.model import Severity
    from mmlint.report.reply import Reply, mailbox

    least = Severity.parse(options.severity or "warning")
    replies = []
    for one, result in zip(patches, judged, strict=True):
        run = msgspec.structs.replace(result.run, findings=result.comparison.new)
        findings = tuple(f for f in shown(run, least).findings if f.suppressed is None)
        if findings:
            replies.append(Reply(one, findings, result.state.tree.read))
            if not one.message_id:
                said = f"{one.name} has no Message-ID, so its reply has no In-Reply-To"
                click.echo(f"mmlint: note: {said}", err=True)
    for gap in (gap for result in judged for gap in result.run.not_analysed if gap.in_scope):
        click.echo(f"mmlint: warning: {gap.path}: {gap.reason}", err=True)
    write(mailbox(replies), options.output if options.output != "-" else None)


def _contents(name: str) -> bytes:
    from mmlint.source.walk import why

    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: {why(error)}") from None
