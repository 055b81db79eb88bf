"""The call graph of a scope: every function of it, and whatever these call."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from mmlint.callgraph.graph import Export
from mmlint.callgraph.growing import GrowingGraph
from mmlint.callgraph.open_ends import OpenEnds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from mmlint.callgraph.graph import CallGraph, GraphNode
    from mmlint.callgraph.program import Program


def export(program: Program) -> Export[CallGraph]:
    """The graph of the program's scope.

    Macros that are used, and the inline functions of headers, are nodes with their own calls;
    functions of other files are nodes without.
    """
    scope = frozenset(program.scope)
    growing = GrowingGraph(program, scope)
    for path in program.scope:
        growing.add_file(path)
    add_indirect(program, growing)
    growing.follow()
    ends = OpenEnds(growing.graph, program.elsewhere)
    known = made_in(growing.graph.nodes(), scope, ends.names)
    found = {**program.elsewhere.find(ends.names - known.keys()), **known}
    ends.lead(found, program.elsewhere.counted(ends.made, found))
    return Export(
        growing.graph,
        tuple(sorted(growing.unresolved, key=lambda call: (call.path, call.line))),
        tuple(program.not_analysed),
        growing.error_nodes,
        program.files_read,
        growing.functions,
    )


def add_indirect(program: Program, growing: GrowingGraph) -> None:
    """Add what the indirect calls that were noted may call; one search serves all of them."""
    sites = [site for _, site in growing.indirect]
    program.indirect.prepare(sites)
    targets = [program.indirect.targets(site) for site in sites]
    program.calls.expect(chain.from_iterable(targets))
    growing.add_indirect(growing.indirect, targets)


def made_in(
    nodes: Iterable[GraphNode], scope: Collection[str], names: Collection[str]
) -> dict[str, tuple[GraphNode, ...]]:
    """The functions for others that files of a scope have of some names."""
    found: dict[str, tuple[GraphNode, ...]] = {}
    for node in nodes:
        if node.name in names and node.path in scope and not node.static:
            found[node.name] = (*found.get(node.name, ()), node)
    return found
