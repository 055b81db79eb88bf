"""Names as one function sees them: its parameters and locals, or the parameters of a macro."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from mmlint.syntax import nodes
from mmlint.syntax.walk import walk_in_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mmlint.syntax.nodes import Declare, Expr, FunctionDef, Parameter

_STRUCTURES = ("struct ", "union ")


class Scope:
    """What names mean in the file `path`, in `function` if there is one.

    In the body of a macro its parameters are `bound` to the arguments of the use, which mean what
    they mean in the scope `outer`. The offsets of `function` count from `base`.
    """

    def __init__(
        self,
        path: str,
        function: FunctionDef | None = None,
        bound: dict[str, Expr] | None = None,
        outer: Scope | None = None,
        base: int = 0,
    ) -> None:
        self.path = path
        self.function = function
        self.bound = bound or {}
        self.outer = outer
        self.base = base
        self._surveyed = False
        self._declared: defaultdict[str, list[Declare]] = defaultdict(list)
        # Where the blocks end that they are declared in, by where they are.
        self._ends: dict[int, float] = {}
        self._values: defaultdict[str, list[Expr]] = defaultdict(list)
        self._calls: list[nodes.Call | nodes.MacroBlock] = []
        self._assigned: list[nodes.Assign] = []

    def resolved(self, expr: Expr) -> tuple[Expr, Scope]:
        """An expression, or the argument that it is the parameter for, with the scope of that."""
        here: Scope = self
        while isinstance(expr, nodes.Name) and expr.name in here.bound and here.outer is not None:
            expr, here = here.bound[expr.name], here.outer
        return expr, here

    def field(self, member: nodes.Member) -> str:
        """The field that is named, where a macro is given its name too."""
        given, _ = self.resolved(nodes.Name(0, 0, member.field))
        return given.name if isinstance(given, nodes.Name) else member.field

    def parameter(self, name: str) -> tuple[int, Parameter] | None:
        """The position, from 0, and the declaration of a parameter."""
        for at, param in enumerate(self.function.params if self.function is not None else ()):
            if param.name == name:
                return at, param
        return None

    def local(self, name: str, offset: int) -> Declare | None:
        """The declaration of a local that is nearest before an offset, else the first one."""
        self._survey()
        found = self._declared.get(name, [])
        before = [each for each in found if each.start <= offset]
        return before[-1] if before else next(iter(found), None)

    def is_local(self, name: str, offset: int) -> bool:
        """Whether a local is declared before an offset, in a block around it."""
        self._survey()
        found = self._declared.get(name, ())
        return any(each.start <= offset < self._ends[each.start] for each in found)

    def hides(self, name: str, offset: int) -> bool:
        """Whether `name` is a parameter, or a local at a byte offset, and not a function."""
        return self.parameter(name) is not None or self.is_local(name, offset - self.base)

    def values(self, name: str) -> list[Expr]:
        """Everything that is assigned to a local or a parameter."""
        self._survey()
        return self._values.get(name, [])

    def assignments(self, offset: int) -> list[nodes.Assign]:
        """The assignments whose sign ends at a byte offset."""
        self._survey()
        offset -= self.base
        return [node for node in self._assigned if node.target.end < offset <= node.value.start]

    def given_around(self, offset: int) -> list[tuple[Expr, Expr]]:
        """What is assigned, or a local's first value, around a byte offset: target and value."""
        self._survey()
        offset -= self.base
        declared = (each for every in self._declared.values() for each in every)
        given: list[tuple[Expr, Expr | None]] = [
            *((node.target, node.value) for node in self._assigned),
            *((nodes.Name(node.start, node.end, node.name), node.value) for node in declared),
        ]
        return [
            (target, value)
            for target, value in given
            if value is not None and value.start <= offset < value.end
        ]

    def macro_uses(self, name: str) -> list[nodes.Call]:
        """The uses of macros, or calls, whose first argument is `name`."""
        return [
            use
            for use in self.calls()
            if isinstance(use, nodes.Call)
            and use.args
            and isinstance(use.args[0], nodes.Name)
            and use.args[0].name == name
        ]

    def calls(self) -> list[nodes.Call | nodes.MacroBlock]:
        """All calls, and the uses of macros in front of blocks, outer before inner."""
        self._survey()
        return self._calls

    def _survey(self) -> None:
        if self._surveyed:
            return
        self._surveyed = True
        body = self.function.body if self.function is not None else ()
        for node, end in walk_in_blocks(body):
            if isinstance(node, nodes.Declare):
                self._declared[node.name].append(node)
                self._ends[node.start] = end
                self._values[node.name] += _values(node)
            elif isinstance(node, nodes.Assign) and node.op == "=":
                self._assigned.append(node)
                if isinstance(node.target, nodes.Name):
                    self._values[node.target.name].append(node.value)
            elif isinstance(node, nodes.Call | nodes.MacroBlock):
                self._calls.append(node)


def _values(declared: Declare) -> Iterable[Expr]:
    """The first value of a local, or those of the elements of an array that is no structure's."""
    value = declared.value
    if not isinstance(value, nodes.InitList):
        return () if value is None else (value,)
    in_order = declared.array and not declared.type.startswith(_STRUCTURES)
    return [element for _, element in value.items] if in_order else (value,)
