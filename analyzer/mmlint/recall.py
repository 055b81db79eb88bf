"""What was computed of a tree before, used again where the tree would answer the same.

A result is kept with all questions that were put to the tree. It holds for any tree with the same
answers: the same directory unchanged, a directory whose files were touched but not changed, a
commit that differs only where nobody looked.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

import msgspec

from mmlint.source.harvests import Harvests
from mmlint.source.listings import Kept, Listings
from mmlint.source.names import finder
from mmlint.source.observed import (
    Files,
    Known,
    Observations,
    Observed,
    blob_of,
    differing,
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
_LISTINGS: Final = "listings"
_PARTS: Final = "parts"
_TEXT: Final = "text"
_HARVESTS: Final = "harvests"
_MOST_TRACES: Final = 12
"""Results of one request that are kept, of different trees."""
_MOST_CHANGED: Final = 8
"""Files that may differ where a result is gone on from."""
MOST_CARRIED: Final = 4
"""The same of those whose result is carried on as it is and not kept once more."""
_MOST_TEXTS: Final = 24
"""Files whose contents are kept."""
_MOST_HARVESTS: Final = 2
"""Directories of which it is kept what the texts of files tell: 5 MB of a whole kernel."""
_MOST_TRIED: Final = 3
"""Results of other trees that are tried before the work is done anew."""


class Made(NamedTuple):
    """A result, and what a later run can go on from, both encoded; b"" where that is nothing."""

    result: bytes
    parts: bytes = b""


class Former(NamedTuple):
    """What is kept to go on from, and the files changed since: path, old and new contents.

    `stands` says whether one of some names is a word of a file that was read and did not change.
    """

    parts: bytes
    changed: list[tuple[str, bytes, bytes]]
    stands: Callable[[frozenset[str]], bool]


class Continuing(NamedTuple, Generic[EarlierT]):
    """How to go on from what is kept of a tree in which some files differ.

    `understand` says what that is worth, None where it is nothing. `carry` makes of the result of
    that tree, encoded, what it is now, None if that has to be found out; then `compute` does so.
    """

    understand: Callable[[Former], EarlierT | None]
    carry: Callable[[bytes, EarlierT], Made | None]
    compute: Callable[[Tree, EarlierT | None], Made]


class After(NamedTuple):
    """That a tree differs from the one `before` in the files `changed`, as git says."""

    before: Tree
    changed: Sequence[str]


class _Base(NamedTuple):
    """A kept result that is another one only because of the files `changed`."""

    key: str
    trace: Observations
    changed: list[str]


class _Usable(NamedTuple, Generic[EarlierT]):
    """A base, what it is worth, and what the files that changed hold now."""

    base: _Base
    earlier: EarlierT
    texts: list[bytes]


class Recall:
    """The results of one `request`: a text that says all that a result depends on but the tree."""

    def __init__(self, store: Store, request: str) -> None:
        self._store = store
        self._request = _short(request)

    def result(self, tree: Tree, compute: Callable[[Tree], bytes]) -> bytes:
        """What `compute` makes of `tree`, or made of one that would answer it alike."""

        def made(asked: Tree, _: None) -> Made:
            return Made(compute(asked))

        return self.continued(tree, Continuing(_nothing, _nothing, made))

    def continued(
        self, tree: Tree, work: Continuing[EarlierT], after: After | None = None
    ) -> bytes:
        """The same; what was made of a tree in which some files differ may be gone on from."""
        known = self._known(tree)
        usable: list[_Usable[EarlierT]] = []
        for base in self._bases(tree, known, after):
            found = self._store.get(_RESULT, base.key)
            if found is not None and not base.changed:
                self._learn(tree, known)
                return found
            of_use = self._of_use(base, tree, known, work)
            if of_use is None:
                continue
            carried = work.carry(found, of_use.earlier) if found is not None else None
            if carried is not None:
                self._keep_carried(tree, known, of_use, carried)
                return carried.result
            usable.append(of_use)
        return self._made(tree, known, work, min(usable, key=_changes, default=None))

    def _made(
        self,
        tree: Tree,
        known: Known,
        work: Continuing[EarlierT],
        of_use: _Usable[EarlierT] | None,
    ) -> bytes:
        if of_use is not None and tree.on_disk:
            # Now, as processes that share the work must not share the store.
            known.harvests = Harvests(self._store.get(_HARVESTS, self._key(tree)))
        observed = Observed(tree, known) if of_use is None else self._resumed(tree, known, of_use)
        made = work.compute(observed, of_use.earlier if of_use is not None else None)
        if observed.complete:
            self._keep(tree, observed.noted(), known, made)
        return made.result

    def _keep_carried(
        self, tree: Tree, known: Known, of_use: _Usable[EarlierT], carried: Made
    ) -> None:
        """Keep it as the state to go on from, once little more may change in the last one."""
        if _changes(of_use) <= MOST_CARRIED:
            self._learn(tree, known)
        else:
            self._keep(tree, self._resumed(tree, known, of_use).noted(), known, carried)

    def _resumed(self, tree: Tree, known: Known, of_use: _Usable[EarlierT]) -> Observed:
        """The tree as if it had been asked all that was asked of the base."""
        observed = Observed(tree, known)
        observed.resume(of_use.base.trace, of_use.base.changed)
        self._keep_texts(tree, of_use.texts)
        return observed

    def _learn(self, tree: Tree, known: Known) -> None:
        entries = self._files(tree, known) if known.learnt else {}
        entries |= self._listings(tree, known)
        if entries:
            self._store.put(entries)

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

    def _of_use(
        self, base: _Base, tree: Tree, known: Known, work: Continuing[EarlierT]
    ) -> _Usable[EarlierT] | None:
        """What is kept of a base, if it is worth anything now that files hold something else."""
        parts = self._store.get(_PARTS, base.key)
        if parts is None:
            return None
        try:
            new = [tree.read(path) for path in base.changed]
        except Unreadable:
            return None
        old = self._texts(base, tree, known, new)
        if old is None:
            return None
        changed = list(zip(base.changed, old, new, strict=True))
        stands = partial(_stands, tree, base)
        earlier = work.understand(Former(parts, changed, stands))
        return None if earlier is None else _Usable(base, earlier, new)

    def _texts(
        self, base: _Base, tree: Tree, known: Known, new: Sequence[bytes]
    ) -> list[bytes] | None:
        """Earlier contents of the files, from the cache, from what they hold now, or from git."""
        from mmlint.source.former import before_insertion, contents

        blobs = [base.trace.contents[path] for path in base.changed]
        kept = [self._store.get(_TEXT, self._text_key(blob)) for blob in blobs]
        for at, path in enumerate(base.changed):
            if kept[at] is None and path in known.replaced:
                text = kept[at] = before_insertion(new[at], known.replaced[path], blobs[at])
                # The next run does not know any more how long it was.
                self._keep_texts(tree, [text] if text is not None else [])
        lacking = [blob for blob, text in zip(blobs, kept, strict=True) if text is None]
        found = iter(contents(tree, lacking) or () if lacking else ())
        texts = [text if text is not None else next(found, None) for text in kept]
        there = [text for text in texts if text is not None]
        return there if len(there) == len(blobs) else None

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
            files = {**self._files(tree, known), **self._listings(tree, known)}
        except UnicodeEncodeError:
            return  # a name that is not UTF-8: such a tree is analysed anew each time
        entries = {(_TRACE, key): trace, (_RESULT, key): made.result, **files}
        if made.parts:
            entries[_PARTS, key] = made.parts
        harvests = known.harvests.encoded() if tree.on_disk else None
        if harvests is not None:
            entries[_HARVESTS, key] = harvests
        self._store.put(entries)
        for kind in (_TRACE, _RESULT, _PARTS):
            self._store.drop(kind, f"{self._request} ", _MOST_TRACES)
        self._store.drop(_HARVESTS, f"{self._request} ", _MOST_HARVESTS)

    def _known(self, tree: Tree) -> Known:
        value = self._store.get(_FILES, self._key(tree)) if tree.on_disk else None
        kept = self._store.get(_LISTINGS, self._key(tree)) if tree.on_disk else None
        return Known(_decoded(value, Files), Listings(_decoded(kept, Kept)))

    def _files(self, tree: Tree, known: Known) -> dict[tuple[str, str], bytes]:
        if not tree.on_disk:
            return {}
        return {(_FILES, self._key(tree)): msgspec.msgpack.encode(known.files)}

    def _listings(self, tree: Tree, known: Known) -> dict[tuple[str, str], bytes]:
        kept = known.listings.encoded(tree) if tree.on_disk else None
        return {(_LISTINGS, self._key(tree)): kept} if kept is not None else {}

    def _key(self, tree: Tree) -> str:
        return f"{self._request} {_short(tree.place)}"


def _decoded(value: bytes | None, kind: type[KindT]) -> KindT | None:
    try:
        return msgspec.msgpack.decode(value, type=kind) if value is not None else None
    except msgspec.DecodeError:
        return None


def _nothing(*_: object) -> None:
    return None


def _stands(tree: Tree, base: _Base, names: frozenset[str]) -> bool:
    """Whether one of `names` is a word of a file that was read for a base and did not change."""
    wanted = finder(name.encode() for name in names)
    for path in base.trace.contents.keys() - base.changed:
        with suppress(Unreadable):
            if wanted.held(tree.read(path)):
                return True
    return False


def _changes(usable: _Usable[EarlierT]) -> int:
    """The files that changed since."""
    return len(usable.base.changed)


def _short(text: str) -> str:
    return hashlib.sha1(text.encode(errors="replace"), usedforsecurity=False).hexdigest()
