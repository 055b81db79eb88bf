"""The stages in order: from files in scope to a run that reports can be written of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mmlint import __version__
from mmlint.callgraph.program import Program
from mmlint.examining import Examination, Outcome, best, tasks_of
from mmlint.findings import suppressions
from mmlint.findings.directives import RULE
from mmlint.findings.fingerprint import with_fingerprints
from mmlint.model import Analysed, Finding, NotAnalysed, Run, TreeInfo
from mmlint.source.observed import Observed
from mmlint.source.tree import Unreadable
from mmlint.workers import Died, Workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from mmlint.discovery import LoadedRule
    from mmlint.knowledge import Knowledge
    from mmlint.source.config import Configuration
    from mmlint.source.tree import Tree


class CheckRequest(msgspec.Struct, frozen=True):
    """What to check: `paths` below the root of `tree`, with the selected `rules`.

    `known_rules` names all rules that exist: a comment may suppress one that is not selected.
    What a `configuration` leaves out is not there; with an `arch`, generic code is compiled for it.
    The `strict` policy makes warnings of what upstream accepts as a race. The work is shared by
    so many `jobs`, which changes nothing in the result.
    """

    tree: Tree
    paths: tuple[str, ...]
    rules: tuple[LoadedRule, ...]
    knowledge: Knowledge
    progress: Callable[[str], None] | None = None
    known_rules: tuple[str, ...] = ()
    configuration: Configuration | None = None
    arch: str | None = None
    strict: bool = False
    jobs: int = 1


def check(request: CheckRequest) -> Run:
    """Analyse the files and return all findings, fingerprinted, suppressed and sorted.

    Raises `UnknownArchitecture`.
    """
    tree = request.tree
    files, gaps = tree.files(request.paths)
    program = Program(
        tree,
        files,
        request.progress,
        suppressions.MARK,
        configuration=request.configuration,
        arch=request.arch,
    )
    examination = Examination(
        program, request.knowledge, request.rules, _offers(tree, program), strict=request.strict
    )
    outcome, died = _examined(request, program, examination)
    findings = best(outcome.candidates, request.rules)
    return Run(
        version=__version__,
        tree=TreeInfo(str(tree.root), tree.kernel_version, tree.missing, tree.label),
        rules=(*(rule.info for rule in request.rules), RULE),
        findings=_suppressed(request, findings, program.marked),
        analysed=Analysed(program.files_read, len(outcome.followed), program.lines),
        not_analysed=tuple(sorted({*gaps, *program.not_analysed, *outcome.not_analysed, *died})),
    )


def _examined(
    request: CheckRequest, program: Program, examination: Examination
) -> tuple[Outcome, list[NotAnalysed]]:
    """What came of all tasks, and those whose worker died.

    A task may show that further functions have to be looked at.
    """
    say = request.progress or (lambda _: None)
    pending = examination.tasks()
    if request.jobs > 1:
        program.prepare()
    seen = {place for task in pending for place in task.places}
    outcomes: list[Outcome] = []
    died: list[NotAnalysed] = []
    tree = request.tree
    told = tree.told if isinstance(tree, Observed) else lambda: None
    with Workers(examination.of, request.jobs, told) as workers:
        for task in pending:
            workers.add(task)
        for task, outcome in workers.results():
            if isinstance(outcome, Died):
                died.append(NotAnalysed(task.path, "", 0, str(outcome)))
                continue
            say(f"analysed {task.path}")
            outcomes.append(outcome)
            for further in tasks_of(outcome.further - seen):
                seen.update(further.places)
                workers.add(further)
    if isinstance(tree, Observed):
        tree.complete = not died
        for observations, files in filter(None, workers.farewells):
            tree.learn(observations, files)
    return Outcome.joined(outcomes), died


def _offers(tree: Tree, program: Program) -> Callable[[str], bool]:
    """Whether a tree has a name; files without a tree around them are taken to be of a new one."""
    known: dict[str, bool] = {}

    def offers(name: str) -> bool:
        if name not in known:
            known[name] = tree.kernel_version is None or program.has(name)
        return known[name]

    return offers


def _suppressed(
    request: CheckRequest, findings: list[Finding], marked: list[str]
) -> tuple[Finding, ...]:
    """The findings with what comments in the `marked` files of the scope say about them."""
    sources: dict[str, bytes] = {}
    for path in marked:
        try:
            sources[path] = request.tree.read(path)
        except Unreadable:
            continue
    active = [rule.info.name for rule in request.rules]
    known = {*request.known_rules, *active}
    applied = suppressions.apply(findings, sources, known, active)
    return with_fingerprints(sorted(applied, key=lambda f: (f.span, f.rule)))
