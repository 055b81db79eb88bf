"""The structures that a file defines itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mmlint.callgraph.latest import Latest
from mmlint.syntax.structures import Definition, definition

if TYPE_CHECKING:
    from mmlint.callgraph.codes import Codes

_HEAD = re.compile(r"(?:\btypedef\s+)?\b(?:struct|union)\s+\Z")
_OPENED = re.compile(r"[^;(){}=,*]*\{")
_LONGEST_HEAD = 40
_MOST_KEPT = 50_000
"""Names, each with a file of which it is known what it defines."""


class Structure(NamedTuple):
    """A definition of a structure with the file that it is in and its byte offset."""

    path: str
    start: int
    definition: Definition


class Own(NamedTuple):
    """The structures of a name that a file defines, and whether one of them is under no `#if`."""

    found: tuple[Structure, ...]
    always: bool


_NONE = Own((), False)


class OwnStructures:
    """Looks structures up in one file: many files include the same header from beside them."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._known: Latest[tuple[str, str], Own] = Latest(_MOST_KEPT)
        self._begun: dict[str, re.Pattern[bytes]] = {}

    def of(self, tag: str, path: str) -> Own:
        """The structures of that name in a file."""
        key = (tag, path)
        known = self._known.get(key)
        if known is None:
            found = self._find(tag, path) if self._may_define(tag, path) else ()
            always = any(not self._codes.code(path).condition(each.start) for each in found)
            known = self._known[key] = Own(found, always) if found else _NONE
        return known

    def _may_define(self, tag: str, path: str) -> bool:
        """Whether a file seems to define a structure: a fast test, as most do not."""
        begun = self._begun.get(tag)
        if begun is None:
            begun = self._begun[tag] = re.compile(re.escape(tag.encode()) + rb"(?:[ \n]?\{| __)")
        return begun.search(self._codes.data(path)) is not None

    def _find(self, tag: str, path: str) -> tuple[Structure, ...]:
        code = self._codes.code(path)
        found: list[Structure] = []
        for at, _ in code.uses(tag):
            head = _HEAD.search(code.text, max(0, at - _LONGEST_HEAD), at)
            if head is not None and _OPENED.match(code.text, at + len(tag)):
                each = definition(code.text, head.start(), self._codes.macros)
                if each is not None and each.members:
                    found.append(Structure(path, head.start(), each))
        return tuple(found)
