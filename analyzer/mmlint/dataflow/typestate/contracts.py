"""The breaches that rules about resources ask for, by what they need; computed when asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from mmlint.dataflow.typestate.balance import Balance
from mmlint.dataflow.typestate.pcplists import Pcplists
from mmlint.dataflow.typestate.pinned import Pinned, checks
from mmlint.dataflow.typestate.sheets import members
from mmlint.dataflow.typestate.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mmlint.dataflow.climb import Climb
    from mmlint.dataflow.typestate.breaches import Breach
    from mmlint.dataflow.whole import Analyses
    from mmlint.knowledge import Knowledge
    from mmlint.model import NotAnalysed


def searched(knowledge: Knowledge) -> frozenset[str]:
    """The names without which a function is not looked at."""
    pairs = knowledge.tables.pair
    structs = {row.member.partition(".")[0] for row in pairs if row.member}
    weak = {name for row in pairs if row.weak for name in row.acquire}
    return members(knowledge) | structs | weak | frozenset(knowledge.span_ends) | checks(knowledge)


class Contracts:
    """What the functions of the files `scope` do with resources."""

    def __init__(self, analyses: Analyses, climb: Climb, scope: frozenset[str]) -> None:
        self.analyses = analyses
        self.climb = climb
        self.scope = scope
        self._balance = Balance(analyses)

    @property
    def failed(self) -> list[NotAnalysed]:
        """The functions that were not followed to the end."""
        return self._balance.sheets.failed

    @property
    def followed(self) -> frozenset[tuple[str, str, int]]:
        """The functions that were followed: path, name and variant."""
        return self._balance.sheets.followed

    def of(self, need: str) -> Iterable[Breach]:
        """The breaches for the rules with this need."""
        if need in ("balance", "isolation"):
            return [breach for breach in self._of_pairs if breach.need == need]
        if need == "span":
            return self._spans.breaches(self.scope)
        if need == "pcplists":
            asked = [s for s in self._ran.found.values() if s.fn.path in self.scope]
            return Pcplists(self._ran.sheets, self._spans.contexts).breaches(asked)
        if need == "pinned":
            return Pinned(self._balance.sheets, self._spans.contexts).breaches(self.scope)
        return ()

    @cached_property
    def _of_pairs(self) -> list[Breach]:
        return list(self._ran.breaches(self.scope))

    @cached_property
    def _ran(self) -> Balance:
        self._balance.run(self.scope)
        return self._balance

    @cached_property
    def _spans(self) -> Spans:
        return Spans(self._balance.sheets, self.climb)
