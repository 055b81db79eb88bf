"""Which files hold pieces that many names are made of, so that few are searched for one name."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import TYPE_CHECKING, Final

from mmlint.source.names import Pieces

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

_LENGTH: Final = 4
"""Letters of a piece, underscores among them: hyperscan takes half as long again for three, and
five are in so few names that more pieces are needed."""
_CONSIDERED: Final = 8000
_NAMES: Final = 12_000
"""Pieces that are considered, and names: of more each second one is, or each third."""
_ASKED: Final = 80
"""Names that a run asks for one after another."""
_NOTE: Final = 0.15
_PIECE: Final = 0.001
"""What it costs to note a file, and to have a piece at all, in searches of a file and of all."""
_UNSEEN: Final = 0.3
"""A piece that no text holds is taken to be in so many."""


class Sketch:
    """The files, by number, that hold each of some pieces; the rest is known of none."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = sorted(set(pieces))
        self._holders = [array("I") for _ in self.pieces]
        self._masks: dict[int, int] = {}
        self._count = 0

    def add(self, held: Iterable[int]) -> None:
        """Note which pieces, by their numbers, the next file holds."""
        for piece in held:
            self._holders[piece].append(self._count)
        self._count += 1

    def tells(self, name: bytes) -> bool:
        """Whether it is known which files may hold `name`."""
        return any(piece in name for piece in self.pieces)

    def candidates(self, names: Iterable[bytes]) -> list[int]:
        """The files that may hold one of `names`, each of which the sketch tells.

        All files are added before the first question.
        """
        found = 0
        for name in names:
            held = -1
            for at, piece in enumerate(self.pieces):
                if piece in name:
                    held &= self._mask(at)
            found |= held
        return list(_numbers(found))

    def _mask(self, piece: int) -> int:
        """The files that hold a piece, a bit for each: a name is made of many pieces."""
        known = self._masks.get(piece)
        if known is None:
            bits = bytearray(b"0") * self._count
            for number in self._holders[piece]:
                bits[-1 - number] = ord("1")
            known = self._masks[piece] = int(bits or b"0", 2)
            self._holders[piece] = array("I")
        return known


def _numbers(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set."""
    bits = f"{mask:b}"[::-1]
    at = bits.find("1")
    while at >= 0:
        yield at
        at = bits.find("1", at + 1)


def telling_pieces(names: Collection[bytes], texts: Sequence[bytes]) -> list[bytes]:
    """Pieces of `names` that spare the most searches, judged by some `texts`.

    One by one the piece is taken that spares most: what is left to search for a name is the share
    of the files that hold all of its pieces, which are taken to have nothing to do with each other.
    """
    spelled: defaultdict[bytes, list[int]] = defaultdict(list)
    considered = list(islice(sorted(names), 0, None, 1 + len(names) // _NAMES))
    for number, name in enumerate(considered):
        for piece in {name[at : at + _LENGTH] for at in range(len(name) - _LENGTH + 1)}:
            spelled[piece].append(number)
    pieces = sorted(spelled, key=lambda piece: (-len(spelled[piece]), piece))[:_CONSIDERED]
    share = _shares(pieces, texts)
    left = [_ASKED / max(1, len(considered))] * len(considered)

    def spared(piece: bytes) -> float:
        """The files that need not be looked at because of the piece, as a share of all."""
        searches = sum(map(left.__getitem__, spelled[piece]))
        return searches * (1 - share[piece]) - share[piece] * _NOTE - _PIECE

    # What a piece spares only becomes less: one that is still the best is.
    best = [(-spared(piece), piece) for piece in pieces]
    heapify(best)
    chosen: list[bytes] = []
    while best:
        piece = heappop(best)[1]
        now = (-spared(piece), piece)
        if best and now > best[0]:
            heappush(best, now)
        elif now[0] < 0:
            chosen.append(piece)
            for number in spelled[piece]:
                left[number] *= share[piece]
    return chosen


def _shares(pieces: Sequence[bytes], texts: Sequence[bytes]) -> dict[bytes, float]:
    """The share of the files that hold each piece; never none, as others may."""
    finder = Pieces(pieces)
    held = Counter(at for text in texts for at in finder.held(text))
    return {piece: (held[at] + _UNSEEN) / max(1, len(texts)) for at, piece in enumerate(pieces)}
