"""Expressions: what value they have in a state, what they store and which pages they touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmlint.dataflow import terms as t
from mmlint.dataflow.calls import Calls
from mmlint.dataflow.needs import Asked
from mmlint.dataflow.ranges import COMPARED, asked_of
from mmlint.dataflow.terms import Term, make
from mmlint.syntax import nodes as n

if TYPE_CHECKING:
    from mmlint.dataflow.frame import Frame
    from mmlint.dataflow.state import Location, State

_ADDRESS = "address"
_METHODS: dict[type[n.Expr], str] = {}
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


class Evaluator:
    """Evaluates the expressions of one function; states are changed in place."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.calls = Calls(frame)
        self.needs = self.calls.needs

    def value(self, expr: n.Expr, state: State) -> Term:
        """The term that the expression denotes, its effects done to `state`."""
        kind = type(expr)
        name = _METHODS.get(kind)
        if name is None:
            name = f"_{kind.__name__.lower()}"
            name = _METHODS[kind] = name if hasattr(self, name) else "_opaque"
        result: Term = getattr(self, name)(expr, state)
        return result

    def _opaque(self, expr: n.Expr, _state: State) -> Term:
        return make("deep", type(expr).__name__, site=self.frame.site(expr.start))

    # Leaves

    def _name(self, expr: n.Name, state: State) -> Term:
        name = expr.name
        found = state.env.get(name)
        if found is not None:
            return found
        if name in ("NULL", "false"):
            return t.NULL
        if name == "true":
            return t.number(1)
        if name in self.frame.locals:
            kind, pointer = self.frame.types.get(name, ("", 0))
            if not pointer and kind.startswith(("struct ", "union ")):
                return make("local", name)
            return make("undef", name)
        self.frame.sight(name, (), state)
        found = make("global", name)
        self.frame.read_at.setdefault(found, expr.start)
        return found

    def _number(self, expr: n.Number, _state: State) -> Term:
        if expr.value is None:
            return make("deep", "number", site=self.frame.site(expr.start))
        return t.number(expr.value)

    def _text(self, _expr: n.Text, _state: State) -> Term:
        return make("global", '""')

    def _typename(self, expr: n.TypeName, _state: State) -> Term:
        return make("global", expr.text)

    # Memory

    def _member(self, expr: n.Member, state: State) -> Term:
        location, base = self._field(expr, state)
        if base.kind == "link" and self.frame.collects():
            self.frame.zones.add(base.args[0])
        if expr.arrow or base.kind == "page":
            self.needs.touch(base, expr.start, f"->{expr.field}", state)
        found = self._load(location, state)
        self.frame.read_at.setdefault(found, expr.start)
        return found

    def _field(self, expr: n.Member, state: State) -> tuple[tuple[Term, str], Term]:
        """Where a member lives, and the object that it is a member of."""
        base = self._base(expr.base, state) if not expr.arrow else self.value(expr.base, state)
        base = base.args[0] if base.kind == "opt" and not self._nullable_page(base) else base
        return (base, expr.field), base

    @staticmethod
    def _nullable_page(base: Term) -> bool:
        return base.args[0].kind == "page"

    def _base(self, expr: n.Expr, state: State) -> Term:
        """The object that `.field` is taken of: a local by its address, the rest by value."""
        if isinstance(expr, n.Name) and expr.name in self.frame.locals:
            held = state.env.get(expr.name)
            return held if held is not None else make("local", expr.name)
        if isinstance(expr, n.Member):
            location, base = self._field(expr, state)
            if expr.arrow and not self._is_head(expr):
                self.needs.touch(base, expr.start, f"->{expr.field}", state)
            return base if self._is_head(expr) else self._load(location, state)
        if isinstance(expr, n.Unary) and expr.op == "*":
            return self.value(expr.operand, state)
        return self.value(expr, state)

    def _is_head(self, expr: n.Member) -> bool:
        return expr.field in self.frame.knowledge.page_heads

    def _load(self, location: Location, state: State) -> Term:
        found = state.env.get(location)
        if found is not None:
            return found
        if isinstance(location, str):
            return make("undef", location)
        return make("field", location[1], (location[0],))

    def _index(self, expr: n.Index, state: State) -> Term:
        base = self.value(expr.base, state)
        index = self.value(expr.index, state)
        if base.kind in ("page", "opt") and t.pfn_of(base) is not base:
            moved = t.total(base, index)
            self.needs.touch(moved, expr.start, "[]", state)
            return moved
        found = state.env.get((base, f"[{index!r}]")) or make("elem", args=(base, index))
        self.frame.read_at.setdefault(found, expr.start)
        return found

    # Operators

    def _unary(self, expr: n.Unary, state: State) -> Term:
        if expr.op in ("++x", "--x", "x++", "x--"):
            before = self.value(expr.operand, state)
            step = t.number(1 if "+" in expr.op else -1)
            after = t.total(before, step)
            self.store(expr.operand, after, state)
            return before if expr.op.startswith("x") else after
        if expr.op == "&":
            return self._address(expr.operand, state)
        operand = self.value(expr.operand, state)
        if expr.op == "*":
            return self._dereference(expr, operand, state)
        if expr.op == "-":
            return t.negative(operand)
        if expr.op == "!":
            return make("op", "==", (operand, t.NULL))
        return operand if expr.op == "+" else make("op", expr.op, (operand,))

    def _dereference(self, expr: n.Unary, pointer: Term, state: State) -> Term:
        if pointer.kind == "local":
            return state.env.get(pointer.name) or make("undef", pointer.name)
        self.needs.touch(pointer, expr.start, "*", state)
        found = self._load((pointer, "*"), state)
        self.frame.read_at.setdefault(found, expr.start)
        return found

    def _address(self, operand: n.Expr, state: State) -> Term:
        """`&x`: of a local its name, of a member the object with the member's name."""
        if isinstance(operand, n.Name):
            if operand.name in self.frame.locals:
                return make("local", operand.name)
            return make("global", f"&{operand.name}")
        if isinstance(operand, n.Member):
            return self._address_of_member(operand, state)
        if isinstance(operand, n.Index):
            base = self.value(operand.base, state)
            index = self.value(operand.index, state)
            return t.total(base, index)
        if isinstance(operand, n.Unary) and operand.op == "*":
            return self.value(operand.operand, state)
        return self.value(operand, state)

    def _address_of_member(self, operand: n.Member, state: State) -> Term:
        inner = operand.base
        base = self.value(inner, state) if operand.arrow else self._base(inner, state)
        return base if self._is_head(operand) else make("op", f"&{operand.field}", (base,))

    def _binary(self, expr: n.Binary, state: State) -> Term:
        left = self.value(expr.left, state)
        right = self.value(expr.right, state)
        if expr.op == "+":
            return t.total(left, right)
        if expr.op == "-":
            if left.kind in ("page", "opt") and right.kind in ("page", "opt", "param"):
                return make("op", "-", (left, right))
            return t.total(left, t.negative(right))
        if left.kind == "num" and right.kind == "num":
            return self._folded(expr.op, left.value, right.value)
        if expr.op in ("==", "!="):
            self._compared_zones(expr, left, right, state)
        return make("op", expr.op, (left, right))

    def _compared_zones(self, expr: n.Binary, left: Term, right: Term, state: State) -> None:
        """The zone of one page is the measure for another, whose own word for it is believed."""
        if "link" not in (left.kind, right.kind) or not self.frame.collects():
            return
        link, other = (left, right) if left.kind == "link" else (right, left)
        # What a loop kept of this very PFN is that of a round before.
        if other is link or asked_of(other, self.frame) is None:
            return
        how = "is compared with that of another page"
        place = self.frame.place(expr.start)
        asked = Asked("zone", link.args[0], place, f"page_{link.name}", how, expr.start)
        self.needs.require(asked, state, frozenset({COMPARED}))

    @staticmethod
    def _folded(op: str, left: int, right: int) -> Term:
        if op in _COMPARISONS:
            outcomes = {"==": left == right, "!=": left != right, "<": left < right}
            outcomes |= {"<=": left <= right, ">": left > right, ">=": left >= right}
            return t.number(int(outcomes[op]))
        return make("op", op, (t.number(left), t.number(right)))

    def _cast(self, expr: n.Cast, state: State) -> Term:
        """The address of a page as a number is no page, until it is a pointer again."""
        value = self.value(expr.operand, state)
        if expr.type.endswith("*"):
            return value.args[0] if value.kind == "op" and value.name == _ADDRESS else value
        return make("op", _ADDRESS, (value,)) if self._is_page(value) else value

    def _is_page(self, value: Term) -> bool:
        if value.kind == "param":
            kind, pointer = self.frame.types.get(value.name, ("", 0))
            return pointer == 1 and kind in self.frame.knowledge.page_types
        return value.kind == "page" or (value.kind == "opt" and value.args[0].kind == "page")

    def _comma(self, expr: n.Comma, state: State) -> Term:
        self.value(expr.left, state)
        return self.value(expr.right, state)

    def _initlist(self, expr: n.InitList, state: State) -> Term:
        for _, item in expr.items:
            self.value(item, state)
        return make("deep", "{}", site=self.frame.site(expr.start))

    # Stores

    def _assign(self, expr: n.Assign, state: State) -> Term:
        value = self.value(expr.value, state)
        if expr.op != "=":
            before = self.value(expr.target, state)
            value = self._compound(expr.op[:-1], before, value)
        self.store(expr.target, value, state)
        return value

    @staticmethod
    def _compound(op: str, before: Term, value: Term) -> Term:
        if op == "+":
            return t.total(before, value)
        if op == "-":
            return t.total(before, t.negative(value))
        return make("op", op, (before, value))

    def store(self, target: n.Expr, value: Term, state: State) -> None:
        """Make `target` hold `value`."""
        if isinstance(target, n.Name):
            state.env[target.name] = value
            self.frame.typed(target.name, value)
        elif isinstance(target, n.Member):
            location, base = self._field(target, state)
            if target.arrow:
                self.needs.touch(base, target.start, f"->{target.field}", state)
            state.env[location] = value
            self.frame.kept.add((base, target.field, value))
        elif isinstance(target, n.Unary) and target.op == "*":
            pointer = self.value(target.operand, state)
            if pointer.kind == "local":
                state.env[pointer.name] = value
            else:
                self.needs.touch(pointer, target.start, "*", state)
                state.env[pointer, "*"] = value
        elif isinstance(target, n.Index):
            base = self.value(target.base, state)
            index = self.value(target.index, state)
            state.env[base, f"[{index!r}]"] = value
        elif isinstance(target, n.Cast):
            self.store(target.operand, value, state)

    def initialise(self, name: str, value: n.InitList, state: State) -> None:
        """A structure local with its initialiser."""
        base = make("local", name)
        for field, item in value.items:
            held = self.value(item, state)
            if field is not None:
                state.env[base, field] = held

    # Calls

    def _call(self, expr: n.Call, state: State) -> Term:
        name = expr.callee.name if isinstance(expr.callee, n.Name) else ""
        # A local of that name without a value is declared further down.
        if not name or (name in self.frame.locals and name in state.env):
            callee = self.value(expr.callee, state)
            args = tuple(self.value(arg, state) for arg in expr.args)
            return self.calls.indirect(callee, args, expr, state)
        args = tuple(self.value(arg, state) for arg in expr.args)
        value = self.calls.call(name, args, expr, state)
        self.frame.read_at.setdefault(value, expr.start)
        return value
