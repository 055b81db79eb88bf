"""The graph of calls that were followed; networkx stays behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import networkx as nx


class Node(NamedTuple):
    """A function or macro by its file and name."""

    path: str
    name: str


class Edge(NamedTuple):
    """A call: its kind (``direct``, ``macro``) and the line in the caller's file."""

    caller: Node
    callee: Node
    kind: str
    line: int


class CallGraph:
    """Functions and the calls between them; the first call of each pair is the one that is kept."""

    def __init__(self) -> None:
        self._graph: nx.DiGraph[Node] = nx.DiGraph()

    def add_function(self, node: Node) -> None:
        """Note a function, whether or not it calls or is called."""
        self._graph.add_node(node)

    def add(self, caller: Node, callee: Node, line: int, kind: str = "direct") -> None:
        """Note a call of `callee` at `line` of the caller's file."""
        if not self._graph.has_edge(caller, callee):
            self._graph.add_edge(caller, callee, kind=kind, line=line)

    def __contains__(self, node: Node) -> bool:
        return node in self._graph

    def __len__(self) -> int:
        return len(self._graph)

    def callers(self, node: Node) -> tuple[Edge, ...]:
        """The calls of a function, in the order in which they were added."""
        if node not in self._graph:
            return ()
        return tuple(self._edge(caller, node) for caller in self._graph.predecessors(node))

    def callees(self, node: Node) -> tuple[Edge, ...]:
        """The calls that a function makes, in the order in which they were added."""
        if node not in self._graph:
            return ()
        return tuple(self._edge(node, callee) for callee in self._graph.successors(node))

    def leading_to(self, node: Node) -> frozenset[Node]:
        """All functions from which calls lead to `node`, and itself."""
        if node not in self._graph:
            return frozenset({node})
        return frozenset(nx.ancestors(self._graph, node) | {node})

    def components(self) -> Iterator[tuple[Node, ...]]:
        """Functions that call each other, sorted; each group after those that it calls."""
        condensed = nx.condensation(self._graph)
        for component in reversed(list(nx.topological_sort(condensed))):
            yield tuple(sorted(condensed.nodes[component]["members"]))

    def _edge(self, caller: Node, callee: Node) -> Edge:
        data = self._graph.edges[caller, callee]
        return Edge(caller, callee, data["kind"], data["line"])
