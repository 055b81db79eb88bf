"""Call trees, paths and numbers as text."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from tests.callgraph.graphs import InMemory, call, export, graph, node

from mmlint.callgraph import shortest
from mmlint.callgraph.calltree import CallTree, Wish, call_tree
from mmlint.callgraph.graph import CallGraph, GraphEdge, GraphNode, UnresolvedCall
from mmlint.callgraph.named_lines import NamedLine
from mmlint.callgraph.queries import Direction
from mmlint.callgraph.shortest import Paths, shortest_paths
from mmlint.callgraph.stats import stats
from mmlint.report.graph.listings import stats_lines, unresolved_lines
from mmlint.report.graph.text import ASCII, BOX, Strokes, no_path, path_lines, tree_lines
from mmlint.report.text import Line

ALL = frozenset({"direct", "macro", "ops", "parameter"})


def plain(lines: Iterable[Line]) -> str:
    return "".join(f"{''.join(text for text, _ in line).rstrip()}\n" for line in lines)


def drawn(
    made: CallGraph, name: str, direction: Direction, depth: int = 9, strokes: Strokes = BOX
) -> str:
    tree = call_tree(InMemory(made), made.named(name), Wish(direction, depth))
    return plain(tree_lines(tree, strokes))


def made_of(nodes: Iterable[GraphNode], *edges: GraphEdge) -> CallGraph:
    made = CallGraph()
    for each in nodes:
        made.add_node(each)
    for edge in edges:
        made.add_edge(edge)
    return made


READ = node("vfs_read", "fs/read_write.c", 450)
SHOW = node("flags_read", "fs/proc/page.c", 225, condition="CONFIG_PROC_PAGE")
GET = node("get_page_of", "mm/lookup.c", 40)
MACRO = node("get_page_of", "include/lookup.h", 12, kind="macro", condition="!CONFIG_MM")
COPY = node("memcpy", "", 0)
READING = made_of(
    (READ, SHOW, GET, MACRO, COPY),
    call(READ, SHOW, 474, kind="ops", slot="proc_ops.proc_read"),
    call(READ, SHOW, 480, kind="ops", slot="proc_ops.proc_read", condition="CONFIG_X"),
    call(SHOW, GET, 246, condition="CONFIG_Y"),
    call(SHOW, MACRO, 246, kind="macro", condition="CONFIG_Y"),
    call(SHOW, COPY, 250),
)


def test_callers_are_drawn_with_the_places_of_the_calls() -> None:
    assert drawn(READING, "get_page_of", "callers") == (
        "get_page_of       mm/lookup.c:40\n"
        "get_page_of       include/lookup.h:12       macro  [!CONFIG_MM]\n"
        "└── flags_read    fs/proc/page.c:246        [CONFIG_Y and CONFIG_PROC_PAGE]\n"
        "    └── vfs_read  fs/read_write.c:474, 480  ops proc_ops.proc_read\n"
    )


def test_callees_are_drawn_with_their_definitions_and_the_lines_of_the_calls() -> None:
    assert drawn(READING, "vfs_read", "callees") == (
        "vfs_read             fs/read_write.c:450\n"
        "└── flags_read       fs/proc/page.c:225   at 474, 480  ops proc_ops.proc_read"
        "  [CONFIG_PROC_PAGE]\n"
        "    ├── get_page_of  mm/lookup.c:40       at 246  [CONFIG_Y]\n"
        "    ├── get_page_of  include/lookup.h:12  at 246  macro  [CONFIG_Y and !CONFIG_MM]\n"
        "    └── memcpy       fs/proc/page.c:250   no definition\n"
    )


def test_a_path_is_drawn_from_top_to_bottom() -> None:
    starts, ends = READING.named("vfs_read"), (GET,)
    found = shortest_paths(InMemory(READING), starts, ends, ALL)
    assert plain(path_lines(found, 1)) == (
        "vfs_read         fs/read_write.c:450\n"
        "  flags_read     fs/proc/page.c:225  at 474, 480  ops proc_ops.proc_read"
        "  [CONFIG_PROC_PAGE]\n"
        "    get_page_of  mm/lookup.c:40      at 246  [CONFIG_Y]\n"
        "\n"
        "the only shortest path, 2 calls long\n"
    )


def test_a_tree_can_be_drawn_in_ascii() -> None:
    boxes = drawn(graph("a b", "b c", "a d"), "a", "callees")
    ascii_ = drawn(graph("a b", "b c", "a d"), "a", "callees", strokes=ASCII)
    assert [line.split("  mm")[0].rstrip() for line in ascii_.splitlines()] == [
        "a",
        "|-- b",
        "|   `-- c",
        "`-- d",
    ]
    assert ascii_.isascii()
    for box, plain_ in (("├──", "|--"), ("└──", "`--"), ("│", "|")):
        boxes = boxes.replace(box, plain_)
    assert boxes == ascii_


def test_what_was_drawn_is_referred_to_and_recursion_is_said() -> None:
    made = graph("a b", "b c", "b d", "d b", "c e", "a c", "a f", "f c")
    assert drawn(made, "a", "callees").splitlines() == [
        "a              mm/demo.c:1",
        "├── b          mm/demo.c:1  at 1",
        "│   ├── c      mm/demo.c:1  at 2  (see below)",
        "│   └── d      mm/demo.c:1  at 3",
        "│       └── b  mm/demo.c:1  at 4  (recursion)",
        "├── c          mm/demo.c:1  at 6",
        "│   └── e      mm/demo.c:1  at 5",
        "└── f          mm/demo.c:1  at 7",
        "    └── c      mm/demo.c:1  at 8  (see above)",
    ]


def test_a_function_without_callers_or_callees_says_so() -> None:
    made = graph("a b")
    assert drawn(made, "a", "callers").splitlines()[1] == "└── (nothing is known to call it)"
    assert drawn(made, "b", "callees").splitlines()[1] == "└── (it calls nothing)"


def test_below_a_function_without_callers_stand_the_lines_that_name_it() -> None:
    made = graph("a b")
    lines = [NamedLine("mm/demo.c", 9, "module_exit(a);"), NamedLine("mm/x.c", 12, "x" * 90)]
    wish = Wish("callers")
    tree = call_tree(InMemory(made, lines), made.named("a"), wish)
    assert plain(tree_lines(tree)) == (
        "a          mm/demo.c:1\n"
        "└── (nothing is known to call it)\n"
        "    named  mm/demo.c:9  module_exit(a);\n"
        f"    named  mm/x.c:12    {'x' * 57}...\n"
    )
    many = call_tree(InMemory(made, _lines(12)), made.named("a"), wish)
    assert plain(tree_lines(many)).endswith("    4 more lines\n")


def _lines(count: int) -> list[NamedLine]:
    return [NamedLine("mm/x.c", line + 1, "a,") for line in range(count)]


def test_different_roots_are_drawn_apart() -> None:
    f, g = node("f", "mm/a.c"), node("f", "mm/b.c")
    user = node("user", "mm/a.c", 5)
    text = drawn(made_of((f, g, user), call(user, f, 6)), "f", "callers")
    assert text.split("\n\n") == [
        "f         mm/a.c:1\n└── user  mm/a.c:6",
        "f  mm/b.c:1\n└── (nothing is known to call it)\n",
    ]


def test_a_call_in_another_file_than_the_caller_is_told_with_its_file() -> None:
    f, g = node("f"), node("g", "mm/g.c", 7)
    made = made_of((f, g), call(f, g, 3), call(f, g, 12, path="mm/f.h"))
    assert "mm/g.c:7  at 3, mm/f.h:12\n" in drawn(made, "f", "callees")


def test_many_calls_are_counted() -> None:
    f, g = node("f"), node("g")
    made = made_of((f, g), *(call(f, g, line) for line in (3, 5, 7, 9, 9, 11)))
    assert drawn(made, "g", "callers").endswith("f  mm/demo.c:3, 5, 7, 2 more\n")
    four = made_of((f, g), *(call(f, g, line) for line in (3, 5, 7, 9)))
    assert drawn(four, "g", "callers").endswith("f  mm/demo.c:3, 5, 7, 9\n")


@pytest.mark.parametrize(
    ("kind", "slot", "told"),
    [
        ("direct", "", ""),
        ("macro", "", "through macro"),
        ("ops", "s.read", "ops s.read"),
        ("ops", "", "ops"),
        ("parameter", "", "parameter"),
        ("generated", "", "generated"),
    ],
)
def test_the_kind_of_a_call_is_told_where_it_is_not_direct(kind: str, slot: str, told: str) -> None:
    f, g = node("f"), node("g")
    text = drawn(made_of((f, g), call(f, g, 3, kind=kind, slot=slot)), "g", "callers")
    assert text.splitlines()[1] == f"└── f  mm/demo.c:3  {told}".rstrip()


def test_a_condition_is_told_if_every_call_has_one() -> None:
    f, g = node("f"), node("g")
    both = made_of((f, g), call(f, g, 3, condition="A"), call(f, g, 4, condition="B"))
    one = made_of((f, g), call(f, g, 3, condition="A"), call(f, g, 4))
    assert drawn(both, "g", "callers").endswith("mm/demo.c:3, 4  [A or B]\n")
    assert drawn(one, "g", "callers").endswith("mm/demo.c:3, 4\n")


def test_a_very_long_name_does_not_push_the_others_away() -> None:
    long = "l" * 60
    lines = drawn(graph(f"a {long}", "a bb"), "a", "callees").splitlines()
    assert lines[1] == f"├── {long}  mm/demo.c:1  at 1"
    assert lines[2] == "└── bb  mm/demo.c:1  at 2"


def test_targets_that_are_left_out_are_counted() -> None:
    f = node("f")
    targets = [node(f"t{n}", line=n) for n in range(10, 30)]
    made = made_of((f, *targets), *(call(f, each, 5, kind="ops", slot="s.x") for each in targets))
    tree = call_tree(InMemory(made), (f,), Wish("callees", every=False))
    assert plain(tree_lines(tree)).splitlines()[-2:] == [
        "├── t17  mm/demo.c:17  at 5  ops s.x",
        "└── 12 more, which --all shows",
    ]


def test_a_long_condition_is_shortened_to_what_fits_in_the_line() -> None:
    long = " && ".join(f"CONFIG_{letter}" for letter in "ABCDEFGHIJ")
    [line, _] = drawn(made_of((node("f", condition=long),)), "f", "callers").splitlines()
    assert len(line) == 100
    assert line.startswith("f  mm/demo.c:1  [CONFIG_A && CONFIG_B && ")
    assert line.endswith("...]")
    far = node("f", "d/" * 50 + "f.c", condition=long)
    [line, _] = drawn(made_of((far,)), "f", "callers").splitlines()
    assert line.endswith(":1  [CONFIG_A && CONFIG_...]")


def test_of_a_condition_that_is_shortened_the_options_stay() -> None:
    far = node("f", "d/" * 50 + "f.c", condition="!__MAKING_BOUNDS_H && CONFIG_A && !CONFIG_B")
    [line, _] = drawn(made_of((far,)), "f", "callers").splitlines()
    assert line.endswith(":1  [CONFIG_A && !CONFIG...]")
    far = node("f", "d/" * 50 + "f.c", condition="!__MAKING_BOUNDS_H && (CONFIG_A || CONFIG_B)")
    [line, _] = drawn(made_of((far,)), "f", "callers").splitlines()
    assert line.endswith(":1  [!__MAKING_BOUNDS_H ...]")


def test_a_tree_that_was_cut_says_so() -> None:
    cut = CallTree(Wish("callees"), (), complete=False)
    assert "a smaller --depth" in plain(tree_lines(cut))


def test_names_of_any_spelling_stay_on_their_line() -> None:
    f = node("f", "mm/\udce9\n\x1b.c")
    assert "mm/\\xe9\\n\\x1b.c:1\n" in drawn(made_of((f,)), "f", "callers")


def paths(*calls: str) -> Paths:
    made = graph(*calls)
    return shortest_paths(InMemory(made), made.named("a"), made.named("z"), ALL)


def test_paths_are_drawn_as_many_as_are_wanted_and_counted() -> None:
    both = paths("a b", "b z", "a c ops", "c z")
    one = plain(path_lines(both, 1))
    assert one.endswith("\nthe plainest of 2 shortest paths, 2 calls long; --all shows them\n")
    assert "  b " in one
    assert "  c " not in one
    every = plain(path_lines(both, 2))
    assert every.count("a      mm") == 2
    assert every.endswith("\n2 shortest paths, 2 calls long\n")
    assert plain(path_lines(paths("a z"), 1)).endswith("the only shortest path, 1 call long\n")


def test_paths_that_were_cut_are_said_to_be_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortest, "MOST_PATHS", 1)
    cut = paths("a b", "b z", "a c", "c z")
    assert "plainest of more than 1 shortest paths" in plain(path_lines(cut, 1))


def test_no_path_tells_from_a_search_that_was_given_up() -> None:
    nothing = Paths((), cut=False, gave_up=False, searched=1200)
    assert no_path(nothing, "a", "z") == "no call leads from a to z (1,200 functions searched)"
    lost = Paths((), cut=False, gave_up=True, searched=20000)
    assert no_path(lost, "a", "z").endswith("the 20,000 nearest functions; there may be one")


def lost(form: str, structure: str, field: str, name: str = "") -> UnresolvedCall:
    return UnresolvedCall("mm/a.c", 7, "f", form, structure, field, name)


def test_unresolved_calls_are_told_with_structure_and_field_and_counted() -> None:
    calls = (
        lost("member", "vm_ops", "fault"),
        lost("member", "", "fault"),
        lost("local", "", "", "fn"),
    )
    told = plain(unresolved_lines(export(CallGraph(), unresolved=calls, files=2, functions=9)))
    assert told == (
        "mm/a.c:7: f(): no target is known of vm_ops.fault\n"
        "mm/a.c:7: f(): no target is known of (unknown structure).fault\n"
        "mm/a.c:7: f(): no target is known of the local fn\n"
        "3 calls without a known target in 9 functions of 2 files\n"
    )


def test_numbers_are_a_table() -> None:
    made = graph(*(f"f g{number}" for number in range(1200)))
    told = plain(stats_lines(stats(export(made, files=2, unresolved=(lost("local", "", ""),)))))
    assert "nodes                       1,201\n" in told
    assert "  direct                    1,200\n" in told
    assert "calls without target            1\n  local                         1\n" in told
    assert "functions with most callees\n    1,200  f  mm/demo.c:1\n" in told
    assert len({len(line) for line in told.split("\n\nfunctions")[0].splitlines() if line}) == 1
