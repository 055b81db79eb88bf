"""Telling a statement in which variables were renamed from another statement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_TOKEN = re.compile(r"[A-Za-z_]\w*(?!\w)(?!\s*\()|[A-Za-z_]\w*|\S")
_NAME = re.compile(r"[A-Za-z_]\w*\Z")


def renames(old: str, new: str) -> dict[str, str]:
    """The new names of what is called otherwise in `old`; {} where more than names differ.

    Names of what is called are never renamed, and no two names become one.
    """
    first, second = _tokens(old), _tokens(new)
    if len(first) != len(second):
        return {}
    names: dict[str, str] = {}
    for (was, was_called), (now, now_called) in zip(first, second, strict=True):
        variable = _NAME.match(was) and _NAME.match(now) and not (was_called or now_called)
        if not variable:
            if was != now:
                return {}
        elif names.setdefault(was, now) != now:
            return {}
    if len(set(names.values())) != len(names):
        return {}
    return {was: now for was, now in names.items() if was != now}


def is_renamed(names: Mapping[str, str], before: Collection[str], after: Collection[str]) -> bool:
    """Whether the words of a function say that `names` are renames and no other variables."""
    return all(was not in after and now not in before for was, now in names.items())


def _tokens(statement: str) -> list[tuple[str, bool]]:
    """The tokens, each with whether it is the name of something that is called."""
    tokens: list[tuple[str, bool]] = []
    for match in _TOKEN.finditer(statement):
        called = statement[match.end() :].lstrip().startswith("(")
        tokens.append((match[0], called))
    return tokens
