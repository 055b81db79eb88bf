"""What there is in a call graph, in numbers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from mmlint.callgraph.graph import EDGE_KINDS, NODE_KINDS, GraphNode

if TYPE_CHECKING:
    from collections.abc import Callable

    from mmlint.callgraph.graph import CallGraph, Export, GraphEdge

MOST_LISTED: Final = 10


class Fan(msgspec.Struct, frozen=True):
    """A node and how many others call it, or are called by it."""

    node: GraphNode
    count: int


class Stats(msgspec.Struct, frozen=True):
    """Counts by kind, and the functions that most others call or that call most others.

    `external` counts the functions that no consulted file defines, `conditional` the edges that
    depend on the configuration, `unresolved` the calls without a target by their form.
    """

    files: int
    functions: int
    nodes: dict[str, int]
    external: int
    edges: dict[str, int]
    conditional: int
    unresolved: dict[str, int]
    error_nodes: int
    not_analysed: int
    most_called: tuple[Fan, ...]
    most_calling: tuple[Fan, ...]


def stats(export: Export[CallGraph]) -> Stats:
    """The numbers of `export`."""
    graph = export.graph
    nodes = Counter(node.kind for node in graph.nodes())
    edges = Counter(edge.kind for edge in graph.edges())
    return Stats(
        files=export.files,
        functions=export.functions,
        nodes={kind: nodes[kind] for kind in NODE_KINDS},
        external=sum(not node.path for node in graph.nodes()),
        edges={kind: edges[kind] for kind in EDGE_KINDS},
        conditional=sum(bool(edge.condition) for edge in graph.edges()),
        unresolved=dict(sorted(Counter(call.form for call in export.unresolved).items())),
        error_nodes=export.error_nodes,
        not_analysed=sum(gap.in_scope for gap in export.not_analysed),
        most_called=_largest(graph, lambda edge: (edge.target, edge.source)),
        most_calling=_largest(graph, lambda edge: (edge.source, edge.target)),
    )


def _largest(graph: CallGraph, ends: Callable[[GraphEdge], tuple[str, str]]) -> tuple[Fan, ...]:
    """The functions with most others at their first end; several calls of one count once."""
    pairs = {ends(edge) for edge in graph.edges()}
    counts = Counter(node for node, _ in pairs if graph[node].kind == "function")
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Fan(graph[node], count) for node, count in ordered[:MOST_LISTED])
