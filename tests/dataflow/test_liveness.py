"""Locals that nobody reads any more are dropped between blocks; nothing else is."""

from __future__ import annotations

import pytest
from tests.dataflow.drawing import lowered

from mmlint.dataflow import cfg
from mmlint.dataflow.liveness import Liveness
from mmlint.dataflow.order import Order

PARAMS = {"a", "b", "c"}


def ended(text: str, objects: frozenset[str] = frozenset()) -> dict[str, set[str]]:
    """The variables dropped on each edge of a body with the parameters a, b and c."""
    graph = lowered(text)
    names = PARAMS | {
        op.name for block in graph.blocks for op in block.ops if isinstance(op, cfg.Bind)
    }
    live = Liveness(graph, names, objects)
    return {
        f"{index} -> {target}": set(live.ended(index, target))
        for index, block in enumerate(graph.blocks)
        for target in cfg.successors(block.end)
    }


def test_a_variable_ends_after_its_last_use_on_that_path() -> None:
    found = ended("int x = f(), y = g(); if (a) use(x); return y;")
    assert found == {"0 -> 1": {"a"}, "0 -> 2": {"a", "x"}, "1 -> 2": {"x"}}


def test_what_a_loop_reads_in_its_next_round_lives_on() -> None:
    found = ended("int i = 0, x; while (i < a) { x = f(i); i += x; } return 0;")
    assert found["1 -> 2"] == set()
    assert found["2 -> 1"] == {"x"}
    assert found["1 -> 3"] == {"i", "a"}


def test_what_is_set_before_it_is_read_is_of_no_use_before() -> None:
    found = ended("int x = f(); if (a) g(); x = h(); if (b) use(x); return 0;")
    assert "x" in found["0 -> 1"]
    assert "x" not in found["2 -> 3"]


def test_the_argument_that_a_loop_macro_assigns_is_no_use_of_it() -> None:
    found = ended("int x = f(); if (a) g(); for_each_slot(x, b) use(x); return 0;")
    assert "x" in found["0 -> 1"]
    assert "b" not in found["0 -> 1"]


@pytest.mark.parametrize("taken", ["&x", "&x.field", "&x[2]", "(long)&x.of[a].field"])
def test_a_variable_whose_address_is_taken_is_never_dropped(taken: str) -> None:
    found = ended(f"int x; keep({taken}); if (a) g(); return 0;")
    assert all("x" not in names for names in found.values())


def test_an_object_is_never_dropped() -> None:
    text = "struct s x = f(), y = x; if (a) g(y); return 0;"
    assert "x" in ended(text)["0 -> 1"]
    assert "x" not in ended(text, frozenset({"x", "y"}))["0 -> 1"]


def test_globals_are_none_of_ours() -> None:
    assert ended("total = f(); if (a) g(); return 0;")["0 -> 1"] == {"a"}


def test_a_temporary_ends_with_the_expression_it_stands_for() -> None:
    found = ended("int x = a ? b : c; if (f()) g(x); return 0;")
    assert any("$1" in names for names in found.values())


NESTED = "while (a) { f(); while (b) { g(); if (c) continue; h(); } }"


def test_the_rest_of_a_loop_is_visited_before_it_is_begun_anew() -> None:
    graph = lowered(NESTED)
    order = Order(graph)
    assert order.pop() == 0
    inner = max(graph.loop_heads)
    latches = sorted(pred for pred in graph.preds[inner] if pred > inner)
    order.push(inner, latches[0])
    order.push(latches[1], latches[0])
    order.push(len(graph.blocks) - 1, inner)
    assert [order.pop() for _ in range(3)] == [latches[1], inner, len(graph.blocks) - 1]
    assert not order


def test_a_loop_that_is_entered_comes_before_its_body() -> None:
    graph = lowered(NESTED)
    outer = min(graph.loop_heads)
    order = Order(graph)
    assert order.pop() == 0
    order.push(outer, max(graph.preds[outer]))
    order.push(outer + 1, outer)
    order.push(outer, 0)
    assert [order.pop(), order.pop()] == [outer, outer + 1]
    assert not order
