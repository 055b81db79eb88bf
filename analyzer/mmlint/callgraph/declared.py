"""The declaration of a name that begins, or ends, at a line of a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from mmlint.syntax.structures import Declared, Definition, declaration, definition, group_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.callgraph.codes import Code, Codes
    from mmlint.syntax.macros import MacroTable


def declared_at(code: Code, line: int, name: str, macros: MacroTable) -> Declared | None:
    """The declaration of `name` that begins, or ends with a brace, at a line."""
    start = code.lines.start(line)
    if code.text.startswith("}", start):
        return _closed(code.text, start, name, macros)
    end = start
    while end < len(code.text) and code.text[end] != ";":
        end = group_end(code.text, end) if code.text[end] in "({[" else end + 1
    text = code.text[start:end]
    if "{" in text:
        found = definition(text, 0, macros)
        return _named(found, name) if found is not None else None
    declared = declaration(text, macros)
    return next((each for each in declared if each.name == name), None)


def external_beside(codes: Codes, name: str, user: str) -> Iterator[tuple[str, int]]:
    """The lines of headers beside the file `user`, by path, that may declare a variable for it."""
    for path in codes.included(user):
        if name.encode(errors="replace") in codes.data(path):
            code = codes.code(path)
            pattern = rf"^extern\b[^;{{}}=]*\b{re.escape(name)}\b"
            for found in re.finditer(pattern, code.text, re.MULTILINE):
                yield path, code.lines.line(found.start())


def _closed(text: str, closing: int, name: str, macros: MacroTable) -> Declared | None:
    """The type whose braces end at `closing`."""
    start = text.rfind("\ntypedef", 0, closing)
    opening = text.find("{", start) if start >= 0 else -1
    if opening < 0 or group_end(text, opening) != closing + 1:
        return None
    found = definition(text, start + 1, macros)
    return _named(found, name) if found is not None else None


def _named(found: Definition, name: str) -> Declared | None:
    """The type name that is declared with a structure; without a tag it is the structure."""
    declared = next((each for each in found.names if each.name == name), None)
    if declared is None or declared.type:
        return declared
    return msgspec.structs.replace(declared, inner=found.members)
