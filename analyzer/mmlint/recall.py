"""What was computed of a tree before, used again where the tree would answer the same.

A result is kept with all questions that were put to the tree. It holds for any tree with the same
answers: the same directory unchanged, a directory whose files were touched but not changed, a
commit that differs only where nobody looked.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from mmlint.source.observed import Files, Known, Observations, Observed, holds, place_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mmlint.source.tree import Tree
    from mmlint.store import Store

KindT = TypeVar("KindT")
_RESULT: Final = "result"
_TRACE: Final = "trace"
_FILES: Final = "files"
_MOST_TRACES: Final = 12
"""Results of one request that are kept, of different trees."""
_MOST_TRIED: Final = 3
"""Results of other trees that are tried before the work is done anew."""


class Recall:
    """The results of one `request`: a text that says all that a result depends on but the tree."""

    def __init__(self, store: Store, request: str) -> None:
        self._store = store
        self._request = _short(request)

    def result(self, tree: Tree, compute: Callable[[Tree], bytes]) -> bytes:
        """What `compute` makes of `tree`, or made of one that would answer it alike."""
        known = self._known(tree)
        for key in self._candidates(tree):
            found = self._held(key, tree, known)
            if found is not None:
                if known.learnt:
                    self._store.put(self._files(tree, known))
                return found
        observed = Observed(tree, known)
        result = compute(observed)
        if observed.complete:
            self._keep(tree, observed.noted(), known, result)
        return result

    def _candidates(self, tree: Tree) -> list[str]:
        own = self._key(tree)
        others = self._store.keys(_TRACE, f"{self._request} ")
        return [own, *[key for key in others if key != own][:_MOST_TRIED]]

    def _held(self, key: str, tree: Tree, known: Known) -> bytes | None:
        # A commit is always what it was.
        if tree.on_disk or key != self._key(tree):
            observations = _decoded(self._store.get(_TRACE, key), Observations)
            if observations is None or not holds(observations, tree, known):
                return None
        return self._store.get(_RESULT, key)

    def _keep(self, tree: Tree, observations: Observations, known: Known, result: bytes) -> None:
        key = self._key(tree)
        try:
            trace = msgspec.msgpack.encode(observations)
            files = self._files(tree, known)
        except UnicodeEncodeError:
            return  # a name that is not UTF-8: such a tree is analysed anew each time
        self._store.put({(_TRACE, key): trace, (_RESULT, key): result, **files})
        for kind in (_TRACE, _RESULT):
            self._store.drop(kind, f"{self._request} ", _MOST_TRACES)

    def _known(self, tree: Tree) -> Known:
        value = self._store.get(_FILES, self._key(tree)) if tree.on_disk else None
        return Known(_decoded(value, Files))

    def _files(self, tree: Tree, known: Known) -> dict[tuple[str, str], bytes]:
        if not tree.on_disk:
            return {}
        return {(_FILES, self._key(tree)): msgspec.msgpack.encode(known.files)}

    def _key(self, tree: Tree) -> str:
        return f"{self._request} {_short(place_of(tree))}"


def _decoded(value: bytes | None, kind: type[KindT]) -> KindT | None:
    try:
        return msgspec.msgpack.decode(value, type=kind) if value is not None else None
    except msgspec.DecodeError:
        return None


def _short(text: str) -> str:
    return hashlib.sha1(text.encode(errors="replace"), usedforsecurity=False).hexdigest()
