"""The indirect calls that macros make where they are used, function by function."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from mmlint.syntax.initialisers import use_at_margin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.callgraph.codes import Code
    from mmlint.callgraph.program import Program
    from mmlint.callgraph.sites import IndirectSite, Sites

_MADE = -1
"""In place of the offset of a function: all that macros make."""


class MacroSites:
    """Looks at each function once, whoever asks."""

    def __init__(self, program: Program, sites: Sites) -> None:
        self._program = program
        self._sites = sites
        self._found: dict[tuple[str, int], tuple[IndirectSite, ...]] = {}

    def around(self, code: Code, use: int) -> Iterator[IndirectSite]:
        """The calls by macros in the function around a use, or in those that the use makes."""
        if code.scopes(use):
            yield from self._inside(code, use)
        else:
            start, end = use_at_margin(code.text, use)
            line = code.lines.line(start if end > use else use)
            made = self._program.generated.made_at(line, code.path)
            yield from chain.from_iterable(map(self._sites.generated, made))

    def generated(self, path: str) -> tuple[IndirectSite, ...]:
        """What the functions call that macros make in a file."""
        known = self._found.get((path, _MADE))
        if known is None:
            made = self._program.generated.of(path)
            every = chain.from_iterable(map(self._sites.generated, made))
            known = self._found[path, _MADE] = tuple(every)
        return known

    def _inside(self, code: Code, offset: int) -> tuple[IndirectSite, ...]:
        scopes = code.scopes(offset)
        function = scopes[0].function
        key = (code.path, scopes[0].base + function.start if function is not None else offset)
        known = self._found.get(key)
        if known is None:
            known = self._found[key] = tuple(self._sites.in_macros(scopes))
        return known
