"""From a function to the places that hold it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from mmlint.callgraph.holders import Argument, Named
from mmlint.callgraph.making import handed_on, macros_at
from mmlint.callgraph.scopes import Scope
from mmlint.source.names import whole_words
from mmlint.syntax import nodes
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.header import BUILTIN
from mmlint.syntax.initialisers import around, initialisers
from mmlint.syntax.substitution import bind, substituted
from mmlint.syntax.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mmlint.callgraph.codes import Code, Codes
    from mmlint.callgraph.filling import Filling, Place
    from mmlint.callgraph.holders import Holders
    from mmlint.callgraph.program import Program
    from mmlint.callgraph.receivers import Receivers
    from mmlint.syntax.macros import Macro
    from mmlint.syntax.nodes import FunctionDef

_FUNCTION: Final = "()"
_WORD = re.compile(r"\w+")
_INSIDE = re.compile(r"[\w.>]")
# A literal in front is found many times faster than the beginning of a line.
_AT_MARGIN = re.compile(r"\n(?:static\s+)?([A-Za-z_]\w*)\s*\(")
_VARIABLE = re.compile(r"\b([A-Za-z_]\w*)\s*=\s*&?\s*\Z|\(\s*\*\s*(\w+)\s*\)[^;{}=]*=\s*&?\s*\Z")
_CALLED = re.compile(r"([A-Za-z_]\w*)\s*\Z")
_USED = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_DEEPEST = 4
_LONGEST = 2000
_NO_CALLS = frozenset({"if", "while", "for", "switch", "return", "sizeof", "typeof"})


class Keeper(NamedTuple):
    """A place that holds functions, as a `Slot` names it."""

    structure: str
    field: str
    home: str = ""

    @property
    def owner(self) -> str:
        """The name of the structure, or of the function whose parameter it is."""
        return self.structure.removesuffix(_FUNCTION)


class Slot(msgspec.Struct, frozen=True):
    """A place that holds a function, and where the function is named as it is put there.

    `structure` and `field` are those of a member. Of a parameter `field` is its name, and
    `structure` the name of the function that has it, followed by ``()``. A variable at file scope
    has no structure. `how` is that of a target, and `home` the file of a parameter's function.
    """

    structure: str
    field: str
    path: str
    line: int
    how: str
    condition: str = ""
    home: str = ""

    @property
    def keeper(self) -> Keeper:
        """The place, wherever it is filled."""
        return Keeper(self.structure, self.field, self.home)


class CallAround(NamedTuple):
    """A call of `function` whose parenthesis is at `opening`, and the `position` of an argument."""

    function: str
    position: int
    opening: int


class Slots:
    """Looks where functions go."""

    def __init__(
        self, program: Program, codes: Codes, receivers: Receivers, holders: Holders
    ) -> None:
        self._program = program
        self._codes = codes
        self._receivers = receivers
        self._layouts = receivers.layouts
        self._holders = holders

    def of(self, name: str, users: Iterable[str], filling: Filling) -> Iterator[Slot]:
        """The places that hold the function `name`; only `users` name it."""
        for user in users:
            code = self._codes.code(user)
            yield from self._named(code, name, filling)
            yield from self._pasted(code, name, filling)

    def _named(self, code: Code, name: str, filling: Filling) -> Iterator[Slot]:
        """Places in which a name is written out."""
        seen: set[int] = set()
        # A pattern that begins with the name is searched for faster.
        for use in re.finditer(rf"{re.escape(name)}\b(?!\s*\()", code.text):
            at = use.start()
            if at and _INSIDE.match(code.text, at - 1):
                continue
            initialiser = around(code.text, at, code)
            if initialiser is None:
                yield from self._assigned(code, name, at)
                yield from self._passed(code, code.text, at)
                yield from self._expanded(code, name, at, filling)
            elif initialiser.value.start not in seen:
                seen.add(initialiser.value.start)
                yield from _filled(code, name, filling.places(code, initialiser))
        for macro in macros_at(code, _lines_with(code, name)):
            for use in re.finditer(rf"\b{re.escape(name)}\b(?!\s*\()", macro.body):
                yield from self._passed(code, macro.body, use.start(), macro.start)

    def _pasted(self, code: Code, name: str, filling: Filling) -> Iterator[Slot]:
        """Places that the use of a macro at file scope fills, which makes the name of another."""
        parts = name.split("_")
        stems = {"_".join(parts[:at]) for at in range(1, len(parts))} - {""}
        text = "\n" + code.text
        for use in _AT_MARGIN.finditer(text) if stems else ():
            arguments = split_arguments(text, use.end() - 1)
            if stems.isdisjoint(arguments):
                continue
            for macro in code.lookup(use[1]):
                made = _made(code, macro, arguments, use.start(), filling)
                yield from _filled(code, name, made)

    def _expanded(self, code: Code, name: str, at: int, filling: Filling) -> Iterator[Slot]:
        """Members of what a macro initialises that a function is an argument of."""
        call = call_around(code.text, at)
        if call is None:
            return
        for macro in code.lookup(call.function):
            if macro.params and "{" in macro.body:
                arguments = split_arguments(code.text, call.opening)
                yield from _filled(code, name, _made(code, macro, arguments, at, filling))

    def _assigned(self, code: Code, name: str, at: int) -> Iterator[Slot]:
        """Members and variables that a function is assigned to."""
        sign = code.text.rfind("=", max(0, at - _LONGEST), at) + 1
        found: dict[Keeper, None] = {}
        for scope in code.scopes(at) if sign else ():
            for node in scope.assignments(sign):
                if Named(name, code.path) in self._holders.held(node.value, scope):
                    found |= dict.fromkeys(self._member(node.target, scope))
        head = _VARIABLE.search(code.text, max(0, at - _LONGEST), at)
        variable = (head[1] or head[2]) if head is not None else ""
        if variable and self._layouts.own_variable(variable, code.path) is not None:
            found[Keeper("", variable)] = None
        for keeper in found:
            yield _slot(code, keeper, at, "assigned")

    def _member(self, target: nodes.Expr, scope: Scope) -> Iterator[Keeper]:
        owner = self._receivers.filled(target, scope)
        if owner is not None:
            yield Keeper(owner.owner, owner.field)

    def _passed(self, code: Code, text: str, at: int, place: int | None = None) -> Iterator[Slot]:
        """Parameters that a function is handed to, and members that these are stored in.

        The text is that of the file, or of a macro that is defined at `place`.
        """
        call = call_around(text, at)
        if call is None:
            return
        found: dict[tuple[Keeper, str], None] = {}
        self._follow(Argument(call.function, call.position, code.path), found, 0)
        for keeper, how in found:
            yield _slot(code, keeper, at if place is None else place, how)

    def handed(self, argument: Argument) -> list[Keeper]:
        """The places that the argument of a call in the file `home` ends up in."""
        found: dict[tuple[Keeper, str], None] = {}
        self._follow(argument, found, 0)
        return [keeper for keeper, _ in found]

    def takes_data(self, argument: Argument) -> bool:
        """Whether the argument of a call in the file `home` is no function, by what is called."""
        definitions = self._program.definitions(argument.function, argument.home)
        return any(self._is_data(each, argument.position) for each in definitions)

    def _is_data(self, function: FunctionDef, position: int) -> bool:
        """Whether a parameter of a function holds no function."""
        if function.is_macro or position >= len(function.params):
            return False
        param = function.params[position]
        text = self._codes.code(function.path).text
        header = text[function.start : text.find("{", function.start)]
        return _is_data(param.type, param.name, header)

    def kept(self, scope: Scope, local: str) -> list[Keeper]:
        """The places that a parameter or a local of a function ends up in."""
        function = scope.function
        declared = scope.local(local, 0) or (scope.parameter(local) or (0, None))[1]
        if function is None or declared is None:
            return []
        text = self._codes.code(scope.path).text
        whole = text[scope.base + function.start : scope.base + function.end]
        found: dict[tuple[Keeper, str], None] = {}
        if not _is_data(declared.type, local, whole):
            self._go_on(scope, local, found, 0)
        return [keeper for keeper, _ in found]

    def _follow(
        self, argument: Argument, found: dict[tuple[Keeper, str], None], depth: int
    ) -> None:
        """Where the argument of a call in the file `home` ends up."""
        if depth > _DEEPEST:
            return
        macros = self._codes.code(argument.home).lookup(argument.function)
        for macro in macros:
            for function, at in handed_on(macro, argument.position):
                self._follow(Argument(function, at, argument.home), found, depth + 1)
        for definition in self._program.definitions(argument.function, argument.home):
            if not definition.is_macro and argument.position < len(definition.params):
                self._follow_into(definition, argument.position, found, depth)

    def _follow_into(
        self,
        function: FunctionDef,
        index: int,
        found: dict[tuple[Keeper, str], None],
        depth: int,
    ) -> None:
        """Where the parameter of a function ends up."""
        name = function.params[index].name
        found[Keeper(function.name + _FUNCTION, name, function.path), "passed"] = None
        self._go_on(Scope(function.path, function), name, found, depth)

    def _go_on(
        self, scope: Scope, name: str, found: dict[tuple[Keeper, str], None], depth: int
    ) -> None:
        """Where a parameter or a local of a function ends up."""
        function = scope.function
        if function is None:
            return
        for node in walk(function.body):
            stored: Iterable[Keeper] = ()
            if isinstance(node, nodes.Assign) and _is(node.value, name):
                stored = self._member(node.target, scope)
            elif isinstance(node, nodes.Declare):
                stored = self._listed(node, name, scope)
            elif isinstance(node, nodes.Call) and isinstance(node.callee, nodes.Name):
                for at, value in enumerate(node.args):
                    if _is(value, name) and node.callee.name != function.name:
                        inner = Argument(node.callee.name, at, scope.path)
                        self._follow(inner, found, depth + 1)
            found.update({(each, "stored parameter"): None for each in stored})

    def _listed(self, declared: nodes.Declare, name: str, scope: Scope) -> Iterator[Keeper]:
        """The members of a local that its initialiser gives a parameter to."""
        if not isinstance(declared.value, nodes.InitList):
            return
        kind = self._receivers.named_type(declared.type, scope)
        for designator, value in declared.value.items:
            if designator and kind is not None and _is(value, name):
                found = self._layouts.member(kind, designator.split(".")[0])
                if found is not None:
                    yield Keeper(found.owner, found.field)


def _is_data(kind: str, name: str, text: str) -> bool:
    """Whether a name that is declared in a text holds no function; `kind` is what it returns."""
    if " " not in kind and kind not in BUILTIN:
        return False
    return re.search(rf"\(\s*\*[^()]*\b{re.escape(name)}\b", text) is None


def _is(value: nodes.Expr, name: str) -> bool:
    """Whether a value is the parameter `name`."""
    if isinstance(value, nodes.Cast | nodes.Conditional | nodes.Unary):
        return any(isinstance(node, nodes.Name) and node.name == name for node in walk([value]))
    return isinstance(value, nodes.Name) and value.name == name


def _made(
    code: Code, macro: Macro, arguments: list[str], at: int, filling: Filling, depth: int = 0
) -> Iterator[Place]:
    """The places that initialisers fill which the use of a macro at an offset makes."""
    text = substituted(macro.body, bind(macro.params or (), arguments))
    for initialiser in initialisers(text):
        yield from filling.places(code, initialiser, (text, at))
    for use in _USED.finditer(text) if depth < _DEEPEST else ():
        for inner in code.lookup(use[1]) if use[1] != macro.name else ():
            if inner.params and "=" in inner.body:
                given = split_arguments(text, use.end() - 1)
                yield from _made(code, inner, given, at, filling, depth + 1)


def _filled(code: Code, name: str, places: Iterable[Place]) -> Iterator[Slot]:
    """The places whose value is the function `name`."""
    for place in places:
        if name in _WORD.findall(place.text):
            yield _slot(code, Keeper(place.owner, place.field), place.offset, place.how)


def _lines_with(code: Code, name: str) -> list[int]:
    """The lines of a file that hold a word and no code: those of macros, as a rule."""
    return list(dict.fromkeys(map(code.lines.line, whole_words(code.data, name.encode()))))


def _slot(code: Code, keeper: Keeper, offset: int, how: str) -> Slot:
    structure, field, home = keeper
    line = code.lines.line(offset)
    return Slot(structure, field, code.path, line, how, code.condition(offset), home)


def call_around(text: str, at: int) -> CallAround | None:
    """The innermost call that an offset stands in."""
    depth = index = 0
    for position in range(at - 1, max(0, at - _LONGEST), -1):
        mark = text[position]
        if mark in ")]}":
            depth += 1
        elif mark in "([{":
            depth -= 1
            if depth < 0:
                name = _CALLED.search(text, max(0, position - _LONGEST), position)
                if mark != "(" or name is None or name[1] in _NO_CALLS:
                    return None
                return CallAround(name[1], index, position)
        elif depth == 0 and mark == ",":
            index += 1
        elif mark == ";" and depth == 0:
            return None
    return None
