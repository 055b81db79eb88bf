"""SARIF 2.1.0, for code scanning services and viewers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mmlint.report.excerpts import Excerpts, encodable, uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from mmlint.model import Finding, NotAnalysed, RuleInfo, Run, Span, Step, SuppressedBy

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
FINGERPRINT = "mmlint/v1"
"""The key of the fingerprint; it changes when the way it is made does."""

_ROOT = "SRCROOT"
_STATES = {"new": "new", "removed": "absent", "unchanged": "unchanged"}

Json = dict[str, Any]


def render(run: Run, sources: Callable[[str], bytes]) -> str:
    """The report as a SARIF log with one run, ending in a newline."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(run, Excerpts(sources))]}
    return msgspec.json.format(msgspec.json.encode(log), indent=1).decode() + "\n"


def _run(run: Run, excerpts: Excerpts) -> Json:
    index = {rule.name: number for number, rule in enumerate(run.rules)}
    driver = {"name": "mmlint", "version": run.version, "rules": [_rule(r) for r in run.rules]}
    return {
        "tool": {"driver": driver},
        "originalUriBaseIds": {_ROOT: {"uri": f"file://{uri(run.tree.root.rstrip('/'))}/"}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(run)],
        "results": [_result(finding, index, excerpts) for finding in run.findings],
        "properties": {
            "kernelVersion": run.tree.kernel_version,
            "analysed": msgspec.to_builtins(run.analysed),
        },
    }


def _rule(rule: RuleInfo) -> Json:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": rule.doc},
    }


def _invocation(run: Run) -> Json:
    missing = [{"level": "note", "message": {"text": encodable(m)}} for m in run.tree.missing]
    return {
        "executionSuccessful": not any(gap.in_scope for gap in run.not_analysed),
        "toolExecutionNotifications": [*missing, *map(_notification, run.not_analysed)],
    }


def _notification(gap: NotAnalysed) -> Json:
    what = "not analysed" if gap.in_scope else "not consulted"
    location: Json = {"artifactLocation": _artifact(gap.path)}
    if gap.line:
        location["region"] = {"startLine": gap.line}
    return {
        "level": "warning" if gap.in_scope else "note",
        "message": {"text": encodable(f"{what}: {gap.reason}")},
        "locations": [{"physicalLocation": location, **_function(gap.function)}],
    }


def _result(finding: Finding, index: dict[str, int], excerpts: Excerpts) -> Json:
    fix = f"\nFix: {finding.fix}" if finding.fix else ""
    here = {
        "physicalLocation": _physical(finding.span, excerpts),
        **_function(finding.function),
    }
    result: Json = {
        "ruleId": finding.rule,
        "level": finding.severity.label,
        "message": {"text": encodable(finding.message + fix)},
        "locations": [here],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "codeFlows": [_flow(finding, here, excerpts)],
        "suppressions": [_suppression(by) for by in [finding.suppressed] if by],
        "properties": {"kind": finding.kind, "fix": encodable(finding.fix)},
    }
    if finding.change is not None:
        result["baselineState"] = _STATES[finding.change.kind]
    if finding.rule in index:
        result["ruleIndex"] = index[finding.rule]
    return result


def _flow(finding: Finding, here: Json, excerpts: Excerpts) -> Json:
    """The steps in order and the finding itself last.

    A step that stands for no place ("lacks ...") is shown at the finding, for viewers drop what
    has no place.
    """
    steps = [_step(step, here, excerpts) for step in finding.steps]
    end = {**here, "message": {"text": encodable(finding.message)}}
    return {"threadFlows": [{"locations": [{"location": place} for place in (*steps, end)]}]}


def _step(step: Step, here: Json, excerpts: Excerpts) -> Json:
    text = {"message": {"text": encodable(f"{step.label}: {step.text}")}}
    if not step.line:
        return {**here, **text}
    region = {
        "startLine": step.line,
        "startColumn": excerpts.code_points(step.path, step.line, step.column),
    }
    physical = {"artifactLocation": _artifact(step.path), "region": region}
    return {"physicalLocation": physical, **_function(step.function), **text}


def _suppression(by: SuppressedBy) -> Json:
    physical = {"artifactLocation": _artifact(by.path), "region": {"startLine": max(by.line, 1)}}
    return {
        "kind": "external" if by.kind in {"file", "baseline"} else "inSource",
        "status": "accepted",
        "justification": encodable(by.reason),
        "location": {"physicalLocation": physical},
    }


def _physical(span: Span, excerpts: Excerpts) -> Json:
    region = {
        "startLine": span.line,
        "startColumn": excerpts.code_points(span.path, span.line, span.column),
        "endLine": span.end_line,
        "endColumn": excerpts.code_points(span.path, span.end_line, span.end_column),
    }
    return {"artifactLocation": _artifact(span.path), "region": region}


def _artifact(path: str) -> Json:
    return {"uri": uri(path), "uriBaseId": _ROOT}


def _function(name: str) -> Json:
    if not name:
        return {}
    return {"logicalLocations": [{"name": encodable(name), "kind": "function"}]}
