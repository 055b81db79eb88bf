"""The man page, made from the commands as they describe themselves."""

from __future__ import annotations

from collections.abc import Iterator

import click

from mmlint.cli.main import mmlint

_FRONT = """\
.TH MMLINT 1
.SH NAME
mmlint \\- check kernel code against what mm functions promise
.SH SYNOPSIS
.B mmlint
.I COMMAND
.RI [ OPTION ]...
.RI [ ARGUMENT ]...
.SH DESCRIPTION
mmlint reads Linux kernel C, knows what mm functions promise, and shows where the promises are
broken.
It needs no compiler, no configuration and no build of the kernel."""
_END = """\
.SH EXIT STATUS
.TP
.B 0
Nothing at or above what \\-\\-fail\\-on says.
.TP
.B 1
Findings.
.TP
.B 2
The command line, or a file that it names, is wrong.
.TP
.B 3
Something in the scope was not analysed; there may be findings too.
.SH FILES
.TP
.I .mmlint.toml
Defaults for the options of the same name, at the root of the analysed tree.
.TP
.I .mmlint\\-baseline
The findings that are known, where no other file is named.
.SH ENVIRONMENT
.TP
.B MMLINT_TRACEBACK
Show where an internal error happened.
.TP
.B NO_COLOR
No colour on a terminal.
.SH SEE ALSO
.BR git (1),
.BR sparse (1)"""


def man_page() -> str:
    """The page in the man macros of roff, ending in a newline."""
    parts = [_FRONT, ".SH COMMANDS"]
    parts += list(_commands(mmlint, click.Context(mmlint, info_name="mmlint")))
    return "\n".join([*parts, _END]) + "\n"


def _commands(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, parent=context, info_name=name)
        if isinstance(command, click.Group):
            yield f".SS {_text(inner.command_path)}"
            yield _paragraphs(command)
            yield from _commands(command, inner)
        else:
            yield from _command(command, inner)


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield f".SS {_text(context.command_path)} {_text(usage)}"
    yield _paragraphs(command)
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        is_option = isinstance(parameter, click.Option) and "--help" not in parameter.opts
        if is_option and record is not None:
            yield f".TP\n.B {_text(record[0])}\n{_text(record[1])}"


def _paragraphs(command: click.Command) -> str:
    text = (command.help or command.short_help or "").replace("\b", "").strip()
    return "\n.PP\n".join(_text(" ".join(part.split())) for part in text.split("\n\n"))


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    # A line that begins with one of these would be a request.
    return "\n".join(
        f"\\&{line}" if line[:1] in {".", "'"} else line for line in escaped.split("\n")
    )
