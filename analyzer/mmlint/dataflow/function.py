"""One function analysed, and the summary that its callers see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mmlint.dataflow import terms as t
from mmlint.dataflow.origins import Origins
from mmlint.dataflow.state import ANY, NONZERO, OUTCOMES, ZERO, Known, State
from mmlint.dataflow.summary import RESULT, Need, Summary
from mmlint.dataflow.terms import Term
from mmlint.syntax.nodes import Return

if TYPE_CHECKING:
    from mmlint.dataflow.frame import Frame
    from mmlint.syntax.nodes import FunctionDef


class Analysed:
    """A function with what its analysis showed."""

    def __init__(self, frame: Frame) -> None:
        self.fn: FunctionDef = frame.fn
        self.frame = frame
        self.boot = bool(frame.fn.annotations & frame.knowledge.boot)
        self.needs = [self._with_put_path(need) for need in frame.needs.values()]
        self.summary = _Summarised(self).summary()

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
        contract = self.frame.fn.name in self.frame.knowledge.contract
        open_needs = () if contract or self.analysed.boot else tuple(self._needs())
        return Summary(
            params=self.params,
            returns=self._returns(),
            implies=tuple(self._implies()),
            ends=frozenset(k for k in self.frame.ends if k.key is None or self._said(k.key)),
            stores=tuple(self._stores()),
            touches=frozenset(self.frame.touched) & frozenset(self.params),
            conversions=tuple(
                (k, made)
                for k, places in self.frame.conversions.items()
                if self._said(k)
                for made in places
            ),
            needs=open_needs,
            wrapper=self._wrapper(),
            macro=self.frame.fn.is_macro,
            boot=self.analysed.boot,
        )

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
        if len(solid) != 1:
            return None
        (only,) = solid
        if not t.expressible(only) or not t.params_of(only) or only.kind == "op":
            return None
        nullable = any(t.is_null(v) or v.kind == "opt" for v in values)
        return (
            t.or_null(only)
            if nullable and only.kind in ("page", "param")
            else None
            if nullable
            else only
        )

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
            location = (t.make("param", param), "*")
            values = {
                state.env.get(location) for value, state in self.exits if not _failed(value, state)
            }
            if len(values) == 1:
                (only,) = values
                if only is not None and t.expressible(only):
                    found.append((param, only))
        return found

    def _needs(self) -> list[Need]:
        """Needs that only a caller can meet: their subject is made of parameters."""
        origins = Origins(self.frame)
        found = []
        for need in self.analysed.needs:
            subject = need.subject if self._said(need.subject) else self._abstracted(need.subject)
            if subject is None or self._met(need):
                continue
            if any(s.kind == "param" for s in origins.of(need.subject)):
                found.append(msgspec.structs.replace(need, subject=subject))
        return found

    def _met(self, need: Need) -> bool:
        row = self.frame.knowledge.needs[need.need]
        return bool(need.has & set(row.evidence))

    def _abstracted(self, subject: Term) -> Term | None:
        """A walked PFN said by where the walk starts, if that is a parameter's value."""
        into = {}
        for phi in subject.phis:
            if phi.kind == "phi":
                begun = self.frame.phis.start.get(phi) or self._first_said(phi)
                if begun is not None:
                    into[phi] = begun
        start = t.substitute(subject, into)
        return start if self._said(start) else None

    def _first_said(self, phi: Term) -> Term | None:
        return next((v for v in self.frame.phis.incoming.get(phi, ()) if self._said(v)), None)

    @staticmethod
    def _is_param(pfn: Term) -> bool:
        return pfn.kind == "pfn" and pfn.args[0].kind == "param"

    def _wrapper(self) -> bool:
        body = self.frame.fn.body
        asks = any(n.need == "reference" and self._is_param(n.subject) for n in self.analysed.needs)
        return asks and len(body) == 1 and isinstance(body[0], Return)


def _failed(value: Term | None, state: State) -> bool:
    """Whether the exit returns an error: nobody uses what was stored then."""
    return value is not None and not state.sign(value) & ~1 and not state.sign(value) & ZERO
