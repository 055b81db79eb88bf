"""The indirect calls that macros make where they are used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from mmlint.callgraph.scopes import Scope
from mmlint.syntax import nodes
from mmlint.syntax.groups import split_arguments

if TYPE_CHECKING:
    from mmlint.callgraph.codes import Codes
    from mmlint.callgraph.receivers import Receivers
    from mmlint.syntax.macros import Macro, MacroTable

# A set in front, of which the alternatives tell the letters apart, is searched five times faster.
INDIRECT = re.compile(
    r"[>.\](?](?:(?:(?<=->)|(?<=\.)(?<!\.\.))\s*\w+\s*\(|(?<=\])\s*\("
    r"|(?<=\()\s*\*[^();]*(?:\([^();]*\)[^();]*)*\)\s*\(|(?<=\?)[^();]*\)\s*\()"
)
"""What looks like a call of no name in code."""

# Without the boundary each end of a word would be tried too.
_CALLED = re.compile(r"(##\s*)?\b([A-Za-z_]\w*+)(\s*##)?\s*+\(")
_GIVEN = re.compile(r"\b([A-Za-z_]\w*+)\s*+=(?!=)")
_VALUE = re.compile(r'[A-Za-z_*][^"]*\Z')
_DEEPEST = 8


class Ways(NamedTuple):
    """How uses of a macro may call indirectly: always, or what the arguments `given` hold."""

    always: bool
    given: frozenset[int]


_NEVER = Ways(False, frozenset())


class MacroWays:
    """Answers for the macros of a table, from their text."""

    def __init__(self, macros: MacroTable) -> None:
        self._macros = macros
        self._known: dict[str, tuple[tuple[Macro, ...], Ways]] = {}

    def of(self, name: str, depth: int = 0) -> Ways:
        """How uses of the macros of a name may call indirectly; recursion ends there."""
        macros = self._macros.lookup(name)
        if not macros:
            return _NEVER
        known = self._known.get(name)
        # A file that is read later may define the macro once more.
        if known is None or known[0] is not macros:
            self._known[name] = macros, _NEVER
            each = [self._read(macro, depth) for macro in macros if macro.params is not None]
            always = any(ways.always for ways in each)
            given = frozenset(at for ways in each for at in ways.given)
            known = self._known[name] = macros, Ways(always, given)
        return known[1]

    def any_of(self, names: Iterable[str]) -> bool:
        """Whether uses of the macros of some names may call indirectly at all."""
        return any(self.of(name) != _NEVER for name in names)

    def arguments(self, code: str, start: int, end: int) -> Iterator[str]:
        """What may be called of what the macros used in a stretch are given; "" for always."""
        for use in _CALLED.finditer(code, start, end):
            ways = self.of(use[2])
            if ways.always:
                yield ""
            elif ways.given:
                yield from _given(code, use.end() - 1, ways)

    def _read(self, macro: Macro, depth: int) -> Ways:
        body = macro.body
        params = {param: at for at, param in enumerate(macro.params or ())}
        if INDIRECT.search(body):
            return Ways(True, frozenset())
        locals_ = frozenset(_GIVEN.findall(body)).difference(params)
        given: set[int] = set()
        for use in _CALLED.finditer(body):
            if use[1] or use[3]:
                continue
            ways = self.of(use[2], depth + 1) if depth < _DEEPEST else _NEVER
            called = [use[2], *_given(body, use.end() - 1, ways)]
            if ways.always or any(word in locals_ or not word.isidentifier() for word in called):
                return Ways(True, frozenset())
            given.update(params[word] for word in called if word in params)
        return Ways(False, frozenset(given))


class InlinedCall(NamedTuple):
    """A call in the body of a macro, in the scope of a use that begins at a byte offset."""

    call: nodes.Call
    scope: Scope
    at: int


class Inlined:
    """Finds the calls in the macros that a function uses, if these may call indirectly."""

    def __init__(self, codes: Codes, receivers: Receivers) -> None:
        self._codes = codes
        self._receivers = receivers
        self.ways = MacroWays(codes.macros)

    def calls(self, scope: Scope) -> Iterator[InlinedCall]:
        """What the macros call that are used in the function of a scope."""
        for node in scope.calls():
            yield from self._inside(_as_call(node), scope, node.start, ())

    def _inside(
        self, used: nodes.Call, scope: Scope, at: int, around: tuple[str, ...]
    ) -> Iterator[InlinedCall]:
        """What a use calls in the expansion of the macros `around`, none of which it is."""
        name = used.callee.name if isinstance(used.callee, nodes.Name) else ""
        ways = self.ways.of(name) if len(around) < _DEEPEST and name not in around else _NEVER
        given = (arg for index, arg in enumerate(used.args) if index in ways.given)
        if not ways.always and all(_names_function(arg, scope) for arg in given):
            return
        if self._codes.code(scope.path).has_function(name):
            return
        for inner in self._receivers.bodies(used, scope):
            for node in inner.calls():
                call = _as_call(node)
                if call is node:
                    yield InlinedCall(call, inner, at)
                yield from self._inside(call, inner, at, (*around, name))


def _given(text: str, opening: int, ways: Ways) -> list[str]:
    """The arguments that a use may call, each without the parentheses around it."""
    if not ways.given:
        return []
    arguments = split_arguments(text, opening)
    given = (arguments[at].strip("() &") for at in sorted(ways.given) if at < len(arguments))
    return [argument for argument in given if _VALUE.match(argument)]


def _names_function(argument: nodes.Expr, scope: Scope) -> bool:
    """Whether an argument is a name that means nothing nearer than a function."""
    bound, outer = scope.resolved(argument)
    return (
        isinstance(bound, nodes.Name)
        and outer.parameter(bound.name) is None
        and outer.local(bound.name, bound.start) is None
    )


def _as_call(node: nodes.Call | nodes.MacroBlock) -> nodes.Call:
    """A call or the use of a macro, also of one in front of a block."""
    if isinstance(node, nodes.MacroBlock):
        word = nodes.Name(node.start, node.start, node.name)
        return nodes.Call(node.start, node.end, word, node.args)
    return node
