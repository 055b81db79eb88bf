"""The shortest ways of calls from one function to another, searched from both ends."""

from __future__ import annotations

from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import msgspec

from mmlint.callgraph.calltree import calls_of
from mmlint.callgraph.graph import EDGE_KINDS, GraphEdge, GraphNode
from mmlint.callgraph.queries import Direction, asking

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mmlint.callgraph.queries import Explorer

MOST_SEARCHED: Final = 20_000
"""Nodes; a search that has met more than this is given up."""

MOST_PATHS: Final = 1_000


class Step(msgspec.Struct, frozen=True):
    """A node on a path, and the calls of it by the node before; () for the first."""

    node: GraphNode
    edges: tuple[GraphEdge, ...]


Path = tuple[Step, ...]


class Paths(msgspec.Struct, frozen=True):
    """All shortest paths, those with the fewest indirect calls first, then the least far away.

    `cut` says that there are more than `MOST_PATHS`, `gave_up` that the search met more than
    `MOST_SEARCHED` nodes before it found one; `searched` counts the nodes that it met.
    """

    found: tuple[Path, ...]
    cut: bool
    gave_up: bool
    searched: int


def shortest_paths(
    explorer: Explorer,
    starts: Sequence[GraphNode],
    ends: Sequence[GraphNode],
    kinds: frozenset[str] = frozenset(EDGE_KINDS),
) -> Paths:
    """The paths from one of `starts` to one of `ends` by calls of `kinds`."""
    forward = _Side(explorer, "callees", starts, kinds)
    backward = _Side(explorer, "callers", ends, kinds)
    meeting = [node.id for node in starts if node.id in backward.level]
    while not meeting and forward.frontier and backward.frontier:
        if len(forward.level) + len(backward.level) > MOST_SEARCHED:
            return Paths((), False, True, len(forward.level) + len(backward.level))
        smaller, other = forward, backward
        if len(backward.frontier) < len(forward.frontier):
            smaller, other = backward, forward
        smaller.advance()
        meeting = [node.id for node in smaller.frontier if node.id in other.level]
    every = (path for middle in meeting for path in _through(forward, backward, middle))
    found = list(islice(every, MOST_PATHS + 1))
    searched = len(forward.level.keys() | backward.level.keys())
    ordered = sorted(found[:MOST_PATHS], key=_plainness)
    return Paths(tuple(ordered), len(found) > MOST_PATHS, False, searched)


class _Side:
    """One end of the search: how far each node is from it, and by which calls."""

    def __init__(
        self,
        explorer: Explorer,
        direction: Direction,
        nodes: Sequence[GraphNode],
        kinds: frozenset[str],
    ) -> None:
        self._ask = asking(explorer, direction)
        self._direction = direction
        self._kinds = kinds
        self._depth = 0
        self.nodes = {node.id: node for node in nodes}
        self.level = dict.fromkeys(self.nodes, 0)
        self.links: dict[str, dict[str, tuple[GraphEdge, ...]]] = {}
        self.frontier = list(self.nodes.values())

    def advance(self) -> None:
        """Go one call further; the frontier is then what is new."""
        found = calls_of(self._direction, self._ask(self.frontier), self._kinds)
        self._depth += 1
        self.frontier = []
        for near, calls in found.items():
            for call in calls:
                far = call.node.id
                if self.level.setdefault(far, self._depth) != self._depth:
                    continue
                if far not in self.nodes:
                    self.nodes[far] = call.node
                    self.frontier.append(call.node)
                self.links.setdefault(far, {})[near] = call.edges

    def ways(self, node_id: str) -> Iterator[tuple[tuple[str, tuple[GraphEdge, ...]], ...]]:
        """The shortest ways from this end to a node: each node with the calls that led to it."""
        pending: list[tuple[str, tuple[tuple[str, tuple[GraphEdge, ...]], ...]]] = [(node_id, ())]
        while pending:
            at, rest = pending.pop()
            if not self.level[at]:
                yield ((at, ()), *rest)
            else:
                links = reversed(self.links[at].items())
                pending += ((near, ((at, edges), *rest)) for near, edges in links)


def _through(forward: _Side, backward: _Side, middle: str) -> Iterator[Path]:
    for head in forward.ways(middle):
        start = tuple(Step(forward.nodes[at], edges) for at, edges in head)
        for tail in backward.ways(middle):
            steps = []
            # The calls that led backwards to a node are those of the node after it.
            for (_, edges), (after, _) in zip(tail[:0:-1], tail[-2::-1], strict=True):
                steps.append(Step(backward.nodes[after], edges))
            yield (*start, *steps)


def _plainness(path: Path) -> tuple[int, int, int, list[str]]:
    """How many calls are indirect, how far the path leaves the directories of its ends, how deep.

    What a subsystem registers by way of lib/ is not meant to be called by another one's driver.
    """
    indirect = sum(all(edge.kind != "direct" for edge in step.edges) for step in path[1:])
    near = _directories(path[0].node) | _directories(path[-1].node)
    directories = [_directories(step.node) for step in path]
    away = sum(len(each - near) for each in directories)
    return indirect, away, sum(map(len, directories)), [step.node.id for step in path]


def _directories(node: GraphNode) -> frozenset[PurePosixPath]:
    """The directories that a node's file lies in, below the top of the tree."""
    return frozenset(PurePosixPath(node.path).parents[:-1]) if node.path else frozenset()
