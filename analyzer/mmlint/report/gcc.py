"""Findings as gcc writes its warnings, so that editors and build logs understand them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmlint.model import Severity
from mmlint.report.excerpts import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mmlint.model import Finding, Run


def lines_of(run: Run, shown_path: Callable[[str], str], errors: Severity | None) -> Iterator[str]:
    """A line for each finding that is not suppressed, and one for each step of its evidence.

    `shown_path` makes a path of the tree one that an editor can open. Findings of at least `errors`
    are called errors, all others warnings: a build that goes on has no errors.
    """
    for finding in run.findings:
        if finding.suppressed is None:
            yield from _finding(finding, shown_path, errors)
    for gap in run.not_analysed:
        if gap.in_scope:
            place = f"{shown_path(gap.path)}:{gap.line or 1}"
            yield f"{readable(place)}: warning: not analysed: {readable(gap.reason)} [mmlint]"


def _finding(
    finding: Finding, shown_path: Callable[[str], str], errors: Severity | None
) -> Iterator[str]:
    span = finding.span
    label = "error" if errors is not None and finding.severity >= errors else "warning"
    place = f"{readable(shown_path(span.path))}:{span.line}:{span.column}"
    yield f"{place}: {label}: {readable(finding.message)} [mmlint:{finding.rule}]"
    for step in finding.steps:
        at = f"{readable(shown_path(step.path))}:{step.line}:{step.column}" if step.line else place
        yield f"{at}: note: {step.label} {readable(step.text)}"
    if finding.fix:
        yield f"{place}: note: fix: {readable(finding.fix)}"
