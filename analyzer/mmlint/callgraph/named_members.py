"""Calls of a member whose name is handed to a macro: `CALL(dev, suspend)`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmlint.callgraph.call_around import call_around
from mmlint.callgraph.latest import Latest
from mmlint.callgraph.making import handed_on
from mmlint.callgraph.pasting import may_make, pieces_of
from mmlint.source.names import occurrences
from mmlint.source.patterns import ARROW, GIVEN
from mmlint.syntax.macros import MacroTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mmlint.callgraph.codes import Codes
    from mmlint.callgraph.macro_sites import MacroSites
    from mmlint.callgraph.program import Program
    from mmlint.callgraph.sites import IndirectSite
    from mmlint.source.search import Hit
    from mmlint.syntax.macros import Macro

NAMED = GIVEN + rb"(?:%s)\s*[,)]"
"""What a line matches on which a member of one of some names may be named."""
PASTED = ARROW + rb"\s*(\w+(?:\s*##\s*\w+)+)\s*\)?\s*\("
"""What a line matches on which a member is called whose name is pasted."""

_CALLED = re.compile(r"(?:\.|->)\s*(\w+)\s*(?:\[[^\]]*\]\s*)?\)?\s*\(")
_PASTED = re.compile(PASTED)
_LONGEST = 20
"""Bytes that may stand between `#define` and a name."""
_OPENED = re.compile(rb"\b([A-Za-z_]\w*)\s*\([^()]*\Z")
_WINDOW = 400
"""Bytes before a line in which the use begins."""
_MOST_KEPT = 2000
"""Files whose macros are at hand, and names that were looked for near files."""
_DEEPEST = 5
"""Macros that hand the name on are followed so far."""


class NamedMembers:
    """Looks for the macros that lines use, and for what they call there."""

    def __init__(self, program: Program, codes: Codes, sites: MacroSites) -> None:
        self._program = program
        self._codes = codes
        self._sites = sites
        self._tables: Latest[str, MacroTable] = Latest(_MOST_KEPT)
        self._near: Latest[tuple[str, str], Sequence[Macro]] = Latest(_MOST_KEPT)
        self._known: dict[tuple[str, int], tuple[Sequence[Macro], bool]] = {}

    def on(self, hit: Hit, field: str) -> Iterator[IndirectSite]:
        """The calls of members named `field` by macros that a line hands this name to."""
        for mark in re.finditer(NAMED % b"(%s)" % re.escape(field).encode(), hit.text):
            if not self._may_call(hit, mark.start(1)):
                continue
            code = self._codes.code(hit.path)
            at = code.lines.start(hit.line) + mark.start(1)
            use = call_around(code.text, at) if code.text.startswith(field, at) else None
            for site in self._sites.around(code, use.opening) if use is not None else ():
                if site.field == field:
                    yield site

    def pasted(self, hit: Hit, field: str) -> Iterator[IndirectSite]:
        """The calls of members named `field` that macros make of a line which pastes the name."""
        if any(may_make(pieces_of(each), field.encode()) for each in _PASTED.findall(hit.text)):
            found = self._sites.generated(hit.path)
            yield from (site for site in found if site.field == field)

    def _may_call(self, hit: Hit, at: int) -> bool:
        """Whether what stands around an argument is a macro that may call through a member."""
        opened = _OPENED.search(hit.text, 0, at)
        # Nearly all are functions: that is soon told.
        if opened is not None and not self._definitions(opened[1].decode(), hit.path):
            return False
        use = call_around(hit.text[:at].decode("latin-1"), at)
        if use is None:
            data = self._codes.data(hit.path)
            end = data.find(hit.text) + at
            before = data[max(0, end - _WINDOW) : end].decode("latin-1")
            use = call_around(before, len(before))
        if use is None or not self._calls(use.function, use.position, hit.path):
            return False
        # The macros of the file are known from then on.
        self._program.outline(hit.path)
        return True

    def _definitions(self, name: str, user: str) -> Sequence[Macro]:
        """The definitions of a macro that a file may mean."""
        shared = self._codes.macros.lookup(name)
        if shared:
            return shared
        key = (name, user)
        known = self._near.get(key)
        if known is None:
            known = self._own(name, user) or self._codes.macros_beside(user, name)
            self._near[key] = known
        return known

    def _calls(self, name: str, position: int, user: str, depth: int = 0) -> bool:
        """Whether a macro calls the member of which it is handed the name at a position."""
        macros = self._definitions(name, user)
        key = (name, position)
        known = self._known.get(key)
        # Another file may define the macro once more.
        if known is None or known[0] is not macros:
            self._known[key] = macros, False
            found = any(self._hands_on(macro, position, user, depth) for macro in macros)
            known = self._known[key] = macros, found
        return known[1]

    def _hands_on(self, macro: Macro, position: int, user: str, depth: int) -> bool:
        """The same for one definition; it may hand the name on to another macro."""
        params = macro.params or ()
        if position >= len(params) or depth >= _DEEPEST:
            return False
        return params[position] in _CALLED.findall(macro.body) or any(
            self._calls(inner, at, user, depth + 1) for inner, at in handed_on(macro, position)
        )

    def _own(self, name: str, path: str) -> Sequence[Macro]:
        """The definitions of a macro with arguments in a file itself."""
        data = self._codes.data(path)
        uses = occurrences(data, name.encode() + b"(")
        if not any(data[max(0, at - _LONGEST) : at].rstrip().endswith(b"define") for at in uses):
            return ()
        known = self._tables.get(path)
        if known is None:
            known = self._tables[path] = MacroTable([(path, data)])
        return known.lookup(name)


def pastes(hit: Hit) -> bool:
    """Whether a member is called on a line whose name is pasted."""
    return _PASTED.search(hit.text) is not None
