"""Statements into blocks and edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import msgspec

from mmlint.dataflow import cfg
from mmlint.dataflow.draft import Draft
from mmlint.dataflow.scopes import Scopes
from mmlint.dataflow.values import Consumer, Conventions, ValueLowering
from mmlint.syntax import nodes
from mmlint.syntax.nodes import Expr, FunctionDef

__all__ = ["lower"]


def lower(
    fn: FunctionDef,
    is_loop: Callable[[str], bool],
    assigned: Callable[[str], tuple[int, ...]],
    stops: Callable[[str], str],
    transparent: Callable[[str], bool],
) -> cfg.Cfg:
    """The flow of a function.

    Of a macro in front of a block `is_loop` says whether it is an iterator and `assigned` which
    of its arguments, counted from 0, get a new value each round. `stops` is "always" for a
    function that does not return, "nonzero" for one that does not if its first argument is not
    zero, else "". `transparent` functions give back what they are asked: as a test, such a call
    is its argument.
    """
    lowering = _StatementLowering(fn, Conventions(is_loop, assigned, stops, transparent))
    return lowering.whole()


_Lower = TypeVar("_Lower", bound=Callable[..., None])
_STATEMENTS: dict[type[nodes.Stmt], Callable[..., None]] = {}


def _lowers(kind: type[nodes.Stmt]) -> Callable[[_Lower], _Lower]:
    """Enter a method for this kind of statement."""

    def enter(lower: _Lower) -> _Lower:
        _STATEMENTS[kind] = lower
        return lower

    return enter


class _Targets(NamedTuple):
    """Where `break` and `continue` lead; None where they make no sense."""

    on_break: int | None = None
    on_continue: int | None = None


class _Cases(msgspec.Struct):
    """The labels of a switch with their blocks."""

    values: list[tuple[Expr, int]]
    default: int | None = None


class _StatementLowering:
    # What `del` may take away where the module is compiled.
    __deletable__ = ("_values",)

    def __init__(self, fn: FunctionDef, conventions: Conventions) -> None:
        self._fn = fn
        self._conventions = conventions
        self._draft = Draft()
        self._scopes = Scopes(param.name for param in fn.params)
        self._values = ValueLowering(self._draft, self._scopes, conventions, self._run_expression)
        self._labels: dict[str, int] = {}
        self._targets = _Targets()
        self._cases: _Cases | None = None

    def whole(self) -> cfg.Cfg:
        for stmt in self._fn.body:
            self._lower(stmt)
        self._draft.finish(cfg.Leave(None, max(self._fn.end - 1, 0)))
        # It calls back, and nobody collects what holds itself.
        del self._values
        return self._draft.close()

    def _lower(self, stmt: nodes.Stmt) -> None:
        lower = _STATEMENTS.get(type(stmt))
        if lower is not None:
            lower(self, stmt)

    def _run(self, body: tuple[nodes.Stmt, ...]) -> None:
        with self._scopes.inner():
            for stmt in body:
                self._lower(stmt)

    def _run_in(self, body: tuple[nodes.Stmt, ...], targets: _Targets) -> None:
        outer = self._targets
        self._targets = targets
        self._run(body)
        self._targets = outer

    def _run_expression(self, body: tuple[nodes.Stmt, ...], consume: Consumer) -> bool:
        """Lower a statement expression; `consume` gets its value if it has one."""
        with self._scopes.inner():
            for stmt in body[:-1]:
                self._lower(stmt)
            last = body[-1] if body else None
            if isinstance(last, nodes.Evaluate):
                consume(last.value)
                return True
            if last is not None:
                self._lower(last)
            return False

    @_lowers(nodes.Evaluate)
    def _evaluate(self, stmt: nodes.Evaluate) -> None:
        self._values.effect(stmt.value)

    @_lowers(nodes.Declare)
    def _declare(self, stmt: nodes.Declare) -> None:
        name = self._scopes.declare(stmt.name)
        value = None if stmt.value is None else self._values.value(stmt.value)
        self._draft.add(
            cfg.Bind(name, stmt.type, stmt.pointer, stmt.array, stmt.static, value, stmt.start)
        )

    @_lowers(nodes.Block)
    def _block(self, stmt: nodes.Block) -> None:
        self._run(stmt.body)

    @_lowers(nodes.If)
    def _if(self, stmt: nodes.If) -> None:
        then, after = self._draft.new(), self._draft.new()
        otherwise = self._draft.new() if stmt.otherwise else after
        self._values.test(stmt.test, then, otherwise)
        self._draft.start(then)
        self._run(stmt.then)
        self._draft.finish(cfg.Jump(after))
        if stmt.otherwise:
            self._draft.start(otherwise)
            self._run(stmt.otherwise)
            self._draft.finish(cfg.Jump(after))
        self._draft.start(after)

    @_lowers(nodes.Loop)
    def _loop(self, stmt: nodes.Loop) -> None:
        with self._scopes.inner():
            for first in stmt.init:
                self._lower(first)
            if stmt.kind == "do":
                self._bottom_tested(stmt)
            else:
                self._top_tested(stmt)

    def _bottom_tested(self, stmt: nodes.Loop) -> None:
        body, test, after = self._draft.new(), self._draft.new(), self._draft.new()
        self._draft.join(body)
        self._run_in(stmt.body, _Targets(after, test))
        self._draft.join(test)
        self._test_round(stmt.test, body, after)
        self._draft.start(after)

    def _top_tested(self, stmt: nodes.Loop) -> None:
        head, body, after = self._draft.new(), self._draft.new(), self._draft.new()
        step = head if stmt.step is None else self._draft.new()
        self._draft.join(head)
        self._test_round(stmt.test, body, after)
        self._draft.start(body)
        self._run_in(stmt.body, _Targets(after, step))
        if stmt.step is not None:
            self._draft.join(step)
            self._values.effect(stmt.step)
        self._draft.finish(cfg.Jump(head))
        self._draft.start(after)

    def _test_round(self, test: Expr | None, body: int, after: int) -> None:
        if test is None:
            self._draft.finish(cfg.Jump(body))
        else:
            self._values.test(test, body, after)

    @_lowers(nodes.MacroBlock)
    def _macro_block(self, stmt: nodes.MacroBlock) -> None:
        if not self._conventions.is_loop(stmt.name):
            word = nodes.Name(stmt.start, stmt.start + len(stmt.name), stmt.name)
            self._values.effect(nodes.Call(word.start, word.end, word, stmt.args))
            self._run(stmt.body)
            return
        head, body, after = self._draft.new(), self._draft.new(), self._draft.new()
        self._draft.join(head)
        args = self._values.values(stmt.args)
        assigned = self._conventions.assigned(stmt.name)
        self._draft.add(cfg.Advance(stmt.name, args, assigned, stmt.start))
        self._draft.finish(cfg.Fork((body, after)))
        self._draft.start(body)
        self._run_in(stmt.body, _Targets(after, head))
        self._draft.finish(cfg.Jump(head))
        self._draft.start(after)

    @_lowers(nodes.Switch)
    def _switch(self, stmt: nodes.Switch) -> None:
        choice, after = self._draft.new(), self._draft.new()
        value = self._values.temporary(stmt.value)
        self._draft.finish(cfg.Jump(choice))
        outer, cases = self._cases, _Cases([])
        self._cases = cases
        self._run_in(stmt.body, _Targets(after, self._targets.on_continue))
        self._cases = outer
        self._draft.finish(cfg.Jump(after))
        self._draft.start(choice)
        for label, block in cases.values:
            other = self._draft.new()
            test = nodes.Binary(label.start, label.end, "==", value, label)
            self._values.test(test, block, other)
            self._draft.start(other)
        self._draft.finish(cfg.Jump(after if cases.default is None else cases.default))
        self._draft.start(after)

    @_lowers(nodes.Case)
    def _case(self, stmt: nodes.Case) -> None:
        block = self._draft.new()
        self._draft.join(block)
        if self._cases is None:
            return
        if stmt.value is None:
            self._cases.default = block
        else:
            self._cases.values.append((stmt.value, block))

    def _label_block(self, name: str) -> int:
        if name not in self._labels:
            self._labels[name] = self._draft.new()
        return self._labels[name]

    @_lowers(nodes.Label)
    def _label(self, stmt: nodes.Label) -> None:
        self._draft.join(self._label_block(stmt.name))

    @_lowers(nodes.Goto)
    def _goto(self, stmt: nodes.Goto) -> None:
        self._draft.finish(cfg.Jump(self._label_block(stmt.name)))

    @_lowers(nodes.Break)
    def _break(self, _: nodes.Break) -> None:
        self._leave_round(self._targets.on_break)

    @_lowers(nodes.Continue)
    def _continue(self, _: nodes.Continue) -> None:
        self._leave_round(self._targets.on_continue)

    def _leave_round(self, target: int | None) -> None:
        # Without a loop around it this is the body of a macro; its user's loop is not known.
        self._draft.finish(cfg.Stop() if target is None else cfg.Jump(target))

    @_lowers(nodes.Return)
    def _return(self, stmt: nodes.Return) -> None:
        if stmt.value is None:
            self._draft.finish(cfg.Leave(None, stmt.start))
        else:
            self._leave(stmt.value, stmt.start)

    def _leave(self, value: Expr, at: int) -> None:
        while isinstance(value, nodes.Comma):
            self._values.effect(value.left)
            value = value.right
        if self._values.is_logical(value):
            self._leave_truth(value, at)
        elif isinstance(value, nodes.Conditional):
            self._leave_choice(value, at)
        elif isinstance(value, nodes.StatementExpr):
            if not self._run_expression(value.body, lambda last: self._leave(last, at)):
                self._draft.finish(cfg.Leave(None, at))
        else:
            self._draft.finish(cfg.Leave(self._values.value(value), at))

    def _leave_truth(self, value: Expr, at: int) -> None:
        yes, no = self._draft.new(), self._draft.new()
        self._values.test(value, yes, no)
        for block, number in ((yes, 1), (no, 0)):
            self._draft.start(block)
            self._draft.finish(cfg.Leave(nodes.Number(value.start, value.end, number), at))

    def _leave_choice(self, value: nodes.Conditional, at: int) -> None:
        then, otherwise = self._draft.new(), self._draft.new()
        if value.then is None:
            first = self._values.temporary(value.test)
            self._draft.finish(cfg.Branch(first, then, otherwise))
            self._draft.start(then)
            self._draft.finish(cfg.Leave(first, at))
        else:
            self._values.test(value.test, then, otherwise)
            self._draft.start(then)
            self._leave(value.then, at)
        self._draft.start(otherwise)
        self._leave(value.otherwise, at)
