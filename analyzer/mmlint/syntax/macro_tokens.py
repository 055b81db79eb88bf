"""What stands in the body of a macro: the names, and which of them are called."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from mmlint.syntax.groups import split_arguments
from mmlint.syntax.header import NO_NAMES
from mmlint.syntax.rewrite import TYPE_OPERATORS

_TOKEN = re.compile(r"([A-Za-z_]\w*(?>(?:\s*##\s*\w+)*))(\s*\()?")
_CALLED = re.compile(r"\s*\)\s*\(")
# A parenthesis that belongs to what stands before it.
_APPLIED = re.compile(r"[\w)\]](?<!\breturn)\s*\(\Z")
_ATTRIBUTE = re.compile(
    r"\b(?:__attribute(?:__)?|_Pragma)\s*\((?>(?:[^()]|\((?>(?:[^()]|\([^()]*+\))*)\))*)\)"
)
_CLEANUP = re.compile(r"\b(?:__)?cleanup(?:__)?\s*\(\s*(\w+(?:\s*##\s*\w+)*)\s*\)")
# Two names where a statement or an expression begins, and nothing behind them.
_PAIR = re.compile(
    r"(?:(?<=[;{}():?,=!&|])|\A)\s*([A-Za-z_]\w*)\s+([A-Za-z_]\w*)(?=\s*(?:[;})]|\Z))"
)
_NO_CALL = NO_NAMES | frozenset(word.decode() for word in TYPE_OPERATORS)


def tokens(body: str) -> Iterator[tuple[str, bool, int]]:
    """Names, pasted ones whole; whether one is called; where the parenthesis is.

    Of attributes only ``cleanup`` calls something: where the variable's scope ends.
    """
    for attribute in _ATTRIBUTE.finditer(body):
        for cleanup in _CLEANUP.finditer(attribute[0]):
            yield cleanup[1], True, len(body)
    body = _ATTRIBUTE.sub(lambda found: " " * len(found[0]), body)
    for found in _TOKEN.finditer(body):
        before = body[: found.start()].rstrip()
        if before.endswith(("->", ".")) and not before.endswith("..."):
            continue
        if before.endswith("#") and not before.endswith("##"):
            continue
        behind = _CALLED.match(body, found.end()) if not found[2] else None
        if behind is not None and not _calls(found[1], before, body, behind.end() - 1):
            behind = None
        if found[1] not in _NO_CALL:
            called = found[2] is not None or behind is not None
            yield found[1], called, (behind or found).end() - 1


def _calls(name: str, before: str, body: str, opening: int) -> bool:
    """Whether a name in parentheses is called by the group behind: `(a##b)(x)`, `(f)(x, y)`.

    `(name)(x)` is a cast if that is a type.
    """
    if "##" in name:
        return True
    alone = before.endswith("(") and not _APPLIED.search(before)
    return alone and len(split_arguments(body, opening)) > 1


def applied(body: str, params: Collection[str]) -> Iterator[str]:
    """Names in front of a parameter: they are called where that stands for a group of arguments."""
    for found in _PAIR.finditer(body):
        if found[2] in params and found[1] not in _NO_CALL:
            yield found[1]
