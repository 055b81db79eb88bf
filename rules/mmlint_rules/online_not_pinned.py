"""An online page is used after a sleep, with nothing that keeps its memory online.

What is reported
    A page from pfn_to_online_page() that is touched after a call that may sleep, without a
    reference, the hotplug lock or another pin taken in between. Kind `after-sleep`, one for each
    such call, at the first use after it. A note, for upstream accepts the race; a warning under
    `--policy strict`.

Why it is a bug
    pfn_to_online_page() says what was true when it was asked. While the caller sleeps the section
    can be taken offline and removed; its memmap is then poisoned, unmapped or another device's.

Evidence
    A reference to the page (get_page_unless_zero(), folio_try_get()), a live pgmap, isolation from
    the LRU lists, the page lock, the hotplug lock held here or in every nearest caller. Which calls
    may sleep is known of the primitives and read off the bodies of other functions.

What it does not see
    Preemption and interrupts, which are as long. A lock that is dropped in between. A sleep deep
    below a call, in another file. Memory that its user keeps from going offline.

How to fix it
    Take a reference before the sleep, ask again after it, or get_online_mems() around both.
    Proposed, and not merged: pfn_active() on a bitmap of sub-sections, RCU around
    pfn_to_online_page().

Agreed in
    David Hildenbrand, "Re: [PATCH 1/2] mm,memory_hotplug: Remove un-taken lock", 2024-05-27: the
    race is possible but barely seen in practice. Dan Williams and David Hildenbrand, "Re: [PATCH
    RFC v1 00/12] mm: Don't mark hotplugged pages PG_reserved (including ZONE_DEVICE)", 2019-10-23.
"""

from mmlint.api import Incident, Severity, Verdict

NEED = "pinned"
TABLES = ("sleep",)


def judge(incident: Incident) -> Verdict | None:
    """The verdict on an online page that is used after a sleep."""
    strict = "strict" in incident.marks
    return Verdict(
        incident.kind,
        Severity.WARNING if strict else Severity.NOTE,
        f"the page was online before {incident.other}(), which may sleep, and is used after it",
        "a pin: a reference to the page, or get_online_mems() around both",
        "ask pfn_to_online_page(pfn) again, or take a reference before",
    )
