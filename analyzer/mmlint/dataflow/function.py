"""One function analysed, and the summary that its callers see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from mmlint.dataflow import terms as t
from mmlint.dataflow.origins import Origins
from mmlint.dataflow.ranges import HERE, base, with_first_page
from mmlint.dataflow.state import ANY, NONZERO, OUTCOMES, ZERO, Known, Location, State
from mmlint.dataflow.summary import RESULT, SOME, Conversion, Need, Summary
from mmlint.dataflow.terms import Term
from mmlint.syntax.nodes import Return

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.dataflow.frame import Frame
    from mmlint.syntax.nodes import FunctionDef

# Ends of a walk that are handed to callers, and loops around a walk that are looked through.
MAX_BOUNDS: Final = 4
MAX_NESTED: Final = 3


class Analysed:
    """A function with what its analysis showed."""

    def __init__(self, frame: Frame) -> None:
        self.fn: FunctionDef = frame.fn
        self.frame = frame
        self.boot = bool(frame.fn.annotations & frame.knowledge.boot)
        self.needs = [
            self._with_put_path(with_first_page(need, frame)) for need in frame.needs.values()
        ]
        self.summary = _Summarised(self).summary()

    def keeps(self, need: Need) -> bool:
        """Whether an open need is handed to no caller, who could not say what it is about."""
        handed = self.summary.needs
        return not _is_closed(need, self.frame) and all(
            n.identity != need.identity or n.hops != need.hops for n in handed
        )

    def settle(self) -> None:
        """Forget the body, and what only the analysis itself was in need of."""
        self.fn = self.frame.fn = msgspec.structs.replace(self.fn, body=())
        self.frame.settle()

    def _with_put_path(self, need: Need) -> Need:
        """Who drops the page later holds it now, unless it was dropped before the question."""
        late = any(fact.startswith("dropped ") for fact in need.has)
        if need.subject in self.frame.consumed and not late:
            return msgspec.structs.replace(need, has=need.has | {"put-path"})
        return need


class _Summarised:
    """Reads the summary off an analysed function."""

    def __init__(self, analysed: Analysed) -> None:
        self.analysed = analysed
        self.frame = analysed.frame
        self.params = tuple(p.name for p in self.frame.fn.params)
        self.exits = self.frame.exits

    def summary(self) -> Summary:
        """What callers may rely on and must provide."""
        contract = self.frame.knowledge.contract.get(self.frame.fn.name, ())
        closed = any(not row.asked for row in contract) or self.analysed.boot
        open_needs = () if closed else tuple(self._needs())
        return Summary(
            params=self.params,
            returns=self._returns(),
            implies=tuple(self._implies()),
            ends=frozenset(k for k in self.frame.ends if k.key is None or self._said(k.key)),
            stores=tuple(self._stores()),
            touches=frozenset(self.frame.touched) & frozenset(self.params),
            untested=frozenset(self.frame.untested) & frozenset(self.params),
            links=frozenset(self.frame.linked) & frozenset(self.params),
            conversions=tuple(self._conversions()),
            needs=open_needs,
            wrapper=self._wrapper(),
            macro=self.frame.fn.is_macro,
            boot=self.analysed.boot,
        )

    def _conversions(self) -> Iterator[tuple[Term, Conversion]]:
        """Where PFNs that a caller can say became pages, and the page that is returned."""
        returned = {t.pfn_of(value) for value, _ in self.exits if value is not None}
        for key, places in self.frame.conversions.items():
            said = self._said(key)
            for made in places if said else ():
                yield key, made
            if not said and key in returned:
                for made in places:
                    yield t.pfn_of(RESULT), made

    def _said(self, term: Term) -> bool:
        return (
            t.expressible(term)
            and bool(t.params_of(term))
            and t.params_of(term) <= set(self.params)
        )

    def _returns(self) -> Term | None:
        values = [value for value, _ in self.exits if value is not None]
        if not values or len(values) != len(self.exits):
            return None
        solid = {v.args[0] if v.kind == "opt" else v for v in values if not t.is_null(v)}
        only = next(iter(solid)) if len(solid) == 1 else None
        if only is None or not t.expressible(only):
            only = self._moved(solid)
        if only is None:
            return None
        if not t.params_of(only) or only.kind == "op":
            return None
        if not any(t.is_null(v) or v.kind == "opt" for v in values):
            return only
        return t.or_null(only) if only.kind in ("page", "param") else None

    def _moved(self, values: set[Term]) -> Term | None:
        """A page some way from the parameter that all `values` are counted from."""
        starts = {self._start(value) for value in values}
        only = starts.pop() if len(starts) == 1 else None
        return None if only is None else t.total(only, SOME)

    def _start(self, value: Term) -> Term | None:
        """What a caller can say of a page that was reached by counting."""
        if value.kind == "page":
            start = self._start_of(value.args[0])
            return None if start is None else t.page_of(start)
        start = self._start_of(value)
        if start is None or start.kind != "param":
            return None
        kind, pointer = self.frame.types.get(start.name, ("", 0))
        return start if pointer == 1 and kind in self.frame.knowledge.page_types else None

    def _start_of(self, value: Term) -> Term | None:
        counted = value.args if value.kind == "sum" else (value,)
        said = [part for part in counted if self._said(part)]
        return said[0] if len(said) == 1 else None

    def _implies(self) -> list[tuple[int, frozenset[Known]]]:
        """For each outcome, what holds at every exit that can have it."""
        if not self.exits:
            return []
        found = []
        always = self._common(ANY)
        if always:
            found.append((ANY, always))
        for mask in OUTCOMES:
            facts = self._common(mask) - always
            if facts:
                found.append((mask, facts))
        return found

    def _common(self, mask: int) -> frozenset[Known]:
        """Facts that every exit with a result of `mask` knows; none where no exit has one."""
        common: set[Known] | None = None
        for value, state in self.exits:
            if value is not None and not state.sign(value) & mask:
                continue
            facts = self._at_exit(value, state, mask)
            common = facts if common is None else common & facts
            if not common:
                break
        return frozenset(common or ())

    def _at_exit(self, value: Term | None, state: State, mask: int) -> set[Known]:
        facts = set(state.facts)
        if value is not None:
            possible = state.sign(value) & mask
            for pending_mask, pending in state.pending.get(value, ()):
                if possible & ~pending_mask == 0:
                    facts |= pending
            if value.kind == "op" and mask in (NONZERO, ZERO):
                assumed = self.frame.refinement.assume(state.copy(), value, holds=mask == NONZERO)
                facts |= assumed.facts if assumed is not None else set()
        return {said for known in facts for said in self._in_terms_of_caller(known, value)}

    def _in_terms_of_caller(self, known: Known, value: Term | None) -> list[Known]:
        if known.zone is not None and not t.expressible(known.zone):
            known = known._replace(zone=None)
        if known.key is None:
            return [] if known.fact.startswith("dropped ") else [known]
        if known.fact == "in block":
            return []
        said = [known] if self._said(known.key) else []
        if (
            value is not None
            and value.kind not in ("num", "param")
            and known.key is t.pfn_of(value)
        ):
            said.append(known._replace(key=t.pfn_of(RESULT)))
        return said

    def _stores(self) -> list[tuple[str, Term]]:
        found = []
        for param in self.params:
            only = self._stored((t.make("param", param), "*"))
            if only is not None:
                found.append((param, only))
        return found

    def _stored(self, location: Location) -> Term | None:
        """What all exits with success leave there, as far as a caller can say it."""
        given = [(v, s, s.env.get(location)) for v, s in self.exits if not _failed(v, s)]
        without = [v is not None and s.sign(v) == ZERO for v, s, stored in given if stored is None]
        values = {stored for _, _, stored in given if stored is not None}
        if len(values) != 1 or not all(without):
            return None
        if without and any(v is None or s.sign(v) & ZERO for v, s, stored in given if stored):
            return None
        (only,) = values
        if t.expressible(only):
            return only
        starts = self._counted_from(only, frozenset())
        return t.total(starts.pop(), SOME) if len(starts) == 1 and t.NULL not in starts else None

    def _counted_from(self, value: Term, seen: frozenset[Term]) -> set[Term]:
        """The parameters' values that `value` is counted or rounded from; 0 stands for others."""
        if self._said(value):
            return {base(value)}
        if value.kind == "undef" or value in seen:
            return set()
        if value.kind == "phi":
            inner = self.frame.phis.incoming.get(value, ())
            return set().union(*(self._counted_from(v, seen | {value}) for v in inner))
        if value.kind != "sum":
            return {t.NULL}
        found = set().union(*(self._counted_from(part, seen) for part in value.args))
        return found - {t.NULL} or found

    def _needs(self) -> list[Need]:
        """Needs that only a caller can meet: their subject is made of parameters."""
        origins = Origins(self.frame)
        found = []
        for need in self.analysed.needs:
            subject = need.subject if self._said(need.subject) else self._abstracted(need.subject)
            if subject is None or _is_closed(need, self.frame):
                continue
            if any(s.kind == "param" for s in origins.of(need.subject)):
                bounds = self._bounds(need)
                found.append(msgspec.structs.replace(need, subject=subject, bounds=bounds))
        return found

    def _bounds(self, need: Need) -> tuple[Term, ...]:
        """What the walk of the subject is compared with, as far as callers can say it."""
        compared = self.frame.refinement.bounds
        own = (b for phi in need.subject.phis for b in compared.get(phi, ()))
        said = (b for b in (*need.bounds, *own) if self._said(b))
        return tuple(sorted(set(said), key=repr)[:MAX_BOUNDS])

    def _abstracted(self, subject: Term) -> Term | None:
        """A walked PFN said by where the walk starts, if that is a parameter's value."""
        for _ in range(MAX_NESTED):
            begun = {phi: self._begun(phi) for phi in subject.phis}
            into = {phi: value for phi, value in begun.items() if value is not None}
            subject = t.substitute(subject, into)
            if self._said(subject):
                return subject
        return self._start_of(subject) if subject.kind == "sum" else None

    def _begun(self, phi: Term) -> Term | None:
        """What a walk starts with, or one of the values that are merged which callers can say."""
        frame = self.frame
        if phi.kind == "iter" and phi.name in frame.knowledge.establish:
            return next(iter(frame.arguments.get(phi, ())), None)
        if phi.kind != "phi":
            return None
        return frame.phis.start.get(phi) or self._first_said(phi, frozenset({phi}))

    def _first_said(self, phi: Term, seen: frozenset[Term]) -> Term | None:
        merged = self.frame.phis.incoming.get(phi, ())
        said = next(filter(self._said, merged), None)
        inner = (v for v in merged if v.kind == "phi" and v not in seen)
        further = (self._first_said(v, seen | {v}) for v in inner)
        return said or next((value for value in further if value is not None), None)

    @staticmethod
    def _is_param(pfn: Term) -> bool:
        return pfn.kind == "pfn" and pfn.args[0].kind == "param"

    def _wrapper(self) -> bool:
        body = self.frame.fn.body
        asks = any(n.need == "reference" and self._is_param(n.subject) for n in self.analysed.needs)
        return asks and len(body) == 1 and isinstance(body[0], Return)


def _is_closed(need: Need, frame: Frame) -> bool:
    """Whether a need is met here after all, or nobody else is to blame for it."""
    row = frame.knowledge.needs[need.need]
    return bool(need.has & set(row.evidence) or need.marks & HERE)


def _failed(value: Term | None, state: State) -> bool:
    """Whether the exit returns an error: nobody uses what was stored then."""
    return value is not None and not state.sign(value) & ~1 and not state.sign(value) & ZERO
