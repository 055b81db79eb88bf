"""`mmlint graph`: the group, and one module for each kind of its subcommands."""

from __future__ import annotations

import click

from mmlint.cli.graph.export import export
from mmlint.cli.graph.listings import stats, unresolved
from mmlint.cli.graph.path import path
from mmlint.cli.graph.trees import callees, callers


@click.group(short_help="Show who calls whom.")
def graph() -> None:
    """Show the call graph: who calls a function, what it calls, how one leads to another.

    Calls through macros, through operations structures and by parameters are part of it. The exit
    status is 0 if the answer is whole, 2 if the command is wrong, 3 if something was not analysed.
    """


for _command in (callers, callees, path, export, unresolved, stats):
    graph.add_command(_command)
