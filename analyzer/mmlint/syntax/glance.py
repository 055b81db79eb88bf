"""The definitions of one name in a file, where these can be told without an outline of the file."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from mmlint.syntax.calls import group_end
from mmlint.syntax.outline import DefinitionSite, outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.syntax.macros import MacroTable

_CONDITIONAL = re.compile(rb"#[ \t]*(?:(if)|(endif))")
_BLOCK = re.compile(rb"(?>(?:[\w\s]|\([^()]*\)|/\*.*?\*/|//[^\n]*\n)*)[{#]", re.DOTALL)
_TELLING = re.compile(rb"#|\"|'|/\*|//")
_AT_MARGIN = re.compile(rb"\n(?:[A-Za-z_][\w \t]*[ \t])?([A-Za-z_]\w*)[ \t]*\(")
_OPENING = re.compile(rb"\s*\(")


class Glance:
    """A file of which a few definitions are asked for.

    Most files define a function once, outside of any `#if`, from one brace at the margin to the
    next: then only this stretch is read.
    """

    def __init__(self, path: str, data: bytes, macros: MacroTable) -> None:
        self._path = path
        self._data = data
        self._macros = macros
        self.count = 0

    @property
    def size(self) -> int:
        """The bytes of the file."""
        return len(self._data)

    def spells(self, name: str) -> bool:
        """Whether the file holds the name, or blocks of functions whose names macros make."""
        return name.encode(errors="replace") in self._data or self._has_block_of_macro

    def definitions(self, name: str) -> tuple[DefinitionSite, ...] | None:
        """What an outline would have under that name; None where more of the file must be read.

        `count` tells how often that was a definition.
        """
        data = self._data
        heads = list(self._heads(name.encode(errors="replace")))
        if not heads:
            return None if self._has_block_of_macro else ()
        if len(heads) > 1 or not self._is_at_margin(heads[0]):
            return None
        before = data.rfind(b"\n}", 0, heads[0])
        start = before + 2 if before >= 0 else 0
        end = data.find(b"\n}", heads[0])
        if end < 0 or not self._is_unconditional(start) or self._is_in_comment(start, heads[0]):
            return None
        found = outline(self._path, data[start : end + 2], self._macros)
        sites = found.named(name)
        if found.losses or len(sites) != 1:
            return None
        self.count += 1
        return (_moved(sites[0], start, data.count(b"\n", 0, start)),)

    def _heads(self, name: bytes) -> Iterator[int]:
        """Where the name, its arguments and perhaps a block or a directive follow one another."""
        at = self._data.find(name)
        while at >= 0:
            opening = _OPENING.match(self._data, at + len(name))
            if opening is not None and self._may_head(at, opening.end() - 1):
                yield at
            at = self._data.find(name, at + len(name))

    def _may_head(self, at: int, opening: int) -> bool:
        end = group_end(self._data, opening, len(self._data))
        if _BLOCK.match(self._data, end) is not None:
            return True
        # In comments and literals there may be parentheses.
        telling = _TELLING.search(self._data, opening, end)
        return telling is not None and self._is_at_margin(at)

    def _is_at_margin(self, at: int) -> bool:
        """Whether the line of an offset begins with a word."""
        begin = self._data.rfind(b"\n", 0, at) + 1
        first = self._data[begin : begin + 1]
        return first.isalpha() or first == b"_"

    @cached_property
    def _has_block_of_macro(self) -> bool:
        data = b"\n" + self._data
        for found in _AT_MARGIN.finditer(data):
            if self._may_be_macro(found[1].decode()):
                end = group_end(data, found.end() - 1, len(data))
                if _BLOCK.match(data, end) is not None:
                    return True
        return False

    def _may_be_macro(self, name: str) -> bool:
        if name.startswith("__attribute") or self._macros.defines(name):
            return True
        return name.rstrip("0123456789x").isupper()

    def _is_unconditional(self, at: int) -> bool:
        """Whether as many `#if` end as begin before an offset."""
        depth = 0
        for opened, closed in _CONDITIONAL.findall(self._data, 0, at):
            depth += bool(opened) - bool(closed)
        return depth == 0

    def _is_in_comment(self, start: int, at: int) -> bool:
        """Whether a comment ends between two offsets that did not begin there."""
        end = self._data.find(b"*/", start, at)
        return end >= 0 and self._data.find(b"/*", start, end) < 0


def _moved(site: DefinitionSite, by: int, lines: int) -> DefinitionSite:
    return msgspec.structs.replace(
        site,
        start=site.start + by,
        body=site.body + by,
        end=site.end + by,
        line=site.line + lines,
        end_line=site.end_line + lines,
    )
