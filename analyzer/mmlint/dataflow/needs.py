"""What is asked of pages in a function, and whether the facts known there answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mmlint.dataflow import terms as t
from mmlint.dataflow.comparisons import constant_tests
from mmlint.dataflow.state import NONZERO, Known, State
from mmlint.dataflow.summary import Need, NeedName, Place
from mmlint.dataflow.terms import Term, make

if TYPE_CHECKING:
    from mmlint.dataflow.frame import Frame

_UNTESTED = frozenset({"missing-null-test"})
_LINKS = frozenset({"links"})


class Asked(NamedTuple):
    """`need` is asked of the PFN `subject` at `offset`; the fields are those of `summary.Need`."""

    need: NeedName
    subject: Term
    base: Place
    name: str
    how: str
    offset: int


class Needs:
    """Collects the open needs of one function into its frame."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.knowledge = frame.knowledge
        # Where calls end, by their start: a conversion among the arguments comes before the touch.
        self.limits: dict[int, int] = {}

    def touch(
        self,
        page: Term,
        offset: int,
        how: str,
        state: State,
        *,
        links: bool = False,
        tested: bool = False,
    ) -> None:
        """The memory of `struct page` is read or written, if `page` is one.

        `links` says that it is asked for its zone or node, as `how` may say by itself; `tested`
        that nothing is read or written if it is NULL.
        """
        if page.kind == "param":
            self._touch_parameter(page, how, state, links=links, tested=tested)
        nullable = page.kind == "opt"
        bare = page.args[0] if nullable else page
        if bare.kind != "page" or not self.frame.collects():
            return
        pfn = bare.args[0]
        made = self.frame.conversion_of(pfn, max(offset, self.limits.get(offset, 0)))
        place, name = (made.place, made.name) if made else (self.frame.place(offset), how)
        asked = Asked("online", pfn, place, name, how, offset)
        marks = _LINKS if links or self.knowledge.asks_for_link(how) else frozenset()
        if nullable and self._once_tested(page, pfn, state):
            if tested:
                return
            self._open(asked, state, marks | _UNTESTED)
        else:
            self.require(asked, state, marks)

    def _touch_parameter(
        self, page: Term, how: str, state: State, *, links: bool, tested: bool
    ) -> None:
        frame = self.frame
        frame.touched.add(page.name)
        if not tested and state.sign(page) & ~NONZERO:
            frame.untested.add(page.name)
        if links or self.knowledge.asks_for_link(how):
            frame.linked.add(page.name)

    def _once_tested(self, page: Term, pfn: Term, state: State) -> bool:
        """Whether only the test for NULL is lacking."""
        evidence = self.knowledge.needs["online"].evidence
        return any(state.implies(page, NONZERO, Known(fact, pfn)) for fact in evidence)

    def require(self, asked: Asked, state: State, marks: frozenset[str] = frozenset()) -> None:
        """Record a need unless the facts known of its subject meet it."""
        if asked.need not in self.knowledge.needs or not self.frame.collects():
            return
        if not self.meets(asked.need, asked.subject, state):
            self._open(asked, state, marks)

    def meets(self, need: NeedName, subject: Term, state: State) -> bool:
        """Whether a fact that settles the need is known of the PFN `subject`."""
        known = self.known_of(state, subject)
        return any(fact in known for fact in self.knowledge.needs[need].evidence)

    def known_of(self, state: State, subject: Term) -> frozenset[str]:
        """Names of the facts known of a PFN, also through the block or the range it lies in."""
        known = state.about(subject)
        if subject.kind == "sum" and not subject.value:
            steps = [a for a in subject.args if Known("in block", a) in state.facts]
            rest = [a for a in subject.args if a not in steps]
            if steps and len(rest) == 1:
                known |= state.about(rest[0])
        for part in t.parts(subject):
            if part.name in self.knowledge.status_pfns and part.kind == "field":
                known |= state.about(part.args[0])
        if self.frame.same_block:
            for name in t.params_of(subject) & set(self.frame.same_block):
                known |= state.about(make("param", self.frame.same_block[name]))
        return known

    def _open(self, asked: Asked, state: State, marks: frozenset[str]) -> None:
        has = self.known_of(state, asked.subject) | state.about(None)
        evidence = set(self.knowledge.needs[asked.need].evidence)
        own = self.knowledge.establish[self.frame.fn.name]
        settling = {fact for row in self.knowledge.needs.values() for fact in row.evidence}
        if own and not any(settling & set(row.facts) for row in own):
            return  # the body of a weak check knows where there is a memmap
        partly = self.frame.checked_somewhere(asked.subject) - has - evidence
        self.add(
            Need(
                need=asked.need,
                subject=asked.subject,
                base=asked.base,
                name=asked.name,
                text=asked.how,
                touch=self.frame.place(asked.offset),
                has=has,
                marks=marks | self.frame.marks(asked.subject),
                checks=self.frame.checks_of(asked.subject, has | partly),
                partly=partly,
                tests=constant_tests(state, self.frame.fn),
            )
        )

    def add(self, need: Need) -> None:
        """Keep the need; of two for one conversion and path the one that knows less."""
        key = (need.identity, need.subject, need.hops, need.marks)
        before = self.frame.needs.get(key)
        if before is None:
            self.frame.needs[key] = need
        elif not (before.has <= need.has and before.tests <= need.tests):
            first = before
            if not before.has <= need.has and need.touch.offset < before.touch.offset:
                first = need
            self.frame.needs[key] = msgspec.structs.replace(
                first, has=before.has & need.has, tests=before.tests & need.tests
            )
