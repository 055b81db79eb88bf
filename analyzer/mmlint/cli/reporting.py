"""Writing a run in a format to its place."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from mmlint.cli.output import on_colour_terminal, write, write_coloured
from mmlint.report import text
from mmlint.report.sections import merged, only_new

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mmlint.cli.targets import Target
    from mmlint.report.sections import Section
    from mmlint.report.text import TextOptions

_COMPARING = ("json", "sarif")
"""The formats that can say what is new, what is gone and what stayed."""
_MODULES = {"json": "json_"}
"""The modules of the formats that are not called as the format."""


def report(target: Target, sections: Sequence[Section], options: TextOptions) -> None:
    """Write the sections as `target` says; raises `InputError` if that is impossible."""
    if target.format != "text":
        run = merged(sections)
        told = run if target.format in _COMPARING else only_new(run)
        module = import_module(f"mmlint.report.{_MODULES.get(target.format, target.format)}")
        write(module.render(told, sections[-1].sources), target.file)
    elif target.file is None and on_colour_terminal():
        write_coloured(text.sectioned_lines(sections, options))
    else:
        write(text.plain(text.sectioned_lines(sections, options)), target.file)
