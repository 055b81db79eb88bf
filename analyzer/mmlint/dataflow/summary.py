"""What a caller sees of a function: its promises, its effects and its open needs."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import msgspec

from mmlint.dataflow.comparisons import Tests, carried
from mmlint.dataflow.state import ANY, OUTCOMES, Known
from mmlint.dataflow.terms import Term, make, pfn_of, substitute

NeedName = Literal["online", "reference", "zone"]

# Stands for the value that the function returns, in the facts of a summary.
RESULT: Final = make("result")
# Stands for a number that only the call knows: how far the page returned is from a parameter.
SOME: Final = make("some")


class Place(msgspec.Struct, frozen=True):
    """A byte of a function's source."""

    path: str
    function: str
    offset: int


class Conversion(NamedTuple):
    """The call `name` at `place` made a page of a PFN; `checked`: a check that returns it."""

    place: Place
    name: str
    checked: bool


class Hop(msgspec.Struct, frozen=True):
    """One call on the way from a need to who can meet it: the caller, by place, and callee."""

    place: Place
    callee: str


class Check(msgspec.Struct, frozen=True):
    """The call `name` at `place` established `fact`."""

    fact: str
    name: str
    place: Place


class Need(msgspec.Struct, frozen=True):
    """A page is used although a fact is lacking: an obligation if the subject is a parameter.

    `subject` is the PFN (or the PFN of the page) in the words of the function at the end of `hops`.
    `base` is where a finding would be reported: the conversion, the question or the use called
    `name`; `touch` is the first use of the page, which `text` names. `has` are facts that are
    known, but not enough, `partly` those that some check of the function establishes on other
    paths (once a block, say). `bounds` are what the walk is compared with: a downward walk has its
    origin there. `tests` of parameters are passed on the way to it.
    """

    need: NeedName
    subject: Term
    base: Place
    name: str
    text: str
    touch: Place
    has: frozenset[str]
    partly: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()
    hops: tuple[Hop, ...] = ()
    checks: tuple[Check, ...] = ()
    bounds: tuple[Term, ...] = ()
    tests: Tests = frozenset()

    @property
    def identity(self) -> tuple[str, Place]:
        """What makes two needs one finding: the same conversion, question or use."""
        return self.need, self.base


class Summary(msgspec.Struct, frozen=True):
    """The effect of a call in terms of the parameters (``param`` terms) of the function.

    `returns` is the value where a caller can express it. `implies` maps a set of signs of the
    result to what then holds. `stores` is what is written through pointer parameters. `touches` and
    `passes` say which parameters that point to pages are read here, or handed to whom; `untested`
    which of them also if they are NULL; `links` which are asked for their zone or node.
    """

    params: tuple[str, ...]
    returns: Term | None = None
    implies: tuple[tuple[int, frozenset[Known]], ...] = ()
    ends: frozenset[Known] = frozenset()
    stores: tuple[tuple[str, Term], ...] = ()
    touches: frozenset[str] = frozenset()
    untested: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    conversions: tuple[tuple[Term, Conversion], ...] = ()
    needs: tuple[Need, ...] = ()
    wrapper: bool = False
    macro: bool = False
    boot: bool = False

    @property
    def gives_raw_page(self) -> bool:
        """Whether callers get a page made of a PFN of theirs and not shown to be online."""
        if self.returns is None or self.returns.kind not in ("page", "opt"):
            return False
        keys = (pfn_of(self.returns), pfn_of(RESULT))
        return not any(
            k.fact == "online" and k.key in keys for _, facts in self.implies for k in facts
        )

    def implied(self, mask: int) -> frozenset[Known]:
        """What holds after a call whose result is one of `mask`."""
        found = dict(self.implies)
        return found.get(mask, frozenset()) | found.get(ANY, frozenset())

    def renamed(self, params: tuple[str, ...]) -> Summary:
        """The same with other names for the parameters, by position."""
        names = dict(zip(self.params, params, strict=False))
        if all(old == new for old, new in names.items()):
            return self
        into = {make("param", old): make("param", new) for old, new in names.items()}

        def known(fact: Known) -> Known:
            key = None if fact.key is None else substitute(fact.key, into)
            zone = None if fact.zone is None else substitute(fact.zone, into)
            return Known(fact.fact, key, zone)

        return msgspec.structs.replace(
            self,
            params=params,
            returns=None if self.returns is None else substitute(self.returns, into),
            implies=tuple((m, frozenset(map(known, facts))) for m, facts in self.implies),
            ends=frozenset(map(known, self.ends)),
            stores=tuple((names.get(p, p), substitute(v, into)) for p, v in self.stores),
            touches=frozenset(names.get(p, p) for p in self.touches),
            untested=frozenset(names.get(p, p) for p in self.untested),
            links=frozenset(names.get(p, p) for p in self.links),
            conversions=tuple((substitute(k, into), made) for k, made in self.conversions),
            needs=tuple(
                msgspec.structs.replace(
                    need,
                    subject=substitute(need.subject, into),
                    bounds=tuple(substitute(bound, into) for bound in need.bounds),
                    tests=carried(need.tests, into) or frozenset(),
                )
                for need in self.needs
            ),
        )

    def leq(self, other: Summary) -> bool:
        """Whether this promises at least as much and needs and does at most as much."""
        return (
            all(facts <= self.implied(mask) for mask, facts in other.implies)
            and self.touches <= other.touches
            and self.untested <= other.untested
            and self.links <= other.links
            and self.ends <= other.ends
            and set(self.needs) <= set(other.needs)
        )

    def join(self, other: Summary) -> Summary:
        """What holds of a call that may run either: promises of both, needs and effects of each."""
        other = other.renamed(self.params)
        always = self.implied(ANY) & other.implied(ANY)
        implied = [(ANY, always)]
        implied += [(m, (self.implied(m) & other.implied(m)) - always) for m in OUTCOMES]
        return Summary(
            params=self.params,
            returns=self.returns if self.returns is other.returns else None,
            implies=tuple((mask, facts) for mask, facts in implied if facts),
            ends=self.ends | other.ends,
            stores=tuple(s for s in self.stores if s in other.stores),
            touches=self.touches | other.touches,
            untested=self.untested | other.untested,
            links=self.links | other.links,
            conversions=tuple(dict.fromkeys(self.conversions + other.conversions)),
            needs=tuple(dict.fromkeys(self.needs + other.needs)),
            wrapper=self.wrapper or other.wrapper,
            macro=self.macro or other.macro,
            boot=self.boot and other.boot,
        )
