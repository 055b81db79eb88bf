"""What files held before, where git still knows it or what they hold now tells."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from mmlint.source.git import GitError, Repository
from mmlint.source.revision import Revision
from mmlint.source.tree import LARGEST_READ

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mmlint.source.tree import Tree

_MOST_HASHED: Final = 512 << 20
"""Bytes; less than a second."""
_NEWLINE: Final = ord("\n")


def contents(tree: Tree, blobs: Iterable[bytes]) -> list[bytes] | None:
    """The contents that git calls `blobs`; None if the repository around `tree` lacks one."""
    found: list[bytes] = []
    with ExitStack() as stack:
        try:
            repository = _repository(tree, stack)
            for blob in blobs:
                data = repository.objects.read(blob.hex(), LARGEST_READ)
                if not isinstance(data, bytes):
                    return None
                found.append(data)
        except (GitError, OSError):
            return None
    return found


def before_insertion(data: bytes, size: int, blob: bytes) -> bytes | None:
    """What a file of `size` bytes held that git calls `blob`, if lines were put in or added to it.

    None where more was done to it, or it would take too long to find out.
    """
    more = len(data) - size
    if more <= 0:
        return None
    before = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    place = hashed = 0
    for start in _possible(data, size, more):
        before.update(data[place:start])
        place = start
        hashed += size - start
        if hashed > _MOST_HASHED:
            return None
        whole = before.copy()
        whole.update(data[start + more :])
        if whole.digest() == blob:
            return data[:start] + data[start + more :]
    return None


def _possible(data: bytes, size: int, more: int) -> Iterator[int]:
    """Where so many bytes may have been put in that are whole lines, or the end."""
    start = 0
    while start < size:
        if data[start + more - 1] == _NEWLINE:
            yield start
        start = data.find(b"\n", start, size) + 1 or size
    yield size


def _repository(tree: Tree, stack: ExitStack) -> Repository:
    if isinstance(tree, Revision):
        return tree.repository
    return stack.enter_context(Repository(tree.root))
