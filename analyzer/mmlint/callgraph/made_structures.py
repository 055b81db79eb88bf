"""The structures that macros define of what a use hands them.

``NILFS_DEV_ATTR_STRUCT(segments);`` is all that a header says of ``struct nilfs_segments_attr``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from mmlint.callgraph.latest import Latest
from mmlint.callgraph.own_structures import Structure
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.structures import definition
from mmlint.syntax.substitution import bind, substituted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mmlint.callgraph.codes import Code, Codes

_USE = re.compile(r"^([A-Za-z_]\w*)\(", re.MULTILINE)
_PASTED = re.compile(r"\b(?:struct|union)\s+\w*\s*##")
_TAG = re.compile(r"\b(?:struct|union)\s+(\w+)\s*\{")
_MOST_KEPT = 500
"""Files of which it is known what macros make in them."""


class MadeStructures:
    """Expands what stands at the margin of a file, if it is a macro that pastes such a name."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._known: Latest[str, Mapping[str, list[Structure]]] = Latest(_MOST_KEPT)

    def of(self, tag: str, user: str) -> list[Structure]:
        """The structures of that name in the file `user` or in one that it includes."""
        for path in (user, *self._codes.included(user)):
            known = self._known.get(path)
            if known is None:
                known = self._known[path] = self._made(self._codes.code(path))
            if tag in known:
                return known[tag]
        return []

    def _made(self, code: Code) -> Mapping[str, list[Structure]]:
        found: defaultdict[str, list[Structure]] = defaultdict(list)
        for use in _USE.finditer(code.text):
            for text in self._expanded(code, use[1], use.end() - 1):
                for head in _TAG.finditer(text):
                    each = definition(text, head.start(), self._codes.macros)
                    if each is not None and each.members:
                        found[head[1]].append(Structure(code.path, use.start(), each))
        return dict(found)

    def _expanded(self, code: Code, name: str, opening: int) -> Iterator[str]:
        """What the use of a macro stands for if that pastes the name of a structure."""
        for macro in code.lookup(name):
            if macro.params and _PASTED.search(macro.body):
                arguments = split_arguments(code.text, opening)
                yield substituted(macro.body, bind(macro.params, arguments))
