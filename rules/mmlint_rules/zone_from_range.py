"""A zone or node taken from a PFN range is used for a page that was never asked for its own.

What is reported
    The use that a page of another zone would spoil: taking it on or off a list, freeing,
    isolating, migrating or swapping it, storing it under its PFN. Kind `span-walk`: the pages of a
    walk over the span of a zone or node are treated as belonging to it.

Why it is a bug
    Zones and nodes overlap, have holes, and a span may be stale. The page in the middle of zone A
    may belong to zone B: its lists are protected by the lock of B, and the walk of B visits it
    again, so that it is saved, counted or taken twice.

Evidence
    page_zone(), folio_zone(), page_zone_id(), page_zonenum(), page_to_nid() or pfn_to_nid()
    compared with the zone or node on every path to the use; pageblock_pfn_to_page(start, end,
    zone) for the block; a helper that does one of these; a page from a free list of the zone
    itself. A documented single-zone contract (alloc_contig_range(), test_pages_isolated(),
    __offline_isolated_pages(), has_unmovable_pages()) lowers the finding to a note.

What it does not see
    Counting, printing, predicates, reading the migrate type and puts are no use: a page that is
    visited twice makes a number wrong and nothing else. Not yet: the zone of the first page used
    for other pages of a range, and zone_spans_pfn() taken for membership.

How to fix it
    Ask the page, inside the loop and before the use:
    if (page_zone(page) != zone) continue;
    or verify the block once with pageblock_pfn_to_page(start, end, zone).

Agreed in
    David Hildenbrand, "Re: [PATCH 1/2] mm,memory_hotplug: Remove un-taken lock", 2024-05-27:
    zone and node come from the page, spans can be stale. "Re: [PATCH v5 1/1] mm: refactor
    initialization of struct page for holes in memory layout", 2021-02-15: what links the pages of
    holes carry.
"""

from mmlint.api import Case, Severity, Verdict

NEED = "zone"
OWNERS = ("zone", "node")


def judge(case: Case) -> Verdict | None:
    """The verdict on a page that is used for a zone it was never asked for."""
    if not case.walk or not any(f"span of a {owner}" in case.origin_text for owner in OWNERS):
        return None
    message = f"{case.name}() {case.how}, but the page of this span walk was not asked for its zone"
    return Verdict(
        "span-walk",
        Severity.WARNING,
        message,
        "page_zone(page) == zone: zones and nodes overlap, so another walk visits the page too",
        "if (page_zone(page) != zone) continue;",
    )
