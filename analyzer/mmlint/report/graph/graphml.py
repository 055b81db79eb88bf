"""Call graphs as GraphML, for Gephi, yEd and kin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from mmlint.report.excerpts import readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.callgraph.graph import Listed


def export(graph: Listed) -> Iterator[str]:
    """The graph, in pieces; annotations are words separated by blanks."""
    written: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node in graph.nodes():
        written.add_node(
            readable(node.id),
            name=readable(node.name),
            kind=node.kind,
            path=readable(node.path),
            line=node.line,
            end_line=node.end_line,
            static=node.static,
            annotations=readable(" ".join(node.annotations)),
            condition=readable(node.condition),
        )
    for edge in graph.edges():
        written.add_edge(
            readable(edge.source),
            readable(edge.target),
            kind=edge.kind,
            path=readable(edge.path),
            line=edge.line,
            condition=readable(edge.condition),
        )
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    for line in nx.generate_graphml(written):
        yield line + "\n"
