"""Which of many names a text holds as whole words.

With the Python package `hyperscan` all names are looked for in one pass at the speed of memory;
without it `bytes` methods give the same answer.
"""

from __future__ import annotations

import functools
import re
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_FEW: Final = 24
"""Up to here a search for each name is cheaper than looking at each word of the text."""

_FEW_PARTS: Final = 4
"""The same of names that are looked for inside of words too, where no word is looked at."""

_MOST: Final = 5000
"""With more names nearly every text holds many of them, and its words are looked at faster."""

_MOST_SEARCHED: Final = 8
"""So many names that first stand inside of other words are searched for further on, each alone."""

_TRIES: Final = 8
"""Places that are looked at one by one, before a pattern is compiled for a name."""

_PIECE: Final = 256 << 10
_INSIDE: Final = frozenset(byte for byte in range(128) if chr(byte).isalnum() or byte == ord("_"))
_ENDED: Final = re.compile(rb"(?!\w)")
_NOTHING: Final[frozenset[bytes]] = frozenset()
_WORDS: Final = bytes(byte if byte in _INSIDE else ord(" ") for byte in range(256))


class Finder(Protocol):
    """Looks for a fixed set of names, and of pieces."""

    @property
    def pieces(self) -> Sequence[int]:
        """The numbers of the pieces that stand anywhere in the last text."""

    def held(self, data: bytes) -> frozenset[bytes]:
        """The names that are whole words of `data`: ASCII letters, digits and `_`."""


def finder(names: Iterable[bytes], pieces: Sequence[bytes] = ()) -> Finder:
    """The fastest finder that there is for `names`; what is no word is never found.

    To find pieces needs hyperscan.
    """
    wanted = frozenset(filter(may_be_word, names))
    if pieces or (0 < len(wanted) <= _MOST and has_hyperscan()):
        return Patterns(wanted, pieces)
    return Words(wanted)


def may_be_word(name: bytes) -> bool:
    """Whether a text can hold a name: ``FNAME(sync_spte)``, which stands for one, is no word."""
    return bool(name) and _INSIDE.issuperset(name)


@functools.cache
def has_hyperscan() -> bool:
    """Whether the package is installed and works here."""
    if find_spec("hyperscan") is None:
        return False
    try:
        import_module("hyperscan")
    except ImportError:
        return False
    return True


class Words:
    """Finds names with `bytes` methods alone."""

    pieces: Sequence[int] = ()

    def __init__(self, names: Iterable[bytes]) -> None:
        self._names = frozenset(names)
        self._literals = _covering(self._names) if len(self._names) <= _FEW else ()

    def held(self, data: bytes) -> frozenset[bytes]:
        """See `Finder.held`."""
        if self._literals and not any(literal in data for literal in self._literals):
            return frozenset()
        return words_in(data, self._names)


class Patterns:
    """Finds names with hyperscan, which reports the first place of each, and pieces."""

    def __init__(self, names: Iterable[bytes], pieces: Sequence[bytes] = ()) -> None:
        self._names = sorted(names)
        self._ends: list[tuple[int, int]] = []
        self.pieces: list[int] = []
        self._scan = compiled([*pieces, *self._names]).scan
        end, piece, first = self._ends.append, self.pieces.append, len(pieces)

        def note(at: int, _start: int, to: int, _flags: int, _context: object) -> None:
            if at < first:
                piece(at)
            else:
                end((at - first, to))

        # No method: it is called for each piece that a text holds.
        self._note = note

    def held(self, data: bytes) -> frozenset[bytes]:
        """See `Finder.held`."""
        ends = self._ends
        ends.clear()
        self.pieces.clear()
        self._scan(data, match_event_handler=self._note)
        if not ends:
            return _NOTHING
        found: list[bytes] = []
        inside: list[bytes] = []
        for at, end in ends:
            name = self._names[at]
            (found if _is_word(data, end - len(name), end) else inside).append(name)
        if len(inside) > _MOST_SEARCHED:
            return words_in(data, frozenset(inside)).union(found)
        return frozenset(found + [name for name in inside if _stands_in(data, name)])


class Pieces:
    """Finds with hyperscan which of some pieces stand anywhere, inside of words too."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._found: list[int] = []
        self._scanned = compiled(pieces) if pieces else None
        append = self._found.append

        def note(at: int, _start: int, _end: int, _flags: int, _context: object) -> None:
            append(at)

        # No method: it is called for each piece that a text holds.
        self._note = note

    def held(self, data: bytes) -> list[int]:
        """The numbers of the pieces in `data`, until the next text is asked about."""
        self._found.clear()
        if self._scanned is not None:
            self._scanned.scan(data, match_event_handler=self._note)
        return self._found


class Parts:
    """Finds which of some names stand anywhere in a text, inside of words too."""

    def __init__(self, names: Iterable[bytes]) -> None:
        self._names = sorted(frozenset(names))
        many = len(self._names) > _FEW_PARTS and has_hyperscan()
        self._pieces = Pieces(self._names) if many else None

    def held(self, data: bytes, sought: frozenset[bytes]) -> list[bytes]:
        """Those of the names that are `sought` and in `data`."""
        if self._pieces is None:
            return [name for name in self._names if name in sought and name in data]
        return [name for at in self._pieces.held(data) if (name := self._names[at]) in sought]


def holds(part: bytes) -> Callable[[bytes], bool]:
    """What tells the fastest whether a text holds `part`."""
    if not has_hyperscan():
        return lambda data: part in data
    pieces = Pieces([part])
    return lambda data: bool(pieces.held(data))


class Literals(Protocol):
    """A compiled database of hyperscan."""

    def scan(
        self, data: bytes, match_event_handler: Callable[[int, int, int, int, object], None]
    ) -> None:
        """Tell the handler of places of literals: the number of the literal, -, end, -, -."""


def compiled(literals: Sequence[bytes], *, everywhere: bool = False) -> Literals:
    """What tells the first place of each literal in a text, or all places; needs hyperscan."""
    hyperscan = import_module("hyperscan")
    count = len(literals)
    flags = 0 if everywhere else hyperscan.HS_FLAG_SINGLEMATCH
    database: Literals = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    hyperscan.Database.compile(
        database,
        expressions=literals,
        ids=range(count),
        elements=count,
        flags=[flags] * count,
        literal=True,
    )
    return database


def _is_word(data: bytes, start: int, end: int) -> bool:
    """Whether what stands between two offsets is no part of a longer word."""
    return not (start and data[start - 1] in _INSIDE) and not (
        end < len(data) and data[end] in _INSIDE
    )


def _stands_in(data: bytes, name: bytes) -> bool:
    """Whether `name` is a word of a text."""
    start = -1
    for _ in range(_TRIES):
        start = data.find(name, start + 1)
        if start < 0 or _is_word(data, start, start + len(name)):
            return start >= 0
    return _whole(name).search(data, start) is not None


@functools.lru_cache(maxsize=_MOST)
def _whole(name: bytes) -> re.Pattern[bytes]:
    # A pattern that begins with a literal is searched many times faster than one with `\b`.
    return re.compile(name + rb"(?<!\w" + name + rb")(?!\w)")


def occurrences(data: bytes, part: bytes, start: int = 0, end: int | None = None) -> Iterator[int]:
    """Where a text holds `part`, in other words too: faster than a pattern, which is compiled.

    It begins from `start` on and before `end`, and may reach further.
    """
    last = len(data) if end is None else end + len(part) - 1
    at = data.find(part, start, last)
    while at >= 0:
        yield at
        at = data.find(part, at + 1, last)


def word_places(data: bytes, word: bytes, behind: re.Pattern[bytes]) -> Iterator[int]:
    """Where `word` stands, which does not end another one, in front of what `behind` matches."""
    size = len(word)
    for at in word_starts(data, word):
        if behind.match(data, at + size):
            yield at


def whole_words(data: bytes, word: bytes) -> Iterator[int]:
    """Where `word` stands as a whole one."""
    return word_places(data, word, _ENDED)


def word_starts(data: bytes, word: bytes) -> Iterator[int]:
    """Where `word` stands, which does not end another one."""
    for at in occurrences(data, word):
        if not (at and data[at - 1] in _INSIDE):
            yield at


def words_in(data: bytes, wanted: frozenset[bytes]) -> frozenset[bytes]:
    """Those of the `wanted` names that are whole words of `data`."""
    found = _NOTHING
    start = 0
    while wanted and start < len(data):
        # By pieces, since the list of all words is many times larger than the text.
        end = data.find(b"\n", start + _PIECE) if len(data) - start > _PIECE else len(data)
        piece = data[start : end if end >= 0 else len(data)]
        found |= wanted.intersection(all_words(piece))
        start += len(piece) + 1
    return found


def all_words(data: bytes) -> list[bytes]:
    """The words of a text, numbers too, one by one: several times faster than by a pattern."""
    return data.translate(_WORDS).split()


def _covering(names: frozenset[bytes]) -> tuple[bytes, ...]:
    """The names that hold no other of them: where none of these is, none of the others is."""
    ordered = sorted(names, key=len)
    chosen: list[bytes] = []
    for name in ordered:
        if not any(shorter in name for shorter in chosen):
            chosen.append(name)
    return tuple(chosen)
