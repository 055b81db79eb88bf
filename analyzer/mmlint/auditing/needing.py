"""Who makes a page of a PFN, believes its links or uses it, and what makes that right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mmlint.auditing.using import Judged
from mmlint.dataflow import terms as t
from mmlint.dataflow.climb import Climb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.auditing.using import AuditRow, Users, Verdict
    from mmlint.dataflow.climb import Path
    from mmlint.dataflow.function import Analysed
    from mmlint.dataflow.recording import Called
    from mmlint.dataflow.summary import Need, NeedName
    from mmlint.dataflow.terms import Term
    from mmlint.model import Step

_KEPT: Final = {"held": "container", "contract": "contract", "safe": "origin", "entry": "origin"}
_OPEN: Final = frozenset({"outside", "span"})


class Needing:
    """Judges the calls of a conversion, a question for zone or node, or a use for a zone."""

    def __init__(self, users: Users, name: str) -> None:
        self.users = users
        self.knowledge = users.knowledge
        self.name = name
        self.climb = Climb(users.analyses)
        self.need: NeedName = "zone" if name in self.knowledge.use else "online"

    def rows(self) -> Iterator[AuditRow]:
        """A row for each function that calls it."""
        uses = (use for a in self.users.of((self.name,)) for use in self._uses(a))
        yield from self.users.rows(uses)

    def _uses(self, analysed: Analysed) -> Iterator[Judged]:
        for call in self.users.calls(analysed, (self.name,)):
            yield self._use(analysed, call)

    def _use(self, analysed: Analysed, call: Called) -> Judged:
        if analysed.boot:
            return self._judged(analysed, call, "safe", "boot: runs while the kernel boots")
        opened = [need for need in analysed.needs if self._is_of(need, analysed, call)]
        if not opened:
            return self._judged(analysed, call, "safe", self._known(analysed, call))
        climb = self.climb
        found = (way for need in opened for way in climb.paths(analysed, need))
        ways = list(filter(climb.after_boot, found))
        if not ways:
            return self._judged(analysed, call, "safe", "callers: each shows it, or runs at boot")
        return self._worst(analysed, call, ways)

    def _is_of(self, need: Need, analysed: Analysed, call: Called) -> bool:
        here = (analysed.fn.path, analysed.fn.name, call.offset)
        places = (need.base, need.touch)
        return need.need == self.need and any(
            (p.path, p.function, p.offset) == here for p in places
        )

    def _known(self, analysed: Analysed, call: Called) -> str:
        """What the function knows of the value, now or later."""
        for subject in _subjects(call):
            for fact in self.knowledge.needs[self.need].evidence:
                checks = analysed.frame.checks_of(subject, frozenset({fact}))
                for check in checks:
                    text = self.knowledge.facts[fact].text
                    return f"{fact}: {check.name}(): {text}{self.users.where(check.place)}"
        if analysed.summary.gives_raw_page:
            return "passed-on: the page is returned"
        return "untouched: nothing is done here that needs it"

    def _worst(self, analysed: Analysed, call: Called, ways: list[Path]) -> Judged:
        """Of several ways the one whose value comes from the worst place."""
        judged = [self._way(analysed, call, way) for way in ways]
        order: list[Verdict] = ["safe", "weak", "unsafe"]
        return max(judged, key=lambda one: order.index(one.verdict))

    def _way(self, analysed: Analysed, call: Called, way: Path) -> Judged:
        kinds = {source.kind for source in way.sources}
        texts = "; ".join(sorted(source.text for source in way.sources))
        steps = tuple(self.users.hops(way.need.hops))
        kept = [kind for kind in _KEPT if kind in kinds]
        if kept and not kinds & {*_OPEN, "unknown"}:
            return self._judged(analysed, call, "safe", f"{_KEPT[kept[0]]}: {texts}", steps)
        has = ", ".join(sorted(way.need.has)) or "nothing"
        told = f"{way.holding} of {way.callers} callers show it; " if way.callers > 1 else ""
        missing = f"{told}known is {has}; the value is {texts or 'of unknown origin'}"
        verdict: Verdict = "unsafe" if kinds & _OPEN else "weak"
        return self._judged(analysed, call, verdict, "", steps, missing)

    def _judged(
        self,
        analysed: Analysed,
        call: Called,
        verdict: Verdict,
        evidence: str,
        steps: tuple[Step, ...] = (),
        missing: str = "",
    ) -> Judged:
        if evidence.startswith("passed-on"):
            verdict = "passed-on"
        first = self.users.first(analysed.fn, call.offset, "uses", f"{call.name}()")
        return Judged(
            function=analysed.fn,
            offset=call.offset,
            rank=0,
            verdict=verdict,
            strict_verdict=verdict,
            evidence=evidence,
            steps=(first, *steps),
            missing=missing,
        )


def _subjects(call: Called) -> Iterator[Term]:
    for arg in call.args:
        yield t.pfn_of(arg)
        yield arg
