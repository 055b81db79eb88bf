"""Something that was acquired is not released on some path, or not as it should be.

What is reported
    Every pair that a [[pair]] row declares: hotplug locks, zone->lock, disabled per-CPU lists,
    device page maps and what users add. Kinds: `not-released` (some way out of the function
    forgets it, and no caller can tell), `never-released` (the function always returns with it and
    no caller releases it), `release-after-failure` (released where acquiring it had failed),
    `released-twice`, `result-ignored` (whether it was acquired is never looked at),
    `other-resource` (what is released is not what was acquired; a note where that cannot be
    decided). Pairs declared `weak` give notes.

Why it is a bug
    A lock that is kept stops everybody who wants it next, for hotplug that is the whole machine;
    disabled per-CPU lists stay slow for ever; a page map that is kept blocks the removal of the
    device. What is released twice or without having been acquired belongs to somebody else.

Evidence
    A release of the same resource, under whatever name, on every path that holds it: by `goto`
    unwinding, under the same condition, in a callee, or in every caller of a function that
    returns with it. A function that holds it exactly when it returns success hands it on. What is
    returned or stored where it outlives the call is somebody else's.

What it does not see
    A release that nothing in the function belongs to. Locks in arrays, taken in one loop and
    dropped in another. A field that says whether the lock is held, tested before and after.

How to fix it
    Release it on the way that the steps show, usually by jumping to the label that does.

Agreed in
    Vlastimil Babka's series on disabling pcplists during offlining, reviewed by David Hildenbrand,
    2020-11-11; the kerneldoc of the functions in the [[pair]] rows.
"""

from mmlint.api import Incident, Severity, Verdict

NEED = "balance"
TABLES = ("pair",)
NOTES = {"undecided", "weak"}


def judge(incident: Incident) -> Verdict | None:
    """The verdict on a resource that is not balanced on some path."""
    name, other = f"{incident.name}()", f"{incident.other}()"
    words = {
        "not-released": (f"a way out of the function forgets {other} after {name}", other),
        "never-released": (f"{name} is never followed by {other}, not in any caller either", other),
        "release-after-failure": (f"{name} releases what {other} failed to acquire", "a test"),
        "released-twice": (f"{name} is called a second time for one {other}", "an acquisition"),
        "result-ignored": (f"whether {name} succeeded is never looked at", "a test of the result"),
        "other-resource": (f"{name} names another resource than {other} did", "the same resource"),
    }
    if incident.kind not in words:
        return None
    message, lacks = words[incident.kind]
    severity = Severity.NOTE if incident.marks & NOTES else Severity.WARNING
    return Verdict(incident.kind, severity, message, lacks, fix_of(incident))


def fix_of(incident: Incident) -> str:
    """What to write instead."""
    if incident.kind in ("not-released", "never-released"):
        return f"{incident.other}() before this return, or a jump to the label that calls it"
    if incident.kind == "result-ignored":
        return f"if ({incident.name}() failed) return; /* as its kerneldoc says */"
    return f"leave without {incident.name}() on this path"
