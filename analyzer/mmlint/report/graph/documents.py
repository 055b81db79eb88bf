"""What `mmlint graph` writes as JSON; `docs/graph.schema.json` is made from these types."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from mmlint.report.json_ import NotAnalysed, Tool, Tree

NodeKind = Literal["function", "macro"]
EdgeKind = Literal["direct", "macro", "ops", "parameter", "generated"]
QueryName = Literal["callers", "callees", "path"]


class _Object(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An object with exactly the named members."""


class Node(_Object, frozen=True):
    """One definition of a function or macro; several of one name are several nodes.

    Of a function that no consulted file defines, path is empty and line 0. condition is what the
    #if around the definition asks for, in words.
    """

    id: str
    name: str
    kind: NodeKind
    path: str
    line: int
    end_line: int
    static: bool
    annotations: list[str]
    condition: str


class Edge(_Object, frozen=True):
    """A call at path:line; source and target are the ids of nodes, condition as of a node."""

    source: str
    target: str
    kind: EdgeKind
    path: str
    line: int
    condition: str


class Unresolved(_Object, frozen=True):
    """A call of which it is not known what it calls.

    form is what is called: member (of structure, called field), parameter, local, global or other.
    """

    path: str
    line: int
    function: str
    form: str
    structure: str
    field: str
    name: str


class ExportInfo(_Object, frozen=True):
    """What the graph of a scope was made of and what it lacks."""

    version: Literal[1]
    tool: Tool
    tree: Tree
    files: int
    functions: int
    error_nodes: int
    unresolved: list[Unresolved]
    not_analysed: list[NotAnalysed]


class Query(_Object, frozen=True):
    """What was asked: of are the ids of the nodes that were named, to those where a path ends.

    depth is 0 for paths.
    """

    name: QueryName
    of: list[str]
    to: list[str]
    depth: int
    kinds: list[EdgeKind]


class Naming(_Object, frozen=True):
    """A line, as it is written but for white space, that names what nothing is known to call.

    of is the id of the node.
    """

    of: str
    path: str
    line: int
    text: str


class AnswerInfo(_Object, frozen=True):
    """A question and what is known of its answer.

    complete is false if the answer was cut because it grew too large. paths are the shortest ones,
    each a list of ids. named are lines that name what was asked about, if nothing is known to call
    it.
    """

    version: Literal[1]
    tool: Tool
    tree: Tree
    query: Query
    complete: bool
    paths: list[list[str]]
    named: list[Naming]
    not_analysed: list[NotAnalysed]


class GraphExport(_Object, frozen=True):
    """The output of mmlint graph export."""

    directed: bool
    multigraph: bool
    graph: ExportInfo
    nodes: list[Node]
    edges: list[Edge]


class GraphAnswer(_Object, frozen=True):
    """The output of mmlint graph callers, callees and path: the part of the graph that answers."""

    directed: bool
    multigraph: bool
    graph: AnswerInfo
    nodes: list[Node]
    edges: list[Edge]


class Fan(_Object, frozen=True):
    """A node and the number of others that call it or that it calls."""

    id: str
    count: int


class Stats(_Object, frozen=True):
    """The output of mmlint graph stats. Calls without a target are counted by form."""

    version: Literal[1]
    tool: Tool
    tree: Tree
    files: int
    functions: int
    nodes: dict[NodeKind, int]
    external: int
    edges: dict[EdgeKind, int]
    conditional: int
    unresolved: dict[str, int]
    error_nodes: int
    most_called: list[Fan]
    most_calling: list[Fan]
    not_analysed: list[NotAnalysed]


class UnresolvedCalls(_Object, frozen=True):
    """The output of mmlint graph unresolved."""

    version: Literal[1]
    tool: Tool
    tree: Tree
    unresolved: list[Unresolved]
    not_analysed: list[NotAnalysed]


def schema() -> str:
    """The JSON Schema of the documents, ending in a newline."""
    kinds = (GraphExport, GraphAnswer, Stats, UnresolvedCalls)
    refs, parts = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    text: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    text |= {"title": "The JSON of mmlint graph", "anyOf": list(refs), "$defs": parts}
    return msgspec.json.format(msgspec.json.encode(text), indent=2).decode() + "\n"
