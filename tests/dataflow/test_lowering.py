"""What the graph of a function looks like, shown block by block."""

from __future__ import annotations

import pytest
from tests.dataflow.drawing import drawn, flow, lowered
from tests.syntax.reading import functions

from mmlint.dataflow import cfg
from mmlint.syntax.macros import Macro, MacroTable
from mmlint.syntax.parse import parse_macro

ITERATOR = """
#define for_each_slot(slot, from) for (slot = (from); slot; slot = next_slot(slot))
#define inside(lock) for (int once = take(lock); once; once = drop(lock))
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if (a) f(); else g();", ["0: a ? 1 : 2", "1: f(); -> 3", "2: g(); -> 3", "3: return"]),
        ("if (!a) f();", ["0: a ? 2 : 1", "1: f(); -> 2", "2: return"]),
        (
            "if (a && !(b || c)) f();",
            ["0: a ? 1 : 4", "1: b ? 4 : 2", "2: c ? 4 : 3", "3: f(); -> 4", "4: return"],
        ),
        (
            "if (a ? b : c) f();",
            ["0: a ? 1 : 2", "1: b ? 3 : 4", "2: c ? 3 : 4", "3: f(); -> 4", "4: return"],
        ),
        ("if (f(), a) g();", ["0: f(); a ? 1 : 2", "1: g(); -> 2", "2: return"]),
        (
            "if (({ int t = f(); !t; })) g();",
            ["0: int t = f(); t ? 2 : 1", "1: g(); -> 2", "2: return"],
        ),
        ("if (f()) ;", ["0: f(); return"]),
        ("if (0) f(); if (1) g(); else h();", ["0: g(); return"]),
        ("if (true && !false) f();", ["0: f(); return"]),
    ],
)
def test_a_test_becomes_branches_on_plain_values(text: str, expected: list[str]) -> None:
    assert drawn(lowered(text)) == expected


@pytest.mark.parametrize(
    ("test", "first"),
    [
        ("(a = f())", "0: a = f(); a ? 1 : 2"),
        ("(a = f()) != 3", "0: a = f(); a != 3 ? 1 : 2"),
        ("!(a = f())", "0: a = f(); a ? 2 : 1"),
        ("(p->x = f()) & 1", "0: p->x = f(); p->x & 1 ? 1 : 2"),
        ("(*p++ = f())", "0: $1 = f(); *p++ = $1; $1 ? 1 : 2"),
        ("g(a = b = c)", "0: b = c; a = b; g(a) ? 1 : 2"),
        ("a--", "0: a-- ? 1 : 2"),
    ],
)
def test_an_assignment_in_a_test_comes_before_it(test: str, first: str) -> None:
    assert drawn(lowered(f"if ({test}) then();"))[0] == first


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if (hint(a)) f();", ["0: hint(a) ? 1 : 2", "1: f(); -> 2", "2: return"]),
        ("if (hint(!a)) f();", ["0: a ? 2 : 1", "1: f(); -> 2", "2: return"]),
        ("if (!hint(!a)) f();", ["0: a ? 1 : 2", "1: f(); -> 2", "2: return"]),
        (
            "if (hint(warn_if(a && b))) f();",
            ["0: a ? 1 : 3", "1: b ? 2 : 3", "2: f(); -> 3", "3: return"],
        ),
        (
            "if (other(a && b)) f();",
            [
                "0: a ? 1 : 3",
                "1: b ? 2 : 3",
                "2: $1 = 1; -> 4",
                "3: $1 = 0; -> 4",
                "4: other($1) ? 5 : 6",
                "5: f(); -> 6",
                "6: return",
            ],
        ),
    ],
)
def test_a_transparent_call_around_a_composed_test_is_looked_through(
    text: str, expected: list[str]
) -> None:
    assert drawn(lowered(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "x = a ? b : c;",
            ["0: a ? 1 : 2", "1: $1 = b; -> 3", "2: $1 = c; -> 3", "3: x = $1; return"],
        ),
        ("x = f() ?: g();", ["0: $1 = f(); $1 ? 2 : 1", "1: $1 = g(); -> 2", "2: x = $1; return"]),
        (
            "x = a || b;",
            [
                "0: a ? 2 : 1",
                "1: b ? 2 : 3",
                "2: $1 = 1; -> 4",
                "3: $1 = 0; -> 4",
                "4: x = $1; return",
            ],
        ),
        ("x = (f(), a);", ["0: f(); x = a; return"]),
        ("x = ({ int t = f(); t + 1; });", ["0: int t = f(); $1 = t + 1; x = $1; return"]),
        (
            "struct s t = { .x = ({ f(); a; }), .y = b };",
            ["0: f(); $1 = a; struct s t = {.x = $1, .y = b}; return"],
        ),
        ("x = y = f();", ["0: y = f(); x = y; return"]),
        ("x = !a;", ["0: x = !a; return"]),
    ],
)
def test_a_value_that_takes_branches_is_a_temporary(text: str, expected: list[str]) -> None:
    assert drawn(lowered(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ? f() : g();", ["0: a ? 1 : 2", "1: f(); -> 3", "2: g(); -> 3", "3: return"]),
        ("a && f();", ["0: a ? 1 : 2", "1: f(); -> 2", "2: return"]),
        ("(void)(a || f());", ["0: a ? 2 : 1", "1: f(); -> 2", "2: return"]),
        ("f(), a, g();", ["0: f(); g(); return"]),
        ("({ f(); a; });", ["0: f(); return"]),
    ],
)
def test_a_value_that_nobody_uses_takes_no_temporary(text: str, expected: list[str]) -> None:
    assert drawn(lowered(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("return f(a);", ["0: return f(a)"]),
        ("return a == b;", ["0: return a == b"]),
        ("return !f();", ["0: f() ? 1 : 2", "1: return 0", "2: return 1"]),
        ("return !!a;", ["0: a ? 1 : 2", "1: return 1", "2: return 0"]),
        ("return a && b;", ["0: a ? 1 : 3", "1: b ? 2 : 3", "2: return 1", "3: return 0"]),
        ("return hint(a || b);", ["0: a ? 2 : 1", "1: b ? 2 : 3", "2: return 1", "3: return 0"]),
        ("return a ? f() : b == c;", ["0: a ? 1 : 2", "1: return f()", "2: return b == c"]),
        ("return f() ?: b;", ["0: $1 = f(); $1 ? 1 : 2", "1: return $1", "2: return b"]),
        ("return f(), a;", ["0: f(); return a"]),
        ("return ({ int t = f(); t; });", ["0: int t = f(); return t"]),
        ("return; f();", ["0: return"]),
    ],
)
def test_a_choice_that_is_returned_is_several_returns(text: str, expected: list[str]) -> None:
    assert drawn(lowered(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected", "loop_of"),
    [
        (
            "while (a && b) { if (c) break; if (f()) continue; g(); }",
            [
                "0: -> 1",
                "1: a ? 2 : 6",
                "2: b ? 3 : 6",
                "3: c ? 6 : 4",
                "4: f() ? 1 : 5",
                "5: g(); -> 1",
                "6: return",
            ],
            (-1, 1, 1, 1, 1, 1, -1),
        ),
        (
            "for (int i = 0; i < a; i++) { if (f(i)) continue; g(); }",
            [
                "0: int i = 0; -> 1",
                "1: i < a ? 2 : 5",
                "2: f(i) ? 4 : 3",
                "3: g(); -> 4",
                "4: i++; -> 1",
                "5: return",
            ],
            (-1, 1, 1, 1, 1, -1),
        ),
        (
            "do { if (f()) continue; g(); } while (a);",
            ["0: -> 1", "1: f() ? 3 : 2", "2: g(); -> 3", "3: a ? 1 : 4", "4: return"],
            (-1, 1, 1, 1, -1),
        ),
        (
            "for (;;) { if (f()) break; g(); }",
            ["0: -> 1", "1: f() ? 2 : 3", "2: return", "3: g(); -> 1"],
            (-1, 1, -1, 1),
        ),
        ("while (1) f();", ["0: -> 1", "1: f(); -> 1"], (-1, 1)),
        ("while (true) f();", ["0: -> 1", "1: f(); -> 1"], (-1, 1)),
        ("for (;;) ;", ["0: -> 1", "1: -> 1"], (-1, 1)),
        (
            "again: f(); if (a) goto again;",
            ["0: -> 1", "1: f(); a ? 1 : 2", "2: return"],
            (-1, 1, -1),
        ),
        (
            "for (;;) { while (f()) g(); if (a) break; }",
            ["0: -> 1", "1: -> 2", "2: f() ? 3 : 4", "3: g(); -> 2", "4: a ? 5 : 1", "5: return"],
            (-1, 1, 2, 2, 1, -1),
        ),
    ],
)
def test_a_loop_has_a_head_of_its_own(
    text: str, expected: list[str], loop_of: tuple[int, ...]
) -> None:
    graph = lowered(text)
    assert drawn(graph) == expected
    assert graph.loop_of == loop_of
    assert graph.loop_heads == set(loop_of) - {-1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "do { f(); if (a) continue; if (b) break; g(); } while (0); h();",
            ["0: f(); a ? 3 : 1", "1: b ? 3 : 2", "2: g(); -> 3", "3: h(); return"],
        ),
        ("while (0) f(); g();", ["0: g(); return"]),
        ("if (a) goto out; f(); out: g();", ["0: a ? 2 : 1", "1: f(); -> 2", "2: g(); return"]),
    ],
)
def test_what_runs_once_is_no_loop(text: str, expected: list[str]) -> None:
    graph = lowered(text)
    assert drawn(graph) == expected
    assert not graph.loop_heads


def test_an_iterator_advances_at_its_head_and_may_end_there() -> None:
    text = "for_each_slot(s, f(a)) { if (b) continue; if (c) break; g(s); }"
    assert drawn(lowered(text, macros=ITERATOR)) == [
        "0: -> 1",
        "1: next for_each_slot(s, f(a)) sets [0]; -> 2 or 5",
        "2: b ? 1 : 3",
        "3: c ? 5 : 4",
        "4: g(s); -> 1",
        "5: return",
    ]


def test_arguments_of_an_iterator_that_take_branches_are_lowered_each_round() -> None:
    graph = lowered("for_each_slot(s, a ? b : c) f(s);", macros=ITERATOR)
    assert drawn(graph)[1:5] == [
        "1: a ? 2 : 3",
        "2: $1 = b; -> 4",
        "3: $1 = c; -> 4",
        "4: next for_each_slot(s, $1) sets [0]; -> 5 or 6",
    ]
    assert graph.loop_heads == {1}


def test_a_macro_in_front_of_a_block_that_is_no_iterator_runs_once() -> None:
    graph = lowered("while (a) { inside(&l) { f(); if (b) break; } }", macros=ITERATOR)
    assert drawn(graph) == ["0: -> 1", "1: a ? 2 : 3", "2: inside(&l); f(); b ? 3 : 1", "3: return"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "switch (f()) { case 1: g(); case 2: h(); break; default: i(); break; "
            "case 3: return 1; }",
            [
                "0: $1 = f(); $1 == 1 ? 1 : 2",
                "1: g(); -> 3",
                "2: $1 == 2 ? 3 : 4",
                "3: h(); -> 7",
                "4: $1 == 3 ? 5 : 6",
                "5: return 1",
                "6: i(); -> 7",
                "7: return",
            ],
        ),
        (
            "switch (a) { case 1: case 2: f(); }",
            ["0: $1 = a; $1 == 1 ? 2 : 1", "1: $1 == 2 ? 2 : 3", "2: f(); -> 3", "3: return"],
        ),
        (
            "while (a) switch (b) { case 1: continue; case 2: break; }",
            [
                "0: -> 1",
                "1: a ? 2 : 4",
                "2: $1 = b; $1 == 1 ? 1 : 3",
                "3: $1 == 2; -> 1",
                "4: return",
            ],
        ),
        (
            "switch (a) { case 1: while (b) { case 2: f(); } }",
            [
                "0: $1 = a; $1 == 1 ? 3 : 1",
                "1: $1 == 2 ? 2 : 4",
                "2: f(); -> 3",
                "3: b ? 2 : 4",
                "4: return",
            ],
        ),
    ],
)
def test_a_switch_asks_for_each_label_in_order(text: str, expected: list[str]) -> None:
    assert drawn(lowered(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if (a) die(b); f();", ["0: a ? 1 : 2", "1: die(b); stop", "2: f(); return"]),
        (
            "x = a ? die(b) : c;",
            ["0: a ? 1 : 2", "1: die(b); stop", "2: $1 = c; x = $1; return"],
        ),
        ("die_if(a); f();", ["0: a ? 1 : 2", "1: stop", "2: f(); return"]),
        ("die_if(!a || b); f();", ["0: a ? 1 : 3", "1: b ? 3 : 2", "2: f(); return", "3: stop"]),
        ("die_if(1); f();", ["0: stop"]),
        ("goto nowhere; f();", ["0: stop"]),
    ],
)
def test_a_path_stops_where_nothing_returns(text: str, expected: list[str]) -> None:
    assert drawn(lowered(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int x = 1; f(x);", "int x = 1; f(x)"),
        ("{ int a = 1; f(a); } f(a);", "int a@2 = 1; f(a@2); f(a)"),
        ("{ int a = 1; { int a = 2; f(a); } f(a); }", "int a@2 = 1; int a@3 = 2; f(a@3); f(a@2)"),
        ("{ int x = 1; f(x); } { int x = 2; f(x); }", "int x = 1; f(x); int x = 2; f(x)"),
        ("f(({ int a = 1; a; }), a);", "int a@2 = 1; $1 = a@2; f($1, a)"),
        (
            "{ struct s *a = f(); g(a->a, &a, a[0].a); }",
            "struct s *a@2 = f(); g(a@2->a, &a@2, a@2[0].a)",
        ),
        ("{ int (*f)(void) = a; f(); } f();", "int *f = a; f(); f()"),
    ],
)
def test_a_local_that_hides_another_has_a_name_of_its_own(text: str, expected: str) -> None:
    assert drawn(lowered(text)) == [f"0: {expected}; return"]


def test_a_variable_of_a_for_statement_ends_with_it() -> None:
    graph = lowered("for (int a = 0; a < b; a++) f(a); f(a);")
    assert drawn(graph) == [
        "0: int a@2 = 0; -> 1",
        "1: a@2 < b ? 2 : 3",
        "2: f(a@2); a@2++; -> 1",
        "3: f(a); return",
    ]


def test_a_macro_is_lowered_like_a_function() -> None:
    macro = Macro("pick", ("p", "q"), "((p) && (q))", "include/demo.h", 1)
    function = parse_macro(macro, MacroTable([]))
    assert function is not None
    assert drawn(flow(function)) == ["0: p ? 1 : 3", "1: q ? 2 : 3", "2: return 1", "3: return 0"]


def test_offsets_are_those_of_the_statements() -> None:
    text = "static int demo(int a)\n{\n\tint x = a;\n\n\tif (x)\n\t\treturn 1;\n\tx++;\n}\n"
    (function,) = functions(text)
    graph = flow(function)
    bind, branch = graph.blocks[0].ops[0], graph.blocks[0].end
    assert isinstance(bind, cfg.Bind)
    assert text[bind.at :].startswith("x = a")
    assert isinstance(branch, cfg.Branch)
    assert text[branch.test.start : branch.test.end] == "x"
    leaves = [block.end for block in graph.blocks if isinstance(block.end, cfg.Leave)]
    assert [text[leave.at] for leave in leaves] == ["r", "}"]


def test_predecessors_mirror_the_successors_and_the_entry_has_none() -> None:
    graph = lowered("again: while (a) { if (b) goto again; if (c) break; } do f(); while (a);")
    edges = [(i, to) for i, block in enumerate(graph.blocks) for to in cfg.successors(block.end)]
    assert sorted(edges) == sorted((i, to) for to, before in enumerate(graph.preds) for i in before)
    assert graph.preds[0] == ()
    assert all(graph.preds[1:])


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "a + " * 180 + "a;",
        "if (" + "a && " * 180 + "a) f();",
        "if (" + "!hint(" * 90 + "a && b" + ")" * 90 + ") f();",
        "x = " + "a ? b : " * 90 + "c;",
        "return " + "a ? b : " * 90 + "c;",
        "x = " + "({ " * 60 + "a;" + " });" * 60,
        "if (a) { " * 90 + "f();" + "}" * 90,
        "if (a) f(); else " * 90 + "g();",
        "for (;;) { if (a) break; " * 60 + "f();" + "}" * 60,
    ],
)
def test_what_the_parser_takes_is_not_too_deep(text: str) -> None:
    assert lowered(text).blocks


def test_a_huge_function_is_lowered() -> None:
    graph = lowered("if (f(a)) g(b ? a : c);\n" * 5_000)
    assert len(graph.blocks) == 5 * 5_000 + 1
