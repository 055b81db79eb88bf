"""What a value may be, as far as it is a function: named itself, or held by something."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from mmlint.callgraph.by_kind import ByKind
from mmlint.callgraph.places import is_header
from mmlint.callgraph.scopes import Scope
from mmlint.syntax import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.callgraph.layouts import Layouts
    from mmlint.callgraph.receivers import Receivers
    from mmlint.syntax.nodes import Expr, FunctionDef

_DEEPEST = 12


class Member(NamedTuple):
    """The member `field` of a structure, which is looked up in the eyes of the file `home`."""

    structure: str
    field: str
    home: str


class Argument(NamedTuple):
    """An argument, its `position` counted from 0, of a function or macro.

    `home` is the one file that can use it, or "".
    """

    function: str
    position: int
    home: str


class Variable(NamedTuple):
    """A variable at file scope; `home` is the one file that uses it, or ""."""

    name: str
    home: str


class Named(NamedTuple):
    """A function by its name in the file `path`."""

    name: str
    path: str


class Generator(NamedTuple):
    """A macro whose uses fill members; `home` is the one file that uses it, or ""."""

    name: str
    home: str


class Embedding(NamedTuple):
    """A structure with a member that is the structure `inner`."""

    structure: str
    inner: str


Holder = Member | Argument | Variable
Held = Holder | Named

_Reader = Callable[["Holders", Any, Scope], "Iterator[Held]"]
_READERS: ByKind[_Reader] = ByKind()
_reads = _READERS.enter


class Holders:
    """Follows values to where they come from, within one function."""

    def __init__(self, receivers: Receivers, layouts: Layouts) -> None:
        self._receivers = receivers
        self._layouts = layouts
        self._depth = 0
        self._looked_up: set[str] = set()

    def held(self, expr: Expr, scope: Scope) -> Iterator[Held]:
        """What the value of an expression may be, in the order of the source."""
        reader = _READERS.get(type(expr))
        if reader is None or self._depth > _DEEPEST:
            return
        self._depth += 1
        found = list(reader(self, expr, scope))
        self._depth -= 1
        yield from found

    def local(self, name: str, scope: Scope) -> Iterator[Held]:
        """What is assigned to a local."""
        if name in self._looked_up:
            return
        self._looked_up.add(name)
        found = [held for value in scope.values(name) for held in self.held(value, scope)]
        self._looked_up.discard(name)
        yield from found

    @_reads(nodes.Name)
    def _name(self, expr: nodes.Name, scope: Scope) -> Iterator[Held]:
        if expr.name in scope.bound and scope.outer is not None:
            yield from self.held(scope.bound[expr.name], scope.outer)
            return
        parameter = scope.parameter(expr.name)
        if parameter is not None and scope.function is not None:
            yield Argument(scope.function.name, parameter[0], only_user(scope.function))
            yield from self.local(expr.name, scope)
            return
        if scope.local(expr.name, expr.start) is not None:
            yield from self.local(expr.name, scope)
            return
        constants = self._receivers.constant(expr.name, scope)
        for value in constants:
            yield from self.held(value, Scope(scope.path))
        if expr.name.isupper():
            # A constant that no consulted file defines.
            return
        if not constants or self._layouts.is_decided(expr.name, scope.path):
            # Where it is no macro it is a function.
            yield self._global(expr.name, scope)

    def _global(self, name: str, scope: Scope) -> Held:
        # At file scope only a function is constant.
        own = self._layouts.own_variable(name, scope.path) if scope.function is not None else None
        if own is None:
            return Named(name, scope.path)
        return Variable(name, scope.path if own.static else "")

    @_reads(nodes.Member)
    def _member(self, expr: nodes.Member, scope: Scope) -> Iterator[Held]:
        found = self._receivers.member(expr, scope)
        if found is not None:
            yield Member(found.owner, found.field, found.home)

    @_reads(nodes.Index)
    def _index(self, expr: nodes.Index, scope: Scope) -> Iterator[Held]:
        return self.held(expr.base, scope)

    @_reads(nodes.Unary)
    def _unary(self, expr: nodes.Unary, scope: Scope) -> Iterator[Held]:
        return self.held(expr.operand, scope) if expr.op in {"*", "&"} else iter(())

    @_reads(nodes.Cast)
    def _cast(self, expr: nodes.Cast, scope: Scope) -> Iterator[Held]:
        return self.held(expr.operand, scope)

    @_reads(nodes.Comma)
    def _comma(self, expr: nodes.Comma, scope: Scope) -> Iterator[Held]:
        return self.held(expr.right, scope)

    @_reads(nodes.Assign)
    def _assign(self, expr: nodes.Assign, scope: Scope) -> Iterator[Held]:
        return self.held(expr.value, scope)

    @_reads(nodes.Conditional)
    def _conditional(self, expr: nodes.Conditional, scope: Scope) -> Iterator[Held]:
        yield from self.held(expr.then or expr.test, scope)
        yield from self.held(expr.otherwise, scope)

    @_reads(nodes.Call)
    def _call(self, expr: nodes.Call, scope: Scope) -> Iterator[Held]:
        for value, inner in self._receivers.uses(expr, scope):
            yield from self.held(value, inner)

    @_reads(nodes.StatementExpr)
    def _block(self, expr: nodes.StatementExpr, scope: Scope) -> Iterator[Held]:
        last = expr.body[-1] if expr.body else None
        if isinstance(last, nodes.Evaluate):
            yield from self.held(last.value, scope)


def only_user(function: FunctionDef) -> str:
    """The file that a function can be called from, "" if others can."""
    return function.path if function.static and not is_header(function.path) else ""
