"""The flow of one function as a graph: blocks of operations, each with one end.

Expressions in it hold no `&&`, `||`, `?:`, `,` and no statements: those are blocks and branches,
and their values are temporaries named `$1`, `$2` and so on. An assignment stands alone or as the
whole value of an `Evaluate`. A local that hides another is named `x@2`.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from mmlint.syntax.nodes import Expr


class Evaluate(msgspec.Struct, frozen=True):
    """An expression for its effects."""

    value: Expr


class Bind(msgspec.Struct, frozen=True):
    """The declaration of a local, at offset `at`; the fields are those of `nodes.Declare`."""

    name: str
    type: str
    pointer: int
    array: bool
    static: bool
    value: Expr | None
    at: int


class Advance(msgspec.Struct, frozen=True):
    """A round of a loop macro at offset `at`: the `args` numbered in `assigned` get new values."""

    macro: str
    args: tuple[Expr, ...]
    assigned: tuple[int, ...]
    at: int


Op: TypeAlias = Evaluate | Bind | Advance


class Jump(msgspec.Struct, frozen=True):
    """On to another block."""

    target: int


class Branch(msgspec.Struct, frozen=True):
    """To `then` where `test` is not zero; `test` has no `!` at its top."""

    test: Expr
    then: int
    otherwise: int


class Fork(msgspec.Struct, frozen=True):
    """To one of `targets`, nobody knows which."""

    targets: tuple[int, ...]


class Leave(msgspec.Struct, frozen=True):
    """The function returns `value`; `at` is the offset of the statement or of the last brace."""

    value: Expr | None
    at: int


class Stop(msgspec.Struct, frozen=True):
    """The path ends here: a function that does not return was called."""


End: TypeAlias = Jump | Branch | Fork | Leave | Stop


class Block(msgspec.Struct):
    """Operations in order, then the end."""

    ops: list[Op]
    end: End


class Cfg(msgspec.Struct):
    """Reachable blocks in reverse post-order; block 0 is the entry and has no predecessor.

    `loop_heads` are the targets of edges that do not go forward in this order. `loop_of` is the
    head of the innermost loop of each block, its own index for a head, -1 outside of loops.
    Successors of a block are distinct, and so are `preds`, which are in order.
    """

    blocks: list[Block]
    loop_heads: frozenset[int]
    loop_of: tuple[int, ...]
    preds: tuple[tuple[int, ...], ...]


def successors(end: End) -> tuple[int, ...]:
    """Where a block goes on, in the order of the source."""
    if type(end) is Jump:
        return (end.target,)
    if type(end) is Branch:
        return (end.then, end.otherwise)
    return end.targets if type(end) is Fork else ()
