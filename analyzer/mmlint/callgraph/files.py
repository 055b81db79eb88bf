"""The bytes of a tree's files, read at most as often as memory asks for, with all that failed."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from mmlint.model import NotAnalysed
from mmlint.source.content import LARGEST_PARSED, is_binary, line_count, why_not_c
from mmlint.source.lookup import telling_part
from mmlint.source.names import holds
from mmlint.source.small import small_files
from mmlint.source.tree import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mmlint.source.harvests import Macros
    from mmlint.source.tree import Tree

_MOST_KEPT = 92 << 20
"""Bytes of file contents that are kept; what is beyond is read again when it is asked for."""

_MANY = 25_000
"""With more files in the scope whatever looks at all of them shows."""

_MOST_RECENT = 24 << 20
_MOST_RECENT_OF_MANY = 4 << 20
"""The same of those beyond that were asked for last: who looks at a file asks several times."""

_SMALL = 4096


class Gaps:
    """What could not be analysed, each once."""

    def __init__(self, scope: frozenset[str]) -> None:
        self._scope = scope
        self._known: set[NotAnalysed] = set()

    def add(self, path: str, reason: str, function: str = "", line: int = 0) -> None:
        """Note one; whether it makes the run incomplete follows from where it is."""
        self._known.add(NotAnalysed(path, function, line, reason, path in self._scope))

    def sorted(self) -> list[NotAnalysed]:
        """All of them, in the order of files and lines."""
        return sorted(self._known, key=lambda gap: (gap.path, gap.line, gap.function, gap.reason))


class Files:
    """Contents by path, and how much of the scope was read; there may be `many` files in it."""

    def __init__(
        self, tree: Tree, scope: Sequence[str], gaps: Gaps, mark: bytes | None = None
    ) -> None:
        self.tree = tree
        self.scope = tuple(scope)
        self.gaps = gaps
        self._in_scope = frozenset(scope)
        self._kept: dict[str, bytes] = {}
        self.many = len(self.scope) > _MANY
        small = small_files(tree)
        small.consulted = self._kept
        # Each pass over so many files reads the large ones anyway.
        self._small = small if self.many else None
        self._at_hand = small.texts
        if self._small is not None:
            self._small.keep_fewer()
        self._room = 0 if self.many else _MOST_KEPT
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._recent_room = _MOST_RECENT_OF_MANY if self.many else _MOST_RECENT
        # Parts of files that are small, or the whole of those that are kept.
        self._searched: dict[str, bytes] = {}
        # Files that are searched whole and too large to be kept, of a scope of many.
        self._passed: set[str] = set()
        self._unreadable: set[str] = set()
        # What was looked through and may be C: who asks for one file asks many times.
        self._readable: set[str] = set()
        self._absent: set[str] = set()
        self._lines: dict[str, int] = {}
        self._marks = holds(mark) if mark is not None else None
        self._marked: set[str] = set()
        self._counted: tuple[int, int] | None = None

    def remember(self, count: tuple[int, int], marked: Iterable[str], changed: set[str]) -> None:
        """Take the `count` of all files, and which were `marked` before some files `changed`."""
        self._marked = set(marked) - changed
        for path in changed & self._in_scope:
            self._read(path)
        self._counted = count

    def text(self, path: str) -> bytes | None:
        """The contents of a file that may be C; None, once with a gap, for any other."""
        data = self._read(path)
        if data is None or path in self._readable:
            return data
        refused = why_not_c(data)
        if refused is None:
            self._readable.add(path)
            return data
        if path in self._in_scope:
            self.gaps.add(path, refused)
        return None

    def searchable(self, path: str, *, again: bool = True) -> bytes | None:
        """The part of a file in which a search for names makes sense; None if unreadable.

        Who looks at all files does not ask `again` soon.
        """
        known = self._searched.get(path)
        if known is not None:
            return known
        data = self._read(path, again=again or not self.many)
        if data is None:
            return None
        # A file too large to be parsed is searched whole: it is reported if it holds a name.
        part = telling_part(data) if len(data) <= LARGEST_PARSED else data
        if len(part) < min(_SMALL, len(data)) or (part is data and self._is_kept(path)):
            self._searched[path] = part
        elif part is data and self.many:
            self._passed.add(path)
        return part

    def known_macros(self, path: str) -> Macros | None:
        """The macros of a file that an earlier run read, and that need not be read otherwise."""
        if self._counted is None and path in self._in_scope:
            return None
        return self.tree.known_macros(path)

    def consulted(self, path: str) -> bytes:
        """The contents of a file that may be C; none of any other, and never a gap."""
        data = self._known(path)
        if data is None and path not in self._absent:
            try:
                data = self._keep(path, self.tree.read(path))
            except Unreadable:
                self._absent.add(path)
        if data is None or path in self._readable:
            return data or b""
        if why_not_c(data):
            return b""
        self._readable.add(path)
        return data

    def passing(self, path: str) -> bytes | None:
        """What `searchable` says to who looks at all files."""
        if path in self._passed:
            try:
                return self.tree.read(path)
            except Unreadable:
                self._passed.discard(path)
        return self.searchable(path, again=False)

    def is_file(self, path: str) -> bool:
        """Whether there is a file at `path`, without a gap if there is none."""
        return path in self._kept or self.tree.is_file(path)

    def in_scope(self, path: str) -> bool:
        """Whether the file is one of those that are analysed."""
        return path in self._in_scope

    def count(self) -> tuple[int, int]:
        """How many files of the scope could be read, and their lines."""
        if self._counted is not None:
            return self._counted
        for path in self.scope:
            if path not in self._lines:
                self._read(path)
        return len(self._lines), sum(self._lines.values())

    def marked(self) -> list[str]:
        """The files of the scope that hold the mark, in the order of the scope."""
        self.count()
        return [path for path in self.scope if path in self._marked]

    def _read(self, path: str, *, again: bool = True) -> bytes | None:
        data = self._known(path)
        if path in self._unreadable:
            return None
        if data is None:
            try:
                data = self._keep(path, self.tree.read(path), again=again)
            except Unreadable as error:
                self._unreadable.add(path)
                self.gaps.add(path, error.reason)
                return None
        if path in self._in_scope and path not in self._lines:
            self._survey(path, data)
        return data

    def _is_kept(self, path: str) -> bool:
        """Whether the contents stay at hand."""
        return path in self._kept or path in self._at_hand

    def _known(self, path: str) -> bytes | None:
        """The contents, where they are at hand."""
        data = self._kept.get(path)
        if data is None:
            data = self._at_hand.get(path)
        if data is None:
            data = self._recent.get(path)
            if data is not None:
                self._recent.move_to_end(path)
        return data

    def _keep(self, path: str, data: bytes, *, again: bool = True) -> bytes:
        self._readable.discard(path)
        if self._small is not None and self._small.reserve(len(data)):
            self._small.texts[path] = data
            return data
        if len(data) <= self._room:
            self._room -= len(data)
            self._kept[path] = data
            return data
        if not again:
            return data
        self._recent[path] = data
        self._recent_room -= len(data)
        while self._recent_room < 0:
            _, dropped = self._recent.popitem(last=False)
            self._recent_room += len(dropped)
        return data

    def _survey(self, path: str, data: bytes) -> None:
        """Count the lines of a file of the scope; a binary one is no part of what was read."""
        if is_binary(data):
            self.gaps.add(path, why_not_c(data) or "")
            self._unreadable.add(path)
            self._kept.pop(path, None)
            return
        if self._counted is not None:
            self._lines[path] = 0  # what all of them have is known
            return
        if self._marks is not None and self._marks(data):
            self._marked.add(path)
        self._lines[path] = line_count(data)
