"""Where some names stand, kept from run to run: a file that is as it was is not read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FoundT = TypeVar("FoundT")
"""A function, or the name of a macro."""


class Telling(NamedTuple):
    """What tells of the text of a function whether it is `meant`; the `question` says how."""

    question: str
    meant: Callable[[bytes], bool]


class Mentions(Generic[FoundT]):
    """What in each file answers a question, found once."""

    def __init__(self) -> None:
        self._now: defaultdict[str, dict[str, list[FoundT]]] = defaultdict(dict)
        self._finished: set[str] = set()
        self._before: Mapping[str, Mapping[str, list[FoundT]]] = {}
        self._stale: frozenset[str] = frozenset()

    def known(self) -> dict[str, dict[str, list[FoundT]]]:
        """What was found to the questions that were finished; a file that is not there has none."""
        return {question: self._now[question] for question in self._finished}

    def remember(
        self, known: Mapping[str, Mapping[str, list[FoundT]]], stale: Iterable[str]
    ) -> None:
        """Take what was `known` before the files `stale` changed."""
        self._before, self._stale = known, frozenset(stale)

    def forget(self, question: str) -> None:
        """What was known of a question does not hold any more."""
        self._before = {asked: found for asked, found in self._before.items() if asked != question}

    def of(self, question: str, path: str, find: Callable[[str], list[FoundT]]) -> Sequence[FoundT]:
        """What is in a file, looked for with `find` unless it is known."""
        before = self._before.get(question) if path not in self._stale else None
        found = find(path) if before is None else before.get(path, [])
        if found:
            self._now[question][path] = found
        return found

    def finish(self, question: str) -> None:
        """All files were asked for."""
        self._finished.add(question)
