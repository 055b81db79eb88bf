"""Which files hold pieces that many names are made of, so that few are searched for one name."""

from __future__ import annotations

from array import array
from collections import Counter
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import TYPE_CHECKING, Final

from mmlint.source.names import Pieces

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_SHORTEST: Final = 3
_MOST: Final = 1400
"""Pieces: more of them tell few more names apart."""
_CONSIDERED: Final = 6000
_NAMES: Final = 25_000
"""Parts that are considered, and names: of more each second one is, or each third."""
_ASKED: Final = 80
"""Names that a run asks for one after another."""
_NOTE: Final = 0.08
_PIECE: Final = 0.0025
"""What it costs to note a file, and to have a piece at all, in searches of a file and of all."""
_UNSEEN: Final = 0.3
"""A part that no text holds is taken to be in so many."""


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


def telling_pieces(names: Collection[bytes], texts: Sequence[bytes]) -> list[bytes]:
    """Parts of `names` between underscores that spare the most searches, judged by some `texts`.

    One by one the part is taken that spares most for names that have none yet.
    """
    spelled: dict[bytes, set[int]] = {}
    considered = list(islice(names, 0, None, 1 + len(names) // _NAMES))
    for number, name in enumerate(considered):
        for part in name.split(b"_"):
            if len(part) >= _SHORTEST:
                spelled.setdefault(part, set()).add(number)
    parts = sorted(spelled, key=lambda part: (-len(spelled[part]), part))[:_CONSIDERED]
    share = _shares(parts, texts)
    told: set[int] = set()

    def spared(part: bytes) -> float:
        """The files that need not be looked at because of the part, as a share of all."""
        untold = len(spelled[part] - told)
        return _ASKED * untold / len(considered) * (1 - share[part]) - share[part] * _NOTE - _PIECE

    # What a part spares only becomes less: one that is still the best is.
    best = [(-spared(part), part) for part in parts]
    heapify(best)
    chosen: list[bytes] = []
    while best and len(chosen) < _MOST:
        part = heappop(best)[1]
        now = (-spared(part), part)
        if best and now > best[0]:
            heappush(best, now)
        elif now[0] < 0:
            chosen.append(part)
            told.update(spelled[part])
    return chosen


def _shares(parts: Sequence[bytes], texts: Sequence[bytes]) -> dict[bytes, float]:
    """The share of the files that hold each part; never none, as others may."""
    finder = Pieces(parts)
    held = Counter(at for text in texts for at in finder.held(text))
    return {part: (held[at] + _UNSEEN) / max(1, len(texts)) for at, part in enumerate(parts)}
