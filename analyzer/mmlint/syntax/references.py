"""What a function's name at file scope is used for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from mmlint.source.names import occurrences
from mmlint.syntax.macros import MacroTable

_OPENING, _CLOSING = b"()"
_FIELD = re.compile(rb"\.\s*(\w+)\s*=\s*(?:\([^()]*\)\s*)?&?\s*\Z")
_MACRO = re.compile(rb"([A-Za-z_]\w*)\s*\Z")
_HEAD = re.compile(rb"\b([A-Za-z_]\w*)\s*\(\s*\Z")
_ENDS = re.compile(rb"\s*[,)]")
_CALLED = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_STRUCT = re.compile(rb"\bstruct\s+(\w+)")
_WINDOW = 200
_DEEPEST = 3


class Reference(msgspec.Struct, frozen=True):
    """One use: assigned to a ``field``, an argument of a ``macro``, or ``other``.

    `name` is the field's or the macro's, `struct` the type of the initialised variable where it
    is written there.
    """

    kind: str
    name: str
    struct: str
    line: int
    offset: int


def describe(code: bytes, at: int, line: int, name: str, region: tuple[int, int]) -> Reference:
    """The reference at offset `at`; `region` is the initialiser around it, (-1, -1) without."""
    start, opening = region
    struct = ""
    if opening >= 0:
        found = _STRUCT.search(code, start, opening)
        struct = found[1].decode() if found else ""
    low = max(0, at - _WINDOW, opening)
    before = code[low:at]
    field = _FIELD.search(before)
    if field:
        return Reference("field", field[1].decode(), struct, line, at)
    macro = _enclosing_macro(before)
    if macro:
        return Reference("macro", macro, struct, line, at)
    return Reference("other", name, struct, line, at)


def _enclosing_macro(before: bytes) -> str:
    """The word before the innermost parenthesis that is open at the end."""
    depth = 0
    for at in range(len(before) - 1, -1, -1):
        byte = before[at]
        if byte == _CLOSING:
            depth += 1
        elif byte in b";{}":
            return ""
        elif byte == _OPENING:
            depth -= 1
            if depth < 0:
                word = _MACRO.search(before, 0, at)
                return word[1].decode() if word else ""
    return ""


def pasting_uses(
    code: bytes, name: str, macros: MacroTable, stretches: Sequence[tuple[int, int]]
) -> Iterator[tuple[str, int]]:
    """Uses `MACRO(stem...)` whose definition makes `name` of the stem, with their offsets.

    They are looked for in some `stretches` of the code.
    """
    stems = [name[: found.start()] for found in re.finditer("_", name) if found.start() > 0]
    for stem in stems:
        word = stem.encode()
        for at in (at for start, end in stretches for at in occurrences(code, word, start, end)):
            if not _ENDS.match(code, at + len(word)):
                continue
            head = _HEAD.search(code, max(0, at - _WINDOW), at)
            if head and _pastes(head[1].decode(), name[len(stem) :], macros):
                yield head[1].decode(), at


def _pastes(macro: str, suffix: str, macros: MacroTable) -> bool:
    """Whether a definition, or a macro that it uses, appends `suffix` to an argument."""
    pasted = re.compile(rf"##\s*{re.escape(suffix)}\b")
    seen = {macro}
    level = seen
    for _ in range(_DEEPEST):
        bodies = [definition.body for name in sorted(level) for definition in macros.lookup(name)]
        if any(pasted.search(body) for body in bodies):
            return True
        level = {word for body in bodies for word in _CALLED.findall(body)} - seen
        seen = seen | level
    return False
