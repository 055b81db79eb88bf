"""Call graphs for programs, in the node-link format of networkx, a node or edge on each line."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import msgspec

from mmlint import __version__
from mmlint.model import NotAnalysed, TreeInfo
from mmlint.report.excerpts import encodable
from mmlint.report.graph import documents as d
from mmlint.report.json_ import Tool, gap_of, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mmlint.callgraph.calltree import CallTree
    from mmlint.callgraph.graph import Export, GraphEdge, GraphNode, Listed, UnresolvedCall
    from mmlint.callgraph.named_lines import NamedLine
    from mmlint.callgraph.shortest import Paths
    from mmlint.callgraph.stats import Fan, Stats


_AT_ONCE = 1000
_ENCODER = msgspec.json.Encoder()


class Known(msgspec.Struct, frozen=True):
    """What every document says of its run: the tree, and what was not analysed."""

    tree: TreeInfo
    not_analysed: tuple[NotAnalysed, ...]


class PathQuestion(msgspec.Struct, frozen=True):
    """What was asked of a search for paths."""

    starts: tuple[GraphNode, ...]
    ends: tuple[GraphNode, ...]
    kinds: frozenset[str]


def export(value: Export[Listed], tree: TreeInfo) -> Iterator[str]:
    """The graph of a scope, in pieces."""
    info = d.ExportInfo(
        **_about(Known(tree, value.not_analysed)),
        files=value.files,
        functions=value.functions,
        error_nodes=value.error_nodes,
        unresolved=[_unresolved(call) for call in value.unresolved],
    )
    return _node_link(info, value.graph.nodes(), value.graph.edges())


def tree(value: CallTree, known: Known) -> Iterator[str]:
    """The part of the graph that a call tree shows, in pieces."""
    nodes = {node.id: node for root in value.roots for node in root.nodes}
    edges: dict[GraphEdge, None] = {}
    query = _query(value.wish.direction, value.wish.kinds, nodes.values(), (), value.wish.depth)
    pending = [branch for root in reversed(value.roots) for branch in reversed(root.branches)]
    while pending:
        branch = pending.pop()
        nodes.setdefault(branch.node.id, branch.node)
        edges.update(dict.fromkeys(branch.edges))
        pending += reversed(branch.branches)
    edges.update(dict.fromkeys(edge for root in value.roots for edge in root.others))
    info = d.AnswerInfo(
        **_about(known),
        query=query,
        complete=value.complete,
        paths=[],
        named=[_naming(root.nodes[0], line) for root in value.roots for line in root.named],
    )
    return _node_link(info, nodes.values(), edges)


def paths(value: Paths, asked: PathQuestion, known: Known) -> Iterator[str]:
    """The part of the graph that lies on the paths, in pieces."""
    steps = [step for path in value.found for step in path]
    nodes = {step.node.id: step.node for step in steps}
    info = d.AnswerInfo(
        **_about(known),
        query=_query("path", asked.kinds, asked.starts, asked.ends),
        complete=not (value.cut or value.gave_up),
        paths=[[encodable(step.node.id) for step in path] for path in value.found],
        named=[],
    )
    return _node_link(info, nodes.values(), dict.fromkeys(e for step in steps for e in step.edges))


def stats(value: Stats, known: Known) -> str:
    """The numbers of a graph."""
    document = d.Stats(
        **_about(known),
        files=value.files,
        functions=value.functions,
        nodes=cast("dict[d.NodeKind, int]", value.nodes),
        external=value.external,
        edges=cast("dict[d.EdgeKind, int]", value.edges),
        conditional=value.conditional,
        unresolved=value.unresolved,
        error_nodes=value.error_nodes,
        most_called=[_fan(fan) for fan in value.most_called],
        most_calling=[_fan(fan) for fan in value.most_calling],
    )
    return _text(document)


def unresolved(calls: Iterable[UnresolvedCall], known: Known) -> str:
    """Calls without a target."""
    return _text(d.UnresolvedCalls(**_about(known), unresolved=[_unresolved(c) for c in calls]))


def _about(known: Known) -> dict[str, Any]:
    """The members that every document has."""
    return {
        "version": 1,
        "tool": Tool("mmlint", __version__),
        "tree": tree_of(known.tree),
        "not_analysed": [gap_of(gap) for gap in known.not_analysed],
    }


def _text(document: msgspec.Struct) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"


def _node_link(
    info: d.ExportInfo | d.AnswerInfo, nodes: Iterable[GraphNode], edges: Iterable[GraphEdge]
) -> Iterator[str]:
    """The document that holds `info`, with a node or an edge on each line."""
    about = msgspec.json.format(msgspec.json.encode(info), indent=1).decode()
    yield f'{{"directed": true, "multigraph": true, "graph": {about},\n"nodes": ['
    yield from _listed(map(_node, nodes))
    yield '],\n"edges": ['
    yield from _listed(map(_edge, edges))
    yield "]}\n"


def _listed(values: Iterable[msgspec.Struct]) -> Iterator[str]:
    each = iter(values)
    separator = "\n"
    while some := list(islice(each, _AT_ONCE)):
        # A newline in a string is written as an escape, so that these stand between values.
        lines = _ENCODER.encode_lines(some).rstrip(b"\n").replace(b"\n", b",\n")
        yield separator + lines.decode()
        separator = ",\n"


def _query(
    name: str,
    kinds: Iterable[str],
    of: Iterable[GraphNode],
    to: Iterable[GraphNode],
    depth: int = 0,
) -> d.Query:
    return d.Query(
        name=cast("d.QueryName", name),
        of=[encodable(node.id) for node in of],
        to=[encodable(node.id) for node in to],
        depth=depth,
        kinds=cast("list[d.EdgeKind]", sorted(kinds)),
    )


def _node(node: GraphNode) -> d.Node:
    return d.Node(
        id=encodable(node.id),
        name=encodable(node.name),
        kind=cast("d.NodeKind", node.kind),
        path=encodable(node.path),
        line=node.line,
        end_line=node.end_line,
        static=node.static,
        annotations=[encodable(annotation) for annotation in node.annotations],
        condition=encodable(node.condition),
    )


def _edge(edge: GraphEdge) -> d.Edge:
    return d.Edge(
        source=encodable(edge.source),
        target=encodable(edge.target),
        kind=cast("d.EdgeKind", edge.kind),
        path=encodable(edge.path),
        line=edge.line,
        condition=encodable(edge.condition),
    )


def _naming(node: GraphNode, line: NamedLine) -> d.Naming:
    return d.Naming(encodable(node.id), encodable(line.path), line.line, encodable(line.text))


def _unresolved(call: UnresolvedCall) -> d.Unresolved:
    return d.Unresolved(
        path=encodable(call.path),
        line=call.line,
        function=encodable(call.function),
        form=call.form,
        structure=encodable(call.structure),
        field=encodable(call.field),
        name=encodable(call.name),
    )


def _fan(fan: Fan) -> d.Fan:
    return d.Fan(encodable(fan.node.id), fan.count)
