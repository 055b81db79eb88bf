"""Command lines of the compiler say which file they are about and what they define."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmlint.source.compiler import (
    CommandsError,
    common_defines,
    compilation,
    read_commands,
)
from mmlint.source.config import Configuration


def test_the_file_is_the_last_one_and_defines_are_kept() -> None:
    line = (
        "-D__linux__ -Wbitwise -nostdinc -I./include -include ./include/k.h -D__KERNEL__ -Ux "
        "-DKBUILD_MODNAME='\"a\"' -D N=3 -o mm/a.o -Wp,-MMD,mm/.a.o.d mm/a.c"
    )
    found = compilation(line.replace("'", "").split())
    assert found.file == "mm/a.c"
    assert found.defines == {
        "__linux__": "1",
        "__KERNEL__": "1",
        "x": None,
        "KBUILD_MODNAME": '"a"',
        "N": "3",
    }
    assert compilation([]).file == ""


def test_a_configuration_knows_what_the_command_line_defines() -> None:
    known = Configuration({}, True, {"MODULE": "1", "LEVEL": "3", "GONE": None})
    assert known.answer("defined", "MODULE") == 1
    assert known.answer("", "LEVEL") == 3
    assert known.answer("defined", "GONE") == 0
    assert known.answer("defined", "OTHER") is None


def test_a_database_gives_files_and_what_all_of_them_define(tmp_path: Path) -> None:
    database = tmp_path / "compile_commands.json"
    entries = [
        {"directory": str(tmp_path), "file": "mm/a.c", "command": "gcc -DX=1 -DY -c mm/a.c"},
        {"directory": "out", "file": "../mm/b.c", "arguments": ["gcc", "-DX=1", "-DY=2"]},
    ]
    database.write_text(json.dumps(entries))
    first, second = read_commands(database)
    assert first.file == str(tmp_path / "mm" / "a.c")
    assert second.file == str(tmp_path / "mm" / "b.c")
    assert common_defines([first, second]) == {"X": "1"}
    assert common_defines([]) == {}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[{", "Input data was truncated"),
        ('{"file": 1}', "Expected `array`"),
        ('[{"directory": "x"}]', "missing required field `file`"),
        ('[{"file": "a.c", "command": "\\"gcc"}]', "a.c: No closing quotation"),
    ],
)
def test_a_database_that_is_none_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    database = tmp_path / "compile_commands.json"
    database.write_text(text)
    with pytest.raises(CommandsError, match=complaint):
        read_commands(database)
    with pytest.raises(CommandsError, match="no such file"):
        read_commands(tmp_path / "none")
