"""The call graph of a scope."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.callgraph.trees import program, write

from mmlint.callgraph.export import export
from mmlint.callgraph.graph import CallGraph, Export
from mmlint.callgraph.program import Program
from mmlint.source.config import parse_configuration

USE = "int {0}(int x)\n{{\n\treturn {1};\n}}\n"


def exported(root: Path, files: dict[str, str], *scope: str) -> Export[CallGraph]:
    """The graph of mm/ or of a scope that is given."""
    return export(program(root, files, *scope))


def edges(answer: Export[CallGraph]) -> list[str]:
    """All edges in words."""
    graph = answer.graph
    return sorted(
        f"{graph[edge.source].name} {edge.kind} {graph[edge.target].name}"
        + (f" [{edge.condition}]" if edge.condition else "")
        for edge in graph.edges()
    )


def nodes(answer: Export[CallGraph]) -> list[str]:
    """All nodes in words."""
    return sorted(f"{node.path}:{node.line}:{node.name}" for node in answer.graph.nodes())


def test_functions_call_functions_of_their_own_file_first(tmp_path: Path) -> None:
    files = {
        "mm/a.c": "static " + USE.format("take", "x") + USE.format("user", "take(x)"),
        "mm/b.c": USE.format("take", "x") + USE.format("other", "take(x)"),
    }
    answer = exported(tmp_path, files)
    calls = sorted((edge.source, edge.target) for edge in answer.graph.edges())
    assert calls == [
        ("mm/a.c:5:user", "mm/a.c:1:take"),
        ("mm/b.c:5:other", "mm/b.c:1:take"),
    ]
    assert (answer.files, answer.functions, answer.error_nodes) == (2, 4, 0)


def test_an_edge_says_where_and_on_which_condition(tmp_path: Path) -> None:
    text = (
        "int user(void)\n{\n#ifdef CONFIG_A\n\tone();\n#else\n\ttwo();\n#endif\n\treturn 0;\n}\n"
        "int one(void)\n{\n}\nint two(void)\n{\n}\n"
    )
    answer = exported(tmp_path, {"mm/a.c": text})
    assert edges(answer) == ["user direct one [CONFIG_A]", "user direct two [!CONFIG_A]"]
    assert [(edge.path, edge.line) for edge in answer.graph.edges()] == [
        ("mm/a.c", 4),
        ("mm/a.c", 6),
    ]


def test_both_variants_of_a_function_are_nodes_and_targets(tmp_path: Path) -> None:
    text = (
        "#ifdef CONFIG_A\nint one(void)\n{\n\treturn 1;\n}\n"
        "#else\nint one(void)\n{\n\treturn 2;\n}\n#endif\n" + USE.format("user", "one()")
    )
    answer = exported(tmp_path, {"mm/a.c": text})
    conditions = {node.line: node.condition for node in answer.graph.named("one")}
    assert conditions == {2: "CONFIG_A", 7: "!CONFIG_A"}
    assert edges(answer) == ["user direct one", "user direct one"]


def test_macros_are_nodes_with_their_own_calls(tmp_path: Path) -> None:
    files = {
        "include/linux/x.h": "#define outer(p) inner(p)\n#define inner(p) take(p)\n",
        "mm/a.c": "#include <linux/x.h>\n" + USE.format("user", "outer(x)"),
        "mm/b.c": USE.format("take", "x"),
    }
    answer = exported(tmp_path, files)
    assert edges(answer) == ["inner direct take", "outer macro inner", "user macro outer"]
    (outer,) = answer.graph.named("outer")
    assert (outer.kind, outer.path, outer.line) == ("macro", "include/linux/x.h", 1)


def test_what_a_use_hands_to_a_macro_is_called_by_the_user(tmp_path: Path) -> None:
    text = (
        "#define apply(op, x) op(x)\n"
        + USE.format("take", "x")
        + USE.format("user", "apply(take, x)")
    )
    assert edges(exported(tmp_path, {"mm/a.c": text})) == [
        "user macro apply",
        "user macro take",
    ]


def test_object_like_macros_count_where_they_lead_to_a_call(tmp_path: Path) -> None:
    text = (
        "#define this_one get_this()\n#define LIMIT 5\n#define alias take\n"
        "int get_this(void)\n{\n}\nint take(int x)\n{\n}\n"
        + USE.format("user", "this_one + LIMIT + alias(x)")
    )
    assert edges(exported(tmp_path, {"mm/a.c": text})) == [
        "alias direct take",
        "this_one direct get_this",
        "user macro alias",
        "user macro this_one",
    ]


def test_calls_of_parameters_and_locals_are_not_direct(tmp_path: Path) -> None:
    text = (
        "int take(int x)\n{\n}\n"
        "int user(int (*take)(int), int x)\n{\n\treturn take(x);\n}\n"
        "int other(int x)\n{\n\tint (*take)(int) = 0;\n\treturn take(x);\n}\n"
    )
    answer = exported(tmp_path, {"mm/a.c": text})
    assert [edge for edge in edges(answer) if " direct " in edge] == []


def test_generated_functions_are_nodes_that_call(tmp_path: Path) -> None:
    text = (
        "#define SHOW(n) static int n##_show(void) { return emit(n##_count()); }\n"
        "int emit(int x)\n{\n}\nint free_count(void)\n{\n}\nSHOW(free);\n"
    )
    answer = exported(tmp_path, {"mm/a.c": text})
    assert edges(answer) == [
        "SHOW direct emit",
        "free_show direct emit",
        "free_show direct free_count",
        "free_show generated SHOW",
    ]
    (shown,) = answer.graph.named("free_show")
    assert (shown.line, shown.end_line, shown.static) == (8, 8, True)


def test_a_use_without_semicolon_has_its_own_condition_not_that_of_the_next_function(
    tmp_path: Path,
) -> None:
    header = (
        "#ifndef __BOUNDS\n#define FLAG(n) static inline int test_##n(void) { return 1; }\n"
        "#if CONFIG_A\nFLAG(hot)\n#endif\nstatic inline int after(void)\n{\n}\n#endif\n"
    )
    files = {
        "include/linux/x.h": header,
        "mm/a.c": "#include <linux/x.h>\n" + USE.format("user", "test_hot()"),
    }
    (made,) = exported(tmp_path, files).graph.named("test_hot")
    assert made.condition == "!__BOUNDS && CONFIG_A"


def test_generated_functions_call_through_structures(tmp_path: Path) -> None:
    text = (
        "struct ops { int (*get)(int); };\nstruct dev { struct ops *ops; };\n"
        "#define SHOW(n) int n##_show(struct dev *d) { return d->ops->n(1); }\n"
        "SHOW(get)\n" + USE.format("my_get", "x") + "struct ops all = { .get = my_get };\n"
    )
    answer = exported(tmp_path, {"mm/a.c": text})
    assert "get_show ops my_get" in edges(answer)
    assert {edge.line for edge in answer.graph.edges()} == {4}
    assert [edge.slot for edge in answer.graph.edges() if edge.kind == "ops"] == ["ops.get"]


def test_inline_functions_of_headers_are_followed(tmp_path: Path) -> None:
    files = {
        "include/linux/x.h": "static inline " + USE.format("quick", "slow(x)"),
        "mm/a.c": "#include <linux/x.h>\n" + USE.format("user", "quick(x)"),
        "kernel/b.c": USE.format("slow", "deep(x)") + USE.format("deep", "x"),
    }
    assert edges(exported(tmp_path, files)) == ["quick direct slow", "user direct quick"]


def test_only_headers_that_are_included_count(tmp_path: Path) -> None:
    files = {
        "include/linux/x.h": "static inline " + USE.format("quick", "x"),
        "include/linux/y.h": "static inline " + USE.format("quick", "x"),
        "mm/a.c": "#include <linux/y.h>\n" + USE.format("user", "quick(x)"),
    }
    answer = exported(tmp_path, files)
    assert nodes(answer) == ["include/linux/y.h:1:quick", "mm/a.c:2:user"]


def test_a_header_means_the_macros_that_it_includes_where_it_does(tmp_path: Path) -> None:
    files = {
        "include/linux/one.h": "#define step(x) (x)\n",
        "include/linux/two.h": "#define step(x) (x)\n#define jump(x) (x)\n",
        "mm/x.h": "#include <linux/one.h>\nstatic inline " + USE.format("quick", "step(jump(x))"),
    }
    assert nodes(exported(tmp_path, files)) == [
        "include/linux/one.h:1:step",
        "include/linux/two.h:2:jump",
        "mm/x.h:2:quick",
    ]


def test_definitions_anywhere_in_the_tree_are_found(tmp_path: Path) -> None:
    files = {
        "mm/a.c": USE.format("user", "far_away(x) + __builtin_one(x)"),
        "net/core/b.c": USE.format("far_away", "x"),
        "tools/b.c": USE.format("far_away", "x"),
    }
    assert nodes(exported(tmp_path, files)) == [
        ":0:__builtin_one",
        "mm/a.c:1:user",
        "net/core/b.c:1:far_away",
    ]


def test_a_part_of_a_file_means_what_that_file_defines(tmp_path: Path) -> None:
    files = {
        "kernel/x/part.h": "void leave(int x)\n{\n\treport(x);\n}\n",
        "kernel/x/a.c": 'static void report(int x);\n#include "part.h"\n'
        "static void report(int x)\n{\n}\n",
        "mm/b.c": USE.format("user", "leave(x)"),
    }
    assert "kernel/x/a.c:3:report" in nodes(exported(tmp_path, files))


def test_what_headers_stand_in_for_is_found_anywhere_in_the_tree(tmp_path: Path) -> None:
    header = "#ifdef CONFIG_X\nint {0}(int x);\n#else\n{1}#endif\n"
    files = {
        "include/linux/x.h": header.format("inlined", "static inline " + USE.format("inlined", "0"))
        + header.format("hidden", "#define hidden(x) 0\n"),
        "fs/a.c": USE.format("inlined", "x") + USE.format("hidden", "x"),
        "mm/b.c": "#include <linux/x.h>\n" + USE.format("user", "inlined(x) + hidden(x)"),
    }
    answer = exported(tmp_path, files)
    assert edges(answer) == [
        "user direct hidden",
        "user direct inlined",
        "user direct inlined",
        "user macro hidden",
    ]
    assert {"fs/a.c:1:inlined", "fs/a.c:5:hidden"} <= set(nodes(answer))


def test_parts_that_are_included_share_statics(tmp_path: Path) -> None:
    files = {
        "mm/whole.c": "static " + USE.format("take", "x") + '#include "part.c"\n',
        "mm/part.c": "static " + USE.format("user", "take(x)"),
    }
    (edge,) = exported(tmp_path, files).graph.edges()
    assert (edge.source, edge.target) == ("mm/part.c:1:user", "mm/whole.c:1:take")


def test_calls_through_structures_lead_to_what_is_stored_there(tmp_path: Path) -> None:
    text = (
        "struct ops { int (*take)(int); int (*give)(int); };\n"
        + USE.format("my_take", "x")
        + "static const struct ops mine = { .take = my_take };\n"
        + "int user(struct ops *ops, int x)\n{\n\treturn ops->take(x) + ops->give(x);\n}\n"
    )
    answer = exported(tmp_path, {"mm/a.c": text})
    (edge,) = answer.graph.edges()
    assert (edge.kind, edge.slot, edge.line) == ("ops", "ops.take", 9)
    (open_call,) = answer.unresolved
    assert (open_call.structure, open_call.field, open_call.line) == ("ops", "give", 9)


def test_calls_of_a_parameter_lead_to_what_callers_hand_over(tmp_path: Path) -> None:
    text = (
        USE.format("take", "x")
        + "int each(int (*fn)(int), int x)\n{\n\treturn fn(x);\n}\n"
        + USE.format("user", "each(take, x)")
    )
    answer = exported(tmp_path, {"mm/a.c": text})
    assert edges(answer) == ["each parameter take", "user direct each"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("CONFIG_A=y\n", ["user direct one"]),
        ("# CONFIG_A is not set\n", ["user direct two"]),
        ("CONFIG_B=y\n", ["user direct one [CONFIG_A]", "user direct two [!CONFIG_A]"]),
    ],
)
def test_a_configuration_prunes_nodes_and_edges(
    tmp_path: Path, text: str, wanted: list[str]
) -> None:
    code = (
        "int user(void)\n{\n#ifdef CONFIG_A\n\tone();\n#else\n\ttwo();\n#endif\n\treturn 0;\n}\n"
        "#ifdef CONFIG_A\nint one(void)\n{\n}\n#else\nint two(void)\n{\n}\n#endif\n"
    )
    tree = write(tmp_path, {"mm/a.c": code})
    configuration = parse_configuration(text, ".config")
    answer = export(Program(tree, ["mm/a.c"], configuration=configuration))
    assert edges(answer) == wanted
    assert len(answer.graph) == 1 + len(wanted)


def test_what_was_not_read_is_said(tmp_path: Path) -> None:
    answer = exported(tmp_path, {"mm/a.c": "int user(void)\n{\n\tx = (;\n}\n", "mm/b.c": "\0"})
    assert answer.error_nodes > 0
    assert {gap.path for gap in answer.not_analysed} == {"mm/a.c", "mm/b.c"}


def test_an_entry_leads_to_the_body_that_a_macro_puts_behind_it(tmp_path: Path) -> None:
    files = {
        "mm/a.c": "#define ENTRY(name, ...) static long __do_##name(__VA_ARGS__); "
        "long name(long a) { return ((long (*)(long))__do_##name)(a); } "
        "static long __do_##name(__VA_ARGS__)\n"
        "long take(long a)\n{\n\treturn a;\n}\n"
        "ENTRY(peek, long a)\n{\n\treturn take(a);\n}\n"
    }
    assert edges(exported(tmp_path, files)) == [
        "__do_peek direct take",
        "__do_peek generated ENTRY",
        "peek generated ENTRY",
        "peek generated __do_peek",
    ]


def test_what_macros_make_may_be_defined_where_nobody_looked(tmp_path: Path) -> None:
    files = {
        "include/linux/x.h": "void bad_size(void);\n#define ONCE(f, x) f(x)\n"
        "#define TAKE(x) ONCE(take, x)\n#define CHECK(op) bad_##op(); none_##op()\n"
        "#define SIZE() CHECK(size)\n#define renamed take_all\n",
        "mm/a.c": "#include <linux/x.h>\n"
        + USE.format("user", "TAKE(x) + ONCE(give, x)")
        + USE.format("other", "SIZE() + renamed(x)"),
        "drivers/char/b.c": USE.format("take", "x")
        + USE.format("give", "x")
        + USE.format("take_all", "x"),
    }
    assert edges(exported(tmp_path, files)) == [
        "SIZE macro CHECK",
        "SIZE macro bad_size",
        "TAKE macro ONCE",
        "TAKE macro take",
        "other macro SIZE",
        "other macro renamed",
        "renamed direct take_all",
        "user macro ONCE",
        "user macro TAKE",
        "user macro give",
    ]


@pytest.mark.parametrize("declared", ["extern int run2(void)", "extern unsigned long\nrun2(void)"])
def test_what_macros_make_may_be_declared_for_all(tmp_path: Path, declared: str) -> None:
    files = {
        "include/linux/x.h": "#define RUN(n) run##n()\n",
        "include/linux/y.h": declared + ";\ntypedef\nrun3(*handler)(void);\n",
        "mm/a.c": "#include <linux/x.h>\n" + USE.format("user", "RUN(2) + RUN(3)"),
    }
    assert edges(exported(tmp_path, files)) == ["user macro RUN", "user macro run2"]


def test_a_function_has_the_name_that_a_macro_gives_to_it_too(tmp_path: Path) -> None:
    text = (
        "static int take(int x)\n{\n\treturn x;\n}\n"
        "#ifndef AGAIN\n#define slow native_slow\n#endif\n"
        "int slow(int x)\n{\n\treturn take(x);\n}\n"
        "#ifndef AGAIN\n#define AGAIN\n#undef slow\n#define slow pv_slow\n"
        '#include "a.c"\n#endif\n'
    )
    answer = exported(tmp_path, {"mm/a.c": text, "mm/b.c": USE.format("user", "pv_slow(x)")})
    assert [node for node in nodes(answer) if "_slow" in node] == [
        "mm/a.c:8:native_slow",
        "mm/a.c:8:pv_slow",
    ]
    assert "pv_slow direct take" in edges(answer)
    assert {edge.line for edge in answer.graph.edges() if "pv_slow" in edge.source} == {8, 10}
    assert "user direct pv_slow" in edges(answer)


def test_a_function_whose_name_is_written_in_capitals_has_that_of_the_header(
    tmp_path: Path,
) -> None:
    files = {
        "mm/test.h": "#define TEST_NAME test_take\nint TEST_NAME(int x);\n",
        "mm/dynamic.c": '#include "test.h"\n' + USE.format("TEST_NAME", "x"),
        "mm/a.c": '#include "test.h"\n' + USE.format("user", "TEST_NAME(x)"),
    }
    answer = exported(tmp_path, files)
    assert [node for node in nodes(answer) if "test_take" in node] == ["mm/dynamic.c:2:test_take"]
    assert {"TEST_NAME direct test_take", "user macro TEST_NAME"} <= set(edges(answer))


def test_a_template_has_the_names_that_those_give_who_include_it(tmp_path: Path) -> None:
    names = "#if BITS == 64\n#define FNAME(n) p64_##n\n#else\n#define FNAME(n) p32_##n\n#endif\n"
    files = {
        "mm/walk.h": names
        + "static int FNAME(level)(int x)\n{\n\treturn x;\n}\n"
        + "static int FNAME(walk)(int x)\n{\n\treturn FNAME(level)(x);\n}\n#undef FNAME\n",
        "mm/a.c": '#define BITS 64\n#include "walk.h"\n#define BITS 32\n#include "walk.h"\n',
        "fs/b.c": "#define FNAME(n) other_##n\n",
    }
    answer = exported(tmp_path, files)
    assert [node for node in nodes(answer) if node.endswith("walk")] == [
        "mm/walk.h:10:p32_walk",
        "mm/walk.h:10:p64_walk",
    ]
    assert {"p64_walk macro p64_level", "p32_walk macro p32_level"} <= set(edges(answer))


def test_a_header_that_a_macro_stands_for_has_no_name_of_another_macro(tmp_path: Path) -> None:
    macros = "#define DEFINE_RAW(f) void f(int x)\n#define DEFINE_MCE DEFINE_RAW\n"
    answer = exported(tmp_path, {"mm/a.c": macros + "DEFINE_MCE(check)\n{\n}\n"})
    assert not [node for node in nodes(answer) if node.endswith("DEFINE_RAW") and ":3:" in node]


def test_a_macro_that_takes_the_place_of_a_function_is_no_name_of_it(tmp_path: Path) -> None:
    text = "#ifdef CONFIG_A\n" + USE.format("one", "x") + "#else\n#define one NULL\n#endif\n"
    files = {
        "include/linux/h.h": "#ifndef CONFIG_A\n#define two __two\n#endif\n",
        "mm/a.c": "#include <linux/h.h>\n" + text + USE.format("two", "x"),
    }
    assert nodes(exported(tmp_path, files)) == ["mm/a.c:3:one", "mm/a.c:10:two"][::-1]


def test_what_is_included_in_a_body_is_part_of_it(tmp_path: Path) -> None:
    files = {
        "mm/a.c": "static void take(int x)\n{\n}\n"
        "void user(void (*other)(void))\n{\n#define STATE(x) take(x)\n"
        '#include "states.h"\n#undef STATE\n}\n',
        "mm/states.h": "STATE(1)\nSTATE(2)\nother();\nplain();\n",
    }
    assert edges(exported(tmp_path, files, "mm/a.c")) == [
        "STATE direct take",
        "user direct plain",
        "user macro STATE",
        "user macro STATE",
    ]
