"""`mmlint completion`."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what makes SHELL complete mmlint's command lines.

    Its place is the file mmlint in ~/.local/share/bash-completion/completions for bash,
    ~/.config/fish/completions/mmlint.fish for fish, and a file _mmlint in $fpath for zsh.
    """
    from click.shell_completion import get_completion_class

    from mmlint.cli.main import mmlint
    from mmlint.cli.output import write

    kind = get_completion_class(shell)
    if kind is not None:
        write(kind(mmlint, {}, "mmlint", "_MMLINT_COMPLETE").source() + "\n", None)
