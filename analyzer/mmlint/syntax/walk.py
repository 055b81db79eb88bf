"""All nodes of a parsed body, outer before inner, in the order of the source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from math import inf

from mmlint.syntax import nodes

_WITH_BLOCKS = frozenset(
    (nodes.If, nodes.Loop, nodes.Switch, nodes.Block, nodes.MacroBlock, nodes.StatementExpr)
)


@cache
def _fields(kind: type[nodes.Node]) -> tuple[str, ...]:
    """The fields of a kind of node that hold other nodes, in the order of the source."""
    found: list[str] = []
    for owner in reversed(kind.__mro__):
        for name, hint in vars(owner).get("__annotations__", {}).items():
            if "Expr" in hint or "Stmt" in hint:
                found.append(name)
    return tuple(found)


def walk(roots: Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    """`roots` and everything inside of them."""
    todo = list(roots)[::-1]
    while todo:
        node = todo.pop()
        yield node
        names = _fields(type(node))
        if not names:
            continue
        inner: list[nodes.Node] = []
        for name in names:
            value = getattr(node, name)
            # Most are one node or nothing.
            if isinstance(value, nodes.Node):
                inner.append(value)
            elif value:
                _collect(value, inner)
        inner.reverse()
        todo += inner


def walk_in_blocks(roots: Iterable[nodes.Node]) -> Iterator[tuple[nodes.Node, float]]:
    """The same, each with the offset at which the innermost block around it ends.

    Of what is in none that is infinite.
    """
    ends = [inf]
    for node in walk(roots):
        while node.start >= ends[-1]:
            ends.pop()
        yield node, ends[-1]
        if type(node) in _WITH_BLOCKS:
            ends.append(node.end)


def _collect(value: object, inner: list[nodes.Node]) -> None:
    if isinstance(value, nodes.Node):
        inner.append(value)
    elif isinstance(value, tuple):
        # The items of an initialiser are pairs of a designator and a value.
        for item in value:
            _collect(item, inner)
