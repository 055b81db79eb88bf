"""The call graph of a scope that is too large to be in memory: read in parts, and put together."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from mmlint.callgraph.export import made_in
from mmlint.callgraph.graph import Export
from mmlint.callgraph.growing import GrowingGraph
from mmlint.callgraph.holders import Named
from mmlint.callgraph.open_ends import OpenEnds
from mmlint.callgraph.parts import parts
from mmlint.callgraph.spool import SpoolError
from mmlint.model import NotAnalysed
from mmlint.workers import Died, Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mmlint.callgraph.graph import CallGraph, GraphEdge, GraphNode, UnresolvedCall
    from mmlint.callgraph.program import Program
    from mmlint.callgraph.spool import Spool

MOST_AT_ONCE: Final = 1500
"""Files of a scope whose graph is made in one piece, and of a part: it takes 300 MB."""


_CONNECTED_AT_ONCE: Final = 8
"""Parts whose indirect calls one process adds, which knows more with each of them."""

TaskT = TypeVar("TaskT")
ResultT = TypeVar("ResultT")


class _Read(NamedTuple):
    """What was read of a part: see `Export`."""

    files: int
    functions: int
    error_nodes: int
    not_analysed: tuple[NotAnalysed, ...]


def export_in_parts(
    program: Program, spool: Spool, jobs: int, say: Callable[[str], None]
) -> Export[PartedGraph]:
    """The graph of the program's scope, by way of a spool that has to be there as long as it is.

    Each part is read by a process of its own, `jobs` at a time; what their indirect calls lead to
    is searched for all of them at once, and added again part by part. A process that dies while it
    reads leaves its files not analysed. Raises `Unfinished`, `SpoolError` and `Failed`.
    """
    reading = _Reading(program, spool)
    read: list[_Read] = []
    there: list[int] = []
    count = len(reading.parts)
    for part, result in _results(reading.read, range(count), jobs):
        say(f"read {part + 1} of {count} parts")
        if isinstance(result, Died):
            read.append(_lost(reading.parts[part], str(result)))
        else:
            read.append(result)
            there.append(part)
    say("searching the tree for what indirect calls may call")
    connecting = _Connecting(program, spool)
    for _, reached in _results(connecting.reach, [there], 1):
        _insist(reached)
    unresolved: list[UnresolvedCall] = []
    for some, found in _results(connecting.connect, _batches(there), jobs):
        say(f"connected {some[-1] + 1} of {count} parts")
        unresolved += _insist(found)
    return Export(
        PartedGraph(program, spool, there),
        tuple(sorted(unresolved, key=lambda call: (call.path, call.line))),
        tuple(sorted(set(chain.from_iterable(part.not_analysed for part in read)))),
        sum(part.error_nodes for part in read),
        sum(part.files for part in read),
        sum(part.functions for part in read),
    )


class Unfinished(Exception):
    """A process without which there is no graph ended; the message says how, in a line."""


def _results(
    work: Callable[[TaskT], ResultT], tasks: Iterable[TaskT], jobs: int
) -> Iterator[tuple[TaskT, ResultT | Died]]:
    """What processes make of tasks, each of its own; raises `SpoolError` for the first of them."""

    def tried(task: TaskT) -> ResultT | SpoolError:
        try:
            return work(task)
        except SpoolError as error:
            return error

    with Workers(tried, jobs, _nothing, afresh=True) as workers:
        for task in tasks:
            workers.add(task)
        for task, result in workers.results():
            if isinstance(result, SpoolError):
                raise result
            yield task, result


def _insist(result: ResultT | Died) -> ResultT:
    """What a process made; raises `Unfinished` if it ended."""
    if isinstance(result, Died):
        raise Unfinished(f"the graph cannot be put together: {result}")
    return result


class _Reading:
    """Reads parts of the scope."""

    def __init__(self, program: Program, spool: Spool) -> None:
        self._program = program
        self._spool = spool
        self._scope = frozenset(program.scope)
        self.parts = parts(program.scope, MOST_AT_ONCE)

    def read(self, part: int) -> _Read:
        """Read the functions of a part, and the macros that they use."""
        program = self._program.part(self.parts[part])
        growing = GrowingGraph(program, self._scope)
        for path in program.scope:
            growing.add_file(path)
        growing.follow()
        self._spool.put_graph(part, growing.graph)
        self._spool.put_sites(part, growing.indirect)
        return _Read(
            program.files_read,
            growing.functions,
            growing.error_nodes,
            tuple(program.not_analysed),
        )


class _Connecting:
    """Adds what the indirect calls in parts may call."""

    def __init__(self, program: Program, spool: Spool) -> None:
        self._program = program
        self._spool = spool
        self._scope = frozenset(program.scope)

    def reach(self, there: Sequence[int]) -> None:
        """Search the tree for the targets of the calls in some parts, and keep them."""
        indirect = self._program.part(()).indirect
        holders = {
            source
            for part in there
            for _, site in self._spool.sites(part)
            for source in site.sources
            if not isinstance(source, Named)
        }
        indirect.explore(sorted(holders, key=repr))
        for part in there:
            sites = self._spool.sites(part)
            self._spool.put_targets(part, [indirect.targets(site) for _, site in sites])

    def connect(self, some: Iterable[int]) -> list[UnresolvedCall]:
        """Add the calls of some parts; those without a target come out."""
        program = self._program.part(())
        unresolved: list[UnresolvedCall] = []
        for part in some:
            growing = GrowingGraph(program, self._scope, self._spool.graph(part))
            targets = self._spool.targets(part)
            program.calls.expect(chain.from_iterable(targets))
            growing.add_indirect(self._spool.sites(part), targets)
            growing.follow()
            self._spool.put_graph(part, growing.graph)
            unresolved += growing.unresolved
        return unresolved


class PartedGraph:
    """A graph of which one part at a time is in memory."""

    def __init__(self, program: Program, spool: Spool, there: Sequence[int]) -> None:
        self._elsewhere = program.elsewhere
        self._spool = spool
        self._parts = there
        self._scope = frozenset(program.scope)
        self._nodes = self._edges = 0

    def __len__(self) -> int:
        return self._nodes

    def edge_count(self) -> int:
        """How many edges there are."""
        return self._edges

    def nodes(self) -> Iterator[GraphNode]:
        """All nodes."""
        seen: set[str] = set()
        for graph in self._graphs():
            for node in graph.nodes():
                if node.id not in seen:
                    seen.add(node.id)
                    yield node
        self._nodes = len(seen)

    def edges(self) -> Iterator[GraphEdge]:
        """All edges, those with one source together."""
        # What leaves a macro or a header's function may be in the graphs of several parts.
        shared: dict[str, dict[GraphEdge, None]] = {}
        self._edges = 0
        for graph in self._graphs():
            for edge in graph.edges():
                node = graph[edge.source]
                if node.kind == "macro" or node.path not in self._scope:
                    shared.setdefault(edge.source, {})[edge] = None
                else:
                    self._edges += 1
                    yield edge
        for edges in shared.values():
            self._edges += len(edges)
            yield from edges

    def _graphs(self) -> Iterator[CallGraph]:
        """The graphs of the parts, their open ends led to functions of others and elsewhere."""
        for part in self._parts:
            graph = self._spool.graph(part)
            OpenEnds(graph, self._elsewhere).lead(*self._led)
            yield graph

    @cached_property
    def _led(self) -> tuple[Mapping[str, tuple[GraphNode, ...]], set[tuple[str, str]]]:
        """What the open ends lead to, by name, and what counts of the names that are made."""
        names: set[str] = set()
        made: set[tuple[str, str]] = set()
        for part in self._parts:
            ends = OpenEnds(self._spool.graph(part), self._elsewhere)
            names |= ends.names
            made.update(ends.made)
        known: dict[str, tuple[GraphNode, ...]] = {}
        for part in self._parts:
            nodes = self._spool.graph(part).nodes()
            for name, functions in made_in(nodes, self._scope, names).items():
                known[name] = tuple(dict.fromkeys((*known.get(name, ()), *functions)))
        found = {**self._elsewhere.find(names - known.keys()), **known}
        return found, self._elsewhere.counted(made, found)


def _batches(there: Sequence[int]) -> list[Sequence[int]]:
    """The parts in groups that one process connects."""
    starts = range(0, len(there), _CONNECTED_AT_ONCE)
    return [there[at : at + _CONNECTED_AT_ONCE] for at in starts]


def _lost(paths: Sequence[str], how: str) -> _Read:
    """What a process that died read of a part."""
    return _Read(0, 0, 0, tuple(NotAnalysed(path, "", 0, how) for path in paths))


def _nothing() -> None:
    """What a process that is done has to say."""
