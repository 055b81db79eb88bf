"""Calls of a member whose name is handed to a macro: `CALL(dev, suspend)`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmlint.callgraph.call_around import call_around
from mmlint.callgraph.latest import Latest
from mmlint.callgraph.making import handed_on
from mmlint.source.names import occurrences
from mmlint.source.patterns import GIVEN
from mmlint.syntax.macros import MacroTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mmlint.callgraph.codes import Code, Codes
    from mmlint.callgraph.program import Program
    from mmlint.callgraph.sites import IndirectSite, Sites
    from mmlint.source.search import Hit
    from mmlint.syntax.macros import Macro

FORM = GIVEN + rb"(?:%s)\s*[,)]"
"""What a line matches on which a member of one of some names may be named."""

_CALLED = re.compile(r"(?:\.|->)\s*(\w+)\s*(?:\[[^\]]*\]\s*)?\)?\s*\(")
_LONGEST = 20
"""Bytes that may stand between `#define` and a name."""
_WINDOW = 400
"""Bytes before a line in which the use begins."""
_MOST_KEPT = 2000
"""Files whose macros are at hand."""
_DEEPEST = 5
"""Macros that hand the name on are followed so far."""


class NamedMembers:
    """Looks for the macros that lines use, and for what they call there."""

    def __init__(self, program: Program, codes: Codes, sites: Sites) -> None:
        self._program = program
        self._codes = codes
        self._sites = sites
        self._tables: Latest[str, MacroTable] = Latest(_MOST_KEPT)
        self._known: dict[tuple[str, int], tuple[tuple[Macro, ...], bool]] = {}
        self._found: dict[tuple[str, int], tuple[IndirectSite, ...]] = {}

    def on(self, hit: Hit, field: str) -> Iterator[IndirectSite]:
        """The calls of members named `field` by macros that a line hands this name to."""
        for mark in re.finditer(FORM % b"(%s)" % re.escape(field).encode(), hit.text):
            if not self._may_call(hit, mark.start(1)):
                continue
            code = self._codes.code(hit.path)
            at = code.lines.start(hit.line) + mark.start(1)
            use = call_around(code.text, at) if code.text.startswith(field, at) else None
            for site in self._made(code, use.opening) if use is not None else ():
                if site.field == field:
                    yield site

    def _may_call(self, hit: Hit, at: int) -> bool:
        """Whether what stands around an argument is a macro that may call through a member."""
        use = call_around(hit.text[:at].decode("latin-1"), at)
        if use is None:
            data = self._codes.data(hit.path)
            end = data.find(hit.text) + at
            before = data[max(0, end - _WINDOW) : end].decode("latin-1")
            use = call_around(before, len(before))
        return use is not None and self._calls(use.function, use.position, hit.path)

    def _calls(self, name: str, position: int, user: str, depth: int = 0) -> bool:
        """Whether a macro calls the member of which it is handed the name at a position."""
        shared = self._codes.macros.lookup(name)
        if not shared:
            own = self._own(name, user) or self._codes.macros_beside(user, name)
            found = any(self._hands_on(macro, position, user, depth) for macro in own)
            if found:
                # Its macros are known from then on.
                self._program.outline(user)
            return found
        key = (name, position)
        known = self._known.get(key)
        # A file that is read later may define the macro once more.
        if known is None or known[0] is not shared:
            self._known[key] = shared, False
            found = any(self._hands_on(macro, position, user, depth) for macro in shared)
            known = self._known[key] = shared, found
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

    def _made(self, code: Code, opening: int) -> tuple[IndirectSite, ...]:
        """What macros call in the function around an offset, or in those that the use makes."""
        scopes = code.scopes(opening)
        function = scopes[0].function if scopes else None
        start = scopes[0].base + function.start if function is not None else opening
        known = self._found.get((code.path, start))
        if known is None:
            known = tuple(self._sites.in_macros(scopes) if scopes else self._generated(code, start))
            self._found[code.path, start] = known
        return known

    def _generated(self, code: Code, opening: int) -> Iterator[IndirectSite]:
        line = code.lines.line(opening)
        for function in self._program.generated.of(code.path):
            if function.line == line:
                yield from self._sites.generated(function)
