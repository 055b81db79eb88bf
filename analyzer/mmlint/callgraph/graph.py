"""The call graph as its users see it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    calling function. `slot` is the ``structure.field`` that an ``ops`` call goes through, if known.
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


_Parallel = dict[tuple[str, str, int, str], GraphEdge]
"""The edges from one node to another, by what tells them apart."""


class CallGraph:
    """Nodes by id and the calls between them, in the order in which they were added."""

    def __init__(self) -> None:
        self._nodes: dict[str, GraphNode] = {}
        self._leaving: dict[str, dict[str, _Parallel]] = {}
        self._leading: dict[str, list[_Parallel]] = {}
        self._by_name: defaultdict[str, list[GraphNode]] = defaultdict(list)

    def add_node(self, node: GraphNode) -> None:
        """Add a node; of two with one id the first is kept."""
        if node.id not in self._nodes:
            self._nodes[node.id] = node
            self._by_name[node.name].append(node)
            self._leaving[node.id] = {}
            self._leading[node.id] = []

    def add_edge(self, edge: GraphEdge) -> None:
        """Add an edge unless its like is there; raises `KeyError` if an end of it is not."""
        for end in (edge.source, edge.target):
            if end not in self._nodes:
                raise KeyError(end)
        targets = self._leaving[edge.source]
        parallel = targets.get(edge.target)
        if parallel is None:
            parallel = targets[edge.target] = {}
            self._leading[edge.target].append(parallel)
        parallel.setdefault((edge.kind, edge.path, edge.line, edge.condition), edge)

    def __len__(self) -> int:
        return len(self._nodes)

    def __getitem__(self, node_id: str) -> GraphNode:
        return self._nodes[node_id]

    def named(self, name: str) -> tuple[GraphNode, ...]:
        """All definitions of a name; empty if there is none."""
        return tuple(self._by_name.get(name, ()))

    def names(self) -> tuple[str, ...]:
        """Every name once."""
        return tuple(self._by_name)

    def nodes(self) -> Iterator[GraphNode]:
        """All nodes."""
        yield from self._nodes.values()

    def edges(self) -> Iterator[GraphEdge]:
        """All edges, by their sources."""
        for node_id in self._leaving:
            yield from self.callees(node_id)

    def edge_count(self) -> int:
        """How many edges there are."""
        return sum(len(each) for targets in self._leaving.values() for each in targets.values())

    def callers(self, node_id: str) -> tuple[GraphEdge, ...]:
        """The edges that lead to a node; none for one that is not there."""
        return tuple(edge for each in self._leading.get(node_id, ()) for edge in each.values())

    def callees(self, node_id: str) -> tuple[GraphEdge, ...]:
        """The edges that leave a node; none for one that is not there."""
        targets = self._leaving.get(node_id, {})
        return tuple(edge for each in targets.values() for edge in each.values())


class Export(msgspec.Struct, frozen=True):
    """The graph of a scope, and what it lacks.

    `files` and `functions` count what was read of the scope, `error_nodes` the places that the
    parser could not make sense of. `unresolved` are calls without a target, `not_analysed` what was
    not read, or not to its end.
    """

    graph: CallGraph
    unresolved: tuple[UnresolvedCall, ...]
    not_analysed: tuple[NotAnalysed, ...]
    error_nodes: int
    files: int
    functions: int
