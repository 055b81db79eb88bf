"""A scope of many files as parts, each of directories that stand together."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def parts(scope: Sequence[str], most: int) -> list[tuple[str, ...]]:
    """The sorted paths of a scope in parts of `most` files, or of a directory that has more.

    A directory is in one part with all that is below it if these are not too many.
    """
    made: list[tuple[str, ...]] = []
    part: list[str] = []
    for unit in _units(sorted(scope), most, 0):
        if part and len(part) + len(unit) > most:
            made.append(tuple(part))
            part = []
        part += unit
    return [*made, tuple(part)] if part else made


def _units(paths: Sequence[str], most: int, depth: int) -> Iterator[list[str]]:
    """The largest directories at or below a depth that are no larger than a part may be."""
    for _, found in groupby(paths, key=lambda path: _down_to(path, depth)):
        unit = list(found)
        # Files beside each other stay together, however many they are.
        if len(unit) <= most or all(path.count("/") <= depth for path in unit):
            yield unit
        else:
            yield from _units(unit, most, depth + 1)


def _down_to(path: str, depth: int) -> tuple[str, ...]:
    """The directories of a file down to a depth; () for those of a file above it."""
    directories = path.split("/")[:-1]
    return tuple(directories[: depth + 1]) if len(directories) > depth else ()
