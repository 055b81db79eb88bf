"""The audit of conversions, links, checks, locks and facts."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.auditing.small import audited, row, told

WALK = """void f(struct zone *zone)
{
	unsigned long pfn;

	for (pfn = zone->zone_start_pfn; pfn < zone_end_pfn(zone); pfn++) {
		struct page *page;

		if (!pfn_valid(pfn))
			continue;
		page = pfn_to_page(pfn);
		CHECK
		if (PageBuddy(page))
			count++;
	}
}
"""


def test_a_conversion_without_the_check_is_unsafe(tmp_path: Path) -> None:
    found = audited(tmp_path, WALK.replace("CHECK", ""), "pfn_to_page")
    assert told(found)[0] == "unsafe"
    assert "valid" in row(found, "f").missing


def test_a_conversion_with_the_check_names_it(tmp_path: Path) -> None:
    check = "if (!pfn_to_online_page(pfn)) continue;"
    found = audited(tmp_path, WALK.replace("CHECK", check), "pfn_to_page")
    assert told(found) == ("safe", "safe", "online")
    assert "pfn_to_online_page()" in row(found, "f").evidence


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("return pfn_to_page(pfn) == other;", ("safe", "safe", "untouched")),
        ("return PageBuddy(pfn_to_page(pfn));", ("weak", "weak", "")),
    ],
)
def test_a_conversion_of_an_unknown_pfn(
    tmp_path: Path, body: str, answer: tuple[str, str, str]
) -> None:
    text = f"int f(unsigned long pfn) {{ {body} }}"
    assert told(audited(tmp_path, text, "pfn_to_page")) == answer


def test_a_page_that_is_returned_is_passed_on(tmp_path: Path) -> None:
    text = "struct page *f(unsigned long pfn) { return pfn_to_page(pfn); }"
    assert told(audited(tmp_path, text, "pfn_to_page"))[0] == "passed-on"


def test_boot_code_may_convert(tmp_path: Path) -> None:
    text = "int __init f(unsigned long pfn) { return PageBuddy(pfn_to_page(pfn)); }"
    assert told(audited(tmp_path, text, "pfn_to_page")) == ("safe", "safe", "boot")


def test_links_are_judged_like_conversions(tmp_path: Path) -> None:
    text = "int f(struct page *page) { return page_to_nid(page); }"
    assert told(audited(tmp_path, text, "page_to_nid"))[0] == "safe"


@pytest.mark.parametrize(
    ("body", "verdict", "kind"),
    [
        ("if (get_page_unless_zero(page)) use();", "safe", "tested"),
        ("ok = get_page_unless_zero(page); if (!ok) return 0; use();", "safe", "tested"),
        ("return get_page_unless_zero(page);", "passed-on", "returned"),
        ("get_page_unless_zero(page); use();", "unsafe", ""),
        ("get_page(page);", "safe", "always"),
    ],
)
def test_a_check_is_right_where_its_result_is_looked_at(
    tmp_path: Path, body: str, verdict: str, kind: str
) -> None:
    name = "get_page" if "get_page(" in body else "get_page_unless_zero"
    text = f"int f(struct page *page) {{ int ok; {body} return 0; }}"
    assert told(audited(tmp_path, text, name)) == (verdict, verdict, kind)


def test_a_fact_stands_for_all_that_establish_it(tmp_path: Path) -> None:
    text = "void f(struct page *page) { lock_page(page); }\nvoid g(void) { get_online_mems(); }"
    assert [row.function for row in audited(tmp_path, text, "page-lock").rows] == ["f"]


def test_what_is_taken_says_where_it_is_given_back(tmp_path: Path) -> None:
    text = """int f(unsigned long start, unsigned long end)
{
	int ret = start_isolate_page_range(start, end, 0, 0, 0);

	if (ret)
		return ret;
	undo_isolate_page_range(start, end, 0);
	return 0;
}

void forgets(struct zone *zone) { zone_pcp_disable(zone); }
"""
    found = row(audited(tmp_path, text, "start_isolate_page_range"), "f")
    assert "given back by undo_isolate_page_range() (mm/a.c:7)" in found.evidence
    other = row(audited(tmp_path, text, "zone_pcp_disable"), "forgets")
    assert "not given back here" in other.evidence
