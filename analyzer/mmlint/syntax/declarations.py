"""From the parser's declarations of locals to ours."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import tree_sitter as ts

from mmlint.syntax import nodes
from mmlint.syntax.expressions import ExpressionReader, Source

# The parser sees `typeof` and other macros for types without their parentheses.
_APPLIED = re.compile(rb"\w+\s*(?=\()")
_PARENS = re.compile(rb"[()]")
_TYPES = frozenset(
    {"primitive_type", "type_identifier", "sized_type_specifier", "macro_type_specifier"}
    | {"struct_specifier", "union_specifier", "enum_specifier"}
)


class _Declarator(msgspec.Struct):
    """What is wrapped around a declared name."""

    name: ts.Node | None = None
    pointer: int = 0
    array: bool = False
    function: bool = False


def declared(reader: ExpressionReader, source: Source, node: ts.Node) -> Iterator[nodes.Declare]:
    """The variables of a declaration; functions and `extern` names are none."""
    kind = ""
    static = False
    for child in reader.children(node):
        sort = child.type
        if sort == "storage_class_specifier":
            word = source.text(child.start_byte, child.end_byte)
            if word in {"extern", "typedef"}:
                return
            static = static or word == "static"
        elif sort in _TYPES and not kind:
            kind = _type_text(source, child)
        elif sort.endswith("declarator") or (sort == "identifier" and kind):
            found = _declare(reader, child, kind, static)
            if found is not None:
                yield found


def _declare(
    reader: ExpressionReader, node: ts.Node, kind: str, static: bool
) -> nodes.Declare | None:
    value: nodes.Expr | None = None
    shape = node
    if node.type == "init_declarator":
        found = reader.named(node)
        shape = found[0]
        value = reader.read(found[-1]) if len(found) > 1 else None
    declarator = _unwrap(reader, shape)
    if declarator.name is None or (declarator.function and not declarator.pointer):
        return None
    start, end = reader.span(node)
    name = reader.name(declarator.name)
    return nodes.Declare(
        start, end, kind, name, declarator.pointer, declarator.array, static, value
    )


def _unwrap(reader: ExpressionReader, node: ts.Node) -> _Declarator:
    """Descend to the name."""
    result = _Declarator()
    current: ts.Node | None = node
    while current is not None:
        sort = current.type
        if sort in {"identifier", "field_identifier", "type_identifier"}:
            result.name = current
            break
        result.pointer += sort == "pointer_declarator"
        result.array = result.array or sort == "array_declarator"
        result.function = result.function or sort == "function_declarator"
        inner = current.child_by_field_name("declarator")
        if inner is None:
            inner = next((child for child in reader.named(current) if _wraps(child)), None)
        current = inner
    return result


def _wraps(node: ts.Node) -> bool:
    return node.type.endswith("declarator") or node.type == "identifier"


def _type_text(source: Source, node: ts.Node) -> str:
    """The type as written; a structure that is defined in place is named without its body."""
    if node.type.endswith("_specifier") and node.child_by_field_name("body") is not None:
        name = node.child_by_field_name("name")
        word = node.type.partition("_")[0]
        tag = source.text(name.start_byte, name.end_byte) if name is not None else ""
        return f"{word} {tag}".strip()
    found = _APPLIED.match(source.code, node.start_byte)
    if found is None or source.rewritten.text[found.end()] == source.code[found.end()]:
        return source.text(node.start_byte, node.end_byte)
    return source.text(node.start_byte, _group_end(source.code, found.end()))


def _group_end(code: bytes, opening: int) -> int:
    depth = 0
    for found in _PARENS.finditer(code, opening):
        depth += 1 if found[0] == b"(" else -1
        if depth == 0:
            return found.end()
    return opening
