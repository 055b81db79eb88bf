"""Sets of files, a bit for each: thousands of files see a thousand headers each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class Numbering:
    """Numbers for paths, from 0, in the order in which they were asked for."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, path: str) -> int:
        """The number of a path, a new one if it has none."""
        known = self._numbers.get(path)
        if known is None:
            known = self._numbers[path] = len(self.paths)
            self.paths.append(path)
        return known

    def find(self, path: str) -> int | None:
        """The number of a path, if it has one."""
        return self._numbers.get(path)

    def of(self, paths: Iterable[str]) -> FileSet:
        """The set of some paths."""
        mask = 0
        for path in paths:
            mask |= 1 << self.number(path)
        return FileSet(mask, self)


class FileSet:
    """Some of the paths that a numbering has; `mask` has the bits of their numbers."""

    __slots__ = ("_numbering", "mask")

    def __init__(self, mask: int, numbering: Numbering) -> None:
        self.mask = mask
        self._numbering = numbering

    def __bool__(self) -> bool:
        return self.mask != 0

    def __contains__(self, path: str) -> bool:
        number = self._numbering.find(path)
        return number is not None and self.mask >> number & 1 == 1

    def __iter__(self) -> Iterator[str]:
        bits = f"{self.mask:b}"[::-1]
        at = bits.find("1")
        while at >= 0:
            yield self._numbering.paths[at]
            at = bits.find("1", at + 1)

    def __or__(self, other: FileSet) -> FileSet:
        return FileSet(self.mask | other.mask, self._numbering)

    def __and__(self, other: FileSet) -> FileSet:
        return FileSet(self.mask & other.mask, self._numbering)

    def __sub__(self, other: FileSet) -> FileSet:
        return FileSet(self.mask & ~other.mask, self._numbering)


class Judged:
    """The paths of a numbering for which something holds, each asked about once."""

    def __init__(self, numbering: Numbering, holds: Callable[[str], bool]) -> None:
        self._numbering = numbering
        self._holds = holds
        self._mask = self._count = 0

    def all(self) -> FileSet:
        """Those of all that have a number by now."""
        paths = self._numbering.paths
        for number in range(self._count, len(paths)):
            if self._holds(paths[number]):
                self._mask |= 1 << number
        self._count = len(paths)
        return FileSet(self._mask, self._numbering)
