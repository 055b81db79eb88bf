"""Which files hold pieces that many names are made of, so that few are searched for one name."""

from __future__ import annotations

from array import array
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final

from mmlint.source.names import Pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHORTEST: Final = 3
_MOST: Final = 900
"""Pieces: each costs a little in every file, and more of them tell few more names apart."""
_CONSIDERED: Final = 6000
_RAREST: Final = 0.0015
_COMMONEST: Final = 0.3
"""The share of the files that hold a piece which is worth to be noted."""


class Sketch:
    """The files, by number, that hold each of some pieces; the rest is known of none."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = sorted(set(pieces))
        self._finder = Pieces(self._pieces)
        self._holders = [array("I") for _ in self._pieces]
        self._count = 0

    def add(self, data: bytes) -> None:
        """Note what the next file holds."""
        for piece in self._finder.held(data):
            self._holders[piece].append(self._count)
        self._count += 1

    def tells(self, name: bytes) -> bool:
        """Whether it is known which files may hold `name`."""
        return any(piece in name for piece in self._pieces)

    def candidates(self, names: Iterable[bytes]) -> list[int]:
        """The files that may hold one of `names`, each of which the sketch tells."""
        found: set[int] = set()
        for name in names:
            holders = [self._holders[at] for at, piece in enumerate(self._pieces) if piece in name]
            holders.sort(key=len)
            found |= set(holders[0]).intersection(*holders[1:])
        return sorted(found)


def telling_pieces(names: Iterable[bytes], texts: Sequence[bytes]) -> list[bytes]:
    """The parts of `names` between underscores that tell files apart, judged by some `texts`."""
    count: Counter[bytes] = Counter()
    for name in names:
        count.update({part for part in name.split(b"_") if len(part) >= _SHORTEST})
    parts = [part for part, _ in count.most_common(_CONSIDERED)]
    finder = Pieces(parts)
    held = Counter(at for text in texts for at in finder.held(text))
    least, most = _RAREST * len(texts), _COMMONEST * len(texts)
    telling = (part for at, part in enumerate(parts) if least <= held[at] <= most)
    return list(islice(telling, _MOST))
