"""Page isolation is started and undone as if nobody else could isolate the same blocks.

What is reported
    Calls of start_isolate_page_range() and undo_isolate_page_range() that do not go together.
    Kinds: `release-after-failure` (undo is reached where start failed: error), `result-ignored`,
    `used-after-failure` (the range is used where start failed), `not-released` and
    `never-released` (a way out after success with neither undo nor hand-over), `other-resource`
    (undo of a range known to differ; a note where equality cannot be decided),
    `asymmetric-undo` (an undo loop finds its blocks in another way than the loop that took them).

Why it is a bug
    The migrate type of a page block is the lock. A start that fails has undone exactly what it
    did; another undo un-isolates what a concurrent isolator owns, who then hands out or offlines
    memory that is in use, or waits for ever for blocks that are isolated no more.

Evidence
    A test of the result that keeps the failing path away from undo and from the range; undo of
    the same range on every other path, here or in every caller. Right hand-overs: a function that
    leaves the range isolated exactly when it returns success, if no caller undoes it (offlining
    keeps it); undo of what move_pfn_range_to_zone(..., MIGRATE_ISOLATE) made.

What it does not see
    Two isolators that are kept apart by a lock of their own (cma_mutex) are reported all the same:
    undo is right only as long as all of them take it. Undo without any start.

How to fix it
    Return directly where start_isolate_page_range() failed; undo only what was started.

Agreed in
    Mike Kravetz's patch and Andrew Morton, "Re: [PATCH v2] mm: make start_isolate_page_range() fail
    if already isolated", 2018-03-13: another thread owns the block; undo exactly what was set.
"""

from mmlint.api import Incident, Severity, Verdict

NEED = "isolation"
TABLES = ("pair",)


def judge(incident: Incident) -> Verdict | None:
    """The verdict on an isolation that is not balanced on some path."""
    name, other = f"{incident.name}()", f"{incident.other}()"
    severity = Severity.WARNING
    fix = f"{other} for the same range on this path"
    lacks = "an undo of exactly what was started"
    if incident.kind == "release-after-failure":
        severity = Severity.ERROR
        message = f"{name} is reached where {other} failed: it un-isolates blocks of somebody else"
        lacks = "a way out of its own for the failure, which has already been cleaned up"
        fix = f"return where {other} failed, without {name}"
    elif incident.kind == "result-ignored":
        message = f"whether {name} succeeded is never looked at"
        lacks, fix = "a test of the result", f"ret = {name}; if it failed, return"
    elif incident.kind == "used-after-failure":
        message = f"{name} works on a range that is not isolated: {other} failed"
        lacks, fix = "a way out of its own for the failure", f"return where {other} failed"
    elif incident.kind in ("other-resource", "asymmetric-undo"):
        message = f"{name} does not undo what {other} did: it names other blocks"
        severity = Severity.NOTE if "undecided" in incident.marks else severity
    elif incident.kind in ("not-released", "never-released"):
        message = f"a way out after {name} succeeded neither undoes nor hands over the isolation"
        fix = f"{other} before this return"
    else:
        return None
    return Verdict(incident.kind, severity, message, lacks, fix)
