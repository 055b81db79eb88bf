"""A call graph in numbers."""

from __future__ import annotations

from tests.callgraph.graphs import call, export, graph, node

from mmlint.callgraph.graph import CallGraph, UnresolvedCall
from mmlint.callgraph.stats import Fan, stats
from mmlint.model import NotAnalysed


def test_nodes_and_edges_are_counted_by_kind() -> None:
    made = graph("f g", "f h macro", "g h ops", "f g")
    made.add_node(node("m", kind="macro"))
    made.add_node(node("outside", "", 0))
    made.add_edge(call(node("f"), node("outside", "", 0), 9, condition="CONFIG_X"))
    told = stats(export(made, files=3, functions=7, error_nodes=2))
    assert told.nodes == {"function": 4, "macro": 1}
    assert told.edges == {"direct": 3, "macro": 1, "ops": 1, "parameter": 0, "generated": 0}
    assert (told.external, told.conditional) == (1, 1)
    assert (told.files, told.functions, told.error_nodes) == (3, 7, 2)


def test_what_is_lacking_is_counted() -> None:
    forms = ("member", "local", "member")
    calls = tuple(UnresolvedCall("mm/a.c", 1, "f", form, "", "", "x") for form in forms)
    gaps = (NotAnalysed("mm/a.c", "", 0, "x"), NotAnalysed("a.h", "", 0, "x", in_scope=False))
    told = stats(export(CallGraph(), unresolved=calls, not_analysed=gaps))
    assert told.unresolved == {"local": 1, "member": 2}
    assert told.not_analysed == 1


def test_fans_count_other_functions_and_not_calls() -> None:
    made = graph("f g", "f g", "h g", "h i")
    made.add_node(node("m", kind="macro"))
    for line, name in enumerate("fghi"):
        made.add_edge(call(node(name), node("m"), line, kind="macro"))
    told = stats(export(made))
    assert told.most_called == (Fan(node("g"), 2), Fan(node("i"), 1))
    assert told.most_calling[0] == Fan(node("h"), 3)


def test_only_the_largest_fans_are_told() -> None:
    made = graph(*(f"f{number} g{number}" for number in range(30)))
    assert len(stats(export(made)).most_called) == 10
