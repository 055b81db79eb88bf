"""The report for programs; `docs/report.schema.json` is made from the types of this module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from mmlint.report.excerpts import encodable

if TYPE_CHECKING:
    from collections.abc import Callable

    from mmlint import model


class _Object(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An object with exactly the named members."""


class Tree(_Object, frozen=True):
    """The tree that was analysed; without a kernel Makefile, kernel_version is null.

    revision is what the user called the commit that it is of; a directory has none.
    """

    root: str
    kernel_version: str | None
    revision: str | msgspec.UnsetType = msgspec.UNSET


class Rule(_Object, frozen=True):
    """A rule that ran."""

    name: str
    summary: str


class Step(_Object, frozen=True):
    """A piece of the evidence. Where line is 0 it stands for no place: what is lacking has none."""

    path: str
    line: int
    column: int
    function: str
    text: str


class Suppressed(_Object, frozen=True):
    """What silenced the finding: a comment (kind is how far it reaches), an entry of a file.

    The files are those of suppressions (kind file) and baselines.
    """

    kind: Literal["allow", "allow-function", "allow-file", "file", "baseline"]
    reason: str
    path: str
    line: int


class Finding(_Object, frozen=True):
    """A broken contract. Lines and columns count from 1, columns in bytes; end_column is exclusive.

    The fingerprint does not change when lines move. Where two states of a tree are compared, change
    says how they differ; a removed finding has the lines of the old state. commit is there where
    each commit is judged by itself, patch (from 1) where each patch is.
    """

    rule: str
    kind: str
    severity: Literal["error", "warning", "note"]
    path: str
    function: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    steps: list[Step]
    fix: str
    fingerprint: str
    suppressed: Suppressed | None
    change: Literal["new", "removed", "unchanged"] | msgspec.UnsetType = msgspec.UNSET
    commit: str | msgspec.UnsetType = msgspec.UNSET
    patch: int | msgspec.UnsetType = msgspec.UNSET


class Analysed(_Object, frozen=True):
    """How much of the scope was read."""

    files: int
    functions: int
    lines: int


class NotAnalysed(_Object, frozen=True):
    """Something that was not looked at. function is empty and line 0 where a whole file is meant.

    A reason that starts with "not consulted" is about something outside the scope: the exit status
    does not depend on it.
    """

    path: str
    function: str
    line: int
    reason: str


class Report(_Object, frozen=True):
    """One run of mmlint check. version is that of this format, a change of it breaks readers."""

    version: Literal[1]
    tool: Tool
    tree: Tree
    rules: list[Rule]
    findings: list[Finding]
    analysed: Analysed
    not_analysed: list[NotAnalysed]


class Tool(_Object, frozen=True):
    """What made the report."""

    name: Literal["mmlint"]
    version: str


def render(run: model.Run, _sources: Callable[[str], bytes]) -> str:
    """The report as JSON, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(report_of(run)), indent=1).decode() + "\n"


def schema() -> str:
    """The JSON Schema of what `render` writes, ending in a newline."""
    text: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    text |= {"title": "The JSON report of mmlint check", **msgspec.json.schema(Report)}
    return msgspec.json.format(msgspec.json.encode(text), indent=2).decode() + "\n"


def report_of(run: model.Run) -> Report:
    """The values that are written for `run`."""
    missing = [NotAnalysed(".", "", 0, f"not consulted: {encodable(m)}") for m in run.tree.missing]
    return Report(
        version=1,
        tool=Tool("mmlint", run.version),
        tree=tree_of(run.tree),
        rules=[Rule(rule.name, rule.summary) for rule in run.rules],
        findings=[_finding(finding) for finding in run.findings],
        analysed=Analysed(run.analysed.files, run.analysed.functions, run.analysed.lines),
        not_analysed=[*missing, *map(gap_of, run.not_analysed)],
    )


def _finding(finding: model.Finding) -> Finding:
    span, change = finding.span, finding.change
    return Finding(
        rule=finding.rule,
        kind=finding.kind,
        severity=_SEVERITIES[finding.severity],
        path=encodable(span.path),
        function=encodable(finding.function),
        line=span.line,
        column=span.column,
        end_line=span.end_line,
        end_column=span.end_column,
        message=encodable(finding.message),
        steps=[_step(step) for step in finding.steps],
        fix=encodable(finding.fix),
        fingerprint=finding.fingerprint,
        suppressed=_suppressed(finding.suppressed),
        change=_CHANGES[change.kind] if change else msgspec.UNSET,
        commit=change.commit if change and change.commit else msgspec.UNSET,
        patch=change.number if change and change.number else msgspec.UNSET,
    )


def _step(step: model.Step) -> Step:
    text = encodable(f"{step.label} {step.text}")
    return Step(encodable(step.path), step.line, step.column, encodable(step.function), text)


_SEVERITIES: tuple[Literal["note", "warning", "error"], ...] = ("note", "warning", "error")
_CHANGES: dict[str, Literal["new", "removed", "unchanged"]] = {
    "new": "new",
    "removed": "removed",
    "unchanged": "unchanged",
}


def _suppressed(by: model.SuppressedBy | None) -> Suppressed | None:
    if by is None:
        return None
    values = {"kind": by.kind, "reason": encodable(by.reason), "path": encodable(by.path)}
    return msgspec.convert({**values, "line": by.line}, Suppressed)


def tree_of(tree: model.TreeInfo) -> Tree:
    """What is written of a tree."""
    revision = encodable(tree.revision) if tree.revision else msgspec.UNSET
    return Tree(encodable(tree.root), tree.kernel_version, revision)


def gap_of(gap: model.NotAnalysed) -> NotAnalysed:
    """What is written of something that was not looked at."""
    reason = encodable(gap.reason if gap.in_scope else f"not consulted: {gap.reason}")
    return NotAnalysed(encodable(gap.path), encodable(gap.function), gap.line, reason)
