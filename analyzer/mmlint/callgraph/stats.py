"""What there is in a call graph, in numbers."""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest
from itertools import groupby
from typing import TYPE_CHECKING, Final

import msgspec

from mmlint.callgraph.graph import EDGE_KINDS, NODE_KINDS, GraphNode

if TYPE_CHECKING:
    from mmlint.callgraph.graph import Export, Listed

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


def stats(export: Export[Listed]) -> Stats:
    """The numbers of `export`."""
    graph = export.graph
    nodes = Counter(_node_like(node) for node in graph.nodes())
    macros = {node.id for node in graph.nodes() if node.kind == "macro"}
    edges: Counter[tuple[str, bool]] = Counter()
    called: Counter[str] = Counter()
    calling: Counter[str] = Counter()
    for source, calls in groupby(graph.edges(), key=lambda edge: edge.source):
        targets: set[str] = set()
        for edge in calls:
            edges[edge.kind, edge.condition != ""] += 1
            targets.add(edge.target)
        # Several calls of one count once.
        called.update(targets - macros)
        if source not in macros:
            calling[source] = len(targets)
    most_called, most_calling = _fans(graph, called, calling)
    return Stats(
        files=export.files,
        functions=export.functions,
        nodes={kind: sum(nodes[kind, some] for some in (True, False)) for kind in NODE_KINDS},
        external=sum(nodes[kind, True] for kind in NODE_KINDS),
        edges={kind: sum(edges[kind, some] for some in (True, False)) for kind in EDGE_KINDS},
        conditional=sum(edges[kind, True] for kind in EDGE_KINDS),
        unresolved=dict(sorted(Counter(call.form for call in export.unresolved).items())),
        error_nodes=export.error_nodes,
        not_analysed=sum(gap.in_scope for gap in export.not_analysed),
        most_called=most_called,
        most_calling=most_calling,
    )


def _node_like(node: GraphNode) -> tuple[str, bool]:
    """The kind of a node, and whether it is of a function that no consulted file defines."""
    return node.kind, not node.path


def _fans(graph: Listed, *counts: Counter[str]) -> list[tuple[Fan, ...]]:
    """The nodes with the largest of each of some counts, in that order and then by their ids."""
    largest = [
        nsmallest(MOST_LISTED, some.items(), key=lambda item: (-item[1], item[0]))
        for some in counts
    ]
    wanted = {node for some in largest for node, _ in some}
    nodes = {node.id: node for node in graph.nodes() if node.id in wanted}
    return [tuple(Fan(nodes[node], count) for node, count in some) for some in largest]
