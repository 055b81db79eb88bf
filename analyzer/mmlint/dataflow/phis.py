"""The values that merges make, and what flows into each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mmlint.dataflow.state import Location
    from mmlint.dataflow.terms import Term


class Phis:
    """The merged values of a function: what flows into each, and where each loop started.

    `locals` are the names of its variables; any other name is a global and always has a value.
    """

    def __init__(self, names: set[str]) -> None:
        self.locals = names
        self.incoming: dict[Term, list[Term]] = {}
        self.start: dict[Term, Term] = {}
        self.at: dict[tuple[int, int], set[Term]] = {}
        self.differed: dict[tuple[int, int], set[Location]] = {}
        # Once everything is settled: what flows into each, without what earlier rounds brought.
        self.settled: dict[Term, list[Term]] | None = None
        # What the last merge at each place noted.
        self.noted: dict[tuple[int, int], list[tuple[Term, Sequence[Term | None]]]] = {}
        # Set when a function is slow to settle: what once differed at a merge stays merged there.
        self.lasting = False

    def record(self, phi: Term, values: Sequence[Term | None], entering: int) -> None:
        """Note the values of one merge; the first `entering` edges of a loop enter it."""
        known = self.incoming.setdefault(phi, [])
        for value in values:
            if value is not None and value is not phi and value not in known:
                known.append(value)
        first = values[0] if values else None
        if entering and first is not None and all(v is first for v in values[:entering]):
            self.start[phi] = first
        else:
            self.start.pop(phi, None)
        if phi.site is not None:
            self.at.setdefault(phi.site, set()).add(phi)
            self.noted.setdefault(phi.site, []).append((phi, values))

    def close(self) -> None:
        """There are no further merges: only what flows into each value is of interest."""
        self.at.clear()
        self.differed.clear()
        self.noted.clear()

    def settle(self, site: tuple[int, int]) -> None:
        """What the last merge at `site` noted is what flows into its values."""
        if self.settled is not None:
            for phi, values in self.noted.get(site, ()):
                self.settled[phi] = [v for v in values if v is not None and v is not phi]
