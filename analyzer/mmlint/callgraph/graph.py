"""The call graph as its users see it."""

from __future__ import annotations

from array import array
from collections import defaultdict
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mmlint.model import NotAnalysed

NODE_KINDS: Final = ("function", "macro")
EDGE_KINDS: Final = ("direct", "macro", "ops", "parameter", "generated")
"""How a call is made.

``direct`` names a function, ``macro`` uses or passes through a macro, ``ops`` goes through a field
of a structure, ``parameter`` through a function that was handed over; ``generated`` leads from a
function to the macro that defines it, and from the entry that a macro puts before a body to the
function that has the body.
"""


class GraphNode(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """A function or a macro: one definition of it, so that one name may be several nodes.

    `id` is ``path:line:name``. Of a function that no consulted file defines, `path` is empty,
    `line` 0 and `id` ``::name``. `kind` is one of `NODE_KINDS`; `condition` is what the `#if`
    around the definition asks for, in words, empty for nothing.
    """

    id: str
    name: str
    kind: str
    path: str
    line: int
    end_line: int
    static: bool
    annotations: tuple[str, ...]
    condition: str


class GraphEdge(msgspec.Struct, frozen=True, gc=False):
    """A call at `path`:`line`; `source` and `target` are the ids of nodes.

    `kind` is one of `EDGE_KINDS`, `condition` what the `#if` around the call asks for inside of the
    calling function. `slot` is the ``structure.field``, or the variable at file scope, that an
    ``ops`` call goes through, if known.
    """

    source: str
    target: str
    kind: str
    path: str
    line: int
    condition: str
    slot: str = ""


class UnresolvedCall(msgspec.Struct, frozen=True, gc=False):
    """A call at `path`:`line` in `function` of which nobody knows what it calls.

    `form` is what is called: ``member``, ``parameter``, ``local``, ``global`` or ``other``.
    `structure` and `field` are those of a member, `name` is the variable of the other forms.
    """

    path: str
    line: int
    function: str
    form: str
    structure: str
    field: str
    name: str


How = tuple[str, str, str]
"""Kind, path and condition: many calls share them."""

_MOST_OPEN = 10_000
"""Nodes of which it is kept what tells their calls apart: ten megabytes."""

GraphT_co = TypeVar("GraphT_co", bound="Listed", covariant=True)


class CallGraph:
    """Nodes by id and the calls between them, in the order in which they were added.

    A call takes some twenty bytes: the graph of a whole kernel has millions.
    """

    def __init__(self) -> None:
        self._nodes: dict[str, GraphNode] = {}
        self._numbers: dict[str, int] = {}
        self._ids: list[str] = []
        self._hows: dict[tuple[How, str], int] = {}
        self._how_of: list[tuple[How, str]] = []
        self._gone: set[int] = set()
        # Columns of the calls; that of a how is its number, the others are those of nodes.
        self._sources, self._targets = array("I"), array("I")
        self._lines, self._how = array("I"), array("I")
        # For each node its first and its last call, and for each call the next of the same node:
        # once for the node that calls, and once for the node that is called.
        self._leaving, self._leading = _Chains(), _Chains()
        self._open: dict[int, set[tuple[int, int, How]]] = {}
        self._by_name: defaultdict[str, list[GraphNode]] = defaultdict(list)
        self._named = 0

    def __getstate__(self) -> dict[str, object]:
        # What is only kept because it is at hand is made again faster than it is read.
        return {**self.__dict__, "_open": {}}

    def add_node(self, node: GraphNode) -> None:
        """Add a node; of two with one id the first is kept."""
        if node.id not in self._nodes:
            self._nodes[node.id] = node
            self._numbers[node.id] = len(self._ids)
            self._ids.append(node.id)
            self._leaving.add_node()
            self._leading.add_node()

    def replace_node(self, node: GraphNode) -> None:
        """Add a node; of two with one id this one is kept."""
        self.add_node(node)
        self._nodes[node.id] = node

    def add_edge(self, edge: GraphEdge) -> None:
        """Add an edge unless its like is there; raises `KeyError` if an end of it is not."""
        how = (edge.kind, edge.path, edge.condition)
        self.add_call(edge.source, edge.target, how, edge.line, edge.slot)

    def add_call(self, source_id: str, target_id: str, how: How, line: int, slot: str) -> None:
        """Add the edge that is made of these: see `add_edge`."""
        source, target = self._numbers[source_id], self._numbers[target_id]
        known = self._open.get(source)
        if known is None:
            known = self._known_of(source)
        key = (target, line, how)
        if key in known:
            return
        known.add(key)
        number = self._hows.get((how, slot))
        if number is None:
            number = self._hows[how, slot] = len(self._how_of)
            self._how_of.append((how, slot))
        self._leaving.add(source)
        self._leading.add(target)
        self._sources.append(source)
        self._targets.append(target)
        self._lines.append(line)
        self._how.append(number)

    def remove(self, node_id: str) -> None:
        """Take a node that calls nothing out, and the calls of it; raises `KeyError`."""
        number = self._numbers.pop(node_id)
        # What tells its calls apart may stay: no other node ever has the number.
        self._gone.update(self._leading.of(number))
        del self._nodes[node_id]
        self._named = -1

    def __len__(self) -> int:
        return len(self._nodes)

    def __contains__(self, node_id: str) -> bool:
        return node_id in self._nodes

    def __getitem__(self, node_id: str) -> GraphNode:
        return self._nodes[node_id]

    def named(self, name: str) -> tuple[GraphNode, ...]:
        """All definitions of a name; empty if there is none."""
        return tuple(self._index().get(name, ()))

    def names(self) -> tuple[str, ...]:
        """Every name once."""
        return tuple(self._index())

    def nodes(self) -> Iterator[GraphNode]:
        """All nodes."""
        yield from self._nodes.values()

    def edges(self) -> Iterator[GraphEdge]:
        """All edges, by their sources."""
        for node_id in self._nodes:
            yield from self.callees(node_id)

    def edge_count(self) -> int:
        """How many edges there are."""
        return len(self._targets) - len(self._gone)

    def callers(self, node_id: str) -> tuple[GraphEdge, ...]:
        """The edges that lead to a node; none for one that is not there."""
        return self._grouped(self._leading, node_id, self._sources)

    def callees(self, node_id: str) -> tuple[GraphEdge, ...]:
        """The edges that leave a node; none for one that is not there."""
        return self._grouped(self._leaving, node_id, self._targets)

    def _grouped(self, chains: _Chains, node_id: str, others: array[int]) -> tuple[GraphEdge, ...]:
        """The calls of one node, those with the same other end together."""
        number = self._numbers.get(node_id)
        if number is None:
            return ()
        groups: dict[int, list[int]] = {}
        for call in chains.of(number):
            if call not in self._gone:
                groups.setdefault(others[call], []).append(call)
        return tuple(self._edge(call) for calls in groups.values() for call in calls)

    def _edge(self, call: int) -> GraphEdge:
        (kind, path, condition), slot = self._how_of[self._how[call]]
        source, target = self._ids[self._sources[call]], self._ids[self._targets[call]]
        return GraphEdge(source, target, kind, path, self._lines[call], condition, slot)

    def _known_of(self, source: int) -> set[tuple[int, int, How]]:
        """What tells the calls of a node apart; they are added one behind the other as a rule."""
        if len(self._open) >= _MOST_OPEN:
            self._open.clear()
        known = self._open[source] = {
            (self._targets[call], self._lines[call], self._how_of[self._how[call]][0])
            for call in self._leaving.of(source)
            if call not in self._gone
        }
        return known

    def _index(self) -> Mapping[str, list[GraphNode]]:
        """The nodes by their names; most graphs are never asked for it."""
        if self._named != len(self._nodes):
            self._by_name.clear()
            for node in self._nodes.values():
                self._by_name[node.name].append(node)
            self._named = len(self._nodes)
        return self._by_name


class _Chains:
    """The calls of each node, one behind the other; they count from 0 as they are added."""

    def __init__(self) -> None:
        self._first, self._last = array("I"), array("I")
        self._next = array("I")

    def add_node(self) -> None:
        """One more node, without calls."""
        self._first.append(0)
        self._last.append(0)

    def add(self, node: int) -> None:
        """One more call, of `node`."""
        self._next.append(0)
        # 0 is the end of a chain, so that calls count from 1 in here.
        number = len(self._next)
        last = self._last[node]
        if last:
            self._next[last - 1] = number
        else:
            self._first[node] = number
        self._last[node] = number

    def of(self, node: int) -> Iterator[int]:
        """The calls of `node`, in the order in which they were added."""
        number = self._first[node]
        while number:
            yield number - 1
            number = self._next[number - 1]


class Listed(Protocol):
    """A graph that can be written down: its nodes and edges, as often as is asked for."""

    def nodes(self) -> Iterator[GraphNode]:
        """All nodes, each once."""

    def edges(self) -> Iterator[GraphEdge]:
        """All edges, each once, those with one source together."""

    def __len__(self) -> int:
        """How many nodes there are; one that is put together by and by knows it after `nodes`."""

    def edge_count(self) -> int:
        """The same of edges."""


class Export(msgspec.Struct, Generic[GraphT_co], frozen=True):
    """The graph of a scope, and what it lacks.

    `files` and `functions` count what was read of the scope, `error_nodes` the places that the
    parser could not make sense of. `unresolved` are calls without a target, `not_analysed` what was
    not read, or not to its end.
    """

    graph: GraphT_co
    unresolved: tuple[UnresolvedCall, ...]
    not_analysed: tuple[NotAnalysed, ...]
    error_nodes: int
    files: int
    functions: int
