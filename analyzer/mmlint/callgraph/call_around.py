"""The call that an offset of a text stands in, found without a parse."""

from __future__ import annotations

import re
from typing import NamedTuple

from mmlint.callgraph.holders import Argument

_CALLED = re.compile(r"([A-Za-z_]\w*)\s*\Z")
_LONGEST = 2000
_NO_CALLS = frozenset({"if", "while", "for", "switch", "return", "sizeof", "typeof"})


class CallAround(NamedTuple):
    """A call of `function` whose parenthesis is at `opening`, and the `position` of an argument."""

    function: str
    position: int
    opening: int

    def argument(self, home: str) -> Argument:
        """The argument, of a call in the file `home`."""
        return Argument(self.function, self.position, home)


def call_around(text: str, at: int) -> CallAround | None:
    """The innermost call that an offset stands in."""
    depth = index = 0
    for position in range(at - 1, max(0, at - _LONGEST), -1):
        mark = text[position]
        if mark in ")]}":
            depth += 1
        elif mark in "([{":
            depth -= 1
            if depth < 0:
                name = _CALLED.search(text, max(0, position - _LONGEST), position)
                if mark != "(" or name is None or name[1] in _NO_CALLS:
                    return None
                return CallAround(name[1], index, position)
        elif depth == 0 and mark == ",":
            index += 1
        elif mark == ";" and depth == 0:
            return None
    return None
