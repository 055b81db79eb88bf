"""A page made from a raw PFN is touched where the PFN is not known to be online.

What is reported
    A `struct page` or folio that comes from `pfn_to_page()` and kin is read or written, and on
    some path nothing shows that the memmap of the PFN is initialised. The finding stands at the
    conversion; the first touch is a step. Kinds: `walk` (the PFN moves in a loop), `lookup` (a
    single PFN), `missing-null-test` (checked, then used without looking at the result).
    Only a weak check such as pfn_valid(): error in a walk, warning in a lookup or where the
    origin is unknown to a walk; where no memory is plugged a note, unless it is from outside. No
    check: warning if the PFN is from outside the kernel or from a span. Everything else is a note.

Why it is a bug
    A PFN is valid if it has a memmap. The memmap of an offline section, of ZONE_DEVICE before its
    driver is done, or of a hole holds whatever was there: flags, zone and compound head are
    garbage, with debugging poison that trips an assertion, without it a wild pointer.

Evidence
    pfn_to_online_page() that did not return NULL (converting again is fine), a helper that does
    it, a block check that covers the walk, a reference or a live pgmap, a PFN that came from a
    page, a present page table entry, CMA or a hibernation bitmap, a caller that shows one of
    these on every path, code that only runs at boot. Not evidence: pfn_valid(),
    pfn_valid_within(), pfn_present(), page_is_ram(), an assertion, a lock that stops transitions.

What it does not see
    Pages that go offline after the check: upstream accepts that race. PFNs kept in arrays, or in
    structures that another file fills, have an unknown origin.

How to fix it
    page = pfn_to_online_page(pfn); if (!page) continue;
    Where ZONE_DEVICE pages are wanted too, get_dev_pagemap() and put_dev_pagemap() around the use.
    In kernels before 4.13, which have no pfn_to_online_page(), ask online_section_nr() or the
    state of the memory block.

Agreed in
    David Hildenbrand, "Re: [PATCH 1/2] mm,memory_hotplug: Remove un-taken lock", 2024-05-27:
    PFN walkers use pfn_to_online_page().
"""

from mmlint.api import Case, Severity, Verdict

NEED = "online"
RAW = {"outside", "span"}
KNOWN = {"safe", "held", "entry"}
WEAK = {"valid", "present", "ram"}
CHECK = "pfn_to_online_page"


def judge(case: Case) -> Verdict | None:
    """The verdict on a page that is touched although its PFN is not known to be online."""
    fix = "page = pfn_to_online_page(pfn); if (!page) continue; /* or leave */"
    lacks = "pfn_to_online_page(): offline sections and holes have a memmap never initialised"
    if not case.offers(CHECK):
        lacks = "a check that the section is online (this tree has no pfn_to_online_page())"
        fix = "ask the state of the memory section or block before the page is read"
    if case.origin in KNOWN:
        return None
    if "missing-null-test" in case.marks:
        message = f"the result of {case.name}() is used without the test for NULL"
        return Verdict("missing-null-test", Severity.NOTE, message, "the test for NULL", fix)
    weak = case.has & WEAK
    kind = "walk" if case.walk else "lookup"
    known = "is only known to be valid, not online" if weak else "was not checked at all"
    if case.origin in RAW and not weak and case.partly & WEAK:
        known, weak = "was at most found valid on some paths, not online", case.partly
    if case.origin == "contract":
        known = "is online by contract only" + (", holes apart" if "holes" in case.marks else "")
    message = f"{case.how} reads the page in a PFN {kind}, but the PFN {known}"
    return Verdict(kind, severity(case, bool(weak)), message, lacks, fix)


def severity(case: Case, weak: bool) -> Severity:
    """Error where a walk relies on a weak check; note where the origin is unknown or a contract."""
    if weak and "unplugged" in case.marks and case.origin != "outside":
        return Severity.NOTE
    if case.origin in RAW:
        return Severity.ERROR if weak and case.walk else Severity.WARNING
    doubtful = weak if case.origin == "unknown" else "holes" in case.marks
    if case.origin in ("unknown", "contract") and case.walk and doubtful:
        return Severity.WARNING
    return Severity.NOTE
