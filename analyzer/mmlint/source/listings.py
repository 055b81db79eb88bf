"""Listings of a tree that need not be made again: nothing changed that they rest on.

To list a kernel takes a hundred times as long as to ask each of its directories whether a name was
added or removed, which changes the time of the directory. The times are trusted as git trusts those
of files (racy git, Documentation/technical/racy-git.adoc), and all or none of the listings stand.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import msgspec

from mmlint.source.signature import signature_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mmlint.model import NotAnalysed
    from mmlint.source.tree import Tree

Scope = tuple[tuple[str, ...], tuple[str, ...]]
"""Paths, and the suffixes of the files below them that are listed."""


class Kept(msgspec.Struct, array_like=True):
    """Digests of what was listed, and the fields of the signatures of all that it `rests` on."""

    listings: dict[Scope, bytes] = {}
    beside: dict[str, bytes] = {}
    rests: dict[str, tuple[int, int, int, int]] = {}


class Listings:
    """What a tree lists, by digests, asked of it only where that may have changed.

    `learnt` says whether there is more than was `kept`.
    """

    def __init__(self, kept: Kept | None = None) -> None:
        self._kept = kept or Kept()
        self._stands: bool | None = None
        self.learnt = False

    def listing(self, tree: Tree, scope: Scope) -> bytes:
        """A digest of what `Tree.files` says."""
        known = self._of(tree).listings.get(scope)
        return self.note_listing(tree, scope, tree.files(*scope)) if known is None else known

    def beside(self, tree: Tree, directory: str) -> bytes:
        """A digest of what `Tree.beside` says."""
        known = self._of(tree).beside.get(directory)
        return self.note_beside(tree, directory, tree.beside(directory)) if known is None else known

    def note_listing(
        self, tree: Tree, scope: Scope, found: tuple[list[str], list[NotAnalysed]]
    ) -> bytes:
        """Remember what `Tree.files` said; a digest of it."""
        refused = [part for gap in found[1] for part in (gap.path, gap.reason)]
        digest = digest_of([*found[0], "", *refused])
        self._of(tree).listings[scope] = digest
        self.learnt = True
        return digest

    def note_beside(self, tree: Tree, directory: str, found: Iterable[str]) -> bytes:
        """Remember what `Tree.beside` said; a digest of it."""
        digest = self._of(tree).beside[directory] = digest_of(found)
        self.learnt = True
        return digest

    def encoded(self, tree: Tree) -> bytes | None:
        """What a later run can use of it; None where that is nothing, or nothing new."""
        kept = self._of(tree)
        for path, signature in tree.rests.items():
            if signature is None or kept.rests.setdefault(path, signature) != signature:
                return None
        if not (self.learnt and tree.rests):
            return None
        try:
            return msgspec.msgpack.encode(kept)
        except UnicodeEncodeError:
            return None  # a directory whose name is not UTF-8 is listed anew each time

    def _of(self, tree: Tree) -> Kept:
        """What is known of the tree as it is."""
        if self._stands is None:
            self._stands = bool(self._kept.rests) and all(
                signature_of(f"{tree.root}/{path}") == signature
                for path, signature in self._kept.rests.items()
            )
            if not self._stands:
                self._kept = Kept()
        return self._kept


def digest_of(names: Iterable[str]) -> bytes:
    """A digest of names in their order."""
    joined = b"\0".join(os.fsencode(name) for name in names)
    return hashlib.sha1(joined, usedforsecurity=False).digest()
