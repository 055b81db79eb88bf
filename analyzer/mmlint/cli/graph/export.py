"""`mmlint graph export`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from mmlint.cli.graph.options import Reading, reading
from mmlint.cli.options import jobs_option, output_option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mmlint.callgraph.graph import Export, Listed
    from mmlint.model import TreeInfo

FORMATS = ("json", "dot", "graphml")


class ExportOptions(Reading, frozen=True):
    """The command line."""

    paths: tuple[str, ...]
    output_format: str
    output: str | None
    cluster: bool
    jobs: int


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format", "output_format", type=click.Choice(FORMATS), default="json", show_default=True
)
@output_option
@click.option("--cluster", is_flag=True, help="With dot, draw a box around each file.")
@jobs_option
@reading
def export(**parameters: object) -> int:
    """Write the call graph of the files at or below each PATH; without PATH, of mm/.

    The macros and inline functions that they use are part of it. What could not be parsed or
    resolved is counted on standard error, and listed in the JSON.
    """
    return _export(msgspec.convert(parameters, ExportOptions))


def _export(options: ExportOptions) -> int:
    from mmlint.cli.graph.session import ended, scope_graph
    from mmlint.cli.output import check_target, write_parts

    target = options.output if options.output != "-" else None
    if target is not None:
        check_target(target)
    with scope_graph(options, options.paths, options.jobs) as (found, known):
        write_parts(_rendered(found, known.tree, options), target)
        click.echo(_summary(found), err=True)
    return ended(options, known)


def _rendered(found: Export[Listed], tree: TreeInfo, options: ExportOptions) -> Iterable[str]:
    if options.output_format == "dot":
        from mmlint.report.graph import dot

        return dot.export(found.graph, clusters=options.cluster)
    if options.output_format == "graphml":
        from mmlint.report.graph import graphml

        return graphml.export(found.graph)
    from mmlint.report.graph import json_

    return json_.export(found, tree)


def _summary(found: Export[Listed]) -> str:
    from mmlint.report.text import counted

    graph = found.graph
    read = f"{counted(found.functions, 'function')} in {counted(found.files, 'file')}"
    size = f"{counted(len(graph), 'node')} and {counted(graph.edge_count(), 'edge')}"
    return (
        f"mmlint: {size} from {read}; "
        f"calls without a known target: {len(found.unresolved):,}; "
        f"places that were not understood: {found.error_nodes:,}"
    )
