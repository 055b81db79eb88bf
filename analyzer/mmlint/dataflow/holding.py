"""Who holds a page at a call: the strongest evidence on the weakest path, up through callers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from mmlint.dataflow import terms as t
from mmlint.dataflow.callsites import CallSites
from mmlint.dataflow.origins import Origins
from mmlint.dataflow.promises import Promises
from mmlint.dataflow.recording import Called
from mmlint.dataflow.summary import Hop, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mmlint.dataflow.callsites import CallSite
    from mmlint.dataflow.function import Analysed
    from mmlint.dataflow.origins import Source
    from mmlint.dataflow.state import State
    from mmlint.dataflow.summary import NeedName
    from mmlint.dataflow.terms import Term
    from mmlint.dataflow.whole import Analyses
    from mmlint.syntax.nodes import FunctionDef

# Levels of callers, and of helpers whose result is looked into.
MAX_CLIMB: Final = 5
# Answers worked out for one question; beyond that it is said that the search was cut short.
MAX_ANSWERS: Final = 600
CONTAINER: Final = "container"
CONTRACT: Final = "contract"
_DROPPED: Final = "dropped "
_TAKEN: Final = ("reference",)
_SAYS: Final = {
    "outside": "made from a number that comes from outside",
    "span": "made from a PFN of a span",
}


class Evidence(msgspec.Struct, frozen=True):
    """What keeps a page: `kind` is "" where nothing is shown, and `rank` counts from the strongest.

    `text` says what it is (or why there is none) and `place` where. `hops` are the calls from the
    question up to the function in which it is, `missing` says which callers show nothing.
    """

    kind: str
    rank: int
    text: str
    place: Place | None = None
    hops: tuple[Hop, ...] = ()
    missing: str = ""
    weak: bool = False

    @property
    def shown(self) -> bool:
        """Whether anything keeps the page."""
        return bool(self.kind)


class Spot(NamedTuple):
    """The call at which it is asked, so many levels of callers and helpers away."""

    analysed: Analysed
    called: Called
    depth: int


class Holding:
    """Answers for one need of the knowledge; `analyses` must be recording."""

    def __init__(self, analyses: Analyses, need: NeedName) -> None:
        self.program = analyses.program
        self.knowledge = analyses.knowledge
        self.sites = CallSites(analyses)
        self.promises = Promises(analyses.program, self.knowledge)
        self.row = self.knowledge.needs[need]
        self.weak = (*self.row.under, *self.row.weak)
        kinds = (*self.row.evidence, CONTAINER, CONTRACT, *self.weak)
        self.strength = {kind: rank for rank, kind in enumerate(kinds)}
        self._memo: dict[tuple[object, ...], Evidence | None] = {}
        self._under_way: set[tuple[object, ...]] = set()
        self._answers = 0

    def at(self, analysed: Analysed, subject: Term, called: Called) -> Evidence | None:
        """What keeps the page of the PFN `subject` when `called` is made; None for NULL."""
        self._answers = 0
        return self._at(Spot(analysed, called, 0), subject)

    def _at(self, spot: Spot, subject: Term) -> Evidence | None:
        place = (spot.analysed, subject, spot.called.offset, spot.called.name)
        key = (*place, spot.depth)
        # A path that comes back here shows nothing that the others do not.
        if place in self._under_way:
            return None
        if key not in self._memo:
            self._answers += 1
            if self._answers > MAX_ANSWERS:
                return self._none("the search for callers was cut short")
            self._under_way.add(place)
            self._memo[key] = self._worked_out(spot, subject)
            self._under_way.discard(place)
        return self._memo[key]

    def _worked_out(self, spot: Spot, subject: Term) -> Evidence | None:
        own = self._known(spot, subject)
        if own is not None:
            return own
        found = _weakest(self._part(spot, part) for part in parts_of(spot.analysed, subject))
        if found is None or (found.shown and not found.weak):
            return found
        return min(found, self._weakly(spot, subject) or found, key=lambda one: one.rank)

    # What the function itself knows

    def _known(self, spot: Spot, subject: Term) -> Evidence | None:
        known = spot.called.about(subject)
        for fact in self.row.evidence:
            if fact in known:
                return self._fact(spot, fact, subject)
        dropped = [f for f in self.row.evidence if _DROPPED + f in known]
        if dropped:
            return self._none(f"given up before: {self.knowledge.facts[dropped[0]].text}")
        return self._put(spot, subject)

    def _put(self, spot: Spot, subject: Term) -> Evidence | None:
        """A later put shows that the page is held, unless what is put is taken only later."""
        frame, at = spot.analysed.frame, spot.called.offset
        if subject not in frame.consumed or "put-path" not in self.strength:
            return None
        taken = [check.place.offset for check in frame.checks_of(subject, frozenset(_TAKEN))]
        if any(offset > at for offset in taken):
            return None
        for call in self.sites.calls(spot.analysed):
            if call.offset > at and self._drops(call, subject):
                text = f"{call.name}() drops the reference"
                return self._some("put-path", text, frame.place(call.offset))
        return None

    def _drops(self, call: Called, subject: Term) -> bool:
        rows = self.knowledge.destroy.get_rows(call.name)
        return any(
            row.consumes
            and 0 < row.page <= len(call.args)
            and t.pfn_of(call.args[row.page - 1]) is subject
            for row in rows
        )

    def _weakly(self, spot: Spot, subject: Term) -> Evidence | None:
        known = spot.called.about(subject) | spot.called.about(None)
        fact = next((fact for fact in self.row.weak if fact in known), None)
        if fact is not None:
            return self._fact(spot, fact, subject)
        passed = any(part.kind == "param" for part in t.parts(subject))
        return self._promised(spot.analysed, self.weak) if passed else None

    def _fact(self, spot: Spot, fact: str, key: Term | None) -> Evidence:
        """Evidence by a fact: the last check before the call that established it."""
        frame = spot.analysed.frame
        text = self.knowledge.facts[fact].text
        of_context = self.knowledge.facts[fact].subject == "context"
        locks = self._establishing(spot, fact) if of_context else None
        if locks is not None:
            return self._some(fact, f"{locks.name}(): {text}", frame.place(locks.offset))
        check = next(iter(frame.checks_of(None if of_context else key, frozenset({fact}))), None)
        if check is None:
            return self._some(fact, text, frame.place(spot.called.offset))
        return self._some(fact, f"{check.name}(): {text}", check.place)

    def _establishing(self, spot: Spot, fact: str) -> Called | None:
        """The last call before that of `spot` by which a row brings `fact` to the context."""
        found = [
            call
            for call in self.sites.calls(spot.analysed)
            if call.offset < spot.called.offset
            and any(fact in row.facts for row in self.knowledge.establish.get_rows(call.name))
        ]
        return max(found, key=lambda call: call.offset, default=None)

    # Where the value comes from

    def _part(self, spot: Spot, part: Term) -> Evidence | None:
        known = self._known(spot, part)
        if known is not None:
            return known
        found = self._made(spot, part) or self._filled(spot.analysed, part)
        if found is not None:
            return found
        sources = sorted(Origins(spot.analysed.frame).of(part))
        return _weakest(self._source(spot, part, source) for source in sources)

    def _made(self, spot: Spot, part: Term) -> Evidence | None:
        """Of a value that a call returned: what a row says of it, or its body."""
        made = self.sites.result(spot.analysed, part)
        if made is None:
            return None
        rows = [r for r in self.knowledge.origin_of_call.get(made.name, ()) if not r.out]
        if rows:
            place = spot.analysed.frame.place(made.offset)
            return self._origin(spot, rows[0].kind, f"{made.name}(): {rows[0].text}", place)
        told = [row for row in self.knowledge.establish.get_rows(made.name) if not row.given]
        if spot.depth >= MAX_CLIMB or told:
            return None
        exits = self.sites.exits(spot.analysed, made)
        return _weakest(self._returned(spot, site, value, state) for site, value, state in exits)

    def _returned(self, spot: Spot, site: CallSite, value: Term, state: State) -> Evidence | None:
        """Of a value that a helper returns there: known in it, the caller's, or from elsewhere."""
        part = t.pfn_of(value)
        leave = Called("", (), site.caller.fn.end, frozenset(state.facts), dict(state.env))
        inner = Spot(site.caller, leave, spot.depth + 1)
        known = self._known(inner, part)
        if known is not None:
            return known
        if t.expressible(part) and t.params_of(part):
            return self._at(spot._replace(depth=spot.depth + 1), site.resolved(part))
        if "entry" in self._kinds(site.caller, part):
            return self._locked(spot, f"{site.called.name}(): a page table entry")
        return self._part(inner, part)

    def _kinds(self, analysed: Analysed, part: Term) -> set[str]:
        made = self.sites.result(analysed, part)
        rows = self.knowledge.origin_of_call.get(made.name, ()) if made is not None else ()
        return {r.kind for r in rows} or {s.kind for s in Origins(analysed.frame).of(part)}

    def _filled(self, analysed: Analysed, part: Term) -> Evidence | None:
        """The page was read from an array that a call of this function fills with held ones."""
        if part.kind != "pfn" or part.args[0].kind != "elem":
            return None
        array = part.args[0].args[0]
        for call in self.sites.calls(analysed):
            for row in self.knowledge.origin_of_call.get(call.name, ()):
                fills = row.kind == "held" and 0 < row.out <= len(call.args)
                if fills and array in t.parts(call.args[row.out - 1]):
                    place = analysed.frame.place(call.offset)
                    return self._some(CONTAINER, f"{call.name}(): {row.text}", place)
        return None

    def _source(self, spot: Spot, part: Term, source: Source) -> Evidence | None:
        if source.kind == "param":
            return self._param(spot, part)
        at = source.at or spot.called.offset
        # That a PFN is known to be online keeps nothing, but where a walk found it mapped.
        kind = "entry" if source.kind == "safe" and t.is_raw(part) else source.kind
        return self._origin(spot, kind, source.text, spot.analysed.frame.place(at))

    def _origin(self, spot: Spot, kind: str, text: str, place: Place) -> Evidence | None:
        if kind == "held":
            return self._some(CONTAINER, text, place)
        if kind == "contract":
            return self._some(CONTRACT, text, place)
        if kind == "entry":
            return self._locked(spot, text)
        return self._none(f"{text}: {_SAYS.get(kind, 'nothing is known of it')}", place)

    def _locked(self, spot: Spot, text: str) -> Evidence | None:
        """A value read from an entry: the lock of that entry keeps it, here or at the callers."""
        context = spot.called.about(None)
        for fact in self.row.under:
            if fact in context:
                return self._fact(spot, fact, None)
            if _DROPPED + fact in context:
                return self._none(f"{text}, whose lock was dropped before")
        promised = self._promised(spot.analysed, self.row.under)
        weak = next((fact for fact in self.row.weak if fact in context), None)
        if promised is not None or weak is not None:
            return promised or self._fact(spot, weak or "", None)
        without = self._none(f"{text}, without its lock")
        if not self.row.under or spot.depth >= MAX_CLIMB:
            return without
        above = [
            (site, self._locked(Spot(site.caller, site.called, spot.depth + 1), text))
            for site in self.sites.of(spot.analysed.fn)
        ]
        return self._all(spot.analysed.fn, above) if above else without

    # Callers

    def _param(self, spot: Spot, part: Term) -> Evidence | None:
        fn = spot.analysed.fn
        place = Place(fn.path, fn.name, fn.start)
        contract = [row for row in self.knowledge.contract.get(fn.name, ()) if row.holds]
        if contract:
            return self._some(CONTRACT, f"{fn.name}(): {contract[0].text}", place)
        promised = self._promised(spot.analysed, self.row.evidence)
        if promised is not None:
            return promised
        if spot.depth >= MAX_CLIMB:
            return self._none("the chain of callers is longer than was followed", place)
        sites = self.sites.of(fn)
        promised = None if sites else self._callback(spot.analysed)
        if promised is not None:
            return promised
        above = [
            (site, self._at(Spot(site.caller, site.called, spot.depth + 1), site.resolved(part)))
            for site in sites or self.sites.indirect(fn)
        ]
        nobody = f"{fn.name}() gets it as a parameter and nobody calls it by name"
        return self._all(fn, above) if above else self._none(nobody, place)

    def _promised(self, analysed: Analysed, facts: tuple[str, ...]) -> Evidence | None:
        """The first of `facts` that the comment above the function demands of its callers."""
        for fact, quote, place in self.promises.of(analysed.fn):
            if fact in facts:
                kind = CONTRACT if fact in self.row.evidence else fact
                text = f'the comment of {analysed.fn.name}() says "{quote}"'
                return self._some(kind, text, place)
        return None

    def _callback(self, analysed: Analysed) -> Evidence | None:
        """What a row promises to the functions in a field of a structure, of which this is one."""
        fn = analysed.fn
        for use in self.program.references(fn.name, fn.path, fn.static):
            rows = self.knowledge.origin_of_callback.get(use.name, ())
            for row in rows if use.kind == "field" else ():
                if row.struct in ("", use.struct) and row.kind in ("contract", "held"):
                    place = Place(use.path, fn.name, use.offset)
                    return self._some(CONTRACT, f".{use.name}: {row.text}", place)
        return None

    def _all(
        self, fn: FunctionDef, above: list[tuple[CallSite, Evidence | None]]
    ) -> Evidence | None:
        """The weakest of what the callers of `fn` show, with the first that shows nothing."""
        told = [(site, found) for site, found in above if found is not None]
        if not told:
            return None
        site, weakest = max(told, key=lambda one: one[1].rank)
        callers = {(s.caller.fn.path, s.caller.fn.name) for s, _ in told}
        lacking = {(s.caller.fn.path, s.caller.fn.name) for s, e in told if not e.shown}
        missing = weakest.missing
        if lacking and len(callers) > 1:
            missing = (
                f"{len(callers) - len(lacking)} of {len(callers)} callers hold it; "
                f"the first that does not is {site.caller.fn.name}()"
            )
        missing = "; ".join(filter(None, (missing, self.sites.left_out(fn))))
        hop = Hop(site.place, site.called.name)
        return msgspec.structs.replace(weakest, hops=(hop, *weakest.hops), missing=missing)

    def _some(self, kind: str, text: str, place: Place) -> Evidence:
        return Evidence(kind, self.strength[kind], text, place, weak=kind in self.weak)

    def _none(self, text: str, place: Place | None = None) -> Evidence:
        return Evidence("", len(self.strength), text, place)


def _weakest(found: Iterable[Evidence | None]) -> Evidence | None:
    """The one that keeps least; None where all are NULL."""
    told = [evidence for evidence in found if evidence is not None]
    return max(told, key=lambda evidence: evidence.rank, default=None)


def parts_of(analysed: Analysed, subject: Term) -> Iterator[Term]:
    """The values of which a merged one is made, without NULL."""
    phis = analysed.frame.phis
    incoming = {**phis.incoming, **(phis.settled or {})}
    seen: set[Term] = set()
    stack = [subject]
    while stack:
        term = stack.pop()
        if term in seen:
            continue
        seen.add(term)
        if term.kind == "pfn" and term.args[0].kind == "phi":
            stack += [t.pfn_of(value) for value in incoming.get(term.args[0], ())]
        elif term.kind == "phi" and term in incoming:
            stack += incoming[term]
        elif term.kind == "sum" and term.args[0].kind == "pfn":
            stack.append(term.args[0])
        elif term.kind not in ("num", "undef") and not _is_nothing(term):
            yield term


def _is_nothing(term: Term) -> bool:
    return term.kind == "pfn" and term.args[0].kind in ("num", "undef")
