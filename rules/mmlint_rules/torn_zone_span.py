"""Both ends of a zone's or node's span are read where a resize can fall between the reads.

What is reported
    A function that reads the start and the end (or length) of a span, directly or through
    zone_end_pfn(), zone_spans_pfn() and kin, outside of the hotplug lock. Kind `torn-read`, at the
    second read. Error where PFNs of the span become pages that are not checked one by one, or
    where the span itself is changed; a note where the tear is harmless: every PFN or block is
    asked whether it is online, or the ends are only compared or printed.

Why it is a bug
    zone_start_pfn and spanned_pages are two words of memory. With the start of the old span and
    the length of the new one a walk leaves the zone at its end, or never reaches it.

Evidence
    The hotplug lock (get_online_mems(), mem_hotplug_begin(), lock_device_hotplug()), here or in
    every caller; code that only runs at boot; a loop of zone_span_seqbegin() and
    zone_span_seqretry() in a tree where the sequence lock has writers (up to 5.13); a re-check of
    every PFN, also in a helper. Not evidence: zone->lock.

What it does not see
    Ends that are kept in a structure and used much later. Callers through function pointers are
    taken to hold nothing.

How to fix it
    get_online_mems() around the walk, or pfn_to_online_page() and a test of the page's zone for
    every PFN.

Agreed in
    David Hildenbrand, "Re: [PATCH 1/2] mm,memory_hotplug: Remove un-taken lock", 2024-05-27:
    spans can be stale or from the future; start and end must be read together.
"""

from mmlint.api import Incident, Severity, Verdict

NEED = "span"
TABLES = ("span_end", "span_guard", "under")


def judge(incident: Incident) -> Verdict | None:
    """The verdict on a span of which both ends are read without the hotplug lock."""
    if "guarded" in incident.marks:
        return None
    severity, what = Severity.NOTE, "its PFNs are checked one by one, or only compared"
    if "modifies" in incident.marks:
        severity, what = Severity.ERROR, "the span is changed by what was read"
    elif "converts" in incident.marks:
        severity, what = Severity.ERROR, "its PFNs become pages without a check"
    lacks = "the hotplug lock, here or in every caller"
    if "unwritten" in incident.marks:
        lacks += "; the sequence lock of the span has no writer in this tree"
    return Verdict(
        incident.kind,
        severity,
        f"both ends of the span of a {incident.subject} are read while it may be resized; {what}",
        lacks,
        "get_online_mems(); ... put_online_mems(); around it, or pfn_to_online_page(pfn) for each",
    )
