"""Which macros fill members."""

from __future__ import annotations

from pathlib import Path

from tests.callgraph.trees import program, write

from mmlint.callgraph.codes import Codes
from mmlint.callgraph.holders import Generator, Holders
from mmlint.callgraph.layouts import Layouts
from mmlint.callgraph.making import Making
from mmlint.callgraph.receivers import Receivers
from mmlint.callgraph.stores import Stores
from mmlint.callgraph.wanted import Wanted


def filling(root: Path, text: str, *known: Generator) -> list[str]:
    """The macros of a file that fill members as others do that are known."""
    codes = Codes(program(root, {"drivers/d.c": text}))
    layouts = Layouts(write(root, {}), codes, ())
    receivers = Receivers(codes, layouts)
    stores = Stores(codes, layouts, receivers, Holders(receivers, layouts))
    code = codes.code("drivers/d.c")
    lines = range(1, text.count("\n") + 1)
    made = Making(receivers, stores).defined(code, Wanted(known, {}), lines)
    return [each.name for each in made if isinstance(each, Generator)]


def test_a_macro_fills_what_a_macro_in_it_fills(tmp_path: Path) -> None:
    assert filling(tmp_path, "#define DO(n) x(n)\n", Generator("x", "")) == ["DO"]
    assert filling(tmp_path, "#define DO(n) x(n)\n", Generator("x", "drivers/d.c")) == ["DO"]


def test_a_parameter_of_that_name_is_no_such_macro(tmp_path: Path) -> None:
    assert filling(tmp_path, "#define HIGH(x) ((x) >> 8)\n", Generator("x", "")) == []


def test_the_macros_of_other_files_are_none_of_this_one(tmp_path: Path) -> None:
    assert filling(tmp_path, "#define DO(n) x(n)\n", Generator("x", "drivers/e.c")) == []
