"""`mmlint diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from mmlint.cli.failure import InputError
from mmlint.cli.options import Options, analysis_options

if TYPE_CHECKING:
    from mmlint.cli.comparing import State
    from mmlint.source.git import Repository
    from mmlint.source.revision import Revision
    from mmlint.source.tree import Tree

_SHORT = 12
_MOST = 2


class DiffOptions(Options, frozen=True, kw_only=True):
    """The command line of `mmlint diff`; `paths` are the values of --path."""

    revisions: tuple[str, ...]
    staged: bool
    each: bool
    changed_lines: bool
    removed: bool


@click.command()
@click.argument("revisions", nargs=-1, required=True, metavar="BASE [REV]")
@click.option("--path", "paths", multiple=True, metavar="PATH", help="Check only this.")
@click.option("--staged", is_flag=True, help="Compare with what is staged, not the work tree.")
@click.option("--each", is_flag=True, help="Judge every commit by itself.")
@click.option("--changed-lines", is_flag=True, help="Only what is about lines that are touched.")
@click.option("--removed", is_flag=True, help="Show also the findings that are gone.")
@analysis_options
def diff(**parameters: object) -> int:
    """Report what REV (default: the work tree) introduces that BASE does not have.

    BASE..REV is BASE REV; BASE...REV compares with what both come from. Findings are the same ones
    where code only moved or was renamed. What is compared is mm/ and every C file that changes.

    The exit status is that of `mmlint check`, for the new findings.
    """
    return run_diff(msgspec.convert(parameters, DiffOptions))


def run_diff(options: DiffOptions) -> int:
    """Compare, report, and return the exit status; raises `InputError`."""
    from mmlint.cli.analysis import prepared
    from mmlint.cli.comparing import judged_series, restricted, status_of, write_comparison
    from mmlint.cli.revisions import opened, settings_of
    from mmlint.cli.scope import find_tree
    from mmlint.cli.targets import targets_of

    targets = targets_of(options.formats, options.output)
    tree = find_tree(options.paths, options.tree)
    with opened(tree) as repository:
        base, states = _states(options, repository, tree)
        last = states[-1].tree
        settings = settings_of(last)
        analysis = prepared(options, settings, last)
        series = judged_series(analysis, base, states)
        if options.changed_lines:
            series = [restricted(judged) for judged in series]
        write_comparison(analysis, series, targets, removed=options.removed)
        return status_of(analysis, series)


def _states(
    options: DiffOptions, repository: Repository, tree: Tree
) -> tuple[Revision, list[State]]:
    from mmlint.cli.comparing import State
    from mmlint.cli.revisions import revision
    from mmlint.source.revision import Revision

    old, new = _range(options, repository)
    if new is not None and options.staged:
        raise InputError("--staged and a second revision: compare with one of them")
    if new is None and not options.staged and repository.bare:
        raise InputError("a bare repository has no work tree: name a second revision")
    last = State(tree)
    if options.staged:
        last = State(Revision(repository, repository.staged(), "what is staged"))
    elif new is not None:
        last = State(revision(repository, new))
    if not options.each:
        return revision(repository, old), [last]
    return _each(repository, old, new, last)


def _each(
    repository: Repository, old: str, new: str | None, last: State
) -> tuple[Revision, list[State]]:
    """The state before the first commit, and each commit; at last what is not committed."""
    from mmlint.cli.comparing import State
    from mmlint.source.revision import Revision

    commits = repository.commits(old, new or "HEAD")
    states = [
        State(
            Revision(repository, name, name[:_SHORT]),
            f"commit {number}/{len(commits)} {name[:_SHORT]} {subject}",
            name,
        )
        for number, (name, subject) in enumerate(commits, start=1)
    ]
    first = f"{commits[0][0]}^" if commits else old
    if new is None:
        states.append(State(last.tree, "not committed"))
    if not states:
        raise InputError(f"{old}..{new}: there is no commit to judge")
    return Revision(repository, repository.commit(first), first), states


def _range(options: DiffOptions, repository: Repository) -> tuple[str, str | None]:
    given = options.revisions
    if len(given) > _MOST:
        raise InputError(f"{given[_MOST]}: there are two revisions already; paths go to --path")
    if len(given) == _MOST:
        return given[0], given[1]
    old, dots, new = given[0].partition("..")
    if not dots:
        return old, None
    if new.startswith("."):
        new = new.removeprefix(".") or "HEAD"
        return repository.common(old or "HEAD", new), new
    return old or "HEAD", new or "HEAD"
