"""Annotations for GitHub Actions: one workflow command a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmlint.model import Severity
from mmlint.report.excerpts import Excerpts, encodable

if TYPE_CHECKING:
    from collections.abc import Callable

    from mmlint.model import Finding, NotAnalysed, Run

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(run: Run, sources: Callable[[str], bytes]) -> str:
    """One line for each finding that is not suppressed and for each gap in the scope."""
    excerpts = Excerpts(sources)
    lines = [_annotation(f, excerpts) for f in run.findings if f.suppressed is None]
    lines += [_gap(gap) for gap in run.not_analysed if gap.in_scope]
    return "".join(f"{line}\n" for line in lines)


def _annotation(finding: Finding, excerpts: Excerpts) -> str:
    span = finding.span
    properties: dict[str, str | int] = {
        "file": span.path,
        "line": span.line,
        "endLine": span.end_line,
        "title": finding.rule,
    }
    # GitHub ignores columns of annotations that span lines, and warns.
    if span.line == span.end_line:
        properties["col"] = excerpts.code_points(span.path, span.line, span.column)
        properties["endColumn"] = excerpts.code_points(span.path, span.line, span.end_column)
    steps = [f"{step.label}: {step.text}" for step in finding.steps]
    fix = [f"fix: {finding.fix}"] if finding.fix else []
    text = "\n".join([finding.message, *steps, *fix])
    return _command(_COMMANDS[finding.severity], properties, text)


def _gap(gap: NotAnalysed) -> str:
    properties: dict[str, str | int] = {"file": gap.path, "title": "not analysed"}
    if gap.line:
        properties["line"] = gap.line
    text = f"{gap.function}(): {gap.reason}" if gap.function else gap.reason
    return _command("warning", properties, text)


def _command(command: str, properties: dict[str, str | int], text: str) -> str:
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{command} {listed}::{_data(text)}"


def _data(text: str) -> str:
    return encodable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
