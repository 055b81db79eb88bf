"""Markdown for the summary of a job or a comment: a table, and the evidence to unfold."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from mmlint.report.excerpts import readable
from mmlint.report.text import render as as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mmlint.model import Finding, Run, Step

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~-])")


def render(run: Run, sources: Callable[[str], bytes]) -> str:
    """The findings that are not suppressed and what was not analysed, ending in a newline."""
    findings = [finding for finding in run.findings if finding.suppressed is None]
    summary = as_text(run, sources).splitlines()[-1]
    parts = ["## mmlint", _plain(summary)]
    if findings:
        parts.append("\n".join(_table(findings)))
        parts += [_details(finding) for finding in findings]
    gaps = [gap for gap in run.not_analysed if gap.in_scope]
    if gaps:
        lines = (f"- {_code(gap.path)}: {_plain(gap.reason)}" for gap in gaps)
        parts.append("\n".join(["Not analysed:", "", *lines]))
    return "\n\n".join(parts) + "\n"


def _table(findings: list[Finding]) -> Iterator[str]:
    yield "| place | severity | what | rule |"
    yield "|---|---|---|---|"
    for f in findings:
        place = _code(f"{f.span.path}:{f.span.line}")
        yield f"| {place} | {f.severity.label} | {_plain(f.message)} | {f.rule} |"


def _details(finding: Finding) -> str:
    place = escape(readable(f"{finding.span.path}:{finding.span.line} {finding.function}"))
    steps = [f"- **{step.label}** {_plain(step.text)}{_at(step)}" for step in finding.steps]
    fix = [f"- **fix** {_code(finding.fix)}"] if finding.fix else []
    lines = "\n".join([*steps, *fix])
    return f"<details><summary>{place}</summary>\n\n{lines}\n\n</details>"


def _at(step: Step) -> str:
    return f" {_code(f'{step.path}:{step.line}')}" if step.line else ""


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", readable(text))


def _code(text: str) -> str:
    """A code span that may hold backticks and, in a table, bars."""
    ticks = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (ticks + 1)
    pad = " " if ticks else ""
    return f"{fence}{pad}{readable(text)}{pad}{fence}".replace("|", "\\|")
