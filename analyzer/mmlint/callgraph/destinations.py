"""Where what is handed to a function, or put into a local, ends up: the places that hold it."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from mmlint.callgraph.expansions import assignments_in, made_around, places_in
from mmlint.callgraph.holders import Argument
from mmlint.callgraph.making import handed_on
from mmlint.callgraph.scopes import Scope
from mmlint.syntax import nodes
from mmlint.syntax.header import BUILTIN, NO_NAMES
from mmlint.syntax.initialisers import around
from mmlint.syntax.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mmlint.callgraph.codes import Codes
    from mmlint.callgraph.filling import Filling
    from mmlint.callgraph.graph import GraphNode
    from mmlint.callgraph.program import Program
    from mmlint.callgraph.receivers import Receivers
    from mmlint.syntax.nodes import Expr, FunctionDef

_FUNCTION: Final = "()"
_WORD = re.compile(r"\w+")
_DEEPEST = 7


class Keeper(NamedTuple):
    """A place that holds functions, a member, a parameter, a local or a variable: see `Slot`.

    `home` is the one file that has the function of a parameter or local, or a static variable.
    """

    structure: str
    field: str
    home: str = ""

    @property
    def owner(self) -> str:
        """The name of the structure, or of the function whose parameter it is."""
        return self.structure.removesuffix(_FUNCTION)


_Found = dict[tuple[Keeper, str], None]


class Destinations:
    """Follows values through assignments, and through calls into the functions that are called."""

    def __init__(
        self, program: Program, codes: Codes, receivers: Receivers, filling: Filling
    ) -> None:
        self._program = program
        self._codes = codes
        self._receivers = receivers
        self._filling = filling
        self._layouts = receivers.layouts
        self.everywhere = False
        """Whether functions are looked for in directories that are not consulted otherwise."""
        self._elsewhere: dict[str, tuple[GraphNode, ...]] = {}

    def of_argument(self, argument: Argument) -> list[tuple[Keeper, str]]:
        """Where the argument of a call in the file `home` ends up, and how."""
        found: _Found = {}
        self._follow(argument, found, 0)
        return list(found)

    def of_member(self, target: Expr, scope: Scope) -> Iterator[Keeper]:
        """The member that an assignment to `target` fills, if it is one."""
        owner = self._receivers.filled(target, scope)
        if owner is not None:
            yield Keeper(owner.owner, owner.field)

    def of_variable(self, name: str, path: str) -> Keeper | None:
        """The variable that a file declares at file scope, or a header, for functions; or None."""
        own = self._layouts.own_variable(name, path)
        if own is not None:
            return Keeper("", name, path if own.static else "")
        kind = self._layouts.external(name, path)
        holds = kind is not None and self._layouts.resolved(kind).function
        return Keeper("", name) if holds else None

    def of_local(self, target: Expr, scope: Scope) -> Iterator[Keeper]:
        """The local that an assignment to `target` fills, if it is one, and where that ends up."""
        if isinstance(target, nodes.Name) and scope.function is not None:
            name = target.name
            if scope.local(name, target.start) is not None or scope.parameter(name) is not None:
                yield Keeper(scope.function.name + _FUNCTION, name, scope.path)
                yield from self._from_local(scope, name)

    def of_function(self, target: Expr, scope: Scope) -> Iterator[Keeper]:
        """Where a function ends up that is assigned: nowhere if the target holds data."""
        member = self._receivers.filled(target, scope)
        if member is not None and self._layouts.resolved(member.type).function:
            yield Keeper(member.owner, member.field)
            return
        if isinstance(target, nodes.Name):
            yield from self._from_local(scope, target.name)
        yield from self._stored_at_file_scope(target, scope)

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
        return _holds_data(param.type, param.name, header)

    def _from_local(self, scope: Scope, name: str) -> list[Keeper]:
        """Where a parameter or a local of a function ends up, if it holds a function."""
        function = scope.function
        declared = scope.local(name, 0) or (scope.parameter(name) or (0, None))[1]
        if function is None or declared is None:
            return []
        text = self._codes.code(scope.path).text
        whole = text[scope.base + function.start : scope.base + function.end]
        found: _Found = {}
        if not _holds_data(declared.type, name, whole):
            self._go_on(scope, function, name, found, 0)
        return [keeper for keeper, _ in found]

    def _follow(self, argument: Argument, found: _Found, depth: int) -> None:
        """Where the argument of a call in the file `home` ends up."""
        if depth > _DEEPEST:
            return
        macros = self._codes.code(argument.home).lookup(argument.function)
        for macro in macros:
            for function, at in handed_on(macro, argument.position):
                self._follow(Argument(function, at, argument.home), found, depth + 1)
        for definition in self._functions(argument):
            if not definition.is_macro and argument.position < len(definition.params):
                self._follow_into(definition, argument.position, found, depth)

    def _functions(self, argument: Argument) -> Iterator[FunctionDef]:
        """What is called, where no consulted file has it also that of other directories."""
        program = self._program
        name, home = argument.function, argument.home
        known = program.definitions(name, home)
        yield from known
        if not self.everywhere:
            return
        there = program.targets.functions(name, home)
        if not known:
            yield from self._parsed(there)
        macros = map(program.targets.of_macro, program.targets.macros(name, home))
        # Or only what stands in its place.
        if all(map(program.elsewhere.is_open, (*there, *macros))):
            yield from self._find_elsewhere(name, home)

    def _find_elsewhere(self, name: str, user: str) -> Iterator[FunctionDef]:
        """The functions that a file may mean by a name which a header declares for it."""
        elsewhere = self._program.elsewhere
        if name in NO_NAMES or not elsewhere.declared_for(user, name):
            return
        known = self._elsewhere.get(name)
        if known is None:
            known = self._elsewhere[name] = elsewhere.find((name,)).get(name, ())
        yield from self._parsed(elsewhere.meant(user, known))

    def _parsed(self, functions: Iterable[GraphNode]) -> Iterator[FunctionDef]:
        """The definitions of some functions, in each selection of `#if` arms."""
        for node in functions:
            for site in self._program.targets.sites(node) if node.path else ():
                yield from self._program.parse(node.path, site)

    def _follow_into(
        self,
        function: FunctionDef,
        index: int,
        found: _Found,
        depth: int,
    ) -> None:
        """Where the parameter of a function ends up."""
        name = function.params[index].name
        found[Keeper(function.name + _FUNCTION, name, function.path), "passed"] = None
        self._go_on(Scope(function.path, function), function, name, found, depth)

    def _go_on(
        self, scope: Scope, function: FunctionDef, name: str, found: _Found, depth: int
    ) -> None:
        """Where a parameter or a local of a function ends up."""
        for node in walk(function.body):
            stored: Iterable[Keeper] = ()
            if isinstance(node, nodes.Assign) and _is(node.value, name):
                stored = self._stored(node.target, scope)
            elif isinstance(node, nodes.Declare):
                stored = self._listed(node, name, scope)
            elif isinstance(node, nodes.Call) and isinstance(node.callee, nodes.Name):
                for at, value in enumerate(node.args):
                    if _is(value, name) and node.callee.name != function.name:
                        inner = Argument(node.callee.name, at, scope.path)
                        self._follow(inner, found, depth + 1)
                        stored = chain(stored, self._by_macro(value, name, scope))
            found.update({(each, "stored parameter"): None for each in stored})

    def _stored(self, target: Expr, scope: Scope) -> Iterator[Keeper]:
        """The member or the variable at file scope that an assignment to `target` fills."""
        yield from self.of_member(target, scope)
        yield from self._stored_at_file_scope(target, scope)

    def _stored_at_file_scope(self, target: Expr, scope: Scope) -> Iterator[Keeper]:
        """The variable at file scope, or the table, that an assignment to `target` fills."""
        named = target.base if isinstance(target, nodes.Index) else target
        if not isinstance(named, nodes.Name) or scope.parameter(named.name) is not None:
            return
        if scope.local(named.name, named.start) is None:
            variable = self.of_variable(named.name, scope.path)
            if variable is not None:
                yield variable

    def _by_macro(self, value: Expr, name: str, scope: Scope) -> Iterator[Keeper]:
        """The members that the macro fills with `name` whose argument is a value."""
        code = self._codes.code(scope.path)
        at = scope.base + value.start
        for text in made_around(code, at, name):
            for place in places_in(self._filling, code, text, at):
                if name in _WORD.findall(place.text):
                    yield Keeper(place.owner, place.field)
            for target, given in assignments_in(self._receivers, text, name):
                if _is(given, name):
                    yield from self._stored(target, scope)

    def _listed(self, declared: nodes.Declare, name: str, scope: Scope) -> Iterator[Keeper]:
        """The members of a local that its initialiser gives a parameter to."""
        if not isinstance(declared.value, nodes.InitList):
            return
        code = self._codes.code(scope.path)
        named = (node for node in walk([declared.value]) if isinstance(node, nodes.Name))
        use = next((node for node in named if node.name == name), None)
        initialiser = around(code.text, scope.base + use.start, code) if use is not None else None
        for place in self._filling.places(code, initialiser) if initialiser is not None else ():
            if name in _WORD.findall(place.text):
                yield Keeper(place.owner, place.field)


def _holds_data(kind: str, name: str, text: str) -> bool:
    """Whether a name that is declared in a text holds no function; `kind` is what it returns."""
    if " " not in kind and kind not in BUILTIN:
        return False
    return re.search(rf"\(\s*\*[^()]*\b{re.escape(name)}\b", text) is None


def _is(value: nodes.Expr, name: str) -> bool:
    """Whether a value is the parameter `name`."""
    if isinstance(value, nodes.Cast | nodes.Conditional | nodes.Unary):
        return any(isinstance(node, nodes.Name) and node.name == name for node in walk([value]))
    return isinstance(value, nodes.Name) and value.name == name
