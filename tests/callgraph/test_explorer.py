"""The call graph of a whole tree, on demand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.callgraph.trees import write

from mmlint.callgraph.explorer import TreeExplorer
from mmlint.callgraph.graph import GraphEdge, GraphNode
from mmlint.callgraph.program import Program
from mmlint.callgraph.queries import UnknownName, find

USE = "int {0}(int x)\n{{\n\treturn {1};\n}}\n"


def explorer(root: Path, files: dict[str, str]) -> TreeExplorer:
    """An explorer of a tree of these files, for x86."""
    tree = write(root, {"arch/x86/include/asm/x.h": "", **files})
    return TreeExplorer(Program(tree, (), arch="x86"), tree, "x86")


def named(answer: TreeExplorer, name: str) -> list[str]:
    """The definitions of a name, as kind and id."""
    return [f"{node.kind} {node.id}" for node in answer.named(name)]


def ends(found: Sequence[tuple[GraphEdge, GraphNode]]) -> list[str]:
    """The other ends, with the kind and the line of the edge."""
    return sorted(f"{edge.kind} {node.name} {edge.path}:{edge.line}" for edge, node in found)


def test_a_function_with_attributes_is_found_by_name(tmp_path: Path) -> None:
    files = {
        "kernel/a.c": "void __checked(1, 2) take(int x)\n{\n}\n",
        "kernel/b.c": 'static __place(".b") int give(int x)\n{\n\treturn 0;\n}\n',
        "kernel/c.c": "int __attribute__((cold)) have(int x)\n{\n\treturn 0;\n}\n",
    }
    answer = explorer(tmp_path, files)
    assert named(answer, "take") == ["function kernel/a.c:1:take"]
    assert named(answer, "give") == ["function kernel/b.c:1:give"]
    assert named(answer, "have") == ["function kernel/c.c:1:have"]


def test_the_lines_that_name_a_function_are_told(tmp_path: Path) -> None:
    files = {
        "include/linux/x.h": "void leave(void);\nextern int (*hook)(void);\n",
        "mm/a.c": (
            "void leave(void);\n"
            "static void __exit\n"
            "late(void)\n{\n}\n"
            "/* leave() and late() are left alone */\n"
            "module_exit(late);\n"
            '#define NAMED "leave" \\\n\tleave\n'
            "void leave(void)\n{\n}\n"
            "EXPORT_SYMBOL(leave);\tint leaves;\n"
            "/* from here it is */\n"
            'asm("1: call leave\\n");\n'
            'char text[] = "to leave, call leave()";\n'
        ),
        "mm/b.c": "static int late;\n",
        "arch/x86/entry.S": "/* leave */\n\tcall\tleave\n\tcall late\n",
        "arch/arm64/entry.S": "\tbl\tleave\n",
    }
    answer = explorer(tmp_path, files)
    assert lines_naming(answer, "mm/a.c:late") == ["mm/a.c:7: module_exit(late);"]
    assert lines_naming(answer, "leave") == [
        "mm/a.c:9: leave",
        "mm/a.c:13: EXPORT_SYMBOL(leave); int leaves;",
        'mm/a.c:15: asm("1: call leave\\n");',
        "arch/x86/entry.S:2: call leave",
    ]


def lines_naming(answer: TreeExplorer, name: str) -> list[str]:
    [node] = find(answer, name)
    return [f"{line.path}:{line.line}: {line.text}" for line in answer.naming(node)]


def test_functions_and_macros_are_found_by_name_wherever_they_are(tmp_path: Path) -> None:
    files = {
        "drivers/a/a.c": USE.format("take", "x"),
        "include/linux/x.h": "#define take(x) give(x)\n",
        "tools/b.c": USE.format("take", "x"),
        "arch/sparc/mm/c.c": USE.format("take", "x"),
    }
    assert named(explorer(tmp_path, files), "take") == [
        "function drivers/a/a.c:1:take",
        "macro include/linux/x.h:1:take",
    ]


def test_generated_functions_are_found_by_name(tmp_path: Path) -> None:
    files = {
        "include/linux/x.h": (
            "#define SHOW(n) static int n##_show(void) { }\n"
            "#define CALL1(n, t, a) long sys_##n(t a); long sys_##n(t a)\n"
        ),
        "fs/a.c": "SHOW(free);\nCALL1(read, int, fd)\n{\n\treturn 0;\n}\n",
    }
    answer = explorer(tmp_path, files)
    assert named(answer, "free_show") == ["function fs/a.c:1:free_show"]
    assert named(answer, "sys_read") == ["function fs/a.c:2:sys_read"]


def test_generated_functions_are_found_where_their_macros_stand_outside_of_functions(
    tmp_path: Path,
) -> None:
    inside = "void {}(void)\n{{\n\tSHOW(free);\n}}\n"
    files = {
        "include/linux/x.h": "#define SHOW(n) static int n##_show(void) { }\n",
        "fs/a.c": inside.format("one") + "#ifdef CONFIG_A\n\tSHOW(free);\n#endif\n",
        "fs/b.c": inside.format("two"),
    }
    answer = explorer(tmp_path, files)
    assert named(answer, "free_show") == ["function fs/a.c:6:free_show"]


def test_generated_functions_are_found_whichever_way_their_names_are_made(tmp_path: Path) -> None:
    files = {
        "include/linux/x.h": (
            "#define TESTS(U, l) static int Page##U(void) { } static int page_is_##l(void) { }\n"
            "TESTS(FreeLater, free_later)\n"
        )
    }
    answer = explorer(tmp_path, files)
    assert named(answer, "PageFreeLater") == ["function include/linux/x.h:2:PageFreeLater"]
    assert named(answer, "page_is_free_later") == [
        "function include/linux/x.h:2:page_is_free_later"
    ]


def test_of_a_file_that_is_told_what_macros_make_is_found_too(tmp_path: Path) -> None:
    made = "#define MAKE(name) int name##_show(int x)\\\n{\\\n\treturn x;\\\n}\n"
    files = {
        "mm/a.c": USE.format("size_show", "x"),
        "mm/b.c": made + "MAKE(size)\n",
        "fs/b.c": made + "MAKE(size)\n",
    }
    answer = explorer(tmp_path, files)
    assert [node.path for node in find(answer, "size_show")] == ["mm/a.c"]
    assert [node.path for node in find(answer, "mm/b.c:size_show")] == ["mm/b.c"]
    assert [node.path for node in find(answer, "b.c:5:size_show")] == ["fs/b.c", "mm/b.c"]
    with pytest.raises(UnknownName, match=r"not defined in c\.c"):
        find(answer, "c.c:size_show")


def test_a_function_that_is_called_and_nowhere_defined_is_a_node(tmp_path: Path) -> None:
    files = {"mm/a.c": "void in_assembler(void);\n" + USE.format("take", "in_assembler()")}
    answer = explorer(tmp_path, files)
    assert named(answer, "in_assembler") == ["function ::in_assembler"]
    assert ends(answer.callers(answer.named("in_assembler"))) == ["direct take mm/a.c:4"]


def test_what_other_architectures_define_is_told_by_these(tmp_path: Path) -> None:
    files = {
        "arch/sparc/mm/a.c": USE.format("take", "x"),
        "arch/arm64/include/asm/x.h": "#define take(x) x\n",
        "arch/mips/mm/a.c": USE.format("give", "take(x)"),
        "arch/powerpc/mm/a.c": "long\ntake(int x)\n{\n\treturn x;\n}\n",
    }
    answer = explorer(tmp_path, files)
    assert answer.architectures("take") == ["arm64", "powerpc", "sparc"]
    with pytest.raises(UnknownName, match=r"for arm64, powerpc or sparc only: give --arch arm64$"):
        find(answer, "mm/a.c:take")
    assert answer.architectures("nothing") == []


def test_names_that_begin_or_end_alike_are_similar(tmp_path: Path) -> None:
    answer = explorer(tmp_path, {"fs/a.c": "static " + USE.format("take_page", "x")})
    assert answer.similar("take_paeg") == ["take_page"]
    assert answer.similar("tkae_page") == ["take_page"]


def test_a_name_that_is_none_is_not_there(tmp_path: Path) -> None:
    answer = explorer(tmp_path, {"mm/a.c": USE.format("take_page", "x")})
    assert named(answer, "take_pag") == []
    assert named(answer, "no name (") == []
    assert answer.similar("take_pag") == ["take_page"]


def test_callers_are_those_that_mean_the_function(tmp_path: Path) -> None:
    files = {
        "mm/a.c": USE.format("take", "x"),
        "drivers/b.c": USE.format("far", "take(x)"),
        "drivers/c.c": "static " + USE.format("take", "x") + USE.format("near", "take(x)"),
        "drivers/d.c": "/* take() */\n" + USE.format("none", "x"),
    }
    answer = explorer(tmp_path, files)
    (take,) = [node for node in answer.named("take") if node.path == "mm/a.c"]
    assert ends(answer.callers([take])) == ["direct far drivers/b.c:3"]


def test_callers_of_a_function_in_any_directory_are_found(tmp_path: Path) -> None:
    files = {
        "block/a.c": USE.format("take", "x"),
        "drivers/b.c": USE.format("far", "take(x)"),
        "mm/c.c": USE.format("near", "take(x)"),
        "net/d.c": "static " + USE.format("take", "x") + USE.format("own", "take(x)"),
    }
    answer = explorer(tmp_path, files)
    (take,) = [node for node in answer.named("take") if node.path == "block/a.c"]
    assert ends(answer.callers([take])) == ["direct far drivers/b.c:3", "direct near mm/c.c:3"]


def test_a_driver_has_headers_in_a_directory_of_its_own(tmp_path: Path) -> None:
    files = {
        "security/x/include/take.h": "static inline " + USE.format("take", "x"),
        "security/x/a.c": '#include "include/take.h"\n' + USE.format("user", "take(x)"),
    }
    answer = explorer(tmp_path, files)
    assert ends(answer.callees(answer.named("user"))) == ["direct take security/x/a.c:4"]
    assert [node.path for _, node in answer.callees(answer.named("user"))] == [
        "security/x/include/take.h"
    ]
    assert ends(answer.callers(answer.named("take"))) == ["direct user security/x/a.c:4"]


def test_a_name_may_stand_below_its_type(tmp_path: Path) -> None:
    files = {
        "fs/x/a.c": "int\ntake(\n\tint x)\n{\n\treturn x;\n}\n",
        "mm/b.c": USE.format("user", "take(x)"),
    }
    answer = explorer(tmp_path, files)
    assert [node.id for _, node in answer.callees(answer.named("user"))] == ["fs/x/a.c:2:take"]


DECLARED = "#ifdef CONFIG_TAKE\nint take(int x);\n#else\n{0}#endif\n"


@pytest.mark.parametrize(
    "instead", ["static inline " + USE.format("take", "0"), "#define take(x) 0\n"]
)
def test_a_header_may_define_what_it_declares_in_other_configurations(
    tmp_path: Path, instead: str
) -> None:
    files = {
        "include/linux/take.h": DECLARED.format(instead),
        "fs/a.c": "#include <linux/take.h>\n" + USE.format("take", "x"),
        "mm/b.c": "#include <linux/take.h>\n" + USE.format("user", "take(x)"),
    }
    answer = explorer(tmp_path, files)
    called = [node for _, node in answer.callees(answer.named("user"))]
    assert sorted(node.path for node in called) == ["fs/a.c", "include/linux/take.h"]
    (take,) = [node for node in answer.named("take") if node.path == "fs/a.c"]
    assert ends(answer.callers([take])) == ["direct user mm/b.c:4"]


def test_a_header_that_only_defines_a_function_means_its_own(tmp_path: Path) -> None:
    files = {
        "include/linux/take.h": "#ifdef CONFIG_TAKE\nstatic inline "
        + USE.format("take", "0")
        + "#endif\n",
        "fs/a.c": USE.format("take", "x"),
        "mm/b.c": "#include <linux/take.h>\n" + USE.format("user", "take(x)"),
    }
    answer = explorer(tmp_path, files)
    called = [node for _, node in answer.callees(answer.named("user"))]
    assert [node.path for node in called] == ["include/linux/take.h"]


def test_callers_through_macros_are_found_step_by_step(tmp_path: Path) -> None:
    files = {
        "include/linux/x.h": "#define outer(p) take(p)\n",
        "mm/a.c": USE.format("take", "x"),
        "fs/b.c": "#include <linux/x.h>\n" + USE.format("user", "outer(x)"),
    }
    answer = explorer(tmp_path, files)
    first = answer.callers(answer.named("take"))
    assert ends(first) == ["direct outer include/linux/x.h:1"]
    assert ends(answer.callers([node for _, node in first])) == ["macro user fs/b.c:4"]


def test_a_made_name_may_be_another_name_for_a_function(tmp_path: Path) -> None:
    files = {
        "include/linux/free.h": "#define __free(n) __attribute__((__cleanup__(__free_##n)))\n"
        "#define __free_put put\nvoid put(int *x);\n",
        "fs/put.c": "void put(int *x)\n{\n}\n",
        "kernel/a.c": "#include <linux/free.h>\nint user(void)\n{\n\tint x __free(put) = 1;\n\n"
        "\treturn x;\n}\n",
    }
    answer = explorer(tmp_path, files)
    assert ends(answer.callees(answer.named("user"))) == [
        "direct put include/linux/free.h:2",
        "macro __free kernel/a.c:4",
        "macro __free_put kernel/a.c:4",
    ]


def test_a_local_hides_a_function_from_its_declaration_to_the_end_of_its_block(
    tmp_path: Path,
) -> None:
    text = (
        "int user(int x)\n{\n\tif (take(x))\n\t\treturn 1;\n"
        "\tif (x) {\n\t\tint (*take)(int) = given;\n\n\t\treturn take(x);\n\t}\n"
        "\treturn take(2);\n}\n"
    )
    files = {"mm/a.c": USE.format("take", "x") + USE.format("given", "x") + text}
    answer = explorer(tmp_path, files)
    called = ends(answer.callees(answer.named("user")))
    assert called == ["direct take mm/a.c:11", "direct take mm/a.c:18", "ops given mm/a.c:16"]


def test_what_a_macro_stands_for_is_called_behind_its_use(tmp_path: Path) -> None:
    macros = "#define SAFE(name) name\n#define CLASS(name) name##_class\n"
    files = {"mm/a.c": macros + USE.format("take", "x") + USE.format("user", "SAFE(take) (x)")}
    files["mm/a.c"] += USE.format("other", "SAFE(take) + CLASS(take)(x)")
    answer = explorer(tmp_path, files)
    assert ends(answer.callers(answer.named("take"))) == ["macro user mm/a.c:9"]


def test_a_static_function_may_stand_in_for_one_that_is_included(tmp_path: Path) -> None:
    own = "static " + USE.format("take", "x")
    files = {
        "mm/take.h": "static inline " + USE.format("take", "0"),
        "mm/a.c": f'#ifdef CONFIG_OWN\n#include "take.h"\n#else\n{own}#endif\n'
        + USE.format("user", "take(x)"),
        "mm/b.c": own + USE.format("other", "take(x)"),
        "mm/c.c": USE.format("take", "x"),
    }
    answer = explorer(tmp_path, files)
    called = [node.path for _, node in answer.callees(answer.named("user"))]
    assert called == ["mm/a.c", "mm/take.h"]
    assert [node.path for _, node in answer.callees(answer.named("other"))] == ["mm/b.c"]
    (real,) = [node for node in answer.named("take") if node.path == "mm/take.h"]
    assert ends(answer.callers([real])) == ["direct user mm/a.c:11"]


def test_a_macro_may_be_handed_all_arguments_as_one(tmp_path: Path) -> None:
    log = "#define LOG(all) log all\n#define ONCE(f, all) do { if (1) { f all; } } while (0)\n"
    answer = explorer(
        tmp_path,
        {
            "include/log.h": log + "#define COUNT(name) count_t name\n",
            "drivers/log.c": "void log(int level, int a)\n{\n}\n",
            "drivers/a.c": "#include <log.h>\nvoid user(void)\n{\n\tLOG((1, 2));\n}\n"
            "void once(void)\n{\n\tCOUNT(n);\n\tONCE(log, (1, 2));\n}\n",
        },
    )
    assert ends(answer.callers(answer.named("log"))) == [
        "direct LOG include/log.h:1",
        "direct once drivers/a.c:9",
    ]
    assert ends(answer.callees(answer.named("LOG"))) == ["direct log include/log.h:1"]
    assert ends(answer.callees(answer.named("COUNT"))) == []
    assert "direct log drivers/a.c:9" in ends(answer.callees(answer.named("once")))


def test_callers_in_generated_functions_are_found(tmp_path: Path) -> None:
    macro = "#define SHOW(n) static int n##_show(void) { return n##_count(); }\n"
    text = macro + USE.format("free_count", "x") + "SHOW(free);\n"
    answer = explorer(tmp_path, {"mm/a.c": text})
    assert "direct free_show mm/a.c:6" in ends(answer.callers(answer.named("free_count")))


def test_callees_of_one_round_are_looked_up_together(tmp_path: Path) -> None:
    files = {
        "mm/a.c": USE.format("one", "far(x)") + USE.format("two", "far(x) + near(x)"),
        "net/b.c": USE.format("far", "x") + USE.format("near", "x"),
    }
    answer = explorer(tmp_path, files)
    both = [*answer.named("one"), *answer.named("two")]
    assert ends(answer.callees(both)) == [
        "direct far mm/a.c:3",
        "direct far mm/a.c:7",
        "direct near mm/a.c:7",
    ]


OPS = {
    "include/linux/ops.h": "struct ops { int (*take)(int); };\n",
    "mm/a.c": (
        "#include <linux/ops.h>\n"
        + USE.format("my_take", "x")
        + "static const struct ops mine = {\n\t.take = my_take,\n};\n"
    ),
}


KEEP = "int {0}keep(int (*get)(int))"


@pytest.mark.parametrize(
    "declared",
    [
        KEEP.format("") + ";\n",
        KEEP.format("__checked(1, 2) ") + ";\n",
        DECLARED.replace("int take(int x)", KEEP.format("")).format(
            "static inline " + KEEP.format("") + "\n{\n\treturn 0;\n}\n"
        ),
    ],
    ids=["declared", "with an attribute", "with a stub"],
)
def test_what_functions_of_other_directories_keep_is_followed(
    tmp_path: Path, declared: str
) -> None:
    files = {
        "include/linux/attr.h": "struct attr { int (*get)(int); };\n" + declared,
        "drivers/attr/attr.c": "#include <linux/attr.h>\nstatic struct attr kept;\n"
        + KEEP.format("")
        + "\n{\n\tstruct attr *a = &kept;\n\ta->get = get;\n\treturn 0;\n}\n"
        + "int read_attr(struct attr *a)\n{\n\treturn a->get(1);\n}\n",
        "mm/a.c": "#include <linux/attr.h>\nstatic "
        + USE.format("shown", "x")
        + USE.format("begin", "keep(shown)"),
    }
    answer = explorer(tmp_path, files)
    assert "ops read_attr drivers/attr/attr.c:11" in ends(answer.callers(answer.named("shown")))


@pytest.mark.parametrize(
    ("place", "include", "known"),
    [
        ("fs/part", '"core.c"', True),
        ("fs/next", '"../part/core.c"', True),
        ("fs/part", '"score.h"', False),
        ("lib/part", '"core.c"', False),
    ],
)
def test_a_source_may_name_a_static_function_of_one_that_it_includes(
    tmp_path: Path, place: str, include: str, known: bool
) -> None:
    files = {
        "include/linux/ops.h": "struct ops { int (*take)(int); };\n",
        "fs/part/core.c": "static " + USE.format("my_take", "x"),
        "mm/run.c": "int run(struct ops *ops)\n{\n\treturn ops->take(1);\n}\n",
        f"{place}/whole.c": f"#include {include}\n"
        "static struct ops mine = { .take = my_take };\n",
    }
    answer = explorer(tmp_path, files)
    found = ends(answer.callers(answer.named("my_take")))
    assert found == (["ops run mm/run.c:3"] if known else [])


def test_the_type_of_what_keeps_a_function_may_stand_above_its_stars(tmp_path: Path) -> None:
    keep = "struct attr\n*keep(int (*get)(int))"
    files = {
        "include/linux/attr.h": "struct attr { int (*get)(int); };\n__checked(1, 2) "
        + keep
        + ";\n",
        "drivers/attr/attr.c": "#include <linux/attr.h>\nstatic struct attr kept;\n"
        + keep
        + "\n{\n\tkept.get = get;\n\treturn &kept;\n}\n"
        + "int read_attr(void)\n{\n\treturn kept.get(1);\n}\n",
        "mm/a.c": "#include <linux/attr.h>\nstatic "
        + USE.format("shown", "x")
        + USE.format("begin", "keep(shown)"),
    }
    answer = explorer(tmp_path, files)
    assert "ops read_attr drivers/attr/attr.c:11" in ends(answer.callers(answer.named("shown")))


def test_what_a_header_beside_the_user_defines_is_followed_too(tmp_path: Path) -> None:
    files = {
        "drivers/a/a.h": "struct dev { int (*get)(int); };\nstatic inline "
        + "int keep(struct dev *dev, int (*get)(int))\n{\n\tdev->get = get;\n\treturn 0;\n}\n",
        "drivers/a/run.c": '#include "a.h"\n'
        + "int run(struct dev *dev)\n{\n\treturn dev->get(1);\n}\n",
        "drivers/a/user.c": '#include "a.h"\nstatic '
        + USE.format("shown", "x")
        + USE.format("begin", "keep(0, shown)"),
    }
    answer = explorer(tmp_path, files)
    assert "ops run drivers/a/run.c:4" in ends(answer.callers(answer.named("shown")))


def test_a_declaration_may_have_its_type_on_the_line_above(tmp_path: Path) -> None:
    files = {
        "fs/own.h": "extern int\neach(\n\tint (*fn)(int),\n\tint x);\n",
        "fs/a.c": '#include "own.h"\nint\neach(\n\tint (*fn)(int),\n\tint x)\n'
        "{\n\treturn fn(x);\n}\n",
        "fs/b.c": '#include "own.h"\nstatic int one(int x)\n{\n\treturn x;\n}\n'
        "int all(void)\n{\n\treturn each(one, 1);\n}\n",
    }
    answer = explorer(tmp_path, files)
    [(edge, node)] = answer.callers(answer.named("one"))
    assert (node.name, edge.kind, edge.line) == ("each", "parameter", 7)


def test_a_variable_may_be_declared_by_a_header_beside_its_user(tmp_path: Path) -> None:
    files = {
        "include/linux/ops.h": "struct ops { int (*open)(int); };\n",
        "fs/own.h": "extern struct ops *best;\n",
        "fs/a.c": '#include "own.h"\nint use(void)\n{\n\treturn best->open(1);\n}\n',
        "drivers/b.c": "static int one(int x)\n{\n\treturn x;\n}\n"
        "static struct ops mine = { .open = one };\n",
    }
    answer = explorer(tmp_path, files)
    assert [node.name for _, node in answer.callers(answer.named("one"))] == ["use"]


def test_what_a_header_beside_the_user_declares_is_followed_too(tmp_path: Path) -> None:
    files = {
        "drivers/a/a.h": "struct dev { int (*get)(int); };\n" + KEEP.format("") + ";\n",
        "drivers/a/all.h": '#include "a.h"\n',
        "drivers/a/keep.c": '#include "a.h"\nstatic struct dev kept;\n'
        + KEEP.format("")
        + "\n{\n\tkept.get = get;\n\treturn kept.get(1);\n}\n",
        "drivers/a/user.c": '#include "all.h"\nstatic '
        + USE.format("shown", "x")
        + USE.format("begin", "keep(shown)"),
    }
    answer = explorer(tmp_path, files)
    assert ends(answer.callers(answer.named("shown"))) == ["ops keep drivers/a/keep.c:6"]


def test_a_structure_may_be_known_to_those_alone_who_use_it(tmp_path: Path) -> None:
    files = {
        "include/linux/task.h": "struct class;\nstruct task { const struct class *class; };\n",
        "kernel/sched/sched.h": "struct class { int (*fork)(int); };\n",
        "kernel/sched/core.c": '#include <linux/task.h>\n#include "sched.h"\n'
        "int fork(struct task *t)\n{\n\treturn t->class->fork(1);\n}\n",
        "kernel/sched/fair.c": '#include "sched.h"\nstatic '
        + USE.format("fork_fair", "x")
        + "const struct class fair = { .fork = fork_fair };\n",
    }
    answer = explorer(tmp_path, files)
    assert ends(answer.callers(answer.named("fork_fair"))) == ["ops fork kernel/sched/core.c:5"]
    called = [node.name for _, node in answer.callees(answer.named("fork"))]
    assert called == ["fork_fair"]


WORK = (
    "struct work { int (*func)(int); };\n"
    "#define INIT_IT(w, f) do { (w)->func = (f); } while (0)\n"
    "#define MAKE_IT(f) (struct work){ .func = (f), }\n"
    "struct ops { int (*start)(int); };\nstruct dev { struct work w; struct ops *ops; };\n"
    "static inline void keep(struct dev *d, int (*f)(int))\n{\n\tINIT_IT(&d->w, f);\n}\n"
    "static inline void make(struct dev *d, int (*f)(int))\n{\n\td->w = MAKE_IT(f);\n}\n"
)


@pytest.mark.parametrize(
    "put", ["INIT_IT(&d->w, d->ops->start)", "keep(d, d->ops->start)", "make(d, d->ops->start)"]
)
def test_a_macro_may_put_what_a_member_holds_into_another(tmp_path: Path, put: str) -> None:
    files = {
        "include/linux/work.h": WORK,
        "drivers/a.c": f"#include <linux/work.h>\nvoid init(struct dev *d)\n{{\n\t{put};\n}}\n",
        "drivers/b.c": "#include <linux/work.h>\nstatic "
        + USE.format("begin", "x")
        + "static struct ops mine = { .start = begin };\n",
        "kernel/work.c": "#include <linux/work.h>\n"
        "int process(struct work *w)\n{\n\treturn w->func(1);\n}\n",
    }
    answer = explorer(tmp_path, files)
    assert ends(answer.callers(answer.named("begin"))) == ["ops process kernel/work.c:4"]


@pytest.mark.parametrize(
    ("value", "found"), [("d->open", ["ops again mm/a.c:5"]), ("&d->open", [])]
)
def test_the_address_of_a_member_is_not_what_it_holds(
    tmp_path: Path, value: str, found: list[str]
) -> None:
    files = {
        "include/linux/dev.h": "struct dev { int (*open)(int); };\n",
        "mm/a.c": "#include <linux/dev.h>\nstatic int (*kept)(int);\n"
        "int again(void)\n{\n\treturn kept(1);\n}\n"
        "void keep(opener get)\n{\n\tkept = get;\n}\n",
        "mm/b.c": f"#include <linux/dev.h>\nvoid begin(struct dev *d)\n{{\n\tkeep({value});\n}}\n"
        "static " + USE.format("opened", "x") + "struct dev mine = { .open = opened };\n",
    }
    answer = explorer(tmp_path, files)
    assert ends(answer.callers(answer.named("opened"))) == found


DEV = "struct ops { int (*start)(int); };\nstruct dev { struct ops *ops; };\n"
CALL = (
    "#define CALL(d, op, ...) ({ struct dev *_d = (d); _d->ops->op(__VA_ARGS__); })\n"
    "#define CALL_ONE(d, op) CALL(d, op, 1)\n"
)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        ("CALL(d, start, 1)", 4),
        ("CALL_ONE(d, start)", 4),
        ("CALL(d,\n\t\tstart, 1)", 4),
        ("NOTE(d, start)", 0),
        ("call(d, start)", 0),
    ],
)
@pytest.mark.parametrize("home", ["include/linux/call.h", "drivers/call.h", "drivers/a.c"])
def test_a_macro_may_be_told_which_member_to_call(
    tmp_path: Path, call: str, line: int, home: str
) -> None:
    macros = CALL + "#define NOTE(d, op) note(d, #op)\n"
    near = '#include "call.h"\n' if home == "drivers/call.h" else "#include <linux/call.h>\n"
    user = f"int run(struct dev *d)\n{{\n\treturn {call};\n}}\n"
    files = {
        "include/linux/dev.h": DEV,
        "include/linux/call.h": "",
        "drivers/a.c": "#include <linux/dev.h>\n" + near + user,
        "drivers/b.c": "#include <linux/dev.h>\nstatic "
        + USE.format("begin", "x")
        + "static struct ops mine = { .start = begin };\n",
    }
    files[home] = macros + files.get(home, "")
    answer = explorer(tmp_path, files)
    at = line + 1 + (macros.count("\n") if home == "drivers/a.c" else 0)
    expected = [f"ops run drivers/a.c:{at}"] if line else []
    assert ends(answer.callers(answer.named("begin"))) == expected


def test_all_functions_that_tell_a_macro_which_member_to_call_are_found(tmp_path: Path) -> None:
    user = "int run_{0}(struct dev *d)\n{{\n\treturn CALL_ONE(d, start);\n}}\n"
    files = {
        "include/linux/dev.h": DEV + CALL,
        "drivers/a.c": "#include <linux/dev.h>\n" + "".join(map(user.format, "abc")),
        "drivers/b.c": "#include <linux/dev.h>\nstatic "
        + USE.format("begin", "x")
        + "static struct ops mine = { .start = begin };\n",
    }
    answer = explorer(tmp_path, files)
    found = answer.callers(answer.named("begin"))
    assert sorted(node.name for _, node in found) == ["run_a", "run_b", "run_c"]


def test_a_function_that_a_macro_makes_may_call_the_member_that_it_is_named_for(
    tmp_path: Path,
) -> None:
    files = {
        "include/linux/dev.h": DEV,
        "drivers/a.c": "#include <linux/dev.h>\n"
        "#define PROXY(name) int proxy_##name(struct dev *d) { return d->ops->name(1); }\n"
        "PROXY(start);\n",
        "drivers/b.c": "#include <linux/dev.h>\nstatic "
        + USE.format("begin", "x")
        + "static struct ops mine = { .start = begin };\n",
    }
    answer = explorer(tmp_path, files)
    found = answer.callers(answer.named("begin"))
    assert ends(found) == ["ops proxy_start drivers/a.c:3"]


@pytest.mark.parametrize(
    "event",
    [
        "EVENT(tick,\n\tASSIGN(\n\t\tat = d->at;\n\t\t{call}\n\t)\n)\n",
        "#define TICKS(name) EVENT(name, ASSIGN( \\\n\tat = d->at; {call}))\nTICKS(tick);\n",
    ],
)
@pytest.mark.parametrize("call", ["x = d->ops->start(1);", "d->ops->start(1);"])
def test_an_argument_may_call_in_each_function_that_a_macro_makes_of_it(
    tmp_path: Path, event: str, call: str
) -> None:
    files = {
        "include/linux/dev.h": DEV,
        "include/trace/event.h": "#define EVENT(name, assign) \\\n"
        "static void trace_##name(struct dev *d) { int x, at; PARAMS(assign) } \\\n"
        "static void perf_##name(struct dev *d) { int x, at; PARAMS(assign) }\n",
        "drivers/tick.h": "#include <linux/dev.h>\n#include <trace/event.h>\n"
        + event.replace("{call}", call),
        "drivers/b.c": "#include <linux/dev.h>\nstatic "
        + USE.format("begin", "x")
        + "static struct ops mine = { .start = begin };\n",
    }
    answer = explorer(tmp_path, files)
    found = answer.callers(answer.named("begin"))
    assert sorted(node.name for _, node in found) == ["perf_tick", "trace_tick"]


WRAP = (
    "#define start_it(d) (d)->ops->start(1)\n#define start_twice(d) (start_it(d) + start_it(d))\n"
)


@pytest.mark.parametrize(
    ("use", "called"), [("start_it(d)", True), ("start_twice(d)", True), ("start_it", False)]
)
@pytest.mark.parametrize("home", ["include/linux/dev.h", "drivers/a.c"])
def test_a_macro_may_call_a_member_wherever_it_is_used(
    tmp_path: Path, home: str, use: str, called: bool
) -> None:
    files = {
        "include/linux/dev.h": DEV,
        "drivers/a.c": "",
        "drivers/b.c": "#include <linux/dev.h>\nstatic "
        + USE.format("begin", "x")
        + "static struct ops mine = { .start = begin };\n",
        "fs/other.c": "struct fs { int (*start)(int); };\n"
        "int other(struct fs *d)\n{\n\treturn d->start(1);\n}\n",
    }
    files[home] += WRAP
    files["drivers/a.c"] = "#include <linux/dev.h>\n" + files["drivers/a.c"]
    files["drivers/a.c"] += f"int run(struct dev *d)\n{{\n\treturn {use};\n}}\n"
    answer = explorer(tmp_path, files)
    found = answer.callers(answer.named("begin"))
    assert [node.name for _, node in found] == (["run"] if called else [])


@pytest.mark.parametrize(("name", "callers"), [("start", ["stub_start"]), ("stop", [])])
def test_a_function_that_a_macro_makes_may_call_the_member_whose_name_it_makes(
    tmp_path: Path, name: str, callers: list[str]
) -> None:
    files = {
        "include/linux/dev.h": DEV.replace("(*start)(int);", "(*do_start)(int), (*do_stop)(int);"),
        "drivers/a.c": "#include <linux/dev.h>\n"
        "#define STUB(name) int stub_##name(struct dev *d) { return d->ops->do_ ## name(1); }\n"
        f"#define STUBS(name) STUB(name)\nSTUBS({name})\n",
        "drivers/b.c": "#include <linux/dev.h>\nstatic "
        + USE.format("begin", "x")
        + "static struct ops mine = { .do_start = begin };\n",
    }
    answer = explorer(tmp_path, files)
    found = answer.callers(answer.named("begin"))
    assert [node.name for _, node in found] == callers


@pytest.mark.parametrize(
    ("made", "use"),
    [
        ("_pfx##_name##_show", "ATTR(my_, size)"),
        ("show_##_name##_pfx", "ATTR(, my_size)"),
        ("_pfx##show_##_name", "ATTR(, my_size)"),
    ],
)
def test_a_macro_may_make_a_name_of_several_pieces(tmp_path: Path, made: str, use: str) -> None:
    name = "my_size_show" if made.endswith("show") else "show_my_size"
    files = {
        "include/linux/attr.h": "struct attr { int (*show)(int); };\n"
        f"#define ATTR(_pfx, _name) static struct attr attr_##_name = {{ .show = {made}, }}\n",
        "drivers/a.c": f"#include <linux/attr.h>\nstatic {USE.format(name, 'x')}{use};\n",
        "fs/show.c": "#include <linux/attr.h>\n"
        "int fill(struct attr *a)\n{\n\treturn a->show(1);\n}\n",
    }
    answer = explorer(tmp_path, files)
    assert ends(answer.callers(answer.named(name))) == ["ops fill fs/show.c:4"]


def test_a_macro_in_a_list_may_make_the_name(tmp_path: Path) -> None:
    files = {
        "include/linux/attr.h": "struct attr { int mode; int (*show)(int); };\n"
        "#define ALL(_mode, _show) { .mode = _mode, .show = _show }\n",
        "drivers/a.c": "#include <linux/attr.h>\n"
        "#define OWN(name) ALL(1, my_##name##_show)\nstatic "
        + USE.format("my_size_show", "x")
        + "static struct attr all[] = {\n\tOWN(count),\n\tOWN(size),\n\t{ }\n};\n",
        "fs/show.c": "#include <linux/attr.h>\n"
        "int fill(struct attr *a)\n{\n\treturn a->show(1);\n}\n",
    }
    answer = explorer(tmp_path, files)
    assert ends(answer.callers(answer.named("my_size_show"))) == ["ops fill fs/show.c:4"]


@pytest.mark.parametrize("put", ["SET_A(one) SET_B(two)", "SET_A(one) .b = two", "BOTH(one, two)"])
def test_macros_in_a_list_may_bring_their_commas(tmp_path: Path, put: str) -> None:
    files = {
        "include/linux/ops.h": "struct ops { int (*a)(int); int (*b)(int); };\n"
        "#define SET_A(f) .a = f,\n#define SET_B(f) .b = f,\n"
        "#define BOTH(f, g) SET_A(f) SET_B(g)\n",
        "drivers/a.c": "#include <linux/ops.h>\nstatic "
        + USE.format("one", "x")
        + "static "
        + USE.format("two", "x")
        + f"static struct ops mine = {{\n\t{put}\n}};\n",
        "fs/call.c": "#include <linux/ops.h>\n"
        "int call_a(struct ops *o)\n{\n\treturn o->a(1);\n}\n"
        "int call_b(struct ops *o)\n{\n\treturn o->b(1);\n}\n",
    }
    answer = explorer(tmp_path, files)
    assert ends(answer.callers(answer.named("one"))) == ["ops call_a fs/call.c:4"]
    assert ends(answer.callers(answer.named("two"))) == ["ops call_b fs/call.c:8"]
    assert ends(answer.callees(answer.named("call_b"))) == ["ops two fs/call.c:8"]


def test_a_macro_may_hand_the_name_that_it_makes_to_another(tmp_path: Path) -> None:
    files = {
        "include/linux/attr.h": "struct attr { int (*show)(int); };\n"
        "#define ALL(_name, _show) struct attr attr_##_name = { .show = _show, }\n"
        "#define ATTR(_name, _func) ALL(_name, _func##_show)\n",
        "drivers/a.c": "#include <linux/attr.h>\nstatic "
        + USE.format("size_show", "x")
        + "static ATTR(size_1, size);\n",
        "fs/show.c": "#include <linux/attr.h>\n"
        "int fill(struct attr *a)\n{\n\treturn a->show(1);\n}\n",
    }
    answer = explorer(tmp_path, files)
    assert ends(answer.callers(answer.named("size_show"))) == ["ops fill fs/show.c:4"]


@pytest.mark.parametrize(
    "value", ["ALL(size_show)", "\n\tALL(size_show)", "ONE(size)", "MADE(size)", "\n\tMADE(size)"]
)
@pytest.mark.parametrize("start", ["static ", "static const __init_it ", "", "int f(void)\n{\n\t"])
def test_a_macro_may_be_the_value_of_what_is_declared(
    tmp_path: Path, start: str, value: str
) -> None:
    files = {
        "include/linux/attr.h": "struct attr { int (*show)(int); };\n"
        "#define ALL(_show) { .show = _show, }\n"
        "#define ONE(_name) ALL(_name##_show)\n"
        "#define MADE(_name) { .show = _name##_show, }\n",
        "drivers/a.c": "#include <linux/attr.h>\nstatic "
        + USE.format("size_show", "x")
        + f"{start}struct attr a = {value};\n"
        + ("}\n" if "{" in start else ""),
        "fs/show.c": "#include <linux/attr.h>\n"
        "int fill(struct attr *a)\n{\n\treturn a->show(1);\n}\n",
    }
    answer = explorer(tmp_path, files)
    assert ends(answer.callers(answer.named("size_show"))) == ["ops fill fs/show.c:4"]


def test_a_function_may_be_handed_on_through_many_others(tmp_path: Path) -> None:
    on = "static int level_{0}(int (*f)(int))\n{{\n\treturn level_{1}(f);\n}}\n"
    text = "static int level_7(int (*f)(int))\n{\n\treturn f(1);\n}\n"
    text += "".join(on.format(level, level + 1) for level in range(6, 0, -1))
    text += "static " + USE.format("each", "x") + USE.format("walk", "level_1(each)")
    answer = explorer(tmp_path, {"mm/a.c": text})
    assert ends(answer.callers(answer.named("each"))) == ["parameter level_7 mm/a.c:3"]


@pytest.mark.parametrize("values", [".ctx.actor = f", ".ctx = { .actor = f }", "{ f }"])
def test_a_parameter_may_be_kept_in_a_structure_in_another(tmp_path: Path, values: str) -> None:
    files = {
        "include/linux/ctx.h": "struct ctx { int (*actor)(int); };\n",
        "fs/a.c": "#include <linux/ctx.h>\nstruct call { struct ctx ctx; int n; };\n"
        f"static int read(int (*f)(int))\n{{\n\tstruct call c = {{ {values} }};\n\n"
        "\treturn emit(&c.ctx);\n}\nstatic "
        + USE.format("fill", "x")
        + USE.format("user", "read(fill)"),
        "fs/b.c": "#include <linux/ctx.h>\nint emit(struct ctx *c)\n{\n\treturn c->actor(1);\n}\n",
    }
    answer = explorer(tmp_path, files)
    assert ends(answer.callers(answer.named("fill"))) == ["ops emit fs/b.c:4"]


def test_who_includes_a_header_may_hand_over_what_it_defines(tmp_path: Path) -> None:
    files = {
        "mm/run.c": "int run(int (*f)(int))\n{\n\treturn f(1);\n}\n",
        "drivers/x/own.h": "static inline " + USE.format("flush", "x"),
        "drivers/x/a.c": '#include "own.h"\n' + USE.format("begin", "run(flush)"),
    }
    answer = explorer(tmp_path, files)
    assert "parameter run mm/run.c:3" in ends(answer.callers(answer.named("flush")))


def test_no_program_and_no_other_architecture_calls_through_structures(tmp_path: Path) -> None:
    user = (
        "#include <linux/ops.h>\nint user(struct ops *ops, int x)\n{\n\treturn ops->take(x);\n}\n"
    )
    files = {
        **OPS,
        "tools/b.c": user,
        "arch/sparc/mm/b.c": user,
        "arch/x86/mm/b.c": user,
    }
    answer = explorer(tmp_path, files)
    found = ends(answer.callers(answer.named("my_take")))
    assert found == ["ops user arch/x86/mm/b.c:4"]


def test_ways_through_structures_are_found_in_both_directions(tmp_path: Path) -> None:
    files = {
        **OPS,
        "fs/b.c": (
            "#include <linux/ops.h>\n"
            "int user(struct ops *ops, int x)\n{\n\treturn ops->take(x);\n}\n"
        ),
    }
    answer = explorer(tmp_path, files)
    assert ends(answer.callees(answer.named("user"))) == ["ops my_take fs/b.c:4"]
    assert ends(answer.callers(answer.named("my_take"))) == ["ops user fs/b.c:4"]
