"""What a run looked up in all files of a tree, so that a later one need not read them for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mmlint.syntax.definition_sites import DefinitionSite

if TYPE_CHECKING:
    from collections.abc import Iterable


class LookedUp(msgspec.Struct, frozen=True, array_like=True):
    """By name the files of the scope that hold it, and those that may use it.

    `defined` are the places, by file and offset, that seem to define a name for others, `mentions`
    by question and file the functions that hold some names, `naming` the macros. So many files of
    the scope could be `read`, they have so many `lines`, and some are `marked`. It is as it was
    before the files `stale` changed, but for the lines; `edited` are the functions that differ.
    """

    named: dict[str, list[str]] = {}
    used: dict[str, list[str]] = {}
    defined: dict[str, list[tuple[str, int]]] = {}
    read: int = 0
    lines: int = 0
    marked: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    mentions: dict[str, dict[str, list[DefinitionSite]]] = {}
    naming: dict[str, dict[str, list[str]]] = {}

    def later(self, changed: Iterable[str], functions: Iterable[str], lines: int) -> LookedUp:
        """The same after more `functions` of files changed, which have so many more lines."""
        return msgspec.structs.replace(
            self,
            stale=tuple(sorted({*self.stale, *changed})),
            edited=tuple(sorted({*self.edited, *functions})),
            lines=self.lines + lines,
        )

    def joined(self, others: Iterable[LookedUp]) -> LookedUp:
        """This with the names that other processes looked up."""
        named, used, defined = dict(self.named), dict(self.used), dict(self.defined)
        mentions, naming = dict(self.mentions), dict(self.naming)
        for other in others:
            named |= other.named
            used |= other.used
            defined |= other.defined
            mentions |= other.mentions
            naming |= other.naming
        return msgspec.structs.replace(
            self, named=named, used=used, defined=defined, mentions=mentions, naming=naming
        )
