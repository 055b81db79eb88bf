"""What the subcommands of `mmlint graph` have in common on their command lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click
import msgspec

from mmlint.cli.context import with_options
from mmlint.cli.failure import InputError
from mmlint.cli.graph.completion import names_like

if TYPE_CHECKING:
    from collections.abc import Callable

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Reading(msgspec.Struct, frozen=True):
    """Which tree is read and how: `--tree`, `--config`, `--arch`, `--verbose`."""

    tree: str | None
    config: str | None
    arch: str | None
    verbose: bool


def reading(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Add the options of `Reading` to a command."""
    options = (
        click.option("--tree", metavar="DIR", help="The kernel tree. [default: the one around]"),
        click.option("--config", metavar="FILE", help="Leave out what this .config leaves out."),
        click.option("--arch", metavar="NAME", help="Consult only this architecture's code."),
        click.option(
            "-v", "--verbose", is_flag=True, help="List what was not analysed or consulted."
        ),
    )
    return with_options(command, options)


def text_or_json(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Add `--format text|json`, as `output`."""
    kinds = click.Choice(("text", "json"))
    return click.option("--format", "output", type=kinds, default="text", show_default=True)(
        command
    )


def kinds_option(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Add `--kind`, as `kinds`."""
    told = "Follow only such calls: direct, macro, ops, parameter, generated. [default: all]"
    return click.option("--kind", "kinds", multiple=True, metavar="KIND[,KIND]", help=told)(command)


def name_argument(name: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Add the argument `name`, which the shell can complete to the names of the tree."""
    return click.argument(name, shell_complete=names_like)


def chosen_kinds(values: tuple[str, ...]) -> frozenset[str]:
    """The kinds of edges that `values` name, all if there is none; raises `InputError`."""
    from mmlint.callgraph.graph import EDGE_KINDS

    kinds = [kind.strip() for value in values for kind in value.split(",") if kind.strip()]
    for kind in kinds:
        if kind not in EDGE_KINDS:
            raise InputError(f"--kind {kind}: there are {', '.join(EDGE_KINDS)}")
    return frozenset(kinds or EDGE_KINDS)
