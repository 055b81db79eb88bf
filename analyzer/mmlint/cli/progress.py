"""Saying on a terminal what takes so long."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CLEAR = "\r\x1b[K"


@contextlib.contextmanager
def progress(*, wanted: bool) -> Iterator[Callable[[str], None] | None]:
    """A function that shows a sentence in place of the last, None if standard error is no terminal.

    The line is gone at the end.
    """
    if not (wanted and sys.stderr.isatty()):
        yield None
        return
    try:
        yield _say
    finally:
        sys.stderr.write(_CLEAR)
        sys.stderr.flush()


def _say(sentence: str) -> None:
    import shutil

    width = shutil.get_terminal_size().columns - 1
    sys.stderr.write(_CLEAR + sentence[:width])
    sys.stderr.flush()
