"""What a loop that counts has shown: of all values before this one, or of the one just before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mmlint.dataflow.state import NONZERO, ZERO, Known, State
from mmlint.dataflow.terms import Term, number, substitute, total

if TYPE_CHECKING:
    from collections.abc import Iterator

# Of every PFN from the key up to the zone of the fact, and of the PFN before the key.
RANGE: Final = "range "
AFTER: Final = "after "
_SPECIAL: Final = ("range ", "after ", "dropped ")
_ONE: Final = number(1)


def learn(head: State, edges: list[State], entering: int, site: tuple[int, int]) -> None:
    """Add to the state at the head of a loop what its counters show.

    `edges` are the states that meet at `site`, the first `entering` of them from outside.
    """
    counted = _Counted(head, edges, entering, site)
    if counted.counters:
        head.facts |= set(counted.facts())
        for flag, known in list(counted.promises()):
            head.promise(flag, NONZERO, (known,))


class _Counted:
    def __init__(
        self, head: State, edges: list[State], entering: int, site: tuple[int, int]
    ) -> None:
        merged = {
            tuple(_bare(edge.env.get(loc)) for edge in edges): phi
            for loc, value in head.env.items()
            if (phi := _bare(value)) is not None and phi.kind == "phi" and phi.site == site
        }
        self.edges = edges
        self.entering = entering
        self.counters = {
            phi: tested
            for values, phi in merged.items()
            if (tested := _before(values, phi, entering)) is not None
        }
        self.merged = merged

    def facts(self) -> Iterator[Known]:
        """What holds of all values from the start up to the counter, or of the one before."""
        for counter, previous in self.counters.items():
            yield from self._ranges(counter, previous)
            for known in self._about(previous[self.entering], counter):
                if all(
                    known._replace(key=key) in edge.facts
                    for key, edge in zip(previous, self.edges, strict=True)
                ):
                    yield known._replace(fact=AFTER + known.fact, key=counter)

    def _ranges(self, counter: Term, previous: list[Term]) -> Iterator[Known]:
        first, latch = self.entering, self.edges[self.entering]
        for known in latch.facts:
            if known.key is None or known.fact.startswith(_SPECIAL):
                continue
            if not _is_about(known.key, previous[first]):
                continue
            at = substitute(known.key, {previous[first]: counter})
            if all(
                known._replace(key=substitute(at, {counter: seen})) in edge.facts
                for seen, edge in zip(previous[first:], self.edges[first:], strict=True)
            ):
                begin = substitute(at, {counter: previous[0]})
                yield Known(RANGE + known.fact, begin, at)

    def _about(self, value: Term, counter: Term) -> Iterator[Known]:
        for known in self.edges[self.entering].facts:
            if known.key is value and not known.fact.startswith(_SPECIAL):
                yield known._replace(key=counter)

    def promises(self) -> Iterator[tuple[Term, Known]]:
        """Flags that, when set, say that a fact holds of the PFN before the counter."""
        for counter, previous in self.counters.items():
            for values, flag in self.merged.items():
                if flag is counter or None in values:
                    continue
                for known in self._pending_about(previous[self.entering]):
                    if self._all_imply(values, known, previous):
                        yield flag, known._replace(fact=AFTER + known.fact, key=counter)

    def _pending_about(self, value: Term) -> set[Known]:
        return {
            known
            for entries in self.edges[self.entering].pending.values()
            for _, facts in entries
            for known in facts
            if known.key is value and not known.fact.startswith(_SPECIAL)
        }

    def _all_imply(
        self, values: tuple[Term | None, ...], known: Known, previous: list[Term]
    ) -> bool:
        return all(
            value is not None
            and (edge.sign(value) == ZERO or edge.implies(value, NONZERO, known._replace(key=key)))
            for value, key, edge in zip(values, previous, self.edges, strict=True)
        )


def _bare(value: Term | None) -> Term | None:
    """The PFN of a page that is walked, else the value."""
    return value.args[0] if value is not None and value.kind == "page" else value


def _before(values: tuple[Term | None, ...], phi: Term, entering: int) -> list[Term] | None:
    """The counter's values one round before, on entry the first; None if it does not count."""
    start = values[0]
    if start is None or any(v is not start for v in values[:entering]):
        return None
    if not 0 < entering < len(values):
        return None
    previous = [start] * entering
    for value in values[entering:]:
        seen = next((x for x in (phi, start) if value is total(x, _ONE)), None)
        if seen is None:
            return None
        previous.append(seen)
    return previous


def finished(state: State, counter: Term, end: Term) -> None:
    """The counter has reached `end`: what holds of all before it holds up to the end."""
    found = {
        known._replace(zone=substitute(known.zone, {counter: end}))
        for known in state.facts
        if known.fact.startswith(RANGE)
        and known.zone is not None
        and _is_about(known.zone, counter)
    }
    state.facts |= found


def _is_about(key: Term, value: Term) -> bool:
    return key == value or value in key.args


def inside(state: State, value: Term, start: Term, bound: Term) -> set[Known]:
    """Facts of a value between the start and the end of a range of which they are known."""
    ends = set(_ends(bound))
    found: set[Known] = set()
    for known in state.facts:
        if not known.fact.startswith(RANGE) or known.key is None:
            continue
        fact = known.fact.removeprefix(RANGE)
        if known.key is start and known.zone in ends:
            found.add(Known(fact, value))
        elif start is number(0) and known.zone is total(known.key, bound):
            found.add(Known(fact, total(known.key, value)))
    return found


def _ends(bound: Term) -> Iterator[Term]:
    """What a value below `bound` is below as well: the parts of a minimum, what comes after."""
    yield bound
    if bound.kind == "call" and bound.site is None:
        for arg in bound.args:
            yield from _ends(arg)
    elif bound.kind == "sum" and bound.value < 0 and len(bound.args) == 1:
        yield bound.args[0]


def same_block(state: State, pfn: Term) -> None:
    """`pfn` starts no block, so it lies in that of the PFN before."""
    wanted = {k for k in state.facts if k.key is pfn and k.fact.startswith(AFTER)}
    state.facts |= {k._replace(fact=k.fact.removeprefix(AFTER)) for k in wanted}
    for term, entries in list(state.pending.items()):
        more = tuple(
            (mask, frozenset(k._replace(fact=k.fact.removeprefix(AFTER)) for k in facts))
            for mask, facts in entries
            if any(k.key is pfn and k.fact.startswith(AFTER) for k in facts)
        )
        for mask, facts in more:
            state.promise(term, mask, (k for k in facts if k.key is pfn))
