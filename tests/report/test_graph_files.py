"""Call graphs for Graphviz, and as GraphML."""

from __future__ import annotations

import io
import re

import networkx as nx
from tests.callgraph.graphs import call, graph, node

from mmlint.callgraph.graph import EDGE_KINDS, CallGraph
from mmlint.report.graph import dot, graphml

QUOTED = r'"(?:[^"\\]|\\.)*"'
STATEMENT = re.compile(
    rf"digraph calls {{|}}|subgraph cluster_\d+ {{|label={QUOTED};|rankdir=LR;"
    rf"|node \[[^\]]*\];|{QUOTED}(?: -> {QUOTED})? \[(?:\w+=(?:{QUOTED}|\w+)(?:, )?)+\];"
)


def written(made: CallGraph, *, clusters: bool = False) -> list[str]:
    lines = [line.strip() for line in "".join(dot.export(made, clusters=clusters)).splitlines()]
    assert all(STATEMENT.fullmatch(line) for line in lines)
    return lines


def in_files() -> CallGraph:
    made = CallGraph()
    nodes = [node("f", "mm/a.c"), node("g", "fs/b.c", 7), node("h", "mm/a.c", 9)]
    for each in (*nodes, node("memcpy", "", 0), node("M", "mm/a.c", 2, kind="macro")):
        made.add_node(each)
    made.add_edge(call(nodes[0], nodes[1], 4, kind="ops", condition="CONFIG_X", slot="s.read"))
    return made


def test_nodes_go_by_their_ids_and_show_their_names() -> None:
    lines = written(in_files())
    assert '"fs/b.c:7:g" [label="g", tooltip="fs/b.c:7:g"];' in lines
    assert '"mm/a.c:2:M" [label="M", tooltip="mm/a.c:2:M", shape=ellipse];' in lines
    assert '"::memcpy" [label="memcpy", tooltip="::memcpy", style=dashed];' in lines


def test_an_edge_says_where_and_how() -> None:
    [edge] = [line for line in written(in_files()) if "->" in line]
    assert edge.startswith('"mm/a.c:1:f" -> "fs/b.c:7:g" [')
    assert 'tooltip="mm/a.c:4 ops s.read [CONFIG_X]"' in edge


def test_each_kind_of_edge_looks_different() -> None:
    made = graph(*(f"f g{kind} {kind}" for kind in EDGE_KINDS))
    looks = {re.sub(r'.*\[|, tooltip="[^"]*"', "", line) for line in written(made) if "->" in line}
    assert len(looks) == len(EDGE_KINDS)


def test_files_are_boxes_where_they_are_asked_for() -> None:
    lines = written(in_files(), clusters=True)
    boxes = [line for line in lines if line.startswith("label=")]
    assert boxes == ['label="fs/b.c";', 'label="mm/a.c";']
    inside = lines[lines.index('label="mm/a.c";') + 1 :]
    assert [line.split('"')[1] for line in inside[: inside.index("}")]] == [
        "mm/a.c:1:f",
        "mm/a.c:9:h",
        "mm/a.c:2:M",
    ]
    assert not any("cluster" in line for line in written(in_files()))


def test_no_name_escapes_from_its_quotes() -> None:
    made = CallGraph()
    for path in ('"];evil [label="', "back\\", "new\nline", "\udce9\x01"):
        made.add_node(node("f", path))
    assert len(written(made)) == 4 + 4
    assert len(written(made, clusters=True)) == 4 + 4 + 3 * 4


def test_graphml_is_read_back_as_it_was() -> None:
    read = nx.read_graphml(io.BytesIO("".join(graphml.export(in_files())).encode()))
    assert read.nodes["mm/a.c:2:M"] == {
        "name": "M",
        "kind": "macro",
        "path": "mm/a.c",
        "line": 2,
        "end_line": 2,
        "static": False,
        "annotations": "",
        "condition": "",
    }
    [told] = [data for *_, data in read.edges(data=True)]
    edge = {"kind": "ops", "path": "mm/a.c", "line": 4, "condition": "CONFIG_X"}
    assert edge.items() <= told.items()


def test_graphml_keeps_several_calls_between_two_functions() -> None:
    text = "".join(graphml.export(graph("f g", "f g", "f g ops")))
    assert nx.read_graphml(io.BytesIO(text.encode())).number_of_edges() == 3


def test_graphml_takes_what_xml_does_not() -> None:
    made = CallGraph()
    made.add_node(node("f", "\udce9\x01<&\n.c", annotations=("a", "b"), static=True))
    read = nx.read_graphml(io.BytesIO("".join(graphml.export(made)).encode()))
    [data] = [data for _, data in read.nodes(data=True)]
    assert data["path"] == "\\xe9\\x01<&\\n.c"
    assert (data["annotations"], data["static"]) == ("a b", True)
