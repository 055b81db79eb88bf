"""The start costs what is used: nothing that is slow to load is loaded before it is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from mmlint.cli.graph import graph
from mmlint.cli.lazy import LazyGroup
from mmlint.cli.main import mmlint as command_line

ROOT = Path(__file__).resolve().parent.parent.parent
ANALYSIS = {f"mmlint.{stage}" for stage in ("callgraph", "dataflow", "engine", "judging", "syntax")}
PARSING = {"networkx", "tree_sitter", "tree_sitter_c"}
WRITING = {"html", "jsonschema", "rich", "xml"}
KEEPING = {"mmlint.recall", "mmlint.store", "sqlite3"}
READING = {"mmlint.findings", "mmlint.report", "mmlint.source", "msgspec", "tomllib"}
STARTING_PROGRAMS = {"subprocess"}
HEAVY = ANALYSIS | PARSING | WRITING | KEEPING | STARTING_PROGRAMS

SHOW = """
import atexit, sys
atexit.register(lambda: print(*sys.modules, sep="\\n", file=sys.stderr))
from mmlint.cli.main import main
sys.exit(main({arguments!r}))
"""


def loaded(directory: Path, *arguments: str, **environment: str) -> set[str]:
    """The modules that a run of mmlint loads."""
    command = [sys.executable, "-c", SHOW.format(arguments=list(arguments))]
    sources = os.pathsep.join(str(ROOT / name) for name in ("analyzer", "rules"))
    own = {"MMLINT_CACHE_DIR": f"{directory}-cache", "PYTHONPATH": sources, **environment}
    done = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    assert done.stdout
    modules = set(done.stderr.split())
    assert "mmlint.cli.main" in modules
    return modules


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("graph", "--help")])
def test_saying_what_mmlint_is_loads_no_command(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    modules = loaded(tmp_path, *arguments)
    assert not modules & (HEAVY | READING)
    commands = {entry.module for entry in commands_of(command_line).entries.values()}
    assert not modules & (commands - {"mmlint.cli.graph"})


@pytest.mark.parametrize("line", ["mmlint ch", "mmlint graph ca", "mmlint --"])
def test_completing_a_command_loads_no_command(tmp_path: Path, line: str) -> None:
    modules = loaded(tmp_path, **completing(line))
    assert not modules & (HEAVY | READING)
    assert "mmlint.cli.check" not in modules
    assert "mmlint.cli.graph.trees" not in modules


@pytest.mark.parametrize("line", ["mmlint check --no", "mmlint graph callers --de"])
def test_completing_an_option_loads_that_command_and_nothing_that_it_needs_to_run(
    tmp_path: Path, line: str
) -> None:
    assert not loaded(tmp_path, **completing(line)) & HEAVY


def test_a_check_whose_result_is_known_loads_no_analysis(tmp_path: Path) -> None:
    (tmp_path / "pfn.c").write_text("int pfn;\n")
    assert loaded(tmp_path, "check", "pfn.c") >= ANALYSIS
    again = loaded(tmp_path, "check", "pfn.c")
    assert not again & (ANALYSIS | PARSING | WRITING)


@pytest.mark.parametrize("group", [command_line, graph], ids=lambda group: group.name)
def test_the_list_has_the_commands_that_are_there(group: click.Group) -> None:
    entries = commands_of(group).entries
    context = click.Context(group)
    assert group.list_commands(context) == sorted(entries)
    for name, entry in entries.items():
        command = group.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert entry.help
    assert group.get_command(context, "nothing") is None


def commands_of(group: click.Group) -> LazyGroup:
    assert isinstance(group, LazyGroup)
    return group


def completing(line: str) -> dict[str, str]:
    words = line.split()
    return {
        "_MMLINT_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
