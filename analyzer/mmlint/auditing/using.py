"""The users of a function, and the rows that say how each uses it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from mmlint.model import NotAnalysed, Step, TreeInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mmlint.dataflow.function import Analysed
    from mmlint.dataflow.recording import Called
    from mmlint.dataflow.summary import Hop, Place
    from mmlint.dataflow.whole import Analyses
    from mmlint.syntax.nodes import FunctionDef

Verdict = Literal["safe", "weak", "unsafe", "passed-on"]

# What decides of several uses in one function: the last of these.
WORSE: Final[tuple[Verdict, ...]] = ("passed-on", "safe", "weak", "unsafe")


class AuditRow(msgspec.Struct, frozen=True):
    """One function that uses it, on `lines`, judged by the use for which least is shown.

    `verdict` accepts every evidence, `strict_verdict` calls it weak where the evidence is.
    ``passed-on`` is for those that ask on behalf of their callers. `evidence` is its kind, what
    it is and where, "" where there is none; `steps` lead to it; `missing` is what is not shown.
    """

    function: str
    path: str
    lines: tuple[int, ...]
    verdict: Verdict
    strict_verdict: Verdict
    evidence: str
    steps: tuple[Step, ...]
    missing: str


class Audit(msgspec.Struct, frozen=True):
    """All users of the function or fact `name`, by file and line."""

    version: str
    tree: TreeInfo
    name: str
    rows: tuple[AuditRow, ...]
    not_analysed: tuple[NotAnalysed, ...]


class Judged(msgspec.Struct, frozen=True):
    """One use: where it is, and what a row says if it decides. `rank` orders uses by badness."""

    function: FunctionDef
    offset: int
    rank: int
    verdict: Verdict
    strict_verdict: Verdict
    evidence: str
    steps: tuple[Step, ...]
    missing: str


class Users:
    """Finds the functions that use a name, and writes down places for readers."""

    def __init__(self, analyses: Analyses, say: Callable[[str], None]) -> None:
        self.analyses = analyses
        self.program = analyses.program
        self.knowledge = analyses.knowledge
        self._say = say

    def of(self, names: Sequence[str]) -> Iterator[Analysed]:
        """The functions and macros of the scope in which one of `names` is called."""
        wanted = frozenset(names)
        for fn in self._mentioning(names):
            self._say(f"auditing {fn.path}: {fn.name}")
            analysed = self.analyses.of(fn)
            if analysed is not None and any(self.calls(analysed, wanted)):
                yield analysed

    def _mentioning(self, names: Sequence[str]) -> Iterator[FunctionDef]:
        for path, site in self.program.mentioning(names):
            yield from self.program.parse(path, site)
        for macro in sorted(self.program.macros_naming(names)):
            for path in sorted({known.path for known in self.program.macros.lookup(macro)}):
                yield from (fn for fn in self.program.definitions(macro, path) if fn.is_macro)

    def calls(self, analysed: Analysed, names: Iterable[str]) -> Iterator[Called]:
        """The calls of one of `names` that a function makes."""
        recording = analysed.frame.recording
        wanted = frozenset(names)
        yield from (c for c in recording.calls if c.name in wanted) if recording else ()

    def line(self, place: Place) -> int:
        """The line of a place; 0 where its file cannot be read."""
        outline = self.program.outline(place.path)
        return outline.lines.position(place.offset)[0] if outline is not None else 0

    def line_in(self, fn: FunctionDef, offset: int) -> int:
        """The line of an offset in a function; a macro has but the line of its name."""
        outline = None if fn.is_macro else self.program.outline(fn.path)
        return outline.lines.position(offset)[0] if outline is not None else fn.line

    def where(self, place: Place | None) -> str:
        """` (file:line)`, or nothing."""
        return f" ({place.path}:{self.line(place)})" if place is not None else ""

    def first(self, fn: FunctionDef, offset: int, label: str, text: str) -> Step:
        """The step with which every row begins: the use itself."""
        return Step(fn.path, self.line_in(fn, offset), 0, fn.name, label, text)

    def hops(self, hops: Iterable[Hop]) -> Iterator[Step]:
        """The calls from a use up to where its evidence is."""
        for hop in hops:
            place = hop.place
            text = f"{place.function}() calls {hop.callee}()"
            yield Step(place.path, self.line(place), 0, place.function, "from", text)

    def rows(self, uses: Iterable[Judged]) -> Iterator[AuditRow]:
        """One row a function, for all its definitions under `#if`, by its worst use."""
        together: dict[tuple[str, str], list[Judged]] = defaultdict(list)
        for use in uses:
            together[use.function.path, use.function.name].append(use)
        for (path, name), judged in together.items():
            worst = max(judged, key=lambda use: (WORSE.index(use.verdict), use.rank))
            yield AuditRow(
                function=f"#define {name}" if worst.function.is_macro else name,
                path=path,
                lines=tuple(sorted({self.line_in(u.function, u.offset) for u in judged})),
                verdict=worst.verdict,
                strict_verdict=worst.strict_verdict,
                evidence=worst.evidence,
                steps=worst.steps,
                missing=worst.missing,
            )
