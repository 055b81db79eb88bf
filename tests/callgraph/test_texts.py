"""The unparsed text of what a name may mean: cheap, and never less than what is parsed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.callgraph.trees import program

from mmlint.callgraph.program import Program

BODY = "int f(int a)\n{{\n\treturn {0} + a;\n}}\n"


def shown(answer: Program, name: str, user: str) -> list[str]:
    """The texts, white space folded."""
    return [" ".join(text.decode().split()) for text in answer.texts(name, user)]


def test_a_function_of_the_file_itself_is_all_that_is_meant(tmp_path: Path) -> None:
    files = {"mm/a.c": "int b;\nstatic " + BODY.format("mine") + "int c;\n", "mm/b.c": BODY}
    answer = program(tmp_path, files)
    assert shown(answer, "f", "mm/a.c") == ["static int f(int a) { return mine + a; }"]


def test_both_arms_of_a_condition_are_shown(tmp_path: Path) -> None:
    text = f"#ifdef CONFIG_F\n{BODY.format('one')}#else\n{BODY.format('two')}#endif\n"
    answer = program(tmp_path, {"mm/a.c": text})
    assert [words.split()[-4] for words in shown(answer, "f", "mm/a.c")] == ["one", "two"]


@pytest.mark.parametrize(
    "home", ["mm/f.c", "kernel/f.c", "arch/arm/mm/f.c", "include/linux/f.h", "lib/f.c"]
)
def test_a_function_of_another_file_is_shown_with_its_body(tmp_path: Path, home: str) -> None:
    answer = program(tmp_path, {home: BODY.format("other"), "mm/a.c": "int b;\n"})
    (text,) = shown(answer, "f", "mm/a.c")
    assert "return other + a;" in text


def test_all_architectures_are_shown(tmp_path: Path) -> None:
    names = ("arm", "mips", "x86")
    files = {f"arch/{name}/mm/f.c": BODY.format(name) for name in names}
    answer = program(tmp_path, {**files, "mm/a.c": ""})
    texts = shown(answer, "f", "mm/a.c")
    assert [name for name in names if any(f"return {name} " in text for text in texts)] == [*names]


def test_a_macro_is_shown_by_its_body(tmp_path: Path) -> None:
    header = "#define f(a) \\\n\tcheck((a) + 1)\n"
    answer = program(tmp_path, {"include/linux/f.h": header, "mm/a.c": ""})
    (text,) = shown(answer, "f", "mm/a.c")
    assert text.endswith("check((a) + 1)")


@pytest.mark.parametrize("one", ["int f(int a) { return a; }", "int f(int a)\n\t{ return a; }"])
def test_what_follows_a_definition_on_one_line_is_not_part_of_it(tmp_path: Path, one: str) -> None:
    header = one + "\n\nint g(int a)\n{\n\treturn check(a);\n}\n"
    answer = program(tmp_path, {"include/linux/f.h": header, "mm/a.c": ""})
    assert shown(answer, "f", "mm/a.c") == ["int f(int a) { return a; }"]


def test_a_line_that_leaves_a_brace_open_is_not_all(tmp_path: Path) -> None:
    header = "int f(int a) { if (a) { a++; }\n\treturn check(a);\n}\n"
    answer = program(tmp_path, {"include/linux/f.h": header, "mm/a.c": ""})
    assert "check(a)" in shown(answer, "f", "mm/a.c")[0]


@pytest.mark.parametrize("text", ["int f(int a);\n", "int g(void)\n{\n\treturn f(1);\n}\n", ""])
def test_without_a_body_there_is_nothing_to_see(tmp_path: Path, text: str) -> None:
    answer = program(tmp_path, {"mm/a.c": text, "mm/f.h": "int f(int a);\n"})
    assert not any("return 1" in shown_text for shown_text in shown(answer, "f", "mm/a.c"))
    assert answer.definitions("f", "mm/a.c") == ()


def test_a_static_function_of_another_file_is_not_shown(tmp_path: Path) -> None:
    files = {"mm/b.c": "static " + BODY.format("hidden"), "mm/a.c": ""}
    assert shown(program(tmp_path, files), "f", "mm/a.c") == []


@pytest.mark.parametrize(
    "header",
    [
        "int f(int a)\n{{\n\treturn {0};\n}}\n",
        "struct page *f(int a)\n{{\n\treturn {0};\n}}\n",
        "int __weak f(int a)\n{{\n\treturn {0};\n}}\n",
        "int __attribute__((noinline)) f(int a)\n{{\n\treturn {0};\n}}\n",
        "__printf(1, 2) int f(int a)\n{{\n\treturn {0};\n}}\n",
        "DEFINE_GUARD(node, int, lock(_T), unlock(_T))\nint f(int a)\n{{\n\treturn {0};\n}}\n",
        "int (*f(int a))(int)\n{{\n\treturn {0};\n}}\n",
        "int f(int a)\n\t__releases(lock)\n{{\n\treturn {0};\n}}\n",
        "unsigned long\nf(int a)\n{{\n\treturn {0};\n}}\n",
        "int f(int a,\n\tint b)\n{{\n\treturn {0};\n}}\n",
    ],
)
def test_what_is_parsed_was_shown(tmp_path: Path, header: str) -> None:
    answer = program(tmp_path, {"mm/f.c": header.format("told"), "mm/a.c": ""})
    assert len(answer.definitions("f", "mm/a.c")) == 1
    assert any("return told;" in text for text in shown(answer, "f", "mm/a.c"))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("DEFINE_FREE(put, struct node *, if (_T) put_node(_T))\nint f(int a)", "if"),
        ("DEFINE_FREE(put, struct node *, if (_T) put_node(_T))\nint f(int a)", "put_node"),
        ("int f(int a) __releases(lock)", "__releases"),
        ("int f(int a)\n\t__acquires(first)\n\t__releases(second)", "__releases"),
        ("int f(int (*show)(int), int (*store)(int))", "int"),
        ("__attribute__((aligned(16))) int f(int a)", "aligned"),
        ("#define f(a) \\\nif (a)", "if"),
    ],
)
def test_what_else_stands_before_parentheses_is_not_defined(
    tmp_path: Path, header: str, name: str
) -> None:
    files = {"include/linux/f.h": header + " {\n\treturn 1;\n}\n", "mm/a.c": ""}
    assert shown(program(tmp_path, files), name, "mm/a.c") == []


def test_a_file_that_cannot_be_read_has_no_text(tmp_path: Path) -> None:
    answer = program(tmp_path, {"mm/a.c": b"int f(int a)\0"})
    assert shown(answer, "f", "mm/a.c") == []
    assert shown(answer, "f", "mm/gone.c") == []
