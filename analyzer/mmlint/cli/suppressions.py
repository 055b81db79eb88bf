"""`mmlint suppressions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from mmlint.cli.failure import CLEAN, FINDINGS, INCOMPLETE, InputError
from mmlint.cli.options import Options, output_option
from mmlint.cli.packages import rules_package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.cli.analysis import Analysis
    from mmlint.findings.suppressions import Listed
    from mmlint.model import Run
    from mmlint.report.suppressions import Suppression
    from mmlint.source.tree import Tree

FORMATS = ("text", "json")


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--tree", metavar="DIR", help="The kernel tree, if PATH does not lie in it.")
@click.option("--suppressions", multiple=True, metavar="FILE", help="A file of suppressions.")
@click.option(
    "--format", "output_format", type=click.Choice(FORMATS), default="text", show_default=True
)
@output_option
@rules_package
def suppressions(
    paths: tuple[str, ...],
    tree: str | None,
    suppressions: tuple[str, ...],
    output_format: str,
    output: str | None,
    package: str,
) -> int:
    """List every suppression at or below each PATH, with its reason, age and use.

    The age is that of the line that says it, as git blame has it. The exit status is 1 if one is
    unused or malformed.
    """
    from mmlint.cli.output import write
    from mmlint.report.suppressions import as_json, text

    options = _options(paths, tree, suppressions, package)
    found, run = _found(options)
    write(text(found) if output_format == "text" else as_json(found), output)
    if any(gap.in_scope for gap in run.not_analysed):
        return INCOMPLETE
    return FINDINGS if any(one.state != "used" for one in found) else CLEAN


def _options(
    paths: tuple[str, ...], tree: str | None, files: tuple[str, ...], package: str
) -> Options:
    return Options(
        paths=paths,
        tree=tree,
        select=(),
        ignore=(),
        severity="note",
        fail_on=None,
        max_findings=None,
        formats=(),
        output=None,
        quiet=False,
        verbose=True,
        package=package,
        config=None,
        arch=None,
        baseline=None,
        suppressions=files,
    )


def _found(options: Options) -> tuple[list[Suppression], Run]:
    from mmlint.cli.analysis import prepared
    from mmlint.cli.revisions import settings_of
    from mmlint.cli.scope import chosen_scope, find_tree

    tree = find_tree(options.paths, options.tree)
    # All rules run here: a comment about one that the settings leave out is in use too.
    settings = msgspec.structs.replace(
        settings_of(tree), select=(), ignore=(), baseline=None, arch=None
    )
    paths = chosen_scope(options.paths, tree, options.tree is not None, settings.paths)
    analysis = prepared(options, settings, tree)
    run = analysis.run(tree, paths)
    comments = [_of_comment(one, run) for one in _listed(tree, paths)]
    entries = list(_of_files(analysis, run))
    return [*_dated(tree, comments), *entries], run


def _listed(tree: Tree, paths: tuple[str, ...]) -> Iterator[Listed]:
    from mmlint.findings.suppressions import MARK, listed
    from mmlint.source.content import why_not_c
    from mmlint.source.tree import Unreadable

    for path in tree.files(paths)[0]:
        try:
            data = tree.read(path)
        except Unreadable:
            continue
        if MARK in data and why_not_c(data) is None:
            yield from listed(path, data)


def _of_comment(one: Listed, run: Run) -> Suppression:
    from mmlint.report.suppressions import Suppression

    places = {(f.suppressed.path, f.suppressed.line) for f in run.findings if f.suppressed}
    state = "used" if (one.path, one.line) in places else "unused"
    return Suppression(
        one.path,
        one.line,
        one.function,
        one.scope,
        one.rules,
        one.reason,
        "malformed" if one.mistake else state,
    )


def _of_files(analysis: Analysis, run: Run) -> Iterator[Suppression]:
    from mmlint.report.suppressions import Suppression

    places = {(f.suppressed.path, f.suppressed.line) for f in run.findings if f.suppressed}
    for entry in analysis.allowed:
        state = "used" if (entry.origin, entry.line) in places else "unused"
        about = entry.allowed
        place = (entry.origin, entry.line, about.function)
        yield Suppression(*place, "file", (about.rule,), about.reason, state)


def _dated(tree: Tree, found: list[Suppression]) -> list[Suppression]:
    """The suppressions with their age, where the tree is in a repository."""
    from mmlint.cli.revisions import opened
    from mmlint.source.blame import blame
    from mmlint.source.git import GitError

    if not found:
        return found
    try:
        with opened(tree) as repository:
            head = repository.commit("HEAD")
            origins = [
                blame(repository, head, repository.prefix + one.path, tree.read(one.path), one.line)
                for one in found
            ]
    except (GitError, InputError):
        return found
    return [
        msgspec.structs.replace(one, commit=origin.commit, date=origin.date) if origin else one
        for one, origin in zip(found, origins, strict=True)
    ]
