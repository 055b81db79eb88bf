"""Short ways to read a piece of C in a test."""

from __future__ import annotations

from collections.abc import Iterator

from mmlint.syntax import nodes
from mmlint.syntax.macros import MacroTable
from mmlint.syntax.outline import Outline, outline
from mmlint.syntax.parse import parse_function


def table(text: str) -> MacroTable:
    """The macros of a text."""
    return MacroTable([("include/demo.h", text.encode())])


def outlined(text: str, macros: str = "") -> Outline:
    """The outline of a text, with the macros of it and of another one."""
    known = table(macros)
    known.add("mm/demo.c", text.encode())
    return outline("mm/demo.c", text.encode(), known)


def functions(text: str, macros: str = "") -> tuple[nodes.FunctionDef, ...]:
    """Every function of a text in every selection of `#if` arms."""
    known = table(macros)
    known.add("mm/demo.c", text.encode())
    found = outline("mm/demo.c", text.encode(), known)
    return tuple(
        function for site in found.definitions for function in parse_function(found, site, known)
    )


def body(text: str, macros: str = "") -> tuple[nodes.Stmt, ...]:
    """The statements of a body given without braces, read without loss."""
    (function,) = functions(f"static void demo(void)\n{{\n{text}\n}}\n", macros)
    assert function.losses == 0
    return function.body


def expression(text: str, macros: str = "") -> nodes.Expr:
    """One expression."""
    (statement,) = body(f"x = {text};", macros)
    assert isinstance(statement, nodes.Evaluate)
    assert isinstance(statement.value, nodes.Assign)
    return statement.value.value


def walk(value: object) -> Iterator[nodes.Node]:
    """A node and all nodes in it."""
    if isinstance(value, nodes.Node):
        yield value
        for field in value.__struct_fields__:
            yield from walk(getattr(value, field))
    elif isinstance(value, tuple):
        for item in value:
            yield from walk(item)


def shown(node: object) -> str:
    """A node in words, without offsets."""
    if isinstance(node, nodes.Node):
        fields = node.__struct_fields__[2:]
        return f"{type(node).__name__}({', '.join(shown(getattr(node, f)) for f in fields)})"
    if isinstance(node, tuple):
        return "[" + ", ".join(shown(item) for item in node) + "]"
    return repr(node) if node is None or isinstance(node, bool) else str(node)
