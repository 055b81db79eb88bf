"""What files held before, where git still knows it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from mmlint.source.git import GitError, Repository
from mmlint.source.revision import Revision
from mmlint.source.tree import LARGEST_READ

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mmlint.source.tree import Tree


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


def _repository(tree: Tree, stack: ExitStack) -> Repository:
    if isinstance(tree, Revision):
        return tree.repository
    return stack.enter_context(Repository(tree.root))
