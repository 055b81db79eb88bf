"""`mmlint rules`."""

from __future__ import annotations

import click

from mmlint.cli.packages import rules_package


@click.command()
@rules_package
def rules(package: str) -> None:
    """List the rules, a line each."""
    from mmlint.cli.output import write
    from mmlint.cli.packages import all_infos

    infos = all_infos(package)
    width = max(len(info.name) for info in infos)
    write("".join(f"{info.name:<{width}}  {info.summary}\n" for info in infos), None)
