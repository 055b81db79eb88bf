"""What a rule about resources is asked to judge, with the steps that show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from mmlint.dataflow.summary import Place
from mmlint.dataflow.typestate import tokens
from mmlint.dataflow.typestate.effects import ACQUIRE, FAIL, RELEASE
from mmlint.dataflow.typestate.outcomes import leaks
from mmlint.dataflow.typestate.tokens import DONE, FAILED, HELD, Token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.dataflow.typestate.effects import Effect
    from mmlint.dataflow.typestate.outcomes import Way
    from mmlint.dataflow.typestate.paths import Seen
    from mmlint.dataflow.typestate.sheets import Sheet
    from mmlint.knowledge import Knowledge
    from mmlint.pairs import Pair


class Shown(NamedTuple):
    """One step: a word for the margin, a sentence, and where."""

    label: str
    text: str
    place: Place


class Breach(msgspec.Struct, frozen=True):
    """Something that the paths of a function show, of the kinds that rules ask for with `need`.

    `subject` is what it is about in words, `name` the call at `base`, `other` the one that should
    be there (or should not). `marks` are further observations.
    """

    need: str
    kind: str
    base: Place
    subject: str
    name: str
    other: str
    steps: tuple[Shown, ...]
    marks: frozenset[str] = frozenset()


NEEDS: Final = {"pair": "balance", "isolation": "isolation"}


class Local:
    """The breaches that one function shows by itself."""

    def __init__(self, sheet: Sheet, knowledge: Knowledge) -> None:
        self.sheet = sheet
        self.knowledge = knowledge

    def all(self) -> Iterator[Breach]:
        """What went wrong, each thing once."""
        found: dict[tuple[str, Place], Breach] = {}
        for seen in self.sheet.trace.seen:
            for effect in seen.event.effects:
                for breach in self._at(seen, effect):
                    found.setdefault((breach.kind, breach.base), breach)
            for breach in self._uses(seen):
                found.setdefault((breach.kind, breach.base), breach)
        for breach in self._leaks():
            found.setdefault((breach.kind, breach.base), breach)
        yield from found.values()

    def _at(self, seen: Seen, effect: Effect) -> Iterator[Breach]:
        """What one call does wrong to one resource."""
        what = {case.what for case in effect.cases}
        row = self.knowledge.pairs[effect.pair]
        if FAIL in what and seen.event.offset in self.sheet.trace.dropped:
            place = self.place(seen.event.offset)
            text = f"the result of {seen.event.name}() is not looked at"
            yield self.breach(row, "result-ignored", place, (Shown("drops", text, place),))
        if RELEASE not in what or ACQUIRE in what:
            return
        here = seen.event.offset
        token = tokens.meant(seen.held, effect.pair, effect.key)
        if token is not None:
            if token.key != effect.key and not row.weak:
                yield self._other(row, token, effect, here)
            return
        failed = tokens.find(seen.held, effect.pair, effect.key, FAILED)
        if failed is not None and row.null_safe:
            return
        if failed is not None:
            yield self._after_failure(row, failed, here)
        elif tokens.find(seen.held, effect.pair, effect.key, DONE) is not None:
            done = tokens.find(seen.held, effect.pair, effect.key, DONE)
            at = done.at if done is not None else here
            steps = (
                self._step("first", f"{self.sheet.name_at(at)}() releases {row.text}", at),
                self._step("again", f"{seen.event.name}() releases it once more", here),
            )
            yield self.breach(row, "released-twice", self.place(here), steps)

    def _after_failure(self, row: Pair, failed: Token, here: int) -> Breach:
        name = self.sheet.name_at(failed.at)
        steps = [self._step("fails", f"{name}() fails and has then cleaned up", failed.at)]
        jump = self.sheet.trace.decided.get(failed)
        if jump is not None:
            steps.append(self._step("jumps", "where it failed, this branch is taken", jump))
        text = f"{self.sheet.name_at(here)}() releases what this call does not own"
        steps.append(self._step("undoes", text, here))
        return self.breach(row, "release-after-failure", self.place(here), tuple(steps), name)

    def _other(self, row: Pair, token: Token, effect: Effect, here: int) -> Breach:
        pairs = zip(token.key, effect.key, strict=False)
        differ = any(_distance(a, b) for a, b in pairs) or len(token.key) != len(effect.key)
        steps = (
            self._step("takes", f"{self.sheet.name_at(token.at)}() is called here", token.at),
            self._step("undoes", f"{self.sheet.name_at(here)}() names another one", here),
        )
        marks = frozenset({"differs"} if differ else {"undecided"})
        return self.breach(
            row, "other-resource", self.place(here), steps, self.sheet.name_at(token.at), marks
        )

    def _uses(self, seen: Seen) -> Iterator[Breach]:
        """A resource is used although the attempt to acquire it failed."""
        for token in seen.held:
            row = self.knowledge.pairs[token.pair]
            used = token.mode == FAILED and seen.event.name in row.uses
            again = any(t.mode == HELD and t.key == token.key for t in seen.held)
            if used and not again and set(token.key) <= set(seen.event.args):
                here = seen.event.offset
                steps = (
                    self._step("fails", f"{self.sheet.name_at(token.at)}() fails", token.at),
                    self._step("uses", f"{seen.event.name}() takes it for done", here),
                )
                yield self.breach(row, "used-after-failure", self.place(here), steps)

    def _leaks(self) -> Iterator[Breach]:
        """Resources that are held at some exit, and no caller can know at which."""
        for resource in self.sheet.resources:
            way = leaks(resource, frozenset(self.sheet.params))
            if way is None or way.token is None:
                continue
            row = self.knowledge.pairs[resource.pair]
            if row.weak and not self._is_forgotten(way):
                continue
            name = self.sheet.name_at(way.token.at)
            steps = (
                self._step("takes", f"{name}(): {row.text} from here on", way.token.at),
                self._step("leaves", "this way out does not release it", way.exit.at),
            )
            yield self.breach(row, "not-released", self.place(way.token.at), steps)

    def _is_forgotten(self, way: Way) -> bool:
        """Whether the function releases on other ways what it neither releases nor returns here."""
        value = way.exit.value
        if way.token is None or (value is not None and value in way.token.key):
            return False
        return way.token.at in self.sheet.trace.released

    # Building

    def breach(
        self,
        row: Pair,
        kind: str,
        base: Place,
        steps: tuple[Shown, ...],
        other: str = "",
        marks: frozenset[str] = frozenset(),
    ) -> Breach:
        """A breach of the pair of `row`; `other` is the counterpart of the call at `base`."""
        if row.weak:
            marks |= {"weak"}
        name = self.sheet.name_at(base.offset)
        return Breach(
            need=NEEDS[row.kind],
            kind=kind,
            base=base,
            subject=row.text,
            name=name,
            other=other or self._counterpart(row.name, name),
            steps=steps,
            marks=marks,
        )

    def _counterpart(self, pair: str, name: str) -> str:
        rows = [row for row in self.knowledge.tables.pair if row.name == pair]
        best = [row for row in rows if name in row.acquire] or rows
        names = [released for row in best for released in row.release]
        return names[0] if names else ""

    def place(self, offset: int) -> Place:
        """A place of the function."""
        return Place(self.sheet.fn.path, self.sheet.fn.name, offset)

    def _step(self, label: str, text: str, offset: int) -> Shown:
        return Shown(label, text, self.place(offset))


def _distance(one: object, other: object) -> int:
    """How far two numbers are apart, as far as their shapes show it; 0 where they do not."""
    parts = [_split(term) for term in (one, other)]
    (base, value), (other_base, other_value) = parts
    return value - other_value if base == other_base else 0


def _split(term: object) -> tuple[tuple[object, ...], int]:
    kind, args, value = (getattr(term, a) for a in ("kind", "args", "value"))
    if kind == "num":
        return (), value
    if kind == "sum":
        return args, value
    return (term,), 0
