"""The command `mmlint` and how it ends.

Whatever a subcommand needs beyond click is imported when it runs, so that `mmlint --help` is
quick.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING

import click

from mmlint import __version__
from mmlint.cli.audit import audit
from mmlint.cli.baseline import baseline
from mmlint.cli.cache import cache
from mmlint.cli.check import check
from mmlint.cli.completion import completion
from mmlint.cli.diff import diff
from mmlint.cli.explain import explain
from mmlint.cli.facts import facts
from mmlint.cli.failure import INCOMPLETE, INTERRUPTED, PIPE_CLOSED, PipeClosed
from mmlint.cli.graph import graph
from mmlint.cli.kbuild import kbuild
from mmlint.cli.knowledge import knowledge
from mmlint.cli.patch import patch
from mmlint.cli.rules import rules
from mmlint.cli.suppressions import suppressions

if TYPE_CHECKING:
    from collections.abc import Sequence

TRACEBACK = "MMLINT_TRACEBACK"
"""The environment variable that shows the traceback of an internal error."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mmlint")
def mmlint() -> None:
    """Check kernel code against what mm functions promise."""


for _command in (
    check,
    diff,
    patch,
    baseline,
    suppressions,
    kbuild,
    audit,
    facts,
    graph,
    knowledge,
    rules,
    explain,
    cache,
    completion,
):
    mmlint.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run mmlint with `arguments` (those of the process, if None); returns the exit status.

    Whatever goes wrong ends in one line on standard error, never in a traceback.
    """
    _tolerate_any_encoding()
    try:
        status = mmlint.main(arguments, prog_name="mmlint", standalone_mode=False)
    except click.ClickException as error:
        _complain(error)
        return error.exit_code
    except PipeClosed:
        return PIPE_CLOSED
    except (KeyboardInterrupt, click.Abort):
        click.echo("mmlint: interrupted", err=True)
        return INTERRUPTED
    except Exception as error:  # what is left is a bug of ours
        if os.environ.get(TRACEBACK):
            traceback.print_exc()
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        click.echo(f"mmlint: internal error: {what} (set {TRACEBACK}=1 for details)", err=True)
        return INCOMPLETE
    return status if isinstance(status, int) else 0


def _tolerate_any_encoding() -> None:
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")


def _complain(error: click.ClickException) -> None:
    click.echo(f"mmlint: error: {error.format_message()}", err=True)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(f"Try '{error.ctx.command_path} --help'.", err=True)
