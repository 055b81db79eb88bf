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
