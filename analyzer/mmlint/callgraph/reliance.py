"""What answers rest on, so that it can be said which of them a change leaves as they are.

An answer asks for others, down to what functions hold in their bodies and to where words stand.
Kept as a graph it says backwards what a change reaches (Hammer and others: Adapton, PLDI 2014).
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Hashable, Iterable

_BODY: Final = "body"
_WORD: Final = "word"
_INDIRECT: Final = ("indirect",)
_NOTHING: Final[AbstractContextManager[object]] = nullcontext()

Followed = tuple[str, str, int]
"""A function that was analysed: its path, name and variant."""


class Graph(msgspec.Struct, frozen=True, array_like=True):
    """Answers by number: `rests` has those that one asked for.

    `bodies` are the answers of what the functions of a name hold and of which functions a file has,
    by its path, `words` those of where a word stands, `indirect` is that of what is called through
    structures, -1 if nobody asked. `followed` are the answers that are analyses of functions.
    """

    bodies: dict[str, int] = {}
    words: dict[str, int] = {}
    indirect: int = -1
    rests: dict[int, list[int]] = {}
    followed: dict[int, Followed] = {}

    def reached(
        self, bodies: Collection[str], words: Collection[str], *, indirect: bool
    ) -> frozenset[int]:
        """The answers that may be others where these bodies and places of words are others."""
        above: defaultdict[int, list[int]] = defaultdict(list)
        for node, below in self.rests.items():
            for one in below:
                above[one].append(node)
        pending = [self.bodies[name] for name in bodies if name in self.bodies]
        pending += [self.words[name] for name in words if name in self.words]
        pending += [self.indirect] * indirect
        found: set[int] = set()
        while pending:
            node = pending.pop()
            if node not in found:
                found.add(node)
                pending += above[node]
        return frozenset(found)

    def below(self, nodes: Iterable[int]) -> Graph:
        """The part of the graph that some answers rest on."""
        pending = list(nodes)
        kept: set[int] = set()
        while pending:
            node = pending.pop()
            if node not in kept:
                kept.add(node)
                pending += self.rests.get(node, ())
        return Graph(
            {name: node for name, node in self.bodies.items() if node in kept},
            {name: node for name, node in self.words.items() if node in kept},
            self.indirect if self.indirect in kept else -1,
            {node: rests for node, rests in self.rests.items() if node in kept},
            {node: function for node, function in self.followed.items() if node in kept},
        )


class Kept(NamedTuple):
    """What an earlier run said to a question of yes or no, and what that rests on.

    `sought` are the regular expressions for calls through structures.
    """

    said: bool
    graph: Graph
    sought: tuple[bytes, ...]


class Reliance:
    """Notes which answer asks for which; does nothing unless it is `recording`.

    All may depend on which names are `offered` by the tree, and those about calls through
    structures on lines that look like one of the regular expressions `sought`. Whoever is asked
    about holds one of the names `listed`. Of what was `said` to questions of yes or no a later run
    is told by its own `earlier`, if it still holds.
    """

    def __init__(self) -> None:
        self.recording = False
        self.sought: set[bytes] = set()
        self.offered: dict[str, bool] = {}
        self.listed: set[str] = set()
        self.said: dict[tuple[str, Followed], bool] = {}
        self.earlier: Callable[[str, Followed], Kept | None] = _nothing
        self._numbers: dict[Hashable, int] = {}
        self._rests: defaultdict[int, set[int]] = defaultdict(set)
        self._followed: dict[int, Followed] = {}
        self._open: list[set[int]] = [set()]

    def body(self, name: str) -> None:
        """The answer that is being made depends on what functions called `name` hold."""
        if self.recording:
            self.on((_BODY, name))

    def functions_of(self, path: str) -> None:
        """It depends on which functions a file has."""
        self.body(path)

    def word(self, name: str) -> None:
        """It depends on which functions hold the word `name`."""
        if self.recording:
            self.on((_WORD, name))

    def indirect(self, forms: Iterable[bytes]) -> None:
        """It depends on calls through structures that look like one of some regular expressions."""
        if self.recording:
            self.on(_INDIRECT)
            self.sought.update(forms)

    def lists(self, names: Iterable[str]) -> None:
        """All functions that hold one of `names` are looked at."""
        if self.recording:
            self.listed.update(names)

    def on(self, node: Hashable) -> None:
        """It depends on another answer, which was made before."""
        if self.recording:
            self._open[-1].add(self._numbers.setdefault(node, len(self._numbers)))

    def making(self, node: Hashable) -> AbstractContextManager[object]:
        """While `node` is made, it is what depends on others; who asked for it depends on it."""
        if not self.recording:
            return _NOTHING
        self.on(node)
        return _Making(self._open, self._rests[self._numbers[node]])

    def answer(self, question: str, function: Followed, find: Callable[[], bool]) -> bool:
        """What there is to say to a question about a function, found out only if it has to be.

        Whoever is making an answer depends on what this one rests on.
        """
        if not self.recording:
            return find()
        kept = self.earlier(question, function)
        if kept is not None:
            self._rest(kept)
            return kept.said
        said = self.said[question, function] = find()
        return said

    def _rest(self, kept: Kept) -> None:
        for name in kept.graph.bodies:
            self.body(name)
        for name in kept.graph.words:
            self.word(name)
        if kept.graph.indirect >= 0:
            self.indirect(kept.sought)

    def follows(self, node: Hashable, function: Followed) -> None:
        """The answer `node` is the analysis of `function`."""
        if self.recording:
            self._followed[self.number(node)] = function

    def forget(self, kinds: Container[str]) -> None:
        """Answers of these kinds, by the first part of their names, are going to be made anew."""
        for node, number in self._numbers.items():
            if isinstance(node, tuple) and node[0] in kinds:
                self._rests.pop(number, None)
                self._followed.pop(number, None)

    def number(self, node: Hashable) -> int:
        """The number of an answer."""
        return self._numbers.setdefault(node, len(self._numbers))

    def graph(self) -> Graph:
        """All that was noted."""
        leaves: dict[str, dict[str, int]] = {_BODY: {}, _WORD: {}}
        for node, number in self._numbers.items():
            if isinstance(node, tuple) and node[0] in leaves:
                leaves[node[0]][node[1]] = number
        return Graph(
            leaves[_BODY],
            leaves[_WORD],
            self._numbers.get(_INDIRECT, -1),
            {node: list(below) for node, below in self._rests.items()},
            self._followed,
        )


class _Making:
    def __init__(self, stack: list[set[int]], rests: set[int]) -> None:
        self._stack = stack
        self._rests = rests

    def __enter__(self) -> Self:
        self._stack.append(self._rests)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.pop()


def _nothing(question: str, function: Followed) -> None:
    """What is known where there was no earlier run."""
    del question, function
