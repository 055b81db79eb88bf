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
    """The tree that was analysed; without a kernel Makefile, kernel_version is null."""

    root: str
    kernel_version: str | None


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
    """The comment that silenced the finding; kind is how far it reaches."""

    kind: Literal["allow", "allow-function", "allow-file"]
    reason: str
    path: str
    line: int


class Finding(_Object, frozen=True):
    """A broken contract. Lines and columns count from 1, columns in bytes; end_column is exclusive.

    The fingerprint does not change when lines move.
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
        tree=Tree(encodable(run.tree.root), run.tree.kernel_version),
        rules=[Rule(rule.name, rule.summary) for rule in run.rules],
        findings=[_finding(finding) for finding in run.findings],
        analysed=Analysed(run.analysed.files, run.analysed.functions, run.analysed.lines),
        not_analysed=[*missing, *map(_not_analysed, run.not_analysed)],
    )


def _finding(finding: model.Finding) -> Finding:
    span = finding.span
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
    )


def _step(step: model.Step) -> Step:
    text = encodable(f"{step.label} {step.text}")
    return Step(encodable(step.path), step.line, step.column, encodable(step.function), text)


_SEVERITIES: tuple[Literal["note", "warning", "error"], ...] = ("note", "warning", "error")
_SCOPES: dict[str, Literal["allow", "allow-function", "allow-file"]] = {
    "allow": "allow",
    "allow-function": "allow-function",
    "allow-file": "allow-file",
}


def _suppressed(by: model.SuppressedBy | None) -> Suppressed | None:
    if by is None:
        return None
    return Suppressed(_SCOPES[by.kind], encodable(by.reason), encodable(by.path), by.line)


def _not_analysed(gap: model.NotAnalysed) -> NotAnalysed:
    reason = encodable(gap.reason if gap.in_scope else f"not consulted: {gap.reason}")
    return NotAnalysed(encodable(gap.path), encodable(gap.function), gap.line, reason)
