"""The stages in order: from files in scope to a run that reports can be written of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mmlint import __version__
from mmlint.callgraph.program import Program
from mmlint.earlier import with_all
from mmlint.examining import Examination, Outcome, best, tasks_of
from mmlint.findings import suppressions
from mmlint.findings.directives import RULE
from mmlint.findings.fingerprint import with_fingerprints
from mmlint.judging import Composer
from mmlint.model import Analysed, Finding, NotAnalysed, Run, TreeInfo
from mmlint.source.observed import Observed
from mmlint.source.tree import Unreadable
from mmlint.workers import Died, Workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from mmlint.callgraph.looked_up import LookedUp
    from mmlint.discovery import LoadedRule
    from mmlint.earlier import Earlier, Function, Part
    from mmlint.knowledge import Knowledge
    from mmlint.source.config import Configuration
    from mmlint.source.observed import Files, Observations
    from mmlint.source.tree import Tree


class CheckRequest(msgspec.Struct, frozen=True):
    """What to check: `paths` below the root of `tree`, with the selected `rules`.

    `known_rules` names all rules that exist: a comment may suppress one that is not selected.
    What a `configuration` leaves out is not there; with an `arch`, generic code is compiled for it.
    The `strict` policy makes warnings of what upstream accepts as a race. The work is shared by
    so many `jobs`, which changes nothing in the result; nor does what is known from `earlier`.
    Only a run that is `recording` can be gone on from.
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
    recording: bool = False
    earlier: Earlier | None = None


class Checked(msgspec.Struct, frozen=True):
    """A run, and what a later one can go on from: nothing if that was not asked for."""

    run: Run
    parts: tuple[Part, ...] = ()


def check(request: CheckRequest) -> Run:
    """Analyse the files and return all findings, fingerprinted, suppressed and sorted.

    Raises `UnknownArchitecture`.
    """
    return checked(request).run


def checked(request: CheckRequest) -> Checked:
    """The same with what can be gone on from; raises `UnknownArchitecture`."""
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
    program.reliance.recording = request.recording
    offers = _offers(tree, program)
    earlier = request.earlier
    known = earlier.looked_up(program.in_scope) if earlier is not None else None
    if known is not None:
        program.remember(known)
    if earlier is not None and any(offers(name) != told for name, told in earlier.doubtful):
        request = msgspec.structs.replace(request, earlier=None)
    composer = Composer(request.knowledge, program.outline, offers, strict=request.strict)
    examination = Examination(program, request.knowledge, request.rules, composer, request.earlier)
    outcome, died, parts = _examined(request, program, examination)
    findings = best(outcome.candidates, request.rules)
    run = Run(
        version=__version__,
        tree=TreeInfo(str(tree.root), tree.kernel_version, tree.missing, tree.label),
        rules=(*(rule.info for rule in request.rules), RULE),
        findings=_suppressed(request, findings, program.marked),
        analysed=Analysed(program.files_read, len(outcome.followed), program.lines),
        not_analysed=tuple(sorted({*gaps, *program.not_analysed, *outcome.not_analysed, *died})),
    )
    if died or not request.recording:
        return Checked(run)
    return Checked(run, with_all(parts, run.not_analysed, _looked_up(parts, run, program)))


def _looked_up(parts: list[Part], run: Run, program: Program) -> LookedUp:
    """What all processes looked up."""
    each = (part.looked_up for part in parts)
    return msgspec.structs.replace(
        program.looked_up().joined(found for found in each if found is not None),
        read=run.analysed.files,
        lines=run.analysed.lines,
        marked=tuple(program.marked),
    )


class _Farewell(NamedTuple):
    """What a process knows when there is nothing more to do."""

    told: tuple[Observations, Files] | None
    part: Part
    used: frozenset[tuple[str, Function]]


def _examined(
    request: CheckRequest, program: Program, examination: Examination
) -> tuple[Outcome, list[NotAnalysed], list[Part]]:
    """What came of all tasks, those whose worker died, and what can be gone on from.

    A task may show that further functions have to be looked at.
    """
    say = request.progress or (lambda _: None)
    pending = examination.tasks()
    if request.jobs > 1:
        program.prepare()
    seen = {place for task in pending for place in task.places}
    outcomes: list[Outcome] = []
    died: list[NotAnalysed] = []
    tree, earlier = request.tree, request.earlier

    def farewell() -> _Farewell:
        told = tree.told() if isinstance(tree, Observed) else None
        used = earlier.used if earlier is not None else frozenset()
        return _Farewell(told, examination.part(), used)

    with Workers(examination.of, request.jobs, farewell) as workers:
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
        tree.complete = not (died or workers.silent)
    outcome, parts = _united(request, outcomes, workers.farewells)
    return outcome, died, parts


def _united(
    request: CheckRequest, outcomes: list[Outcome], farewells: list[_Farewell]
) -> tuple[Outcome, list[Part]]:
    """All as one; the tree and what was known learn what other processes asked."""
    tree, earlier = request.tree, request.earlier
    for farewell in farewells:
        if isinstance(tree, Observed) and farewell.told is not None:
            tree.learn(*farewell.told)
        if earlier is not None:
            earlier.use(farewell.used)
    joined = Outcome.joined(outcomes)
    kept = earlier.parts() if earlier is not None else []
    before = {function for part in kept for function in part.graph.followed.values()}
    gaps = earlier.gaps(kept) if earlier is not None else frozenset()
    outcome = msgspec.structs.replace(
        joined, followed=joined.followed | before, not_analysed=joined.not_analysed | gaps
    )
    return outcome, [*kept, *(farewell.part for farewell in farewells)]


def _offers(tree: Tree, program: Program) -> Callable[[str], bool]:
    """Whether a tree has a name; files without a tree around them are taken to be of a new one."""
    known = program.reliance.offered

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
