"""`mmlint graph path`."""

from __future__ import annotations

import click
import msgspec

from mmlint.cli.failure import CLEAN
from mmlint.cli.graph.options import (
    Reading,
    chosen_kinds,
    kinds_option,
    name_argument,
    reading,
    text_or_json,
)

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
def path(**parameters: object) -> int:
    """Show the shortest path of calls from START to END, in the whole kernel tree.

    Of several the one with the fewest indirect calls is shown. A name may be file.c:name. The exit
    status is 1 if there is no path.
    """
    return _show(msgspec.convert(parameters, PathOptions))


def _show(options: PathOptions) -> int:
    from mmlint.callgraph.shortest import shortest_paths
    from mmlint.cli.graph.session import ended, find_nodes, tree_session
    from mmlint.cli.output import write_lines, write_parts
    from mmlint.report.graph import json_, text

    kinds = chosen_kinds(options.kinds)
    with tree_session(options) as session:
        explorer = session.explorer()
        starts, ends = (find_nodes(explorer, name) for name in (options.start, options.end))
        paths = shortest_paths(explorer, starts, ends, kinds)
    if options.output == "json":
        asked = json_.PathQuestion(starts, ends, kinds)
        write_parts(json_.paths(paths, asked, session.known), None)
    elif paths.found:
        write_lines(text.path_lines(paths, len(paths.found) if options.every else 1))
    else:
        why = text.no_path(paths, options.start, options.end)
        write_parts((f"{why}\n",), None)
    status = ended(session, complete=not paths.gave_up)
    return status or (CLEAN if paths.found else NO_PATH)
