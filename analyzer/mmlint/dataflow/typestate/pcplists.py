"""Isolation by those who cannot live with a page that slips through on a per-CPU list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mmlint.dataflow.summary import Place
from mmlint.dataflow.typestate.breaches import Breach, Shown
from mmlint.dataflow.typestate.contexts import holds
from mmlint.dataflow.typestate.effects import ACQUIRE, FAIL
from mmlint.dataflow.typestate.tokens import HELD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.dataflow.typestate.contexts import Contexts
    from mmlint.dataflow.typestate.paths import Seen
    from mmlint.dataflow.typestate.sheets import Sheet, Sheets
    from mmlint.pairs import Pair


_STRONG: Final = "strong"


class Pcplists:
    """Asks every caller that isolates a range what it needs and what it has."""

    def __init__(self, sheets: Sheets, contexts: Contexts) -> None:
        self.sheets = sheets
        self.knowledge = sheets.knowledge
        self.program = sheets.program
        self.contexts = contexts

    def breaches(self, sheets: list[Sheet]) -> Iterator[Breach]:
        """One for each call that isolates without everything that its row wants."""
        for sheet in sheets:
            seen: set[int] = set()
            for call in sheet.trace.seen:
                for effect in call.event.effects:
                    row = self._row(call.event.name, effect.pair)
                    what = {case.what for case in effect.cases}
                    if row is None or not {ACQUIRE, FAIL} <= what or call.event.offset in seen:
                        continue
                    seen.add(call.event.offset)
                    missing = [pair for pair in row.wants if not holds(call.held, (pair,))]
                    found = self._breach(sheet, call, row, missing) if missing else None
                    if found is not None and not self._held_above(sheet, found, missing):
                        yield found

    def _row(self, name: str, pair: str) -> Pair | None:
        rows = self.knowledge.acquire.get(name, ())
        return next((row for row in rows if row.name == pair and row.wants), None)

    def _held_above(self, sheet: Sheet, found: Breach, missing: list[str]) -> bool:
        """Whether every caller holds what is missing; for a note only the nearest are asked."""
        ask = self.contexts.under if found.kind == _STRONG else self.contexts.seem_under
        return all(ask(sheet.fn, frozenset({pair})) for pair in missing)

    def _breach(self, sheet: Sheet, call: Seen, row: Pair, missing: list[str]) -> Breach:
        fn = sheet.fn
        base = Place(fn.path, fn.name, call.event.offset)
        steps = [Shown("takes", f"{call.event.name}(): {row.text} from here on", base)]
        stated = self.knowledge.guarantees.get(fn.name)
        if stated is not None:
            steps.append(Shown("knows", stated.text, base))
            strong = stated.strong
        else:
            why = self._why_strong(sheet, row)
            strong = why is not None
            steps += [why] if why is not None else []
        wanted = [name for pair in missing for name in self.knowledge.pairs[pair].acquire]
        return Breach(
            need="pcplists",
            kind=_STRONG if strong else "best-effort",
            base=base,
            subject=" and ".join(f"{name}()" for name in wanted),
            name=call.event.name,
            other=wanted[0],
            steps=tuple(steps),
        )

    def _why_strong(self, sheet: Sheet, row: Pair) -> Shown | None:
        """What shows that the range must be isolated to the last page; None where nothing does."""
        checks = frozenset(name.encode() for name in row.checks)
        ends = frozenset(name.encode() for name in row.ends)
        for seen in sheet.trace.seen:
            if not any(t.pair == row.name and t.mode == HELD for t in seen.held):
                continue
            path = sheet.fn.path
            place = Place(path, sheet.fn.name, seen.event.offset)
            for name in self._run(seen):
                named = name.encode() in checks or self.sheets.reaches(name, path, checks)
                if seen.loop >= 0 and named:
                    return Shown("needs", f"{name}() is tried until the range is isolated", place)
                if name.encode() in ends or self.sheets.reaches(name, path, ends):
                    return Shown("needs", f"{name}() takes the range out of use", place)
        return None

    def _run(self, seen: Seen) -> Iterator[str]:
        """The function that is called, and what a walker calls back before it returns."""
        yield seen.event.name
        if seen.event.name in self.knowledge.walkers:
            yield from (arg.name for arg in seen.event.args if arg.kind == "global")
