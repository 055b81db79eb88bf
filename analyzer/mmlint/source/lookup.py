"""Which files hold which names: whole words in raw text, found at the speed of `bytes` methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_FEW = 24
"""Up to here a search for each name is cheaper than looking at each word of the text."""

_PIECE = 8 << 20
_WORDS = bytes(
    byte if chr(byte).isascii() and (chr(byte).isalnum() or byte == ord("_")) else ord(" ")
    for byte in range(256)
)


def files_with(
    read: Callable[[str], bytes | None], files: Iterable[str], names: Iterable[str]
) -> dict[str, frozenset[str]]:
    """Of each file that holds one of `names` as a whole word, comments included, those it holds.

    The order is that of `files`; what `read` answers None for holds nothing.
    """
    wanted = frozenset(name.encode(errors="replace") for name in names)
    literals = _covering(wanted) if len(wanted) <= _FEW else ()
    held: dict[str, frozenset[str]] = {}
    for path in files:
        data = read(path)
        if data is None or (literals and not any(literal in data for literal in literals)):
            continue
        found = words_in(data, wanted)
        if found:
            held[path] = frozenset(name.decode() for name in found)
    return held


class WordIndex:
    """The files of each of many names, found in one pass over the texts."""

    def __init__(
        self, read: Callable[[str], bytes | None], files: Iterable[str], names: set[bytes]
    ) -> None:
        self._names = names
        self._paths: list[str] = []
        self._files: dict[bytes, list[int]] = {}
        fixed = frozenset(names)
        for path in files:
            data = read(path)
            if data is None:
                continue
            at = len(self._paths)
            self._paths.append(path)
            for name in words_in(data, fixed):
                self._files.setdefault(name, []).append(at)

    def covers(self, name: str) -> bool:
        """Whether the pass looked for `name`."""
        return name.encode(errors="replace") in self._names

    def files(self, name: str) -> tuple[str, ...]:
        """The files that hold `name` as a whole word, comments included, in the order given."""
        return tuple(self._paths[at] for at in self._files.get(name.encode(errors="replace"), ()))


def words_in(data: bytes, wanted: frozenset[bytes]) -> frozenset[bytes]:
    """Those of the `wanted` names that are whole words of `data`."""
    found: frozenset[bytes] = frozenset()
    start = 0
    while start < len(data):
        # By pieces, since the list of all words is many times larger than the text.
        end = data.find(b"\n", start + _PIECE) if len(data) - start > _PIECE else len(data)
        piece = data[start : end if end >= 0 else len(data)]
        found |= wanted.intersection(piece.translate(_WORDS).split())
        start += len(piece) + 1
    return found


def _covering(names: frozenset[bytes]) -> tuple[bytes, ...]:
    """The names that hold no other of them: where none of these is, none of the others is."""
    ordered = sorted(names, key=len)
    chosen: list[bytes] = []
    for name in ordered:
        if not any(shorter in name for shorter in chosen):
            chosen.append(name)
    return tuple(chosen)


def telling_part(data: bytes) -> bytes:
    """`data` without the tail in which nothing can be called.

    A file without a semicolon holds only macros (the register headers of drivers are half of a
    kernel's bytes), and after its last parenthesis none of them calls anything.
    """
    return data if b";" in data else data[: data.rfind(b")") + 1]
