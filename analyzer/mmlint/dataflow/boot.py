"""Which functions run only while the kernel boots: a question to the call graph, not to names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mmlint.callgraph.graph import CallGraph, Node

if TYPE_CHECKING:
    from mmlint.callgraph.program import Caller, Program
    from mmlint.knowledge import Knowledge
    from mmlint.syntax.nodes import FunctionDef

# A function with more callers above it than this is not taken for boot code.
MOST_ABOVE: Final = 200


class Boot:
    """Answers from a graph of callers that grows with the questions."""

    def __init__(self, program: Program, knowledge: Knowledge) -> None:
        self.program = program
        self.knowledge = knowledge
        self.graph = CallGraph()
        self._runtime: set[Node] = set()
        self._seen: set[Node] = set()

    def only(self, fn: FunctionDef) -> bool:
        """Whether every chain of callers of `fn` starts in boot code, and no address is taken."""
        if fn.annotations & self.knowledge.boot:
            return True
        if fn.is_macro:
            return False
        self._look_up(fn)
        return not self.graph.leading_to(Node(fn.path, fn.name)) & self._runtime

    def _look_up(self, fn: FunctionDef) -> None:
        """Add the callers of `fn` to the graph, and theirs, up to boot code and runtime entries."""
        pending = [fn]
        above = 0
        while pending:
            above += 1
            callee = pending.pop()
            node = Node(callee.path, callee.name)
            if node in self._seen:
                continue
            self._seen.add(node)
            self.graph.add_function(node)
            callers = self.program.callers(callee.name, callee.path, callee.static)
            if not callers or above > MOST_ABOVE or self._address_taken(callee):
                self._runtime.add(node)
                continue
            for caller in callers:
                kind = "direct" if caller.direct else "macro"
                line = self._line_of_call(caller, callee.name)
                self.graph.add(Node(caller.path, caller.site.name), node, line, kind)
                if not caller.site.annotations & self.knowledge.boot:
                    pending += self.program.parse(caller.path, caller.site)

    def _line_of_call(self, caller: Caller, callee: str) -> int:
        outline = self.program.outline(caller.path)
        calls = outline.calls(callee) if outline is not None else ()
        inside = (at for at in calls if caller.site.start <= at < caller.site.end)
        first = next(inside, None)
        if outline is None or first is None:
            return caller.site.line
        return outline.lines.position(first)[0]

    def _address_taken(self, fn: FunctionDef) -> bool:
        """Whether something but an export names the function outside of a call."""
        return any(
            use.kind != "macro" or self.knowledge.origin_of_attribute(use.name)
            for use in self.program.references(fn.name, fn.path, fn.static)
        )
