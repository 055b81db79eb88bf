"""Telling the stub of a function from its body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmlint.syntax.nodes import (
    Call,
    Cast,
    Evaluate,
    Expr,
    FunctionDef,
    InitList,
    Name,
    Number,
    Return,
    Stmt,
    Text,
    Unary,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_CONSTANT = re.compile(r"(?:[A-Z_][A-Z0-9_]*|true|false)\Z")
_LONGEST = 3


def without_stubs(functions: Sequence[FunctionDef]) -> tuple[FunctionDef, ...]:
    """`functions` without those that stand in for another one; all where all are alike."""
    real = tuple(function for function in functions if not is_stub(function))
    return real or tuple(functions)


def is_stub(function: FunctionDef) -> bool:
    """Whether the body is empty, or only warns and returns a constant."""
    body = function.body
    if function.is_macro or len(body) > _LONGEST:
        return False
    return all(_says_nothing(statement) for statement in body)


def _says_nothing(statement: Stmt) -> bool:
    if isinstance(statement, Return):
        return statement.value is None or _is_constant(statement.value)
    if not isinstance(statement, Evaluate):
        return False
    return isinstance(statement.value, Call | Cast | Number) and (
        isinstance(statement.value, Cast) or _is_constant(statement.value)
    )


def _is_constant(value: Expr) -> bool:
    match value:
        case Number() | Text():
            return True
        case Name():
            return _CONSTANT.match(value.name) is not None
        case Unary() | Cast():
            return _is_constant(value.operand)
        case Call():
            return _is_macro_like(value.callee) and all(_is_constant(arg) for arg in value.args)
        case InitList():
            return all(_is_constant(item) for _, item in value.items)
        case _:
            return False


def _is_macro_like(callee: Expr) -> bool:
    """Capitals: an error made a pointer, a warning, a type made of a number."""
    return isinstance(callee, Name) and _CONSTANT.match(callee.name) is not None
