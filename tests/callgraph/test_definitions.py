"""What a call of a name means in a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.callgraph.trees import found, program

from mmlint.callgraph.definitions import WANTED
from mmlint.callgraph.program import Program
from mmlint.source.tree import Tree

REAL = "int {0}(int a)\n{{\n\tif (a)\n\t\treturn a + 1;\n\treturn 0;\n}}\n"


def real(name: str, words: str = "") -> str:
    """A function with a body, perhaps with specifiers."""
    return words + REAL.format(name)


def test_static_functions_are_those_of_the_same_file(tmp_path: Path) -> None:
    answer = program(tmp_path, {"mm/a.c": real("f", "static "), "mm/b.c": real("f", "static ")})
    assert found(answer, "f", "mm/a.c") == ["mm/a.c:1"]
    assert found(answer, "f", "mm/b.c") == ["mm/b.c:1"]


def test_a_static_function_of_another_file_is_not_meant(tmp_path: Path) -> None:
    answer = program(tmp_path, {"mm/a.c": real("f", "static "), "mm/b.c": ""})
    assert found(answer, "f", "mm/b.c") == []


def test_a_global_function_of_a_file_outside_the_scope_is_found(tmp_path: Path) -> None:
    answer = program(tmp_path, {"kernel/power/k.c": real("f"), "mm/a.c": ""})
    assert found(answer, "f", "mm/a.c") == ["kernel/power/k.c:1"]


def test_nobody_looks_for_code_among_the_numbers_of_device_trees(tmp_path: Path) -> None:
    text = real("f", "static inline ") + "#define CLOCK(n) ((n) * 5)\n"
    answer = program(tmp_path, {"include/dt-bindings/clock/c.h": text, "mm/a.c": ""})
    assert found(answer, "f", "mm/a.c") == []
    assert answer.macros.defines("CLOCK")


def test_inline_functions_of_headers_are_found(tmp_path: Path) -> None:
    header = "#ifndef H\n#define H\n" + real("f", "static inline ") + "#endif\n"
    answer = program(tmp_path, {"include/linux/h.h": header, "mm/a.c": ""})
    assert found(answer, "f", "mm/a.c") == ["include/linux/h.h:3"]


def test_a_header_beside_is_seen_by_those_that_include_it(tmp_path: Path) -> None:
    files = {
        "drivers/x/own.h": real("f", "static inline "),
        "drivers/x/a.c": "",
        "drivers/y/b.c": "",
        "drivers/y/c.c": '#include "../x/own.h"\n',
    }
    answer = program(tmp_path, files, "drivers")
    assert found(answer, "f", "drivers/x/a.c") == ["drivers/x/own.h:1"]
    assert found(answer, "f", "drivers/y/b.c") == []
    assert found(answer, "f", "drivers/y/c.c") == ["drivers/x/own.h:1"]


@pytest.mark.parametrize(
    "stub",
    [
        "{ }",
        "{ return 0; }",
        "{ return false; }",
        "{ return NULL; }",
        "{ return ERR_PTR(-EINVAL); }",
        "{ (void)a; }",
        "{\n\tWARN_ON_ONCE(1);\n\treturn -EINVAL;\n}",
    ],
)
def test_the_stub_of_a_configuration_without_the_function_is_left_out(
    tmp_path: Path, stub: str
) -> None:
    header = f"#ifdef CONFIG_F\nint f(int a);\n#else\nstatic inline int f(int a)\n{stub}\n#endif\n"
    answer = program(tmp_path, {"include/linux/f.h": header, "mm/f.c": real("f"), "mm/a.c": ""})
    assert found(answer, "f", "mm/a.c") == ["mm/f.c:1"]


def test_a_stub_beside_the_body_is_left_out(tmp_path: Path) -> None:
    text = f"#ifdef CONFIG_F\n{real('f')}#else\nint f(int a) {{ return 0; }}\n#endif\n"
    answer = program(tmp_path, {"mm/a.c": text})
    assert found(answer, "f", "mm/a.c") == ["mm/a.c:2"]


def test_a_stub_in_the_header_that_calls_it_gives_way_too(tmp_path: Path) -> None:
    header = "#ifdef CONFIG_F\nint f(int a);\n#else\nstatic inline int f(int a) { return 0; }\n"
    answer = program(tmp_path, {"include/linux/f.h": header + "#endif\n", "mm/f.c": real("f")})
    assert found(answer, "f", "include/linux/f.h") == ["mm/f.c:1"]


def test_what_is_nowhere_more_than_a_stub_stays(tmp_path: Path) -> None:
    answer = program(tmp_path, {"mm/a.c": "int f(int a) { return 0; }\n"})
    assert found(answer, "f", "mm/a.c") == ["mm/a.c:1"]


@pytest.mark.parametrize("body", ["{ return g(a); }", "{ g(); }", "{ return limit; }"])
def test_a_short_body_that_says_something_is_no_stub(tmp_path: Path, body: str) -> None:
    files = {"arch/arm/mm/f.c": f"int f(int a) {body}\n", "arch/mips/mm/f.c": real("f")}
    answer = program(tmp_path, {**files, "mm/a.c": ""})
    assert found(answer, "f", "mm/a.c") == ["arch/arm/mm/f.c:1", "arch/mips/mm/f.c:1"]


def test_an_architecture_means_its_own_function_and_generic_code_means_all(tmp_path: Path) -> None:
    files = {
        "arch/arm/mm/f.c": real("f"),
        "arch/mips/include/asm/f.h": real("f", "static inline "),
        "arch/arm/kernel/a.c": "",
        "arch/mips/kernel/a.c": "",
        "mm/a.c": "",
    }
    answer = program(tmp_path, files, "mm", "arch")
    assert found(answer, "f", "arch/arm/kernel/a.c") == ["arch/arm/mm/f.c:1"]
    assert found(answer, "f", "arch/mips/kernel/a.c") == ["arch/mips/include/asm/f.h:1"]
    assert found(answer, "f", "mm/a.c") == ["arch/arm/mm/f.c:1", "arch/mips/include/asm/f.h:1"]


def test_of_several_global_functions_that_of_the_same_directory_is_meant(tmp_path: Path) -> None:
    files = {"drivers/x/f.c": real("f"), "drivers/y/f.c": real("f"), "drivers/x/a.c": ""}
    answer = program(tmp_path, files, "drivers")
    assert found(answer, "f", "drivers/x/a.c") == ["drivers/x/f.c:1"]


def test_a_macro_with_arguments_is_a_function_where_there_is_none(tmp_path: Path) -> None:
    header = "#define f(a) ((a) + 1)\n"
    answer = program(tmp_path, {"include/linux/f.h": header, "mm/a.c": ""})
    (macro,) = answer.definitions("f", "mm/a.c")
    assert (macro.is_macro, macro.path, macro.line) == (True, "include/linux/f.h", 1)


def test_a_macro_of_the_file_goes_before_functions_elsewhere(tmp_path: Path) -> None:
    files = {"mm/a.c": "\n#define f(a) g(a)\n", "mm/f.c": real("f")}
    answer = program(tmp_path, files)
    assert found(answer, "f", "mm/a.c") == ["mm/a.c:2"]
    assert found(answer, "f", "mm/b.c") == ["mm/f.c:1"]


def test_another_name_for_a_function_is_followed(tmp_path: Path) -> None:
    files = {"include/linux/f.h": "#define f g\n", "mm/g.c": real("g"), "mm/a.c": ""}
    answer = program(tmp_path, files)
    assert [each.name for each in answer.definitions("f", "mm/a.c")] == ["g"]


def test_names_that_are_each_other_end(tmp_path: Path) -> None:
    answer = program(tmp_path, {"include/linux/f.h": "#define f g\n#define g f\n", "mm/a.c": ""})
    assert found(answer, "f", "mm/a.c") == []


def test_names_behind_attributes_and_on_lines_of_their_own_are_found(tmp_path: Path) -> None:
    text = (
        "__printf(1, 2) int f(int a)\n{\n\treturn a;\n}\n"
        "EXPORT_ALL(f)\n"
        "unsigned long\ng(int a)\n{\n\treturn a;\n}\n"
        "static inline int once(void) { return 1; } int h(void) { return limit; }\n"
    )
    answer = program(tmp_path, {"mm/f.c": text, "mm/a.c": ""})
    assert found(answer, "f", "mm/a.c") == ["mm/f.c:1"]
    assert found(answer, "g", "mm/a.c") == ["mm/f.c:7"]


def test_a_tree_that_is_no_kernel_is_its_scope(tmp_path: Path) -> None:
    files = {"a.c": "#define twice(a) f(f(a))\n", "f.c": real("f"), "other.c": real("g")}
    for path, text in files.items():
        (tmp_path / path).write_text(text)
    answer = Program(Tree.find(tmp_path), ["a.c", "f.c"])
    assert found(answer, "f", "a.c") == ["f.c:1"]
    assert found(answer, "g", "a.c") == []
    assert answer.macros.defines("twice")


@pytest.mark.parametrize(
    ("other", "others"),
    [
        ("int f(int a)\n{\n\treturn a + 2;\n}\n", True),
        ("static int f(int a)\n{\n\treturn a + 2;\n}\n", False),
        ("int f(int a) { return 0; }\n", False),
    ],
    ids=["one more", "not for others", "a stub"],
)
def test_of_many_definitions_those_that_are_wanted_are_parsed(
    tmp_path: Path, other: str, others: bool
) -> None:
    asking = "int f(int a)\n{\n\treturn ask(a);\n}\n"
    files = {"arch/arm/mm/f.c": asking, "arch/mips/mm/f.c": other, "arch/sh/mm/f.c": other}
    answer = program(tmp_path, {**files, "mm/a.c": "", "arch/sh/mm/a.c": ""}, "mm", "arch")
    told = [
        (each.path, weight)
        for each, weight in answer.weighed("f", "mm/a.c", lambda text: WANTED * (b"ask" in text))
    ]
    assert told[0] == ("arch/arm/mm/f.c", WANTED)
    assert [weight for _, weight in told[1:]] == [0, 0] * others
    # An architecture has its own, and nothing has to be chosen.
    own = answer.weighed("f", "arch/sh/mm/a.c", lambda _: 0)
    assert list(own) == [(each, WANTED) for each in answer.definitions("f", "arch/sh/mm/a.c")]
