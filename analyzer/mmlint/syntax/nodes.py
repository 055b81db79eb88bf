"""The C that the analysis works on: expressions and statements, free of the parser that made them.

Every node carries `start` and `end`, byte offsets in the original file; normalisation keeps
lengths, so they hold there although the parser saw other text. Nodes are small frozen values and
can be cached or sent to another process.
"""

from __future__ import annotations

import msgspec


class Node(msgspec.Struct, frozen=True, gc=False):
    """A stretch of source, bytes `start` to `end` (one past the last)."""

    start: int
    end: int


class Expr(Node, frozen=True, gc=False):
    """Any expression."""


class Stmt(Node, frozen=True, gc=False):
    """Any statement."""


class Name(Expr, frozen=True, gc=False):
    """An identifier in value position."""

    name: str


class Number(Expr, frozen=True, gc=False):
    """An integer or character constant; `value` is None for floating point and the unreadable."""

    value: int | None


class Text(Expr, frozen=True, gc=False):
    """A string literal, adjacent ones joined; its contents do not matter here."""


class Call(Expr, frozen=True, gc=False):
    """A call or a function-like macro use. `callee` is a `Name` for all but indirect calls."""

    callee: Expr
    args: tuple[Expr, ...]


class Member(Expr, frozen=True, gc=False):
    """`base.field` or, with `arrow`, `base->field`."""

    base: Expr
    field: str
    arrow: bool


class Index(Expr, frozen=True, gc=False):
    """`base[index]`."""

    base: Expr
    index: Expr


class Unary(Expr, frozen=True, gc=False):
    """`op` is one of ``! ~ - + * &``, ``++x --x`` (before) or ``x++ x--`` (after)."""

    op: str
    operand: Expr


class Binary(Expr, frozen=True, gc=False):
    """`left op right`, `&&` and `||` included."""

    op: str
    left: Expr
    right: Expr


class Assign(Expr, frozen=True, gc=False):
    """`target op value`; `op` is ``=`` or a compound one such as ``+=``."""

    op: str
    target: Expr
    value: Expr


class Conditional(Expr, frozen=True, gc=False):
    """`test ? then : otherwise`; `then` is None for GNU `test ?: otherwise`."""

    test: Expr
    then: Expr | None
    otherwise: Expr


class Cast(Expr, frozen=True, gc=False):
    """`(type) operand`, the type as written."""

    type: str
    operand: Expr


class Comma(Expr, frozen=True, gc=False):
    """`left, right`."""

    left: Expr
    right: Expr


class TypeName(Expr, frozen=True, gc=False):
    """A type where an argument stands (`container_of(p, struct x, m)`), or `sizeof` and kin."""

    text: str


class StatementExpr(Expr, frozen=True, gc=False):
    """GNU `({ ... })`; its value is that of the last expression statement."""

    body: tuple[Stmt, ...]


class InitList(Expr, frozen=True, gc=False):
    """`{ .field = value, ... }`; the designator is None for positional items."""

    items: tuple[tuple[str | None, Expr], ...]


class OpaqueExpr(Expr, frozen=True, gc=False):
    """An expression that could not be read; counted as a loss of the function."""


class Declare(Stmt, frozen=True, gc=False):
    """One declared local. `type` is as written without the declarator (``struct page``)."""

    type: str
    name: str
    pointer: int
    array: bool
    static: bool
    value: Expr | None


class Evaluate(Stmt, frozen=True, gc=False):
    """An expression for its effects."""

    value: Expr


class If(Stmt, frozen=True, gc=False):
    """`if (test) then else otherwise`."""

    test: Expr
    then: tuple[Stmt, ...]
    otherwise: tuple[Stmt, ...]


class Loop(Stmt, frozen=True, gc=False):
    """`while`, `do` and `for`, by `kind`; `init` runs once, `step` after each round."""

    kind: str
    init: tuple[Stmt, ...]
    test: Expr | None
    step: Expr | None
    body: tuple[Stmt, ...]


class MacroBlock(Stmt, frozen=True, gc=False):
    """`NAME(args) { body }`: an iterator or a scope; which of them, the macro's definition says."""

    name: str
    args: tuple[Expr, ...]
    body: tuple[Stmt, ...]


class Switch(Stmt, frozen=True, gc=False):
    """`switch (value)`; `Case` marks stand in `body` where their labels stand."""

    value: Expr
    body: tuple[Stmt, ...]


class Case(Stmt, frozen=True, gc=False):
    """`case value:` (or the low end of a range), or `default:` with None."""

    value: Expr | None


class Label(Stmt, frozen=True, gc=False):
    """`name:`."""

    name: str


class Goto(Stmt, frozen=True, gc=False):
    """`goto name`."""

    name: str


class Return(Stmt, frozen=True, gc=False):
    """`return value`."""

    value: Expr | None


class Break(Stmt, frozen=True, gc=False):
    """`break`."""


class Continue(Stmt, frozen=True, gc=False):
    """`continue`."""


class Block(Stmt, frozen=True, gc=False):
    """`{ ... }` for its own sake."""

    body: tuple[Stmt, ...]


class OpaqueStmt(Stmt, frozen=True, gc=False):
    """A statement that could not be read (or inline assembler, which is no loss)."""

    loss: bool


class Parameter(msgspec.Struct, frozen=True, gc=False):
    """A declared parameter; `pointer` counts the stars, arrays and functions as one more."""

    name: str
    type: str
    pointer: int


class FunctionDef(msgspec.Struct, frozen=True, gc=False):
    """One definition of a function under one selection of `#if` branches.

    `annotations` are the attribute macros found on it (``__init``, ``__always_inline``), `variant`
    tells definitions of one file and name apart, `condition` is the selection in words ("" when
    nothing in or around the function depends on the configuration), `losses` counts ERROR and
    MISSING nodes.
    """

    name: str
    path: str
    line: int
    end_line: int
    start: int
    end: int
    static: bool
    annotations: frozenset[str]
    returns: str
    params: tuple[Parameter, ...]
    body: tuple[Stmt, ...]
    condition: str
    variant: int
    losses: int
    is_macro: bool = False
