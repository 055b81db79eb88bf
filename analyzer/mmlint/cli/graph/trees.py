"""`mmlint graph callers` and `mmlint graph callees`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from mmlint.cli.caching import cache_options
from mmlint.cli.graph.options import (
    Reading,
    chosen_kinds,
    kinds_option,
    name_argument,
    reading,
    text_or_json,
)

if TYPE_CHECKING:
    from mmlint.callgraph.queries import Direction

_DEEPEST = 100

depth_option = click.option(
    "--depth",
    type=click.IntRange(1, _DEEPEST),
    default=1,
    show_default=True,
    metavar="N",
    help="How many calls away.",
)


all_option = click.option(
    "--all", "every", is_flag=True, help="Show every target where one call has very many."
)


class TreeOptions(Reading, frozen=True):
    """The command line of both commands."""

    name: str
    depth: int
    every: bool
    kinds: tuple[str, ...]
    output: str


@click.command()
@name_argument("name")
@depth_option
@all_option
@kinds_option
@text_or_json
@reading
@cache_options
def callers(**parameters: object) -> int:
    """Draw the tree of the functions and macros that call NAME, in the whole kernel tree.

    NAME may be file.c:name. A place is that of the call.
    """
    return _draw("callers", msgspec.convert(parameters, TreeOptions))


@click.command()
@name_argument("name")
@depth_option
@all_option
@kinds_option
@text_or_json
@reading
@cache_options
def callees(**parameters: object) -> int:
    """Draw the tree of the functions and macros that NAME calls.

    NAME may be file.c:name. A place is that of the definition; the line of the call follows.
    """
    return _draw("callees", msgspec.convert(parameters, TreeOptions))


def _draw(direction: Direction, options: TreeOptions) -> int:
    from mmlint.callgraph.calltree import CallTree, Wish, call_tree
    from mmlint.cli.graph.session import answered, draws_boxes, ended, find_nodes, reading_for
    from mmlint.cli.output import write_lines, write_parts
    from mmlint.report.graph import json_, text

    every = options.every or options.output == "json"
    wish = Wish(direction, options.depth, chosen_kinds(options.kinds), every)
    parts = (direction, options.name, options.depth, sorted(wish.kinds), every)
    tree, known = answered(
        reading_for(options, options.name),
        CallTree,
        parts,
        lambda asked: call_tree(asked, find_nodes(asked, options.name), wish),
    )
    if options.output == "json":
        write_parts(json_.tree(tree, known), None)
    else:
        write_lines(text.tree_lines(tree, text.BOX if draws_boxes() else text.ASCII))
    return ended(options, known)
