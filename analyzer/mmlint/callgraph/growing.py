"""The graph while it grows: files are read, then whatever these use of headers and macros."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmlint.callgraph.graph import CallGraph, GraphNode, UnresolvedCall
from mmlint.callgraph.open_ends import unsure
from mmlint.callgraph.places import is_header
from mmlint.syntax.damage import looks_damaged

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from mmlint.callgraph.extraction import Call
    from mmlint.callgraph.indirect import IndirectSite, Target
    from mmlint.callgraph.program import Program
    from mmlint.syntax.nodes import FunctionDef

CallingSite = tuple[GraphNode, "IndirectSite"]
"""An indirect call with the node of the function that makes it."""


class GrowingGraph:
    """A graph to which files are added; `follow` works off what has been reached and not yet read.

    The functions of the files `scope` are read as these are added, never because they are called.
    """

    def __init__(
        self, program: Program, scope: Collection[str], graph: CallGraph | None = None
    ) -> None:
        self._program = program
        self._scope = scope
        self.graph = graph or CallGraph()
        self._pending: list[tuple[GraphNode, str]] = []
        self._read: set[str] = set()
        self.indirect: list[CallingSite] = []
        """The indirect calls in the files that were added."""
        self.unresolved: list[UnresolvedCall] = []
        """Those of which nobody knows what they call."""
        self.error_nodes = 0
        self.functions = 0

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
                self.error_nodes += max((variant.losses for variant in variants), default=0)
                self._note_indirect(node, variants)
        for function in program.generated.of(path):
            node = program.targets.of_generated(function)
            self._add(node, program.calls.of_generated(function), path)
            sites = program.indirect.generated_sites(function)
            self.indirect += [(node, site) for site in sites]

    def add_indirect(
        self, sites: Sequence[CallingSite], targets: Sequence[Sequence[Target]]
    ) -> None:
        """Add what some indirect calls may call."""
        for (node, site), reached in zip(sites, targets, strict=True):
            found = self._program.calls.of_indirect(node, site, reached)
            self._take(found, site.path)
            if not found:
                self.unresolved.append(
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
                for site in self._program.targets.sites(node):
                    self._take(self._program.calls.of_function(node.path, site, reader), reader)

    def _add(self, node: GraphNode, calls: Iterable[Call], user: str) -> None:
        self.functions += 1
        self.graph.replace_node(node)
        self._read.add(node.id)
        self._take(calls, user)

    def _take(self, calls: Iterable[Call], user: str) -> None:
        graph = self.graph
        for call in calls:
            source, target, kind, path, line, condition, slot, sure = call
            if not sure:
                target = unsure(call)
            for node in (source, target):
                if node.id not in graph:
                    graph.add_node(node)
                    if self._is_followed(node):
                        self._pending.append((node, user))
            graph.add_call(source.id, target.id, (kind, path, condition), line, slot)

    def _is_followed(self, node: GraphNode) -> bool:
        """Whether the calls of a node outside of the scope belong to the graph."""
        inline = node.kind == "macro" or is_header(node.path)
        return inline and (node.kind == "macro" or node.path not in self._scope)

    def _note_indirect(self, node: GraphNode, variants: tuple[FunctionDef, ...]) -> None:
        self.indirect += [(node, site) for site in self._program.indirect.sites(variants)]
