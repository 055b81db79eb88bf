"""What a function does to resources as its callers see it, and where its own paths disagree."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from mmlint.dataflow import terms as t
from mmlint.dataflow.state import ANY, NEGATIVE
from mmlint.dataflow.summary import RESULT
from mmlint.dataflow.typestate.effects import ACQUIRE, RELEASE, Case, Effect
from mmlint.dataflow.typestate.tokens import HELD, OWED, Token, is_lost

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mmlint.dataflow.terms import Term
    from mmlint.dataflow.typestate.paths import Exit, Trace
    from mmlint.dataflow.typestate.tokens import Key


class Way(NamedTuple):
    """One exit with what it means for one resource: +1 still held, -1 a release owed, else 0."""

    balance: int
    exit: Exit
    token: Token | None


class Resource(NamedTuple):
    """One resource of a function: `key` in the words of callers, or None where they have none."""

    pair: str
    key: Key | None
    ways: tuple[Way, ...]

    @property
    def balances(self) -> frozenset[int]:
        """The different outcomes that there are."""
        return frozenset(way.balance for way in self.ways)


def resources(trace: Trace, params: frozenset[str]) -> tuple[Resource, ...]:
    """The resources that the function still holds or owes at some exit."""
    found: dict[tuple[str, Key | None, int], dict[int, Way]] = defaultdict(dict)
    for number, leave in enumerate(trace.exits):
        for token in leave.held:
            if token.mode in (HELD, OWED):
                key = said(token.key, leave.value, params)
                if key is None and token.mode == OWED:
                    continue
                at = 0 if key is not None else token.at
                balance = 1 if token.mode == HELD else -1
                found[token.pair, key, at][number] = Way(balance, leave, token)
    return tuple(
        Resource(
            pair,
            key,
            tuple(ways.get(n, Way(0, leave, None)) for n, leave in enumerate(trace.exits)),
        )
        for (pair, key, _), ways in found.items()
    )


def said(key: Key, value: Term | None, params: frozenset[str]) -> Key | None:
    """The key in terms of the parameters and the result; None where a caller cannot say it."""
    into = {} if value is None else {_bare(value): RESULT}
    found = tuple(into.get(part, part) for part in key)
    if all(part is RESULT or _is_said(part, params) for part in found):
        return found
    return None


def _bare(term: Term) -> Term:
    return term.args[0] if term.kind == "opt" else term


def _is_said(term: Term, params: frozenset[str]) -> bool:
    return t.expressible(term) and t.params_of(term) <= params


def effect_of(resource: Resource, params: frozenset[str]) -> Effect | None:
    """What callers see of it; None where nothing is, or where the paths disagree."""
    balances = resource.balances
    if resource.key is None:
        return None
    if len(balances) == 1:
        balance = next(iter(balances))
        return Effect(resource.pair, resource.key, (Case(None, ANY, _what(balance)),))
    told = telling(resource, params)
    if told is None:
        return None
    cases = tuple(Case(told[0], mask, _what(balance)) for balance, mask in told[1].items())
    return Effect(resource.pair, resource.key, cases)


def _what(balance: int) -> str:
    return {1: ACQUIRE, -1: RELEASE}.get(balance, "")


def telling(resource: Resource, params: frozenset[str]) -> tuple[Term, dict[int, int]] | None:
    """The value whose sign tells the outcomes apart, with the signs for each of them."""
    for term in _candidates(resource.ways, params):
        masks: dict[int, int] = defaultdict(int)
        for way in resource.ways:
            masks[way.balance] |= _sign(way, term)
        if term is RESULT and masks.get(1) == NEGATIVE:
            return None  # nobody keeps a resource exactly when it fails: it was forgotten
        if all(not a & b for a, b in _couples(list(masks.values()))):
            return term, dict(masks)
    return None


def _sign(way: Way, term: Term) -> int:
    if term is not RESULT:
        return way.exit.state.sign(term)
    return ANY if way.exit.value is None else way.exit.state.sign(way.exit.value)


def _candidates(ways: Iterable[Way], params: frozenset[str]) -> Iterator[Term]:
    yield RESULT
    common = set.intersection(*(set(way.exit.state.signs) for way in ways))
    yield from sorted((term for term in common if _is_said(term, params)), key=repr)


def _couples(masks: list[int]) -> Iterator[tuple[int, int]]:
    for i, mask in enumerate(masks):
        for other in masks[i + 1 :]:
            yield mask, other


def leaks(resource: Resource, params: frozenset[str]) -> Way | None:
    """The way on which the resource is forgotten: no caller can know that it is still held."""
    held = [way for way in resource.ways if way.balance == 1]
    if not held:
        return None
    if resource.key is None or any(w.token is not None and is_lost(w.token) for w in held):
        return held[0]
    if len(resource.balances) == 1 or telling(resource, params) is not None:
        return None
    return held[0]
