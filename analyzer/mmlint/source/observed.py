"""A tree that notes what it is asked, so that the same questions can be put to a tree later.

Whatever is computed from an `Observed` tree only, is the same for every tree that would answer
alike: a verifying trace (Mokhov, Mitchell, Peyton Jones: Build Systems à la Carte, ICFP 2018).
Contents are named as git names blobs, so that a directory and a commit can be compared.
"""

from __future__ import annotations

import hashlib
import os
import time
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from mmlint.source.harvests import Harvests, Macros
from mmlint.source.listings import Listings, Scope, digest_of
from mmlint.source.signature import Signature, is_racy, signature_of
from mmlint.source.tree import GrepPlace, Tree, Unreadable
from mmlint.source.walk import C_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mmlint.model import NotAnalysed

_SEARCHED: Final = b"yes"
_FILE, _DIRECTORY, _LINK = 1, 2, 4
_WHOLE: Final[Scope] = ((".",), C_SUFFIXES)

Files = dict[str, tuple[int, int, int, int, bytes]]
"""Of each file by path the fields of its `Signature`, and its blob."""


class Observations(msgspec.Struct, array_like=True):
    """Questions about a tree with the digests of the answers.

    `contents` has the name of each file's blob, or why there is none; `searched` a digest of all
    C files without a name there if it was asked where something is found, else b"". These are
    `unread`; then the whole tree is listed, too.
    """

    listings: dict[Scope, bytes] = {}
    beside: dict[str, bytes] = {}
    directories: dict[str, bytes] = {}
    kinds: dict[str, int] = {}
    contents: dict[str, bytes] = {}
    searched: bytes = b""
    unread: list[str] | None = None


class Known:
    """The blobs of a directory's files by the signature that each had when it was read.

    `learnt` says whether there are more than there were at first, `replaced` how many bytes files
    had that have another signature now.
    """

    def __init__(self, files: Files | None = None, listings: Listings | None = None) -> None:
        self.files = files or {}
        self.listings = listings or Listings()
        self.harvests = Harvests()
        self.learnt = False
        self.replaced: dict[str, int] = {}

    def blob(self, tree: Tree, path: str) -> bytes:
        """The blob of a file, read only where its signature is another one; "!why" if unread."""
        signature = _signature(tree, path)
        kept = self.files.get(path)
        if kept is not None and signature is not None and kept[:4] == signature:
            return kept[4]
        if kept is not None:
            self.replaced[path] = Signature(*kept[:4]).size
        try:
            data = tree.read(path)
        except Unreadable as error:
            return _refused(error)
        return self.note(path, signature, data)

    def note(self, path: str, signature: Signature | None, data: bytes) -> bytes:
        """Remember `data`, read after `signature` was taken; the name of its blob."""
        kept = self.files.get(path)
        if kept is not None and kept[:4] == signature:
            return kept[4]
        blob = blob_of(data)
        if signature is not None and not is_racy(signature, time.time_ns()):
            self.files[path] = (*signature, blob)
            self.learnt = True
        return blob


class Observed(Tree):
    """`tree` as it is, and in `observations` what was asked; `known` learns what was read.

    Not `complete` when something was asked that nobody can tell any more.
    """

    notes_reads = True

    def __init__(self, tree: Tree, known: Known) -> None:
        super().__init__(tree.root, tree.kernel_version, tree.missing)
        self.label = tree.label
        self.on_disk = tree.on_disk
        self.observations = Observations()
        self._since = time.time_ns()
        self.complete = True
        self._tree = tree
        self._known = known

    def files(
        self, paths: Sequence[str], suffixes: Iterable[str] = C_SUFFIXES
    ) -> tuple[list[str], list[NotAnalysed]]:
        """As of the tree that is observed."""
        key = (tuple(paths), tuple(suffixes))
        found = self._tree.files(*key)
        listed = self._known.listings.note_listing(self._tree, key, found)
        self.observations.listings[key] = listed
        return found

    def plain_files(self, directory: str, suffixes: Iterable[str] = C_SUFFIXES) -> list[str]:
        """As of the tree that is observed; whoever asks searches these files."""
        return self._tree.plain_files(directory, suffixes)

    def beside(self, directory: str) -> list[str]:
        """As of the tree that is observed."""
        found = self._tree.beside(directory)
        listed = self._known.listings.note_beside(self._tree, directory, found)
        self.observations.beside[directory] = listed
        return found

    def directories(self, directory: str) -> list[str]:
        """As of the tree that is observed."""
        found = self._tree.directories(directory)
        self.observations.directories[directory] = digest_of(found)
        return found

    def is_file(self, path: str) -> bool:
        """As of the tree that is observed."""
        return bool(self._kind(path) & _FILE)

    def is_dir(self, path: str) -> bool:
        """As of the tree that is observed."""
        return bool(self._kind(path) & _DIRECTORY)

    def is_link(self, path: str) -> bool:
        """As of the tree that is observed."""
        return bool(self._kind(path) & _LINK)

    def known_macros(self, path: str) -> Macros | None:
        """As of the blob, where that is known without a look at the file."""
        blob = self.observations.contents.get(path)
        return self._known.harvests.macros(path, blob) if blob is not None else None

    def known_included(self, path: str) -> tuple[bytes, ...] | None:
        """The same."""
        blob = self.observations.contents.get(path)
        return self._known.harvests.included(path, blob) if blob is not None else None

    def note_macros(self, path: str, macros: Macros) -> None:
        """Keep it with the blob that was read."""
        blob = self.observations.contents.get(path)
        if blob is not None:
            self._known.harvests.note_macros(path, blob, macros)

    def note_included(self, path: str, headers: tuple[bytes, ...]) -> None:
        """The same."""
        blob = self.observations.contents.get(path)
        if blob is not None:
            self._known.harvests.note_included(path, blob, headers)

    def before_search(self) -> None:
        """Note that there was one."""
        self.observations.searched = _SEARCHED

    def resume(self, observations: Observations, changed: Iterable[str]) -> None:
        """Take `observations` as made here too: only the files `changed` are others."""
        self.learn(observations, {})
        if observations.searched:
            self.before_search()
        for path in changed:
            self.read(path)

    def noted(self) -> Observations:
        """All that was asked, when nothing more will be."""
        o = self.observations
        if o.searched == _SEARCHED:
            # Of a tree that is gone on from the listing is known to be the same.
            every = self.files(*_WHOLE)[0] if o.unread is None else o.unread
            o.unread = [path for path in every if path not in o.contents]
            o.searched = _state(self._tree, o.unread, self._since)
        return o

    def grep_place(self) -> GrepPlace:
        """As of the tree that is observed."""
        return self._tree.grep_place()

    def read(self, path: str) -> bytes:
        """As of the tree that is observed."""
        contents = self.observations.contents
        # Before the file is read: what changes it meanwhile changes that too.
        signature = _signature(self._tree, path)
        try:
            data = self._tree.read(path)
        except Unreadable as error:
            contents[path] = _refused(error)
            raise
        blob = self._tree.known_blob(path)
        contents[path] = self._known.note(path, signature, data) if blob is None else blob
        return data

    def told(self) -> tuple[Observations, Files]:
        """What was asked until now, for a copy of this tree in another process to `learn`."""
        return self.observations, self._known.files

    def learn(self, observations: Observations, files: Files) -> None:
        """Take what a copy was asked in another process as asked here too."""
        for name in observations.__struct_fields__:
            kept, more = getattr(self.observations, name), getattr(observations, name)
            setattr(
                self.observations, name, kept | more if isinstance(kept, dict) else kept or more
            )
        self._known.files.update(files)

    def _kind(self, path: str) -> int:
        kinds = self.observations.kinds
        if path not in kinds:
            kinds[path] = _kind_in(self._tree, path)
        return kinds[path]


def differing(observations: Observations, tree: Tree, known: Known, most: int) -> list[str] | None:
    """The files, `most` of them at most, whose contents are others in `tree` than was noted.

    None where more is otherwise; `known` learns what it reads. The cheapest questions come first.
    """
    o = observations
    since = time.time_ns()
    # What all of a tree holds says what its directories do.
    listings = sorted(o.listings.items(), key=lambda told: told[0] != _WHOLE)
    alike = (
        all(_kind_in(tree, path) == kind for path, kind in o.kinds.items())
        and all(digest_of(tree.directories(at)) == told for at, told in o.directories.items())
        and all(known.listings.listing(tree, of) == told for of, told in listings)
        and all(known.listings.beside(tree, at) == told for at, told in o.beside.items())
        and (not o.searched or _state(tree, o.unread or (), since) == o.searched)
    )
    if not alike:
        return None
    others = (path for path, blob in o.contents.items() if _blob(tree, path, known) != blob)
    found = list(islice(others, most + 1))
    return found if len(found) <= most else None


def blob_of(data: bytes) -> bytes:
    """The name that git gives to these contents."""
    # Not for security: two files that somebody makes alike on purpose are theirs to mix up.
    digest = hashlib.sha1(b"blob %d\0" % len(data), usedforsecurity=False)
    digest.update(data)
    return digest.digest()


def _blob(tree: Tree, path: str, known: Known) -> bytes:
    named = _named(tree, path)
    return known.blob(tree, path) if named is None else named


def _named(tree: Tree, path: str) -> bytes | None:
    try:
        return tree.known_blob(path)
    except Unreadable as error:
        return _refused(error)


def _refused(error: Unreadable) -> bytes:
    return b"!" + error.reason.encode(errors="replace")


def _kind_in(tree: Tree, path: str) -> int:
    return _FILE * tree.is_file(path) | _DIRECTORY * tree.is_dir(path) | _LINK * tree.is_link(path)


def _signature(tree: Tree, path: str) -> Signature | None:
    return signature_of(f"{tree.root}/{path}") if tree.on_disk else None


def _state(tree: Tree, paths: Iterable[str], since: int) -> bytes:
    """A digest of some C files of a tree; of a directory, of their signatures.

    What may have changed after `since` (nanoseconds) is never the same again.
    """
    digest = hashlib.sha1(usedforsecurity=False)
    for path in paths:
        named = _named(tree, path)
        if named is not None:
            digest.update(os.fsencode(path) + b"\0" + named)
            continue
        signature = _signature(tree, path)
        if signature is None or is_racy(signature, since):
            return os.urandom(20)
        digest.update(b"%s\0%d %d %d %d\n" % (os.fsencode(path), *signature))
    return digest.digest()
