"""Which file contents the analysis can make sense of at all."""

from __future__ import annotations

MEGABYTE = 1 << 20
LARGEST_PARSED = 16 * MEGABYTE
"""Bytes; the largest file of any kernel that holds functions is a tenth of this."""

_TEXT = 32
"""In text at most one byte in so many is a NUL: some slip of an editor."""


def is_binary(data: bytes) -> bool:
    """Whether there are more NUL bytes than a slip leaves in text."""
    return b"\0" in data and data.count(b"\0") * _TEXT > len(data)


def line_count(data: bytes) -> int:
    """How many lines there are; a last one without newline counts."""
    return data.count(b"\n") + (1 if data and not data.endswith(b"\n") else 0)


def why_not_c(data: bytes) -> str | None:
    """Why `data` is not worth parsing as C, in a few words; None when it may be C.

    An empty file is C. So is text in any encoding that keeps ASCII as it is.
    """
    if is_binary(data):
        return f"binary (NUL byte at offset {data.index(0)})"
    if len(data) > LARGEST_PARSED:
        return f"larger than {LARGEST_PARSED // MEGABYTE} MB"
    return None
