"""From a name back to the macros that paste it together.

Who uses `guard(rcu)` calls `class_rcu_constructor()`, and does not hold that name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from mmlint.callgraph.places import in_kernel, kernel_directories
from mmlint.source.names import words_in
from mmlint.source.patterns import words
from mmlint.source.search import lines
from mmlint.source.tree import Unreadable
from mmlint.syntax.directives import definition_around
from mmlint.syntax.lines import LineIndex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from mmlint.callgraph.program import Program
    from mmlint.source.search import Hit
    from mmlint.source.tree import Tree
    from mmlint.syntax.expansion import Template

_HEADERS: Final = (".h",)
_CHAIN: Final = re.compile(rb"\w+(?:\s*##\s*\w+)+")
_PASTE: Final = re.compile(rb"\s*##\s*")
_BEFORE: Final = re.compile(rb"([A-Za-z_]\w*)[\s*]+\Z")
_CLEANUP: Final = re.compile(rb"\b(?:__)?cleanup(?:__)?\s*\(\s*\Z")
_NO_TYPE: Final = frozenset({b"return", b"else", b"do", b"case"})
_LEAST: Final = 3
"""Letters of a name that the macro itself has to hold: of arguments alone any name is made."""


Makers = dict[str, frozenset[bytes]]
"""Macros, each with words of which a use has to hand it one."""


class _Chain(NamedTuple):
    """Pieces that a line pastes together; one of them is a parameter."""

    pieces: tuple[bytes, ...]
    hit: Hit


def pieces_of(pasted: bytes) -> tuple[bytes, ...]:
    """What stands between the signs that paste it."""
    return tuple(_PASTE.split(pasted))


def may_make(pieces: Sequence[bytes], name: bytes) -> bool:
    """Whether what is pasted makes a name if something else stands for one of the pieces."""
    for at in range(len(pieces)):
        before, behind = b"".join(pieces[:at]), b"".join(pieces[at + 1 :])
        fits = name.startswith(before) and name.endswith(behind)
        if fits and len(name) > len(before) + len(behind):
            return True
    return False


class Pasting:
    """Looks in the macros of headers for those that make a name of what a use hands them."""

    def __init__(self, program: Program, tree: Tree, arch: str) -> None:
        self._program = program
        self._tree = tree
        self._arch = arch
        self._places = kernel_directories(tree, arch)

    def makers(self, names: Collection[str]) -> Makers:
        """The macros that call one of `names` if one of some words is an argument.

        Found are names that a piece of them in a macro gives away, and the macros around it.
        """
        found: Makers = {}
        asked: set[str] = set()
        fresh = {macro for name in names for macro in self._beginning(name.encode())}
        while fresh:
            asked |= fresh
            told = {macro: self._handed(macro, names) for macro in sorted(fresh)}
            last = {macro: handed for macro, handed in told.items() if handed}
            found |= last
            fresh = set(self._around(last)) - asked if last else set()
        return found

    def _handed(self, macro: str, names: Collection[str]) -> frozenset[bytes]:
        """What a macro has to be handed, one of these words, so that it makes one of `names`."""
        program = self._program
        patterns = {
            _pattern(template)
            for definition in program.macros.lookup(macro)
            for template in program.calls.makes(definition)
            if _tells(template)
        }
        fits = (pattern.fullmatch(name) for pattern in patterns for name in names)
        return frozenset(word.encode() for fit in fits if fit is not None for word in fit.groups())

    def _beginning(self, name: bytes) -> Iterator[str]:
        """The macros in which a text stands that may make a name."""
        chains = self._chains
        ends = range(_LEAST, len(name))
        pieces = {name[:end] for end in ends} | {name[-end:] for end in ends}
        for piece in pieces & chains.keys():
            for chain in chains[piece]:
                if may_make(chain.pieces, name):
                    yield from self._defined(chain.hit)

    @cached_property
    def _chains(self) -> dict[bytes, list[_Chain]]:
        """What headers paste and seem to call, by its first and by its last piece."""
        known: defaultdict[bytes, list[_Chain]] = defaultdict(list)
        for hit in self._lines(rb"##"):
            for found in _CHAIN.finditer(hit.text):
                if _may_be_called(hit.text, found):
                    pieces = pieces_of(found[0])
                    for piece in {pieces[0], pieces[-1]}:
                        known[piece].append(_Chain(pieces, hit))
        return known

    def _around(self, macros: Collection[str]) -> Iterator[str]:
        """The macros that name one of some in their body."""
        for hit in self._lines(words(macros)):
            yield from self._defined(hit)

    def _lines(self, pattern: bytes) -> Iterator[Hit]:
        for hit in lines(self._tree, (pattern,), self._places, _HEADERS):
            if in_kernel(hit.path, self._arch):
                yield hit

    def _defined(self, hit: Hit) -> Iterator[str]:
        """The macro that a line is a part of."""
        try:
            data = self._tree.read(hit.path)
        except Unreadable:
            return
        found = definition_around(data, LineIndex(data).start(hit.line))
        if found is not None:
            yield found[1].decode()


def is_handed(text: bytes, macro: str, makers: Makers) -> bool:
    """Whether a text that uses one of the `makers` holds what that makes a name of."""
    return bool(words_in(text, makers[macro]))


def _may_be_called(text: bytes, chain: re.Match[bytes]) -> bool:
    """Whether what is pasted on a line is called there, or behind the use if the macro ends so."""
    behind = text[chain.end() :].strip(b" \t\\")
    if behind.startswith(b")("):
        # With a cast in front: `((btf_##name)____##name)(...)`.
        return True
    if behind.startswith(b"("):
        before = _BEFORE.search(text, 0, chain.start())
        return before is None or before[1] in _NO_TYPE
    return not behind or _CLEANUP.search(text, 0, chain.start()) is not None


def _tells(template: Template) -> bool:
    """Whether a name is made of one argument, and what is not of it can be looked for."""
    pieces = [part for part in template if isinstance(part, str)]
    return len(template) == len(pieces) + 1 and any(len(piece) >= _LEAST for piece in pieces)


def _pattern(template: Template) -> re.Pattern[str]:
    """What a name matches that a template stands for, with what its holes stand for."""
    parts = (re.escape(part) if isinstance(part, str) else r"(\w+)" for part in template)
    return re.compile("".join(parts))
