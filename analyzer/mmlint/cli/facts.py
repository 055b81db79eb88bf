"""`mmlint facts FILE[:FUNCTION]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from mmlint.cli.failure import CLEAN, INCOMPLETE, InputError
from mmlint.cli.packages import load_rows, rules_package
from mmlint.cli.progress import progress

if TYPE_CHECKING:
    from mmlint.auditing.knowing import KnownFunction


class FactsOptions(msgspec.Struct, frozen=True):
    """The command line of `mmlint facts`."""

    place: str
    tree: str | None
    output_format: str
    package: str


@click.command()
@click.argument("place", metavar="FILE[:FUNCTION]")
@click.option("--tree", metavar="DIR", help="The kernel tree, if FILE does not lie in it.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
)
@rules_package
def facts(**parameters: object) -> int:
    """Show the source of a function, or of all of a file, with what is known at each line.

    Below a line, + is a fact that comes there, - one that goes, each with the call that is the
    reason; = is what is known before the line, ? what something on it needs and nobody shows.
    """
    return run_facts(msgspec.convert(parameters, FactsOptions))


def run_facts(options: FactsOptions) -> int:
    """Analyse, show, and return the exit status; raises `InputError`."""
    from mmlint.cli.output import write, write_lines
    from mmlint.report import facts as formats

    functions, whole = _known(options)
    if options.output_format == "json":
        write(formats.json(functions), None)
    else:
        write_lines(formats.lines_of(functions))
    return CLEAN if whole else INCOMPLETE


def _known(options: FactsOptions) -> tuple[tuple[KnownFunction, ...], bool]:
    from mmlint.auditing.knowing import FactsRequest
    from mmlint.auditing.knowing import facts as known
    from mmlint.cli.scope import find_tree, scope_of

    file, _, function = options.place.partition(":")
    tree = find_tree((file,), options.tree)
    (path,) = scope_of((file,), tree, options.tree is not None)
    knowledge = load_rows(options.package)
    with progress(wanted=True) as say:
        functions, gaps = known(FactsRequest(tree, path, function, knowledge, say))
    own = [gap for gap in gaps if gap.path == path and function in ("", gap.function)]
    if not functions and not own:
        what = f"no function is called {function!r}" if function else "there is no function"
        raise InputError(f"{file}: {what}")
    for gap in own:
        click.echo(f"mmlint: {gap.path}: {gap.function}: not analysed: {gap.reason}", err=True)
    return functions, not own
