"""How commands end: the exit statuses, and the errors that lead to them."""

from __future__ import annotations

import click

CLEAN = 0
FINDINGS = 1
WRONG_INPUT = 2
INCOMPLETE = 3
INTERRUPTED = 130
"""As a shell reports a process that Ctrl-C ended."""
PIPE_CLOSED = 141
"""As a shell reports a process that wrote to a pipe which nobody reads any more."""


class InputError(click.ClickException):
    """The command cannot do what was asked for; the message says why and what to do, in a line."""

    exit_code = WRONG_INPUT

    def __init__(self, message: object) -> None:
        from mmlint.report.excerpts import readable

        super().__init__(readable(str(message)))


class PipeClosed(Exception):
    """Nobody reads standard output any more: there is nothing left to do or to say."""
