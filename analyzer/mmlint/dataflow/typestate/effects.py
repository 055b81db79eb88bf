"""What a call does to resources, as rows and the summaries of callees say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from mmlint.dataflow import terms as t
from mmlint.dataflow.applied import resolved
from mmlint.dataflow.frame import bare_type
from mmlint.dataflow.state import ANY, NEGATIVE, NONZERO, POSITIVE, ZERO
from mmlint.dataflow.summary import RESULT
from mmlint.dataflow.terms import Term, make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.dataflow.frame import Frame
    from mmlint.dataflow.state import State
    from mmlint.dataflow.typestate.tokens import Key
    from mmlint.pairs import Pair
    from mmlint.syntax.nodes import FunctionDef

ACQUIRE: Final = "acquire"
FAIL: Final = "fail"
RELEASE: Final = "release"
CONSUME: Final = "consume"
# The name of a call through a structure or a parameter.
INDIRECT: Final = ""

_WHEN: Final = {
    "nonzero": NONZERO,
    "zero": ZERO,
    "positive": POSITIVE,
    "negative": NEGATIVE,
    "nonnegative": ZERO | POSITIVE,
    "always": ANY,
}


class Case(NamedTuple):
    """Where the sign of `on` is one of `mask` (always, without `on`), `what` is done."""

    on: Term | None
    mask: int
    what: str


class Effect(NamedTuple):
    """What becomes of one resource: one of `cases` happens, which exclude each other."""

    pair: str
    key: Key
    cases: tuple[Case, ...]


class Event(NamedTuple):
    """A call of `name` at `offset` with these `args` and what it does; maybe nothing."""

    name: str
    args: tuple[Term, ...]
    value: Term
    offset: int
    effects: tuple[Effect, ...]


class Sheets(Protocol):
    """Where the effects of functions come from that have a body and no row."""

    def effects(self, name: str, caller: FunctionDef) -> tuple[tuple[str, ...], tuple[Effect, ...]]:
        """The parameters of `name` as called in `caller`, and its effects in terms of them."""

    def reaches(self, name: str, path: str, wanted: frozenset[bytes]) -> bool:
        """Whether a body of `name` as called in `path` names one of `wanted`, or one below it."""

    def counts(self, name: str, caller: FunctionDef) -> bool:
        """Whether `name` as called in `caller` does nothing but arithmetic on its arguments."""

    @property
    def exact(self) -> bool:
        """Whether the signs of all results matter just now."""

    def results(self, name: str, caller: FunctionDef) -> int:
        """The signs that the result of `name` can have, as its bodies say; 0 without any."""


class Effects:
    """The effects of the calls in one function."""

    def __init__(self, frame: Frame, sheets: Sheets) -> None:
        self.frame = frame
        self.knowledge = frame.knowledge
        self.sheets = sheets
        own = frame.fn.name
        self._own = {row.name for row in self.knowledge.acquire.get(own, ())}
        self._own |= {row.name for row in self.knowledge.release.get(own, ())}

    def of(
        self, name: str, args: tuple[Term, ...], value: Term, state: State
    ) -> tuple[Effect, ...]:
        """What the call of `name` does, which returns `value`."""
        found = [
            effect for effect in self._by_rows(name, args, value) if effect.pair not in self._own
        ]
        if found or name in self.knowledge.acquire or name in self.knowledge.release:
            return tuple(found)
        return tuple(self._by_summary(name, args, value, state))

    def _by_rows(self, name: str, args: tuple[Term, ...], value: Term) -> Iterator[Effect]:
        seen: set[tuple[str, Key]] = set()
        for row in self.knowledge.release.get(name, ()):
            key = self.key(row, row.release_key or row.key or ((1,) if row.result else ()), args)
            if key is not None and (row.name, key) not in seen:
                seen.add((row.name, key))
                yield Effect(row.name, key, (Case(None, ANY, RELEASE),))
        for row in self.knowledge.acquire.get(name, ()):
            if 0 < row.consumes <= len(args):
                yield Effect(
                    row.name, (_bare(args[row.consumes - 1]),), (Case(None, ANY, CONSUME),)
                )
            given = {part.name for arg in args for part in t.parts(arg)} if row.given else set()
            if row.given and row.given not in given:
                continue
            key = (_bare(value),) if row.result else self.key(row, row.key, args)
            if key is not None and (row.name, key) not in seen:
                seen.add((row.name, key))
                yield Effect(row.name, key, self._cases(row, name, value))

    def _cases(self, row: Pair, name: str, value: Term) -> tuple[Case, ...]:
        mask = _WHEN[row.success]
        if mask == ANY:
            return (Case(None, ANY, ACQUIRE),)
        if row.body and self.sheets.results(name, self.frame.fn) & POSITIVE and not row.result:
            mask |= POSITIVE
        return (Case(value, mask, ACQUIRE), Case(value, ANY & ~mask, FAIL))

    def key(self, row: Pair, positions: tuple[int, ...], args: tuple[Term, ...]) -> Key | None:
        """Which resource of the pair the arguments name; None where the row does not apply."""
        if max((*positions, row.length), default=0) > len(args):
            return None
        found = tuple(_bare(args[p - 1]) for p in positions)
        if row.member and not self._is_member(found, row.member):
            return None
        if row.length:
            found = (*found, t.total(found[0], args[row.length - 1]))
        return found

    def _is_member(self, key: Key, member: str) -> bool:
        struct, _, field = member.partition(".")
        if not key or key[0].kind != "op" or key[0].name != f"&{field}":
            return False
        base = _bare(key[0].args[0])
        while base.kind in ("elem", "sum"):
            base = _bare(base.args[0])
        # A field or a merged variable says what it is by its name, where nothing else does.
        declared = bare_type(self.frame.types.get(base.name, ("", 0))[0])
        return struct in (self.frame.structs.get(base), declared, base.name)

    def _by_summary(
        self, name: str, args: tuple[Term, ...], value: Term, state: State
    ) -> Iterator[Effect]:
        params, effects = self.sheets.effects(name, self.frame.fn)
        if not effects:
            return
        into = {make("param", p): a for p, a in zip(params, args, strict=False)}
        into[RESULT] = value
        for effect in effects:
            if effect.pair in self._own:
                continue
            key = tuple(_bare(resolved(part, into, state.env)) for part in effect.key)
            cases = tuple(
                case._replace(on=case.on and resolved(case.on, into, state.env))
                for case in effect.cases
            )
            yield Effect(effect.pair, key, cases)


def _bare(term: Term) -> Term:
    """The value itself of one that may be NULL: NULL is no resource."""
    return term.args[0] if term.kind == "opt" else term
