"""What is known at one point of a function, and how paths merge.

A state maps locations to terms and holds facts about terms (a must-analysis: a fact holds on every
path). `signs` narrows a term to a set of {negative, zero, positive}; `pending` says which facts a
term will bring once it is narrowed, so that a result that is kept and tested later, or a flag that
goes with a lock, needs no special case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from mmlint.dataflow.terms import (
    ANY,
    NEGATIVE,
    NONZERO,
    NULL,
    POSITIVE,
    ZERO,
    Term,
    is_null,
    make,
    page_of,
    pfn_of,
)

__all__ = [
    "ANY",
    "NEGATIVE",
    "NONZERO",
    "OUTCOMES",
    "POSITIVE",
    "ZERO",
    "Known",
    "Location",
    "Pending",
    "State",
    "join",
]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mmlint.dataflow.phis import Phis

OUTCOMES: Final = (NONZERO, ZERO, NEGATIVE, POSITIVE, ZERO | POSITIVE)

Location = str | tuple[Term, str]


class Known(NamedTuple):
    """A fact about the PFN `key` (None: the running context); `zone` goes with a zone's fact."""

    fact: str
    key: Term | None
    zone: Term | None = None


Pending = tuple[int, frozenset[Known]]
_CERTAIN: Final = frozenset({"page", "num"})


class State:
    """Everything known at one point; `copy` before changing a state that others see."""

    __slots__ = ("env", "facts", "pending", "signs")

    def __init__(
        self,
        env: dict[Location, Term] | None = None,
        facts: set[Known] | None = None,
        signs: dict[Term, int] | None = None,
        pending: dict[Term, tuple[Pending, ...]] | None = None,
    ) -> None:
        self.env = env if env is not None else {}
        self.facts = facts if facts is not None else set()
        self.signs = signs if signs is not None else {}
        self.pending = pending if pending is not None else {}

    def copy(self) -> State:
        """An independent state that knows the same."""
        return State(self.env.copy(), self.facts.copy(), self.signs.copy(), self.pending.copy())

    def same(self, other: State) -> bool:
        """Whether both know exactly the same."""
        return self is other or (
            self.env == other.env
            and self.facts == other.facts
            and self.signs == other.signs
            and self.pending == other.pending
        )

    def sign(self, term: Term) -> int:
        """The signs that the term can have here."""
        return term.sign or self.signs.get(term, ANY)

    def about(self, key: Term | None) -> frozenset[str]:
        """Names of the facts known of a PFN, or of the context."""
        return frozenset(known.fact for known in self.facts if known.key is key)

    def promise(self, term: Term, mask: int, facts: Iterable[Known]) -> None:
        """Remember that `facts` hold once `term` is known to be one of `mask`."""
        wanted = frozenset(facts)
        if not wanted:
            return
        if self.sign(term) & ~mask == 0:
            self.facts |= wanted
            return
        self.pending[term] = (*self.pending.get(term, ()), (mask, wanted))

    def without(self, phis: set[Term]) -> State:
        """What is known but for terms that hold one of `phis`; shares what it can."""
        if not phis:
            return self
        rest = State(self.env, self.facts, self.signs, self.pending)
        rest.forget(phis)
        return rest

    def forget(self, phis: frozenset[Term] | set[Term]) -> None:
        """Drop what is known of terms that hold one of `phis`: they now mean another value."""
        if not phis:
            return
        if self.facts:
            self.facts = {k for k in self.facts if not _mentions(k, phis)}
        if self.signs:
            self.signs = {t: s for t, s in self.signs.items() if t.phis.isdisjoint(phis)}
        if not self.pending:
            return
        self.pending = {
            t: kept
            for t, entries in self.pending.items()
            if t.phis.isdisjoint(phis)
            and (kept := tuple(e for e in entries if not any(_mentions(k, phis) for k in e[1])))
        }

    def implies(self, term: Term, mask: int, known: Known) -> bool:
        """Whether `term` being one of `mask` brings the fact here, or cannot be."""
        return bool(self.implied(term, mask, {known}))

    def implied(self, term: Term, mask: int, wanted: set[Known]) -> set[Known]:
        """Those of the facts `wanted` that `term` being one of `mask` brings, all if it cannot."""
        possible = (term.sign or self.signs.get(term, ANY)) & mask
        if not possible:
            return wanted
        found = wanted & self.facts
        for m, facts in self.pending.get(term, ()):
            if not possible & ~m:
                found |= wanted & facts
        if term.kind != "op" or term.name not in ("==", "!=") or not is_null(term.args[1]):
            return found
        if possible & ZERO and possible & NONZERO:
            return found
        other = NONZERO if (possible == ZERO) == (term.name == "==") else ZERO
        return found | self.implied(term.args[0], other, wanted)


def _mentions(known: Known, phis: frozenset[Term] | set[Term]) -> bool:
    if known.key is not None and not known.key.phis.isdisjoint(phis):
        return True
    return known.zone is not None and not known.zone.phis.isdisjoint(phis)


class _Merge:
    """The merge of the states of several edges at one node."""

    def __init__(
        self, site: tuple[int, int], edges: Sequence[State], phis: Phis, entering: int
    ) -> None:
        self.site = site
        self.phis = phis
        self.entering = entering
        self.lasting = phis.lasting
        self.mine = set(phis.at.get(site, ()))
        # Facts about the value that comes round a loop still name it as the round before did.
        self.before = edges
        self.edges = [edge.without(self.mine) for edge in edges]
        phis.noted.pop(site, None)
        self.shared: dict[tuple[Term | None, ...], Term] = {}
        self.tested: list[tuple[Term, list[Term]]] = []

    def run(self) -> State:
        env = self._agreed()
        for loc, values in self._differing(env):
            merged = self._merged(loc, values)
            if merged is not None:
                env[loc] = merged
                if any(v is not merged for v in values):
                    # Where the variable has no value, the merged one is still what it is.
                    given = [merged if v.kind == "undef" else v for v in values]
                    own = merged.kind == "phi" or merged.site == self.site
                    self.tested.append((merged, values if own else given))
        result = State(env, self._facts())
        self._signs(result)
        self._pending(result)
        return result

    def _agreed(self) -> dict[Location, Term]:
        """The locations that hold one value on all edges: the most, and nothing to merge."""
        first, *others = (edge.env for edge in self.edges)
        mine = self.mine
        differed = self.phis.differed.get(self.site, ()) if self.lasting else ()
        env: dict[Location, Term] = {}
        same = list(first.items())
        for other in others:
            held = other.get
            same = [item for item in same if held(item[0]) is item[1]]
        for loc, value in same:
            if value.kind != "undef" and loc not in differed and value.phis.isdisjoint(mine):
                env[loc] = value
        return env

    def _differing(self, agreed: dict[Location, Term]) -> list[tuple[Location, list[Term]]]:
        """The other locations with their values, in an order that no edge has a say in."""
        values: dict[Location, list[Term]] = {}
        for edge in self.edges:
            for loc in edge.env:
                if loc not in agreed and loc not in values:
                    unset = self._unset(loc)
                    values[loc] = [each.env.get(loc, unset) for each in self.edges]
        return sorted(
            values.items(),
            key=lambda item: (any(v.kind in ("page", "opt") for v in item[1]), str(item[0])),
        )

    def _unset(self, loc: Location) -> Term:
        """The value of a location to which nothing was stored: a global or a field is itself."""
        if not isinstance(loc, str):
            return make("field", loc[1], (loc[0],))
        local = loc in self.phis.locals or loc.startswith("$")
        return make("undef" if local else "global", loc)

    def _merged(self, loc: Location, values: list[Term]) -> Term | None:
        given = [v for v in values if v.kind != "undef"]
        if not given:
            return None
        if self.lasting and loc in self.phis.differed.get(self.site, ()):
            return self._phi(loc, values)
        stale = any(not v.phis.isdisjoint(self.mine) for v in given)
        if not stale and all(v is given[0] for v in given):
            return given[0]
        bare = [
            None if v.kind == "undef" or is_null(v) else v.args[0] if v.kind == "opt" else v
            for v in values
        ]
        solid = [v for v in bare if v is not None]
        maybe_null = any(is_null(v) or v.kind == "opt" for v in given)
        if not solid:
            return NULL
        merged = self._merged_solid(loc, bare, solid, stale)
        return self._or_null(loc, merged, values) if maybe_null else merged

    def _or_null(self, loc: Location, merged: Term, values: list[Term]) -> Term:
        """`merged` where some edges bring NULL: a page stays one, a number is another number."""
        given = [v for v in values if v.kind != "undef"]
        pages = all(v.kind in ("page", "opt") or is_null(v) for v in given)
        partly = merged.kind != "phi" and len(given) < len(values)
        if not (merged.kind == "page" or pages or partly):
            return self._phi(loc, values)
        # A value of this merge alone: another variable that may be NULL is another value.
        name = loc if isinstance(loc, str) else f"{loc[0]!r}.{loc[1]}"
        found = make("opt", name, (merged,), self.site)
        self.phis.at.setdefault(self.site, set()).add(found)
        return found

    def _merged_solid(
        self, loc: Location, bare: list[Term | None], solid: list[Term], stale: bool
    ) -> Term:
        if not stale and all(v is solid[0] for v in solid):
            return solid[0]
        if all(v.kind == "page" for v in solid):
            return page_of(self._phi(loc, [v and v.args[0] for v in bare], "#"))
        return self._phi(loc, bare)

    def _phi(self, loc: Location, values: Sequence[Term | None], mark: str = "") -> Term:
        key = tuple(values)
        self.phis.differed.setdefault(self.site, set()).add(loc)
        found = None if self.lasting else self.shared.get(key)
        if found is None:
            name = loc if isinstance(loc, str) else f"{loc[0]!r}.{loc[1]}"
            found = make("phi", name + mark, site=self.site)
            self.shared[key] = found
        self.phis.record(found, values, self.entering)
        return found

    def _facts(self) -> set[Known]:
        """Facts of all edges, and those that every edge knows of its part of a merged value."""
        before = [edge.facts for edge in self.before]
        facts = set.intersection(*(edge.facts for edge in self.edges))
        if all(known.key is None for held in before for known in held):
            return facts
        for values, phi in self.shared.items():
            for key_of in (_itself, pfn_of):
                for known in self._of_parts(values, before, key_of):
                    if all(
                        v is None or known._replace(key=key_of(v)) in held
                        for v, held in zip(values, before, strict=True)
                    ):
                        facts.add(known._replace(key=key_of(phi)))
        return facts

    def _of_parts(
        self,
        values: tuple[Term | None, ...],
        facts: list[set[Known]],
        key_of: Callable[[Term], Term],
    ) -> set[Known]:
        found: set[Known] = set()
        for value, held in zip(values, facts, strict=True):
            if value is not None and held:
                key = key_of(value)
                found |= {known for known in held if known.key is key}
        return found

    def _signs(self, result: State) -> None:
        for term in self.edges[0].signs:
            mask = term.sign
            for edge in () if mask else self.edges:
                mask |= edge.signs.get(term, ANY)
                if mask == ANY:
                    break
            else:
                result.signs[term] = mask
        for merged, values in self.tested:
            mask = 0
            for value, edge in zip(values, self.edges, strict=True):
                mask |= edge.sign(value)
            if mask != ANY and merged.kind == "phi":
                result.signs[merged] = mask

    def _pending(self, result: State) -> None:
        lost = set().union(*(edge.facts for edge in self.edges)) - result.facts
        for edge in self.edges:
            for entries in edge.pending.values():
                for _, facts in entries:
                    lost |= facts - result.facts
        if not lost:
            return
        tested = list(self.tested)
        seen: dict[Term, None] = {}
        for edge in self.edges:
            seen.update(dict.fromkeys(edge.pending))
            seen.update(dict.fromkeys(edge.signs))
        merged = {m for m, _ in tested}
        tested.extend((t, [t] * len(self.edges)) for t in seen if t not in merged)
        tested = [
            (term, values)
            for term, values in tested
            if term.kind not in _CERTAIN and self._tells(values)
        ]
        for term, values in tested:
            parts = [(v, edge, edge.sign(v)) for v, edge in zip(values, self.edges, strict=True)]
            pending = any(v.kind == "op" or v in edge.pending for v, edge, _ in parts)
            if not pending and len({(v.kind == "undef", sign) for v, _, sign in parts}) == 1:
                continue
            for mask in OUTCOMES:
                able = [sign & mask for value, _, sign in parts if value.kind != "undef"]
                # What no edge can have as its outcome says nothing, nor what they all can have.
                if any(able) and (pending or len(able) < len(parts) or not all(able)):
                    result.promise(term, mask, _implied(parts, mask, lost))

    def _tells(self, values: list[Term]) -> bool:
        """Whether the outcome of a test of this value can say which edge was taken."""
        for value, edge in zip(values, self.edges, strict=True):
            if value in edge.pending or (value.sign or edge.signs.get(value, ANY)) != ANY:
                return True
        return False


def _implied(parts: list[tuple[Term, State, int]], mask: int, lost: set[Known]) -> set[Known]:
    """Those of `lost` that hold on each edge on which the value's outcome is one of `mask`."""
    kept = lost
    for value, edge, sign in parts:
        if value.kind == "undef" or not sign & mask:
            continue
        kept = edge.implied(value, mask, kept)
        if not kept:
            break
    return kept


def _itself(value: Term) -> Term:
    return value


def join(site: tuple[int, int], edges: Sequence[State], phis: Phis, entering: int) -> State:
    """The state where the `edges` meet at `site`; the first `entering` edges enter a loop there.

    Commutative, associative and idempotent in what is known; values that differ become one merged
    value, whose parts are kept in `phis`.
    """
    return _Merge(site, edges, phis, entering).run()
