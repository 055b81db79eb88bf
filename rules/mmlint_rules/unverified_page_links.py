"""A page is asked for its zone or node although its memmap may never have been initialised.

What is reported
    page_zone(), page_to_nid(), page_pgdat(), page_zonenum(), pfn_to_nid() and kin on a page made
    from a raw PFN of which no path shows that it is online. It is the worse form of pfn-not-online
    (garbage is not only read, it is believed) and takes its place: one finding a value. Kinds:
    `walk` (the PFN moves in a loop) and `lookup`. Only pfn_valid() and kin: error in a walk,
    warning in a lookup or where a walk has an unknown origin. No check at all: warning if the PFN
    comes from outside the kernel, from the span of a zone or node, or from the start of the range
    of a device, where its own memmap may lie. Everything else is a note.

Why it is a bug
    The links to zone and node live in the flags of struct page. Of an offline section, of a hole
    or of the part of a device that holds its own memmap nobody ever wrote them: the answer is any
    zone, and its lock, lists and counters are then used.

Evidence
    The same as for pfn-not-online: pfn_to_online_page() that did not return NULL, a helper that
    does it, a reference or a live pgmap, a PFN that came from a page, callers that show one of
    these on every path, code that only runs at boot.

What it does not see
    Holes inside early sections carry valid links from 5.12 on; here they count as unknown. The
    page of a range that a caller in another subsystem has brought online has an unknown origin.

How to fix it
    page = pfn_to_online_page(pfn); if (!page) continue; before the question, or pass the zone or
    node down from whoever knows it (the memory block, the pgmap).

Agreed in
    David Hildenbrand, "Re: [PATCH 1/2] mm,memory_hotplug: Remove un-taken lock", 2024-05-27.
    "Re: [PATCH v5 1/1] mm: refactor initialization of struct page for holes in memory layout",
    2021-02-15: holes with fake links to zone and node.
"""

from mmlint.api import Case, Severity, Verdict

NEED = "online"
REPLACES = "pfn-not-online"
TABLES = ("link",)
RAW = {"outside", "span", "device"}
KNOWN = {"safe", "held", "entry"}
WEAK = {"valid", "present", "ram"}
CHECK = "pfn_to_online_page"


def judge(case: Case) -> Verdict | None:
    """The verdict on a page that is asked for its zone or node and is not known to be online."""
    if "links" not in case.marks or case.origin in KNOWN or "missing-null-test" in case.marks:
        return None
    fix = "page = pfn_to_online_page(pfn); if (!page) continue; /* then ask it */"
    lacks = "pfn_to_online_page(): what pfn-not-online asks for, and here the answer is believed"
    if not case.offers(CHECK):
        fix = "ask the state of the memory section or block before the page is read"
        lacks = "a check that the section is online (this tree has no pfn_to_online_page())"
    if case.origin == "device":
        fix = "ask the first page behind the reserve: pfn_first(), vmem_altmap_offset()"
        lacks = "a PFN behind the altmap reserve: the device's own memmap is never initialised"
    weak = case.has & WEAK or (case.partly & WEAK if case.origin in RAW else frozenset())
    kind = "walk" if case.walk else "lookup"
    known = "is at most known to be valid" if weak else "was not checked at all"
    message = f"{case.how} believes the zone or node of a page in a PFN {kind} that {known}"
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
