"""A zone or node taken from a PFN range is used for a page that was never asked for its own.

What is reported
    The use that a page of another zone would spoil: taking it on or off a list, freeing,
    isolating, migrating or swapping it, storing it under its PFN. Kinds: `span-walk` (the pages of
    a walk over the span of a zone or node are treated as belonging to it), `first-page` (the zone
    or node of the first page of a range is applied to the other pages or to the whole range, or
    compared with what unchecked pages say of themselves), `span-lookup` (zone_spans_pfn() or a
    comparison with both ends of the span is taken for membership).

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
    visited twice makes a number wrong and nothing else. The zone and the range may meet in a
    structure that several functions fill.

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
KNOWN = {"safe", "held", "entry"}
# What makes the page's own word for its zone trustworthy, or keeps the walk inside the zone.
TRUSTED = {"online", "pgmap", "reference", "fresh", "isolated", "page-lock", "spanned"}
TRUSTED |= {"below span"}


def judge(case: Case) -> Verdict | None:
    """The verdict on a page that is used for a zone it was never asked for."""
    kind, why = kind_of(case)
    if not kind:
        return None
    return Verdict(
        kind,
        Severity.NOTE if case.origin == "contract" else Severity.WARNING,
        f"{case.name}() {case.how}, but {why}",
        "page_zone(page) == zone: zones and nodes overlap, so another walk visits the page too",
        "if (page_zone(page) != zone) continue;",
    )


def kind_of(case: Case) -> tuple[str, str]:
    """The kind of the finding and what is wrong, both empty where nothing is."""
    if case.walk and any(f"span of a {owner}" in case.origin_text for owner in OWNERS):
        return "span-walk", "the page of this span walk was not asked for its zone"
    if "first-page" in case.marks:
        return "first-page", "the zone is that of another page of the range"
    doubted = case.walk and case.origin not in KNOWN and not case.has & TRUSTED
    if case.marks & {"believed", "compared"} and doubted:
        return "first-page", "the walk may have left the zone of its first page for a memmap hole"
    if "spanned" in case.has and "compared" not in case.marks:
        return "span-lookup", "the span of the zone was taken for the zone itself"
    return "", ""
