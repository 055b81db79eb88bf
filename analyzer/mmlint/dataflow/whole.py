"""Functions together: summaries on demand, bottom-up, and the way of an open need to its origin."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from mmlint.callgraph.definitions import WANTED
from mmlint.callgraph.places import architecture
from mmlint.dataflow.arithmetic import may_count, only_counts
from mmlint.dataflow.frame import Frame, Sighting
from mmlint.dataflow.function import Analysed
from mmlint.dataflow.lowering import lower
from mmlint.dataflow.recording import Recording
from mmlint.dataflow.solve import NoFixpoint, Solver, given_up
from mmlint.dataflow.summary import Summary
from mmlint.dataflow.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mmlint.callgraph.program import Program
    from mmlint.dataflow.cfg import Cfg
    from mmlint.dataflow.frame import Callees
    from mmlint.knowledge import Knowledge
    from mmlint.model import NotAnalysed
    from mmlint.syntax.nodes import FunctionDef

# A function of so few bytes may only pass on what matters.
_THIN: Final = 300
_THIN_CALLS: Final = 1
_CALLED: Final = re.compile(rb"\b([A-Za-z_]\w*)[ \t]*\(")

_MOST_GRAPHS: Final = 300
"""Graphs that are at hand, the last used ones: what a function holds and needs is asked apart."""

_Key = tuple[str, str, int]


class Analyses:
    """The analysed functions of a run, each analysed once, when first asked for."""

    def __init__(self, program: Program, knowledge: Knowledge, *, recording: bool = False) -> None:
        self.program = program
        self._reliance = program.reliance
        self._recording = recording
        self.knowledge = knowledge
        self.failed: list[NotAnalysed] = []
        self._done: dict[_Key, Analysed | None] = {}
        # With the function, which may have been parsed anew, and the macros that it was made with.
        self._graphs: dict[_Key, tuple[FunctionDef, int, Cfg]] = {}
        self._followed: list[_Key] = []
        # By the name of the callee, then by the file of the caller.
        self._summaries: defaultdict[str, dict[tuple[str, bool], Summary | None]]
        self._summaries = defaultdict(dict)
        # Of names and files of callers: the definitions that were followed, where not all were.
        self._chosen: dict[tuple[str, str], frozenset[_Key]] = {}
        self._relevant: dict[tuple[str, str, int], bool] = {}
        self._frames = 0
        self._again: dict[tuple[_Key, Analysed, frozenset[int]], Analysed | None] = {}
        self._counting: dict[tuple[str, str], bool] = {}
        self._telling = Telling(knowledge)

    @property
    def followed(self) -> frozenset[tuple[str, str, int]]:
        """The functions that were followed: path, name and variant."""
        return frozenset(self._followed)

    def followed_since(self, known: int) -> frozenset[tuple[str, str, int]]:
        """The same of those after the first `known`."""
        return frozenset(self._followed[known:])

    @property
    def following(self) -> int:
        """How many functions were followed until now."""
        return len(self._followed)

    def of(self, fn: FunctionDef) -> Analysed | None:
        """The analysis of `fn`; None while it is under way (recursion) or where it failed."""
        key = _key(fn)
        node = ("analysed", key)
        if key in self._done:
            self._reliance.on(node)
            return self._done[key]
        self._done[key] = None
        with self._reliance.making(node):
            self._reliance.body(fn.name)
            analysed = self._done[key] = self._solved(fn, self)
        if analysed is not None:
            self._followed.append(key)
            self._reliance.follows(node, key)
        return analysed

    def _solved(
        self, fn: FunctionDef, callees: Callees, meant: dict[int, str] | None = None
    ) -> Analysed | None:
        frame = Frame(fn, self.number(), self.knowledge, callees)
        frame.meant = meant or {}
        if self._recording:
            frame.recording = Recording()
        try:
            Solver(frame, self.graph(fn)).run()
            analysed = Analysed(frame)
        except (NoFixpoint, RecursionError) as error:
            self.failed.append(given_up(fn, error))
            return None
        if not self._recording:
            analysed.settle()
        return analysed

    def number(self) -> int:
        """The number of one more frame: values of one function are not those of another."""
        self._frames += 1
        return self._frames

    def graph(self, fn: FunctionDef) -> Cfg:
        """The flow of `fn`, as the macros of the tree and the rows make it."""
        macros = self.program.macros
        key, revision = _key(fn), macros.revision
        known = self._graphs.pop(key, None)
        if known is None or known[0] is not fn or known[1] != revision:
            known = fn, revision, self._lowered(fn)
        self._graphs[key] = known
        if len(self._graphs) > _MOST_GRAPHS:
            self._graphs.pop(next(iter(self._graphs)))
        return known[2]

    def _lowered(self, fn: FunctionDef) -> Cfg:
        macros = self.program.macros
        return lower(
            fn,
            macros.is_loop,
            macros.assigned,
            self._stops,
            lambda name: any(r.kind == "truth" for r in self.knowledge.same[name]),
        )

    def _stops(self, name: str) -> str:
        rows = self.knowledge.stop[name]
        return rows[0].when if rows else ""

    # Callees

    def summary(self, name: str, caller: FunctionDef, raw: bool) -> Summary | None:
        """The joined summary of all that `name` may mean in `caller`; see `frame.Callees`."""
        return self._summary(name, caller.path, raw)[0]

    def hands_on(self, called: Iterable[str], path: str) -> bool:
        """Whether any of what is called in a file may give a page, or needs that have to be met.

        If not, there is nothing to say about a caller that neither converts nor asks itself.
        """
        walkers = self.knowledge.walkers
        return any(name in walkers or self._gives(name, path) for name in sorted(called))

    def _gives(self, name: str, path: str) -> bool:
        """Whether a call may do so; it does where that is not known."""
        found, settled = self._summary(name, path, raw=False)
        if found is None:
            return not settled
        return bool(found.returns or found.stores or found.needs or found.wrapper)

    def _summary(self, name: str, path: str, raw: bool) -> tuple[Summary | None, bool]:
        key = path, raw
        known = self._summaries[name]
        node = ("summary", name, key)
        if key in known:
            self._reliance.on(node)
            return known[key], True
        with self._reliance.making(node):
            found, settled = self._summarised(name, path, raw)
        if settled:
            known[key] = found
        return found, settled

    def _summarised(self, name: str, path: str, raw: bool) -> tuple[Summary | None, bool]:
        """A summary, and whether it stays: perhaps there is none only as it is under way."""
        if self.knowledge.touch[name] and name not in self.knowledge.use:
            return None, True
        matters = self._matters(name, path, _THIN_CALLS) or (raw and self._of_page(name, path))
        found = self.joined(name, path) if matters else None
        return found, found is not None or not matters

    def again(
        self, fn: FunctionDef, below: Analysed, at: frozenset[int] = frozenset()
    ) -> Analysed | None:
        """The analysis of `fn` with the needs of `below`, which it calls and which may be hidden.

        The text of a function does not always show that the functions it calls hand needs on.
        The calls `at` these offsets are indirect ones that mean it.
        """
        if at or not self._surely_hides(fn, below):
            analysed = self.of(fn)
            if analysed is None or not (
                at or self._hides(analysed, below.fn) or self.of(below.fn) is not below
            ):
                return analysed
        key = (_key(fn), below, at)
        self._reliance.on(("again", key))
        if key not in self._again:
            meant = dict.fromkeys(at, below.fn.name)
            with self._reliance.making(("again", key)):
                self._reliance.body(fn.name)
                found = self._again[key] = self._solved(fn, _Above(self, below), meant)
            if found is not None:
                self._followed.append(key[0])
                self._reliance.follows(("again", key), key[0])
        return self._again[key]

    def _surely_hides(self, fn: FunctionDef, below: Analysed) -> bool:
        """Whether a function that was not followed yet would not follow `below`, as texts tell.

        Then it need not be followed to find that out.
        """
        name, path = below.fn.name, fn.path
        return _key(fn) not in self._done and not (
            self._matters(name, path, _THIN_CALLS) or self._of_page(name, path)
        )

    def _hides(self, analysed: Analysed, below: FunctionDef) -> bool:
        """Whether a definition of what a function calls was not followed for it."""
        followed = self._chosen.get((below.name, analysed.fn.path))
        return below.name in analysed.frame.ignored or (
            followed is not None and _key(below) not in followed
        )

    def sightings(self, fn: FunctionDef, name: str) -> list[Sighting]:
        """Where `fn` calls or names the function `name`, and after which tests."""
        frame = Frame(fn, self.number(), self.knowledge, self)
        frame.watched = name
        try:
            Solver(frame, self.graph(fn)).run()
        except (NoFixpoint, RecursionError):
            return [Sighting((), frozenset())]
        # A macro may stand between; then nothing is known of the call.
        return frame.seen or [Sighting((), frozenset())]

    def counts(self, name: str, caller: FunctionDef) -> bool:
        """Whether `name` only does arithmetic; see `frame.Callees`."""
        key = (name, caller.path)
        self._reliance.body(name)
        if key not in self._counting:
            pure = self.knowledge.pure
            texts = self.program.texts(name, caller.path)
            seems = any(may_count(text, pure) for text in texts)
            self._counting[key] = seems and self._all_count(name, caller.path)
        return self._counting[key]

    def _all_count(self, name: str, path: str) -> bool:
        """Whether all definitions only count; those that do not seem to are looked at first."""
        pure = self.knowledge.pure
        bodies = self.program.weighed(
            name, path, lambda text: 1 if may_count(text, pure) else WANTED
        )
        first = next(bodies, None)
        return (
            first is not None
            and only_counts(first[0], pure)
            and all(only_counts(fn, pure) for fn, _ in bodies)
        )

    def joined(self, name: str, path: str, known: Analysed | None = None) -> Summary | None:
        """The summary of all definitions of `name`, of which one is `known` already.

        Where there are many, those in which nothing decides promise nothing and are not followed,
        but for some that touch the pages that they get.
        """
        if known is not None:
            return self._join(None, self.program.definitions(name, path), known)
        joined: Summary | None = None
        followed: list[_Key] = []
        left_out = False
        for fn, weight in self.program.weighed(name, path, self._weight(name, path)):
            left_out = weight < WANTED
            if not weight:
                break
            joined = self._join(joined, (fn,))
            if joined is None:
                return None
            followed.append(_key(fn))
            if left_out and self._touches_all(fn, joined):
                break
        if joined is None or not left_out:
            return joined
        self._chosen[name, path] = frozenset(followed)
        return joined.join(Summary(joined.params))

    def _join(
        self, joined: Summary | None, found: Iterable[FunctionDef], known: Analysed | None = None
    ) -> Summary | None:
        """The summary of more definitions; None where one cannot be had."""
        for fn in found:
            same = known is not None and _key(fn) == _key(known.fn)
            analysed = known if same else self.of(fn)
            if analysed is None:
                return None
            joined = analysed.summary if joined is None else joined.join(analysed.summary)
        return joined

    def _touches_all(self, fn: FunctionDef, joined: Summary) -> bool:
        """Whether one more definition like `fn` cannot do more to the pages that it gets."""
        types = self.knowledge.page_types
        pages = (p.type in types and bool(p.pointer) for p in fn.params)
        return all(
            p in joined.untested for p, page in zip(joined.params, pages, strict=False) if page
        )

    def _weight(self, name: str, path: str) -> Callable[[bytes], int]:
        """What tells which definitions of a name are followed: all that decide, some others."""
        has_row = self._has_row(name)

        def weigh(text: bytes) -> int:
            if self._telling.decides(text, has_row):
                return WANTED
            if not has_row and self._passes_on(name, text, path, _THIN_CALLS):
                return WANTED
            return int(self._telling.takes_page(text))

        return weigh

    def _of_page(self, name: str, path: str) -> bool:
        """Whether a definition seems to take a pointer to a page."""
        return any(map(self._telling.takes_page, self.program.texts(name, path)))

    def _matters(self, name: str, path: str, depth: int) -> bool:
        """Whether a definition names something that decides, itself or through a thin wrapper."""
        outline = self.program.outline(path)
        own = outline is not None and bool(outline.named(name))
        key = (name, path if own else architecture(path), depth)
        node = ("relevant", key)
        self._reliance.on(node)
        if key not in self._relevant:
            with self._reliance.making(node):
                self._relevant[key] = self._is_relevant(name, path, depth)
        return self._relevant[key]

    def _is_relevant(self, name: str, path: str, depth: int) -> bool:
        texts = self.program.texts(name, path)
        has_row = self._has_row(name)
        return any(self._telling.decides(text, has_row) for text in texts) or any(
            self._passes_on(name, text, path, depth) for text in texts if not has_row
        )

    def _has_row(self, name: str) -> bool:
        return name in self.knowledge.establish or name in self.knowledge.destroy

    def _passes_on(self, name: str, text: bytes, path: str, depth: int) -> bool:
        """Whether a text is that of a thin wrapper of something in which anything decides."""
        return (
            depth > 0
            and len(text) < _THIN
            and any(
                self._matters(called.decode(), path, depth - 1)
                for called in set(_CALLED.findall(text)) - {name.encode()}
            )
        )


class _Above:
    """The callees of a function, of which one is known to hand needs on."""

    def __init__(self, analyses: Analyses, below: Analysed) -> None:
        self._analyses = analyses
        self._below = below

    def summary(self, name: str, caller: FunctionDef, raw: bool) -> Summary | None:
        """See `frame.Callees`."""
        if name == self._below.fn.name:
            called = self._analyses.joined(name, caller.path, self._below)
            # What is meant by an indirect call may be a function that the file does not see.
            return called or self._below.summary
        return self._analyses.summary(name, caller, raw)

    def counts(self, name: str, caller: FunctionDef) -> bool:
        """See `frame.Callees`."""
        return self._analyses.counts(name, caller)


def _key(fn: FunctionDef) -> _Key:
    return fn.path, fn.name, fn.variant if not fn.is_macro else -1 - fn.line
