"""Trees of callers and callees."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.callgraph.graphs import InMemory, call, graph, node

from mmlint.callgraph import calltree
from mmlint.callgraph.calltree import Branch, CallTree, Wish, call_tree
from mmlint.callgraph.graph import CallGraph, GraphEdge, GraphNode
from mmlint.callgraph.named_lines import NamedLine


def drawn(made: CallGraph, name: str, wish: Wish) -> list[str]:
    """The lines of the tree: a dot for each call between, the name, and why nothing follows."""
    tree = call_tree(InMemory(made), made.named(name), wish)
    return [line for root in tree.roots for branch in root.branches for line in lines(branch)]


def lines(branch: Branch, dots: str = "") -> list[str]:
    own = f"{dots}{branch.node.name} {branch.repeat}".rstrip()
    return [own, *(line for inner in branch.branches for line in lines(inner, dots + "."))]


def test_callers_and_callees_are_followed_to_the_depth_that_is_asked_for() -> None:
    made = graph("a b", "b c", "c d", "d e")
    assert drawn(made, "d", Wish("callers")) == ["c"]
    assert drawn(made, "d", Wish("callers", 2)) == ["c", ".b"]
    assert drawn(made, "b", Wish("callees", 9)) == ["c", ".d", "..e"]


def test_branches_are_in_the_order_of_the_calls() -> None:
    made = graph("f z", "f b", "f a", "f z")
    assert drawn(made, "f", Wish("callees")) == ["z", "b", "a"]


def test_several_calls_of_one_function_are_one_branch() -> None:
    made = graph("f g", "f h", "f g ops")
    tree = call_tree(InMemory(made), made.named("f"), Wish("callees"))
    [g, h] = tree.roots[0].branches
    assert [(edge.line, edge.kind) for edge in g.edges] == [(1, "direct"), (3, "ops")]
    assert [edge.line for edge in h.edges] == [2]


def test_only_calls_of_the_wanted_kinds_are_followed() -> None:
    made = graph("f g macro", "f h", "h i ops", "g j")
    assert drawn(made, "f", Wish("callees", 3, frozenset({"direct"}))) == ["h"]
    assert drawn(made, "f", Wish("callees", 3, frozenset({"direct", "ops"}))) == ["h", ".i"]


@pytest.mark.parametrize(
    ("name", "wish", "told"),
    [
        ("f", Wish("callers"), True),
        ("g", Wish("callers"), False),
        ("g", Wish("callees"), False),
        # Who leaves out kinds of calls does not learn that there is none.
        ("f", Wish("callers", 1, frozenset({"direct"})), False),
    ],
)
def test_what_nothing_is_known_to_call_is_told_with_the_lines_that_name_it(
    name: str, wish: Wish, *, told: bool
) -> None:
    made = graph("f g")
    lines = (NamedLine("mm/demo.c", 9, "module_exit(f);"),)
    [root] = call_tree(InMemory(made, lines), made.named(name), wish).roots
    assert root.named == (lines if told else ())


def test_a_function_that_is_above_itself_is_a_cycle() -> None:
    assert drawn(graph("f f"), "f", Wish("callees", 5)) == ["f cycle"]
    made = graph("f g", "g h", "h g")
    assert drawn(made, "f", Wish("callees", 5)) == ["g", ".h", "..g cycle"]


def test_branches_are_drawn_once_where_they_are_nearest_to_the_root() -> None:
    made = graph("f g", "f h", "g h", "h i", "h j", "f h")
    assert drawn(made, "f", Wish("callees", 5)) == ["g", ".h elsewhere", "h", ".i", ".j"]
    # At depth 2, the h below g is too far away to have branches; the other one has them.
    assert drawn(made, "f", Wish("callees", 2)) == ["g", ".h elsewhere", "h", ".i", ".j"]


def test_a_leaf_is_drawn_wherever_it_is_called() -> None:
    made = graph("f g", "f h", "g i", "h i")
    assert drawn(made, "f", Wish("callees", 5)) == ["g", ".i", "h", ".i"]


def variants(*, alike: bool) -> CallTree:
    """A function and the macro that stands for it in another configuration."""
    made = CallGraph()
    macro = node("f", "mm/f.h", 2, kind="macro")
    function, user, other = node("f", "mm/f.c", 5), node("user"), node("other")
    for each in (macro, function, user, other):
        made.add_node(each)
    made.add_edge(call(user, macro, 7, kind="macro"))
    made.add_edge(call(user, function, 7))
    if not alike:
        made.add_edge(call(other, function, 8))
    return call_tree(InMemory(made), made.named("f"), Wish("callers"))


def test_variants_with_the_same_callers_share_a_tree() -> None:
    [root] = variants(alike=True).roots
    function, macro = root.nodes
    assert [each.kind for each in root.nodes] == ["function", "macro"]
    [branch] = root.branches
    assert branch.node.name == "user"
    assert [edge.target for edge in branch.edges] == [function.id]
    assert [edge.target for edge in root.others] == [macro.id]


def test_variants_with_different_callers_have_trees_of_their_own() -> None:
    function, macro = variants(alike=False).roots
    assert [branch.node.name for branch in function.branches] == ["user", "other"]
    assert [branch.node.name for branch in macro.branches] == ["user"]


def test_of_very_many_targets_of_one_call_the_nearest_few_are_followed() -> None:
    made = CallGraph()
    caller, direct, after = node("f", "fs/proc/f.c"), node("direct"), node("after")
    targets = [node(f"t{n}", "drivers/t.c" if n % 2 else "fs/t.c", n) for n in range(10, 30)]
    near = node("t99", "fs/proc/t.c")
    for each in (caller, direct, after, *targets, near):
        made.add_node(each)
    made.add_edge(call(caller, direct, 1))
    for target in (*targets, near):
        made.add_edge(call(caller, target, 5, kind="ops", slot="s.read"))
        made.add_edge(call(target, after, 9))
    made.add_edge(call(caller, after, 7))
    whole = call_tree(InMemory(made), (caller,), Wish("callees", 2)).roots[0].branches
    assert (len(whole), {branch.more for branch in whole}) == (23, {0})
    few = call_tree(InMemory(made), (caller,), Wish("callees", 2, every=False)).roots[0].branches
    names = [branch.node.name for branch in few]
    assert names == ["direct", *(f"t{n}" for n in range(10, 24, 2)), "t99", "after"]
    assert [branch.more for branch in few] == [0] * 8 + [13, 0]
    assert [branch.node.name for branch in few[1].branches] == ["after"]


def test_a_call_of_a_few_targets_and_different_calls_are_left_alone() -> None:
    made = graph(*(f"f t{n} ops" for n in range(20)))
    few = Wish("callees", every=False)
    assert len(call_tree(InMemory(made), made.named("f"), few).roots[0].branches) == 20
    users = graph(*(f"u{n} f ops" for n in range(20)))
    upwards = Wish("callers", every=False)
    assert len(call_tree(InMemory(users), users.named("f"), upwards).roots[0].branches) == 20


def test_a_level_is_asked_for_in_one_batch_and_each_node_once() -> None:
    class Counting(InMemory):
        def __init__(self, made: CallGraph) -> None:
            super().__init__(made)
            self.asked: list[list[str]] = []

        def callees(self, nodes: Sequence[GraphNode]) -> Sequence[tuple[GraphEdge, GraphNode]]:
            self.asked.append([each.name for each in nodes])
            return super().callees(nodes)

    counting = Counting(graph("f g", "f h", "g i", "h i", "i f"))
    call_tree(counting, counting.named("f"), Wish("callees", 9))
    assert counting.asked == [["f"], ["g", "h"], ["i"]]


def test_a_tree_that_grows_too_large_says_that_it_is_not_complete(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = graph("f g", "f h", "g i", "i j")
    nodes = made.named("f")
    assert call_tree(InMemory(made), nodes, Wish("callees", 3)).complete
    monkeypatch.setattr(calltree, "MOST_NODES", 2)
    cut = call_tree(InMemory(made), nodes, Wish("callees", 3))
    assert not cut.complete
    assert [lines(branch) for branch in cut.roots[0].branches] == [["g"], ["h"]]


@given(
    st.sets(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), min_size=1),
    st.integers(1, 6),
)
def test_a_tree_shows_every_node_that_is_near_enough_and_branches_once(
    calls: set[tuple[str, str]], depth: int
) -> None:
    made = graph(*(f"{a} {b}" for a, b in sorted(calls)), "a a")
    near, frontier = {"a"}, {"a"}
    for _ in range(depth):
        frontier = {b for a, b in calls if a in frontier} - near
        near |= frontier
    shown = drawn(made, "a", Wish("callees", depth))
    assert {line.strip(".").split()[0] for line in shown} | {"a"} == near
    plain = [line.strip(".") for line in shown]
    grown = [
        name.strip(".")
        for name, following in zip(shown, [*shown[1:], ""], strict=True)
        if following.startswith("." * (len(name) - len(name.lstrip(".")) + 1))
    ]
    assert len(grown) == len(set(grown))
    assert all(" " not in name for name in grown)
    assert plain
