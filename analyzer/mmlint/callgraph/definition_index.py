"""Which files seem to define which names for others: one look at every file, or less."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import TYPE_CHECKING

from mmlint.callgraph.places import architecture, is_header
from mmlint.syntax.header import NO_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping, Sequence

_HEADER = re.compile(rb"\n([A-Za-z_][\w\s*]*+)\(([^;{}=]*+)\{")
_GROUP = re.compile(rb"(?:\b(\w+)\s*)?\(|\)")
_STATIC = re.compile(rb"\bstatic\b")
# Statements may begin at the margin too, and types stand before pointers to functions.
_NO_NAME = frozenset(word.encode() for word in NO_NAMES)
# The same where static functions do not count: most begin with that word, and are passed over.
_GLOBAL = re.compile(rb"\n(?:static\b[\w\s*]*+\([^;{}=]*+\{|([A-Za-z_][\w\s*]*+)\(([^;{}=]*+)\{)")
# A body on the line of its brace ends there: what follows is another definition.
_ONE_LINE = re.compile(rb"[^{]*\{[^\n]*\}(?=[ \t]*\n)")
_MOST_TEXTS = 2000
"""Names whose unparsed definitions are at hand, those that were asked for last."""
_OFFSET_BITS = 32
_OFFSET = (1 << _OFFSET_BITS) - 1
_MOST_SEARCHED = 6
"""Names that are searched for one by one; for more it is cheaper to read all files."""


class DefinitionIndex:
    """Files by the names that they seem to define for others; an outline tells for sure.

    An architecture's files are read when somebody asks for it, or for all.
    """

    def __init__(self, paths: Sequence[str], read: Callable[[str], bytes | None]) -> None:
        self._read = read
        self._paths = paths
        self._unread: dict[str, dict[str, int]] = {}
        for number, path in enumerate(paths):
            self._unread.setdefault(architecture(path), {})[path] = number
        self._homes: dict[bytes, int | list[int]] = {}
        self._texts: OrderedDict[str, tuple[tuple[str, bytes], ...]] = OrderedDict()
        self._asked: set[str] = set()
        self._remembered: _Remembered | None = None

    def known(self) -> dict[str, list[tuple[str, int]]]:
        """Where the names that were asked for seem to be defined: files and offsets."""
        return {
            name: [(self._paths[home >> _OFFSET_BITS], home & _OFFSET) for home in self._at(name)]
            for name in tuple(self._asked)
        }

    def remember(
        self,
        known: Mapping[str, Iterable[tuple[str, int]]],
        changed: Iterable[str],
        search: Callable[[str], Iterable[str]] | None,
    ) -> None:
        """Take what was `known` before some files `changed`: no other file is read for it.

        For a few names that are not known a `search`, if there is one, says which files hold each.
        """
        self._asked.update(known)
        self._remembered = _Remembered(self._paths, self._read, search)
        self._remembered.take(known, frozenset(changed))

    def offer(self, path: str, data: bytes | None) -> None:
        """What a file holds that was read for something else."""
        if self._remembered is not None:
            return
        number = self._unread.get(architecture(path), {}).pop(path, None)
        if number is not None and data:
            self._add(data, number << _OFFSET_BITS, header=is_header(path))

    def files(self, name: str, arch: str | None = None) -> tuple[str, ...]:
        """The files, of an architecture and of none or all, that may define `name`.

        They are in the order in which they were given.
        """
        homes = self._at(name) if arch is None else self._at(name, "", arch)
        found = dict.fromkeys(self._paths[home >> _OFFSET_BITS] for home in homes)
        return tuple(path for path in found if arch is None or architecture(path) in {"", arch})

    def texts(self, name: str) -> Sequence[tuple[str, bytes]]:
        """What seem to be the definitions of `name`, by file, unparsed, comments included."""
        known = self._texts.get(name)
        if known is None:
            known = self._texts[name] = tuple(self._cut_out(self._at(name)))
            if len(self._texts) > _MOST_TEXTS:
                self._texts.popitem(last=False)
        return known

    def _cut_out(self, homes: Iterable[int]) -> Iterator[tuple[str, bytes]]:
        for home in homes:
            path = self._paths[home >> _OFFSET_BITS]
            yield path, _definition(self._read(path) or b"", home & _OFFSET)

    def names(self) -> KeysView[bytes]:
        """All names that seem to be defined somewhere."""
        self._remembered = None
        self._finish(*self._unread)
        return self._homes.keys()

    def _finish(self, *architectures: str) -> None:
        """Read what was not offered of some architectures' files."""
        for arch in architectures:
            for path in tuple(self._unread.get(arch, ())):
                self.offer(path, self._read(path))
            self._unread.pop(arch, None)

    def _at(self, name: str, *architectures: str) -> list[int]:
        if not architectures:
            self._asked.add(name)
        found = self._remembered.at(name) if self._remembered is not None else None
        if found is not None:
            return found
        self._remembered = None
        self._finish(*(architectures or self._unread))
        homes = self._homes.get(name.encode(errors="replace"), [])
        return [homes] if isinstance(homes, int) else sorted(homes)

    def _add(self, data: bytes, at: int, *, header: bool) -> None:
        known = self._homes
        for name, start in _headers(data, header=header):
            home = at | start
            homes = known.setdefault(name, home)
            if homes is home:
                continue
            if isinstance(homes, int):
                homes = known[name] = [homes]
            if homes[-1] != home:
                homes.append(home)


class _Remembered:
    """Where names seem to be defined, as an earlier run found out; others are searched for."""

    def __init__(
        self,
        paths: Sequence[str],
        read: Callable[[str], bytes | None],
        search: Callable[[str], Iterable[str]] | None,
    ) -> None:
        self._numbers = {path: number for number, path in enumerate(paths)}
        self._read = read
        self._search = search
        self._homes: dict[str, set[int]] = {}
        self._searches = 0

    def take(self, known: Mapping[str, Iterable[tuple[str, int]]], changed: frozenset[str]) -> None:
        """What was `known`; the files that `changed` are looked at again."""
        for name, places in known.items():
            self._homes[name] = {
                self._numbers[path] << _OFFSET_BITS | at
                for path, at in places
                if path not in changed
            }
        self._add(changed)

    def at(self, name: str) -> list[int] | None:
        """Where a name is; None if it is better to look for all names."""
        if name not in self._homes:
            self._searches += 1
            if self._search is None or self._searches > _MOST_SEARCHED:
                return None
            self._homes[name] = set()
            self._add(self._search(name), name)
        return sorted(self._homes[name])

    def _add(self, paths: Iterable[str], wanted: str | None = None) -> None:
        for path in paths:
            number = self._numbers.get(path)
            data = self._read(path) if number is not None else None
            for word, start in _headers(data, header=is_header(path)) if data else ():
                name = word.decode()
                if number is not None and name in self._homes and wanted in (None, name):
                    self._homes[name].add(number << _OFFSET_BITS | start)


def _headers(data: bytes, *, header: bool) -> Iterator[tuple[bytes, int]]:
    if b"{" not in data:
        return  # the registers of a device: many lines, and each begins what may be a header
    # Hardly any file begins with what begins a definition: then no copy is made.
    begins = data[:1].isalpha() or data[:1] == b"_"
    behind = 0 if begins else 1
    for match in (_HEADER if header else _GLOBAL).finditer(b"\n" + data if begins else data):
        before, after = match.groups()
        if before is None or (not header and b"static" in before and _STATIC.search(before)):
            continue
        last = before.rsplit(None, 1)[-1].rpartition(b"*")[2]
        if last and last not in _NO_NAME:
            yield last, match.start() + behind
        for name in _behind_arguments(last, after) if b"(" in after else ():
            yield name, match.start() + behind


def _behind_arguments(word: bytes, text: bytes) -> Iterator[bytes]:
    """The names of functions in a header, whose `text` begins behind its first parenthesis.

    The `word` before that may be an attribute or a macro, or a pointer is returned. What follows
    the parameters, as ``__releases(lock)`` does, is none.
    """
    depth = 1
    for found in _GROUP.finditer(text):
        if found[0] == b")":
            depth -= 1
            continue
        name = found[1]
        if name and depth in (0, 1):
            before = text[: found.start()].rstrip()
            if depth == 1:
                defined = not before.strip(b"* \t\n")
            else:
                annotates = name.startswith(b"__") and before.endswith(b")")
                defined = not annotates or word in _NO_NAME
                word = name
            if defined and name not in _NO_NAME:
                yield name
        depth += 1


def _definition(data: bytes, start: int) -> bytes:
    """The definition that starts there, or more."""
    line = _ONE_LINE.match(data, start)
    if line is not None and line[0].count(b"{") == line[0].count(b"}"):
        return line[0]
    end = data.find(b"\n}", start)
    return data[start : end if end >= 0 else len(data)]
