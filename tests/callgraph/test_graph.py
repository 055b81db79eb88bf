"""The graph of calls."""

from __future__ import annotations

import itertools

from mmlint.callgraph.graph import CallGraph, Edge, Node

A, B, C, D = (Node("mm/demo.c", name) for name in "abcd")


def test_callers_and_callees_carry_line_and_kind_of_the_first_call() -> None:
    graph = CallGraph()
    graph.add(A, B, 7)
    graph.add(A, B, 9)
    graph.add(C, B, 3, "macro")
    assert graph.callers(B) == (Edge(A, B, "direct", 7), Edge(C, B, "macro", 3))
    assert graph.callees(A) == (Edge(A, B, "direct", 7),)
    assert graph.callees(B) == ()


def test_a_function_that_is_not_there_has_neither() -> None:
    graph = CallGraph()
    graph.add_function(A)
    assert (A in graph, B in graph, len(graph)) == (True, False, 1)
    assert graph.callers(B) == graph.callees(B) == ()


def test_components_come_after_those_they_call() -> None:
    graph = CallGraph()
    graph.add(A, B, 1)
    graph.add(B, C, 1)
    graph.add(C, B, 1)
    graph.add(C, D, 1)
    assert list(graph.components()) == [(D,), (B, C), (A,)]


def test_a_long_chain_is_no_recursion() -> None:
    graph = CallGraph()
    chain = [Node("mm/demo.c", f"f{number}") for number in range(5000)]
    for caller, callee in itertools.pairwise(chain):
        graph.add(caller, callee, 1)
    assert next(graph.components()) == (chain[-1],)
