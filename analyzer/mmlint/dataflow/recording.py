"""What the analysis of a function saw, kept for those who ask how it came to its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mmlint.dataflow.state import Known, Location, State
    from mmlint.dataflow.terms import Term


class Called(NamedTuple):
    """The call of `name` at `offset`: its arguments, and what was known and stored before it.

    The name is "" where it is called through a structure or a parameter.
    """

    name: str
    args: tuple[Term, ...]
    offset: int
    facts: frozenset[Known]
    memory: dict[Location, Term]

    def about(self, key: Term | None) -> frozenset[str]:
        """Names of the facts that were known of a PFN, or of the context."""
        return frozenset(known.fact for known in self.facts if known.key is key)


class Moment(NamedTuple):
    """What is known after the source at `offset`; `holds` where a test decided that, else None."""

    offset: int
    before: frozenset[Known]
    after: frozenset[Known]
    holds: bool | None = None


class Recording:
    """The calls of one function and what it knew, in the order of its flow graph."""

    def __init__(self) -> None:
        self.calls: list[Called] = []
        self.moments: list[Moment] = []
        self.results: dict[Term, Called] = {}
        self.tested: set[Term] = set()

    def call(self, name: str, args: tuple[Term, ...], offset: int, state: State) -> None:
        """A call is about to be made."""
        self.calls.append(Called(name, args, offset, frozenset(state.facts), dict(state.env)))

    def result(self, value: Term, offset: int) -> None:
        """The call at `offset` gave `value`, which none of its arguments is."""
        made = next((c for c in reversed(self.calls) if c.offset == offset), None)
        if made is not None and value not in made.args:
            self.results.setdefault(value, made)

    def step(self, offset: int, before: frozenset[Known], state: State) -> None:
        """Something at `offset` was done, and `state` is what it left."""
        self.moments.append(Moment(offset, before, frozenset(state.facts)))

    def branch(self, test: Term, offset: int, before: State, ways: list[State | None]) -> None:
        """A test at `offset`; `ways` are the states where it held and where it did not."""
        self.tested.add(test)
        known = frozenset(before.facts)
        for holds, way in zip((True, False), ways, strict=True):
            if way is not None:
                self.moments.append(Moment(offset, known, frozenset(way.facts), holds))
