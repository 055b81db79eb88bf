"""From an open need up to where its value comes from: through callers to the top of the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from mmlint.dataflow.boot import Boot
from mmlint.dataflow.origins import Origins, Source
from mmlint.dataflow.summary import Need
from mmlint.syntax.nodes import FunctionDef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.callgraph.program import Caller
    from mmlint.dataflow.function import Analysed
    from mmlint.dataflow.whole import Analyses

# Callers looked at for one function, and levels of them.
MAX_CALLERS: Final = 24
MAX_CLIMB: Final = 5


class Path(msgspec.Struct, frozen=True):
    """One way to an open need: `need` as the top of `chain` sees it, and the origins there.

    `holding` of `callers` direct callers meet the need; `bounded` says that the search ended early.
    """

    need: Need
    sources: frozenset[Source]
    chain: tuple[FunctionDef, ...]
    holding: int = 0
    callers: int = 0
    bounded: bool = False


class Climb:
    """Finds all ways on which needs stay open."""

    def __init__(self, analyses: Analyses) -> None:
        self.analyses = analyses
        self.knowledge = analyses.knowledge
        self.program = analyses.program
        self.boot = Boot(analyses.program, analyses.knowledge)

    def paths(self, analysed: Analysed, need: Need) -> list[Path]:
        """The ways on which `need`, open in this function, is not met; none if all meet it."""
        return list(self._up(analysed, need, (analysed.fn,)))

    def _up(self, analysed: Analysed, need: Need, chain: tuple[FunctionDef, ...]) -> Iterator[Path]:
        fn = analysed.fn
        if analysed.boot:
            return
        sources = Origins(analysed.frame).of(need.subject)
        passed = {s.text for s in sources if s.kind == "param"}
        known = frozenset(s for s in sources if s.kind != "param")
        if passed and fn.name in self.knowledge.contract:
            row = self.knowledge.contract[fn.name][0]
            yield Path(
                need, frozenset({Source("contract", row.text, fn.start, fn.path, fn.name)}), chain
            )
            return
        if not passed or known & {s for s in known if s.kind in ("outside", "span")}:
            yield Path(need, known, chain)
            if not passed:
                return
        yield from self._callers(analysed, need, known, chain)

    def _callers(
        self,
        analysed: Analysed,
        need: Need,
        known: frozenset[Source],
        chain: tuple[FunctionDef, ...],
    ) -> Iterator[Path]:
        fn = analysed.fn
        depth = MAX_CLIMB + 1 - len(chain)
        seen = {(below.path, below.name) for below in chain}
        callers = (
            [] if depth <= 0 else self._functions(self.program.callers(fn.name, fn.path, fn.static))
        )
        if not callers:
            source = self._outside(analysed, need) or Source(
                "unknown",
                "a parameter" if depth > 0 else "a longer chain of callers",
                fn.start,
                fn.path,
                fn.name,
            )
            yield Path(need, known | {source}, chain, bounded=depth <= 0)
            return
        holding = 0
        found: list[Path] = []
        for caller in callers[:MAX_CALLERS]:
            key = (caller.path, caller.name)
            above = self.analyses.of(caller) if key not in seen else None
            if above is None:
                continue
            mine = [n for n in above.needs if _comes_from(n, need, caller)]
            ways = [way for n in mine for way in self._up(above, n, (*chain, caller))]
            holding += not ways
            found.extend(ways)
        for way in found:
            yield msgspec.structs.replace(way, holding=holding, callers=len(callers))

    def _functions(self, callers: tuple[Caller, ...]) -> list[FunctionDef]:
        return [fn for caller in callers for fn in self.program.parse(caller.path, caller.site)]

    def _outside(self, analysed: Analysed, need: Need) -> Source | None:
        """What reaches the parameters of a function that nobody calls by name."""
        fn = analysed.fn
        if need.subject.kind == "pfn":
            return None
        for use in self.program.references(fn.name, fn.path, fn.static):
            row = None
            if use.kind == "field":
                rows = self.knowledge.origin_of_callback.get(use.name, ())
                row = next((r for r in rows if r.struct in ("", use.struct)), None)
            elif use.kind == "macro":
                row = self.knowledge.origin_of_attribute(use.name)
            elif use.kind == "assembler":
                return Source("outside", f"assembler code ({use.name})", fn.start, fn.path, fn.name)
            if row is not None and row.kind == "outside":
                return Source("outside", f"{row.text} ({use.name})", use.offset, use.path, "")
        return None

    def after_boot(self, paths: list[Path]) -> list[Path]:
        """Those ways on which no function runs at boot only."""
        return [path for path in paths if not any(self.boot.only(fn) for fn in path.chain)]


def _comes_from(above: Need, below: Need, caller: FunctionDef) -> bool:
    """Whether `above` is `below` one call further up, in `caller`."""
    if above.identity != below.identity or len(above.hops) != len(below.hops) + 1:
        return False
    return above.hops[: len(below.hops)] == below.hops and above.hops[-1].place.path == caller.path
