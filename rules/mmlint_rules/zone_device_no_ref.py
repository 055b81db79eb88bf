"""A page is asked whether it is device memory, and nobody is shown to hold it.

What is reported
    is_zone_device_page(), folio_is_zone_device() or a wrapper on a page for which no path shows a
    reference or a substitute for one. Kind `question`. Warning if the page was made from a PFN
    that comes from outside or a span, if the page table lock was dropped before, or if the
    reference was put before; a note if nothing is known about the page. A wrapper is not reported:
    it hands the question to its callers. Wrappers that follow page->pgmap are worse than the
    plain zone test, for they follow a stale pointer.

Why it is a bug
    The memmap of device memory lives as long as its pgmap. Without a reference the device may be
    removed between finding the page and asking it; the answer is then read from freed or poisoned
    memory, and the pgmap behind it may be gone.

Evidence
    A reference taken here or by a caller; the put itself, which may ask on the way; a pgmap held
    by get_dev_pagemap(); a page just allocated; one isolated from its LRU list; one read from a
    bio_vec, a scatterlist, a folio batch, a migration array or a GUP array; a contract of the API.
    Weaker and accepted: the page table lock, if the page was read from an entry under it; the
    page lock; an mmu notifier sequence that was checked: with --policy strict these are a warning,
    since a device page that is mapped without a reference stays exposed. The weakest path decides.

What it does not see
    References that a caller in another subsystem keeps in a structure. Whether the reference is
    held long enough afterwards. irqs-off in the fast GUP walk is not accepted by itself.

How to fix it
    Take the reference before the question, or for a raw PFN ask the pgmap:
    pgmap = get_dev_pagemap(pfn, NULL); if (pgmap) { ... put_dev_pagemap(pgmap); }

Agreed in
    Dan Williams (2019-10-22) and David Hildenbrand, "Re: [PATCH RFC v1 00/12] mm: Don't mark
    hotplugged pages PG_reserved (including ZONE_DEVICE)", 2019-10-23: an audit of all users of
    is_zone_device_page(), each with what keeps the page alive.
"""

from mmlint.api import Case, Severity, Verdict

NEED = "reference"
WEAK = {"page-lock", "notifier"}


def judge(case: Case) -> Verdict | None:
    """The verdict on a ZONE_DEVICE question about a page that nobody is shown to hold."""
    late = {fact.removeprefix("dropped ") for fact in case.has if fact.startswith("dropped ")}
    if case.origin == "held" and not late:
        return None
    severity = Severity.NOTE
    why = "that nobody is shown to hold"
    if "reference" in late:
        severity, why = Severity.WARNING, "whose reference was dropped before"
    elif "page-table-lock" in late and case.origin == "entry":
        severity, why = (
            Severity.WARNING,
            "that was read from an entry whose lock was dropped before",
        )
    elif case.origin in ("outside", "span") and not case.has & WEAK:
        severity, why = (
            Severity.WARNING,
            "made from a raw PFN, with neither a reference nor a pgmap",
        )
    elif "strict" in case.marks and (_under_lock(case) or case.has & WEAK):
        severity, why = Severity.WARNING, "that only a lock or an unchanged notifier keeps"
    message = f"{case.name}() is asked of a page {why}"
    return Verdict(
        "question",
        severity,
        message,
        "a reference (or get_dev_pagemap()): a device page can be freed while it is asked",
        "take a reference first, or ask between get_dev_pagemap(pfn, NULL) and put_dev_pagemap()",
    )


def _under_lock(case: Case) -> bool:
    return case.origin == "entry" and "page-table-lock" in case.has
