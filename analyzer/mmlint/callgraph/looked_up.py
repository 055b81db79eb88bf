"""What a run looked up in all files of a tree, so that a later one need not read them for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable


class LookedUp(msgspec.Struct, frozen=True, array_like=True):
    """By name the files of the scope that hold it, and those that may use it.

    `defined` are the places, by file and offset, that seem to define a name for others. So many
    files of the scope could be `read`, they have so many `lines`, and some are `marked`. It is as
    it was before the files `stale` changed, but for the lines.
    """

    named: dict[str, list[str]] = {}
    used: dict[str, list[str]] = {}
    defined: dict[str, list[tuple[str, int]]] = {}
    read: int = 0
    lines: int = 0
    marked: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()

    def later(self, changed: Iterable[str], lines: int) -> LookedUp:
        """The same after more files changed, which have so many more lines."""
        stale = tuple(sorted({*self.stale, *changed}))
        return msgspec.structs.replace(self, stale=stale, lines=self.lines + lines)

    def joined(self, others: Iterable[LookedUp]) -> LookedUp:
        """This with the names that other processes looked up."""
        named, used, defined = dict(self.named), dict(self.used), dict(self.defined)
        for other in others:
            named |= other.named
            used |= other.used
            defined |= other.defined
        return msgspec.structs.replace(self, named=named, used=used, defined=defined)
