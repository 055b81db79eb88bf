"""Resources as the paths of a function see them: held, failed, released, owed."""

from __future__ import annotations

from typing import Final, NamedTuple

from mmlint.dataflow.terms import Term, make

HELD: Final = "held"
FAILED: Final = "failed"
# Released here after it was acquired here; a second release is one too many.
DONE: Final = "done"
# Released here although it was not acquired here: a caller must hold it.
OWED: Final = "owed"

Key = tuple[Term, ...]


class Token(NamedTuple):
    """The resource `key` of a pair, in one `mode` since the call at offset `at`."""

    pair: str
    key: Key
    mode: str
    at: int


Property = frozenset[Token]
NOTHING: Final[Property] = frozenset()


def lost(token: Token) -> Token:
    """A held resource that the function can no longer name."""
    return token._replace(key=(make("lost", token.pair, site=(0, token.at)),))


def is_lost(token: Token) -> bool:
    """Whether `lost` made it."""
    return bool(token.key) and token.key[0].kind == "lost"


def find(held: Property, pair: str, key: Key, mode: str) -> Token | None:
    """The resource in this mode; the one acquired last where there are several."""
    found = [t for t in held if t.pair == pair and t.mode == mode and t.key == key]
    return max(found, key=lambda t: t.at, default=None)


def meant(held: Property, pair: str, key: Key) -> Token | None:
    """The held resource that a release of `key` ends.

    Under another name than it was acquired by it is still the one, if there is only one.
    """
    found = find(held, pair, key, HELD)
    if found is not None or any(t.pair == pair and t.key == key for t in held):
        return found
    others = [t for t in held if t.pair == pair and t.mode == HELD]
    return others[0] if len(others) == 1 else None


def acquired(held: Property, pair: str, key: Key, at: int) -> Property:
    """`held` after the resource was acquired at `at`; taking back what was let go is no change."""
    owed = find(held, pair, key, OWED)
    if owed is not None:
        return held - {owed}
    new = Token(pair, key, HELD, at)
    rest = {t for t in held if not (t.pair == pair and t.key == key and t.mode in (FAILED, DONE))}
    if new in rest:
        rest = (rest - {new}) | {lost(new)}
    return frozenset(rest | {new})


def failed(held: Property, pair: str, key: Key, at: int) -> Property:
    """`held` after an attempt to acquire the resource failed at `at`."""
    return held | {Token(pair, key, FAILED, at)}


def released(held: Property, pair: str, key: Key, at: int) -> Property:
    """`held` after the resource was released at `at`."""
    token = meant(held, pair, key)
    if token is not None:
        return (held - {token}) | {Token(pair, key, DONE, at)}
    return held | {Token(pair, key, OWED, at)}
