"""Walking through all nodes of a body."""

from __future__ import annotations

from tests.syntax.reading import body, functions

from mmlint.syntax.nodes import Call, Declare, Name
from mmlint.syntax.walk import walk


def test_nodes_come_outer_before_inner_and_in_the_order_of_the_source() -> None:
    found = [node for node in walk(body("a(b(1), c); d();")) if isinstance(node, Call)]
    names = [call.callee.name for call in found if isinstance(call.callee, Name)]
    assert names == ["a", "b", "d"]


def test_nothing_is_left_out() -> None:
    text = """
    struct ops o = { .take = t1 };
    if (t2) { t3(); } else t4();
    for (int i = t5; t6; t7) switch (t8) { case 1: x = ({ t9; }); }
    do { y ? t10 : t11; } while (t12);
    """
    (function,) = functions(f"static void demo(void)\n{{\n{text}\n}}\n")
    names = {node.name for node in walk(function.body) if isinstance(node, Name)}
    assert {f"t{number}" for number in range(1, 13)} <= names
    declared = [node.name for node in walk(function.body) if isinstance(node, Declare)]
    assert declared == ["o", "i"]
