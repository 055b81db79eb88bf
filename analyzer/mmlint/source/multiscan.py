"""Searching a tree on disk with hyperscan, the optional extra ``fast``.

Hyperscan matches more than what is sought: what it does not understand it leaves out, and it knows
no lines. So it says where to look, and `re` looks.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from mmlint.source.names import compiled, has_hyperscan
from mmlint.source.patterns import ARROW, GIVEN, HEAD
from mmlint.source.small import small_files
from mmlint.source.sought import LARGEST_WHOLE, Found, Hit, Sought, Where, searched_part
from mmlint.source.tree import Unreadable
from mmlint.source.walk import below

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mmlint.source.small import SmallFiles
    from mmlint.source.tree import Tree

_TOKEN = re.compile(rb"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|([*+?]|\{\d+(?:,\d*)?\})\+", re.DOTALL)
_WIDER = (
    (ARROW, rb"[.>]"),
    (GIVEN, rb"[(,\s]"),
    (HEAD, rb"[A-Za-z_][^\n;{}]*[ \t*]"),
)
"""Pieces of patterns with what is found faster in their place.

Behind alternatives of different lengths, in front of many names, hyperscan 5.4.12 misses matches.
"""
_HALF_AS_FAST = range(9, 100)
"""So many alternatives hyperscan 5.4.12 finds half as fast as more of them, as it takes another
engine for few literals; then these stand beside them, which no text holds."""
_PADDING = tuple(
    b"\\x01\\x02\\x03\\x04\\x05\\x06\\x%02x\\x%02x" % (14 + n // 8, 14 + n % 8) for n in range(48)
)
_BUFFER = 8 << 20
"""Bytes that are read at once; there is more room for a larger file until it was searched."""
_FEW = 8000
"""Files of a search; what is searched in so few is searched again, as headers are."""
_MOST_KEPT = 48 << 20
"""Bytes of their texts that are kept: to open a file takes as long as to search it."""


def find(tree: Tree, sought: Sought, where: Where) -> Found | None:
    """What hyperscan finds; None when it is not there or does not take a pattern."""
    if not tree.on_disk or not has_hyperscan():
        return None
    if not where.directories:
        return Found([], [])
    try:
        scanner = _Scanner(sought)
    except import_module("hyperscan").error:
        return None
    corpus = _CORPORA.get(tree)
    if corpus is None:
        corpus = _CORPORA[tree] = _Corpus(tree.root, small_files(tree))
    return corpus.search(tree, scanner, where)


class _Scanner:
    """The patterns of one search, and what was found with them so far."""

    def __init__(self, sought: Sought) -> None:
        self._sought = sought
        self._terminated = import_module("hyperscan").ScanTerminated
        self._database: Any
        if sought.ends and not sought.lines:
            # Each pattern of `files` is looked for where it may end.
            self._database = compiled(sought.ends, everywhere=True)
        else:
            self._database = _database((*sought.lines, *sought.files))
        self._wants_lines = len(sought.lines)
        self._ends: set[int] = set()
        self._data: bytes | bytearray = b""
        self._length = 0
        self._fits = False
        self._tested = (0, 0)
        self.found = Found([], [])

    def scan(self, path: str, data: bytes | bytearray, length: int) -> None:
        """Look at the first `length` bytes of `data`."""
        self._data, self._length, self._fits = data, length, False
        self._tested = (0, 0)
        self._ends.clear()
        try:
            whole = length == len(data)
            self._database.scan(data if whole else memoryview(data)[:length], self._matched)
        except self._terminated:
            self._fits = True
        if self._fits:
            self.found.files.append(path)
        if self._ends:
            self._take_lines(path)

    def _matched(self, which: int, _start: int, end: int, _flags: int, _context: object) -> bool:
        """Whether a match, which ends at an offset, leaves nothing to look for in the file."""
        if which < self._wants_lines:
            self._ends.add(end)
        elif not self._fits and not self._tested[0] < end <= self._tested[1]:
            start, stop = self._tested = self._line(end)
            self._fits = self._sought.in_files.search(bytes(self._data[start:stop])) is not None
            return self._fits and not self._wants_lines
        return False

    def _line(self, end: int) -> tuple[int, int]:
        """The line of the last byte before an offset."""
        at = max(end - 1, 0)
        start = self._data.rfind(b"\n", 0, at) + 1
        stop = self._data.find(b"\n", at, self._length)
        return start, stop if stop >= 0 else self._length

    def _take_lines(self, path: str) -> None:
        number, counted, last = 1, 0, -2
        for end in sorted(self._ends):
            if end - 1 <= last:
                continue
            start, last = self._line(end)
            text = bytes(self._data[start:last])
            if self._sought.in_lines.search(text):
                number += self._data.count(b"\n", counted, start)
                counted = start
                self.found.lines.append(Hit(path, number, text))


@lru_cache(maxsize=4)
def _database(patterns: tuple[bytes, ...]) -> Any:  # noqa: ANN401 - hyperscan has no types
    """What finds the patterns, by their positions; the same ones are looked for again and again."""
    hyperscan = import_module("hyperscan")
    flags = hyperscan.HS_FLAG_MULTILINE | hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_ALLOWEMPTY
    made = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    alternatives = sum(pattern.count(b"|") + 1 for pattern in patterns)
    padding = _PADDING if alternatives in _HALF_AS_FAST else ()
    expressions = [*map(_wider, patterns), *padding]
    made.compile(
        expressions=expressions,
        ids=list(range(len(expressions))),
        flags=[flags] * len(expressions),
    )
    return made


def _wider(pattern: bytes) -> bytes:
    """A pattern that hyperscan takes and that matches wherever the given one does."""
    for piece, wider in _WIDER:
        pattern = pattern.replace(piece, wider)
    return _TOKEN.sub(lambda token: token[1] or token[0], pattern)


class _Corpus:
    """The files of a tree that are no links, each with how much of it is to be searched."""

    def __init__(self, root: Path, small: SmallFiles) -> None:
        self._prefix = os.fspath(root).rstrip("/") + "/"
        self._small = small
        self._listed: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        self._together: dict[tuple[str, ...], list[str]] = {}
        self._parts: dict[str, int] = {}
        self._make_room(_BUFFER)
        self._texts: dict[str, bytes] = {}
        self._room = _MOST_KEPT

    def search(self, tree: Tree, scanner: _Scanner, where: Where) -> Found:
        """Scan the files of some directories."""
        paths = self._files(tree, where)
        few = len(paths) <= _FEW
        small = self._small.texts
        # Whoever finds a file there does not read it by way of the tree.
        kept = self._texts if tree.notes_reads else small
        for path in paths:
            if path in where.without:
                continue
            data = small.get(path)
            if data is None:
                data = self._at_hand(path)
            if data is not None:
                scanner.scan(path, data, len(data))
                continue
            length = self._read(tree, path)
            if length:
                if path not in self._parts and self._small.reserve(length):
                    kept[path] = bytes(self._view[:length])
                elif few and length <= self._room:
                    self._room -= length
                    self._texts[path] = bytes(self._view[:length])
                scanner.scan(path, self._buffer, length)
                if len(self._buffer) > _BUFFER:
                    self._make_room(_BUFFER)
        return scanner.found

    def _at_hand(self, path: str) -> bytes | None:
        """What is searched of a file that is not small, if that is kept."""
        data = self._texts.get(path)
        if data is None:
            data = self._small.consulted.get(path)
            if data is not None and len(data) > LARGEST_WHOLE:
                data = searched_part(data)
        return data

    def _files(self, tree: Tree, where: Where) -> Sequence[str]:
        """The paths, sorted, each once."""
        if len(where.directories) == 1:
            return self._below(tree, where.directories[0], where.suffixes)
        key = (*where.directories, *where.suffixes)
        known = self._together.get(key)
        if known is None:
            listings = [self._below(tree, place, where.suffixes) for place in where.directories]
            known = self._together[key] = sorted(set(chain.from_iterable(listings)))
        return known

    def _below(self, tree: Tree, directory: str, suffixes: tuple[str, ...]) -> Sequence[str]:
        for (place, listed), whole in self._listed.items():
            if place == "." and set(suffixes) <= set(listed):
                if directory == ".":
                    return [path for path in whole if path.endswith(suffixes)]
                return [path for path in below(whole, directory) if path.endswith(suffixes)]
        known = self._listed.get((directory, suffixes))
        if known is None:
            known = self._listed[directory, suffixes] = tree.plain_files(directory, suffixes)
        return known

    def _read(self, tree: Tree, path: str) -> int:
        """Read a file into the buffer; returns how many bytes of it are searched."""
        length = self._parts.get(path, -1)
        if length >= 0:
            return self._fill(path, length) if length else 0
        length = self._fill(path, len(self._buffer))
        if length == len(self._buffer):
            length = self._enlarge(tree, path)
        if length > LARGEST_WHOLE and self._buffer.find(b";", 0, length) < 0:
            length = self._parts[path] = self._buffer.rfind(b")", 0, length) + 1
        return length

    def _fill(self, path: str, length: int) -> int:
        try:
            descriptor = os.open(self._prefix + path, os.O_RDONLY | os.O_CLOEXEC)
        except (OSError, ValueError):
            return 0
        try:
            return os.readv(descriptor, [self._view[:length]])
        except OSError:
            return 0
        finally:
            os.close(descriptor)

    def _enlarge(self, tree: Tree, path: str) -> int:
        """Read a file that is larger than the buffer."""
        try:
            data = tree.read(path)
        except Unreadable:
            return 0
        self._make_room(len(data) + 1)
        self._view[: len(data)] = data
        return len(data)

    def _make_room(self, size: int) -> None:
        self._buffer = bytearray(size)
        self._view = memoryview(self._buffer)


_CORPORA: WeakKeyDictionary[Tree, _Corpus] = WeakKeyDictionary()
