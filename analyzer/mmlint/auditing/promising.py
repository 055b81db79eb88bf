"""What the bodies of a function promise, need and hold, as its callers see it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from mmlint.auditing.spelling import Spelling
from mmlint.callgraph.program import Program
from mmlint.dataflow.state import ANY, NEGATIVE, NONZERO, POSITIVE, ZERO
from mmlint.dataflow.summary import RESULT
from mmlint.dataflow.typestate.sheets import Sheets
from mmlint.dataflow.whole import Analyses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.dataflow.summary import Summary
    from mmlint.dataflow.terms import Term
    from mmlint.dataflow.typestate.effects import Case, Effect
    from mmlint.knowledge import Knowledge
    from mmlint.source.tree import Tree

_SIGNS: Final = {
    ANY: "always",
    NONZERO: "where {} is not 0",
    ZERO: "where {} is 0",
    NEGATIVE: "where {} is negative",
    POSITIVE: "where {} is positive",
    ZERO | POSITIVE: "where {} is not negative",
    NEGATIVE | ZERO: "where {} is not positive",
}
_DONE: Final = {"acquire": "holds", "release": "releases", "": "leaves alone"}


class Promise(msgspec.Struct, frozen=True):
    """What one definition, at `path`:`line`, promises: `says` is a sentence each."""

    path: str
    line: int
    says: tuple[str, ...]


def promises(tree: Tree, knowledge: Knowledge, name: str) -> tuple[Promise, ...]:
    """What the definitions of `name` in a kernel tree do, by file and line."""
    program = Program(tree, tree.files(("mm",))[0])
    analyses = Analyses(program, knowledge)
    sheets = Sheets(analyses)
    found = []
    for fn in program.definitions(name, "mm/"):
        analysed = analyses.of(fn)
        sheet = None if fn.is_macro else sheets.of(fn)
        spelling = Spelling(partial(_line, program, fn.path))
        says: list[str] = []
        if analysed is not None:
            pages = {p.name for p in fn.params if p.type in knowledge.page_types}
            says += _of_summary(analysed.summary, pages, spelling)
        for effect in sheet.effects if sheet is not None else ():
            says += _of_effect(effect, knowledge, spelling)
        found.append(Promise(fn.path, fn.line, tuple(says)))
    return tuple(sorted(found, key=lambda promise: (promise.path, promise.line)))


def _line(program: Program, path: str, offset: int) -> int:
    outline = program.outline(path)
    return outline.lines.position(offset)[0] if outline is not None else 0


def _of_summary(summary: Summary, pages: set[str], spelling: Spelling) -> Iterator[str]:
    for mask, facts in summary.implies:
        for fact in sorted(map(spelling.fact, facts)):
            yield f"{_when(mask, 'the result')}: {fact}"
    for ended in sorted(map(spelling.fact, summary.ends)):
        yield f"ends: {ended}"
    for need in summary.needs:
        yield f"needs of its callers: {need.need}({spelling.term(need.subject)})"
    if summary.touches & pages:
        yield f"reads the page in: {', '.join(sorted(summary.touches & pages))}"


def _of_effect(effect: Effect, knowledge: Knowledge, spelling: Spelling) -> Iterator[str]:
    key = ", ".join(map(spelling.term, effect.key))
    for case in effect.cases:
        if case.what in _DONE:
            named = f"{effect.pair}({key})" if key else effect.pair
            text = knowledge.pairs[effect.pair].text
            yield f"{_of_case(case, spelling)}: {_DONE[case.what]} {named} ({text})"


def _of_case(case: Case, spelling: Spelling) -> str:
    return _when(case.mask, "" if case.on is None else _spelled(case.on, spelling))


def _spelled(term: Term, spelling: Spelling) -> str:
    return "the result" if term is RESULT else spelling.term(term)


def _when(mask: int, what: str) -> str:
    return _SIGNS.get(mask, "sometimes").format(what)
