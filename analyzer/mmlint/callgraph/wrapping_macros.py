"""Macros that call a member wherever they are used: `map_read(map, ofs)`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from mmlint.callgraph.making import macros_at
from mmlint.callgraph.places import in_kernel, is_header, kernel_directories
from mmlint.source.names import whole_words
from mmlint.source.search import holding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mmlint.callgraph.codes import Codes
    from mmlint.callgraph.macro_sites import MacroSites
    from mmlint.callgraph.program import Program
    from mmlint.callgraph.sites import IndirectSite
    from mmlint.source.search import Hit
    from mmlint.source.tree import Tree
    from mmlint.syntax.macros import Macro

MayBe = Callable[[bytes, str], bool]
"""Whether a member may be meant behind a text on a line of a file."""

_MEMBER = r"(?:\.|->)\s*%s\b"
_LAST = re.compile(r"\w+\Z")
_DEEPEST = 3
"""Macros that use macros are followed so far."""


class WrappingMacros:
    """Goes from the definitions of macros to their users."""

    def __init__(self, tree: Tree, program: Program, codes: Codes, sites: MacroSites) -> None:
        self._tree = tree
        self._program = program
        self._codes = codes
        self._sites = sites
        self._holding: dict[str, list[str]] = {}

    def sites(
        self, hits: Iterable[Hit], member: tuple[str, str], may_be_behind: MayBe
    ) -> Iterator[IndirectSite]:
        """The calls of a member of a structure by macros in whose definitions some lines are.

        Of a header that does not name the structure they are of other ones, and where the member
        stands behind a text that it may not be behind.
        """
        structure, field = member
        lines: defaultdict[str, list[int]] = defaultdict(list)
        for hit in hits:
            if self._is_in_macro(hit, field, may_be_behind):
                lines[hit.path].append(hit.line)
        fresh: dict[str, str] = {}
        for path, every in lines.items():
            if not is_header(path) or structure.encode() in self._codes.data(path):
                found = macros_at(self._codes.code(path), every)
                fresh |= _named(each for each in found if _names(each, field, may_be_behind))
        seen: set[str] = set()
        for _ in range(_DEEPEST):
            seen |= fresh.keys()
            outer: dict[str, str] = {}
            for path, names in self._users(fresh).items():
                # The macros of the file are known from then on.
                self._program.outline(path)
                yield from self._used(path, names, field)
                outer |= _named(macros_at(self._codes.code(path), self._lines_with(path, names)))
            fresh = {name: home for name, home in outer.items() if name not in seen}

    def _is_in_macro(self, hit: Hit, field: str, may_be_behind: MayBe) -> bool:
        """Whether a line may be one of a macro; nothing but the line before tells of the last."""
        text = hit.text
        if text.lstrip().startswith(b"#") or text.rstrip().endswith(b"\\"):
            return True
        marks = re.finditer((_MEMBER % re.escape(field)).encode(), text)
        if not any(may_be_behind(text[: mark.start()], hit.path) for mark in marks):
            return False
        code = self._codes.code(hit.path)
        start = code.lines.start(hit.line)
        return not code.text[start : start + len(text)].strip()

    def _used(self, path: str, names: Iterable[str], field: str) -> Iterator[IndirectSite]:
        """What the uses of macros in a file call."""
        code = self._codes.code(path)
        for name in names:
            for use, opening in code.uses(name):
                if opening >= 0:
                    found = self._sites.around(code, use)
                    yield from (site for site in found if site.field == field)

    def _lines_with(self, path: str, names: Iterable[str]) -> list[int]:
        code = self._codes.code(path)
        places = (at for name in names for at in whole_words(code.data, name.encode()))
        return sorted(set(map(code.lines.line, places)))

    def _users(self, macros: Mapping[str, str]) -> Mapping[str, list[str]]:
        """The files that use some macros, each with their names; each macro has a home."""
        public = [name for name, home in macros.items() if is_header(home)]
        asked = [name for name in public if name not in self._holding]
        if asked:
            places = kernel_directories(self._tree, self._program.arch)
            self._holding |= holding(self._tree, asked, places)
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name, home in macros.items():
            for path in self._holding[name] if is_header(home) else (home,):
                if in_kernel(path, self._program.arch):
                    found[path].append(name)
        return found


def _names(macro: Macro, field: str, may_be_behind: MayBe) -> bool:
    """Whether a macro names the member, also one of what it is handed."""
    for mark in re.finditer(_MEMBER % re.escape(field), macro.body):
        before = macro.body[: mark.start()]
        last = _LAST.search(before)
        if last is not None and last[0] in (macro.params or ()):
            return True
        if may_be_behind(before.encode(errors="replace"), macro.path):
            return True
    return False


def _named(macros: Iterable[Macro]) -> dict[str, str]:
    """The names of macros that take arguments, each with the file that defines it."""
    return {macro.name: macro.path for macro in macros if macro.params is not None}
