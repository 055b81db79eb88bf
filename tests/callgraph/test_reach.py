"""From where a function is reached."""

from __future__ import annotations

import itertools

from mmlint.callgraph.reach import Node, Reach

A, B, C, D = (Node("mm/demo.c", name) for name in "abcd")


def test_callers_of_callers_lead_to_a_function_and_callees_do_not() -> None:
    reach = Reach()
    reach.add(A, B)
    reach.add(B, C)
    reach.add(C, D)
    assert reach.leading_to(C) == {A, B, C}


def test_functions_that_call_each_other_lead_to_each_other() -> None:
    reach = Reach()
    reach.add(A, B)
    reach.add(B, A)
    assert reach.leading_to(A) == reach.leading_to(B) == {A, B}


def test_a_function_without_callers_is_reached_from_itself() -> None:
    assert Reach().leading_to(A) == {A}


def test_a_long_chain_is_no_recursion() -> None:
    reach = Reach()
    chain = [Node("mm/demo.c", f"f{number}") for number in range(5000)]
    for caller, callee in itertools.pairwise(chain):
        reach.add(caller, callee)
    assert reach.leading_to(chain[-1]) == set(chain)
