"""What the texts of files tell by themselves, kept from run to run: none is read for it again."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

_FEW: Final = 16
"""Where one in so many files has another text, all are kept anew."""
_TOGETHER: Final = 500
"""Files of a chunk: what a kernel's tell takes 16 MB, and a quarter of that once it is packed."""


class Macros(NamedTuple):
    """The names of the macros that a file defines, in `size` bytes of its text."""

    size: int
    names: list[bytes]


_Told = dict[str, tuple[bytes, int, bytes]]
"""By path the blob, and the `Macros` with a name a line."""
_Included = dict[str, tuple[bytes, tuple[bytes, ...]]]


class _Kept(msgspec.Struct, array_like=True):
    """Packed chunks of what is `_Told`, and by path the blob and what it includes in quotes."""

    chunks: list[bytes] = []
    included: _Included = {}


class Harvests:
    """By the blob of a file what it tells; `load` has what an earlier run kept of it."""

    def __init__(self, load: Callable[[], bytes | None] = lambda: None) -> None:
        self._load = load
        self._before: tuple[_Told, _Included] | None = None
        self._chunks: list[bytes] = []
        self._noted: _Told = {}
        self._included: _Included = {}

    def macros(self, path: str, blob: bytes) -> Macros | None:
        """The macros of a file as long as it is this blob; None if nobody knows."""
        kept, size, names = self._known[0].get(path, (b"", 0, b""))
        return Macros(size, names.split()) if kept == blob else None

    def included(self, path: str, blob: bytes) -> tuple[bytes, ...] | None:
        """The same of the headers that it includes in quotes."""
        kept, headers = self._known[1].get(path, (b"", ()))
        return headers if kept == blob else None

    def note_macros(self, path: str, blob: bytes, macros: Macros) -> None:
        """These are the macros of a file."""
        self._noted[path] = blob, macros.size, b"\n".join(macros.names)
        if len(self._noted) >= _TOGETHER:
            self._pack()

    def note_included(self, path: str, blob: bytes, headers: tuple[bytes, ...]) -> None:
        """These are the headers that it includes in quotes."""
        self._included[path] = blob, headers

    def encoded(self) -> bytes | None:
        """All of them for a later run; None where it is not worth it to keep them anew."""
        told, included = self._known
        if (len(self._chunks) * _TOGETHER + len(self._noted)) * _FEW <= len(told):
            return None
        self._pack()
        before = [_packed(told)] if told else []
        kept = _Kept(before + self._chunks, {**included, **self._included})
        return msgspec.msgpack.encode(kept)

    def _pack(self) -> None:
        self._chunks.append(_packed(self._noted))
        self._noted = {}

    @property
    def _known(self) -> tuple[_Told, _Included]:
        if self._before is None:
            self._before = _unpacked(self._load())
        return self._before


def _packed(told: _Told) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(told), 1)


def _unpacked(value: bytes | None) -> tuple[_Told, _Included]:
    """What was kept; nothing of what nobody can read."""
    told: _Told = {}
    if value is None:
        return told, {}
    try:
        kept = msgspec.msgpack.decode(value, type=_Kept)
        for chunk in kept.chunks:
            told.update(msgspec.msgpack.decode(zlib.decompress(chunk), type=_Told))
    except (msgspec.DecodeError, zlib.error):
        return {}, {}
    return told, kept.included
