"""What was computed of a tree before, used again where the tree would answer the same.

A result is kept with all questions that were put to the tree. It holds for any tree with the same
answers: the same directory unchanged, a directory whose files were touched but not changed, a
commit that differs only where nobody looked.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from mmlint.source.former import contents
from mmlint.source.observed import (
    Files,
    Known,
    Observations,
    Observed,
    blob_of,
    differing,
    place_of,
)
from mmlint.source.tree import Unreadable
from mmlint.source.walk import C_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mmlint.source.tree import Tree
    from mmlint.store import Store

EarlierT = TypeVar("EarlierT")
KindT = TypeVar("KindT")
_RESULT: Final = "result"
_TRACE: Final = "trace"
_FILES: Final = "files"
_PARTS: Final = "parts"
_TEXT: Final = "text"
_MOST_TRACES: Final = 12
"""Results of one request that are kept, of different trees."""
_MOST_CHANGED: Final = 8
"""Files that may differ where a result is gone on from."""
_MOST_TEXTS: Final = 24
"""Files whose contents are kept."""
_MOST_TRIED: Final = 3
"""Results of other trees that are tried before the work is done anew."""


class Made(NamedTuple):
    """A result, and what a later run can go on from, both encoded; b"" where that is nothing."""

    result: bytes
    parts: bytes = b""


class Former(NamedTuple):
    """What is kept to go on from, and the files changed since: path, old and new contents."""

    parts: bytes
    changed: list[tuple[str, bytes, bytes]]


class After(NamedTuple):
    """That a tree differs from the one `before` in the files `changed`, as git says."""

    before: Tree
    changed: Sequence[str]


class _Base(NamedTuple):
    """A kept result that is another one only because of the files `changed`."""

    key: str
    trace: Observations
    changed: list[str]


class Recall:
    """The results of one `request`: a text that says all that a result depends on but the tree."""

    def __init__(self, store: Store, request: str) -> None:
        self._store = store
        self._request = _short(request)

    def result(self, tree: Tree, compute: Callable[[Tree], bytes]) -> bytes:
        """What `compute` makes of `tree`, or made of one that would answer it alike."""
        return self.continued(tree, lambda _: None, lambda asked, _: Made(compute(asked)))

    def continued(
        self,
        tree: Tree,
        understand: Callable[[Former], EarlierT | None],
        compute: Callable[[Tree, EarlierT | None], Made],
        after: After | None = None,
    ) -> bytes:
        """The same; what was made of a tree in which some files differ may be gone on from.

        `understand` says what that is worth, None where it is nothing; `compute` gets it.
        """
        known = self._known(tree)
        bases: list[_Base] = []
        for base in self._bases(tree, known, after):
            found = self._store.get(_RESULT, base.key) if not base.changed else None
            if found is not None:
                self._learn(tree, known)
                return found
            bases += [base] if base.changed else []
        observed = Observed(tree, known)
        earlier = None
        for base in sorted(bases, key=lambda base: len(base.changed)):
            former = self._former(base, tree)
            earlier = understand(former) if former is not None else None
            if former is not None and earlier is not None:
                observed.resume(base.trace, base.changed)
                self._keep_texts(tree, [new for _, _, new in former.changed])
                break
        made = compute(observed, earlier)
        if observed.complete:
            self._keep(tree, observed.noted(), known, made)
        return made.result

    def _learn(self, tree: Tree, known: Known) -> None:
        if known.learnt:
            self._store.put(self._files(tree, known))

    def _bases(self, tree: Tree, known: Known, after: After | None = None) -> Iterator[_Base]:
        """What is kept that is of use for `tree`, what is most likely to be first."""
        own = self._key(tree)
        if not tree.on_disk and self._store.get(_RESULT, own) is not None:
            yield _Base(own, Observations(), [])  # a commit is always what it was
            return
        base = self._base(own, tree, known)
        if base is not None:
            yield base
        base = self._after(tree, after) if after is not None else None
        if base is not None:
            yield base
            return
        others = self._store.keys(_TRACE, f"{self._request} ")
        for key in [key for key in others if key != own][:_MOST_TRIED]:
            base = self._base(key, tree, known)
            if base is not None:
                yield base

    def _base(self, key: str, tree: Tree, known: Known) -> _Base | None:
        trace = _decoded(self._store.get(_TRACE, key), Observations)
        changed = differing(trace, tree, known, _MOST_CHANGED) if trace is not None else None
        return _Base(key, trace, changed) if trace is not None and changed is not None else None

    def _after(self, tree: Tree, after: After) -> _Base | None:
        """The state before, where it is known to differ in nothing but contents that were read."""
        key = self._key(after.before)
        trace = _decoded(self._store.get(_TRACE, key), Observations)
        changed = [path for path in after.changed if path.endswith(C_SUFFIXES)]
        if trace is None or not 0 < len(changed) <= _MOST_CHANGED:
            return None
        read = all((path in trace.contents) == (path in changed) for path in after.changed)
        both = all(after.before.is_file(path) and tree.is_file(path) for path in after.changed)
        return _Base(key, trace, changed) if read and both else None

    def _former(self, base: _Base, tree: Tree) -> Former | None:
        """What is kept of a base, with what the files held that are others now."""
        parts = self._store.get(_PARTS, base.key)
        if parts is None:
            return None
        old = self._texts(tree, [base.trace.contents[path] for path in base.changed])
        try:
            new = [tree.read(path) for path in base.changed]
        except Unreadable:
            return None
        if old is None:
            return None
        return Former(parts, list(zip(base.changed, old, new, strict=True)))

    def _texts(self, tree: Tree, blobs: Sequence[bytes]) -> list[bytes] | None:
        """Earlier contents of files, from the cache or from git."""
        kept = [self._store.get(_TEXT, self._text_key(blob)) for blob in blobs]
        lacking = [blob for blob, text in zip(blobs, kept, strict=True) if text is None]
        found = iter(contents(tree, lacking) or () if lacking else ())
        texts = [text if text is not None else next(found, None) for text in kept]
        known = [text for text in texts if text is not None]
        return known if len(known) == len(blobs) else None

    def _keep_texts(self, tree: Tree, texts: Iterable[bytes]) -> None:
        """Keep what files of a directory hold now: git may never know it."""
        if tree.on_disk:
            self._store.put({(_TEXT, self._text_key(blob_of(text))): text for text in texts})
            self._store.drop(_TEXT, f"{self._request} ", _MOST_TEXTS)

    def _text_key(self, blob: bytes) -> str:
        return f"{self._request} {blob.hex()}"

    def _keep(self, tree: Tree, observations: Observations, known: Known, made: Made) -> None:
        key = self._key(tree)
        try:
            trace = msgspec.msgpack.encode(observations)
            files = self._files(tree, known)
        except UnicodeEncodeError:
            return  # a name that is not UTF-8: such a tree is analysed anew each time
        entries = {(_TRACE, key): trace, (_RESULT, key): made.result, **files}
        if made.parts:
            entries[_PARTS, key] = made.parts
        self._store.put(entries)
        for kind in (_TRACE, _RESULT, _PARTS):
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
