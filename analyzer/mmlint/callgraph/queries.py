"""What may be asked of a call graph, be it in memory or found on demand, and naming its nodes."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mmlint.callgraph.graph import GraphEdge, GraphNode
    from mmlint.callgraph.named_lines import NamedLine

Direction = Literal["callers", "callees"]

MOST_SIMILAR: Final = 3


class Explorer(Protocol):
    """A call graph that is asked in batches: one batch is one round of a breadth-first search."""

    def named(self, name: str, path: str = "") -> tuple[GraphNode, ...]:
        """All definitions of a name; empty if there is none.

        Those that macros make need only be among them if there is no other one, or none in the
        files at the end of whose path is `path`.
        """

    def callers(self, nodes: Sequence[GraphNode]) -> Sequence[tuple[GraphEdge, GraphNode]]:
        """The edges that lead to one of `nodes`, each with the node that it comes from."""

    def callees(self, nodes: Sequence[GraphNode]) -> Sequence[tuple[GraphEdge, GraphNode]]:
        """The edges that leave one of `nodes`, each with the node that it leads to."""

    def naming(self, node: GraphNode) -> Sequence[NamedLine]:
        """The lines that name a function, or macro, without declaring it."""

    def architectures(self, name: str) -> list[str]:
        """The architectures that are not asked about and seem to define a name."""

    def similar(self, name: str) -> list[str]:
        """Names that somebody may have meant who wrote `name`, the nearest first."""


class UnknownName(Exception):
    """Nothing is called that; the text offers what is."""


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The few of `known` that look most like `name`."""
    return difflib.get_close_matches(name, sorted(known), n=MOST_SIMILAR)


def asking(
    explorer: Explorer, direction: Direction
) -> Callable[[Sequence[GraphNode]], Sequence[tuple[GraphEdge, GraphNode]]]:
    """The question of `explorer` that leads in a direction."""
    return explorer.callers if direction == "callers" else explorer.callees


def find(explorer: Explorer, text: str) -> tuple[GraphNode, ...]:
    """The nodes that ``name``, ``file.c:name`` or ``path:line:name`` stands for.

    A file is meant by the end of its path. Raises `UnknownName`.
    """
    place, _, name = text.rpartition(":")
    place = place.strip(":")
    nodes = explorer.named(name, _path_and_line(place)[0])
    if not nodes:
        raise UnknownName(_why_none(explorer, name))
    chosen = tuple(node for node in nodes if _is_at(node, place))
    if not chosen:
        homes = _alternatives(sorted({node.path or "no file here" for node in nodes}))
        raise UnknownName(f"{name} is not defined in {place}, but in {homes}")
    return chosen


def _why_none(explorer: Explorer, name: str) -> str:
    """What to say of a name that nothing has."""
    others = explorer.architectures(name)
    if others:
        where = _alternatives(others)
        return f"{name!r} is defined for {where} only: give --arch {others[0]}"
    near = explorer.similar(name)
    hint = f": did you mean {_alternatives(near)}?" if near else ""
    return f"no function or macro is called {name!r}{hint}"


def ends_in(path: str, end: str) -> bool:
    """Whether a path ends in some whole names; any ends in ""."""
    return not end or f"/{path}".endswith(f"/{end}")


def _is_at(node: GraphNode, place: str) -> bool:
    path, line = _path_and_line(place)
    return ends_in(node.path, path) and (not line or node.line == int(line))


def _path_and_line(place: str) -> tuple[str, str]:
    """The parts of a place; "" for what it does not tell."""
    path, _, line = place.rpartition(":")
    if not line.isdecimal():
        path, line = place, ""
    return path.removeprefix("./"), line


def _alternatives(names: Sequence[str]) -> str:
    shown = [*names[:MOST_SIMILAR], *(["others"] if len(names) > MOST_SIMILAR else [])]
    return " or ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
