"""Writing a run in a format to its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmlint.cli.output import on_colour_terminal, write, write_coloured
from mmlint.report import github, json_, sarif, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from mmlint.cli.targets import Target
    from mmlint.model import Run
    from mmlint.report.text import TextOptions

_RENDERERS = {"json": json_.render, "sarif": sarif.render, "github": github.render}


def report(target: Target, run: Run, sources: Callable[[str], bytes], options: TextOptions) -> None:
    """Write `run` as `target` says; raises `InputError` if that is impossible."""
    if target.format != "text":
        write(_RENDERERS[target.format](run, sources), target.file)
    elif target.file is None and on_colour_terminal():
        write_coloured(text.lines_of(run, sources, options))
    else:
        write(text.render(run, sources, options), target.file)
