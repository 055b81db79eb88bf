"""The audit for people, programs, spreadsheets and mails: a pure function of an audit."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING, Literal

import msgspec

from mmlint.report.excerpts import encodable, readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mmlint import model
    from mmlint.auditing import Audit, AuditRow
    from mmlint.auditing import Verdict as AuditVerdict
    from mmlint.report.text import Line

Policy = Literal["default", "strict"]
Verdict = Literal["safe", "weak", "unsafe", "passed-on"]

_STYLES = {"safe": "fix", "weak": "warning", "unsafe": "error", "passed-on": "dim"}
_COLUMNS = ("verdict", "function", "place", "evidence", "path to it", "missing")


class Step(msgspec.Struct, frozen=True):
    """The use itself, then the calls that lead from it up to the evidence."""

    path: str
    line: int
    function: str
    text: str


class Row(msgspec.Struct, frozen=True):
    """One function that uses what is audited, judged by the use for which least is shown."""

    function: str
    path: str
    lines: list[int]
    verdict: Verdict
    strict_verdict: Verdict
    evidence: str
    steps: list[Step]
    missing: str


class NotAnalysed(msgspec.Struct, frozen=True):
    """Something in the scope that was not looked at."""

    path: str
    function: str
    line: int
    reason: str


class Report(msgspec.Struct, frozen=True):
    """What `mmlint audit --format json` writes."""

    version: Literal[1]
    name: str
    kernel_version: str | None
    rows: list[Row]
    not_analysed: list[NotAnalysed]


def json(audit: Audit, _policy: Policy) -> str:
    """All rows with both verdicts, as JSON ending in a newline."""
    report = Report(
        version=1,
        name=audit.name,
        kernel_version=audit.tree.kernel_version,
        rows=[_row(row) for row in audit.rows],
        not_analysed=[_gap(gap) for gap in audit.not_analysed if gap.in_scope],
    )
    return msgspec.json.format(msgspec.json.encode(report), indent=1).decode() + "\n"


def schema() -> str:
    """The JSON Schema of what `json` writes, ending in a newline."""
    text = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    text |= {"title": "The JSON report of mmlint audit", **msgspec.json.schema(Report)}
    return msgspec.json.format(msgspec.json.encode(text), indent=2).decode() + "\n"


def table(audit: Audit, policy: Policy) -> str:
    """A line for each row, separated by commas, with a header."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(("function", "path", "lines", "verdict", "evidence", "steps", "missing"))
    for row in audit.rows:
        lines = " ".join(map(str, row.lines))
        plain = (row.evidence, _way(row), row.missing)
        cells = (row.function, row.path, lines, verdict(row, policy), *plain)
        writer.writerow(encodable(cell) for cell in cells)
    return target.getvalue()


def markdown(audit: Audit, policy: Policy) -> str:
    """A table for mails and pages, with the counts above it."""
    lines = [f"# Audit of `{audit.name}`", "", _summary(audit, policy), ""]
    lines += ["| " + " | ".join(_COLUMNS) + " |", "|" + "---|" * len(_COLUMNS)]
    for row in audit.rows:
        cells = (verdict(row, policy), f"`{row.function}`", _place(row), row.evidence)
        escaped = (readable(c).replace("|", "\\|") for c in (*cells, _way(row), row.missing))
        lines.append("| " + " | ".join(escaped) + " |")
    return "\n".join(lines) + "\n"


def text(audit: Audit, policy: Policy) -> str:
    """The report without any style."""
    lines = ("".join(part for part, _ in line) for line in lines_of(audit, policy))
    return "".join(f"{line.rstrip()}\n" for line in lines)


def lines_of(audit: Audit, policy: Policy) -> Iterator[Line]:
    """The report line by line, each as pieces of text with the name of their style."""
    width = max((len(row.function) for row in audit.rows), default=0)
    for row in audit.rows:
        judged = verdict(row, policy)
        function = readable(f"{row.function:<{width}}")
        head = (f"{judged:<9}  ", _STYLES[judged])
        yield (head, (function, "message"), (f"  {readable(_place(row))}", "place"))
        for label, said in (("by", row.evidence), ("via", _way(row)), ("lacks", row.missing)):
            if said:
                yield ((f"           {label:<6}", "label"), (readable(said), ""))
    for gap in audit.not_analysed:
        if gap.in_scope:
            place = readable(f"{gap.path}:{gap.line}" if gap.line else gap.path)
            what = f"{gap.function}(): " if gap.function else ""
            yield ((f"{place}: ", "place"), ("not analysed: ", "warning"), (what + gap.reason, ""))
    yield ((_summary(audit, policy), "summary"),)


def verdict(row: AuditRow, policy: Policy) -> AuditVerdict:
    """The verdict of a row under a policy."""
    return row.strict_verdict if policy == "strict" else row.verdict


def _summary(audit: Audit, policy: Policy) -> str:
    counts = Counter(verdict(row, policy) for row in audit.rows)
    order: tuple[AuditVerdict, ...] = ("unsafe", "weak", "safe", "passed-on")
    told = ", ".join(f"{counts[each]} {each}" for each in order if counts[each])
    kernel = f" of Linux {audit.tree.kernel_version}" if audit.tree.kernel_version else ""
    noun = "function uses" if len(audit.rows) == 1 else "functions use"
    start = f"{len(audit.rows)} {noun} {audit.name}{kernel}"
    gaps = sum(gap.in_scope for gap in audit.not_analysed)
    return (f"{start}: {told}" if told else start) + f"; not analysed: {gaps or 'nothing'}"


def _place(row: AuditRow) -> str:
    return f"{row.path}:{','.join(map(str, row.lines))}"


def _way(row: AuditRow) -> str:
    """The calls above the use, each with its place; "" where the evidence is beside it."""
    calls: Iterable[model.Step] = row.steps[1:]
    return " <- ".join(f"{step.function}() {step.path}:{step.line}" for step in calls)


def _row(row: AuditRow) -> Row:
    return Row(
        function=encodable(row.function),
        path=encodable(row.path),
        lines=list(row.lines),
        verdict=row.verdict,
        strict_verdict=row.strict_verdict,
        evidence=encodable(row.evidence),
        steps=[
            Step(encodable(s.path), s.line, encodable(s.function), encodable(f"{s.label} {s.text}"))
            for s in row.steps
        ],
        missing=encodable(row.missing),
    )


def _gap(gap: model.NotAnalysed) -> NotAnalysed:
    return NotAnalysed(encodable(gap.path), encodable(gap.function), gap.line, gap.reason)
