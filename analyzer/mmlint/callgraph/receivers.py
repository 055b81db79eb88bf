"""The types of expressions, by plain inference from what is declared.

Macros are not listed anywhere: the type of a use is that of the expression that its definition
makes of the arguments.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mmlint.callgraph.by_kind import ByKind
from mmlint.callgraph.latest import Latest
from mmlint.callgraph.layouts import CType, Found
from mmlint.callgraph.scopes import Scope
from mmlint.syntax import nodes
from mmlint.syntax.header import TYPEOF
from mmlint.syntax.limits import ParseGivenUp
from mmlint.syntax.macros import Macro
from mmlint.syntax.parse import parse_macro
from mmlint.syntax.structures import declaration, group_end, read_type

if TYPE_CHECKING:
    from mmlint.callgraph.codes import Codes
    from mmlint.callgraph.layouts import Layouts
    from mmlint.syntax.nodes import Expr, FunctionDef

_WORD = re.compile(r"[A-Za-z_]\w*")
_IS_WAY = re.compile(r"[A-Za-z_]\w*(?:(?:\.|->)[A-Za-z_]\w*)*")
_DEEPEST = 30
_BEHIND_ALL = 1 << 60
"""An offset in front of which everything is declared."""
_MOST_KEPT = 10_000
_INFERRED = frozenset({"__auto_type", "auto"})

_Reader = Callable[["Receivers", Any, Scope], CType | None]
_READERS: ByKind[_Reader] = ByKind()
_reads = _READERS.enter


class Receivers:
    """Infers types; `None` where plain inference does not tell."""

    def __init__(self, codes: Codes, layouts: Layouts) -> None:
        self._codes = codes
        self.layouts = layouts
        self._bodies: Latest[Macro, FunctionDef | None] = Latest(_MOST_KEPT)
        self._expressions: Latest[str, Expr | None] = Latest(_MOST_KEPT)
        self._depth = 0

    def type_of(self, expr: Expr, scope: Scope) -> CType | None:
        """The type of an expression in a scope."""
        reader = _READERS.get(type(expr))
        if reader is None or self._depth > _DEEPEST:
            return None
        self._depth += 1
        try:
            return reader(self, expr, scope)
        finally:
            self._depth -= 1

    def member(self, expr: nodes.Member, scope: Scope) -> Found | None:
        """The structure and the type of the member that an expression names."""
        base = self.type_of(expr.base, scope)
        return self._member_of(base, scope.field(expr), scope) if base is not None else None

    def filled(self, target: Expr, scope: Scope) -> Found | None:
        """The member that an assignment to `target` gives a value, or an element of one."""
        member = assigned_member(target)
        return self.member(member, scope) if member is not None else None

    def _member_of(
        self, base: CType, field: str, scope: Scope, inside: frozenset[str] = frozenset()
    ) -> Found | None:
        """A member of a structure, also by the name of a macro that stands for the way to it.

        `inside` are the macros that led here: none of them is one in its own expansion.
        """
        found = self.layouts.member(base, field)
        if found is None and base.home != scope.path:
            # What only declares a structure may be seen by more files than have its members.
            found = self.layouts.member(base._replace(home=scope.path), field)
        if found is None and field not in inside:
            for macro in self._codes.code(scope.path).lookup(field):
                if macro.params is None and _IS_WAY.fullmatch(macro.body):
                    way = _WORD.findall(macro.body)
                    found = found or self._along(base, way, scope, inside | {field})
        return found

    def _along(
        self, kind: CType, way: list[str], scope: Scope, inside: frozenset[str]
    ) -> Found | None:
        """The last of some members of each other."""
        found: Found | None = None
        for field in way:
            found = self._member_of(kind, field, scope, inside)
            if found is None:
                return None
            kind = found.type
        return found

    def parsed(self, text: str) -> tuple[nodes.Stmt, ...]:
        """A piece of code as statements; an expression is returned. () when it cannot be read."""
        body = self._body(Macro("", (), text, "", 0))
        return body.body if body is not None else ()

    def expression(self, text: str) -> Expr | None:
        """A piece of code as one expression."""
        if text in self._expressions:
            return self._expressions[text]
        known = self._expressions[text] = self._value(self.parsed(text))
        return known

    def uses(self, call: nodes.Call, scope: Scope) -> list[tuple[Expr, Scope]]:
        """The value of a macro's use, as its definitions make it, with the scope to read it in."""
        found: list[tuple[Expr, Scope]] = []
        for inner in self.bodies(call, scope):
            value = self._value(inner.function.body) if inner.function is not None else None
            if value is not None:
                found.append((value, inner))
        return found

    def bodies(self, call: nodes.Call, scope: Scope) -> list[Scope]:
        """The bodies of a macro in which its parameters mean the arguments of a use."""
        name = call.callee.name if isinstance(call.callee, nodes.Name) else ""
        found: list[Scope] = []
        for macro in self._codes.code(scope.path).lookup(name):
            body = self._body(macro) if macro.params is not None else None
            if body is not None:
                bound = dict(zip(macro.params or (), call.args, strict=False))
                if macro.params and macro.params[-1] == "__VA_ARGS__" and call.args:
                    bound.setdefault("__VA_ARGS__", call.args[-1])
                found.append(Scope(scope.path, body, bound, scope))
        return found

    def constant(self, name: str, scope: Scope) -> list[Expr]:
        """What an object-like macro stands for."""
        found = (
            self.expression(macro.body)
            for macro in self._codes.code(scope.path).lookup(name)
            if macro.params is None and macro.body and macro.body != name
        )
        return [value for value in found if value is not None]

    def named_type(self, text: str, scope: Scope) -> CType | None:
        """The type that is written in a cast or a declaration, `typeof` and macros included."""
        kind, at = read_type(text)
        bound = scope.bound.get(kind)
        if isinstance(bound, nodes.TypeName | nodes.Name) and scope.outer is not None:
            inner = bound.text if isinstance(bound, nodes.TypeName) else bound.name
            found = self.named_type(inner, scope.outer)
        elif kind.partition("(")[0].strip() in TYPEOF:
            found = self._type_of_text(kind[kind.find("(") + 1 : kind.rfind(")")], scope)
        elif text[at:].lstrip().startswith("(") and self._codes.code(scope.path).lookup(kind):
            opening = text.index("(", at)
            at = group_end(text, opening)
            found = self._type_of_text(text[opening + 1 : at - 1], scope)
        else:
            declared = declaration(f"{text} x", self._codes.macros)
            if not declared or declared[0].name != "x":
                return None
            each = declared[0]
            return CType(each.type, each.pointer, each.function, scope.path)
        return _pointed(found, text[at:].count("*"))

    def _type_of_text(self, text: str, scope: Scope) -> CType | None:
        """The type of what stands in `typeof`: an expression or a type, or what it is made of."""
        value = self.expression(text)
        found = self.type_of(value, scope) if value is not None else None
        if found is None and read_type(text)[0] != text.strip():
            for word in _WORD.findall(text):
                if word in scope.bound and scope.outer is not None:
                    return self.type_of(scope.bound[word], scope.outer)
        return found or self.named_type(text, scope) if "(" not in text else found

    def _body(self, macro: Macro) -> FunctionDef | None:
        if macro not in self._bodies:
            try:
                self._bodies[macro] = parse_macro(macro, self._codes.macros)
            except (ParseGivenUp, RecursionError):
                self._bodies[macro] = None
        return self._bodies[macro]

    def _value(self, body: tuple[nodes.Stmt, ...]) -> Expr | None:
        """The value of what a macro's body is: an expression, or the last statement."""
        last = body[-1] if body else None
        if isinstance(last, nodes.Return | nodes.Evaluate):
            return last.value
        return None

    @_reads(nodes.Name)
    def _name(self, expr: nodes.Name, scope: Scope) -> CType | None:
        if expr.name in scope.bound and scope.outer is not None:
            return self.type_of(scope.bound[expr.name], scope.outer)
        parameter = scope.parameter(expr.name)
        if parameter is not None:
            kind = self.named_type(parameter[1].type, scope)
            return kind._replace(pointer=parameter[1].pointer) if kind is not None else None
        local = scope.local(expr.name, expr.start)
        if local is not None:
            return self._local(local, scope)
        return (
            self._captured(expr.name, scope)
            or self._declared_by_macro(expr, scope)
            or self._global(expr, scope)
        )

    def _captured(self, name: str, scope: Scope) -> CType | None:
        """The type of a name in a macro that whoever uses it declares: the expansion stands there.

        Drivers write registers so: the device is a local of each function.
        """
        around = scope.outer
        while around is not None:
            if name in around.bound or around.parameter(name) or around.local(name, _BEHIND_ALL):
                return self._name(nodes.Name(_BEHIND_ALL, _BEHIND_ALL, name), around)
            around = around.outer
        return None

    def _local(self, local: nodes.Declare, scope: Scope) -> CType | None:
        if local.type in _INFERRED:
            return self.type_of(local.value, scope) if local.value is not None else None
        if local.type in {"struct", "union"}:
            return self.layouts.in_place(local.name, scope.base + local.start, scope.path)
        return _pointed(self.named_type(local.type, scope), local.pointer + local.array)

    def _declared_by_macro(self, expr: nodes.Name, scope: Scope) -> CType | None:
        """The type of a local that the use of a macro declares."""
        for use in scope.macro_uses(expr.name):
            name = use.callee.name if isinstance(use.callee, nodes.Name) else ""
            for macro in self._codes.code(scope.path).lookup(name):
                params = macro.params or ()
                for declared in declaration(macro.body, self._codes.macros) if params else ():
                    if declared.name == params[0]:
                        return CType(declared.type, declared.pointer, declared.function, scope.path)
        return None

    def _global(self, expr: nodes.Name, scope: Scope) -> CType | None:
        for value in self.constant(expr.name, scope):
            # `#define DISP (hba->chip->dispatch)`: who uses it has a local of that name.
            found = self.type_of(value, Scope(scope.path, outer=scope))
            if found is not None:
                return found
        return self.layouts.variable(expr.name, scope.path)

    @_reads(nodes.Call)
    def _call(self, expr: nodes.Call, scope: Scope) -> CType | None:
        for value, inner in self.uses(expr, scope):
            found = self.type_of(value, inner)
            if found is not None:
                return found
        if not isinstance(expr.callee, nodes.Name):
            return self._called(self.type_of(expr.callee, scope))
        name = expr.callee.name
        if name in scope.bound or scope.parameter(name) or scope.local(name, expr.start):
            return self._called(self._name(expr.callee, scope))
        return self.layouts.returned(name, scope.path)

    def _called(self, kind: CType | None) -> CType | None:
        kind = self.layouts.resolved(kind) if kind is not None else None
        return kind._replace(function=False) if kind is not None and kind.function else None

    @_reads(nodes.Member)
    def _member(self, expr: nodes.Member, scope: Scope) -> CType | None:
        found = self.member(expr, scope)
        return found.type if found is not None else None

    @_reads(nodes.Index)
    def _index(self, expr: nodes.Index, scope: Scope) -> CType | None:
        return _pointed(self.type_of(expr.base, scope), -1)

    @_reads(nodes.Unary)
    def _unary(self, expr: nodes.Unary, scope: Scope) -> CType | None:
        kind = self.type_of(expr.operand, scope)
        return _pointed(kind, {"*": -1, "&": 1}.get(expr.op, 0))

    @_reads(nodes.Binary)
    def _binary(self, expr: nodes.Binary, scope: Scope) -> CType | None:
        if expr.op not in {"+", "-"}:
            return None
        left = self.type_of(expr.left, scope)
        return (
            left if left is not None and left.pointer else self.type_of(expr.right, scope) or left
        )

    @_reads(nodes.Assign)
    def _assign(self, expr: nodes.Assign, scope: Scope) -> CType | None:
        return self.type_of(expr.target, scope)

    @_reads(nodes.Conditional)
    def _conditional(self, expr: nodes.Conditional, scope: Scope) -> CType | None:
        for part in (expr.then or expr.test, expr.otherwise):
            found = self.type_of(part, scope)
            if found is not None and found.type != "void":
                return found
        return None

    @_reads(nodes.Cast)
    def _cast(self, expr: nodes.Cast, scope: Scope) -> CType | None:
        return self.named_type(expr.type, scope)

    @_reads(nodes.Comma)
    def _comma(self, expr: nodes.Comma, scope: Scope) -> CType | None:
        return self.type_of(expr.right, scope)

    @_reads(nodes.StatementExpr)
    def _block(self, expr: nodes.StatementExpr, scope: Scope) -> CType | None:
        value = self._value(expr.body)
        return self.type_of(value, scope) if value is not None else None


def _pointed(kind: CType | None, by: int) -> CType | None:
    """A pointer to a type, or with -1 what it points to; that of a function is itself."""
    if kind is None or not by or kind.function:
        return kind
    return kind._replace(pointer=kind.pointer + by)


def assigned_member(target: Expr) -> nodes.Member | None:
    """The member that an assignment names, itself or by an index."""
    while isinstance(target, nodes.Index):
        target = target.base
    return target if isinstance(target, nodes.Member) else None
