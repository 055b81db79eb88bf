"""`mmlint graph path`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from mmlint.cli.caching import cache_options
from mmlint.cli.failure import CLEAN
from mmlint.cli.graph.options import (
    Reading,
    chosen_kinds,
    kinds_option,
    name_argument,
    reading,
    text_or_json,
)

if TYPE_CHECKING:
    from mmlint.callgraph.explorer import TreeExplorer

NO_PATH = 1
"""The exit status where there is no path, as grep says that nothing matches."""


class PathOptions(Reading, frozen=True):
    """The command line."""

    start: str
    end: str
    every: bool
    kinds: tuple[str, ...]
    output: str


@click.command()
@name_argument("start")
@name_argument("end")
@click.option("--all", "every", is_flag=True, help="Show all shortest paths.")
@kinds_option
@text_or_json
@reading
@cache_options
def path(**parameters: object) -> int:
    """Show the shortest path of calls from START to END, in the whole kernel tree.

    Of several the one with the fewest indirect calls is shown. A name may be file.c:name. The exit
    status is 1 if there is no path.
    """
    return _show(msgspec.convert(parameters, PathOptions))


def _show(options: PathOptions) -> int:
    from mmlint.callgraph.graph import GraphNode
    from mmlint.callgraph.shortest import Paths, shortest_paths
    from mmlint.cli.graph.session import answered, ended, find_nodes, reading_for
    from mmlint.cli.output import write_lines, write_parts
    from mmlint.report.graph import json_, text

    Nodes = tuple[GraphNode, ...]  # noqa: N806 -- a type
    kinds = chosen_kinds(options.kinds)

    def ask(explorer: TreeExplorer) -> tuple[Nodes, Nodes, Paths]:
        starts, ends = (find_nodes(explorer, name) for name in (options.start, options.end))
        return starts, ends, shortest_paths(explorer, starts, ends, kinds)

    parts = ("path", options.start, options.end, sorted(kinds))
    of = reading_for(options, options.start, options.end)
    (starts, ends, paths), known = answered(of, tuple[Nodes, Nodes, Paths], parts, ask)
    if options.output == "json":
        write_parts(json_.paths(paths, json_.PathQuestion(starts, ends, kinds), known), None)
    elif paths.found:
        write_lines(text.path_lines(paths, len(paths.found) if options.every else 1))
    else:
        why = text.no_path(paths, options.start, options.end)
        write_parts((f"{why}\n",), None)
    status = ended(options, known, complete=not paths.gave_up)
    return status or (CLEAN if paths.found else NO_PATH)
