"""Small pieces of C analysed with the knowledge that ships."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.callgraph.trees import write

from mmlint.callgraph.program import Program
from mmlint.dataflow.function import Analysed
from mmlint.dataflow.summary import Summary
from mmlint.dataflow.whole import Analyses
from mmlint.discovery import LoadedRule, knowledge_dir, load_rules
from mmlint.engine import CheckRequest, check
from mmlint.knowledge import Knowledge, load_knowledge
from mmlint.model import Finding, Run, Severity

HOME = "mm/a.c"


@cache
def knowledge() -> Knowledge:
    return load_knowledge([knowledge_dir("mmlint_rules")])


@cache
def rules() -> tuple[LoadedRule, ...]:
    return load_rules("mmlint_rules")


def analyses(root: Path, files: Mapping[str, str]) -> Analyses:
    tree = write(root, files)
    return Analyses(Program(tree, tree.files(("mm",))[0]), knowledge())


def analysed(root: Path, text: str, name: str) -> Analysed:
    """The analysis of the function `name` of a file."""
    run = analyses(root, {HOME: text})
    (function,) = run.program.definitions(name, HOME)
    result = run.of(function)
    assert result is not None, run.failed
    return result


def summary(root: Path, text: str, name: str = "f") -> Summary:
    """What callers see of the function `name` of a file."""
    return analysed(root, text, name).summary


def checked(root: Path, files: Mapping[str, str], *scope: str) -> Run:
    """The run over a tree of these files, mm/ unless the scope is given."""
    paths = scope or ("mm",)
    return check(CheckRequest(write(root, files), paths, rules(), knowledge()))


def told(run: Run) -> list[str]:
    """The findings above a note, as ``severity rule function``."""
    return sorted(
        f"{one.severity.label} {one.rule} {one.function}"
        for one in run.findings
        if one.severity > Severity.NOTE
    )


def above_note(run: Run) -> list[Finding]:
    return [one for one in run.findings if one.severity > Severity.NOTE]
