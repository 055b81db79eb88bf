"""What stands in a file, asked of many names or of one."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.callgraph.trees import program

from mmlint.callgraph.codes import Code, Codes
from mmlint.callgraph.holders import Variable
from mmlint.callgraph.wanted import Wanted

TEXT = """#define one(a) two(a)
/* three */
  # define two(b) \\
\tfour(b)
int five; /* one */ char *six = "seven";
#define last 8"""
NAMES = ["nothing", "one", "wo", "two", "three", "four", "five", "seven", "six", "fiv", "last"]


@pytest.fixture
def code(tmp_path: Path) -> Code:
    return Codes(program(tmp_path, {"mm/a.c": TEXT})).code("mm/a.c")


def test_of_many_names_those_are_present_that_have_uses(code: Code) -> None:
    wanted = Wanted([Variable(name, "") for name in NAMES], {})
    present = wanted.present(wanted.variables, code.data)
    used = [name for name in NAMES if list(code.uses(name))]
    assert [name for name in present if name in used] == used == ["five", "six"]
    assert "nothing" not in present
    assert wanted.present(wanted.functions, code.data) == []


def test_the_last_definition_before_an_offset(code: Code) -> None:
    begins = {name: TEXT.index(line) for name, line in (("one", "#d"), ("two", "  #"))}
    assert code.definition_before(-1) == (-1, "")
    assert code.definition_before(TEXT.index("three")) == (begins["one"], "one")
    assert code.definition_before(TEXT.index("four")) == (begins["two"], "two")
    assert code.definition_before(begins["two"]) == (begins["two"], "two")
    assert code.definition_before(len(TEXT)) == (TEXT.index("#define last"), "last")


MACROS = {
    "include/linux/x.h": "#define both 1\n#define generic 2\n",
    "arch/arm/include/asm/x.h": "#define both 3\n#define armed 4\n",
    "arch/x86/include/asm/x.h": "#define both 5\n#define armed 6\n",
    "drivers/a/first.h": '#include "second.h"\n',
    "drivers/a/second.h": '#include "first.h"\n#define generic 7\n',
    "drivers/a/a.c": '#include "first.h"\n#define own 8\n',
    "drivers/b/b.c": "#define both 9\n#define armed 10\n#define own 11\n",
}


@pytest.mark.parametrize(
    ("path", "name", "bodies"),
    [
        ("drivers/a/a.c", "both", ["5", "1"]),
        ("arch/arm/mm/b.c", "both", ["3", "1"]),
        ("drivers/a/a.c", "armed", ["6"]),
        ("arch/arm/mm/b.c", "armed", ["4"]),
        ("arch/alpha/mm/b.c", "armed", ["10"]),
        ("drivers/a/a.c", "generic", ["7"]),
        ("drivers/b/b.c", "generic", ["2"]),
        ("drivers/b/b.c", "both", ["9"]),
        ("drivers/a/a.c", "own", ["8"]),
        ("drivers/c/c.c", "own", ["8", "11"]),
    ],
)
def test_a_file_means_its_own_macros_then_those_beside_it_then_public_ones(
    tmp_path: Path, path: str, name: str, bodies: list[str]
) -> None:
    answer = program(tmp_path, MACROS, "arch", "drivers", "include")
    for each in answer.scope:
        answer.outline(each)
    found = Codes(answer).code(path).lookup(name)
    assert sorted(macro.body for macro in found) == sorted(bodies)


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("static int it;\n", True),
        ("struct s\nit = { 1 };\n", True),
        ("int (*\n\tconst it)(int);\n", True),
        ("int other,\n\tit;\n", False),
        ("struct { int a; } it[2];\n", True),
        ("struct {\n} it;\n", True),
        ("int it __used = 1;\n", True),
        ("MAKE (int,\n\tit);\n", True),
        ("int f(void)\n{\n\tMAKE(int, it);\n}\n", False),
        ("int f(void)\n{\n\tint it = 1;\n\treturn it;\n}\n", False),
        ("int it(void);\n", False),
        ("int bit;\n", False),
    ],
)
def test_whether_a_file_may_declare_a_variable(tmp_path: Path, text: str, declared: bool) -> None:
    answer = program(tmp_path, {"mm/a.c": text})
    assert Codes(answer).code("mm/a.c").may_declare("it") == declared
