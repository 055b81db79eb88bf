"""What the comment above a function obliges its callers to."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from mmlint.dataflow.summary import Place

if TYPE_CHECKING:
    from mmlint.callgraph.program import Program
    from mmlint.knowledge import Knowledge
    from mmlint.syntax.nodes import FunctionDef

_MARKS: Final = re.compile(r"\s*\n\s*\*?\s*|\s+")


class Promised(NamedTuple):
    """The words of a comment at `place` by which callers provide `fact`."""

    fact: str
    quote: str
    place: Place


class Promises:
    """Reads comments, each when it is asked for."""

    def __init__(self, program: Program, knowledge: Knowledge) -> None:
        self._program = program
        self._knowledge = knowledge
        self._known: dict[tuple[str, int], tuple[Promised, ...]] = {}

    def of(self, fn: FunctionDef) -> tuple[Promised, ...]:
        """What the callers of `fn` provide, by the order of the knowledge."""
        key = (fn.path, fn.start)
        if key not in self._known:
            self._known[key] = () if fn.is_macro else self._read(fn)
        return self._known[key]

    def _read(self, fn: FunctionDef) -> tuple[Promised, ...]:
        outline = self._program.outline(fn.path)
        if outline is None:
            return ()
        comments = outline.comments
        before = bisect_right(comments, fn.start, key=lambda comment: comment.end)
        if not before or outline.data[comments[before - 1].end : fn.start].strip():
            return ()
        comment = comments[before - 1]
        text = _MARKS.sub(" ", comment.text)
        place = Place(fn.path, fn.name, comment.start)
        found = ((row, pattern.search(text)) for pattern, row in self._knowledge.promises)
        return tuple(Promised(row.fact, match[0], place) for row, match in found if match)
