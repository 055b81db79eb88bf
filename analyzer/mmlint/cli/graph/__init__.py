"""`mmlint graph`: the group, and one module for each kind of its subcommands."""

from __future__ import annotations

import click

from mmlint.cli.lazy import Entry, lazy

_COMMANDS = {
    "callers": Entry("mmlint.cli.graph.trees", "Who calls a function."),
    "callees": Entry("mmlint.cli.graph.trees", "What a function calls."),
    "path": Entry("mmlint.cli.graph.path", "How one function leads to another."),
    "export": Entry("mmlint.cli.graph.export", "Write the call graph of files."),
    "unresolved": Entry("mmlint.cli.graph.listings", "List calls of which no target is known."),
    "stats": Entry("mmlint.cli.graph.listings", "Count nodes and edges."),
}


@click.group(cls=lazy(_COMMANDS))
def graph() -> None:
    """Show the call graph: who calls a function, what it calls, how one leads to another.

    Calls through macros, through operations structures and by parameters are part of it. The exit
    status is 0 if the answer is whole, 2 if the command is wrong, 3 if something was not analysed.
    """
