"""Looking at the lines that findings are about, and writing down paths of any spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from mmlint.source.tree import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

_PRINTED = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_PRINTED |= {ord("\n"): "\\n", ord("\t"): "\\t", ord("\r"): "\\r"}


def readable(text: str) -> str:
    r"""`text` with every byte that is not UTF-8 and every control character as `\xNN` or `\n`."""
    return encodable(text).translate(_PRINTED)


def columns(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 -- loading it takes longer than most reports

    return cell_len(text)


def encodable(text: str) -> str:
    r"""`text` with every byte that is not UTF-8 as `\xNN`, so that it can be encoded."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def uri(path: str) -> str:
    """`path` as a relative (or, with a leading slash, absolute) URI reference."""
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")


class Excerpts:
    """Lines of the sources that `sources` gives by path; each file is asked for once."""

    def __init__(self, sources: Callable[[str], bytes]) -> None:
        self._sources = sources
        self._lines: dict[str, list[bytes]] = {}

    def line(self, path: str, line: int) -> bytes | None:
        """Line `line` of `path` without its end; None where there is no such line to be read."""
        if path not in self._lines:
            try:
                self._lines[path] = self._sources(path).split(b"\n")
            except Unreadable:
                self._lines[path] = []
        lines = self._lines[path]
        return lines[line - 1].rstrip(b"\r") if 0 < line <= len(lines) else None

    def code_points(self, path: str, line: int, column: int) -> int:
        """The byte column `column` counted in code points, from 1."""
        text = self.line(path, line)
        if text is None:
            return max(column, 1)
        return len(text[: column - 1].decode("utf-8", "replace")) + 1
