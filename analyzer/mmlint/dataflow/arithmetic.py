"""Functions that do nothing but arithmetic on their arguments, by their text and by their body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mmlint.syntax.nodes import Binary, Call, Cast, Name, Number, Return, TypeName, Unary

if TYPE_CHECKING:
    from collections.abc import Container

    from mmlint.syntax.nodes import Expr, FunctionDef

# What leaves open how a body is read, what is none of arithmetic, and what is called.
_UNSURE: Final = re.compile(rb"/[*/]|#|\b(?:sizeof|\w*typeof\w*|\w*alignof\w*|offsetof)\b")
_OTHER: Final = re.compile(rb'->|[\[?".{]')
_CALLED: Final = re.compile(rb"\b(?!return\b)([A-Za-z_]\w*)\s*\(")


def may_count(text: bytes, pure: Container[str]) -> bool:
    """Whether a definition may be such a function: of most it is seen without parsing that not.

    `pure` are the functions that do arithmetic, whatever their bodies are.
    """
    head, brace, body = text.partition(b"{")
    if not brace or b"/" in head or _UNSURE.search(body):
        return True
    return (
        body.count(b";") == 1
        and b"return" in body
        and not _OTHER.search(body)
        and all(name.decode() in pure for name in _CALLED.findall(body))
    )


def only_counts(fn: FunctionDef, pure: Container[str]) -> bool:
    """Whether a function is such a one."""
    only = fn.body[0] if len(fn.body) == 1 else None
    return isinstance(only, Return) and only.value is not None and _is_counted(only.value, pure)


def _is_counted(expr: Expr, pure: Container[str]) -> bool:
    if isinstance(expr, Binary):
        return _is_counted(expr.left, pure) and _is_counted(expr.right, pure)
    if isinstance(expr, Unary):
        return expr.op in "+-~!" and _is_counted(expr.operand, pure)
    if isinstance(expr, Cast):
        return _is_counted(expr.operand, pure)
    if isinstance(expr, Call):
        known = isinstance(expr.callee, Name) and expr.callee.name in pure
        return known and all(_is_counted(arg, pure) for arg in expr.args)
    return isinstance(expr, Name | Number | TypeName)
