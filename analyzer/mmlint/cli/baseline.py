"""`mmlint baseline`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from mmlint.cli.failure import CLEAN, FINDINGS, INCOMPLETE, InputError
from mmlint.cli.options import Options, analysis_options
from mmlint.cli.scope import is_inside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mmlint.findings.baseline import Entry
    from mmlint.model import Run

DEFAULT = ".mmlint-baseline"
"""The file, at the root of the tree, where none is named."""


class BaselineOptions(Options, frozen=True, kw_only=True):
    """The command line of the subcommands; the file is `Options.baseline`."""

    reason: str | None = None


@click.group()
def baseline() -> None:
    """Keep a list of the findings that are known, so that only others are reported.

    The list is the file that --baseline names, or .mmlint-baseline at the root of the tree: a line
    each with fingerprint, rule, path, function and reason. `mmlint check --baseline FILE` leaves
    out what is in it, and says which of its lines are stale.
    """


_paths = click.argument("paths", nargs=-1, metavar="[PATH]...")
_reason = click.option("--reason", metavar="TEXT", help="Why what is new in the list is left.")


@baseline.command(short_help="Write the list of all findings of today.")
@_paths
@_reason
@analysis_options
def create(**parameters: object) -> int:
    """Write the list of all findings of today; there must be none yet."""
    options = msgspec.convert(parameters, BaselineOptions)
    target = _target(options)
    if target.exists():
        raise InputError(f"{target} exists: mmlint baseline update keeps its reasons")
    return _write(options, target, ())


@baseline.command(short_help="Write the list anew, with the reasons it has.")
@_paths
@_reason
@analysis_options
def update(**parameters: object) -> int:
    """Write the list anew: without what is gone, with what is new, with the reasons it has.

    With PATH, entries about other files stay as they are.
    """
    options = msgspec.convert(parameters, BaselineOptions)
    target = _target(options)
    return _write(options, target, _read(target))


@baseline.command(name="check", short_help="Say how the list differs from today.")
@_paths
@analysis_options
def check_(**parameters: object) -> int:
    """Say which findings are not in the list, and which of its lines are stale.

    The exit status is 1 if there are any of either.
    """
    from mmlint.cli.output import write
    from mmlint.findings import baseline as known
    from mmlint.report.text import counted

    options = msgspec.convert(parameters, BaselineOptions)
    target = _target(options)
    entries = _read(target)
    run, scope = _found(options)
    there = {entry.fingerprint for entry in entries}
    found = known.entries_of(run.findings, "")
    new = sorted(entry for entry in found if entry.fingerprint not in there)
    stale = known.stale(run.findings, entries, lambda entry: is_inside(entry.path, scope))
    lines = [f"new    {_shown(entry)}\n" for entry in new]
    lines += [f"stale  {_shown(entry)} ({target}:{entry.line})\n" for entry in stale]
    lines.append(f"{counted(len(entries), 'line')}, {len(new)} new, {len(stale)} stale\n")
    write("".join(lines), None)
    if any(gap.in_scope for gap in run.not_analysed):
        return INCOMPLETE
    return FINDINGS if new or stale else CLEAN


@baseline.command(short_help="Print the list for people to read.")
@click.option("--baseline", metavar="FILE", help="The list.")
@click.option("--tree", metavar="DIR", help="The kernel tree.")
def show(baseline: str | None, tree: str | None) -> None:
    """Print the list for people to read, without analysing anything."""
    from mmlint.cli.output import write

    target = _place(baseline, (), tree)
    entries = sorted(_read(target))
    write("".join(f"{_shown(entry)}\n    {entry.reason}\n" for entry in entries), None)


def _write(options: BaselineOptions, target: Path, known: Sequence[Entry]) -> int:
    from mmlint.cli.output import write
    from mmlint.findings.baseline import UNEXPLAINED, entries_of, render, updated
    from mmlint.report.text import counted

    run, scope = _found(options)
    found = updated(known, entries_of(run.findings, options.reason or UNEXPLAINED))
    elsewhere = [entry for entry in known if not is_inside(entry.path, scope)]
    entries = {entry.fingerprint: entry for entry in (*elsewhere, *found)}
    write(render(entries.values()), str(target))
    gone = sum(entry.fingerprint not in entries for entry in known)
    added = len(entries) - (len(known) - gone)
    written = counted(len(entries), "finding")
    write(f"{target}: {written}, {added} added, {gone} removed\n", None)
    return INCOMPLETE if any(gap.in_scope for gap in run.not_analysed) else CLEAN


def _found(options: BaselineOptions) -> tuple[Run, tuple[str, ...]]:
    """What a check reports without any baseline, and its scope."""
    from mmlint.cli.analysis import prepared
    from mmlint.cli.revisions import settings_of
    from mmlint.cli.scope import chosen_scope, find_tree
    from mmlint.findings.selection import shown

    tree = find_tree(options.paths, options.tree)
    settings = msgspec.structs.replace(settings_of(tree), baseline=None)
    plain = msgspec.structs.replace(options, baseline=None)
    paths = chosen_scope(options.paths, tree, options.tree is not None, settings.paths)
    analysis = prepared(plain, settings, tree)
    return shown(analysis.run(tree, paths), analysis.severity), paths


def _target(options: BaselineOptions) -> Path:
    return _place(options.baseline, options.paths, options.tree)


def _place(named: str | None, paths: tuple[str, ...], tree: str | None) -> Path:
    # Not what the settings of the tree name: they must not be able to name a file to write.
    from mmlint.cli.scope import find_tree

    return Path(named) if named else find_tree(paths, tree).root / DEFAULT


def _read(target: Path) -> tuple[Entry, ...]:
    from mmlint.cli.analysis import read_file
    from mmlint.findings.baseline import BaselineError, parse

    try:
        return parse(read_file(str(target)), str(target))
    except BaselineError as error:
        raise InputError(error) from None


def _shown(entry: Entry) -> str:
    from mmlint.report.excerpts import readable

    function = f" {entry.function}()" if entry.function else ""
    return readable(f"{entry.path}{function} {entry.rule} {entry.fingerprint}")
