"""The small files of a tree, kept once they were read: to open one takes longer than to search it.

Of a kernel's files six in ten are no larger, which makes a twelfth of its bytes. Whoever searches a
tree finds here too what is kept of it by whoever reads single files, and the other way round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mmlint.source.tree import Tree

_LARGEST: Final = 8 << 10
"""Bytes of a file that is kept."""
_LARGEST_OF_MANY: Final = 3 << 10
"""The same where much else is kept of a tree; four in ten files are no larger."""
_MOST_KEPT: Final = 112 << 20
"""Bytes of all that are kept."""


class SmallFiles:
    """What was read by way of the tree, by path, and how much more may be kept of it."""

    def __init__(self) -> None:
        self.texts: dict[str, bytes] = {}
        self.consulted: Mapping[str, bytes] = {}
        """Files of any size that are kept for something else, by path."""
        self._room = _MOST_KEPT
        self._largest = _LARGEST

    def keep_fewer(self) -> None:
        """From now on keep only the smallest ones, as there is much else to keep."""
        self._largest = _LARGEST_OF_MANY

    def reserve(self, size: int) -> bool:
        """Whether to keep a file of so many bytes, whoever asks; then there is less room."""
        if size > self._largest or size > self._room:
            return False
        self._room -= size
        return True


def small_files(tree: Tree) -> SmallFiles:
    """Those of a tree, for all that look at it."""
    return _KEPT.setdefault(tree, SmallFiles())


_KEPT: WeakKeyDictionary[Tree, SmallFiles] = WeakKeyDictionary()
