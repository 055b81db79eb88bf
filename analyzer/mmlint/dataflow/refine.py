"""What a branch teaches: the state on the edge where a test came out one way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mmlint.dataflow import counting
from mmlint.dataflow.state import ANY, NEGATIVE, NONZERO, POSITIVE, ZERO, Known, State
from mmlint.dataflow.terms import NULL, Term, is_null, make, parts

if TYPE_CHECKING:
    from mmlint.dataflow.phis import Phis
    from mmlint.knowledge import Knowledge

# Facts of comparisons with the ends of a span, and what they give together.
BELOW_SPAN: Final = "below span"
FROM_SPAN: Final = "from span"
SPANNED: Final = "spanned"

_SIGNS: Final = {"negative": NEGATIVE, "zero": ZERO, "positive": POSITIVE}

# What `x OP 0` says of x when it is true.
_AGAINST_ZERO: Final = {
    "==": ZERO,
    "!=": NONZERO,
    "<": NEGATIVE,
    "<=": NEGATIVE | ZERO,
    ">": POSITIVE,
    ">=": ZERO | POSITIVE,
}
_OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED: Final = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


class Refinement:
    """Narrows states by tests; the merged values of the function tell where loops started."""

    def __init__(self, knowledge: Knowledge, phis: Phis) -> None:
        self._knowledge = knowledge
        self._phis = phis
        self.bounds: dict[Term, list[Term]] = {}

    def assume(self, state: State, test: Term, holds: bool) -> State | None:
        """`state` where `test` is non-zero (or zero); None where that cannot be."""
        return self._narrow(state, test, NONZERO if holds else ZERO)

    def narrow(self, state: State, term: Term, mask: int) -> State | None:
        """`state` where the sign of `term` is one of `mask`; None where that cannot be."""
        return self._narrow(state, term, mask)

    def _narrow(self, state: State, term: Term, mask: int) -> State | None:
        possible = state.sign(term) & mask
        if not possible:
            return None
        if possible & ~NONZERO == 0 or possible == ZERO:
            special = self._structure(state, term, possible != ZERO)
            if special is None:
                return None
            state = special
            self._unaligned(state, term, possible)
        if term.kind == "opt":
            return self._null_test(state, term, possible)
        if term.kind not in ("num", "page"):
            state.signs[term] = possible
        return self._fire(state, term, possible)

    def _fire(self, state: State, term: Term, possible: int) -> State:
        for mask, facts in state.pending.get(term, ()):
            if possible & ~mask == 0:
                state.facts |= facts
        return state

    def _null_test(self, state: State, term: Term, possible: int) -> State:
        """A value that may be NULL is NULL, or it is the value: everywhere it is kept."""
        state = self._fire(state, term, possible)
        if possible == ZERO:
            certain: Term = NULL
        elif not possible & ZERO:
            certain = term.args[0]
        else:
            state.signs[term] = possible
            return state
        state.env = {loc: certain if v is term else v for loc, v in state.env.items()}
        state.signs[term] = possible
        return state

    def _structure(self, state: State, term: Term, holds: bool) -> State | None:
        """Tests made of other values: comparisons and sign predicates."""
        if term.kind == "op" and term.name in _OPPOSITE:
            return self._compare(state, term if holds else _opposite(term))
        if term.kind == "call":
            for row in self._knowledge.sign.get(term.name, ()):
                if row.arg <= len(term.args):
                    mask = sum(_SIGNS[s] for s in row.true)
                    return self._narrow(
                        state, term.args[row.arg - 1], mask if holds else ANY & ~mask
                    )
        return state

    def _compare(self, state: State, test: Term) -> State | None:
        left, right = test.args
        if is_null(left) or (
            left.kind in ("num", "global") and right.kind not in ("num", "global")
        ):
            left, right, operator = right, left, _MIRRORED[test.name]
        else:
            operator = test.name
        narrowed = self._against(state, left, operator, right)
        if narrowed is None:
            return None
        if operator in ("==", ">="):
            counting.finished(narrowed, left, right)
        if operator in ("==", "<="):
            counting.finished(narrowed, right, left)
        if operator == "==":
            self._equal(narrowed, left, right)
        elif operator in ("<", "<=", "!="):
            self._inside(narrowed, left, right)
        elif operator in (">", ">="):
            self._inside(narrowed, right, left)
        return narrowed

    def _against(self, state: State, left: Term, operator: str, right: Term) -> State | None:
        sign = state.sign(right)
        if sign == ZERO:
            return self._narrow(state, left, _AGAINST_ZERO[operator])
        if operator == "==" and sign != ANY:
            return self._narrow(state, left, sign)
        if operator in (">", ">=") and not sign & NEGATIVE:
            return self._narrow(
                state, left, POSITIVE | (ZERO if operator == ">=" and sign & ZERO else 0)
            )
        return state

    def _equal(self, state: State, left: Term, right: Term) -> None:
        """The page's own zone equals something: the page was asked; or an object is in a state."""
        for asked, other in ((left, right), (right, left)):
            if asked.kind == "link":
                state.facts.add(Known("zone", asked.args[0], other))
            row = self._knowledge.status.get((asked.name, other.name))
            if row is not None and asked.kind == "field":
                state.facts |= {Known(fact, asked.args[0]) for fact in row.facts}

    def _inside(self, state: State, value: Term, bound: Term) -> None:
        """`value` is below `bound`: what is known of a whole block or range is known of it."""
        self._spanned(state, value, bound)
        self.bounds.setdefault(value, [])
        if bound not in self.bounds[value]:
            self.bounds[value].append(bound)
        self._between(state, value, bound)
        start = self._phis.start.get(value)
        if start is None:
            return
        found = counting.inside(state, value, start, bound)
        if self._bounded(bound):
            found |= {
                known._replace(key=value)
                for known in state.facts
                if known.key is start and known.fact in ("online", "valid")
            }
            if is_null(start):
                state.facts.add(Known("in block", value))
        state.facts |= found

    def _spanned(self, state: State, low: Term, high: Term) -> None:
        """`low` is below `high`, and one of them is an end of the span of a zone or node."""
        for value, end, fact, other in (
            (low, high, BELOW_SPAN, FROM_SPAN),
            (high, low, FROM_SPAN, BELOW_SPAN),
        ):
            if self._is_of_span(end, value):
                state.facts.add(Known(fact, value))
                if Known(other, value) in state.facts:
                    state.facts.add(Known(SPANNED, value))

    def _is_of_span(self, end: Term, value: Term) -> bool:
        """Whether `end` is made of a span, and not of that of the zone of `value` itself."""
        found = [part for part in parts(end) if part.name in self._knowledge.spans]
        own = (asked.args[0] for part in found for asked in part.args if asked.kind == "link")
        return bool(found) and value not in own

    def _between(self, state: State, value: Term, bound: Term) -> None:
        """A page on the way from one online page to another that is asked for by pointer."""
        if bound.kind != "page" or value.kind != "page":
            return
        if Known("online", bound.args[0]) not in state.facts:
            return
        key = value.args[0]
        starts = [self._phis.start.get(a, a) for a in (key, *key.args)]
        if any(Known("online", a) in state.facts for a in (*starts, key, *key.args)):
            state.facts.add(Known("online", key))

    def _unaligned(self, state: State, test: Term, possible: int) -> None:
        """A PFN that does not start a block lies in the block of the one before."""
        pfn: Term | None = None
        if test.kind == "op" and test.name in ("&", "%") and possible == NONZERO:
            pfn = test.args[0] if self._bounded(test.args[1]) else None
        elif test.kind == "call" and test.name in self._knowledge.starts and possible == ZERO:
            more = test.args[1:]
            pfn = test.args[0] if not more or self._bounded(more[0]) else None
        if pfn is not None:
            counting.same_block(state, pfn)

    def _bounded(self, bound: Term) -> bool:
        return any(
            t.name in self._knowledge.bound for t in parts(bound) if t.kind in ("call", "global")
        )


def _opposite(test: Term) -> Term:
    return make("op", _OPPOSITE[test.name], test.args)
