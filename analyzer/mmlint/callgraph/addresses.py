"""Uses of a function's name as a value inside of functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmlint.source.names import word_places
from mmlint.syntax.references import Reference, describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.syntax.outline import DefinitionSite, Outline

_STORED = re.compile(rb"->\s*(\w+)\s*=\s*&?\s*\Z")
_MEMBER = re.compile(rb"(?:\.|->)\s*\Z")
_BARE = re.compile(rb"(?![\w(])(?!\s+\()")
_JUMP = re.compile(rb"\bgoto\s*\Z")
_DECLARED = re.compile(rb"(\w+)[\s*]*[\s*]\Z")
_CONTROLS = frozenset({"if", "while", "for", "switch", "return", "sizeof", "typeof"})
_BEFORE_VALUES = frozenset({b"return", b"else", b"case", b"do"})
_WINDOW = 200


def values(outline: Outline, name: str) -> Iterator[Reference]:
    """Where bodies hand `name` on: as an ``argument`` of a function, into a ``field``, or else.

    A body that has a variable of that name does not mean the function.
    """
    uses: dict[DefinitionSite, list[Reference]] = {}
    hidden: set[DefinitionSite] = set()
    word = name.encode(errors="replace")
    for at in word_places(outline.code, word, _BARE):
        site = outline.enclosing(at)
        if site is None:
            continue
        before = outline.code[max(at - _WINDOW, site.start) : at]
        if _MEMBER.search(before) or _JUMP.search(before):
            continue
        end = at + len(word)
        if _hides(before, outline.code[end : end + _WINDOW].lstrip()):
            hidden.add(site)
        elif at > site.body:
            uses.setdefault(site, []).append(_describe(outline, at, name, before))
    for site, references in uses.items():
        if site not in hidden:
            yield from references


def _hides(before: bytes, after: bytes) -> bool:
    """Whether this is a declaration, a label or something that only a variable is used for."""
    if after.startswith((b"->", b".", b"[", b"++", b"--")):
        return True
    if before.rstrip().endswith(b"*") and after.startswith(b")"):
        return True
    if after.startswith(b":") and before.rstrip().endswith((b";", b"{", b"}", b":")):
        return True
    if after.startswith(b"=") and not after.startswith(b"=="):
        return True
    declared = _DECLARED.search(before)
    if declared is None or declared[1] in _BEFORE_VALUES or declared[1].isdigit():
        return False
    # `a * f` can be a product, but of functions there are none.
    return after.startswith((b";", b",", b")"))


def _describe(outline: Outline, at: int, name: str, before: bytes) -> Reference:
    line = outline.lines.line(at)
    stored = _STORED.search(before)
    if stored:
        return Reference("field", stored[1].decode(), "", line, at)
    told = describe(outline.code, at, line, name, (-1, -1))
    if told.kind == "field":
        return told
    if told.kind == "macro" and told.name not in _CONTROLS:
        return Reference("argument", told.name, "", line, at)
    return Reference("address", "", "", line, at)
