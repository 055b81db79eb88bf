"""Expressions into operations and branches."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias, TypeVar

from mmlint.dataflow import cfg
from mmlint.dataflow.draft import Draft
from mmlint.dataflow.scopes import Scopes
from mmlint.syntax import nodes
from mmlint.syntax.nodes import Expr

Consumer: TypeAlias = Callable[[Expr], None]
Runner: TypeAlias = Callable[[tuple[nodes.Stmt, ...], Consumer], bool]

_LOGICAL = frozenset({"&&", "||"})
_CHANGING = frozenset({"++x", "--x", "x++", "x--"})
_CONSTANTS = {"true": 1, "false": 0}


_Lower = TypeVar("_Lower", bound=Callable[..., Expr])
_VALUES: dict[type[Expr], Callable[..., Expr]] = {}


def _lowers(*kinds: type[Expr]) -> Callable[[_Lower], _Lower]:
    """Enter a method for these kinds of expression."""

    def enter(lower: _Lower) -> _Lower:
        _VALUES.update(dict.fromkeys(kinds, lower))
        return lower

    return enter


class Conventions(NamedTuple):
    """What the names of functions and macros mean for the flow; see `lowering.lower`."""

    is_loop: Callable[[str], bool]
    assigned: Callable[[str], tuple[int, ...]]
    stops: Callable[[str], str]
    transparent: Callable[[str], bool]


class ValueLowering:
    """Lowers expressions where the draft stands.

    `run` lowers the statements of a statement expression in a scope of their own and hands the
    last one to its second argument if it is an expression; it says whether that was so.
    """

    def __init__(self, draft: Draft, scopes: Scopes, conventions: Conventions, run: Runner) -> None:
        self._draft = draft
        self._scopes = scopes
        self._conventions = conventions
        self._run = run
        self._temporaries = 0

    def value(self, expr: Expr) -> Expr:
        """What to use for the value of an expression after its operations were added."""
        lower = _VALUES.get(type(expr))
        return expr if lower is None else lower(self, expr)

    def effect(self, expr: Expr) -> None:
        """Add an expression whose value nobody uses."""
        while isinstance(expr, nodes.Comma | nodes.Cast):
            if isinstance(expr, nodes.Comma):
                self.effect(expr.left)
                expr = expr.right
            else:
                expr = expr.operand
        if isinstance(expr, nodes.Conditional):
            self._effect_of_choice(expr)
        elif isinstance(expr, nodes.StatementExpr):
            self._run(expr.body, self.effect)
        elif isinstance(expr, nodes.Binary) and expr.op in _LOGICAL:
            self._effect_of_logic(expr.op, expr.left, expr.right)
        elif isinstance(expr, nodes.Assign):
            self._draft.add(cfg.Evaluate(self._assign(expr)))
        else:
            value = self.value(expr)
            if not isinstance(value, nodes.Name | nodes.Number | nodes.Text):
                self._draft.add(cfg.Evaluate(value))

    def _effect_of_choice(self, expr: nodes.Conditional) -> None:
        if expr.then is None:
            self._effect_of_logic("||", expr.test, expr.otherwise)
            return
        then, otherwise, after = self._draft.new(), self._draft.new(), self._draft.new()
        self.test(expr.test, then, otherwise)
        self._draft.start(then)
        self.effect(expr.then)
        self._draft.finish(cfg.Jump(after))
        self._draft.start(otherwise)
        self.effect(expr.otherwise)
        self._draft.join(after)

    def _effect_of_logic(self, op: str, left: Expr, right: Expr) -> None:
        second, after = self._draft.new(), self._draft.new()
        self.test(left, *((second, after) if op == "&&" else (after, second)))
        self._draft.start(second)
        self.effect(right)
        self._draft.join(after)

    def test(self, expr: Expr, then: int, otherwise: int) -> None:
        """End the current block: go to `then` if the expression is not zero."""
        expr = self._unwrap(expr)
        while isinstance(expr, nodes.Unary) and expr.op == "!":
            expr = self._unwrap(expr.operand)
            then, otherwise = otherwise, then
        if isinstance(expr, nodes.Binary) and expr.op in _LOGICAL:
            self._test_logic(expr, then, otherwise)
        elif isinstance(expr, nodes.Conditional):
            self._test_choice(expr, then, otherwise)
        elif isinstance(expr, nodes.Comma):
            self.effect(expr.left)
            self.test(expr.right, then, otherwise)
        elif isinstance(expr, nodes.StatementExpr):
            if not self._run(expr.body, lambda last: self.test(last, then, otherwise)):
                self._draft.finish(cfg.Fork((then, otherwise)))
        else:
            self._branch(self.value(expr), then, otherwise)

    def _test_logic(self, expr: nodes.Binary, then: int, otherwise: int) -> None:
        second = self._draft.new()
        if expr.op == "&&":
            self.test(expr.left, second, otherwise)
        else:
            self.test(expr.left, then, second)
        self._draft.start(second)
        self.test(expr.right, then, otherwise)

    def _test_choice(self, expr: nodes.Conditional, then: int, otherwise: int) -> None:
        second = self._draft.new()
        if expr.then is None:
            self.test(expr.test, then, second)
        else:
            first = self._draft.new()
            self.test(expr.test, first, second)
            self._draft.start(first)
            self.test(expr.then, then, otherwise)
        self._draft.start(second)
        self.test(expr.otherwise, then, otherwise)

    def _branch(self, test: Expr, then: int, otherwise: int) -> None:
        constant = test.value if isinstance(test, nodes.Number) else None
        if isinstance(test, nodes.Name):
            constant = _CONSTANTS.get(test.name)
        if constant is None:
            self._draft.finish(cfg.Branch(test, then, otherwise))
        else:
            self._draft.finish(cfg.Jump(then if constant else otherwise))

    def is_logical(self, expr: Expr) -> bool:
        """Whether the value is 0 or 1 by way of `!`, `&&` or `||`."""
        expr = self._unwrap(expr)
        if isinstance(expr, nodes.Unary):
            return expr.op == "!"
        return isinstance(expr, nodes.Binary) and expr.op in _LOGICAL

    def _unwrap(self, expr: Expr) -> Expr:
        """The argument of transparent calls if it is more than one plain test."""
        inner = expr
        while isinstance(inner, nodes.Call) and self._is_transparent(inner):
            inner = inner.args[0]
        if isinstance(inner, nodes.Unary):
            composed = inner.op == "!"
        elif isinstance(inner, nodes.Binary):
            composed = inner.op in _LOGICAL
        else:
            composed = isinstance(
                inner, nodes.Conditional | nodes.Comma | nodes.StatementExpr | nodes.Assign
            )
        return inner if composed else expr

    def _is_transparent(self, call: nodes.Call) -> bool:
        return (
            len(call.args) == 1
            and isinstance(call.callee, nodes.Name)
            and self._conventions.transparent(call.callee.name)
        )

    @_lowers(nodes.Conditional, nodes.StatementExpr)
    def temporary(self, expr: Expr) -> nodes.Name:
        """A new local that holds the value of an expression."""
        self._temporaries += 1
        name = nodes.Name(expr.start, expr.end, f"${self._temporaries}")
        self._store(name, expr)
        return name

    def _store(self, name: nodes.Name, expr: Expr) -> None:
        while isinstance(expr, nodes.Comma):
            self.effect(expr.left)
            expr = expr.right
        if isinstance(expr, nodes.Conditional):
            self._store_choice(name, expr)
        elif isinstance(expr, nodes.StatementExpr):
            self._run(expr.body, lambda last: self._store(name, last))
        elif isinstance(expr, nodes.Binary) and expr.op in _LOGICAL:
            self._store_logic(name, expr)
        else:
            self._set(name, self.value(expr))

    def _set(self, name: nodes.Name, value: Expr) -> None:
        self._draft.add(cfg.Evaluate(nodes.Assign(value.start, value.end, "=", name, value)))

    def _store_choice(self, name: nodes.Name, expr: nodes.Conditional) -> None:
        otherwise, after = self._draft.new(), self._draft.new()
        if expr.then is None:
            self._store(name, expr.test)
            self._draft.finish(cfg.Branch(name, after, otherwise))
        else:
            then = self._draft.new()
            self.test(expr.test, then, otherwise)
            self._draft.start(then)
            self._store(name, expr.then)
            self._draft.finish(cfg.Jump(after))
        self._draft.start(otherwise)
        self._store(name, expr.otherwise)
        self._draft.join(after)

    def _store_logic(self, name: nodes.Name, expr: Expr) -> None:
        yes, no, after = self._draft.new(), self._draft.new(), self._draft.new()
        self.test(expr, yes, no)
        for block, number in ((yes, 1), (no, 0)):
            self._draft.start(block)
            self._set(name, nodes.Number(expr.start, expr.end, number))
            self._draft.finish(cfg.Jump(after))
        self._draft.start(after)

    @_lowers(nodes.Name)
    def _name(self, expr: nodes.Name) -> Expr:
        name = self._scopes.resolve(expr.name)
        return expr if name == expr.name else nodes.Name(expr.start, expr.end, name)

    @_lowers(nodes.Call)
    def _call(self, expr: nodes.Call) -> Expr:
        name = expr.callee.name if isinstance(expr.callee, nodes.Name) else ""
        stops = self._conventions.stops(name) if name else ""
        if stops == "nonzero" and expr.args:
            return self._stop_unless_zero(expr)
        callee = self.value(expr.callee)
        args = self.values(expr.args)
        if callee is not expr.callee or args is not expr.args:
            expr = nodes.Call(expr.start, expr.end, callee, args)
        if stops == "always":
            self._draft.add(cfg.Evaluate(expr))
            self._draft.finish(cfg.Stop())
        return expr

    def _stop_unless_zero(self, expr: nodes.Call) -> Expr:
        """What is printed when the path stops is of no interest: other arguments are dropped."""
        stop, after = self._draft.new(), self._draft.new()
        self.test(expr.args[0], stop, after)
        self._draft.start(stop)
        self._draft.finish(cfg.Stop())
        self._draft.start(after)
        return nodes.Number(expr.start, expr.end, 0)

    def values(self, exprs: tuple[Expr, ...]) -> tuple[Expr, ...]:
        """The values of several expressions, the same tuple if nothing had to be done."""
        lowered = tuple(map(self.value, exprs))
        return lowered if any(map(_differs, lowered, exprs)) else exprs

    @_lowers(nodes.Member)
    def _member(self, expr: nodes.Member) -> Expr:
        base = self.value(expr.base)
        if base is expr.base:
            return expr
        return nodes.Member(expr.start, expr.end, base, expr.field, expr.arrow)

    @_lowers(nodes.Index)
    def _index(self, expr: nodes.Index) -> Expr:
        base, index = self.value(expr.base), self.value(expr.index)
        if base is expr.base and index is expr.index:
            return expr
        return nodes.Index(expr.start, expr.end, base, index)

    @_lowers(nodes.Unary)
    def _unary(self, expr: nodes.Unary) -> Expr:
        operand = self.value(expr.operand)
        if operand is expr.operand:
            return expr
        return nodes.Unary(expr.start, expr.end, expr.op, operand)

    @_lowers(nodes.Binary)
    def _binary(self, expr: nodes.Binary) -> Expr:
        if expr.op in _LOGICAL:
            return self.temporary(expr)
        left, right = self.value(expr.left), self.value(expr.right)
        if left is expr.left and right is expr.right:
            return expr
        return nodes.Binary(expr.start, expr.end, expr.op, left, right)

    def _assign(self, expr: nodes.Assign) -> nodes.Assign:
        target, value = self.value(expr.target), self.value(expr.value)
        if target is expr.target and value is expr.value:
            return expr
        return nodes.Assign(expr.start, expr.end, expr.op, target, value)

    @_lowers(nodes.Assign)
    def _inner_assign(self, expr: nodes.Assign) -> Expr:
        """Assign first, then use the target; a temporary if that would repeat an effect."""
        assign = self._assign(expr)
        if _is_repeatable(assign.target):
            self._draft.add(cfg.Evaluate(assign))
            return assign.target
        if assign.op != "=":
            return assign
        value = self.temporary(assign.value)
        self._draft.add(cfg.Evaluate(nodes.Assign(expr.start, expr.end, "=", assign.target, value)))
        return value

    @_lowers(nodes.Cast)
    def _cast(self, expr: nodes.Cast) -> Expr:
        operand = self.value(expr.operand)
        if operand is expr.operand:
            return expr
        return nodes.Cast(expr.start, expr.end, expr.type, operand)

    @_lowers(nodes.Comma)
    def _comma(self, expr: nodes.Comma) -> Expr:
        self.effect(expr.left)
        return self.value(expr.right)

    @_lowers(nodes.InitList)
    def _list(self, expr: nodes.InitList) -> Expr:
        given = tuple(value for _, value in expr.items)
        values = self.values(given)
        if values is given:
            return expr
        fields = [field for field, _ in expr.items]
        return nodes.InitList(expr.start, expr.end, tuple(zip(fields, values, strict=True)))


def _differs(one: object, other: object) -> bool:
    return one is not other


def _is_repeatable(expr: Expr) -> bool:
    """Whether reading it a second time has no effect."""
    if isinstance(expr, nodes.Member):
        return _is_repeatable(expr.base)
    if isinstance(expr, nodes.Index):
        return _is_repeatable(expr.base) and _is_repeatable(expr.index)
    if isinstance(expr, nodes.Binary):
        return _is_repeatable(expr.left) and _is_repeatable(expr.right)
    if isinstance(expr, nodes.Cast):
        return _is_repeatable(expr.operand)
    if isinstance(expr, nodes.Unary):
        return expr.op not in _CHANGING and _is_repeatable(expr.operand)
    return isinstance(expr, nodes.Name | nodes.Number)
