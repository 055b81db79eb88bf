"""A range is isolated by who needs every page of it, while freed pages may still hide on pcplists.

What is reported
    start_isolate_page_range() without zone_pcp_disable() or lru_cache_disable() before it, in a
    function that cannot live with a page that slips through: it tries again until the range is
    isolated, or takes the range out of use. Kind `strong`, a warning. Kind `best-effort`, a note:
    a function that gives up where the check fails (contiguous allocation), or of which a
    [[guarantee]] row says so.

Why it is a bug
    A page that is freed goes to a per-CPU list under the migrate type that its block had before.
    After the isolation it leaves the list for a free list that is not isolated, is handed out
    again, and the memory that is taken away is in use.

Evidence
    zone_pcp_disable(zone) and lru_cache_disable() held where the isolation starts, in this
    function or in every caller.

What it does not see
    Whether a drain at the right place is enough for the user. The zone is not compared with that
    of the range. What the function does through pointers does not count as taking out of use.

How to fix it
    zone_pcp_disable(zone); lru_cache_disable(); before, and the counterparts on every way out.
    Before 5.11 there is only draining: drain_all_pages(zone) in the loop that checks the range.

Agreed in
    Vlastimil Babka's series on disabling pcplists during offlining, review by David Hildenbrand,
    2020-11-11: pcp->high 0, drained once before the isolation.
"""

from mmlint.api import Incident, Severity, Verdict

NEED = "pcplists"
TABLES = ("guarantee",)
DISABLE = "zone_pcp_disable"


def judge(incident: Incident) -> Verdict | None:
    """The verdict on an isolation while per-CPU lists are in use."""
    strong = incident.kind == "strong"
    need = "needs every page of the range" if strong else "does its best"
    lacks = f"{incident.subject} before the isolation"
    fix = f"{incident.subject} before it, and the counterparts on every way out"
    if not incident.offers(DISABLE):
        lacks = "an end to new pages on the per-CPU lists (this tree has no zone_pcp_disable())"
        fix = "drain_all_pages(zone) in the loop that checks the range, before each check"
    return Verdict(
        incident.kind,
        Severity.WARNING if strong else Severity.NOTE,
        f"{incident.name}() while pages may be freed to per-CPU lists, and the caller {need}",
        lacks,
        fix,
    )
