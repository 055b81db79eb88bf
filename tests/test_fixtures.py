"""Every fixture is checked, and the findings are those that its comments announce.

`expect:` is reported, `expect-false:` is reported although it should not be (FP_ files), and
`expect-missing:` should be reported but is not (FN_ files): mending a limit makes its test fail, so
that the file gets its proper name. Findings of warning and above are compared for all rules, notes
for the rules of which the file expects one.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from mmlint.discovery import knowledge_dir, load_rules
from mmlint.engine import CheckRequest, check
from mmlint.knowledge import load_knowledge
from mmlint.model import Finding, Severity
from mmlint.source.tree import Tree
from mmlint.syntax.mask import comments

FIXTURES = Path(__file__).parent.parent / "fixtures"
RULES = (
    "isolation-unbalanced",
    "isolation-with-pcplists",
    "online-not-pinned",
    "pfn-not-online",
    "torn-zone-span",
    "unbalanced-pair",
    "unverified-page-links",
    "zone-device-no-ref",
    "zone-from-range",
)
FILES = [file for rule in RULES for file in sorted((FIXTURES / rule).glob("*.c"))]
EXPECTATION = re.compile(
    r"expect(?P<how>-false|-missing|): (?P<severity>error|warning|note) "
    r"(?P<rule>[\w-]+) (?P<kind>[\w-]+)(?:: (?P<text>.*?))?\s*(?:;|\*/|$)"
)


class Expected(NamedTuple):
    """A finding that a comment announces; `text` is part of its message."""

    line: int
    severity: Severity
    rule: str
    kind: str
    text: str
    how: str

    def is_met_by(self, finding: Finding) -> bool:
        """Whether this is the finding that was announced."""
        return self.text in finding.message and (
            (self.line, self.severity, self.rule, self.kind)
            == (finding.span.line, finding.severity, finding.rule, finding.kind)
        )


def expected_in(file: Path) -> list[Expected]:
    data = file.read_bytes()
    return [
        Expected(
            line=data.count(b"\n", 0, comment.start) + 1,
            severity=Severity.parse(match["severity"]),
            rule=match["rule"],
            kind=match["kind"],
            text=match["text"] or "",
            how=match["how"],
        )
        for comment in comments(data)
        for match in EXPECTATION.finditer(comment.text)
    ]


@cache
def findings_in(file: Path) -> tuple[Finding, ...]:
    rules = load_rules("mmlint_rules")
    knowledge = load_knowledge([knowledge_dir("mmlint_rules")])
    run = check(
        CheckRequest(
            tree=Tree.find(file),
            paths=(file.name,),
            rules=rules,
            knowledge=knowledge,
            progress=None,
            # What is a note otherwise must show in the name of the file.
            strict=file.parent.name == "online-not-pinned",
        )
    )
    assert run.not_analysed == ()
    return run.findings


def compared(file: Path, expected: list[Expected]) -> list[Finding]:
    noted = {one.rule for one in expected if one.severity is Severity.NOTE}
    # Every careless walk over a span reads a torn span too, which is not the point elsewhere.
    aside = {"torn-zone-span"} - {file.parent.name}
    return [
        one
        for one in findings_in(file)
        if (one.severity > Severity.NOTE or one.rule in noted) and one.rule not in aside
    ]


def told(findings: list[Finding]) -> list[str]:
    return [
        f"{one.span.line}: {one.severity.label} {one.rule} {one.kind}: {one.message}"
        for one in findings
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_fixture_gives_the_findings_that_it_announces(file: Path) -> None:
    expected = expected_in(file)
    left = compared(file, expected)
    for one in (one for one in expected if one.how != "-missing"):
        met = [finding for finding in left if one.is_met_by(finding)]
        assert len(met) == 1, f"{one} is not reported once; left are {told(left)}"
        left.remove(met[0])
    assert told(left) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_all_evidence_has_a_place_but_for_counts_of_callers(file: Path) -> None:
    steps = [step for finding in findings_in(file) for step in finding.steps]
    assert [step for step in steps if not step.line and step.label != "callers"] == []


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_fixtures_that_fire_near_misses_and_known_limits(rule: str) -> None:
    names = [file.stem for file in FILES if file.parent.name == rule]
    assert len(names) >= 5
    assert any(name.endswith("_bad") for name in names)
    assert any(name.endswith("_ok") for name in names)
    assert any(name.startswith(("FN_", "FP_")) for name in names)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_the_name_of_a_fixture_says_what_it_announces(file: Path) -> None:
    announced = {one.how for one in expected_in(file) if one.how or one.severity > Severity.NOTE}
    assert announced == promised_by(file.stem)


def promised_by(name: str) -> set[str]:
    if name.startswith("FN_"):
        return {"-missing"}
    if name.startswith("FP_"):
        return {"-false"}
    return {""} if name.endswith("_bad") else set()
