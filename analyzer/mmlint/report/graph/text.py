"""Call trees and paths as a person would draw them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from mmlint.report.excerpts import columns, readable
from mmlint.report.text import counted
from mmlint.source.config import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mmlint.callgraph.calltree import Branch, CallTree, Root
    from mmlint.callgraph.graph import GraphEdge, GraphNode
    from mmlint.callgraph.shortest import Path, Paths
    from mmlint.report.text import Line

_WIDEST_NAME: Final = 40
"""Columns; longer names stand out instead of pushing all others to the right."""
_WIDEST_PLACE: Final = 34
_NARROWEST_CONDITION: Final = 24
_AND: Final = " && "
_WIDEST_LINE: Final = 100
_WIDEST_TEXT: Final = 60
_MOST_PLACES: Final = 4
_MOST_NAMED: Final = 8
_GAP: Final = "  "
_EMPTY: Final = {"callers": "nothing is known to call it", "callees": "it calls nothing"}


class Strokes(msgspec.Struct, frozen=True):
    """What the branches of a tree are drawn with."""

    fork: str
    last: str
    along: str
    blank: str


BOX: Final = Strokes("├── ", "└── ", "│   ", "    ")
ASCII: Final = Strokes("|-- ", "`-- ", "|   ", "    ")


class _Row(msgspec.Struct, frozen=True):
    """A line before its columns are aligned.

    `how` is the call, `condition` what it depends on, `mark` why nothing follows.
    """

    branch: str
    name: str
    place: str = ""
    how: str = ""
    condition: str = ""
    mark: str = ""


def tree_lines(tree: CallTree, strokes: Strokes = BOX) -> Iterator[Line]:
    """A call tree, a line each node; in trees of callers the place is that of the call."""
    drawing = _Tree(tree, strokes)
    for number, root in enumerate(tree.roots):
        if number:
            yield ()
        yield from _aligned(list(drawing.rows(root)))
    if not tree.complete:
        yield ()
        yield (("cut here because it is so large: ask for a smaller --depth", "warning"),)


def path_lines(paths: Paths, wanted: int) -> Iterator[Line]:
    """The first `wanted` paths from top to bottom, and how many there are."""
    shown = paths.found[:wanted]
    for path in shown:
        yield from _aligned(list(_path_rows(path)))
        yield ()
    yield ((_paths_summary(paths, len(shown)), "summary"),)


def no_path(paths: Paths, start: str, end: str) -> str:
    """That there is no path between two names, or that the search for one was given up."""
    ends = f"from {readable(start)} to {readable(end)}"
    if paths.gave_up:
        return f"no path {ends} among the {paths.searched:,} nearest functions; there may be one"
    return f"no call leads {ends} ({counted(paths.searched, 'function')} searched)"


class _Tree:
    """Draws the roots of one tree, and remembers what is above."""

    def __init__(self, tree: CallTree, strokes: Strokes) -> None:
        self._upwards = tree.wish.direction == "callers"
        self._empty = _EMPTY[tree.wish.direction]
        self._strokes = strokes
        self._drawn: set[str] = set()

    def rows(self, root: Root) -> Iterator[_Row]:
        """The definitions of the root above each other, and the tree below."""
        for node in root.nodes:
            condition = _condition(node, ())
            yield _Row("", readable(node.name), _place_of(node), _macro(node), condition)
            self._drawn.add(node.id)
        if not root.branches:
            yield _Row(self._strokes.last, f"({self._empty})")
            yield from self._named(root)
        yield from self._below(root.branches, root.nodes[0], "")

    def _named(self, root: Root) -> Iterator[_Row]:
        """The lines that name what nothing is known to call."""
        shown = root.named[:_MOST_NAMED]
        for line in shown:
            text = readable(line.text)
            if len(text) > _WIDEST_TEXT:
                text = f"{text[: _WIDEST_TEXT - 3]}..."
            yield _Row(self._strokes.blank, "named", f"{readable(line.path)}:{line.line}", text)
        if len(root.named) > len(shown):
            yield _Row(self._strokes.blank, f"{len(root.named) - len(shown):,} more lines")

    def _below(self, branches: Sequence[Branch], above: GraphNode, margin: str) -> Iterator[_Row]:
        strokes = self._strokes
        for number, branch in enumerate(branches, 1):
            last = number == len(branches)
            ends = last and not branch.more
            yield self._row(margin + (strokes.last if ends else strokes.fork), branch, above)
            further = margin + (strokes.blank if ends else strokes.along)
            yield from self._below(branch.branches, branch.node, further)
            if branch.more:
                text = f"{branch.more:,} more, which --all shows"
                yield _Row(margin + (strokes.last if last else strokes.fork), text)

    def _row(self, drawn: str, branch: Branch, above: GraphNode) -> _Row:
        node, edges = branch.node, branch.edges
        called = above if self._upwards else node
        how = _words(_macro(node), *_ways(called, edges))
        if self._upwards:
            place = _call_places(edges, "")
        else:
            place, how = _callee(node, edges, above, how)
        mark = self._mark(branch)
        if branch.branches:
            self._drawn.add(node.id)
        return _Row(drawn, readable(node.name), place, how, _condition(node, edges), mark)

    def _mark(self, branch: Branch) -> str:
        if branch.repeat == "elsewhere":
            return "(see above)" if branch.node.id in self._drawn else "(see below)"
        return "(recursion)" if branch.repeat else ""


def _path_rows(path: Path) -> Iterator[_Row]:
    before = path[0].node
    for depth, step in enumerate(path):
        node, edges = step.node, step.edges
        how = _words(_macro(node), *_ways(node, edges))
        place, how = _callee(node, edges, before, how) if edges else (_place_of(node), how)
        yield _Row("  " * depth, readable(node.name), place, how, _condition(node, edges))
        before = node


def _paths_summary(paths: Paths, shown: int) -> str:
    calls = len(paths.found[0]) - 1
    number = f"more than {len(paths.found):,}" if paths.cut else f"{len(paths.found):,}"
    many = paths.cut or len(paths.found) > 1
    which = f"the plainest of {number} shortest paths" if many else "the only shortest path"
    if shown > 1:
        which = f"{shown:,} of {number} shortest paths" if paths.cut else f"{number} shortest paths"
    hint = "; --all shows them" if many and shown == 1 else ""
    return f"{which}, {counted(calls, 'call')} long{hint}"


def _callee(
    node: GraphNode, edges: Sequence[GraphEdge], above: GraphNode, how: str
) -> tuple[str, str]:
    """Where a callee is defined and from which line it is called; the call if it is nowhere."""
    if not node.path:
        return _call_places(edges, ""), _words("no definition", how)
    return _place_of(node), _words(f"at {_call_places(edges, above.path)}", how)


def _place_of(node: GraphNode) -> str:
    return f"{readable(node.path)}:{node.line}" if node.path else "no definition"


def _call_places(edges: Iterable[GraphEdge], path: str) -> str:
    """The lines of calls, with the file where it is not that of the place before."""
    places: list[str] = []
    for edge in edges:
        place = str(edge.line) if edge.path == path else f"{readable(edge.path)}:{edge.line}"
        path = edge.path
        if place not in places:
            places.append(place)
    shown = places if len(places) <= _MOST_PLACES else places[: _MOST_PLACES - 1]
    more = [f"{len(places) - len(shown)} more"] if len(shown) < len(places) else []
    return ", ".join([*shown, *more])


def _ways(called: GraphNode, edges: Iterable[GraphEdge]) -> list[str]:
    """How the calls of a node are made, where that is not told by its name."""
    ways = {"direct": "", "macro": "" if called.kind == "macro" else "through macro"}
    told = (ways.get(edge.kind, f"{edge.kind} {edge.slot}".rstrip()) for edge in edges)
    return list(dict.fromkeys(told))


def _macro(node: GraphNode) -> str:
    return "macro" if node.kind == "macro" else ""


def _condition(node: GraphNode, edges: Sequence[GraphEdge]) -> str:
    """What the calls depend on, and the end of them that is drawn: nothing, if one does not."""
    asked = [edge.condition for edge in edges]
    of_calls = " or ".join(dict.fromkeys(asked)) if all(asked) else ""
    return readable(" and ".join(dict.fromkeys(filter(None, (of_calls, node.condition)))))


def _words(*words: str) -> str:
    """Those of `words` that say something, each once."""
    return _GAP.join(dict.fromkeys(filter(None, words)))


def _aligned(rows: Sequence[_Row]) -> Iterator[Line]:
    """The rows in columns, except for what is too wide for them."""
    placed = [row for row in rows if row.place]
    names = _width((len(row.branch) + columns(row.name) for row in placed), _WIDEST_NAME)
    told = (row.place for row in placed if row.how or row.condition or row.mark)
    places = _width(map(columns, told), _WIDEST_PLACE)
    for row in rows:
        free = names - len(row.branch) - columns(row.name)
        place = free * " " + _GAP + row.place if row.place else ""
        drawn = len(row.branch) + columns(row.name) + columns(place)
        gap = (places - columns(row.place)) * " " + _GAP
        beside = "".join(f"{word}{_GAP}" for word in (row.how, row.mark) if word)
        room = _WIDEST_LINE - drawn - len(gap) - columns(beside)
        rest = _words(row.how, _bracketed(row.condition, room), row.mark)
        yield (
            (row.branch, "dim"),
            (row.name, "message" if not row.branch.strip() else ""),
            (place, "place"),
            (gap + rest if rest else "", "label"),
        )


def _bracketed(condition: str, room: int) -> str:
    """A condition in as much room as there is, but not so little that it says nothing."""
    if not condition:
        return ""
    most = max(room, _NARROWEST_CONDITION) - len("[]")
    if len(condition) <= most:
        return f"[{condition}]"
    if not any(mark in condition for mark in ("|", "(", " or ")):
        # Of all that has to hold the options say most.
        parts = sorted(condition.split(_AND), key=lambda part: PREFIX not in part)
        condition = _AND.join(parts)
    return f"[{condition[: most - 3]}...]"


def _width(widths: Iterable[int], most: int) -> int:
    return max((width for width in widths if width <= most), default=0)
