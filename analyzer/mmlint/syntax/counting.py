"""Macros that are chosen by a number, such as that of arguments: `GLUE(DEFINE_, COUNT(X))(X)`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from mmlint.syntax.groups import after_group, split_arguments
from mmlint.syntax.substitution import bind, substituted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.syntax.macros import MacroTable

COUNTS: Final = range(20)
"""The numbers that are tried."""
_DEEPEST = 6
_LONGEST = 2000
_USE = re.compile(r"([A-Za-z_]\w*)\s*\(.*\)", re.DOTALL)
_HEAD = re.compile(r"\s*[A-Za-z_]\w*\s*(?=\()")
_NAME = re.compile(r"[A-Za-z_]\w*")


class _Choice(NamedTuple):
    """What chooses, with what the names begin with, and the arguments of what is chosen."""

    use: str
    beginning: str
    given: str


def meaning(text: str, macros: MacroTable, depth: int = _DEEPEST) -> str:
    """What a text that is the use of a macro stands for, where all definitions agree."""
    use = _USE.fullmatch(text.strip()) if depth and len(text) < _LONGEST else None
    meanings = {(m.params, m.body) for m in (macros.lookup(use[1]) if use else ())}
    if use is None or len(meanings) != 1:
        return text
    ((params, body),) = meanings
    if params is None:
        return text
    given = split_arguments(text, text.index("("))
    spread = ", ".join(meaning(argument, macros, depth - 1) for argument in given)
    bound = bind(params, split_arguments(f"({spread})", 0))
    return meaning(substituted(body, bound), macros, depth - 1)


def chosen(text: str, macros: MacroTable) -> str:
    """A text that is the use of a macro which is chosen by a number as one of that; else itself."""
    choice = _choice(text)
    name = meaning(choice.use, macros).strip() if choice is not None else ""
    return f"{name}{choice.given}" if choice is not None and macros.defines(name) else text


def choices(body: str) -> Iterator[tuple[str, list[str]]]:
    """The macros that a body may choose by a number, with their arguments."""
    choice = _choice(body)
    if choice is not None:
        arguments = split_arguments(choice.given, 0)
        yield from ((f"{choice.beginning}{count}", arguments) for count in COUNTS)


def _choice(text: str) -> _Choice | None:
    """What a text chooses that is two groups with a name in front: `GLUE(NAME_, COUNT(X))(X)`."""
    head = _HEAD.match(text)
    given = after_group(text[head.end() :]).strip() if head is not None else ""
    if head is None or not given.startswith("(") or after_group(given).strip():
        return None
    match split_arguments(text, head.end()):
        case [beginning, counted] if _NAME.fullmatch(beginning) and _USE.fullmatch(counted):
            return _Choice(text[: len(text.rstrip()) - len(given)], beginning, given)
    return None
