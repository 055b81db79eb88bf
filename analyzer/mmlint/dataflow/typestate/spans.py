"""Reads of both ends of a span, between which a resize may fall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from mmlint.callgraph.mentions import Telling
from mmlint.dataflow.summary import Place
from mmlint.dataflow.typestate.breaches import Breach, Shown
from mmlint.dataflow.typestate.contexts import Contexts, holds
from mmlint.source.lookup import words_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mmlint.callgraph.program import Located
    from mmlint.dataflow.climb import Climb
    from mmlint.dataflow.typestate.sheets import Sheet, Sheets
    from mmlint.dataflow.typestate.tokens import Property
    from mmlint.syntax.nodes import FunctionDef

_HEADER: Final = ".h"
_RAW: Final = "span"
_OWNERS: Final = ("zone", "node")
_GRAVE: Final = frozenset({"modifies", "converts"})


class _Read(NamedTuple):
    """A read of an end of a span by `name` at `offset`."""

    name: str
    offset: int
    held: Property


class Spans:
    """The functions of the scope that rely on a span which may be torn."""

    def __init__(self, sheets: Sheets, climb: Climb) -> None:
        self.sheets = sheets
        self.knowledge = sheets.knowledge
        self.program = sheets.program
        self.climb = climb
        self.contexts = Contexts(sheets, climb.boot)
        self._by_word = {n.encode(): row for n, row in self.knowledge.span_ends.items()}
        pairs = self.knowledge.tables.pair
        self._stopping = frozenset(row.name for row in pairs if row.stops)

    def places(self, scope: frozenset[str]) -> Iterator[Located]:
        """The functions that read both ends of a span."""
        ends = self.knowledge.span_ends
        both = Telling("both ends", self._names_both)
        for path, site in self.program.mentioning(frozenset(ends), both):
            if path in scope and not path.endswith(_HEADER) and site.name not in ends:
                yield path, site

    def breaches(self, place: Located) -> Iterable[Breach]:
        """One for each kind of span that a function reads, at the read of the second end."""
        found: dict[tuple[str, Place], Breach] = {}
        for fn in self.program.parse(*place):
            sheet = None if fn.is_macro else self.sheets.of(fn)
            for breach in self._of(sheet) if sheet is not None else ():
                found.setdefault((breach.subject, breach.base), breach)
        return found.values()

    def _names_both(self, text: bytes) -> bool:
        """Whether the text of a function names both ends of a span, which is soon said."""
        named = {row for name, row in self._by_word.items() if words_in(text, frozenset({name}))}
        ends = {(row.of, row.end) for row in named}
        return any(
            {(owner, "first"), (owner, "last")} <= ends or (owner, "both") in ends
            for owner in _OWNERS
        )

    def _of(self, sheet: Sheet) -> Iterator[Breach]:
        reads = [_Read(*read) for read in sheet.trace.reads]
        reads += [
            _Read(seen.event.name, seen.event.offset, seen.held)
            for seen in sheet.trace.seen
            if seen.event.name in self.knowledge.span_ends
        ]
        for owner in _OWNERS:
            own = [r for r in reads if self.knowledge.span_ends[r.name].of == owner]
            open_reads = [read for read in own if not holds(read.held, self._stopping)]
            ends = {self.knowledge.span_ends[read.name].end for read in own}
            if not open_reads or not (ends >= {"first", "last"} or "both" in ends):
                continue
            found = self._breach(sheet, owner, open_reads)
            # Only where more than a note is at stake is it worth to ask for all callers above.
            ask = self.contexts.under if found.marks & _GRAVE else self.contexts.seem_under
            if not ask(sheet.fn, self._stopping):
                yield self._with_callers(found, sheet.fn)

    def _with_callers(self, found: Breach, fn: FunctionDef) -> Breach:
        """The same with who calls without the lock, where that is worth a search."""
        callers = self.contexts.without(fn, self._stopping) if found.marks & _GRAVE else []
        names = [fn.name, *(caller.name for caller, _ in callers)]
        steps = [
            Shown("from", f"{caller.name}() calls {below}(), no hotplug lock", _place(caller, at))
            for (caller, at), below in zip(callers, names, strict=False)
        ]
        return msgspec.structs.replace(found, steps=(*found.steps, *steps))

    def _breach(self, sheet: Sheet, owner: str, reads: list[_Read]) -> Breach:
        fn = sheet.fn
        first = min(reads, key=lambda read: read.offset)
        later = [r for r in reads if r.offset != first.offset and r.name != first.name]
        second = min(later, key=lambda read: read.offset, default=first)
        steps = [Shown("reads", f"{first.name} of the {owner}", _place(fn, first.offset))]
        if second is not first:
            text = f"{second.name}; a resize may fall between the two"
            steps.append(Shown("reads", text, _place(fn, second.offset)))
        marks = set(self._guards(sheet))
        modified = min(sheet.trace.written, default=None)
        if modified is not None:
            marks.add("modifies")
            steps.append(Shown("writes", "the span is changed", _place(fn, modified)))
        for place in self._conversions(fn):
            marks.add("converts")
            steps.append(Shown("page", "a PFN of the span becomes a page unchecked", place))
            break
        return Breach(
            need="span",
            kind="torn-read",
            base=_place(fn, second.offset),
            subject=owner,
            name=second.name,
            other=first.name,
            steps=tuple(steps),
            marks=frozenset(marks),
        )

    def _guards(self, sheet: Sheet) -> Iterator[str]:
        """``guarded`` where a sequence lock with writers is used, ``unwritten`` without writers."""
        called = {seen.event.name for seen in sheet.trace.seen}
        for row in self.knowledge.tables.span_guard:
            if {row.begin, row.retry} <= called:
                yield "guarded" if self._is_written(row.writer, sheet.fn.path) else "unwritten"

    def _is_written(self, writer: str, path: str) -> bool:
        return any(
            self.program.callers(fn.name, fn.path, fn.static)
            for fn in self.program.definitions(writer, path)
        )

    def _conversions(self, fn: FunctionDef) -> Iterator[Place]:
        """Where PFNs of a span become pages that nothing shows to be online."""
        analysed = self.climb.analyses.of(fn)
        if analysed is None:
            return
        for need in analysed.needs:
            if need.need != "online" or "missing-null-test" in need.marks:
                continue
            for path in self.climb.paths(analysed, need):
                if any(s.kind == _RAW and s.function == fn.name for s in path.sources):
                    yield need.base
                    break


def _place(fn: FunctionDef, offset: int) -> Place:
    return Place(fn.path, fn.name, offset)
