"""Who asks a question about device memory, and who holds the page meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmlint.auditing.using import Judged
from mmlint.dataflow import terms as t
from mmlint.dataflow.holding import Holding
from mmlint.syntax.nodes import Return

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.auditing.using import AuditRow, Users, Verdict
    from mmlint.dataflow.function import Analysed
    from mmlint.dataflow.holding import Evidence
    from mmlint.dataflow.recording import Called
    from mmlint.syntax.nodes import FunctionDef


class Asking:
    """Judges the users of a question and of all that ask it on behalf of their callers."""

    def __init__(self, users: Users, name: str) -> None:
        self.users = users
        self.knowledge = users.knowledge
        self.holding = Holding(users.analyses, "reference")
        # What asks, with the positions of the pages in its arguments, counted from 0.
        self.asking = {name: self._told(name)}
        self._same(name)

    def rows(self) -> Iterator[AuditRow]:
        """A row for each function that asks."""
        found: dict[tuple[str, int, int], Analysed] = {}
        pending = list(self.asking)
        while pending:
            new = list(self.users.of(pending))
            found |= {(a.fn.path, a.fn.start, a.fn.variant): a for a in new}
            pending = []
            for analysed in new:
                asked = self._asked(analysed)
                if asked and analysed.fn.name not in self.asking:
                    self.asking[analysed.fn.name] = asked
                    pending.append(analysed.fn.name)
        yield from self.users.rows(use for a in found.values() for use in self._uses(a))

    def _same(self, name: str) -> None:
        """A question that is nothing but another one (of the folio, say) is the same question."""
        for fn in self.users.program.definitions(name, ""):
            analysed = self.users.analyses.of(fn)
            if analysed is None or not _only_returns(fn):
                continue
            for call in self.users.calls(analysed, self.knowledge.question):
                if call.name not in self.asking:
                    self.asking[call.name] = self._told(call.name)
                    self._same(call.name)

    def _told(self, name: str) -> tuple[int, ...]:
        return tuple(row.arg - 1 for row in self.knowledge.question[name])

    def _asked(self, analysed: Analysed) -> tuple[int, ...]:
        """The parameters about which a function asks on behalf of its callers, by row or body."""
        fn = analysed.fn
        if fn.name in self.knowledge.question:
            return self._told(fn.name)
        if not analysed.summary.wrapper:
            return ()
        asked = {
            need.subject.args[0].name
            for need in analysed.needs
            if need.need == "reference" and need.subject.kind == "pfn"
        }
        return tuple(i for i, param in enumerate(fn.params) if param.name in asked)

    def _uses(self, analysed: Analysed) -> Iterator[Judged]:
        for call in self.users.calls(analysed, self.asking):
            for position in self.asking[call.name]:
                if position < len(call.args):
                    yield self._use(analysed, call, position)

    def _use(self, analysed: Analysed, call: Called, position: int) -> Judged:
        found = self.holding.at(analysed, t.pfn_of(call.args[position]), call)
        verdict, strict = self._verdicts(analysed.fn, found)
        fn = analysed.fn
        hops = self.users.hops(found.hops) if found is not None else ()
        return Judged(
            function=fn,
            offset=call.offset,
            rank=found.rank if found is not None else -1,
            verdict=verdict,
            strict_verdict=strict,
            evidence=self._evidence(found),
            steps=(self.users.first(fn, call.offset, "asks", f"{call.name}()"), *hops),
            missing=self._missing(found),
        )

    def _verdicts(self, fn: FunctionDef, found: Evidence | None) -> tuple[Verdict, Verdict]:
        rows = self.knowledge.question[fn.name]
        if fn.name in self.asking and not any(row.consumes for row in rows):
            return "passed-on", "passed-on"
        if found is None:
            return "safe", "safe"
        if not found.shown:
            return "unsafe", "unsafe"
        return "safe", "weak" if found.weak else "safe"

    def _evidence(self, found: Evidence | None) -> str:
        if found is None:
            return "fresh: there is no page, it is NULL"
        if not found.shown:
            return ""
        fact = self.knowledge.facts.get(found.kind)
        kind = (fact.label if fact is not None else "") or found.kind
        return f"{kind}: {found.text}{self.users.where(found.place)}"

    def _missing(self, found: Evidence | None) -> str:
        if found is None:
            return ""
        if not found.shown:
            why = f"nobody is shown to hold the page; {found.text}{self.users.where(found.place)}"
            return f"{found.missing}; {why}" if found.missing else why
        if found.weak:
            weak = "a reference: a device page that is only mapped or locked may still go"
            return f"{found.missing}; {weak}" if found.missing else weak
        return found.missing


def _only_returns(fn: FunctionDef) -> bool:
    return len(fn.body) == 1 and isinstance(fn.body[0], Return)
