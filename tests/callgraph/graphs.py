"""Hand-made call graphs, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmlint.callgraph.graph import CallGraph, Export, GraphEdge, GraphNode
from mmlint.callgraph.named_lines import NamedLine
from mmlint.callgraph.queries import nearest


def node(name: str, path: str = "mm/demo.c", line: int = 1, **changes: Any) -> GraphNode:  # noqa: ANN401
    values: dict[str, Any] = {
        "id": f"{path}:{line}:{name}" if path else f"::{name}",
        "kind": "function",
        "end_line": line,
        "static": False,
        "annotations": (),
        "condition": "",
    }
    return GraphNode(name=name, path=path, line=line, **(values | changes))


def call(source: GraphNode, target: GraphNode, line: int = 1, **changes: Any) -> GraphEdge:  # noqa: ANN401
    values: dict[str, Any] = {"kind": "direct", "path": source.path, "condition": ""}
    return GraphEdge(source.id, target.id, line=line, **(values | changes))


def graph(*calls: str) -> CallGraph:
    """The graph of calls like ``f g``, or ``f g ops``, each on a line of its own."""
    made = CallGraph()
    for line, text in enumerate(calls, 1):
        source, target, *kind = text.split()
        for name in (source, target):
            made.add_node(node(name))
        made.add_edge(call(node(source), node(target), line, kind=kind[0] if kind else "direct"))
    return made


def export(made: CallGraph, **changes: Any) -> Export[CallGraph]:  # noqa: ANN401
    values: dict[str, Any] = {
        "unresolved": (),
        "not_analysed": (),
        "error_nodes": 0,
        "files": 1,
        "functions": len(made),
    }
    return Export(made, **(values | changes))


class InMemory:
    """Answers from a graph that is all there."""

    def __init__(self, graph: CallGraph, lines: Sequence[NamedLine] = ()) -> None:
        self._graph = graph
        self._lines = lines

    def named(self, name: str, _path: str = "") -> tuple[GraphNode, ...]:
        return self._graph.named(name)

    def callers(self, nodes: Sequence[GraphNode]) -> Sequence[tuple[GraphEdge, GraphNode]]:
        edges = (edge for node in nodes for edge in self._graph.callers(node.id))
        return [(edge, self._graph[edge.source]) for edge in edges]

    def callees(self, nodes: Sequence[GraphNode]) -> Sequence[tuple[GraphEdge, GraphNode]]:
        edges = (edge for node in nodes for edge in self._graph.callees(node.id))
        return [(edge, self._graph[edge.target]) for edge in edges]

    def naming(self, _node: GraphNode) -> Sequence[NamedLine]:
        return self._lines

    def architectures(self, _name: str) -> list[str]:
        return []

    def similar(self, name: str) -> list[str]:
        return nearest(name, self._graph.names())
