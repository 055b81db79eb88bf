"""A graph while it is built, and the tidy one made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from mmlint.dataflow.cfg import (
    Block,
    Branch,
    Cfg,
    End,
    Evaluate,
    Fork,
    Jump,
    Op,
    Stop,
    successors,
)

_NOWHERE = -1


class Draft:
    """Blocks under construction; operations go to the current one.

    After the end of a block there is none until `start`: what is added then is unreachable and
    dropped.
    """

    def __init__(self) -> None:
        self._ops: list[list[Op]] = []
        self._ends: list[End | None] = []
        self._current = self.new()

    def new(self) -> int:
        """Another block, empty and without an end."""
        self._ops.append([])
        self._ends.append(None)
        return len(self._ops) - 1

    def add(self, op: Op) -> None:
        """One more operation of the current block."""
        if self._current != _NOWHERE:
            self._ops[self._current].append(op)

    def finish(self, end: End) -> None:
        """End the current block."""
        if self._current != _NOWHERE:
            self._ends[self._current] = end
        self._current = _NOWHERE

    def start(self, block: int) -> None:
        """Go on in a block."""
        self._current = block

    def join(self, block: int) -> None:
        """Let the current block go on to another one, and go on there."""
        self.finish(Jump(block))
        self._current = block

    def close(self) -> Cfg:
        """The graph: no unreachable blocks, no empty ones in between.

        A block that was never ended belongs to a label that is nowhere: the path stops.
        """
        blocks = [
            Block(ops, end if end is not None else Stop())
            for ops, end in zip(self._ops, self._ends, strict=True)
        ]
        _skip_empty(blocks)
        order = _merged(blocks)
        number = {block: index for index, block in enumerate(order)}
        tidy = [blocks[block] for block in order]
        for block in tidy:
            block.end = _retarget(block.end, number.__getitem__)
        return _measure(tidy)


def _skip_empty(blocks: list[Block]) -> None:
    """Lead edges past blocks that only jump on; a choice between one target is none.

    Heads of loops stay: nested loops keep a head each.
    """
    order = _order(blocks)
    heads = _heads(blocks, order)
    final: dict[int, int] = {}
    for index in reversed(order):
        block = blocks[index]
        block.end = _retarget(block.end, lambda target: final.get(target, target))
        targets = set(successors(block.end))
        if len(targets) == 1 and not isinstance(block.end, Jump):
            if isinstance(block.end, Branch):
                block.ops.append(Evaluate(block.end.test))
            block.end = Jump(targets.pop())
        if isinstance(block.end, Jump) and not block.ops and index not in heads:
            final[index] = block.end.target


def _heads(blocks: list[Block], order: list[int]) -> set[int]:
    """The targets of edges that do not go forward."""
    passed: set[int] = set()
    heads: set[int] = set()
    for index in order:
        passed.add(index)
        heads.update(target for target in successors(blocks[index].end) if target in passed)
    return heads


def _retarget(end: End, final: Callable[[int], int]) -> End:
    if isinstance(end, Jump):
        return Jump(final(end.target))
    if isinstance(end, Branch):
        return Branch(end.test, final(end.then), final(end.otherwise))
    if isinstance(end, Fork):
        return Fork(tuple(dict.fromkeys(final(target) for target in end.targets)))
    return end


def _merged(blocks: list[Block]) -> list[int]:
    """Append each block that only one jump leads to where that jump is; the others in order."""
    order = _order(blocks)
    entries = Counter(target for block in order for target in successors(blocks[block].end))
    taken: set[int] = set()
    for index in order:
        block = blocks[index]
        while index not in taken and isinstance(block.end, Jump) and entries[block.end.target] == 1:
            taken.add(block.end.target)
            following = blocks[block.end.target]
            block.ops += following.ops
            block.end = following.end
    return [index for index in order if index not in taken]


def _order(blocks: list[Block]) -> list[int]:
    """The reachable blocks in reverse post-order, of a choice the first target first."""
    seen: set[int] = set()
    done: list[int] = []
    todo = [0]
    while todo:
        block = todo.pop()
        if block < 0:
            done.append(~block)
        elif block not in seen:
            seen.add(block)
            todo.append(~block)
            todo += successors(blocks[block].end)
    return done[::-1]


def _measure(blocks: list[Block]) -> Cfg:
    preds: list[list[int]] = [[] for _ in blocks]
    for index, block in enumerate(blocks):
        for target in successors(block.end):
            preds[target].append(index)
    heads = sorted(_heads(blocks, list(range(len(blocks)))))
    return Cfg(
        blocks=blocks,
        loop_heads=frozenset(heads),
        loop_of=tuple(_innermost(heads, preds)),
        preds=tuple(map(tuple, preds)),
    )


def _innermost(heads: list[int], preds: list[list[int]]) -> list[int]:
    """For each block the head of its innermost loop, -1 without one.

    Inner loops first; a finished loop is then passed as its head alone, which keeps this linear.
    """
    loop_of = [-1] * len(preds)
    outer = list(range(len(preds)))

    def whole(block: int) -> int:
        while outer[block] != block:
            outer[block] = outer[outer[block]]
            block = outer[block]
        return block

    for head in reversed(heads):
        loop_of[head] = head
        todo = [block for block in preds[head] if block >= head]
        while todo:
            block = whole(todo.pop())
            if block > head:
                outer[block] = head
                if loop_of[block] == -1:
                    loop_of[block] = head
                todo += preds[block]
    return loop_of
