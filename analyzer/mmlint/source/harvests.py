"""What the texts of files tell by themselves, kept from run to run: none is read for it again."""

from __future__ import annotations

import zlib
from typing import Final, NamedTuple

import msgspec

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
    """By the blob of a file what it tells; `before` is what an earlier run kept of it."""

    def __init__(self, before: bytes | None = None) -> None:
        self._known_macros, self._known_included = _unpacked(before)
        self._chunks: list[bytes] = []
        self._noted: _Told = {}
        self._included: _Included = {}

    def macros(self, path: str, blob: bytes) -> Macros | None:
        """The macros of a file as long as it is this blob; None if nobody knows."""
        kept, size, names = self._known_macros.get(path, (b"", 0, b""))
        return Macros(size, names.split()) if kept == blob else None

    def included(self, path: str, blob: bytes) -> tuple[bytes, ...] | None:
        """The same of the headers that it includes in quotes."""
        kept, headers = self._known_included.get(path, (b"", ()))
        return headers if kept == blob else None

    def note_macros(self, path: str, blob: bytes, macros: Macros) -> None:
        """These are the macros of a file; one whose name is not UTF-8 is read again."""
        if not _is_utf8(path):
            return
        self._noted[path] = blob, macros.size, b"\n".join(macros.names)
        if len(self._noted) >= _TOGETHER:
            self._pack()

    def note_included(self, path: str, blob: bytes, headers: tuple[bytes, ...]) -> None:
        """These are the headers that it includes in quotes."""
        if _is_utf8(path):
            self._included[path] = blob, headers

    def encoded(self) -> bytes | None:
        """All of them for a later run; None where it is not worth it to keep them anew."""
        if (len(self._chunks) * _TOGETHER + len(self._noted)) * _FEW <= len(self._known_macros):
            return None
        self._pack()
        before = [_packed(self._known_macros)] if self._known_macros else []
        kept = _Kept(before + self._chunks, {**self._known_included, **self._included})
        return msgspec.msgpack.encode(kept)

    def _pack(self) -> None:
        self._chunks.append(_packed(self._noted))
        self._noted = {}


def _is_utf8(path: str) -> bool:
    """Whether a path holds no bytes that travel as surrogate escapes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


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
