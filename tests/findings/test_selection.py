"""Rules are chosen by name; findings are shown and counted by severity."""

from __future__ import annotations

import msgspec
import pytest
from tests.builders import finding, run

from mmlint.findings.selection import UnknownRule, chosen, failing, nearest, shown
from mmlint.model import RuleInfo, Severity, SuppressedBy


class Rule(msgspec.Struct, frozen=True):
    info: RuleInfo


RULES = [Rule(RuleInfo(name, "", "")) for name in ("pfn-not-online", "zone-from-range")]


def names(select: list[str], ignore: list[str]) -> list[str]:
    return [rule.info.name for rule in chosen(RULES, select, ignore, extra=["suppression"])]


def test_all_rules_run_unless_some_are_selected_or_ignored() -> None:
    assert names([], []) == ["pfn-not-online", "zone-from-range"]
    assert names(["zone-from-range"], []) == ["zone-from-range"]
    assert names([], ["zone-from-range"]) == ["pfn-not-online"]
    assert names(["zone-from-range"], ["zone-from-range"]) == []
    assert names([], ["suppression"]) == ["pfn-not-online", "zone-from-range"]


@pytest.mark.parametrize(("select", "ignore"), [(["pfn-not-onlin"], []), ([], ["pfn-not-onlin"])])
def test_an_unknown_rule_is_an_error_that_offers_the_nearest(
    select: list[str], ignore: list[str]
) -> None:
    with pytest.raises(UnknownRule, match=r"'pfn-not-onlin': did you mean pfn-not-online\?"):
        names(select, ignore)


def test_far_from_every_name_all_names_are_offered() -> None:
    assert nearest("q", ["b", "a"]) == "there are a, b"
    assert nearest("q", []) == "there are none"


def test_what_is_shown_has_at_least_the_severity_and_no_ignored_rule() -> None:
    note, error = finding(severity=Severity.NOTE), finding(severity=Severity.ERROR)
    other = finding(rule="suppression")
    everything = run(note, error, other)
    assert shown(everything, Severity.NOTE).findings == (note, error, other)
    assert shown(everything, Severity.WARNING, ["suppression"]).findings == (error,)


def test_a_suppressed_finding_fails_no_run() -> None:
    by = SuppressedBy("allow", "known", "mm/demo.c", 1)
    assert failing([finding(severity=Severity.WARNING)], Severity.WARNING)
    assert not failing([finding(severity=Severity.WARNING)], Severity.ERROR)
    assert not failing([finding(suppressed=by)], Severity.NOTE)
