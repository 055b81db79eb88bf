"""Who calls a check (or takes a lock) and looks at what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmlint.auditing.using import Judged
from mmlint.dataflow import terms as t

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mmlint.auditing.using import AuditRow, Users, Verdict
    from mmlint.dataflow.function import Analysed
    from mmlint.dataflow.recording import Called


class Checking:
    """Judges calls that establish facts by whether their result is looked at."""

    def __init__(self, users: Users, names: Sequence[str]) -> None:
        self.users = users
        self.names = tuple(sorted(names))
        self.knowledge = users.knowledge

    def rows(self) -> Iterator[AuditRow]:
        """A row for each function that calls one of them."""
        uses = (use for a in self.users.of(self.names) for use in self._uses(a))
        yield from self.users.rows(uses)

    def _uses(self, analysed: Analysed) -> Iterator[Judged]:
        for call in self.users.calls(analysed, self.names):
            yield self._use(analysed, call)

    def _use(self, analysed: Analysed, call: Called) -> Judged:
        when, gives = self._promise(call.name)
        verdict: Verdict = "safe"
        evidence, missing = "", ""
        if when == "always":
            evidence = f"always: {gives}"
        elif self._tested(analysed, call):
            evidence = f"tested: {gives} where the result is {when}"
        elif self._returned(analysed, call):
            verdict, evidence = "passed-on", "returned: the callers get the result"
        else:
            verdict, missing = "unsafe", f"the result is not tested; {gives} where it is {when}"
        if verdict == "safe":
            evidence += self._released(analysed, call)
        step = self.users.first(analysed.fn, call.offset, "calls", f"{call.name}()")
        return Judged(analysed.fn, call.offset, 0, verdict, verdict, evidence, (step,), missing)

    def _promise(self, name: str) -> tuple[str, str]:
        """When a call did what it is for, and what that is."""
        rows = self.knowledge.establish[name]
        if rows:
            facts = sorted({fact for row in rows for fact in row.facts})
            whens = {row.when for row in rows}
            return whens.pop() if len(whens) == 1 else rows[0].when, f"{', '.join(facts)} holds"
        row = self.knowledge.acquire[name][0]
        return row.success, row.text

    def _released(self, analysed: Analysed, call: Called) -> str:
        """Where the function gives back what it took, "" for what nobody gives back."""
        releases = [
            name for row in self.knowledge.acquire.get(call.name, ()) for name in row.release
        ]
        if not releases:
            return ""
        for back in self.users.calls(analysed, releases):
            place = analysed.frame.place(back.offset)
            return f"; given back by {back.name}(){self.users.where(place)}"
        return "; not given back here"

    def _tested(self, analysed: Analysed, call: Called) -> bool:
        recording = analysed.frame.recording
        values = self._values(analysed, call)
        tested = recording.tested if recording is not None else set()
        return any(part in values for test in tested for part in t.parts(test))

    def _returned(self, analysed: Analysed, call: Called) -> bool:
        values = self._values(analysed, call)
        exits = (value for value, _ in analysed.frame.exits if value is not None)
        return any(part in values for value in exits for part in t.parts(value))

    def _values(self, analysed: Analysed, call: Called) -> set[t.Term]:
        """What the call gave, and the merged values that it flows into."""
        recording = analysed.frame.recording
        results = recording.results if recording is not None else {}
        found = {value for value, made in results.items() if made.offset == call.offset}
        incoming = analysed.frame.phis.incoming
        growing = True
        while growing:
            more = {
                phi
                for phi, values in incoming.items()
                if phi not in found and any(p in found for v in values for p in t.parts(v))
            }
            growing = bool(more)
            found |= more
        return found
