"""What is found in one part of the scope, by itself: the work that processes share.

A part is what one file needs, or the contracts of the whole scope, whose rules go from function
to function anyway. Nothing that is found depends on which parts the same process had before.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

import msgspec

from mmlint.dataflow.climb import Climb
from mmlint.dataflow.telling import called_in
from mmlint.dataflow.typestate.balance import PAIRS
from mmlint.dataflow.typestate.contracts import RESTING, Contracts, searched
from mmlint.dataflow.whole import Analyses
from mmlint.earlier import Answer, Further, Part, answer_at, function_at
from mmlint.judging import Candidate
from mmlint.model import NotAnalysed
from mmlint.source.names import finder
from mmlint.syntax.outline import DefinitionSite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mmlint.callgraph.program import Located, Program
    from mmlint.callgraph.reliance import Followed
    from mmlint.dataflow.climb import Path
    from mmlint.discovery import LoadedRule
    from mmlint.earlier import Earlier
    from mmlint.judging import Composer
    from mmlint.knowledge import Knowledge
    from mmlint.model import Finding
    from mmlint.source.names import Finder

NEEDS: Final = "needs"
"""The question what needs of a function stay open."""
CONTRACTS: Final = ""
"""The path of the task that is about the contracts of the whole scope."""


class Task(msgspec.Struct, frozen=True):
    """The functions of one file that have to be examined."""

    path: str
    sites: tuple[DefinitionSite, ...] = ()

    @property
    def places(self) -> list[Located]:
        """The functions with their file."""
        return [(self.path, site) for site in self.sites]


class Outcome(msgspec.Struct, frozen=True):
    """What came of tasks; `further` has functions that have to be examined because of it.

    `followed` has path, name and variant of the functions that were analysed.
    """

    candidates: tuple[Candidate, ...] = ()
    further: frozenset[Located] = frozenset()
    followed: frozenset[Followed] = frozenset()
    not_analysed: frozenset[NotAnalysed] = frozenset()

    @classmethod
    def joined(cls, outcomes: Iterable[Outcome]) -> Outcome:
        """All of them as one, when nothing further is left."""
        every = list(outcomes)
        return cls(
            tuple(one for outcome in every for one in outcome.candidates),
            followed=frozenset().union(*(outcome.followed for outcome in every)),
            not_analysed=frozenset().union(*(outcome.not_analysed for outcome in every)),
        )


class Examination:
    """Does the tasks of one run in one process; what is known from `earlier` is not done again."""

    def __init__(
        self,
        program: Program,
        knowledge: Knowledge,
        rules: tuple[LoadedRule, ...],
        composer: Composer,
        earlier: Earlier | None = None,
    ) -> None:
        self._program = program
        self._knowledge = knowledge
        self._rules = rules
        self._scope = frozenset(program.scope)
        self._needs = {rule.need for rule in rules}
        self._composer = composer
        self._earlier = earlier
        self._answers: list[Answer] = []
        self._wrapping: frozenset[tuple[str, str]] = frozenset()
        if earlier is not None:
            program.reliance.earlier = earlier.kept

    def tasks(self) -> list[Task]:
        """What there is to do at first."""
        program = self._program
        program.expect(searched(self._knowledge))
        program.foresee(row.writer for row in self._knowledge.tables.span_guard)
        triggers = self._knowledge.triggers(self._needs)
        return [Task(CONTRACTS), *tasks_of(program.handed(triggers))]

    def of(self, task: Task) -> Outcome:
        """Do one."""
        if task.path == CONTRACTS:
            return self._of_contracts()
        known = self._analyses.following
        answers = [self._answer(NEEDS, place, self._needs_of) for place in task.places]
        return Outcome(
            tuple(candidate for answer in answers for candidate in answer.candidates),
            frozenset(place for a in answers for place in self._places(a.further)),
            self._analyses.followed_since(known),
            self._gaps(self._analyses.failed),
        )

    def part(self) -> Part:
        """What a later run can go on from."""
        reliance = self._program.reliance
        # The answers have numbers in the graph.
        answers = (*self._answers, *self._said())
        return Part(
            reliance.graph(),
            answers,
            tuple(self._wrapping),
            tuple(reliance.sought),
            reliance.offered,
            listed=tuple(reliance.listed),
            looked_up=self._program.looked_up(),
        )

    def _said(self) -> Iterator[Answer]:
        """What was said to questions of yes or no."""
        reliance = self._program.reliance
        for (question, function), said in reliance.said.items():
            path, name, _ = function
            yield Answer(question, function, reliance.number((question, (path, name))), said=said)

    def _answer(
        self,
        question: str,
        place: Located,
        find: Callable[[Located], tuple[list[Candidate], Iterable[Located]]],
    ) -> Answer:
        """What there is to say to a question about a function, found out only if it has to be."""
        known = self._earlier.answer(question, place) if self._earlier is not None else None
        if known is not None:
            return known
        reliance = self._program.reliance
        node = answer_at(question, place)
        with reliance.making(node):
            reliance.body(place[1].name)
            candidates, further = find(place)
        told = tuple(Further(function_at(one), one[1]) for one in further)
        number = reliance.number(node)
        answer = Answer(question, function_at(place), number, tuple(candidates), told)
        if reliance.recording:
            self._answers.append(answer)
        return answer

    def _places(self, functions: Iterable[Further]) -> Iterator[Located]:
        """Where functions are now."""
        for further in functions:
            path, name, variant = further.function
            if further.site is not None:
                yield path, further.site
                continue
            outline = self._program.outline(path)
            for site in outline.named(name) if outline is not None else ():
                if site.variant == variant:
                    yield path, site

    def _needs_of(self, place: Located) -> tuple[list[Candidate], set[Located]]:
        """What the needs that stay open in a function show, on all ways on which they do.

        The callers to examine come out, where the function hands on what is asked for.
        """
        further: set[Located] = set()
        if not self._may_need(*place):
            return [], further
        ways: dict[tuple[object, ...], list[Path]] = defaultdict(list)
        for fn in self._program.parse(*place):
            analysed = self._analyses.of(fn)
            if analysed is None:
                continue
            passed = "reference" if analysed.summary.wrapper else ""
            raw = "online" in self._needs and analysed.summary.gives_raw_page
            if passed in self._needs or raw:
                callers = self._program.callers(fn.name, fn.path, fn.static)
                further |= {(c.path, c.site) for c in callers if c.path in self._scope}
            for need in analysed.needs:
                wanted = need.need in self._needs and need.need != passed
                if wanted and need.base.path in self._scope:
                    ways[need.identity].extend(self._climb.paths(analysed, need))
        return self._judged(ways), further

    def _may_need(self, path: str, site: DefinitionSite) -> bool:
        """Whether the text of a function shows that it, or what it calls, may need anything.

        A span is nothing without a page, and a macro that names what matters may hand on nothing.
        """
        outline = self._program.outline(path)
        text = outline.code_of(site) if outline is not None else b""
        if self._asking.held(text):
            return True
        called = called_in(text) - {site.name}
        return (
            bool(self._spans.held(text)) and any(map(self._knowledge.asks_for_zone, called))
        ) or self._analyses.hands_on(called, path)

    def _judged(self, ways: dict[tuple[object, ...], list[Path]]) -> list[Candidate]:
        found: list[Candidate] = []
        for identity, paths in ways.items():
            for rule in self._rules:
                if rule.need != identity[0]:
                    continue
                candidate = self._composer.candidate(rule, paths, self._climb.confirmed)
                found += [candidate] if candidate is not None else []
        return found

    def _of_contracts(self) -> Outcome:
        """What the paths of functions hold."""
        contracts = Contracts(self._analyses, self._climb, self._scope)
        if self._earlier is None:
            contracts.run()
        elif not contracts.run_after(self._earlier.wrapping, self._known_further):
            # Other functions pass on what they take: that may matter to whoever calls them.
            self._earlier.disown(PAIRS)
            self._program.reliance.forget(RESTING)
            self._earlier = None
            return self._of_contracts()
        self._wrapping = contracts.wrapping
        candidates: list[Candidate] = []
        for question in contracts.questions(self._needs):
            find = partial(self._breaches_of, contracts, question)
            for place in contracts.places(question):
                candidates += self._answer(question, place, find).candidates
        return Outcome(
            tuple(candidates),
            frozenset(),
            contracts.followed | self._analyses.followed,
            self._gaps([*contracts.failed, *self._analyses.failed]),
        )

    def _known_further(self, place: Located) -> list[Located] | None:
        answer = self._earlier.answer(PAIRS, place) if self._earlier is not None else None
        return None if answer is None else list(self._places(answer.further))

    def _breaches_of(
        self, contracts: Contracts, question: str, place: Located
    ) -> tuple[list[Candidate], Iterable[Located]]:
        breaches = contracts.breaches(question, place)
        incidents = (
            self._composer.incident(rule, breach)
            for rule in self._rules
            for breach in breaches
            if breach.need == rule.need
        )
        further = contracts.further(place) if question == PAIRS else ()
        return [Candidate(finding) for finding in incidents if finding is not None], further

    def _gaps(self, failed: list[NotAnalysed]) -> frozenset[NotAnalysed]:
        in_scope = (
            msgspec.structs.replace(gap, in_scope=gap.path in self._scope) for gap in failed
        )
        return frozenset((*in_scope, *self._program.not_analysed))

    @cached_property
    def _asking(self) -> Finder:
        return finder(map(str.encode, self._knowledge.triggers(self._needs - {"zone"})))

    @cached_property
    def _spans(self) -> Finder:
        return finder(map(str.encode, self._knowledge.triggers(self._needs & {"zone"})))

    # Made in the process that needs them.

    @cached_property
    def _analyses(self) -> Analyses:
        return Analyses(self._program, self._knowledge)

    @cached_property
    def _climb(self) -> Climb:
        return Climb(self._analyses)


def tasks_of(places: Iterable[Located]) -> list[Task]:
    """One task for the functions of each file, by file."""
    sites: dict[str, list[DefinitionSite]] = defaultdict(list)
    for path, site in places:
        sites[path].append(site)
    return [
        Task(path, tuple(sorted(found, key=lambda site: (site.start, site.variant))))
        for path, found in sorted(sites.items())
    ]


def best(candidates: Iterable[Candidate], rules: tuple[LoadedRule, ...]) -> list[Finding]:
    """One finding for each rule and place at most: the worst, of several the nearest to hand.

    Of two findings about one value that of the rule which replaces the other is kept.
    """
    found: dict[tuple[object, ...], Candidate] = {}
    several: list[Finding] = []
    for candidate in candidates:
        finding = candidate.finding
        if candidate.way is None:
            several.append(finding)
            continue
        key = (finding.rule, finding.span)
        if key not in found or candidate.rank < found[key].rank:
            found[key] = candidate
    for rule in rules:
        for (name, span), one in list(found.items()) if rule.replaces else ():
            general = found.get((rule.replaces, span))
            if name == rule.info.name and general is not None:
                worse = general.finding.severity > one.finding.severity
                del found[name if worse else rule.replaces, span]
    every = [*(candidate.finding for candidate in found.values()), *several]
    return sorted(every, key=lambda finding: (finding.span, finding.rule))
