"""What CI systems read: each by the rules of the system."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from tests.builders import finding, run, sources, span

from mmlint.model import Change, Finding, NotAnalysed, Run, Severity, SuppressedBy
from mmlint.report import checkstyle, gitlab, junit, markdown, sarif
from mmlint.report.gcc import lines_of
from mmlint.report.sections import Section, merged, only_new
from mmlint.report.text import TextOptions, plain, sectioned_lines

ODD = finding(
    message="a & b < c > d | `e` \x01\x1b[0m \udcff \u00e4",
    span=span(10, 10, path="mm/o\udcffd & \u00e4.c"),
    fix='x = `y` | "z"',
)
SILENT = finding(suppressed=SuppressedBy("baseline", "old", ".mmlint-baseline", 3))
GAP = NotAnalysed("mm/x&y.c", "f", 3, "nested <too> deeply")
CONSULTED = NotAnalysed("include/x.h", "", 0, "gone", in_scope=False)
WHOLE = run(
    finding(), finding(severity=Severity.WARNING), ODD, SILENT, not_analysed=(GAP, CONSULTED)
)

# What GitLab asks of an issue, in its documentation and when it reads one.
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string"},
            "check_name": {"type": "string"},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./|/)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def test_gitlab_gets_an_issue_for_each_finding() -> None:
    issues = json.loads(gitlab.render(WHOLE, sources))
    jsonschema.validate(issues, GITLAB)
    assert [issue["severity"] for issue in issues] == ["critical", "major", "critical"]
    assert issues[0]["location"] == {"path": "mm/demo.c", "lines": {"begin": 10, "end": 10}}
    assert json.loads(gitlab.render(run(), sources)) == []


ATTRIBUTES = {
    "name",
    "package",
    "id",
    "hostname",
    "timestamp",
    "time",
    "tests",
    "failures",
    "errors",
}


@pytest.mark.parametrize("given", [WHOLE, run(), run(not_analysed=(GAP,))])
def test_junit_has_what_all_its_schemas_ask_for(given: Run) -> None:
    root = ET.fromstring(junit.render(given, sources))
    assert (root.tag, dict(root.attrib)) == ("testsuites", {})
    (suite,) = root
    assert set(suite.attrib) == ATTRIBUTES
    tags = [child.tag for child in suite]
    cases = suite.findall("testcase")
    assert tags == ["properties", *["testcase"] * len(cases), "system-out", "system-err"]
    assert int(suite.attrib["tests"]) == len(cases) >= 1
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
    assert int(suite.attrib["errors"]) == len(suite.findall("testcase/error"))
    for case in cases:
        assert set(case.attrib) == {"classname", "name", "time"}
        assert len(case) <= 1
        assert all({"message", "type"} == set(child.attrib) for child in case)


def test_junit_fails_for_findings_and_errs_for_gaps() -> None:
    root = ET.fromstring(junit.render(WHOLE, sources))
    failures = [
        case.attrib["name"] for case in root.iter("testcase") if case.find("failure") is not None
    ]
    assert failures[0] == "mm/demo.c:10 demo_show"
    assert len(failures) == 3
    (error,) = root.iter("error")
    assert error.attrib["message"] == "nested <too> deeply"


def test_checkstyle_has_an_element_for_each_file() -> None:
    root = ET.fromstring(checkstyle.render(WHOLE, sources))
    files = {file.attrib["name"]: list(file) for file in root}
    assert list(files) == ["mm/demo.c", "mm/o\\xffd & \u00e4.c", "mm/x&y.c"]
    first, second = files["mm/demo.c"]
    assert (first.attrib["line"], first.attrib["column"]) == ("10", "10")
    assert {first.attrib["severity"], second.attrib["severity"]} == {"error", "warning"}
    assert first.attrib["source"] == "mmlint.pfn-not-online"
    (gap,) = files["mm/x&y.c"]
    assert gap.attrib["message"].startswith("not analysed: nested")


def test_markdown_has_a_table_that_no_message_breaks() -> None:
    text = markdown.render(WHOLE, sources)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + 3
    for row in rows:
        assert row.replace("\\|", "").count("|") == 5
    assert "\x1b" not in text
    assert text.count("<details>") == text.count("</details>") == 3
    assert "- `mm/x&y.c`: nested \\<too\\> deeply" in text
    assert markdown.render(run(), sources).startswith("## mmlint\n\nno findings; analysed")


def test_gcc_form_has_a_place_on_every_line() -> None:
    lines = list(lines_of(WHOLE, lambda path: f"../{path}", None))
    assert lines[0] == (
        "../mm/demo.c:10:10: warning: page of a PFN that is only known to be valid "
        "[mmlint:pfn-not-online]"
    )
    assert lines[1].startswith("../mm/demo.c:5:3: note: pfn walks")
    assert lines[-1] == "../mm/x&y.c:3: warning: not analysed: nested <too> deeply [mmlint]"
    assert all(line.partition(": ")[0].split(":")[1].isdigit() for line in lines)
    errors = list(lines_of(WHOLE, str, Severity.ERROR))
    assert ":10:10: error: " in errors[0]


def changed(kind: str, **changes: object) -> Finding:
    return finding(change=Change(kind), **changes)


def test_sarif_says_what_is_new_and_where_an_outside_suppression_is() -> None:
    given = run(changed("new"), changed("removed"), changed("unchanged"), SILENT)
    results = json.loads(sarif.render(given, sources))["runs"][0]["results"]
    states = [result.get("baselineState") for result in results]
    assert states == ["new", "absent", "unchanged", None]
    assert results[3]["suppressions"][0]["kind"] == "external"


def test_sections_are_one_report() -> None:
    first = Section("commit one", run(changed("new"), not_analysed=(GAP,)), sources)
    gone = Section("", run(changed("removed")), sources)
    second = Section("commit two", run(changed("unchanged"), not_analysed=(GAP,)), sources)
    whole = merged([first, gone, second])
    assert len(whole.findings) == 3
    assert whole.not_analysed == (GAP,)
    assert len(only_new(whole).findings) == 1
    options = TextOptions(quiet=True, compared=True)
    text = plain(sectioned_lines([first, gone, second], options)).splitlines()
    assert text[0] == "commit one"
    assert text[1].startswith("mm/demo.c:10:10: error: ")
    assert text[2] == "commit two"
    assert text[-1].startswith("new: 1 error; removed: 1; unchanged: 1; ")
