"""`mmlint graph unresolved` and `mmlint graph stats`."""

from __future__ import annotations

import click
import msgspec

from mmlint.cli.graph.options import Reading, reading, text_or_json
from mmlint.cli.options import jobs_option


class ListingOptions(Reading, frozen=True):
    """The command line of both commands."""

    paths: tuple[str, ...]
    output: str
    jobs: int


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@text_or_json
@jobs_option
@reading
def unresolved(**parameters: object) -> int:
    """List the calls in the files at or below each PATH (mm/) that lead nowhere."""
    from mmlint.cli.graph.session import ended, scope_graph
    from mmlint.cli.output import write, write_lines
    from mmlint.report.graph import json_
    from mmlint.report.graph.listings import unresolved_lines

    options = msgspec.convert(parameters, ListingOptions)
    with scope_graph(options, options.paths, options.jobs) as (found, known):
        if options.output == "json":
            write(json_.unresolved(found.unresolved, known), None)
        else:
            write_lines(unresolved_lines(found))
    return ended(options, known)


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@text_or_json
@jobs_option
@reading
def stats(**parameters: object) -> int:
    """Count the nodes and edges of the call graph of the files at or below each PATH (mm/)."""
    from mmlint.callgraph.stats import stats as stats_of
    from mmlint.cli.graph.session import ended, scope_graph
    from mmlint.cli.output import write, write_lines
    from mmlint.report.graph import json_
    from mmlint.report.graph.listings import stats_lines

    options = msgspec.convert(parameters, ListingOptions)
    with scope_graph(options, options.paths, options.jobs) as (found, known):
        numbers = stats_of(found)
    if options.output == "json":
        write(json_.stats(numbers, known), None)
    else:
        write_lines(stats_lines(numbers))
    return ended(options, known)
