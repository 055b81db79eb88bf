"""What is known at each line of a function: what comes, what goes, and why."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from mmlint.auditing.spelling import Spelling
from mmlint.callgraph.program import Program
from mmlint.dataflow.whole import Analyses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mmlint.dataflow.function import Analysed
    from mmlint.dataflow.recording import Moment
    from mmlint.dataflow.state import Known
    from mmlint.knowledge import Knowledge
    from mmlint.model import NotAnalysed
    from mmlint.source.tree import Tree


class Change(msgspec.Struct, frozen=True):
    """A fact that comes or goes; `when` is "true" or "false" on one way out of a test, else ""."""

    fact: str
    why: str
    when: str


class KnownLine(msgspec.Struct, frozen=True):
    """A line of the source: what is `known` before it, is `new` or `gone` after it.

    `lacking` are facts that something on the line needs and nobody shows.
    """

    line: int
    source: str
    known: tuple[str, ...] = ()
    new: tuple[Change, ...] = ()
    gone: tuple[Change, ...] = ()
    lacking: tuple[str, ...] = ()


class KnownFunction(msgspec.Struct, frozen=True):
    """A function (under one selection of `#if` arms, in words) line by line."""

    function: str
    path: str
    line: int
    condition: str
    lines: tuple[KnownLine, ...]


class FactsRequest(msgspec.Struct, frozen=True):
    """The functions of the file `path` of `tree`, or those of them that are called `function`."""

    tree: Tree
    path: str
    function: str
    knowledge: Knowledge
    progress: Callable[[str], None] | None = None


def facts(request: FactsRequest) -> tuple[tuple[KnownFunction, ...], tuple[NotAnalysed, ...]]:
    """What is known in each function of a file, and what could not be analysed."""
    program = Program(request.tree, (request.path,), request.progress)
    analyses = Analyses(program, request.knowledge, recording=True)
    return tuple(_functions(request, program, analyses)), (*program.not_analysed, *analyses.failed)


def _functions(
    request: FactsRequest, program: Program, analyses: Analyses
) -> Iterator[KnownFunction]:
    outline = program.outline(request.path)
    for site in outline.definitions if outline is not None else ():
        if request.function not in ("", site.name):
            continue
        for fn in program.parse(request.path, site):
            analysed = analyses.of(fn)
            if analysed is not None:
                yield _Knowing(program, analysed).function()


class _Knowing:
    """Sorts what one analysis saw by lines."""

    def __init__(self, program: Program, analysed: Analysed) -> None:
        self.analysed = analysed
        self.frame = analysed.frame
        self.fn = analysed.fn
        self.knowledge = analysed.frame.knowledge
        outline = program.outline(self.fn.path)
        assert outline is not None
        self.position = outline.lines.position
        self.source = outline.data.decode("utf-8", "surrogateescape").split("\n")
        self.spelling = Spelling(self.line)

    def line(self, offset: int) -> int:
        return self.position(offset)[0]

    def function(self) -> KnownFunction:
        fn = self.fn
        moments: dict[int, list[Moment]] = defaultdict(list)
        for moment in self.frame.recording.moments if self.frame.recording else ():
            moments[self.line(moment.offset)].append(moment)
        lacking = self._lacking()
        lines = tuple(
            self._line(number, moments.get(number, []), lacking.get(number, ()))
            for number in range(fn.line, fn.end_line + 1)
        )
        return KnownFunction(fn.name, fn.path, fn.line, fn.condition, lines)

    def _line(
        self, number: int, moments: list[Moment], lacking: tuple[str, ...] | list[str]
    ) -> KnownLine:
        new: dict[Change, None] = {}
        gone: dict[Change, None] = {}
        for moment in sorted(moments, key=lambda m: m.offset):
            for known in self._sorted(moment.after - moment.before):
                # That a fact was dropped is shown once: as the fact that goes.
                if not known.fact.startswith("dropped "):
                    new[self._change(known, moment, self._why_new(known, number))] = None
            for known in self._sorted(moment.before - moment.after):
                gone[self._change(known, moment, self._why_gone(known, number))] = None
        before = frozenset.intersection(*(m.before for m in moments)) if moments else frozenset()
        return KnownLine(
            line=number,
            source=self.source[number - 1].rstrip("\r"),
            known=tuple(map(self.spelling.fact, self._sorted(before))),
            new=tuple(new),
            gone=tuple(gone),
            lacking=tuple(lacking),
        )

    def _change(self, known: Known, moment: Moment, why: str) -> Change:
        when = "" if moment.holds is None else str(moment.holds).lower()
        return Change(self.spelling.fact(known), why, when)

    def _sorted(self, facts: frozenset[Known]) -> list[Known]:
        return sorted(facts, key=self.spelling.fact)

    def _why_new(self, known: Known, number: int) -> str:
        check = self.frame.checks.get(known._replace(zone=None))
        if check is not None and self.line(check.place.offset) == number:
            return f"{check.name}()"
        here = self._calls_at(number)
        if known.key is not None and here and check is not None:
            return f"{here[-1]}()"
        return f"{check.name}()" if check is not None else "it follows"

    def _calls_at(self, number: int) -> list[str]:
        calls = self.frame.recording.calls if self.frame.recording else []
        return [call.name for call in calls if self.line(call.offset) == number]

    def _why_gone(self, known: Known, number: int) -> str:
        here = self._calls_at(number)
        ending = (
            name
            for name in here
            if any(known.fact in row.facts for row in self.knowledge.destroy.get_rows(name))
        )
        named = next(ending, None) or next(reversed(here), None)
        return f"{named}()" if named else "the value is another one"

    def _lacking(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = defaultdict(list)
        for need in self.analysed.needs:
            place = need.hops[-1].place if need.hops else need.touch
            if (place.path, place.function) == (self.fn.path, self.fn.name):
                subject = self.spelling.term(need.subject)
                text = f"{need.need}({subject}) for {need.name}()"
                line = found[self.line(place.offset)]
                if text not in line:
                    line.append(text)
        return found
