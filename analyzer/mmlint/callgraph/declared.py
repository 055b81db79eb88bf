"""The declarations of names in one file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mmlint.syntax.initialisers import in_place
from mmlint.syntax.structures import (
    Declared,
    Definition,
    declaration,
    definition,
    expanded,
    group_end,
    split,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.callgraph.codes import Code, Codes
    from mmlint.syntax.macros import MacroTable

_OWN_VARIABLE = (
    r"^(?=[A-Za-z_])(?:[^\n;{{}}=()]*[\s*]{0}\s*[\[=;,_\n]"
    r"|[^\n;{{}}=]*\(\s*\*+\s*(?:const\s+)?{0}\s*[)\[]"
    r"|\w[\w\s]*\(([^()]*),\s*{0}\s*\))|\}}\s*{0}\s*[\[=;]"
)
_OUTER = ("typedef", "extern")
_BESIDE_TYPE = r"(?:(?:struct|union)\s+\w+|\w_t)[\s*]+{0}\b|\(\s*\*\s*{0}\s*\)"
_BY_USE = r"^(?:static\s+)?[A-Za-z_]\w*\(\s*{0}\s*[,)]"


class OwnVariable(NamedTuple):
    """A variable at file scope, and whether it is static."""

    declared: Declared
    static: bool


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


def own_variable(code: Code, name: str, macros: MacroTable) -> OwnVariable | None:
    """A variable that a file declares at file scope; of a function `setup_t f;` declares none."""
    if code.has_function(name):
        return None
    return _written(code, name, macros) or _by_use(code, name)


def _written(code: Code, name: str, macros: MacroTable) -> OwnVariable | None:
    if not code.may_declare(name):
        return None
    text = code.text
    pattern = _OWN_VARIABLE.format(re.escape(name))
    for found in re.finditer(pattern, text, re.MULTILINE):
        if text.startswith("}", found.start()):
            for each in in_place(text, found.start(), found.end(), macros):
                return OwnVariable(each, True)
        end = text.find(";", found.start())
        whole = f"{found[1]} {name}" if found[1] else text[found.start() : max(end, 0)]
        declared = declaration(whole.partition("=")[0], macros)
        wanted = next((each for each in declared if each.name == name), None)
        if wanted is not None and not wanted.prototype and not whole.startswith("typedef"):
            return OwnVariable(wanted, text.startswith("static", found.start()))
    return None


def _by_use(code: Code, name: str) -> OwnVariable | None:
    """What the use of a macro at the margin makes of its first argument: `DEFINE_OPS(a, f);`."""
    text = code.text
    if f"({name}" not in text:
        return None
    for use in re.finditer(_BY_USE.format(re.escape(name)), text, re.MULTILINE):
        end = group_end(text, text.index("(", use.start()))
        made = expanded(text[use.start() : end].removeprefix("static"), code)
        for part in split(made, ";") if made is not None else ():
            # Of a use, `__EXPORT(name, "GPL")`, the name would be declared by its macro.
            plain = re.search(_BESIDE_TYPE.format(re.escape(name)), part)
            for each in declaration(part.partition("=")[0], code) if plain is not None else ():
                if each.name == name and not each.prototype:
                    return OwnVariable(each, part.lstrip().startswith("static"))
    return None


def external_beside(codes: Codes, name: str, user: str) -> Iterator[tuple[str, int]]:
    """The lines of headers beside the file `user`, by path, that may declare a variable for it."""
    for path in codes.included(user):
        if name.encode(errors="replace") in codes.data(path):
            code = codes.code(path)
            pattern = rf"^extern\b[^;{{}}=]*\b{re.escape(name)}\b"
            for found in re.finditer(pattern, code.text, re.MULTILINE):
                yield path, code.lines.line(found.start())


def _closed(text: str, closing: int, name: str, macros: MacroTable) -> Declared | None:
    """The type, or the external variable, whose braces end at `closing`."""
    start = max(text.rfind(f"\n{word}", 0, closing) for word in _OUTER) + 1
    opening = text.find("{", start) if text.startswith(_OUTER, start) else -1
    if opening < 0 or group_end(text, opening) != closing + 1:
        return None
    found = definition(text, start, macros)
    return _named(found, name) if found is not None else None


def _named(found: Definition, name: str) -> Declared | None:
    """The type name that is declared with a structure; without a tag it is the structure."""
    declared = next((each for each in found.names if each.name == name), None)
    if declared is None or declared.type:
        return declared
    return msgspec.structs.replace(declared, inner=found.members)
