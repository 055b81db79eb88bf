"""From where a function is reached, as far as its callers were followed."""

from __future__ import annotations

from typing import NamedTuple

import networkx as nx


class Node(NamedTuple):
    """A function or macro by its file and name."""

    path: str
    name: str


class Reach:
    """Who calls whom and nothing more; it grows with the questions."""

    def __init__(self) -> None:
        self._graph: nx.DiGraph[Node] = nx.DiGraph()

    def add(self, caller: Node, callee: Node) -> None:
        """Note that one calls the other."""
        self._graph.add_edge(caller, callee)

    def leading_to(self, node: Node) -> frozenset[Node]:
        """All functions from which calls lead to `node`, and itself."""
        if node not in self._graph:
            return frozenset({node})
        return frozenset(nx.ancestors(self._graph, node) | {node})
