"""The graph of calls as its users see it."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.callgraph.graphs import call, graph, node

from mmlint.callgraph.graph import CallGraph

F, G = node("f"), node("g", line=9)


def test_a_call_is_found_from_both_of_its_ends() -> None:
    made = graph("f g", "h g")
    assert [edge.source for edge in made.callers(node("g").id)] == [node("f").id, node("h").id]
    assert [edge.target for edge in made.callees(node("f").id)] == [node("g").id]
    assert made.callees(node("g").id) == ()


def test_a_node_that_is_not_there_has_no_calls() -> None:
    made = graph("f g")
    assert made.callers("mm/demo.c:1:x") == made.callees("mm/demo.c:1:x") == ()


def test_calls_that_differ_in_anything_but_their_ends_are_edges_of_their_own() -> None:
    made = CallGraph()
    made.add_node(F)
    made.add_node(G)
    different = [
        call(F, G, 3),
        call(F, G, 4),
        call(F, G, 3, kind="ops"),
        call(F, G, 3, condition="CONFIG_X"),
        call(F, G, 3, path="mm/demo.h"),
    ]
    for edge in (*different, *different):
        made.add_edge(edge)
    assert list(made.edges()) == different
    assert made.edge_count() == 5


def test_an_edge_without_its_ends_is_refused() -> None:
    made = CallGraph()
    made.add_node(F)
    with pytest.raises(KeyError, match=r"mm/demo\.c:9:g"):
        made.add_edge(call(F, G))


def test_definitions_of_one_name_are_nodes_of_their_own() -> None:
    made = CallGraph()
    variants = (node("f", line=3, condition="CONFIG_X"), node("f", line=9), node("f", "fs/a.c"))
    for variant in (*variants, node("f", line=3)):
        made.add_node(variant)
    assert made.named("f") == variants
    assert made.named("g") == ()
    assert made.names() == ("f",)
    assert [made[variant.id] for variant in variants] == list(made.nodes())
    assert len(made) == 3


def test_a_node_goes_with_the_calls_of_it() -> None:
    made = graph("f g", "f h", "h g")
    made.remove(node("g").id)
    assert [edge.target for edge in made.edges()] == [node("h").id]
    assert made.edge_count() == 1
    assert made.named("g") == ()
    assert len(made) == 2


def test_a_node_that_went_can_be_called_again() -> None:
    made = graph("f g", "f h", "h g")
    made.remove(node("g").id)
    made.add_node(node("g"))
    for _ in range(2):
        made.add_edge(call(node("f"), node("g")))
    assert [edge.target for edge in made.callees(node("f").id)] == [node("h").id, node("g").id]
    assert made.edge_count() == 2


def test_a_graph_that_was_kept_has_each_call_once() -> None:
    made = pickle.loads(pickle.dumps(graph("f g", "h g")))
    made.add_edge(call(node("f"), node("g")))
    assert made.edge_count() == 2


def test_a_node_can_take_the_place_of_one_with_its_id() -> None:
    made = graph("f g")
    made.replace_node(node("f", end_line=7))
    assert [found.end_line for found in made.named("f")] == [7]
    assert made.edge_count() == 1


@given(st.lists(st.tuples(st.sampled_from("fgh"), st.sampled_from("fgh"), st.integers(1, 3))))
def test_each_call_is_there_once_at_both_of_its_ends(calls: list[tuple[str, str, int]]) -> None:
    made = CallGraph()
    for name in "fgh":
        made.add_node(node(name))
    edges = [call(node(source), node(target), line) for source, target, line in calls]
    for edge in edges:
        made.add_edge(edge)
    assert set(made.edges()) == set(edges)
    assert made.edge_count() == len(set(edges))
    callers = [edge for name in "fgh" for edge in made.callers(node(name).id)]
    assert sorted(callers, key=repr) == sorted(made.edges(), key=repr)
