"""Commands that are imported when they are run, so that the start costs what is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Mapping


class Entry(NamedTuple):
    """A command that is called as the function of `module` which defines it, and its help."""

    module: str
    help: str


class LazyGroup(click.Group):
    """A group that knows the names of its commands and what the list of them says, no more."""

    entries: Mapping[str, Entry] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, sorted."""
        return sorted(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = getattr(import_module(entry.module), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.entries[name].help) for name in sorted(self.entries)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What can be meant by the beginning of a command's name, or by an option."""
        items = [
            CompletionItem(name, help=self.entries[name].help)
            for name in sorted(self.entries)
            if name.startswith(incomplete)
        ]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]


def lazy(entries: Mapping[str, Entry]) -> type[LazyGroup]:
    """The class of a group with these commands."""
    return type("_LazyGroup", (LazyGroup,), {"entries": entries})
