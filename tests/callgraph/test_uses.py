"""Who calls a function, and what else its name is used for."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.callgraph.trees import calling, program, used

F = "int f(int a)\n{\n\treturn a + 1;\n}\n"


def caller(name: str, callee: str = "f") -> str:
    """A function that calls."""
    return f"int {name}(void)\n{{\n\treturn {callee}(1);\n}}\n"


def test_callers_of_a_static_function_are_in_its_file(tmp_path: Path) -> None:
    files = {"mm/a.c": "static " + F + caller("g"), "mm/b.c": caller("h")}
    answer = program(tmp_path, files)
    assert calling(answer, "f", "mm/a.c", static=True) == ["mm/a.c:g"]


def test_callers_are_found_in_the_scope_and_in_what_is_consulted(tmp_path: Path) -> None:
    files = {
        "mm/f.c": F,
        "mm/a.c": caller("g"),
        "kernel/power/k.c": caller("k"),
        "arch/arm/mm/m.c": caller("m"),
        "include/linux/i.h": "static inline " + caller("i"),
        "sound/s.c": caller("s"),
    }
    answer = program(tmp_path, files)
    assert calling(answer, "f", "mm/f.c") == [
        "arch/arm/mm/m.c:m",
        "include/linux/i.h:i",
        "kernel/power/k.c:k",
        "mm/a.c:g",
    ]


def test_a_file_with_a_function_of_that_name_means_its_own(tmp_path: Path) -> None:
    files = {"mm/f.c": F, "mm/a.c": caller("g"), "mm/b.c": "static " + F + caller("h")}
    answer = program(tmp_path, files)
    assert calling(answer, "f", "mm/f.c") == ["mm/a.c:g"]


def test_a_file_with_a_conditional_stand_in_calls_both(tmp_path: Path) -> None:
    stand_in = f"#ifndef CONFIG_F\n{F}#endif\n"
    answer = program(tmp_path, {"mm/f.c": F, "mm/a.c": stand_in + caller("g")})
    assert calling(answer, "f", "mm/f.c") == ["mm/a.c:g"]
    assert calling(answer, "f", "mm/a.c") == ["mm/a.c:g"]


def test_an_architecture_does_not_call_the_function_of_another(tmp_path: Path) -> None:
    files = {
        "arch/arm/mm/f.c": F,
        "arch/arm/mm/a.c": caller("arm"),
        "arch/mips/mm/a.c": caller("mips"),
        "mm/a.c": caller("g"),
    }
    answer = program(tmp_path, files)
    assert calling(answer, "f", "arch/arm/mm/f.c") == ["arch/arm/mm/a.c:arm", "mm/a.c:g"]


def test_a_function_in_a_header_is_called_by_those_that_include_it(tmp_path: Path) -> None:
    files = {
        "mm/own.h": "static inline " + F,
        "mm/a.c": caller("g"),
        "kernel/k.c": caller("k"),
        "lib/l.c": '#include "../mm/own.h"\n' + caller("l"),
    }
    answer = program(tmp_path, files)
    assert calling(answer, "f", "mm/own.h", static=True) == ["lib/l.c:l", "mm/a.c:g"]


def test_a_macro_between_is_followed_and_said(tmp_path: Path) -> None:
    header = "#define once(a) \\\n\tf(a)\n#define twice(a) once(once(a))\n"
    files = {
        "mm/f.c": F,
        "include/linux/o.h": header,
        "mm/a.c": caller("g", "twice") + caller("h", "once"),
        "mm/b.c": "#define own(a) f(a)\n" + caller("i", "own"),
        "mm/c.c": caller("j", "own"),
    }
    answer = program(tmp_path, files)
    assert calling(answer, "f", "mm/f.c") == ["mm/a.c:g*", "mm/a.c:h*", "mm/b.c:i*"]


def test_comments_strings_and_longer_names_are_no_calls(tmp_path: Path) -> None:
    text = 'int g(void)\n{\n\t/* f(1) */\n\tprint("f(1)");\n\treturn xf(1) + fx(1);\n}\n'
    answer = program(tmp_path, {"mm/f.c": F, "mm/a.c": text})
    assert calling(answer, "f", "mm/f.c") == []


def test_a_caller_through_a_macro_of_its_own_file(tmp_path: Path) -> None:
    files = {"mm/f.c": F, "mm/a.c": "#define once(a) f(a)\n" + caller("g", "once")}
    answer = program(tmp_path, files)
    assert calling(answer, "f", "mm/f.c") == ["mm/a.c:g*"]
    assert calling(answer, "name_1", "mm/f.c") == []


def test_a_table_of_operations_is_a_reference(tmp_path: Path) -> None:
    text = "static " + F + "static const struct demo_ops ops = {\n\t.show = f,\n};\n"
    answer = program(tmp_path, {"mm/a.c": text})
    (use,) = answer.references("f", "mm/a.c", static=True)
    assert (use.path, use.kind, use.name, use.struct, use.line) == (
        "mm/a.c",
        "field",
        "show",
        "demo_ops",
        6,
    )


@pytest.mark.parametrize(
    ("statement", "kind", "name"),
    [
        ("walk(1, f, 2);", "argument", "walk"),
        ("walk(&f);", "argument", "walk"),
        ("timer->function = f;", "field", "function"),
        ("struct ops o = { .go = f };", "field", "go"),
        ("handler = f;", "address", ""),
        ("return f;", "address", ""),
        ("if (handler == f)\n\t\treturn;", "address", ""),
    ],
)
def test_a_function_used_as_a_value_is_a_reference(
    tmp_path: Path, statement: str, kind: str, name: str
) -> None:
    text = f"void g(void)\n{{\n\t{statement}\n}}\n"
    answer = program(tmp_path, {"mm/f.c": F, "mm/a.c": text})
    assert used(answer, "f", "mm/f.c") == [("mm/a.c", kind, name)]


@pytest.mark.parametrize(
    "statements",
    [
        "int f = 1;\n\tuse(f);",
        "struct page *f;\n\tuse(f);",
        "use(f->next);\n\tuse(f);",
        "f++;\n\tuse(f);",
        "goto f;\nf:\n\treturn;",
        "use(x->f, y.f);",
    ],
)
def test_a_variable_label_or_field_of_that_name_is_none(tmp_path: Path, statements: str) -> None:
    text = f"void g(void)\n{{\n\t{statements}\n}}\n"
    answer = program(tmp_path, {"mm/f.c": F, "mm/a.c": text})
    assert used(answer, "f", "mm/f.c") == []


def test_a_parameter_of_that_name_is_none(tmp_path: Path) -> None:
    text = "void g(int (*f)(int), int b)\n{\n\tuse(f);\n}\nvoid h(long f)\n{\n\tuse(f);\n}\n"
    answer = program(tmp_path, {"mm/f.c": F, "mm/a.c": text})
    assert used(answer, "f", "mm/f.c") == []


def test_fields_and_pointers_of_that_name_are_none(tmp_path: Path) -> None:
    text = "struct ops {\n\tint (*f)(int a);\n};\nstatic struct ops ops = {\n\t.f = other,\n};\n"
    answer = program(tmp_path, {"mm/f.c": F, "mm/a.c": text})
    assert used(answer, "f", "mm/f.c") == []


def test_assembler_of_the_architecture_is_a_reference(tmp_path: Path) -> None:
    files = {
        "arch/arm/mm/f.c": F,
        "arch/arm/kernel/entry.S": "\tbl\tf\n",
        "arch/arm/kernel/other.S": "\tbl\tff\n",
        "arch/mips/kernel/entry.S": "\tjal\tf\n",
        "mm/f.c": F,
    }
    answer = program(tmp_path, files)
    entry = "arch/arm/kernel/entry.S"
    assert used(answer, "f", "arch/arm/mm/f.c") == [(entry, "assembler", entry)]
    assert used(answer, "f", "arch/arm/mm/f.c", static=True) == []


def test_what_a_macro_calls_by_itself_ends(tmp_path: Path) -> None:
    header = "#define again(a) f(more(a))\n#define more(a) f(again(a))\n"
    files = {"mm/f.c": F, "include/linux/o.h": header, "mm/a.c": caller("g", "again")}
    answer = program(tmp_path, files)
    assert calling(answer, "f", "mm/f.c") == ["mm/a.c:g*"]


def test_who_names_a_function_is_nearer_than_who_uses_a_macro(tmp_path: Path) -> None:
    body = "int {0}(void)\n{{\n\treturn {1}(1);\n}}\n"
    files = {
        "include/linux/h.h": "int f(int a);\n#define one(a) f(a)\n#define two(a) one(a)\n",
        "kernel/a.c": body.format("by_two", "two") + body.format("by_one", "one"),
        "mm/b.c": body.format("by_one", "one") + body.format("direct", "f"),
        "mm/f.c": "int f(int a)\n{\n\treturn a;\n}\n" + body.format("own", "f"),
    }
    answer = program(tmp_path, files)
    found = answer.nearest_callers("f", "mm/f.c", False)
    assert [f"{each.path}:{each.site.name}" for each in found] == [
        "mm/b.c:direct",
        "mm/f.c:own",
        "kernel/a.c:by_one",
        "mm/b.c:by_one",
        "kernel/a.c:by_two",
    ]
    assert calling(answer, "f", "mm/f.c") == [
        "kernel/a.c:by_two*",
        "kernel/a.c:by_one*",
        "mm/b.c:by_one*",
        "mm/b.c:direct",
        "mm/f.c:own",
    ]
