"""The blocks of a file that open and close at file scope, both arms of every `#if` counted right.

Inside a block depth follows the first arm of each `#if` group; at file scope each arm is
scanned on its own. Dead arms (`#if 0`) count for nothing.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import chain

import msgspec

from mmlint.source.names import occurrences
from mmlint.syntax.conditions import ALWAYS, NEVER, Condition
from mmlint.syntax.directives import OPENING, Directive, Stripped
from mmlint.syntax.regions import Regions

_OPENING, _NEWLINE = b"{\n"
_BRACES = (b"{", b"}")
_LINKAGE = re.compile(rb'extern\s*"\s*"\s*\Z')
_MOST_RECOVERIES = 50


class Block(msgspec.Struct, frozen=True):
    """`{` to past `}` at file scope.

    `start` is where the text before it begins (past the declaration before), `fresh` past the
    last directive before it, `condition` what the `#if` around it asks for.
    """

    start: int
    fresh: int
    opening: int
    end: int
    condition: Condition


class Blocks(msgspec.Struct, frozen=True):
    """All blocks in order of their openings, and (offset, reason) for what did not match."""

    blocks: tuple[Block, ...]
    losses: tuple[tuple[int, str], ...]


class _Open:
    """A block that is not closed yet, and where to go on if it never is."""

    __slots__ = ("block", "retry")

    def __init__(self, block: Block) -> None:
        self.block = block
        self.retry: tuple[int, list[_Group]] | None = None


_Place = tuple[int, _Open | None]


class _Group:
    """An `#if` group that is open.

    `arm` is the condition of its current arm, `before` and `after` are the places before it and
    after its first living arm.
    """

    __slots__ = ("after", "arm", "before", "decided", "guard", "start")

    def __init__(self, start: int, condition: Condition, before: _Place, guard: bool) -> None:
        self.start = start
        self.arm = condition
        self.before = before
        self.after: _Place | None = None
        self.guard = guard
        self.decided = False

    def add(self, condition: Condition) -> None:
        """Go on to the next arm."""
        self.decided = self.decided or self.arm == ALWAYS
        self.arm = condition

    def copy(self) -> _Group:
        other = _Group(self.start, self.arm, self.before, self.guard)
        other.after = self.after
        other.decided = self.decided
        return other

    def leave_block(self) -> None:
        """Take the block around the group for closed, in each of its arms."""
        self.before = (0, None)
        self.after = None if self.after is None else (0, None)

    def dead(self) -> bool:
        """Whether the current arm is never compiled."""
        return self.arm == NEVER or (self.decided and not self.guard)


class _Scan:
    """One pass over the braces and the conditional directives of a file."""

    def __init__(self, stripped: Stripped, regions: Regions) -> None:
        self.code = stripped.code
        self.regions = regions
        self.guards = stripped.guards
        # To find two letters, each by itself, and sort is faster than to find either.
        braces = chain.from_iterable(occurrences(stripped.code, brace) for brace in _BRACES)
        marks: list[tuple[int, Directive | None]] = [(at, None) for at in sorted(braces)]
        if stripped.conditionals:
            marks += [(directive.start, directive) for directive in stripped.conditionals]
            marks.sort(key=lambda mark: mark[0])
        self.marks = marks
        self.blocks: dict[int, Block] = {}
        self.losses: list[tuple[int, str]] = []
        self.groups: list[_Group] = []
        self.open: _Open | None = None
        self.closed: Block | None = None
        self.depth = 0
        self.linkages = 0
        self.previous = 0
        self.fresh = 0
        self.dead = 0

    def run(self) -> Blocks:
        recoveries = 0
        index = 0
        while True:
            self._from(index)
            if self.open is None:
                break
            block, retry = self.open.block, self.open.retry
            self.losses.append((block.opening, "a brace that is never closed"))
            self.open = None
            recoveries += 1
            if retry is None:
                break
            if recoveries > _MOST_RECOVERIES:
                end = self.marks[retry[0]][0]
                self.losses.append((end, "not read from here on: too many open braces"))
                break
            index, self.groups = retry
            self.depth = 0
            for group in self.groups:
                group.leave_block()
            self.dead = sum(group.dead() for group in self.groups)
            self._close(block, self.marks[index][0])
            index += 1
        self.losses += [(group.start, "#if without #endif") for group in self.groups]
        blocks = sorted(self.blocks.values(), key=lambda block: block.opening)
        return Blocks(tuple(blocks), tuple(sorted(set(self.losses))))

    def _from(self, index: int) -> None:
        """The marks from `index` to the end of the file."""
        marks = self.marks
        code = self.code
        for at in range(index, len(marks)):
            offset, directive = marks[at]
            if directive is not None:
                self._directive(directive)
            elif self.dead:
                continue
            elif code[offset] == _OPENING:
                if self.depth == 0:
                    self._begin(offset)
                else:
                    self.depth += 1
            else:
                self._end(at, offset)

    def _begin(self, offset: int) -> None:
        before = self.code[max(self.previous, offset - 40) : offset]
        if _LINKAGE.search(before):
            self.linkages += 1
            self.previous = offset + 1
            return
        start = max(self.previous, self.code.rfind(b";", self.previous, offset) + 1)
        block = self._of_same_header(offset)
        if block is None:
            condition = self.regions.condition(offset)
            block = Block(start, max(start, self.fresh), offset, -1, condition)
        self.open = _Open(block)
        self.depth = 1

    def _of_same_header(self, offset: int) -> Block | None:
        """The block of an earlier arm whose header, before the `#if`, has a body in each arm.

        Both are one block then, as a body is that has arms itself.
        """
        known = self.closed
        if known is None or self.fresh < known.end or not _is_blank(self.code, known.end, offset):
            return None
        group = next(filter(partial(self._heads, known), self.groups), None)
        if group is None or _is_blank(self.code, known.start, group.start):
            return None
        return msgspec.structs.replace(known, condition=self.regions.condition(group.start - 1))

    def _heads(self, block: Block, group: _Group) -> bool:
        """Whether a group that is open begins before a block, with nothing between."""
        after = block.start <= group.start < block.opening
        return after and _is_blank(self.code, group.start, block.opening)

    def _end(self, at: int, offset: int) -> None:
        if self.depth == 0:
            self.previous = offset + 1
            if self.linkages:
                self.linkages -= 1
            else:
                self.losses.append((offset, "a closing brace too many"))
            return
        self.depth -= 1
        if self.open is None:
            return
        if self.depth == 0:
            self._close(self.open.block, offset)
            self.open = None
        elif self.open.retry is None and self.code[offset - 1] == _NEWLINE:
            self.open.retry = (at, [group.copy() for group in self.groups])

    def _close(self, block: Block, offset: int) -> None:
        # Each arm of an `#if` may have the closing brace: the last one ends the block.
        self.closed = self.blocks[block.opening] = msgspec.structs.replace(block, end=offset + 1)
        self.previous = offset + 1

    def _directive(self, directive: Directive) -> None:
        if directive.word in OPENING:
            guard = directive.start in self.guards
            here = (self.depth, self.open)
            group = _Group(directive.start, directive.condition, here, guard)
            self.groups.append(group)
            self.dead += group.dead()
        elif not self.groups:
            self.losses.append((directive.start, f"#{directive.word} without #if"))
        else:
            self._next_arm(self.groups[-1], directive)
        self.fresh = directive.end

    def _next_arm(self, group: _Group, directive: Directive) -> None:
        was_dead = group.dead()
        self.dead -= was_dead
        if group.after is None and not was_dead:
            group.after = (self.depth, self.open)
        if directive.word == "endif":
            self.groups.pop()
            self.depth, self.open = group.before if group.after is None else group.after
        else:
            group.add(directive.condition)
            self.dead += group.dead()
            self.depth, self.open = group.before


def _is_blank(code: bytes, start: int, end: int) -> bool:
    return not code[start:end].strip()


def find_blocks(stripped: Stripped, regions: Regions) -> Blocks:
    """The blocks of a file; never raises, and takes time in proportion to the file."""
    return _Scan(stripped, regions).run()
