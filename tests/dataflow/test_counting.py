"""What a loop that counts shows of all values that it has passed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.dataflow.small import summary

from mmlint.dataflow.state import NONZERO, Known
from mmlint.dataflow.summary import Summary
from mmlint.dataflow.terms import make, total

START, END, COUNT = (make("param", name) for name in ("start", "end", "nr"))
BY_END = """
static bool f(unsigned long start, unsigned long end)
{{
	unsigned long pfn;

	for (pfn = start; pfn < end; {step})
		if ({test})
			{leave};
	return true;
}}
"""
BY_COUNT = """
static bool f(unsigned long start, unsigned long nr)
{
	unsigned long i = 0;

	while (i != nr) {
		struct page *page = pfn_to_online_page(start + i);

		if (!page)
			return false;
		i++;
	}
	return true;
}
"""
MISSING = "!pfn_to_online_page(pfn)"


def ranges(made: Summary) -> set[Known]:
    return {k for k in made.implied(NONZERO) if k.fact == "range online" and k.zone is not None}


def test_who_leaves_at_the_first_failure_has_seen_the_whole_range(tmp_path: Path) -> None:
    text = BY_END.format(step="pfn++", test=MISSING, leave="return false")
    assert ranges(summary(tmp_path, text)) == {Known("range online", START, END)}


def test_an_index_counts_like_a_pfn(tmp_path: Path) -> None:
    assert ranges(summary(tmp_path, BY_COUNT)) == {
        Known("range online", START, total(START, COUNT))
    }


@pytest.mark.parametrize(
    ("step", "test", "leave"),
    [
        ("pfn += 2", MISSING, "return false"),
        ("pfn++", MISSING, "break"),
        ("pfn++", MISSING, "demo_count++"),
        ("pfn++", "pfn_to_online_page(pfn)", "return false"),
        ("pfn++", "!pfn_to_online_page(start)", "return false"),
    ],
)
def test_a_loop_that_skips_or_goes_on_shows_nothing(
    tmp_path: Path, step: str, test: str, leave: str
) -> None:
    assert ranges(summary(tmp_path, BY_END.format(step=step, test=test, leave=leave))) == set()
