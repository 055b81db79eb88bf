"""GitLab Code Quality: the widget of a merge request and the annotations in its changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mmlint.model import Severity
from mmlint.report.excerpts import encodable

if TYPE_CHECKING:
    from collections.abc import Callable

    from mmlint.model import Finding, Run

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}


def render(run: Run, _sources: Callable[[str], bytes]) -> str:
    """A list with an issue for each finding that is not suppressed, ending in a newline."""
    issues = [_issue(finding) for finding in run.findings if finding.suppressed is None]
    return msgspec.json.format(msgspec.json.encode(issues), indent=1).decode() + "\n"


def _issue(finding: Finding) -> dict[str, Any]:
    span = finding.span
    return {
        "description": encodable(finding.message),
        "check_name": finding.rule,
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": encodable(span.path),
            "lines": {"begin": max(span.line, 1), "end": max(span.end_line, 1)},
        },
        "content": {"body": encodable(_body(finding))},
    }


def _body(finding: Finding) -> str:
    steps = [f"- {step.label}: {step.text}" for step in finding.steps]
    fix = [f"- fix: `{finding.fix}`"] if finding.fix else []
    return "\n".join([*steps, *fix])
