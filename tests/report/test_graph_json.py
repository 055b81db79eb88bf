"""Call graphs as JSON: the documented shape, which networkx reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import jsonschema
import networkx as nx
import pytest
from tests.callgraph.graphs import InMemory, call, export, graph, node

from mmlint.callgraph.calltree import Wish, call_tree
from mmlint.callgraph.graph import CallGraph, Export, UnresolvedCall
from mmlint.callgraph.shortest import shortest_paths
from mmlint.callgraph.stats import stats
from mmlint.model import NotAnalysed, TreeInfo
from mmlint.report.graph import json_
from mmlint.report.graph.documents import schema
from mmlint.report.graph.json_ import Known, PathQuestion

TREE = TreeInfo("/src/linux", "6.12.0")
GAPS = (NotAnalysed("mm/x.c", "f", 3, "gone"), NotAnalysed("a.h", "", 0, "no", in_scope=False))
KNOWN = Known(TREE, GAPS)
ALL = frozenset({"direct", "ops"})


def document(parts: Iterable[str]) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads("".join(parts))
    return loaded


def small() -> Export[CallGraph]:
    made = CallGraph()
    f = node("f", line=3, end_line=9, static=True, annotations=("__init",), condition="CONFIG_F")
    m, outside = node("m", "mm/f.h", 2, kind="macro"), node("memcpy", "", 0)
    for each in (f, m, outside):
        made.add_node(each)
    made.add_edge(call(f, m, 5, kind="macro", condition="CONFIG_X"))
    made.add_edge(call(f, m, 6, kind="macro"))
    made.add_edge(call(f, outside, 6, kind="ops", slot="file_operations.read"))
    lost = UnresolvedCall("mm/demo.c", 7, "f", "member", "vm_ops", "fault", "")
    return export(made, unresolved=(lost,), not_analysed=GAPS, error_nodes=4)


def odd() -> Export[CallGraph]:
    made = CallGraph()
    f = node("f", 'mm/\udce9\n".c', condition='A == "\udce9"')
    made.add_node(f)
    made.add_edge(call(f, f))
    return export(made)


def test_nodes_and_edges_have_the_documented_members() -> None:
    told = document(json_.export(small(), TREE))
    assert told["nodes"][0] == {
        "id": "mm/demo.c:3:f",
        "name": "f",
        "kind": "function",
        "path": "mm/demo.c",
        "line": 3,
        "end_line": 9,
        "static": True,
        "annotations": ["__init"],
        "condition": "CONFIG_F",
    }
    assert told["edges"][0] == {
        "source": "mm/demo.c:3:f",
        "target": "mm/f.h:2:m",
        "kind": "macro",
        "path": "mm/demo.c",
        "line": 5,
        "condition": "CONFIG_X",
    }
    assert list(told) == ["directed", "multigraph", "graph", "nodes", "edges"]


def test_an_export_says_what_it_is_of_and_what_it_lacks() -> None:
    about = document(json_.export(small(), TREE))["graph"]
    assert about["tree"] == {"root": "/src/linux", "kernel_version": "6.12.0"}
    assert (about["version"], about["files"], about["functions"]) == (1, 1, 3)
    assert about["error_nodes"] == 4
    assert about["unresolved"] == [
        {
            "path": "mm/demo.c",
            "line": 7,
            "function": "f",
            "form": "member",
            "structure": "vm_ops",
            "field": "fault",
            "name": "",
        }
    ]
    assert [gap["reason"] for gap in about["not_analysed"]] == ["gone", "not consulted: no"]


def test_networkx_reads_the_graph_with_all_that_is_said_of_it() -> None:
    read = nx.node_link_graph(document(json_.export(small(), TREE)), edges="edges")
    assert isinstance(read, nx.MultiDiGraph)
    assert sorted(read.nodes) == ["::memcpy", "mm/demo.c:3:f", "mm/f.h:2:m"]
    assert read.nodes["mm/demo.c:3:f"]["static"] is True
    assert read.number_of_edges("mm/demo.c:3:f", "mm/f.h:2:m") == 2
    told = [(kind, line) for *_, (kind, line) in edges_of(read)]
    assert sorted(told) == [("macro", 5), ("macro", 6), ("ops", 6)]
    assert read.graph["error_nodes"] == 4


def edges_of(read: nx.MultiDiGraph[str]) -> list[tuple[str, tuple[str, int]]]:
    return [(source, (data["kind"], data["line"])) for source, _, data in read.edges(data=True)]


def test_a_node_or_edge_is_on_a_line_of_its_own() -> None:
    lines = "".join(json_.export(small(), TREE)).splitlines()
    assert sum(line.startswith('{"id":') for line in lines) == 3
    assert sum(line.startswith('{"source":') for line in lines) == 3


def tree_document(name: str, wish: Wish) -> dict[str, Any]:
    made = graph("a b", "b c", "c b ops", "d c")
    return document(json_.tree(call_tree(InMemory(made), made.named(name), wish), KNOWN))


def test_a_call_tree_is_the_part_of_the_graph_that_it_shows() -> None:
    told = tree_document("b", Wish("callees", 2))
    assert [each["name"] for each in told["nodes"]] == ["b", "c"]
    assert [(edge["line"], edge["kind"]) for edge in told["edges"]] == [(2, "direct"), (3, "ops")]
    about = told["graph"]
    assert about["query"] == {
        "name": "callees",
        "of": ["mm/demo.c:1:b"],
        "to": [],
        "depth": 2,
        "kinds": ["direct", "generated", "macro", "ops", "parameter"],
    }
    assert (about["complete"], about["paths"]) == (True, [])
    assert len(about["not_analysed"]) == 2
    assert nx.node_link_graph(told, edges="edges").number_of_edges() == 2


def path_document(start: str, end: str) -> dict[str, Any]:
    made = graph("a b", "b d", "a c", "c d", "d e")
    starts, ends = made.named(start), made.named(end)
    found = shortest_paths(InMemory(made), starts, ends, ALL)
    return document(json_.paths(found, PathQuestion(starts, ends, ALL), KNOWN))


def test_paths_are_lists_of_ids_with_the_part_of_the_graph_around_them() -> None:
    told = path_document("a", "d")
    ids = {name: f"mm/demo.c:1:{name}" for name in "abcd"}
    assert told["graph"]["paths"] == [
        [ids["a"], ids["b"], ids["d"]],
        [ids["a"], ids["c"], ids["d"]],
    ]
    assert told["graph"]["query"]["of"] == [ids["a"]]
    assert told["graph"]["query"]["to"] == [ids["d"]]
    assert [each["name"] for each in told["nodes"]] == ["a", "b", "d", "c"]
    assert len(told["edges"]) == 4


def test_no_path_is_a_graph_without_nodes() -> None:
    told = path_document("e", "a")
    assert (told["graph"]["paths"], told["nodes"], told["edges"]) == ([], [], [])


DOCUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "export": lambda: document(json_.export(small(), TREE)),
    "odd names": lambda: document(json_.export(odd(), TreeInfo("/\udce9", None))),
    "nothing": lambda: document(json_.export(export(CallGraph()), TREE)),
    "callers": lambda: tree_document("c", Wish("callers", 3)),
    "path": lambda: path_document("a", "e"),
    "no path": lambda: path_document("e", "a"),
    "stats": lambda: json.loads(json_.stats(stats(small()), KNOWN)),
    "unresolved": lambda: json.loads(json_.unresolved(small().unresolved, KNOWN)),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_what_the_schema_says_and_nothing_more(name: str) -> None:
    told = DOCUMENTS[name]()
    jsonschema.validate(told, json.loads(schema()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**told, "more": 1}, json.loads(schema()))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema()))


def test_the_numbers_name_nodes_by_their_ids() -> None:
    told = json.loads(json_.stats(stats(small()), KNOWN))
    assert told["most_called"] == [{"id": "::memcpy", "count": 1}]
    assert told["edges"]["macro"] == 2
    assert told["unresolved"] == {"member": 1}


def test_calls_of_each_of_several_definitions_are_edges() -> None:
    made = CallGraph()
    one, other, user = node("f", line=3), node("f", line=9), node("user", line=20)
    for each in (one, other, user):
        made.add_node(each)
    made.add_edge(call(user, one, 21))
    made.add_edge(call(user, other, 21))
    answer = call_tree(InMemory(made), (one, other), Wish("callers"))
    told = document(json_.tree(answer, KNOWN))
    assert [edge["target"] for edge in told["edges"]] == [one.id, other.id]
