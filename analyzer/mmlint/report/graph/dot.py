"""Call graphs for Graphviz."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from mmlint.report.excerpts import readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mmlint.callgraph.graph import GraphEdge, GraphNode, Listed

_STYLES: Final = {
    "direct": "style=solid",
    "macro": "style=dashed",
    "ops": 'style=bold, color="blue"',
    "parameter": 'style=bold, color="darkgreen"',
    "generated": 'style=dotted, color="gray40"',
}


def export(graph: Listed, *, clusters: bool) -> Iterator[str]:
    """The graph, in pieces; with `clusters`, the nodes of a file are in a box."""
    yield "digraph calls {\n  rankdir=LR;\n  node [shape=box, fontsize=10];\n"
    yield from _in_files(graph.nodes()) if clusters else map(_node, graph.nodes())
    yield from map(_edge, graph.edges())
    yield "}\n"


def _in_files(nodes: Iterable[GraphNode]) -> Iterator[str]:
    files: defaultdict[str, list[GraphNode]] = defaultdict(list)
    for node in nodes:
        files[node.path].append(node)
    for number, (path, inside) in enumerate(sorted(files.items())):
        if path:
            yield f"  subgraph cluster_{number} {{\n  label={_quoted(path)};\n"
        yield from map(_node, inside)
        if path:
            yield "  }\n"


def _node(node: GraphNode) -> str:
    said = [f"label={_quoted(node.name)}", f"tooltip={_quoted(_told(node.id, node.condition))}"]
    if node.kind == "macro":
        said.append("shape=ellipse")
    if not node.path:
        said.append("style=dashed")
    return f"  {_quoted(node.id)} [{', '.join(said)}];\n"


def _edge(edge: GraphEdge) -> str:
    ends = f"{_quoted(edge.source)} -> {_quoted(edge.target)}"
    place = _told(f"{edge.path}:{edge.line} {edge.kind} {edge.slot}".rstrip(), edge.condition)
    return f"  {ends} [{_STYLES[edge.kind]}, tooltip={_quoted(place)}];\n"


def _told(text: str, condition: str) -> str:
    return f"{text} [{condition}]" if condition else text


def _quoted(text: str) -> str:
    escaped = readable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
