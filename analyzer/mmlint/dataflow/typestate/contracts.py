"""The breaches that rules about resources ask for, by what they need; computed when asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from mmlint.dataflow.typestate.balance import PAIRS, Balance
from mmlint.dataflow.typestate.pcplists import Pcplists
from mmlint.dataflow.typestate.pinned import Pinned, checks
from mmlint.dataflow.typestate.sheets import members
from mmlint.dataflow.typestate.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mmlint.callgraph.program import Located
    from mmlint.dataflow.climb import Climb
    from mmlint.dataflow.typestate.balance import Known
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


RESTING: Final = frozenset({PAIRS, "sheet", "effects", "results", "under"})
"""The kinds of answers, among what answers rest on, that depend on who passes on what it takes."""
_OF_PAIRS: Final = ("balance", "isolation")


class Contracts:
    """What the functions of the files `scope` do with resources."""

    def __init__(self, analyses: Analyses, climb: Climb, scope: frozenset[str]) -> None:
        self.analyses = analyses
        self.climb = climb
        self.scope = scope
        self.balance = Balance(analyses)

    @property
    def failed(self) -> list[NotAnalysed]:
        """The functions that were not followed to the end."""
        return self.balance.sheets.failed

    @property
    def followed(self) -> frozenset[tuple[str, str, int]]:
        """The functions that were followed: path, name and variant."""
        return self.balance.sheets.followed

    @staticmethod
    def questions(needs: Iterable[str]) -> tuple[str, ...]:
        """What rules with these needs ask for, each once."""
        asked = dict.fromkeys(PAIRS if need in _OF_PAIRS else need for need in needs)
        return tuple(one for one in (PAIRS, "span", "pcplists", "pinned") if one in asked)

    def run(self) -> None:
        """Find out who passes on what it takes, before places are asked for."""
        self.balance.run(self.scope)

    def run_after(self, wrapping: frozenset[tuple[str, str]], known: Known) -> bool:
        """The same where most is known, and who passed on anything; whether the same ones do."""
        self.balance.expect(wrapping)
        self.balance.run(self.scope, known)
        return self.balance.wrapping == wrapping

    @property
    def wrapping(self) -> frozenset[tuple[str, str]]:
        """The functions that pass on what they take or give back, by path and name."""
        return frozenset(self.balance.wrapping)

    def further(self, place: Located) -> Iterable[Located]:
        """The functions that were looked at because of one."""
        return self.balance.further[place]

    def places(self, question: str) -> Iterable[Located]:
        """The functions to which a question may have an answer."""
        if question == "span":
            return self._spans.places(self.scope)
        if question == "pinned":
            return self._pinned.places(self.scope)
        return [place for place in self.balance.further if place[0] in self.scope]

    def breaches(self, question: str, place: Located) -> list[Breach]:
        """What a function does wrong."""
        return list(self._breaches(question, place))

    def _breaches(self, question: str, place: Located) -> Iterable[Breach]:
        if question == "span":
            return self._spans.breaches(place)
        if question == "pinned":
            return self._pinned.breaches(place)
        if question == "pcplists":
            contexts = self._spans.contexts
            return Pcplists(self.balance.sheets, contexts).breaches(self.balance.at(place))
        return self.balance.breaches(place)

    @cached_property
    def _spans(self) -> Spans:
        return Spans(self.balance.sheets, self.climb)

    @cached_property
    def _pinned(self) -> Pinned:
        return Pinned(self.balance.sheets, self._spans.contexts)
