"""From a need that stays open to a finding: the case for the rule, the steps for the reader."""

from __future__ import annotations

import re
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from mmlint.api import Case, Incident, Verdict
from mmlint.callgraph.places import architecture
from mmlint.model import Finding, Severity, Span, Step
from mmlint.source.patterns import DEFINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mmlint.dataflow.climb import Path
    from mmlint.dataflow.origins import Source
    from mmlint.dataflow.summary import Need, Place
    from mmlint.dataflow.typestate.breaches import Breach
    from mmlint.discovery import LoadedRule
    from mmlint.knowledge import Knowledge
    from mmlint.syntax.outline import Outline

# What decides where several origins meet: the first of these.
STRENGTH: Final = ("outside", "span", "device", "contract", "unknown", "entry", "held", "safe")
_MAX_STATEMENT: Final = 2000
_OPEN, _CLOSE = b"()"


Way = tuple[int, int, tuple[tuple[str, str, int, str], ...]]
"""How many calls a way has, where it begins, and each call: path, caller, offset and callee."""


class Candidate(msgspec.Struct, frozen=True):
    """A finding; `way` tells several about one value apart, None where all are to be reported."""

    finding: Finding
    way: Way | None = None

    @property
    def rank(self) -> tuple[int, Way]:
        """The lowest is the one to report: the most severe, then the shortest way."""
        return -self.finding.severity, self.way or (0, 0, ())


class _Judged(NamedTuple):
    """What a rule says of a way; the lowest comes first.

    `least` is the rank that it may have once all is asked about it. `order` is unique and tells
    the ways as they came from what was `asked`, of which the way from which it is left comes first.
    """

    least: tuple[int, Way]
    order: tuple[int, ...]
    verdict: Verdict
    path: Path

    @property
    def asked(self) -> bool:
        return len(self.order) > 1


class Composer:
    """Builds cases and findings for one run."""

    def __init__(
        self,
        knowledge: Knowledge,
        outline_of: Callable[[str], Outline | None],
        offers: Callable[[str], bool],
        *,
        strict: bool = False,
    ) -> None:
        self._strict = strict
        self._knowledge = knowledge
        self._outline = outline_of
        self._offers = offers

    def candidate(
        self, rule: LoadedRule, paths: Iterable[Path], confirmed: Callable[[Path], Iterable[Path]]
    ) -> Candidate | None:
        """The worst that `rule` has to say about one conversion, question or use, if anything.

        `confirmed` gives what is left of a way when all is asked about it. That costs searches of
        the tree: ways are asked for it from the worst on, only where one says more than a note,
        and only until none of the others can be worse.
        """
        waiting = list(self._judged(rule, paths, ()))
        heapify(waiting)
        asks = bool(waiting) and waiting[0].verdict.severity > Severity.NOTE
        while waiting:
            worst = heappop(waiting)
            if worst.asked or not asks:
                return Candidate(self._finding(rule, worst.verdict, worst.path), _way(worst.path))
            for left in self._judged(rule, confirmed(worst.path), worst.order):
                heappush(waiting, left)
        return None

    def _judged(
        self, rule: LoadedRule, paths: Iterable[Path], order: tuple[int, ...]
    ) -> Iterator[_Judged]:
        """The ways of which the rule has something to say; `order` is that of what they are of."""
        for number, path in enumerate(paths):
            verdict: Verdict | None = rule.judge(self.case(path))
            if verdict is None:
                continue
            # Who calls a function that nobody calls by name may turn out to come from outside.
            rises = path.top is not None and not order and verdict.severity > Severity.NOTE
            claims = Severity.ERROR if rises else verdict.severity
            yield _Judged((-claims, _way(path)), (*order, number), verdict, path)

    def incident(self, rule: LoadedRule, breach: Breach) -> Finding | None:
        """The finding of `rule` on something that paths show; None where it has nothing to say."""
        case = Incident(
            kind=breach.kind,
            subject=breach.subject,
            name=breach.name,
            other=breach.other,
            marks=breach.marks | ({"strict"} if self._strict else set()),
            offers=self._offers,
        )
        verdict: Verdict | None = rule.judge(case)
        if verdict is None:
            return None
        steps = [self._at(shown.label, shown.text, shown.place) for shown in breach.steps]
        steps.append(self._at("lacks", verdict.lacks, breach.base))
        return self._reported(rule, verdict, breach.base, tuple(steps))

    def case(self, path: Path) -> Case:
        """The case that a rule judges for this way."""
        need = path.need
        kinds = frozenset(source.kind for source in path.sources)
        origin = next((kind for kind in STRENGTH if kind in kinds), "unknown")
        return Case(
            subject=self._spelled(need.base),
            name=need.name,
            how=self._how(path),
            origin=origin,
            origins=kinds,
            origin_text="; ".join(sorted(s.text for s in path.sources)),
            has=need.has,
            partly=need.partly,
            walk="walk" in need.marks,
            marks=need.marks | self._circumstances(need.base.path),
            offers=self._offers,
        )

    def _circumstances(self, path: str) -> set[str]:
        """``strict``, and ``unplugged`` in a file of an architecture without memory hotplug."""
        plugged = self._knowledge.hotplug
        found = {"strict"} if self._strict else set()
        if plugged and architecture(path) not in {"", *plugged}:
            found.add("unplugged")
        return found

    @staticmethod
    def _how(path: Path) -> str:
        need = path.need
        if need.need == "online":
            how = need.text
            return f"{how}()" if how.isidentifier() else how
        return need.text

    def _finding(self, rule: LoadedRule, verdict: Verdict, path: Path) -> Finding:
        return self._reported(rule, verdict, path.need.base, tuple(self._steps(verdict, path)))

    def _reported(
        self, rule: LoadedRule, verdict: Verdict, base: Place, steps: tuple[Step, ...]
    ) -> Finding:
        span, statement = self._span(base)
        return Finding(
            rule=rule.info.name,
            kind=verdict.kind,
            severity=verdict.severity,
            span=span,
            function=base.function,
            message=verdict.message,
            steps=steps,
            fix=verdict.fix,
            statement=statement,
        )

    def _steps(self, verdict: Verdict, path: Path) -> Iterator[Step]:
        need = path.need
        for source in self._origins_to_show(path):
            yield self._step("pfn" if need.need != "reference" else "page", _origin(source), source)
        for check in dict.fromkeys(c for c in need.checks if c.place != need.touch):
            fact = self._knowledge.facts.get(check.fact.removeprefix("range "))
            if fact is not None:
                some = " (on some paths, or once a block)" if fact.name in need.partly else ""
                yield self._at("has", f"{check.name}(): {fact.text}{some}", check.place)
        for name in sorted(need.has):
            fact = self._knowledge.facts.get(name)
            if fact is not None and fact.subject == "context":
                yield self._at("has", f"{fact.text}, which does not answer this", need.touch)
        yield from self._uses(need)
        lacking = need.touch if need.need == "online" else need.base
        yield self._at("lacks", verdict.lacks, lacking)
        for hop in need.hops:
            yield self._at("from", f"{hop.place.function}() calls {hop.callee}()", hop.place)
        if path.callers > 1:
            text = f"{path.holding} of {path.callers} callers show what is needed"
            yield Step(need.base.path, 0, 0, need.base.function, "callers", text)
        if path.bounded:
            text = "the chain of callers is longer than was followed"
            yield Step(need.base.path, 0, 0, need.base.function, "callers", text)

    def _uses(self, need: Need) -> Iterator[Step]:
        """What is done: the conversion and the touch, the question, or the use."""
        base = self._spelled(need.base)
        if need.need == "online":
            made = need.touch != need.base or need.name != need.text
            if made:
                yield self._at("page", f"from {base}", need.base)
            if need.touch != need.base or not made:
                yield self._at("touch", f"{self._spelled(need.touch)} reads it", need.touch)
            return
        yield self._at("asks" if need.need == "reference" else "use", base, need.base)
        if need.touch != need.base:
            inner = self._spelled(need.touch)
            yield self._at(
                "by", f"{inner}, which {need.text}" if need.need == "zone" else inner, need.touch
            )

    @staticmethod
    def _origins_to_show(path: Path) -> list[Source]:
        ordered = sorted(path.sources, key=_order)
        strong = [s for s in ordered if s.kind in ("outside", "span")]
        return (strong or ordered)[:3]

    def _step(self, label: str, text: str, source: Source) -> Step:
        outline = self._outline(source.path) if source.path and source.at else None
        if outline is None:
            return Step(source.path, 0, 0, source.function, label, text)
        line, column = outline.lines.position(source.at)
        return Step(source.path, line, column, source.function, label, text)

    def _at(self, label: str, text: str, place: Place) -> Step:
        outline = self._outline(place.path)
        line, column = outline.lines.position(_offset(outline, place)) if outline else (0, 0)
        return Step(place.path, line, column, place.function, label, text)

    def _spelled(self, place: Place) -> str:
        """The expression at `place` as the source writes it, on one line."""
        outline = self._outline(place.path)
        if outline is None:
            return place.function
        at = _offset(outline, place)
        if at != place.offset:
            end = outline.data.find(b"\n", at)
            text = outline.data[at : end if end >= 0 else None].rstrip(b"\\\r")
        else:
            text = outline.data[at : self._end(outline, at)]
        return " ".join(text.decode(errors="replace").split())

    @staticmethod
    def _end(outline: Outline, start: int) -> int:
        """Past the expression at `start`: a call with its arguments, or a chain of members."""
        code = outline.code
        match = re.compile(rb"[\w*&]+(?:\s*(?:->|\.)\s*\w+)*").match(code, start)
        end = match.end() if match else start + 1
        opening = re.compile(rb"\s*\(").match(code, end)
        if not opening:
            return end
        depth = 0
        for position in range(opening.end() - 1, min(len(code), start + _MAX_STATEMENT)):
            byte = code[position]
            depth += (byte == _OPEN) - (byte == _CLOSE)
            if depth == 0:
                return position + 1
        return end

    def _span(self, place: Place) -> tuple[Span, str]:
        outline = self._outline(place.path)
        if outline is None:
            return Span(place.path, 0, 0, 0, 0), place.function
        line, column = outline.lines.position(place.offset)
        end_line, end_column = outline.lines.position(self._end(outline, place.offset))
        return Span(place.path, line, column, end_line, end_column), self._statement(
            outline, place.offset
        )

    @staticmethod
    def _statement(outline: Outline, offset: int) -> str:
        """The statement around `offset`, white space folded: what the fingerprint is made of."""
        code = outline.code
        start = max(code.rfind(mark, 0, offset) for mark in (b";", b"{", b"}")) + 1
        end = min(
            (e for e in (code.find(b";", offset), code.find(b"{", offset)) if e >= 0),
            default=len(code),
        )
        return " ".join(
            code[start : min(end, start + _MAX_STATEMENT)].decode(errors="replace").split()
        )


def _order(source: Source) -> tuple[int, str, str, int]:
    return STRENGTH.index(source.kind), source.text, source.path, source.at


def _way(path: Path) -> Way:
    hops = path.need.hops
    calls = ((h.place.path, h.place.function, h.place.offset, h.callee) for h in hops)
    return len(hops), path.need.base.offset, tuple(calls)


def _origin(source: Source) -> str:
    words = {
        "outside": "comes from outside: ",
        "span": "walks ",
        "device": "from ",
        "entry": "read from ",
        "contract": "by contract: ",
        "unknown": "of unknown origin: ",
        "safe": "",
        "held": "held by ",
    }
    return words.get(source.kind, "") + source.text


def _offset(outline: Outline, place: Place) -> int:
    """Where a place is: of the body of a macro nothing but its definition, see `parse_macro`."""
    if place.offset:
        return place.offset
    name = re.escape(place.function.encode(errors="replace"))
    found = re.search(DEFINE + name + rb"\b", outline.data, re.MULTILINE)
    return found.start() if found is not None else 0
