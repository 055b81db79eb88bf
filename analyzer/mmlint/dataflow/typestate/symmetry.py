"""Loops that undo, block by block, what other loops did: whether they find the same blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmlint.dataflow.summary import Place
from mmlint.dataflow.typestate.breaches import Breach, Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.dataflow.terms import Term
    from mmlint.dataflow.typestate.paths import Seen
    from mmlint.dataflow.typestate.sheets import Sheet
    from mmlint.knowledge import Knowledge
    from mmlint.pairs import Pair


def asymmetric(sheet: Sheet, knowledge: Knowledge) -> Iterator[Breach]:
    """Undo loops of a function that find their blocks by another call than the first loops."""
    for row in knowledge.tables.pair:
        if row.kind != "blocks":
            continue
        taking = [seen for seen in _in_loops(sheet, row.acquire) if _finders(sheet, seen, row)]
        taken = {name for seen in taking for name in _finders(sheet, seen, row)}
        for undo in _in_loops(sheet, row.release):
            found = _finders(sheet, undo, row)
            if taken and found and taken.isdisjoint(found):
                yield _breach(sheet, row, taking[0], undo)


def _in_loops(sheet: Sheet, names: tuple[str, ...]) -> list[Seen]:
    return [s for s in sheet.trace.seen if s.loop >= 0 and s.event.name in names]


def _finders(sheet: Sheet, seen: Seen, row: Pair) -> frozenset[str]:
    """The functions by which the block in the arguments of a call was found."""
    position = row.key[0] - 1
    if position >= len(seen.event.args):
        return frozenset()
    found: set[str] = set()
    stack: list[Term] = [seen.event.args[position]]
    met: set[Term] = set()
    while stack:
        term = stack.pop()
        if term in met:
            continue
        met.add(term)
        if term.kind in ("call", "iter"):
            found.add(term.name)
        elif term.kind == "page":
            made = sheet.frame.conversion_of(term.args[0], seen.event.offset)
            found |= {made.name} if made is not None else set()
        elif term.kind == "phi":
            stack += sheet.frame.phis.incoming.get(term, ())
        elif term.kind == "opt":
            stack += term.args
    return frozenset(found)


def _breach(sheet: Sheet, row: Pair, take: Seen, undo: Seen) -> Breach:
    path, function = sheet.fn.path, sheet.fn.name
    places = [Place(path, function, seen.event.offset) for seen in (take, undo)]
    names = [", ".join(sorted(_finders(sheet, seen, row))) for seen in (take, undo)]
    return Breach(
        need="isolation",
        kind="asymmetric-undo",
        base=places[1],
        subject=row.text,
        name=undo.event.name,
        other=take.event.name,
        steps=(
            Shown("takes", f"blocks that {names[0]}() finds", places[0]),
            Shown("undoes", f"blocks that {names[1]}() finds", places[1]),
        ),
    )
