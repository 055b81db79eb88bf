"""Calls of what the files that were read do not define, or not for all configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mmlint.callgraph.elsewhere import is_for_all, kind_to_function

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from mmlint.callgraph.elsewhere import Elsewhere
    from mmlint.callgraph.extraction import Call
    from mmlint.callgraph.graph import CallGraph, GraphEdge, GraphNode

_UNSURE = "?"
"""The beginning of the id of a node that stands for a name until it is known to be one."""


def unsure(call: Call) -> GraphNode:
    """What stands for the name that a call is made of in a file, until all calls are known."""
    return msgspec.structs.replace(call.target, id=f"{_UNSURE}{call.path}:{call.target.name}")


class OpenEnds:
    """The nodes of a graph whose calls may be those of functions that are not in it.

    They are of names that no file seemed to define, among them such as are `made` in files and
    maybe of no function at all, and stubs that stand in for functions in some configurations.
    """

    def __init__(self, graph: CallGraph, elsewhere: Elsewhere) -> None:
        self._graph = graph
        self._elsewhere = elsewhere
        nodes = list(graph.nodes())
        settled = {node.name for node in nodes if is_for_all(node)}
        self._outside = {node.name for node in nodes if not node.path}
        self._made = {
            (node.id.removeprefix(_UNSURE).rpartition(":")[0], node.name): node
            for node in nodes
            if node.id.startswith(_UNSURE)
        }
        self._stand_ins = [
            node
            for node in nodes
            if node.path and node.name not in settled and elsewhere.is_open(node)
        ]

    @property
    def made(self) -> Collection[tuple[str, str]]:
        """The files that make names, each with a name."""
        return self._made.keys()

    @property
    def names(self) -> set[str]:
        """What functions are wanted of."""
        return self._outside | {node.name for node in self._stand_ins}

    def lead(
        self,
        found: Mapping[str, Sequence[GraphNode]],
        counted: Collection[tuple[str, str]],
    ) -> None:
        """Let the calls be calls of the functions that were `found`, by name.

        Of what is made only that is a call of something which is `counted`.
        """
        graph = self._graph
        for which, node in self._made.items():
            self._move(node, (self._elsewhere.external(node.name),) if which in counted else ())
        for node in [node for node in graph.nodes() if not node.path and node.name in found]:
            self._move(node, found[node.name])
        for node in self._stand_ins:
            edges = [
                msgspec.structs.replace(edge, kind=kind_to_function(edge.kind))
                for edge in graph.callers(node.id)
            ]
            self._aim(edges, found.get(node.name, ()))

    def _move(self, node: GraphNode, functions: Sequence[GraphNode]) -> None:
        """Let the calls of a node be calls of others; it stays for those that mean none."""
        edges = self._graph.callers(node.id)
        self._graph.remove(node.id)
        left = self._aim(edges, functions)
        if left and functions:
            self._graph.add_node(node)
            for edge in left:
                self._graph.add_edge(edge)

    def _aim(self, edges: Iterable[GraphEdge], functions: Sequence[GraphNode]) -> list[GraphEdge]:
        """Add calls like some others to those functions that they may mean; the rest comes out."""
        left: list[GraphEdge] = []
        for edge in edges:
            meant = self._elsewhere.meant(edge.path, functions)
            if not meant:
                left.append(edge)
            for target in meant:
                self._graph.add_node(target)
                self._graph.add_edge(msgspec.structs.replace(edge, target=target.id))
        return left
