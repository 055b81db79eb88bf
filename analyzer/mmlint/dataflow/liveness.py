"""Which locals are read later on: what the others hold makes no difference between two paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mmlint.dataflow import cfg as c
from mmlint.syntax import nodes as n
from mmlint.syntax.nodes import Expr

if TYPE_CHECKING:
    from collections.abc import Container

    from mmlint.dataflow.cfg import Cfg, Op
    from mmlint.dataflow.state import State

# Of the other kinds of expression in a graph nothing is evaluated.
_INNER: Final[dict[type[Expr], tuple[str, ...]]] = {
    n.Member: ("base",),
    n.Index: ("base", "index"),
    n.Unary: ("operand",),
    n.Binary: ("left", "right"),
    n.Assign: ("target", "value"),
    n.Cast: ("operand",),
    n.Comma: ("left", "right"),
}


class Liveness:
    """Answers for one function, whose variables are `names`; sets of them are kept as bits.

    A local whose address is taken, or which is an object that others may name, lives on.
    """

    def __init__(self, cfg: Cfg, names: Container[str], objects: Container[str]) -> None:
        self._names = names
        self._objects = objects
        self._bits: dict[str, int] = {}
        self._order: list[str] = []
        self._lasting = 0
        self._ended: dict[tuple[int, int], tuple[str, ...]] = {}
        self._read: list[int] = []
        self._set: list[int] = []
        for block in cfg.blocks:
            self._enter(block)
        self._live = self._settled(cfg)

    def forget_ended(self, block: int, target: int, state: State) -> None:
        """Drop the variables from a state on its way from `block` to `target`."""
        edge = (block, target)
        ended = self._ended.get(edge)
        if ended is None:
            ended = self._ended[edge] = self.ended(block, target)
        for name in ended:
            state.env.pop(name, None)

    def ended(self, block: int, target: int) -> tuple[str, ...]:
        """The variables that are of no use any more where `block` leads to `target`."""
        there = self._live[block] | self._read[block] | self._set[block]
        gone = there & ~(self._live[target] | self._lasting)
        found: list[str] = []
        while gone:
            lowest = gone & -gone
            found.append(self._order[lowest.bit_length() - 1])
            gone ^= lowest
        return tuple(found)

    def _settled(self, cfg: Cfg) -> list[int]:
        """The variables that are read before they are set, at the start of each block."""
        live = list(self._read)
        after = [c.successors(block.end) for block in cfg.blocks]
        changed = True
        while changed:
            changed = False
            for index in range(len(live) - 1, -1, -1):
                further = 0
                for target in after[index]:
                    further |= live[target]
                found = self._read[index] | (further & ~self._set[index])
                changed |= found != live[index]
                live[index] = found
        return live

    def _enter(self, block: c.Block) -> None:
        read = defined = 0
        for op in block.ops:
            used, changed = self._operation(op)
            read |= used & ~defined
            defined |= changed
        end = block.end
        if isinstance(end, c.Branch):
            read |= self._used(end.test) & ~defined
        elif isinstance(end, c.Leave) and end.value is not None:
            read |= self._used(end.value) & ~defined
        self._read.append(read)
        self._set.append(defined)

    def _operation(self, op: Op) -> tuple[int, int]:
        """The variables that are read, and those that are set after that."""
        if isinstance(op, c.Bind):
            return self._used(op.value) if op.value is not None else 0, self._bit(op.name)
        if isinstance(op, c.Advance):
            used = changed = 0
            for position, arg in enumerate(op.args):
                if position in op.assigned and isinstance(arg, n.Name):
                    changed |= self._bit(arg.name)
                else:
                    used |= self._used(arg)
            return used, changed
        value = op.value
        if isinstance(value, n.Assign) and value.op == "=" and isinstance(value.target, n.Name):
            return self._used(value.value), self._bit(value.target.name)
        return self._used(value), 0

    def _used(self, expr: Expr) -> int:
        """The variables that an expression names."""
        found = 0
        stack: list[Expr] = [expr]
        while stack:
            one = stack.pop()
            if type(one) is n.Name:
                found |= self._bit(one.name)
            elif type(one) is n.Call:
                stack.append(one.callee)
                stack += one.args
            elif type(one) is n.InitList:
                stack += [value for _, value in one.items]
            else:
                if type(one) is n.Unary and one.op == "&":
                    self._lasting |= self._addressed(one.operand)
                stack += [getattr(one, field) for field in _INNER.get(type(one), ())]
        return found

    def _addressed(self, operand: Expr) -> int:
        """The variable whose address, or that of a part of it, is taken."""
        while isinstance(operand, n.Index | n.Cast) or (
            isinstance(operand, n.Member) and not operand.arrow
        ):
            operand = operand.operand if isinstance(operand, n.Cast) else operand.base
        return self._bit(operand.name) if isinstance(operand, n.Name) else 0

    def _bit(self, name: str) -> int:
        """The variable as a set; globals are none of ours."""
        bit = self._bits.get(name)
        if bit is None:
            own = name in self._names or name.startswith("$")
            bit = self._bits[name] = 1 << len(self._order) if own else 0
            if own:
                self._order.append(name)
            if name in self._objects:
                self._lasting |= bit
        return bit
