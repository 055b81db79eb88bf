"""What options have in common: giving a command several, and values that no command passes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

CommandT = TypeVar("CommandT", bound=Callable[..., object])
Decorator = Callable[[Any], Any]


def kept_as(key: str) -> Callable[[click.Context, click.Parameter, object], None]:
    """The callback of an option whose value travels in click's context, under `key` of `meta`."""

    def keep(context: click.Context, _: click.Parameter, value: object) -> None:
        context.meta[key] = value

    return keep


def with_options(command: CommandT, options: Sequence[Decorator]) -> CommandT:
    """Give a command all of these options, which its help shows in this order."""
    for option in reversed(options):
        command = option(command)
    return command
