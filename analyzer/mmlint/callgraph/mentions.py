"""Which functions hold some names, kept from run to run: a file that is as it was is not read."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mmlint.syntax.definition_sites import DefinitionSite

Mentioning = dict[str, list["DefinitionSite"]]
"""By file the functions that hold one of the names of a question."""


class Mentions:
    """The functions of each file that answer a question, found once."""

    def __init__(self) -> None:
        self._now: defaultdict[str, Mentioning] = defaultdict(dict)
        self._finished: set[str] = set()
        self._before: Mapping[str, Mentioning] = {}
        self._stale: frozenset[str] = frozenset()

    def known(self) -> dict[str, Mentioning]:
        """What was found to the questions that were finished; a file that is not there has none."""
        return {question: self._now[question] for question in self._finished}

    def remember(self, known: Mapping[str, Mentioning], stale: Iterable[str]) -> None:
        """Take what was `known` before the files `stale` changed."""
        self._before, self._stale = known, frozenset(stale)

    def forget(self, question: str) -> None:
        """What was known of a question does not hold any more."""
        self._before = {asked: found for asked, found in self._before.items() if asked != question}

    def sites(
        self, question: str, path: str, find: Callable[[str], list[DefinitionSite]]
    ) -> Sequence[DefinitionSite]:
        """The functions of a file, looked for with `find` unless they are known."""
        before = self._before.get(question) if path not in self._stale else None
        found = find(path) if before is None else before.get(path, [])
        if found:
            self._now[question][path] = found
        return found

    def finish(self, question: str) -> None:
        """All files were asked for."""
        self._finished.add(question)
