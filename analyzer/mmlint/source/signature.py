"""Whether something on disk may be another one than it was, as `stat` tells."""

from __future__ import annotations

import os
from typing import Final, NamedTuple

_RACY: Final = 2_000_000_000
"""Nanoseconds: what changed so shortly before it was read may change again with the same times."""


class Signature(NamedTuple):
    """What `stat` says of a file or directory: another one means that it has to be read again.

    Times are in nanoseconds, the size in bytes.
    """

    modified: int
    changed: int
    size: int
    inode: int


def signature_of(path: str) -> Signature | None:
    """The signature of what is at `path`, or of what a link there leads to; None if nothing is."""
    try:
        status = os.stat(path)  # noqa: PTH116 -- a Path for each costs more
    except (OSError, ValueError):
        return None
    return Signature(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def is_racy(signature: Signature, now: int) -> bool:
    """Whether what was read at `now` (nanoseconds) may change with the same signature."""
    return max(signature.modified, signature.changed) + _RACY > now
