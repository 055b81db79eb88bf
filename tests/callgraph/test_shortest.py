"""Shortest paths between two functions."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.callgraph.graphs import InMemory, call, graph, node

from mmlint.callgraph import shortest
from mmlint.callgraph.graph import CallGraph
from mmlint.callgraph.shortest import Paths, shortest_paths


def between(made: CallGraph, start: str, end: str, kinds: str = "direct macro ops") -> Paths:
    wanted = frozenset(kinds.split())
    return shortest_paths(InMemory(made), made.named(start), made.named(end), wanted)


def names(paths: Paths) -> list[str]:
    return ["".join(step.node.name for step in path) for path in paths.found]


def test_a_path_has_the_calls_that_lead_to_each_step() -> None:
    made = graph("a b", "b c ops", "b c", "c d macro")
    [path] = between(made, "a", "d").found
    assert [step.node.name for step in path] == ["a", "b", "c", "d"]
    told = [[(edge.line, edge.kind) for edge in step.edges] for step in path]
    assert told == [[], [(1, "direct")], [(2, "ops"), (3, "direct")], [(4, "macro")]]


def test_calls_lead_one_way() -> None:
    made = graph("a b", "b c")
    assert names(between(made, "a", "c")) == ["abc"]
    assert names(between(made, "c", "a")) == []
    assert not between(made, "c", "a").gave_up


def test_a_function_leads_to_itself_without_a_call() -> None:
    assert names(between(graph("a b", "b a"), "a", "a")) == ["a"]


def test_of_several_shortest_paths_the_plainest_is_first() -> None:
    made = graph("a x ops", "x d ops", "a y", "y d ops", "a z", "z d", "a l", "l m", "m d")
    assert names(between(made, "a", "d")) == ["azd", "ayd", "axd"]


def test_of_paths_as_plain_the_one_that_leaves_fewer_directories_is_first() -> None:
    made = CallGraph()
    start, end = node("a", path="fs/read_write.c"), node("z", path="mm/ksm.c")
    between_them = [
        node("b", path="drivers/gpu/drm/xe/xe_hw.c"),
        node("c", path="fs/ocfs2/filecheck.c"),
        node("d", path="lib/kobject.c"),
        node("e", path="mm/slub.c"),
    ]
    for each in (start, end, *between_them):
        made.add_node(each)
    for each in between_them:
        made.add_edge(call(start, each, kind="ops"))
        made.add_edge(call(each, end, kind="ops"))
    assert names(between(made, "a", "z")) == ["aez", "adz", "acz", "abz"]


def test_only_calls_of_the_wanted_kinds_count() -> None:
    made = graph("a x ops", "x d", "a y", "y z", "z d")
    assert names(between(made, "a", "d")) == ["axd"]
    assert names(between(made, "a", "d", "direct")) == ["ayzd"]


def test_paths_start_and_end_at_any_definition_of_the_names() -> None:
    made = CallGraph()
    first, second, end = node("a", line=1), node("a", line=9), node("z")
    for each in (first, second, end):
        made.add_node(each)
    made.add_edge(call(second, end, 10))
    [path] = between(made, "a", "z").found
    assert [step.node for step in path] == [second, end]


def test_a_long_path_is_no_recursion() -> None:
    made = graph(*(f"f{number} f{number + 1}" for number in range(4000)))
    [path] = between(made, "f0", "f4000").found
    assert len(path) == 4001


def test_paths_without_end_are_cut_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    doors = [
        f"s{step}{way} s{step + 1}" if out else f"s{step} s{step}{way}"
        for step in range(3)
        for way in "ab"
        for out in (False, True)
    ]
    made = graph(*doors)
    whole = between(made, "s0", "s3")
    assert (len(whole.found), whole.cut) == (8, False)
    monkeypatch.setattr(shortest, "MOST_PATHS", 5)
    part = between(made, "s0", "s3")
    assert (len(part.found), part.cut) == (5, True)


def test_a_search_that_meets_too_many_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    made = graph("a b", "b c", "c d", "d e", "e f")
    monkeypatch.setattr(shortest, "MOST_SEARCHED", 3)
    lost = between(made, "a", "f")
    assert (lost.found, lost.gave_up) == ((), True)
    assert lost.searched > 3


NAMES = "abcdefg"


@given(st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), min_size=1))
def test_all_shortest_paths_are_found_and_nothing_else(calls: set[tuple[str, str]]) -> None:
    made = graph(*(f"{a} {b}" for a, b in sorted(calls)), "a a", "g g")
    reference: nx.DiGraph[str] = nx.DiGraph(sorted(calls))
    reference.add_nodes_from("ag")
    try:
        expected = sorted("".join(path) for path in nx.all_shortest_paths(reference, "a", "g"))
    except nx.NetworkXNoPath:
        expected = []
    assert sorted(names(between(made, "a", "g"))) == expected
