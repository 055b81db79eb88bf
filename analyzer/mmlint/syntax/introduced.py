"""What text between functions brings that others may see: names, and headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_DIRECTIVE: Final = re.compile(rb"#[ \t]*(\w+)((?>(?:[^\\\n]|\\\r?\n|\\)*))\n?")
_FORWARD: Final = re.compile(rb"(?:struct|union|enum)\s+\w+\s*;")
# What is declared is the last word in front of its parameters, or of attributes.
_FUNCTION: Final = re.compile(
    rb"[\w\s*]*\w[\s*]+(\w+)\s*\([^(){}=#]*\)\s*(?:__\w+\s*)*;",
)
_VARIABLE: Final = re.compile(
    rb"[\w\s*]*?\w[\s*]+(\w+)(?:\s+__\w+)*\s*(?:\[[^][(){}=#;]*\]\s*)*;",
)
_TYPEDEF: Final = re.compile(rb"\btypedef\b")
_NAME: Final = re.compile(rb"[ \t]+(\w+)")
_OPENING: Final = frozenset({b"if", b"ifdef", b"ifndef"})
_BETWEEN: Final = frozenset({b"else", b"elif"})


class Introduced(NamedTuple):
    """The `functions` that are declared, and the names of `others`: variables, members, macros.

    Calls through structures may mean something else where it `concerns_types`: headers come in, or
    a structure has other members.
    """

    functions: frozenset[str]
    others: frozenset[str]
    concerns_types: bool


class _NotUnderstood(Exception):
    """Something else is there: a type, a value, a use of a macro, a half of a condition."""


class _Reader:
    """Reads what stands between functions, in its order."""

    def __init__(self) -> None:
        self.functions: set[str] = set()
        self.others: set[str] = set()
        self.concerns_types = False
        self._depth = 0

    def read(self, text: bytes) -> None:
        """Take the text between two functions; raises `_NotUnderstood`."""
        rest = text.strip()
        while rest:
            directive = _DIRECTIVE.match(rest)
            if directive is not None:
                self._direct(directive[1], directive[2])
            found = directive or _FORWARD.match(rest) or self._declaration(rest)
            rest = rest[found.end() :].lstrip()

    def end(self) -> None:
        """There is no more; raises `_NotUnderstood` where a condition goes on."""
        if self._depth:
            raise _NotUnderstood

    def _declaration(self, text: bytes) -> re.Match[bytes]:
        function = _FUNCTION.match(text)
        found = function or _VARIABLE.match(text)
        if found is None or _TYPEDEF.search(found[0]):
            raise _NotUnderstood
        if function is not None:
            self.functions.add(found[1].decode())
        else:
            self.others.add(found[1].decode())
            self.concerns_types = True
        return found

    def _direct(self, kind: bytes, operand: bytes) -> None:
        if kind in _OPENING:
            self._depth += 1
        elif kind in _BETWEEN and self._depth:
            pass
        elif kind == b"endif" and self._depth:
            self._depth -= 1
        elif kind == b"include" and operand.lstrip().startswith(b"<"):
            self.concerns_types = True
        elif kind == b"define" and (name := _NAME.match(operand)) is not None:
            self.others.add(name[1].decode())
        else:
            # A header in quotes may be one whose macros nobody knew before.
            raise _NotUnderstood


def introduced(texts: Iterable[bytes]) -> Introduced | None:
    """What texts between functions bring, without comments; None where that is something else.

    A use of a macro may look like a declaration: then its name is said to be declared.
    """
    reader = _Reader()
    try:
        for text in texts:
            reader.read(text)
        reader.end()
    except _NotUnderstood:
        return None
    return Introduced(frozenset(reader.functions), frozenset(reader.others), reader.concerns_types)
