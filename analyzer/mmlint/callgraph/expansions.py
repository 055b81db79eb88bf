"""What the uses of macros stand for, as far as it is about one value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from mmlint.callgraph.call_around import call_around
from mmlint.callgraph.making import expanded, uses_in
from mmlint.syntax import nodes
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.initialisers import initialisers
from mmlint.syntax.substitution import bind, substituted
from mmlint.syntax.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from mmlint.callgraph.codes import Code
    from mmlint.callgraph.filling import Filling, Place
    from mmlint.callgraph.receivers import Receivers
    from mmlint.syntax.macros import Macro
    from mmlint.syntax.nodes import Expr

_WORD = re.compile(r"\w+")
_STORED = r"(?:\.|->)\s*\w+\s*=[^;=]*\b{}\b"
_DECLARING = re.compile(r"^[ \t]*[A-Za-z_][^\n;{}()=]*=\s*\Z", re.MULTILINE)
_LONGEST = 300
"""Bytes of a declaration in front of its value."""
_DEEPEST = 6

_Follows = Callable[[str, list[str]], bool]


def made_around(code: Code, at: int, about: str) -> Iterator[str]:
    """What the macro stands for in whose use, with a value `about` it, an offset lies."""
    call = call_around(code.text, at)
    if call is None:
        return
    declared = declaring(code.text, code.text.rfind(call.function, 0, call.opening))
    for macro in code.lookup(call.function):
        if macro.params:
            arguments = split_arguments(code.text, call.opening)
            for text in expansions(code, macro, arguments, {about}):
                yield declared + text


def declaring(text: str, start: int) -> str:
    """The beginning of the declaration whose value begins at an offset; "" if none does."""
    found = _DECLARING.search(text, max(0, start - _LONGEST), start)
    return found[0] if found is not None else ""


def assignments_in(receivers: Receivers, text: str, about: str) -> list[tuple[Expr, Expr]]:
    """The assignments in what a macro stands for if one puts a value `about` it into a member."""
    if re.search(_STORED.format(re.escape(about)), text) is None:
        return []
    every = (node for node in walk(receivers.parsed(text)) if isinstance(node, nodes.Assign))
    return [(node.target, node.value) for node in every]


def places_in(filling: Filling, code: Code, text: str, at: int) -> Iterator[Place]:
    """The places that initialisers fill in what a macro stands for at an offset."""
    for initialiser in initialisers(text, code) if "{" in text else ():
        yield from filling.places(code, initialiser, (text, at))


def expansions(
    code: Code, macro: Macro, arguments: list[str], about: AbstractSet[str]
) -> Iterator[str]:
    """What a use of a macro stands for, uses in it with an argument that is `about` expanded too.

    Of several definitions of one that is used inside each is told alone as well.
    """

    def follows(_name: str, given: list[str]) -> bool:
        return not about.isdisjoint(_WORD.findall(" ".join(given)))

    yield expanded(code, macro, arguments, follows)
    yield from _inside(code, macro, arguments, follows, 0)


def _inside(
    code: Code, macro: Macro, arguments: list[str], follows: _Follows, depth: int
) -> Iterator[str]:
    """What the uses in a use of a macro stand for that one `follows`, each alone."""
    text = substituted(macro.body, bind(macro.params or (), arguments))
    yield text
    for name, given in uses_in(text, macro) if depth < _DEEPEST else ():
        if follows(name, given):
            for inner in code.lookup(name):
                if inner.params:
                    yield from _inside(code, inner, given, follows, depth + 1)
