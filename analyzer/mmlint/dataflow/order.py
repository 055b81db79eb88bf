"""In which order the blocks of a function are visited until nothing changes."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmlint.dataflow.cfg import Cfg


class Order:
    """Blocks to visit: the first one first, but a loop anew only after the rest of its body."""

    def __init__(self, cfg: Cfg) -> None:
        self._latest = {head: max(cfg.preds[head]) for head in cfg.loop_heads}
        self._rank: dict[int, tuple[int, int, int]] = {0: (0, 0, 0)}
        self._queue = [(0, 0, 0)]

    def __bool__(self) -> bool:
        return bool(self._rank)

    def pop(self) -> int:
        """The next block."""
        while True:
            rank = heapq.heappop(self._queue)
            block = abs(rank[2])
            if self._rank.get(block) == rank:
                del self._rank[block]
                return block

    def push(self, block: int, after: int) -> None:
        """`block` is to be visited because of what `after` leads to."""
        back = after >= block and block in self._latest
        rank = (self._latest[block], 1, -block) if back else (block, 0, block)
        if block not in self._rank or rank < self._rank[block]:
            self._rank[block] = rank
            heapq.heappush(self._queue, rank)
