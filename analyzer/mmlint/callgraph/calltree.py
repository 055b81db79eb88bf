"""The tree of a function's callers or callees, as far as somebody wants to see it."""

from __future__ import annotations

from posixpath import commonpath, dirname
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec

from mmlint.callgraph.graph import EDGE_KINDS, NODE_KINDS, GraphEdge, GraphNode
from mmlint.callgraph.named_lines import NamedLine
from mmlint.callgraph.queries import Direction, asking

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from mmlint.callgraph.queries import Explorer

MOST_NODES: Final = 5_000
"""A tree of more nodes than this is nothing to read; its next level is not asked for."""

MOST_ALIKE: Final = 12
"""One call through a structure may lead to a thousand functions; of more than this, a few do."""
_A_FEW: Final = 8
_INDIRECT: Final = frozenset({"ops", "parameter"})

Repeat = Literal["", "cycle", "elsewhere"]


class Wish(msgspec.Struct, frozen=True):
    """What is to be drawn: so many levels, and only calls of these kinds.

    Unless `every` target of an indirect call is wanted, of very many only a few are followed.
    """

    direction: Direction
    depth: int = 1
    kinds: frozenset[str] = frozenset(EDGE_KINDS)
    every: bool = True


class Branch(msgspec.Struct, frozen=True):
    """A caller or callee of the node above it, with all calls between the two.

    `repeat` says why nothing is below: the node is above itself (``cycle``), or its branches are
    drawn where it comes nearer to the root (``elsewhere``). `more` targets of the same call are
    left out after this one.
    """

    node: GraphNode
    edges: tuple[GraphEdge, ...]
    branches: tuple[Branch, ...] = ()
    repeat: Repeat = ""
    more: int = 0


class Root(msgspec.Struct, frozen=True):
    """Definitions of one name that the same calls lead to, or that make the same.

    The `branches` are drawn for the first of them, `others` are the same calls of the rest. Where
    nothing is known to call it, `named` are the lines that name it nevertheless.
    """

    nodes: tuple[GraphNode, ...]
    branches: tuple[Branch, ...]
    others: tuple[GraphEdge, ...] = ()
    named: tuple[NamedLine, ...] = ()


class CallTree(msgspec.Struct, frozen=True):
    """The answer to a wish; `complete` is false if levels are missing because it grew too large."""

    wish: Wish
    roots: tuple[Root, ...]
    complete: bool


class Call(NamedTuple):
    """A neighbour of a node, and the calls between the two; `more` are left out after it."""

    node: GraphNode
    edges: tuple[GraphEdge, ...]
    more: int = 0


def call_tree(explorer: Explorer, nodes: Sequence[GraphNode], wish: Wish) -> CallTree:
    """The callers or callees of `nodes`, each of which is drawn as a root or part of one."""
    growth = _Growth(explorer, wish)
    complete = growth.grow(nodes)
    roots = _Drawing(growth).roots(nodes)
    if wish.direction == "callers" and wish.kinds.issuperset(EDGE_KINDS):
        roots = (root if root.branches else _named(explorer, root) for root in roots)
    return CallTree(wish, tuple(roots), complete)


def _named(explorer: Explorer, root: Root) -> Root:
    """A root without callers, with the lines that name it."""
    lines = dict.fromkeys(line for node in root.nodes for line in explorer.naming(node))
    return msgspec.structs.replace(root, named=tuple(lines))


def calls_of(
    near: Direction, found: Iterable[tuple[GraphEdge, GraphNode]], kinds: Collection[str]
) -> dict[str, list[Call]]:
    """The neighbours of each asked node by its id, in the order of the calls in the source."""
    edges: dict[str, dict[str, list[GraphEdge]]] = {}
    nodes: dict[str, GraphNode] = {}
    for edge, node in found:
        if edge.kind in kinds:
            asked = edge.target if near == "callers" else edge.source
            nodes[node.id] = node
            edges.setdefault(asked, {}).setdefault(node.id, []).append(edge)
    return {
        asked: sorted(
            (Call(nodes[far], tuple(sorted(calls, key=_place))) for far, calls in by_far.items()),
            key=_order,
        )
        for asked, by_far in edges.items()
    }


def few_of(path: str, calls: Sequence[Call]) -> list[Call]:
    """`calls` of a node in the file `path`, of very many targets of one call the nearest few."""
    left_out: set[str] = set()
    more: dict[str, int] = {}
    for group in _alike(calls):
        if len(group) > MOST_ALIKE:
            nearest = sorted(group, key=lambda call: -_in_common(path, call.node.path))
            others = {call.node.id for call in nearest[_A_FEW:]}
            last = [call.node.id for call in group if call.node.id not in others][-1]
            more[last] = len(others)
            left_out |= others
    kept = (call for call in calls if call.node.id not in left_out)
    return [call._replace(more=more.get(call.node.id, 0)) for call in kept]


def _alike(calls: Iterable[Call]) -> list[list[Call]]:
    """Targets of the same indirect calls."""
    groups: dict[tuple[object, ...], list[Call]] = {}
    for call in calls:
        if all(edge.kind in _INDIRECT for edge in call.edges):
            places = tuple((edge.path, edge.line, edge.kind, edge.slot) for edge in call.edges)
            groups.setdefault(places, []).append(call)
    return list(groups.values())


def _in_common(path: str, other: str) -> int:
    """How many directories two files have in common."""
    common = commonpath((dirname(path), dirname(other)))
    return common.count("/") + bool(common)


def _order(call: Call) -> tuple[tuple[str, int], str, int, str]:
    node = call.node
    return _place(call.edges[0]), node.name, NODE_KINDS.index(node.kind), node.path


def _place(edge: GraphEdge) -> tuple[str, int]:
    return edge.path, edge.line


class _Growth:
    """The neighbours of all nodes that are near enough, found level by level."""

    def __init__(self, explorer: Explorer, wish: Wish) -> None:
        self._ask = asking(explorer, wish.direction)
        self._wish = wish
        self.calls: dict[str, list[Call]] = {}
        self.level: dict[str, int] = {}

    def grow(self, nodes: Sequence[GraphNode]) -> bool:
        """Whether all levels could be asked for."""
        frontier = list(nodes)
        self.level = {node.id: 0 for node in nodes}
        for level in range(1, self._wish.depth + 1):
            if len(self.level) > MOST_NODES:
                return False
            found = calls_of(self._wish.direction, self._ask(frontier), self._wish.kinds)
            if not self._wish.every:
                asked = ((node, found[node.id]) for node in frontier if node.id in found)
                found = {node.id: few_of(node.path, calls) for node, calls in asked}
            self.calls |= found
            frontier = []
            for call in (call for calls in found.values() for call in calls):
                if call.node.id not in self.level:
                    self.level[call.node.id] = level
                    frontier.append(call.node)
            if not frontier:
                break
        return True


class _Drawing:
    """Unrolls a graph to trees in which each node has its branches once, where it is nearest."""

    def __init__(self, growth: _Growth) -> None:
        self._calls = growth.calls
        self._level = growth.level
        self._drawn: set[str] = set()

    def roots(self, nodes: Iterable[GraphNode]) -> Iterator[Root]:
        """`nodes`, functions first, those together that have the same calls."""
        alike: dict[tuple[object, ...], list[GraphNode]] = {}
        for node in sorted(nodes, key=lambda node: NODE_KINDS.index(node.kind)):
            alike.setdefault(self._signature(node), []).append(node)
        for group in alike.values():
            self._drawn.update(node.id for node in group)
            above = frozenset(node.id for node in group)
            rest = (call for node in group[1:] for call in self._calls.get(node.id, ()))
            others = tuple(edge for call in rest for edge in call.edges)
            yield Root(tuple(group), self._below(group[0], 0, above), others)

    def _signature(self, node: GraphNode) -> tuple[object, ...]:
        """What is drawn below a node; a macro is called where its function variant is."""
        calls = self._calls.get(node.id, ())
        return tuple(
            (call.node.id, tuple((edge.path, edge.line) for edge in call.edges)) for call in calls
        )

    def _below(self, node: GraphNode, level: int, above: frozenset[str]) -> tuple[Branch, ...]:
        calls = self._calls.get(node.id, ())
        return tuple(self._branch(call, level + 1, above) for call in calls)

    def _branch(self, call: Call, level: int, above: frozenset[str]) -> Branch:
        node, edges, more = call
        if node.id in above:
            return Branch(node, edges, repeat="cycle", more=more)
        if node.id not in self._calls:
            return Branch(node, edges, more=more)
        if node.id in self._drawn or level > self._level[node.id]:
            return Branch(node, edges, repeat="elsewhere", more=more)
        self._drawn.add(node.id)
        return Branch(node, edges, self._below(node, level, above | {node.id}), more=more)
