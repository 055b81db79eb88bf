"""No step moves a byte of real code: each offset and each line of the result is the source's."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from mmlint.syntax.arms import select
from mmlint.syntax.directives import strip_directives, within
from mmlint.syntax.macros import MacroTable
from mmlint.syntax.mask import scan
from mmlint.syntax.outline import Outline, outline
from mmlint.syntax.repair import repair
from mmlint.syntax.rewrite import rewrite

FIXTURES = Path(__file__).parents[2] / "fixtures"
VARIABLE = "MMLINT_LINUX_6_12"


def newlines(text: bytes) -> list[int]:
    return [found.start() for found in re.finditer(rb"\n", text)]


def steps_of_file(data: bytes) -> Iterator[bytes]:
    masked = scan(data)
    yield masked.text
    yield strip_directives(masked.text, masked.comments).code


def steps_of_functions(found: Outline, macros: MacroTable) -> Iterator[tuple[bytes, bytes]]:
    """Texts before and after a step."""
    for site in found.definitions:
        text = found.code[site.start : site.end]
        inner = within(found.conditionals, site.start, site.end)
        for selection in select(text, inner, site.start, {}):
            yield text, selection.text
            rewritten = rewrite(selection.text, macros)
            yield text, rewritten.text
            yield text, rewritten.plain
            yield text, repair(rewritten).text


def check(paths: Iterable[Path]) -> int:
    """Compare each step of each file with its source; returns how many functions there were."""
    sources = {str(path): path.read_bytes() for path in sorted(paths)}
    macros = MacroTable(sources.items())
    functions = 0
    for path, data in sources.items():
        lines = newlines(data)
        for text in steps_of_file(data):
            assert (len(text), newlines(text)) == (len(data), lines), path
        found = outline(path, data, macros)
        functions += len(found.definitions)
        for before, after in steps_of_functions(found, macros):
            assert (len(after), newlines(after)) == (len(before), newlines(before)), path
    return functions


def test_fixtures_keep_their_length_and_newlines() -> None:
    assert check(FIXTURES.rglob("*.[ch]")) > 100


@pytest.mark.kernel
def test_the_kernel_keeps_its_length_and_newlines() -> None:
    named = os.environ.get(VARIABLE)
    if not named:
        pytest.skip(f"{VARIABLE} names no unpacked linux-source-6.12")
    directories = (Path(named) / "mm", Path(named) / "include" / "linux")
    assert check(path for each in directories for path in each.glob("*.[ch]")) > 8000
