"""The functions of a scope that matter, and what was not analysed."""

from __future__ import annotations

from pathlib import Path

from tests.callgraph.trees import program, write

from mmlint.callgraph.mentions import Telling
from mmlint.callgraph.program import Program
from mmlint.model import NotAnalysed

USE = "int {0}(void)\n{{\n\treturn {1}(1);\n}}\n"


def mentioned(answer: Program, *names: str) -> list[str]:
    """The functions found, as ``path:name``."""
    return [f"{path}:{site.name}" for path, site in answer.mentioning(names)]


def test_a_name_is_got_at_through_a_macro_that_is_meant(tmp_path: Path) -> None:
    user = "int f(int a)\n{{\n\treturn {0}(a);\n}}\n"
    files = {
        "arch/arm/include/asm/a.h": "#define far(a) take(a)\n#define near(a) (a)\n",
        "arch/x86/include/asm/a.h": "#define near(a) take(a)\n#define over(a) near(a)\n",
        "arch/arm/mm/far.c": user.format("far"),
        "arch/arm/mm/near.c": user.format("near"),
        "mm/far.c": user.format("far"),
        "mm/near.c": user.format("near"),
        "mm/own.c": "static int near(int a)\n{\n\treturn a;\n}\n" + user.format("near"),
        "mm/take.c": user.format("take"),
    }
    answer = program(tmp_path, files, "mm", "arch")
    assert [f"{path}:{site.name}" for path, site in answer.handed(["take"])] == [
        "arch/arm/mm/far.c:f",
        "mm/near.c:f",
        "mm/take.c:f",
    ]


def test_a_macro_of_a_source_file_hands_on_in_that_file_only(tmp_path: Path) -> None:
    macro = "#define wrap(x) take(x)\n"
    user = "int f(int a)\n{{\n\treturn {}(a);\n}}\n"
    files = {"mm/own.c": macro + user.format("wrap"), "mm/other.c": user.format("wrap")}
    answer = program(tmp_path, files)
    assert answer.macros_naming(["take"]) == {"wrap": {"mm/own.c"}}
    assert [f"{path}:{site.name}" for path, site in answer.handed(["take"])] == ["mm/own.c:f"]


def test_functions_are_found_by_the_words_of_their_code(tmp_path: Path) -> None:
    text = USE.format("a", "take") + USE.format("b", "mistake") + USE.format("c", "give")
    comment = "int d(void)\n{\n\t/* take */\n\treturn 0;\n}\n"
    files = {"mm/a.c": text + comment, "mm/h.h": "static inline " + USE.format("e", "give")}
    answer = program(tmp_path, files)
    assert mentioned(answer, "take", "give") == ["mm/a.c:a", "mm/a.c:c", "mm/h.h:e"]


def test_a_look_at_the_text_tells_which_functions_are_meant(tmp_path: Path) -> None:
    text = USE.format("a", "take") + USE.format("both", "give(1) + take") + USE.format("c", "give")
    answer = program(tmp_path, {"mm/a.c": text})
    with_give = Telling("with give", lambda body: b"give" in body)
    found = [site.name for _, site in answer.mentioning(["take"], with_give)]
    assert found == ["both"]
    # Another question about the same names has an answer of its own.
    assert mentioned(answer, "take") == ["mm/a.c:a", "mm/a.c:both"]


def test_many_names_find_the_same(tmp_path: Path) -> None:
    answer = program(tmp_path, {"mm/a.c": USE.format("a", "take")})
    assert mentioned(answer, "take", *(f"name_{n}" for n in range(60))) == ["mm/a.c:a"]


def test_only_the_scope_is_searched(tmp_path: Path) -> None:
    files = {"mm/a.c": USE.format("a", "take"), "kernel/k.c": USE.format("k", "take")}
    assert mentioned(program(tmp_path, files), "take") == ["mm/a.c:a"]


def test_annotations_are_known_from_the_tree_and_from_headers_beside(tmp_path: Path) -> None:
    files = {
        "include/linux/init.h": "#define __early __attribute__((cold))\n",
        "drivers/x/own.h": "#define __mine __attribute__((hot))\n",
        "drivers/x/a.c": '#include "own.h"\nint __early __mine a(void)\n{\n\treturn take(1);\n}\n',
    }
    answer = program(tmp_path, files, "drivers")
    ((path, site),) = answer.mentioning(["take"])
    assert site.annotations == {"__early", "__mine"}
    (function,) = answer.parse(path, site)
    assert (function.name, function.returns) == ("a", "int")


def test_files_and_lines_of_the_scope_are_counted(tmp_path: Path) -> None:
    files = {"mm/a.c": "int a;\nint b;", "mm/b.c": "", "kernel/k.c": "int c;\n"}
    answer = program(tmp_path, files)
    assert (answer.files_read, answer.lines) == (2, 2)


def test_a_file_that_vanishes_is_reported_once_and_the_rest_is_analysed(tmp_path: Path) -> None:
    files = {"mm/a.c": USE.format("a", "take"), "mm/gone.c": ""}
    tree = write(tmp_path, files)
    scope, _ = tree.files(["mm"])
    (tmp_path / "mm" / "gone.c").unlink()
    answer = Program(tree, scope)
    assert mentioned(answer, "take") == ["mm/a.c:a"]
    assert answer.outline("mm/gone.c") is None
    assert answer.not_analysed == [NotAnalysed("mm/gone.c", "", 0, "no such file or directory")]
    assert answer.files_read == 1


def test_a_binary_file_is_reported_in_the_scope_only(tmp_path: Path) -> None:
    files = {"mm/a.c": b"int\0take;", "include/linux/b.h": b"\0take", "kernel/k.c": b"take\0"}
    answer = program(tmp_path, files)
    assert mentioned(answer, "take") == []
    assert answer.callers("take", "mm/a.c", static=False) == ()
    assert answer.not_analysed == [NotAnalysed("mm/a.c", "", 0, "binary (NUL byte at offset 3)")]
    assert answer.files_read == 0


def test_a_file_too_large_matters_where_a_name_is_in_it(tmp_path: Path) -> None:
    blank = b"int x;\n" * (17 << 20 >> 3) + b"\n" * (3 << 20)
    files = {"mm/a.c": blank, "mm/b.c": blank + b"int take;\n"}
    answer = program(tmp_path, files)
    assert mentioned(answer, "take") == []
    assert [(gap.path, gap.in_scope) for gap in answer.not_analysed] == [("mm/b.c", True)]


def test_constructs_that_were_not_parsed_are_reported_with_their_function(tmp_path: Path) -> None:
    text = "int a(void)\n{\n\ttake(1);\n\tint 5 = ) (;\n\treturn 0;\n}\n"
    answer = program(tmp_path, {"mm/a.c": text})
    ((path, site),) = answer.mentioning(["take"])
    assert len(answer.parse(path, site)) == len(answer.parse(path, site)) == 1
    (gap,) = answer.not_analysed
    assert (gap.path, gap.function, gap.line, gap.in_scope) == ("mm/a.c", "a", 1, True)
    assert gap.reason.endswith("not parsed")


def test_a_function_nested_too_deeply_is_given_up(tmp_path: Path) -> None:
    text = "int a(void)\n{\n\treturn take" + "(" * 5000 + "1" + ")" * 5000 + ";\n}\n"
    answer = program(tmp_path, {"mm/a.c": text})
    ((path, site),) = answer.mentioning(["take"])
    assert answer.parse(path, site) == ()
    assert [(gap.function, gap.in_scope) for gap in answer.not_analysed] == [("a", True)]


def test_what_takes_a_while_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    tree = write(tmp_path, {"mm/a.c": USE.format("a", "take")})
    answer = Program(tree, ["mm/a.c"], said.append)
    assert said == []
    assert mentioned(answer, "take") == ["mm/a.c:a"]
    assert said == ["searching the files of the scope (1)", "reading the macros of the tree"]


def test_a_nul_byte_in_a_text_is_a_gap_and_the_rest_is_read(tmp_path: Path) -> None:
    text = "int x;\n" * 100 + "int y;\0\n" + USE.format("a", "take")
    answer = program(tmp_path, {"mm/a.c": text})
    assert mentioned(answer, "take") == ["mm/a.c:a"]
    assert answer.not_analysed == [NotAnalysed("mm/a.c", "", 101, "NUL byte")]
    assert answer.files_read == 1
