"""Where reports go: standard output, or a file that is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mmlint.cli.failure import InputError, PipeClosed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mmlint.report.text import Line

STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "note": "bold cyan",
    "place": "bold",
    "message": "bold",
    "margin": "dim",
    "caret": "green",
    "label": "cyan",
    "fix": "green",
    "summary": "bold",
    "dim": "dim",
}


def on_colour_terminal() -> bool:
    """Whether standard output is a terminal that shows colours to somebody who wants them."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and sys.stdout.isatty()


def check_target(target: str) -> None:
    """Raise `InputError` if a report could not be written to the file `target` in the end."""
    path = Path(target)
    if path.is_dir():
        raise InputError(f"cannot write {target}: is a directory")
    if not path.parent.is_dir():
        raise InputError(f"cannot write {target}: there is no directory {path.parent}")


def write(text: str, target: str | None) -> None:
    """Write `text` to the file `target`, or to standard output; raises `InputError`."""
    write_parts((text,), target)


def write_parts(parts: Iterable[str], target: str | None) -> None:
    """Write the text that is made of `parts` as `write` does."""
    if target is None:
        _print(parts)
        return
    path = Path(target).resolve()
    try:
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8") as file:
                file.writelines(parts)
        else:
            _replace(path, parts)
    except OSError as error:
        raise InputError(f"cannot write {target}: {_reason(error)}") from None


def write_lines(lines: Iterable[Line]) -> None:
    """Write styled lines to standard output, with their styles if it is a terminal."""
    if on_colour_terminal():
        write_coloured(lines)
    else:
        texts = ("".join(text for text, _ in line) for line in lines)
        write_parts((f"{text.rstrip()}\n" for text in texts), None)


def write_coloured(lines: Iterable[Line]) -> None:
    """Write styled lines to the terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    with _standard_output():
        for line in lines:
            pieces = [(text, STYLES.get(style, "")) for text, style in line]
            console.print(Text.assemble(*pieces))


def _print(parts: Iterable[str]) -> None:
    with _standard_output():
        sys.stdout.writelines(parts)
        sys.stdout.flush()


@contextlib.contextmanager
def _standard_output() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        _give_up_standard_output()
        raise PipeClosed from None
    except OSError as error:
        _give_up_standard_output()
        raise InputError(f"cannot write standard output: {_reason(error)}") from None


def _give_up_standard_output() -> None:
    """Send what is still buffered nowhere: the interpreter would try it again at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _replace(path: Path, parts: Iterable[str]) -> None:
    """Write a new file beside `path` and rename it, so that no reader sees half of it."""
    import tempfile

    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(parts)
        new.chmod(_mode(path))
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int:
    """The permissions of `path`, or those that a new file gets."""
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
