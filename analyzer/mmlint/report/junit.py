"""JUnit XML, for services that show test results: a test case for each file with a finding.

It holds to what the schemas of Jenkins' xUnit plugin and of Ant's reports have in common. A report
does not know when it was made, so that the time stamp, which they ask for, is the same in all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from mmlint.report.excerpts import readable
from mmlint.report.text import render as as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from mmlint.model import Finding, NotAnalysed, Run

_NO_TIME = "1970-01-01T00:00:00"


def render(run: Run, sources: Callable[[str], bytes]) -> str:
    """One suite; each finding that is not suppressed is a failure, each gap in scope an error."""
    findings = [finding for finding in run.findings if finding.suppressed is None]
    gaps = [gap for gap in run.not_analysed if gap.in_scope]
    cases = [*map(_failure, findings), *map(_error, gaps)]
    counts = {"tests": max(len(cases), 1), "failures": len(findings), "errors": len(gaps)}
    about = {"name": "mmlint", "package": "mmlint", "id": "0", "hostname": "localhost"}
    suite = ET.Element(
        "testsuite",
        about | {"timestamp": _NO_TIME, "time": "0"} | {k: str(n) for k, n in counts.items()},
    )
    properties = ET.SubElement(suite, "properties")
    ET.SubElement(properties, "property", name="version", value=run.version)
    suite.extend(cases or [_case("mmlint", "no findings")])
    text = as_text(run, sources).splitlines()
    ET.SubElement(suite, "system-out").text = readable(text[-1])
    ET.SubElement(suite, "system-err")
    suites = ET.Element("testsuites")
    suites.append(suite)
    return document(suites)


def document(root: ET.Element) -> str:
    """An XML document, indented, ending in a newline."""
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(class_name: str, name: str) -> ET.Element:
    return ET.Element("testcase", classname=class_name, name=name, time="0")


def _failure(finding: Finding) -> ET.Element:
    place = f"{readable(finding.span.path)}:{finding.span.line}"
    case = _case(finding.rule, f"{place} {finding.function}".strip())
    message = readable(finding.message)
    failure = ET.SubElement(case, "failure", message=message, type=finding.severity.label)
    steps = [f"{step.label}: {step.text}" for step in finding.steps]
    fix = [f"fix: {finding.fix}"] if finding.fix else []
    failure.text = "\n".join(map(readable, [f"{place}: {finding.message}", *steps, *fix]))
    return case


def _error(gap: NotAnalysed) -> ET.Element:
    place = readable(gap.path) + (f":{gap.line}" if gap.line else "")
    case = _case("not analysed", f"{place} {gap.function}".strip())
    ET.SubElement(case, "error", message=readable(gap.reason), type="not analysed")
    return case
