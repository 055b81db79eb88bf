"""Checkstyle XML, which review bots and editors read."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from mmlint.model import Severity
from mmlint.report.excerpts import Excerpts, readable
from mmlint.report.junit import document

if TYPE_CHECKING:
    from collections.abc import Callable

    from mmlint.model import Finding, Run

_SEVERITIES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "info"}


def render(run: Run, sources: Callable[[str], bytes]) -> str:
    """An element for each file that has a finding which is not suppressed, or was not analysed."""
    excerpts = Excerpts(sources)
    root = ET.Element("checkstyle", version="8.0")
    rows = [_row(finding, excerpts) for finding in run.findings if finding.suppressed is None]
    rows += [
        (gap.path, gap.line, 0, "warning", f"not analysed: {gap.reason}", "not-analysed")
        for gap in run.not_analysed
        if gap.in_scope
    ]
    for path, group in groupby(sorted(rows), key=lambda row: row[0]):
        file = ET.SubElement(root, "file", name=readable(path))
        for _, line, column, severity, message, rule in group:
            at = {"line": str(line)} | ({"column": str(column)} if column else {})
            about = {"message": readable(message), "source": f"mmlint.{rule}"}
            ET.SubElement(file, "error", at | {"severity": severity} | about)
    return document(root)


def _row(finding: Finding, excerpts: Excerpts) -> tuple[str, int, int, str, str, str]:
    span = finding.span
    column = excerpts.code_points(span.path, span.line, span.column)
    message = finding.message + (f" (fix: {finding.fix})" if finding.fix else "")
    return span.path, span.line, column, _SEVERITIES[finding.severity], message, finding.rule
