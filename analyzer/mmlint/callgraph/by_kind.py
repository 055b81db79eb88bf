"""Choosing what to do by the kind of an expression."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from mmlint.syntax.nodes import Node

_Reader = TypeVar("_Reader")


class ByKind(dict[type[Node], _Reader]):
    """Readers by the kind of node that each of them understands."""

    def enter(self, kind: type[Node]) -> Callable[[_Reader], _Reader]:
        """Enter the decorated function for a kind of node."""

        def entered(reader: _Reader) -> _Reader:
            self[kind] = reader
            return reader

        return entered
