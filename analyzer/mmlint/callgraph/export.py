"""The call graph of a scope: every function of it, and whatever these call."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from mmlint.callgraph.elsewhere import is_for_all, kind_to_function
from mmlint.callgraph.graph import CallGraph, Export, GraphEdge, GraphNode, UnresolvedCall
from mmlint.callgraph.places import is_header
from mmlint.syntax.damage import looks_damaged

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from mmlint.callgraph.extraction import Call
    from mmlint.callgraph.indirect import IndirectSite
    from mmlint.callgraph.program import Program
    from mmlint.syntax.nodes import FunctionDef
    from mmlint.syntax.outline import DefinitionSite


def export(program: Program) -> Export:
    """The graph of the program's scope.

    Macros that are used, and the inline functions of headers, are nodes with their own calls;
    functions of other files are nodes without.
    """
    builder = _Builder(program)
    for path in program.scope:
        builder.add_file(path)
    builder.add_indirect()
    builder.follow()
    return builder.result()


_UNSURE = "?"
"""The beginning of the id of a node that stands for a name until it is known to be one."""


class _Builder:
    """The graph while it grows: `follow` works off what has been reached and not yet read."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._scope = frozenset(program.scope)
        self._graph = CallGraph()
        self._pending: list[tuple[GraphNode, str]] = []
        self._read: set[str] = set()
        self._indirect: list[tuple[GraphNode, IndirectSite]] = []
        self._unresolved: list[UnresolvedCall] = []
        self._error_nodes = 0
        self._functions = 0

    def add_file(self, path: str) -> None:
        """Read all functions of a file of the scope."""
        program = self._program
        outline = program.outline(path)
        if outline is None:
            return
        for site in outline.definitions:
            node = program.targets.of_site(path, site)
            self._add(node, program.calls.of_function(path, site), path)
            # Only these need a parse: calls by name are found without.
            if program.indirect.may_be_in(path, site) or looks_damaged(
                outline.code, site.start, site.end
            ):
                variants = program.parse(path, site)
                self._error_nodes += max((variant.losses for variant in variants), default=0)
                self._note_indirect(node, variants)
        for function in program.generated.of(path):
            node = program.targets.of_generated(function)
            self._add(node, program.calls.of_generated(function), path)
            sites = program.indirect.generated_sites(function)
            self._indirect += [(node, site) for site in sites]

    def add_indirect(self) -> None:
        """Add what the indirect calls that were noted may call; one search serves all of them."""
        indirect = self._program.indirect
        calls = self._program.calls
        indirect.prepare([site for _, site in self._indirect])
        targets = [indirect.targets(site) for _, site in self._indirect]
        calls.expect(chain.from_iterable(targets))
        for (node, site), reached in zip(self._indirect, targets, strict=True):
            found = calls.of_indirect(node, site, reached)
            self._take(found, site.path)
            if not found:
                self._unresolved.append(
                    UnresolvedCall(
                        site.path,
                        site.line,
                        site.function,
                        site.form,
                        site.structure,
                        site.field,
                        site.name,
                    )
                )

    def follow(self) -> None:
        """Read the macros and the inline functions that are used, and those that these use."""
        while self._pending:
            node, user = self._pending.pop()
            if node.id in self._read:
                continue
            self._read.add(node.id)
            for macro in self._program.macros.lookup(node.name) if node.kind == "macro" else ():
                if (macro.path, macro.line) == (node.path, node.line):
                    self._take(self._program.calls.of_macro(macro, user), user)
            if node.kind == "function":
                reader = self._program.targets.reader(node.path, user)
                for site in self._sites(node):
                    self._take(self._program.calls.of_function(node.path, site, reader), reader)

    def result(self) -> Export:
        """The graph, with what names a function that no file seemed to define looked up."""
        self._look_elsewhere()
        return Export(
            self._graph,
            tuple(sorted(self._unresolved, key=lambda call: (call.path, call.line))),
            tuple(self._program.not_analysed),
            self._error_nodes,
            self._program.files_read,
            self._functions,
        )

    def _look_elsewhere(self) -> None:
        """Let calls of what no file seemed to define lead to where it is, if that is anywhere."""
        graph, elsewhere = self._graph, self._program.elsewhere
        outside = {node.name for node in graph.nodes() if not node.path}
        known = self._made_in_scope(outside)
        stand_ins = self._stand_ins()
        names = {node.name for node in stand_ins}
        found = {**elsewhere.find((outside | names) - set(known)), **known}
        made = {
            (node.id.removeprefix(_UNSURE).rpartition(":")[0], node.name): node
            for node in graph.nodes()
            if node.id.startswith(_UNSURE)
        }
        counted = elsewhere.counted(made.keys(), found)
        for which, node in made.items():
            kept = which in counted
            self._lead(node, (self._program.targets.external(node.name),) if kept else ())
        for node in [node for node in graph.nodes() if not node.path and node.name in found]:
            self._lead(node, found[node.name])
        for node in stand_ins:
            if node.name in found:
                edges = [
                    msgspec.structs.replace(edge, kind=kind_to_function(edge.kind))
                    for edge in graph.callers(node.id)
                ]
                self._aim(edges, found[node.name])

    def _stand_ins(self) -> list[GraphNode]:
        """What takes the place of functions in some configurations, if their own are not known."""
        settled = {node.name for node in self._graph.nodes() if is_for_all(node)}
        is_open = self._program.elsewhere.is_open
        return [
            node
            for node in self._graph.nodes()
            if node.path and node.name not in settled and is_open(node)
        ]

    def _lead(self, node: GraphNode, targets: Collection[GraphNode]) -> None:
        """Let the calls of a node be calls of others."""
        edges = self._graph.callers(node.id)
        self._graph.remove(node.id)
        self._aim(edges, targets)

    def _aim(self, edges: Collection[GraphEdge], targets: Collection[GraphNode]) -> None:
        """Add calls like some others to each of `targets`."""
        for target in targets if edges else ():
            self._graph.add_node(target)
            for edge in edges:
                self._graph.add_edge(msgspec.structs.replace(edge, target=target.id))

    def _made_in_scope(self, names: Collection[str]) -> dict[str, tuple[GraphNode, ...]]:
        """What a file of the scope generates of the functions that are sought."""
        found: dict[str, tuple[GraphNode, ...]] = {}
        for node in self._graph.nodes():
            if node.name in names and node.path in self._scope and not node.static:
                found[node.name] = (*found.get(node.name, ()), node)
        return found

    def _add(self, node: GraphNode, calls: Iterable[Call], user: str) -> None:
        self._functions += 1
        self._graph.replace_node(node)
        self._read.add(node.id)
        self._take(calls, user)

    def _take(self, calls: Iterable[Call], user: str) -> None:
        graph = self._graph
        for call in calls:
            target = call.target if call.sure else _unsure(call)
            for node in (call.source, target):
                if node.id not in graph:
                    graph.add_node(node)
                    if self._is_followed(node):
                        self._pending.append((node, user))
            edge = call.edge
            graph.add_edge(edge if call.sure else msgspec.structs.replace(edge, target=target.id))

    def _is_followed(self, node: GraphNode) -> bool:
        """Whether the calls of a node outside of the scope belong to the graph."""
        inline = node.kind == "macro" or is_header(node.path)
        return inline and (node.kind == "macro" or node.path not in self._scope)

    def _sites(self, node: GraphNode) -> list[DefinitionSite]:
        outline = self._program.outline(node.path)
        sites = outline.named(node.name) if outline is not None else ()
        return [site for site in sites if site.line == node.line]

    def _note_indirect(self, node: GraphNode, variants: tuple[FunctionDef, ...]) -> None:
        self._indirect += [(node, site) for site in self._program.indirect.sites(variants)]


def _unsure(call: Call) -> GraphNode:
    """What stands for the name that a call is made of in a file, until all calls are known."""
    return msgspec.structs.replace(call.target, id=f"{_UNSURE}{call.path}:{call.target.name}")
