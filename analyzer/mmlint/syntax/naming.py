"""How the functions are called that a macro may define at file scope, without their bodies."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from mmlint.syntax.counting import choices
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.macros import is_alias
from mmlint.syntax.mask import mask
from mmlint.syntax.structures import group_end
from mmlint.syntax.substitution import bind, substituted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mmlint.syntax.macros import Macro

_PIECE = re.compile(r"[{=;]|([A-Za-z_]\w*(?:\s*##\s*\w+)*)\s*(\()?")
_WORD = re.compile(r"[A-Za-z_]\w*")
_DEEPEST = 8


class _Head(NamedTuple):
    """`name (` with the arguments, as a definition has them; None without parentheses.

    Only one in `front` of a block, with no end of a declaration between, may be its header.
    """

    name: str
    arguments: tuple[str, ...] | None
    front: bool


class Naming:
    """Tells names from what definitions have outside of their blocks and values.

    Of a macro those definitions count that `seen(path, name)` gives.
    """

    def __init__(self, seen: Callable[[str, str], tuple[Macro, ...]]) -> None:
        self._look_up = seen
        self._heads: dict[Macro, tuple[_Head, ...]] = {}
        self._here: dict[str, tuple[Macro, ...]] = {}

    def names(self, path: str, macro: str, arguments: Sequence[str]) -> dict[str, set[Macro]]:
        """What `macro(arguments)` in a file may define, and names that only look so.

        Each with the definitions that lead to it; others need not be expanded for it.
        """
        self._here.clear()
        found: defaultdict[str, set[Macro]] = defaultdict(set)
        self._add(path, _Head(macro, tuple(arguments), front=False), (), found)
        return found

    def _add(
        self,
        path: str,
        use: _Head,
        outer: tuple[Macro, ...],
        found: defaultdict[str, set[Macro]],
    ) -> None:
        for macro in self._seen(path, use.name) if len(outer) < _DEEPEST else ():
            if macro in outer:
                continue
            chain = (*outer, macro)
            if macro.params is not None:
                self._add_heads(path, use, macro, chain, found)
            elif is_alias(macro):
                self._add(path, use._replace(name=macro.body), chain, found)

    def _add_heads(
        self,
        path: str,
        use: _Head,
        macro: Macro,
        chain: tuple[Macro, ...],
        found: defaultdict[str, set[Macro]],
    ) -> None:
        bound = bind(macro.params or (), list(use.arguments or ()))
        for head in self._of(macro):
            called = substituted(head.name, bound)
            front = head.front or use.front
            if head.arguments is None:
                for word in _WORD.findall(called) if front or "{" in called else ():
                    found[word].update(chain)
                continue
            if front:
                found[called].update(chain)
            if self._seen(path, called):
                inner = tuple(_bound(macro, head.arguments, bound))
                self._add(path, _Head(called, inner, front), chain, found)

    def _seen(self, path: str, name: str) -> tuple[Macro, ...]:
        known = self._here.get(name)
        if known is None:
            known = self._here[name] = self._look_up(path, name)
        return known

    def _of(self, macro: Macro) -> tuple[_Head, ...]:
        known = self._heads.get(macro)
        if known is None:
            known = self._heads[macro] = tuple(_heads(macro))
        return known


def _bound(macro: Macro, arguments: tuple[str, ...], bound: dict[str, str]) -> list[str]:
    """The arguments of an inner use; the last parameter may stand for many."""
    last = macro.params[-1].removesuffix("...") if macro.params else ""
    texts: list[str] = []
    for argument in arguments:
        text = bound.get(argument)
        text = substituted(argument, bound) if text is None else text
        texts += split_arguments(f"({text})", 0) or [""] if argument == last else [text]
    return texts


def _heads(macro: Macro) -> Iterator[_Head]:
    """What may name a function in a body, or lead to a macro that does."""
    for name, given in choices(macro.body):
        yield _Head(name, tuple(given), front=False)
    text = mask(macro.body.encode()).decode()
    position = 0
    value = False
    waiting: list[_Head] = []
    while found := _PIECE.search(text, position):
        position = found.end()
        if not found[1]:
            value = found[0] == "=" or (value and found[0] != ";")
            if found[0] == "{":
                position = group_end(text, found.start())
            yield from (head._replace(front=found[0] == "{") for head in waiting)
            waiting.clear()
        elif found[2]:
            position = group_end(text, found.end() - 1)
            if not value:
                arguments = tuple(split_arguments(text, found.end() - 1))
                waiting.append(_Head(found[1], arguments, front=False))
        elif not value and found[1] in (macro.params or ()):
            # The argument may hold the block.
            yield from (head._replace(front=True) for head in waiting)
            waiting = [_Head(found[1], None, front=False)]
    yield from waiting
