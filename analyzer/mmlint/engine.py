"""The stages in order: from files in scope to a run that reports can be written of."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from mmlint import __version__
from mmlint.callgraph.program import Program
from mmlint.dataflow.climb import Climb, Path
from mmlint.dataflow.typestate.contracts import Contracts, searched
from mmlint.dataflow.whole import Analyses
from mmlint.findings import suppressions
from mmlint.findings.directives import RULE
from mmlint.findings.fingerprint import with_fingerprints
from mmlint.judging import Composer
from mmlint.model import Analysed, Finding, NotAnalysed, Run, Severity, TreeInfo
from mmlint.source.tree import Unreadable

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
    The `strict` policy makes warnings of what upstream accepts as a race.
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
    program.expect(searched(request.knowledge))
    analyses = Analyses(program, request.knowledge)
    climb = Climb(analyses)
    ways = _open_ways(request, program, analyses, climb, frozenset(files))
    offers = _offers(tree, program)
    composer = Composer(request.knowledge, program.outline, offers, strict=request.strict)
    judged = _judged(request, composer, climb, ways)
    contracts = Contracts(analyses, climb, frozenset(files))
    judged += _of_contracts(request.rules, contracts, composer)
    findings = _suppressed(request, judged, program.marked)
    return Run(
        version=__version__,
        tree=TreeInfo(str(tree.root), tree.kernel_version, tree.missing, tree.label),
        rules=(*(rule.info for rule in request.rules), RULE),
        findings=findings,
        analysed=Analysed(
            program.files_read, len(analyses.followed | contracts.followed), program.lines
        ),
        not_analysed=_gaps(
            gaps, program.not_analysed, analyses.failed + contracts.failed, frozenset(files)
        ),
    )


def _open_ways(
    request: CheckRequest,
    program: Program,
    analyses: Analyses,
    climb: Climb,
    scope: frozenset[str],
) -> dict[tuple[object, ...], list[Path]]:
    """All needs of the functions in scope that stay open, with the ways on which they do."""
    needs = {rule.need for rule in request.rules}
    say = request.progress or (lambda _: None)
    triggers = request.knowledge.triggers(needs)
    pending = list(program.mentioning(triggers | program.macros_naming(triggers)))
    seen = set(pending)
    ways: dict[tuple[object, ...], list[Path]] = defaultdict(list)
    while pending:
        path, site = pending.pop(0)
        for fn in program.parse(path, site):
            say(f"analysing {fn.path}: {fn.name}")
            analysed = analyses.of(fn)
            if analysed is None:
                continue
            passed = "reference" if analysed.summary.wrapper else ""
            if passed in needs or ("online" in needs and analysed.summary.gives_raw_page):
                callers = program.callers(fn.name, fn.path, fn.static)
                new = [(c.path, c.site) for c in callers if c.path in scope]
                pending += [caller for caller in new if caller not in seen]
                seen.update(new)
            for need in analysed.needs:
                if need.need in needs and need.need != passed and need.base.path in scope:
                    ways[need.identity].extend(climb.paths(analysed, need))
    return ways


def _offers(tree: Tree, program: Program) -> Callable[[str], bool]:
    """Whether a tree has a name; files without a tree around them are taken to be of a new one."""
    known: dict[str, bool] = {}

    def offers(name: str) -> bool:
        if name not in known:
            known[name] = tree.kernel_version is None or program.has(name)
        return known[name]

    return offers


def _judged(
    request: CheckRequest,
    composer: Composer,
    climb: Climb,
    ways: dict[tuple[object, ...], list[Path]],
) -> list[Finding]:
    """One finding for each rule and place at most: the worst of its ways."""
    found: dict[tuple[object, ...], Finding] = {}
    for identity, paths in ways.items():
        for rule in request.rules:
            if rule.need != identity[0]:
                continue
            finding = composer.finding(rule, paths)
            if finding is not None and finding.severity > Severity.NOTE:
                # Only then is it worth to ask for the callers of all functions on the way.
                finding = composer.finding(rule, climb.after_boot(paths))
            if finding is not None:
                key = (rule.info.name, finding.span)
                before = found.get(key)
                if before is None or before.severity < finding.severity:
                    found[key] = finding
    _replace(request.rules, found)
    return sorted(found.values(), key=lambda f: (f.span, f.rule))


def _replace(rules: tuple[LoadedRule, ...], found: dict[tuple[object, ...], Finding]) -> None:
    """Of two findings about one value keep the one of the rule that replaces the other."""
    for rule in rules:
        for (name, span), finding in list(found.items()) if rule.replaces else ():
            general = found.get((rule.replaces, span))
            if name == rule.info.name and general is not None:
                worse = general.severity > finding.severity
                del found[name if worse else rule.replaces, span]


def _of_contracts(
    rules: tuple[LoadedRule, ...], contracts: Contracts, composer: Composer
) -> list[Finding]:
    """The findings of the rules about what the paths of functions hold."""
    found = [
        composer.incident(rule, breach) for rule in rules for breach in contracts.of(rule.need)
    ]
    return [finding for finding in found if finding is not None]


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


def _gaps(
    unread: list[NotAnalysed],
    program: list[NotAnalysed],
    failed: list[NotAnalysed],
    scope: frozenset[str],
) -> tuple[NotAnalysed, ...]:
    in_scope = [msgspec.structs.replace(gap, in_scope=gap.path in scope) for gap in failed]
    return tuple(sorted({*unread, *program, *in_scope}))
