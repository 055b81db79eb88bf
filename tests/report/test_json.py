"""The JSON report has the documented shape."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
import pytest
from tests.builders import DEMO_PATH, finding, run, sources, span, step

from mmlint.model import NotAnalysed, Run, Severity, SuppressedBy, TreeInfo
from mmlint.report.json_ import render, schema

SUPPRESSED = finding(suppressed=SuppressedBy("allow-function", "asked", DEMO_PATH, 4))
RUNS = [
    run(),
    run(finding(), SUPPRESSED, finding(severity=Severity.NOTE)),
    run(not_analysed=(NotAnalysed("mm/x.c", "f", 3, "gone"),), tree=TreeInfo("/x", None, ("no",))),
    run(finding(span=span(1, 1, path="mm/\udce9\n.c"))),
]


def report(given: Run) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(render(given, sources))
    return loaded


@pytest.mark.parametrize("given", RUNS)
def test_it_is_what_the_schema_says(given: Run) -> None:
    jsonschema.validate(report(given), json.loads(schema()))


def test_the_schema_is_a_schema_and_admits_nothing_else() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema()))
    wrong = report(run(finding()))
    wrong["findings"][0]["more"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, json.loads(schema()))


def test_the_members_are_the_documented_ones() -> None:
    whole = report(run(finding()))
    assert list(whole) == [
        "version",
        "tool",
        "tree",
        "rules",
        "findings",
        "analysed",
        "not_analysed",
    ]
    assert whole["tree"] == {"root": "/src/linux", "kernel_version": "6.12.0"}
    assert whole["analysed"] == {"files": 3, "functions": 20, "lines": 1000}
    assert whole["findings"][0] == {
        "rule": "pfn-not-online",
        "kind": "walk",
        "severity": "error",
        "path": "mm/demo.c",
        "function": "demo_show",
        "line": 10,
        "column": 10,
        "end_line": 10,
        "end_column": 26,
        "message": "page of a PFN that is only known to be valid",
        "steps": whole["findings"][0]["steps"],
        "fix": "page = pfn_to_online_page(pfn); if (!page) continue;",
        "fingerprint": "0123456789abcdef",
        "suppressed": None,
    }
    assert whole["findings"][0]["steps"][1] == {
        "path": "mm/demo.c",
        "line": 8,
        "column": 3,
        "function": "demo_show",
        "text": "has pfn_valid(pfn): a memmap exists",
    }


def test_a_suppressed_finding_stays_and_is_marked() -> None:
    (found,) = report(run(SUPPRESSED))["findings"]
    assert found["suppressed"] == {
        "kind": "allow-function",
        "reason": "asked",
        "path": DEMO_PATH,
        "line": 4,
    }


def test_what_was_only_consulted_says_so() -> None:
    gap = NotAnalysed("include/x.h", "", 0, "gone", in_scope=False)
    given = msgspec.structs.replace(RUNS[2], not_analysed=(gap,))
    assert [g["reason"] for g in report(given)["not_analysed"]] == [
        "not consulted: no",
        "not consulted: gone",
    ]


def test_a_name_of_any_bytes_can_be_written() -> None:
    assert report(RUNS[3])["findings"][0]["path"] == "mm/\\xe9\n.c"


def test_a_step_says_what_it_is_about() -> None:
    given = run(finding(steps=(step("lacks", "pfn_to_online_page(pfn)"),)))
    assert report(given)["findings"][0]["steps"][0]["text"] == "lacks pfn_to_online_page(pfn)"
