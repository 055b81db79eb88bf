"""What an earlier run found out that a later one need not: the answers that an edit leaves alone.

Only for edits of functions, and of names that stand nowhere else: then all else is as it was, but
further up or down.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from mmlint.callgraph.looked_up import LookedUp
from mmlint.callgraph.reliance import Graph, Kept
from mmlint.findings.suppressions import MARK
from mmlint.judging import Candidate, Way
from mmlint.model import NotAnalysed
from mmlint.syntax.definition_sites import DefinitionSite
from mmlint.syntax.edits import Edit, edit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mmlint.callgraph.program import Located
    from mmlint.model import Finding, Run, Span, Step

KindT = TypeVar("KindT")
Function = tuple[str, str, int]
"""The path, name and variant of a function."""


_MOST_PARTS: Final = 32
"""After so many edits one run from the beginning is cheaper than what has gathered."""


class Further(msgspec.Struct, frozen=True, array_like=True):
    """A function, and where it is; None once its file is another one."""

    function: Function
    site: DefinitionSite | None


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What there is to say to a question about a function; `node` is its number in the graph.

    `further` are functions that have to be looked at because of it; `said` is the answer to a
    question of yes or no.
    """

    question: str
    function: Function
    node: int
    candidates: tuple[Candidate, ...] = ()
    further: tuple[Further, ...] = ()
    said: bool = False


class Part(msgspec.Struct, frozen=True, array_like=True):
    """Answers of one process with what they rest on.

    `wrapping` are the functions that pass on what they take, by path and name, `gaps` what was not
    analysed; for the others see `Reliance`. The last of several has what all of them looked up.
    """

    graph: Graph
    answers: tuple[Answer, ...]
    wrapping: tuple[tuple[str, str], ...] = ()
    sought: tuple[bytes, ...] = ()
    offered: dict[str, bool] = {}
    gaps: tuple[NotAnalysed, ...] = ()
    listed: tuple[str, ...] = ()
    looked_up: LookedUp | None = None


class Carried(NamedTuple):
    """A run that was not made again, and what a later one can go on from."""

    run: Run
    parts: tuple[Part, ...]


class Earlier:
    """The answers of `parts` that are the same after `edits`.

    Of a file that is `marked` it may be another finding that a comment silences.
    """

    def __init__(
        self, parts: Sequence[Part], edits: Sequence[Edit], *, marked: bool = False
    ) -> None:
        self._edits = {edit.path: edit for edit in edits}
        self.wrapping = frozenset(one for part in parts for one in part.wrapping)
        self._concerned = marked
        self._parts = [self._left(part) for part in parts]
        self._known = {
            (answer.question, answer.function): (answer, part)
            for part in self._parts
            for answer in part.answers
        }
        self._gaps = [gap for part in parts for gap in part.gaps]
        self._used: set[tuple[str, Function]] = set()

    def answer(self, question: str, place: Located) -> Answer | None:
        """What there was to say about a function, as of now; None where that may be otherwise."""
        found = self._find(question, function_at(place))
        return None if found is None else found[0]

    def kept(self, question: str, function: Function) -> Kept | None:
        """The same of a question of yes or no, with what the answer rests on."""
        found = self._find(question, function)
        if found is None:
            return None
        answer, part = found
        return Kept(answer.said, part.graph.below((answer.node,)), part.sought)

    def _find(self, question: str, function: Function) -> tuple[Answer, Part] | None:
        found = self._known.get((question, function))
        if found is not None:
            self._used.add((question, function))
        return found

    @property
    def doubtful(self) -> list[tuple[str, bool]]:
        """Names of which the tree may have become the first or lost the last, and what was so."""
        words = {word for edit in self._edits.values() for word in edit.words}
        return [told for part in self._parts for told in part.offered.items() if told[0] in words]

    @property
    def used(self) -> frozenset[tuple[str, Function]]:
        """The questions that were answered."""
        return frozenset(self._used)

    def disown(self, question: str) -> None:
        """What was said to a question is of no use after all."""
        self._used = {(asked, function) for asked, function in self._used if asked != question}

    def use(self, questions: Iterable[tuple[str, Function]]) -> None:
        """These were answered too, in another process."""
        self._used.update(questions)

    def parts(self) -> list[Part]:
        """The parts with the answers that were asked for, and nothing that no one rests on."""
        return [left for part in self._parts if (left := self._asked_for(part)).answers]

    def carried(self, run: Run, in_scope: Callable[[str], bool]) -> Carried | None:
        """The whole `run` as of now; None where what changed may concern anything that is said."""
        if self._concerned or self.doubtful:
            return None
        findings = _all(self._finding(finding) for finding in run.findings)
        gaps = _all(self._gap(gap) for gap in run.not_analysed)
        if findings is None or gaps is None:
            return None
        lines = run.analysed.lines + self._more_lines(in_scope)
        now = msgspec.structs.replace(
            run,
            findings=findings,
            analysed=msgspec.structs.replace(run.analysed, lines=lines),
            not_analysed=gaps,
        )
        return Carried(now, with_all(self._parts, gaps, self.looked_up(in_scope)))

    def looked_up(self, in_scope: Callable[[str], bool]) -> LookedUp | None:
        """What was looked up in many files, of which those that changed are stale."""
        known = self._parts[-1].looked_up if self._parts else None
        if known is None:
            return None
        functions = {name for edit in self._edits.values() for name in edit.functions}
        return known.later(self._edits, functions, self._more_lines(in_scope))

    def _more_lines(self, in_scope: Callable[[str], bool]) -> int:
        """How many lines more than before there are in the scope."""
        return sum(edit.lines for path, edit in self._edits.items() if in_scope(path))

    def gaps(self, kept: Iterable[Part]) -> frozenset[NotAnalysed]:
        """What was not analysed and still is not: files, and functions that `kept` rest on."""
        names = {name for part in kept for name in part.graph.bodies}
        held = (gap for gap in self._gaps if not gap.function or gap.function in names)
        return frozenset(gap for gap in map(self._gap, held) if gap is not None)

    def _gap(self, gap: NotAnalysed) -> NotAnalysed | None:
        line = self._line(gap.path, gap.line)
        return None if line is None else msgspec.structs.replace(gap, line=line)

    def _asked_for(self, part: Part) -> Part:
        answers = [a for a in part.answers if (a.question, a.function) in self._used]
        graph = part.graph.below(answer.node for answer in answers)
        return msgspec.structs.replace(
            part,
            graph=graph,
            answers=tuple(answers),
            wrapping=(),
            gaps=(),
            listed=(),
            looked_up=None,
        )

    def _left(self, part: Part) -> Part:
        edits = self._edits.values()
        reached = part.graph.reached(
            {name for edit in edits for name in edit.functions},
            {word for edit in edits for word in edit.words},
            indirect=self._is_sought(part.sought) or any(edit.concerns_types for edit in edits),
        )
        moved = (self._moved(a) for a in part.answers if a.node not in reached)
        answers = tuple(answer for answer in moved if answer is not None)
        lost = bool(reached) or len(answers) < len(part.answers)
        self._concerned = self._concerned or lost or self._may_concern(part)
        followed = {node: self._function(f) for node, f in part.graph.followed.items()}
        return msgspec.structs.replace(
            part,
            graph=msgspec.structs.replace(part.graph, followed=followed),
            answers=answers,
        )

    def _may_concern(self, part: Part) -> bool:
        """Whether code that changed has a name by which functions are looked for."""
        names = (part.listed, part.graph.words, part.offered)
        return any(
            not edit.spelled.isdisjoint(each) for edit in self._edits.values() for each in names
        )

    def _function(self, function: Function) -> Function:
        """A function as it is named now: a macro goes by its line."""
        path, name, variant = function
        line = self._line(path, -1 - variant) if variant < 0 and path in self._edits else None
        return function if line is None else (path, name, -1 - line)

    def _is_sought(self, patterns: Sequence[bytes]) -> bool:
        texts = [text for edit in self._edits.values() for text in edit.texts]
        return any(re.search(one, text, re.MULTILINE) for one in patterns for text in texts)

    def _moved(self, answer: Answer) -> Answer | None:
        """An answer with its places where they are now; None if one is not known any more."""
        moved: list[Candidate] = []
        for candidate in answer.candidates:
            finding = self._finding(candidate.finding)
            way = self._way(candidate)
            if finding is None or (way is None and candidate.way is not None):
                return None
            moved.append(Candidate(finding, way))
        further = tuple(map(self._as_of_now, answer.further))
        return msgspec.structs.replace(answer, candidates=tuple(moved), further=further)

    def _as_of_now(self, further: Further) -> Further:
        return Further(further.function, None) if further.function[0] in self._edits else further

    def _finding(self, finding: Finding) -> Finding | None:
        if not self._edits.keys() & {finding.span.path, *(step.path for step in finding.steps)}:
            return finding
        span = self._span(finding.span)
        steps = [self._step(step) for step in finding.steps]
        known = tuple(step for step in steps if step is not None)
        if span is None or len(known) < len(steps):
            return None
        return msgspec.structs.replace(finding, span=span, steps=known)

    def _span(self, span: Span) -> Span | None:
        first, last = self._line(span.path, span.line), self._line(span.path, span.end_line)
        if first is None or last is None:
            return None
        return msgspec.structs.replace(span, line=first, end_line=last)

    def _step(self, step: Step) -> Step | None:
        line = self._line(step.path, step.line)
        return None if line is None else msgspec.structs.replace(step, line=line)

    def _line(self, path: str, line: int) -> int | None:
        edit = self._edits.get(path)
        return line if edit is None else edit.line(line)

    def _way(self, candidate: Candidate) -> Way | None:
        if candidate.way is None:
            return None
        hops, first, places = candidate.way
        base = self._offset(candidate.finding.span.path, first)
        moved: list[tuple[str, str, int, str]] = []
        for path, name, offset, callee in places:
            at = self._offset(path, offset)
            if at is None:
                return None
            moved.append((path, name, at, callee))
        return None if base is None else (hops, base, tuple(moved))

    def _offset(self, path: str, offset: int) -> int | None:
        edit = self._edits.get(path)
        return offset if edit is None else edit.offset(offset)


def earlier_of(
    parts: bytes,
    changed: Iterable[tuple[str, bytes, bytes]],
    stands: Callable[[frozenset[str]], bool],
) -> Earlier | None:
    """What encoded `parts` say after files were `changed`: path, old and new contents.

    None where more changed than what functions hold and names that nobody else uses, or nobody can
    read the parts. `stands` says whether one of some names stands in a file that did not change.
    """
    edits: list[Edit] = []
    marked = False
    for path, old, new in changed:
        found = edit(path, old, new)
        if found is None:
            return None
        edits.append(found)
        marked = marked or MARK in old or MARK in new
    try:
        known = msgspec.msgpack.decode(parts, type=tuple[Part, ...])
    except msgspec.DecodeError:
        return None
    if len(known) > _MOST_PARTS or _are_known_elsewhere(edits, stands):
        return None
    return Earlier(known, edits, marked=marked)


def _are_known_elsewhere(edits: Sequence[Edit], stands: Callable[[frozenset[str]], bool]) -> bool:
    """Whether code that did not change has names that came or went.

    What is said of a declared function whose definition is known is found out again anyway.
    """
    defined = frozenset[str]().union(*(edit.defined for edit in edits))
    declared = frozenset[str]().union(*(edit.declared for edit in edits))
    names = frozenset[str]().union(declared - defined, *(edit.names for edit in edits))
    return bool(names) and (any(edit.keeps(names) for edit in edits) or stands(names))


def _all(found: Iterable[KindT | None]) -> tuple[KindT, ...] | None:
    """All of them; None where one is."""
    every = tuple(found)
    there = tuple(one for one in every if one is not None)
    return there if len(there) == len(every) else None


def with_all(
    parts: Iterable[Part], gaps: tuple[NotAnalysed, ...], looked_up: LookedUp | None
) -> tuple[Part, ...]:
    """The parts, of which the last one alone has what concerns all."""
    *others, last = (msgspec.structs.replace(part, gaps=(), looked_up=None) for part in parts)
    return (*others, msgspec.structs.replace(last, gaps=gaps, looked_up=looked_up))


def answer_at(question: str, place: Located) -> tuple[str, str, str, int]:
    """The name of an answer among those that others rest on."""
    return (question, *function_at(place))


def function_at(place: Located) -> Function:
    """The function at a place, by its names."""
    path, site = place
    return path, site.name, site.variant
