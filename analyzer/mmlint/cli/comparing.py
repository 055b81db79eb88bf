"""Judging a series of states of a tree, each by what it adds to the one before."""

from __future__ import annotations

import gc
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from mmlint.cli.analysis import limited
from mmlint.findings.comparison import compare
from mmlint.findings.selection import shown
from mmlint.findings.touched import on_touched_lines
from mmlint.recall import After
from mmlint.report.sections import Section, merged
from mmlint.source.changes import changed_files
from mmlint.source.revision import Revision
from mmlint.source.walk import C_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mmlint.cli.analysis import Analysis
    from mmlint.cli.targets import Target
    from mmlint.findings.comparison import Comparison
    from mmlint.model import Finding, Run
    from mmlint.source.tree import Tree

# Nothing that the analysis asks of a tree depends on files of these kinds.
_NO_CODE = frozenset({".rst", ".txt", ".md", ".dts", ".dtsi", ".yaml", ".rs", ".py", ".json"})
_NO_CODE_NAMES = frozenset({"Kconfig", "MAINTAINERS", "CREDITS", "TODO", "README"})


class State(msgspec.Struct, frozen=True):
    """A tree that is judged by itself: the title of its part of the report, its commit or number.

    `commit` is "" and `number` 0 where that is not what it is.
    """

    tree: Tree
    title: str = ""
    commit: str = ""
    number: int = 0


class Judged(msgspec.Struct, frozen=True):
    """A state with its run and how that differs from the state before."""

    state: State
    before: Tree
    run: Run
    comparison: Comparison


def judged_series(analysis: Analysis, base: Revision, states: Sequence[State]) -> list[Judged]:
    """Each state compared with the one before it, the first with `base`.

    Where nobody names paths the scope is the default one and every C file that changes. Raises
    `GitError`, `InputError`.
    """
    changes = _changes(base, states)
    usual = _scope(analysis, base, states[-1].tree)
    named = analysis.options.paths or analysis.settings.paths
    scope = usual if named else (*usual, *_changed_code(changes))
    trees = (base, *(state.tree for state in states))
    lost = {path for path in usual if not any(_has(tree, path) for tree in trees)}

    def run_of(tree: Tree, after: After | None = None) -> Run:
        there = (path for path in scope if path in lost or _has(tree, path))
        run = analysis.run(tree, _outermost(there), after)
        # Runs do without the collector; what one leaves behind must not add up over a series.
        gc.collect()
        return run

    before: Tree = base
    last = run_of(base)
    judged: list[Judged] = []
    for state, changed in zip(states, changes, strict=True):
        run = last
        if not all(map(_is_no_code, changed)):
            run = run_of(state.tree, After(before, changed))
        compared = compare((last, before.read), (run, state.tree.read), analysis.severity)
        judged.append(Judged(state, before, run, _labelled(compared, state)))
        before, last = state.tree, run
    return judged


def restricted(judged: Judged) -> Judged:
    """Without the new findings that are on none of the lines that the state touches."""
    new = on_touched_lines(judged.comparison.new, judged.before.read, judged.state.tree.read)
    comparison = msgspec.structs.replace(judged.comparison, new=new)
    return msgspec.structs.replace(judged, comparison=comparison)


def status_of(analysis: Analysis, series: Sequence[Judged]) -> int:
    """The exit status: that of what is new."""
    whole = merged([Section("", judged.run, judged.state.tree.read) for judged in series])
    return analysis.status(whole, [f for judged in series for f in judged.comparison.new])


def write_comparison(
    analysis: Analysis, series: Sequence[Judged], targets: Sequence[Target], *, removed: bool
) -> None:
    """Report what changed; raises `InputError`."""
    from mmlint.cli.check import say_dropped
    from mmlint.cli.reporting import report
    from mmlint.report.text import TextOptions

    options = analysis.options
    room = options.max_findings or analysis.settings.max_findings
    sections: list[Section] = []
    dropped = hidden = 0
    for judged in series:
        new = _only(judged.run, judged.comparison.new)
        visible, more = limited(shown(new, analysis.severity), room)
        hidden += len(new.findings) - len(shown(new, analysis.severity).findings)
        dropped += more
        room = None if room is None else max(room - len(visible.findings), 0)
        gone = shown(_only(judged.run, judged.comparison.removed), analysis.severity)
        stayed = judged.comparison.unchanged if judged is series[-1] else ()
        same = shown(_only(judged.run, stayed), analysis.severity)
        sections.append(Section(judged.state.title, visible, judged.state.tree.read))
        # What was removed can only be shown in the tree that had it; what the run did not reach
        # is said once, with the tree that is judged.
        rest = msgspec.structs.replace(gone, not_analysed=())
        sections.append(Section("", rest, judged.before.read))
        rest = msgspec.structs.replace(same, not_analysed=())
        sections.append(Section("", rest, judged.state.tree.read))
    text = TextOptions(options.quiet, options.verbose, hidden, compared=True, removed=removed)
    for target in targets:
        report(target, sections, text)
    say_dropped(dropped)


def _only(run: Run, findings: tuple[Finding, ...]) -> Run:
    return msgspec.structs.replace(run, findings=findings)


def _labelled(compared: Comparison, state: State) -> Comparison:
    def labelled(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        return tuple(
            msgspec.structs.replace(
                f,
                change=msgspec.structs.replace(f.change, commit=state.commit, number=state.number),
            )
            for f in findings
            if f.change is not None
        )

    parts = (compared.new, compared.removed, compared.unchanged)
    return type(compared)(*map(labelled, parts))


def _changes(base: Revision, states: Sequence[State]) -> list[list[str]]:
    """The files that each state changes."""
    changes: list[list[str]] = []
    before: Tree = base
    for state in states:
        if isinstance(before, Revision):
            changes.append(changed_files(before, state.tree))
        before = state.tree
    return changes


def _scope(analysis: Analysis, base: Tree, last: Tree) -> tuple[str, ...]:
    from mmlint.cli.revisions import scope

    return scope(analysis.options, analysis.settings, (base, last))


def _changed_code(changes: Sequence[Sequence[str]]) -> set[str]:
    changed = {path for paths in changes for path in paths if path.endswith(C_SUFFIXES)}
    return {path for path in changed if not path.startswith(("tools/", "scripts/"))}


def _outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """The paths that lie in no other one, so that one scope is written in one way."""
    every = set(paths)
    within = (
        path for path in every if not any(str(at) in every for at in PurePosixPath(path).parents)
    )
    return tuple(sorted(within))


def _has(tree: Tree, path: str) -> bool:
    return tree.is_file(path) or tree.is_dir(path)


def _is_no_code(path: str) -> bool:
    plain = PurePosixPath(path)
    return plain.suffix in _NO_CODE or plain.name in _NO_CODE_NAMES
