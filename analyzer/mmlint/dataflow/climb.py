"""From an open need up to where its value comes from: through callers to the top of the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from mmlint.dataflow import terms as t
from mmlint.dataflow.boot import Boot
from mmlint.dataflow.function import Analysed
from mmlint.dataflow.origins import Origins, Source
from mmlint.dataflow.ranges import HERE
from mmlint.dataflow.reaching import Nearest, Reaching
from mmlint.dataflow.refine import SPANNED
from mmlint.dataflow.stored import Stored
from mmlint.dataflow.summary import Need
from mmlint.syntax.nodes import FunctionDef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mmlint.dataflow.terms import Term
    from mmlint.dataflow.whole import Analyses

# Callers looked at for one function, and levels of them.
MAX_CALLERS: Final = 24
MAX_CLIMB: Final = 5
_BY_NAME: Final[frozenset[int]] = frozenset()
_TAKEN: Final = frozenset({"reference"})
_OBJECTS: Final = ("struct ", "const struct ", "union ")


class Path(msgspec.Struct, frozen=True):
    """One way to an open need: `need` as the top of `chain` sees it, and the origins there.

    `holding` of `callers` direct callers meet the need; `bounded` says that the search ended early.
    `top` is the function at the end if nobody is known to call it, by name or else.
    """

    need: Need
    sources: frozenset[Source]
    chain: tuple[FunctionDef, ...]
    holding: int = 0
    callers: int = 0
    bounded: bool = False
    top: Analysed | None = None


class Climb:
    """Finds all ways on which needs stay open."""

    def __init__(self, analyses: Analyses) -> None:
        self.analyses = analyses
        self.knowledge = analyses.knowledge
        self.program = analyses.program
        self.reaching = Reaching(analyses.program, analyses.knowledge)
        self.stored = Stored(analyses)
        self.boot = Boot(analyses, self.reaching)

    def paths(self, analysed: Analysed, need: Need) -> list[Path]:
        """The ways on which `need`, open in this function, is not met; none if all meet it."""
        return list(self._up(analysed, need, (analysed.fn,)))

    def _up(self, analysed: Analysed, need: Need, chain: tuple[FunctionDef, ...]) -> Iterator[Path]:
        fn = analysed.fn
        if analysed.boot or _is_put(analysed, need):
            return
        sources = _sources(analysed, need) | self._stored(analysed, need)
        passed = _passed(sources)
        known = frozenset(s for s in sources if s.kind != "param")
        if (passed or t.params_of(need.subject)) and fn.name in self.knowledge.contract:
            yield from self._contract(analysed, need, sources, chain)
            return
        if need.need == "zone":
            yield from self._zone(analysed, need, known, chain)
            return
        if not passed or known & {s for s in known if s.kind in ("outside", "span")}:
            yield Path(need, known, chain)
            if not passed:
                return
        if not analysed.keeps(need) or not self.reaching.callers(fn, 1):
            yield from self._callers(analysed, need, sources, chain)
        elif not known or any(source.kind == "unknown" for source in known):
            made = f"made of {', '.join(sorted(passed))}"
            origin = Source("unknown", made, fn.start, fn.path, fn.name)
            yield Path(need, known or frozenset({origin}), chain)

    def _stored(self, analysed: Analysed, need: Need) -> frozenset[Source]:
        """What comes from outside by way of a structure that the same file fills."""
        found: set[Source] = set()
        for writer, value in self.stored.kept(analysed, need.subject):
            sources = Origins(writer.frame).of(value)
            found |= {s for s in sources if s.kind in ("outside", "span")}
            passed = _passed(sources)
            if passed and not self.reaching.callers(writer.fn, 1):
                outside = self._outside(writer, value, passed)
                found |= {outside} if outside is not None else set()
        return frozenset(found)

    def _zone(
        self,
        analysed: Analysed,
        need: Need,
        known: frozenset[Source],
        chain: tuple[FunctionDef, ...],
    ) -> Iterator[Path]:
        """A use of a page for a zone is judged where it stands; callers may have asked the page."""
        fn = analysed.fn
        if SPANNED not in need.has or need.marks & HERE or not self._asked(analysed, need):
            origin = Source("unknown", "a parameter", fn.start, fn.path, fn.name)
            yield Path(need, known or frozenset({origin}), chain)

    def _asked(self, analysed: Analysed, need: Need) -> bool:
        """Whether the function has callers and all of them asked the page for its zone."""
        callers = self.reaching.callers(analysed.fn, MAX_CALLERS)
        above = [self.analyses.again(caller, analysed) for caller in callers]
        return bool(above) and all(
            one is not None and all(n.touch != need.touch for n in one.needs) for one in above
        )

    def _contract(
        self,
        analysed: Analysed,
        need: Need,
        sources: frozenset[Source],
        chain: tuple[FunctionDef, ...],
    ) -> Iterator[Path]:
        """The chain ends in a promise; what a helper below makes of holes is its own affair.

        Where it is a promise to ask, callers that do not ask are no better than others.
        """
        fn = analysed.fn
        row = self.knowledge.contract[fn.name][0]
        unasked = list(self._callers(analysed, need, sources, chain)) if row.asked else []
        if unasked:
            yield from unasked
            return
        if row.holes and not row.holds and len(chain) > 1:
            need = msgspec.structs.replace(need, marks=need.marks | {"holes"})
        source = Source("contract", row.text, fn.start, fn.path, fn.name)
        yield Path(need, frozenset({source}), chain)

    def _callers(
        self,
        analysed: Analysed,
        need: Need,
        sources: frozenset[Source],
        chain: tuple[FunctionDef, ...],
    ) -> Iterator[Path]:
        fn = analysed.fn
        known = frozenset(s for s in sources if s.kind != "param")
        depth = MAX_CLIMB + 1 - len(chain)
        nearest = self.reaching.nearest(fn, MAX_CALLERS) if depth > 0 else Nearest((), lambda: 0)
        if not nearest.functions:
            source = self._outside(analysed, need.subject, _passed(sources)) or Source(
                "unknown",
                "a parameter" if depth > 0 else "a longer chain of callers",
                fn.start,
                fn.path,
                fn.name,
            )
            top = analysed if depth > 0 and source.kind == "unknown" else None
            yield Path(need, known | {source}, chain, bounded=depth <= 0, top=top)
            return
        callers = [(caller, _BY_NAME) for caller in nearest.functions]
        yield from self._over(analysed, need, chain, callers, nearest.further)

    def confirmed(self, path: Path) -> list[Path]:
        """What is left of a way when it is asked what runs at boot only and who else calls.

        Where nobody calls the last function by name, the way goes on from its indirect callers.
        It costs searches of the tree, which are worth it only where there is something to report.
        """
        return list(self._beyond(path)) if self.after_boot(path) else []

    def _beyond(self, path: Path) -> Iterator[Path]:
        top = path.top
        calls = self.reaching.indirect_calls(top.fn) if top is not None else ()
        if top is None or not calls:
            yield path
            return
        for way in self._over(top, path.need, path.chain, list(calls)):
            yield from self._beyond(way)

    def _over(
        self,
        analysed: Analysed,
        need: Need,
        chain: tuple[FunctionDef, ...],
        callers: list[tuple[FunctionDef, frozenset[int]]],
        further: Callable[[], int] = lambda: 0,
    ) -> Iterator[Path]:
        """The ways over the first callers, with the offsets of the indirect calls.

        How many `further` ones there are is only asked where there is a way.
        """
        seen = {(below.path, below.name) for below in chain}
        holding = 0
        found: list[Path] = []
        for caller, at in callers[:MAX_CALLERS]:
            key = (caller.path, caller.name)
            above = self.analyses.again(caller, analysed, at) if key not in seen else None
            if above is None:
                continue
            mine = [n for n in above.needs if _comes_from(n, need, caller)]
            ways = [way for n in mine for way in self._up(above, n, (*chain, caller))]
            holding += not ways
            found.extend(ways)
        count = len(callers) + further() if found else 0
        for way in found:
            yield msgspec.structs.replace(way, holding=holding, callers=count)

    def _outside(self, analysed: Analysed, value: Term, passed: set[str]) -> Source | None:
        """What reaches the parameters of a function that nobody calls by name.

        A structure that a callback gets is one of the kernel, whatever its other arguments are.
        """
        fn = analysed.fn
        types = analysed.frame.types
        if value.kind == "pfn" or all(
            types[name][0].startswith(_OBJECTS) for name in passed if name in types
        ):
            return None
        for use in self.reaching.uses(fn):
            if use.kind == "assembler":
                return Source("outside", f"assembler code ({use.name})", fn.start, fn.path, fn.name)
            row = self.reaching.comes_from(use)
            if row is not None:
                return Source("outside", f"{row.text} ({use.name})", use.offset, use.path, "")
        return None

    def after_boot(self, path: Path) -> bool:
        """Whether no function on the way runs at boot only."""
        return not any(map(self.boot.only, self._way(path)))

    def _way(self, path: Path) -> Iterator[FunctionDef]:
        """The functions on the way, also those below the one where the search started."""
        for place in (path.need.base, *(hop.place for hop in path.need.hops)):
            found = self.program.definitions(place.function, place.path)
            yield from (fn for fn in found if fn.path == place.path)
        yield from path.chain


def _is_put(analysed: Analysed, need: Need) -> bool:
    """Whether the function releases the page and never takes it: then it is held until then."""
    frame = analysed.frame
    if need.need != "online" or need.subject not in frame.consumed:
        return False
    return not frame.checks_of(need.subject, _TAKEN)


def _passed(sources: frozenset[Source]) -> set[str]:
    return {source.text for source in sources if source.kind == "param"}


def _sources(analysed: Analysed, need: Need) -> frozenset[Source]:
    """Where the PFN comes from, and what the walk that it belongs to is bounded by."""
    origins = Origins(analysed.frame)
    found = origins.of(need.subject)
    for bound in need.bounds:
        found |= {s for s in origins.of(bound) if s.kind in ("outside", "span", "param")}
    # What a callee reads of a structure of this function is at hand where it is called.
    place = need.hops[-1].place if need.hops else need.touch
    return frozenset(s if s.at else s._replace(at=place.offset, path=place.path) for s in found)


def _comes_from(above: Need, below: Need, caller: FunctionDef) -> bool:
    """Whether `above` is `below` one call further up, in `caller`."""
    if above.identity != below.identity or len(above.hops) != len(below.hops) + 1:
        return False
    return above.hops[: len(below.hops)] == below.hops and above.hops[-1].place.path == caller.path
