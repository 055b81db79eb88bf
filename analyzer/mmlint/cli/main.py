"""The command `mmlint` and how it ends.

A subcommand is imported when it runs, and what it needs when it is needed: `mmlint --version` and
what the shell asks for at each press of a key are quick.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from mmlint import __version__
from mmlint.cli.failure import INCOMPLETE, INTERRUPTED, PIPE_CLOSED, PipeClosed
from mmlint.cli.lazy import Entry, lazy

if TYPE_CHECKING:
    from collections.abc import Sequence

TRACEBACK = "MMLINT_TRACEBACK"
"""The environment variable that shows the traceback of an internal error."""

_COMMANDS = {
    "check": Entry("mmlint.cli.check", "Check files of a kernel tree."),
    "diff": Entry("mmlint.cli.diff", "Report what a change introduces."),
    "patch": Entry("mmlint.cli.patch", "Report what patches introduce."),
    "baseline": Entry("mmlint.cli.baseline", "Keep a list of the findings that are known."),
    "suppressions": Entry(
        "mmlint.cli.suppressions",
        "List what is suppressed, why, since when, and whether it is needed.",
    ),
    "kbuild": Entry("mmlint.cli.kbuild", "Check a file while make builds it."),
    "audit": Entry("mmlint.cli.audit", "List who uses a function, and what makes it right."),
    "facts": Entry("mmlint.cli.facts", "Show what is known at each line."),
    "graph": Entry("mmlint.cli.graph", "Show who calls whom."),
    "knowledge": Entry("mmlint.cli.knowledge", "Show or check what is known of kernel functions."),
    "rules": Entry("mmlint.cli.rules", "List the rules."),
    "explain": Entry("mmlint.cli.explain", "Explain a rule."),
    "cache": Entry("mmlint.cli.cache", "Show, shrink or delete what is kept of earlier runs."),
    "completion": Entry(
        "mmlint.cli.completion", "Print what makes a shell complete mmlint's command lines."
    ),
}


@click.group(
    cls=lazy(_COMMANDS),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="mmlint")
def mmlint() -> None:
    """Check kernel code against what mm functions promise."""


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
            import traceback

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
