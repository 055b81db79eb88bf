"""Ranges of PFNs: whose zone is used for whom, and what lies between the ends of a span."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from mmlint.dataflow import terms as t
from mmlint.dataflow.terms import Term

if TYPE_CHECKING:
    from mmlint.dataflow.frame import Frame
    from mmlint.dataflow.summary import Need

# The zone of another page of the range is used for this page.
FIRST_PAGE: Final = "first-page"
# The page's own word for its zone is taken, whoever wrote it.
BELIEVED: Final = "believed"
# The same by a comparison with the zone of another page.
COMPARED: Final = "compared"
# What does not depend on the callers of the function.
HERE: Final = frozenset({FIRST_PAGE, COMPARED})

_MAX_NESTED: Final = 3


def with_first_page(need: Need, frame: Frame) -> Need:
    """`need` with the mark ``first-page`` if the function uses a zone of another page for it."""
    if need.need != "zone" or need.marks & {BELIEVED, COMPARED}:
        return need
    if not any(_stands_for(asked, need.subject, frame) for asked in frame.zones):
        return need
    return msgspec.structs.replace(need, marks=need.marks | {FIRST_PAGE})


def _stands_for(asked: Term, subject: Term, frame: Frame) -> bool:
    """Whether the PFN `asked` for its zone begins the range in which `subject` is another page."""
    if asked is subject or asked.phis & subject.phis:
        return False
    start = _start(subject, frame)
    if not _is_rounded(start) and (start is subject or not t.is_raw(asked)):
        return False
    return base(start) is base(_start(asked, frame))


def _start(pfn: Term, frame: Frame) -> Term:
    """The PFN at which the walks that `pfn` belongs to start."""
    for _ in range(_MAX_NESTED):
        into = {phi: frame.phis.start[phi] for phi in pfn.phis if phi in frame.phis.start}
        if not into:
            break
        pfn = t.substitute(pfn, into)
    return pfn


def base(pfn: Term) -> Term:
    """What a PFN is counted or rounded from."""
    while pfn.args and (pfn.kind == "sum" or _is_rounded(pfn)):
        pfn = pfn.args[0]
    return pfn


def _is_rounded(pfn: Term) -> bool:
    return (pfn.kind == "op" and pfn.name == "&") or (pfn.kind == "call" and pfn.site is None)


def asked_of(term: Term, frame: Frame) -> Term | None:
    """The PFN of the page whose zone or node `term` is, also where it was kept in a loop."""
    seen: set[Term] = set()
    stack = [term]
    while stack:
        part = stack.pop()
        if part.kind == "link":
            return part.args[0]
        if part.kind in ("phi", "opt") and part not in seen:
            seen.add(part)
            stack += [*part.args, *frame.phis.incoming.get(part, ())]
    return None


def applied(args: tuple[Term, ...]) -> set[Term]:
    """The PFNs of the pages whose zones (or locks in them) are among the arguments of a call."""
    found: set[Term] = set()
    for arg in args:
        zone = arg.args[0] if arg.kind == "op" and arg.name.startswith("&") else arg
        if zone.kind == "link":
            found.add(zone.args[0])
    return found


def rest_of_range(args: tuple[Term, ...], frame: Frame) -> Term | None:
    """A PFN past the first, where a call gets the zone of a raw PFN, that PFN and a count."""
    for asked in applied(args):
        first = _merged_base(asked, frame)
        if first is None or not t.is_raw(asked) or not any(base(arg) is first for arg in args):
            continue
        rest = (arg for arg in args if arg not in (asked, first) and _is_counted(arg))
        for arg in rest:
            return arg if base(arg) is first else t.total(first, arg)
    return None


def _merged_base(pfn: Term, frame: Frame) -> Term | None:
    """What a PFN is counted from on all paths, None where they differ."""
    bases = {base(value) for value in frame.phis.incoming.get(pfn, (pfn,))}
    return bases.pop() if len(bases) == 1 else None


def _is_counted(arg: Term) -> bool:
    """Whether an argument may be a number of pages or the end of a range."""
    if arg.kind in ("num", "global", "link", "page", "pfn", "opt", "local"):
        return False
    return not any(part.kind == "link" for part in t.parts(arg))
