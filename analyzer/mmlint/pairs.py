"""Rows about what is held on a path: resources, spans, sleeps. `mmlint.rows` has the others."""

from __future__ import annotations

from typing import Literal

from mmlint.row import Row, When


class Pair(Row, frozen=True):
    """What is acquired must be released: one resource, or one more way to acquire it.

    `acquire` and `release` are functions; rows of one `name` are about one resource. Which one is
    meant (which zone, which range) the arguments `key` of `acquire` say, and the arguments
    `release_key` of `release` (the same where it is empty); with `result` it is what `acquire`
    returns. No key at all: there is only one. `length` is a third argument of both, by which the
    second key is counted from the first. With `member` the key is the address of that member
    (``zone.lock``). With `given` a call acquires only with that word among its arguments.

    The call succeeded where its result is as `success` says; with `body` the positive results that
    the body in the tree returns are a success too. `consumes` is an argument that it releases,
    `null_safe` a release that does nothing where acquiring failed.
    `uses` are functions that need the resource in the same arguments. `hands_over`: who holds it
    exactly when it returns success may keep it, unless some caller releases it.
    `wants` are the pairs to hold by who cannot live with a page that slips through: who repeats
    one of `checks` until it is content, or calls one of `ends`, after which the range is gone.
    `stops` says that no memory goes online or offline meanwhile, or that no span is resized.
    `weak` pairs are followed inside one function, until a callee gets the resource, and give notes.
    `text` names the resource in a sentence; `kind` says which rule asks; of ``blocks``, which are
    taken and undone one by one in loops, only how the loops find them is compared. `found` and
    `real` count the findings on the kernel of `source`.
    """

    name: str
    text: str
    acquire: tuple[str, ...]
    release: tuple[str, ...] = ()
    kind: Literal["pair", "isolation", "blocks"] = "pair"
    key: tuple[int, ...] = ()
    release_key: tuple[int, ...] = ()
    result: bool = False
    length: int = 0
    member: str = ""
    given: str = ""
    success: When = "always"
    body: bool = False
    consumes: int = 0
    null_safe: bool = False
    uses: tuple[str, ...] = ()
    hands_over: bool = False
    wants: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    stops: Literal["", "hotplug", "resize"] = ""
    weak: bool = False
    found: int = 0
    real: int = 0


class SpanEnd(Row, frozen=True):
    """A field or function by which the first PFN or the length (or end) of a span is read.

    `of` is whose span, `end` which of the two ends, ``both`` for a function that compares with
    both.
    """

    name: str
    of: Literal["zone", "node"]
    end: Literal["first", "last", "both"]


class SpanGuard(Row, frozen=True):
    """A sequence lock of readers of a span; it protects only where the tree calls `writer`."""

    begin: str
    retry: str
    writer: str


class Under(Row, frozen=True):
    """A function that always runs while the pair `pair` is held, where no call shows it."""

    function: str
    pair: str


class Sleep(Row, frozen=True):
    """A call that may sleep, or after which a lock that kept things in place is gone.

    `name` may be a pattern.
    """

    name: str


class Guarantee(Row, frozen=True):
    """A function that isolates: whether it needs that no freed page slips through (`strong`)."""

    function: str
    strong: bool
    text: str
