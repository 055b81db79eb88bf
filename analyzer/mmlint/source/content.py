"""Which file contents the analysis can make sense of at all."""

from __future__ import annotations

MEGABYTE = 1 << 20
LARGEST_PARSED = 16 * MEGABYTE
"""Bytes; the largest file of any kernel that holds functions is a tenth of this."""


def why_not_c(data: bytes) -> str | None:
    """Why `data` is not worth parsing as C, in a few words; None when it may be C.

    An empty file is C. So is text in any encoding that keeps ASCII as it is.
    """
    nul = data.find(b"\0")
    if nul >= 0:
        return f"binary (NUL byte at offset {nul})"
    if len(data) > LARGEST_PARSED:
        return f"larger than {LARGEST_PARSED // MEGABYTE} MB"
    return None
