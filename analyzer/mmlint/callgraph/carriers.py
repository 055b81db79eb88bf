"""By which names the values of a structure are at hand.

Thousands of lines call a member `init`. Whose it is says the type of what stands in front of it,
for which a file has to be parsed. But where the name there is none that a declaration gives to a
value of the structure, no parse is needed, and the declarations are where the structure is named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from mmlint.callgraph.places import is_header
from mmlint.source.names import finder, whole_words, words_in
from mmlint.source.tree import Unreadable
from mmlint.syntax.directives import definition_around

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mmlint.callgraph.includes import Includes
    from mmlint.source.tree import Tree

_MOST_NAMING: Final = 4000
"""So many files that name a structure are looked at; one that more name is carried everywhere."""

_TAG: Final = re.compile(r"[A-Za-z_]\w*\Z")
_LONGEST: Final = 400
_QUALIFIED = rb"(?:[\s*(]|\b(?:const|volatile|restrict|__\w+)\b)*"
# Two words: the first may be a macro for attributes.
_NAME: Final = re.compile(_QUALIFIED + rb"([A-Za-z_]\w*)?[\s*]*([A-Za-z_]\w*)?[\s)]*")
_FURTHER: Final = re.compile(
    rb"\s*(?:\[[^\]]*\]\s*)*(?:=[^,;(){}]*)?,[\s*]*([A-Za-z_]\w*)\s*(?=[,;=\[)])"
)
_VALUE: Final = re.compile(rb"\s*(?:\[[^\]]*\]\s*)*=\s*\{")
_LAST: Final = re.compile(rb"[^;={}()]*\)")
_CALLED: Final = re.compile(rb"(?:\w+|\))\s*\Z")
_ENDS: Final = (b";", b"{", b"}")
_FIRST: Final = re.compile(rb"\s*(\w+)")
_RECEIVER: Final = re.compile(rb"([A-Za-z_]\w*)\s*(?:\[[^\[\]]*\]\s*)*\Z")
# What begins with a literal is found the fastest.
_UNTYPED: Final = (re.compile(rb"typeof([^;\n]*)"), re.compile(rb"auto(?:_type)?\b([^;\n]*)"))
_ALIAS: Final = re.compile(rb"\btypedef\s+(?:(?:const|volatile)\s+)*(?:struct\s+|union\s+)?\Z")
# A member without a name, whose members are those of the structure around.
_EMBEDDED: Final = re.compile(rb"[ \t]+(?:struct|union)\s+\Z")
_BRACE: Final = re.compile(rb"[{}]")
_END: Final = re.compile(rb"[^;{]*")


_Names = tuple[frozenset[bytes], frozenset[bytes]]


class _Said(NamedTuple):
    """What texts say of a structure: names in declarations of its type, and macros that name it.

    Of the names `members` may stand behind an arrow in other files, `variables` alone.
    """

    names: frozenset[bytes]
    members: frozenset[bytes]
    variables: frozenset[bytes]
    macros: frozenset[bytes]


_NOTHING: Final = _Said(*[frozenset[bytes]()] * 4)


class Carriers:
    """What carries a structure, by what is `said` of it in files.

    What headers declare, other than parameters, is there for all files, by `members` and by
    `variables`; what a source declares is its own and that of the sources compiled with it.
    """

    def __init__(self, said: Mapping[str, _Said]) -> None:
        headers = _together(one for path, one in said.items() if is_header(path))
        self.members = headers.members
        self.variables = headers.variables
        self._macros = finder(headers.macros)
        self._said = said
        self._of_sources = _together(one for path, one in said.items() if not is_header(path))
        self._macros_of_sources = finder(self._of_sources.macros)
        # A file has many lines that name the same member.
        self._known: dict[str, _Names | None] = {}

    def may_be_behind(self, text: bytes, path: str, tree: Tree, includes: Includes) -> bool:
        """Whether a member of the structure may be named behind a text on a line of a file."""
        found = _RECEIVER.search(text)
        if found is None:
            return True
        name = found[1]
        is_member = text[: found.start()].rstrip().endswith((b"->", b"."))
        if name in (self.members if is_member else self.variables):
            return True
        if path not in self._known:
            self._known[path] = self._names_in(path, tree, includes)
        names = self._known[path]
        if names is None or name in names[is_member]:
            return True
        return name in self._of_sources.names and _sees_sources(path, includes)

    def _names_in(self, path: str, tree: Tree, includes: Includes) -> _Names | None:
        """What may carry the structure in a file, alone or behind an arrow; None if anything."""
        try:
            data = tree.read(path)
        except Unreadable:
            return None
        own = self._said.get(path, _NOTHING)
        if self._macros.held(data) or (own.macros and words_in(data, own.macros)):
            return None
        if self._macros_of_sources.held(data) and _sees_sources(path, includes):
            return None
        return _untyped(data) | own.names | (_broken(data) & self.members), own.names


def _sees_sources(path: str, includes: Includes) -> bool:
    """Whether a file may be compiled as a part of a source."""
    return is_header(path) or includes.is_compiled_with_others(path)


def _together(said: Iterable[_Said]) -> _Said:
    """What several texts say."""
    parts = zip(_NOTHING, *said, strict=True)
    return _Said(*(frozenset[bytes]().union(*part) for part in parts))


def carriers(
    tree: Tree, structures: Iterable[str], naming: Iterable[str]
) -> dict[str, Carriers | None]:
    """What carries each of some structures, by the files that name them; None where anything may.

    A name of a type that stands for the structure makes anything possible, too.
    """
    said: dict[str, dict[str, _Said] | None] = {structure: {} for structure in structures}
    for path in naming:
        try:
            data = tree.read(path)
        except Unreadable:
            return dict.fromkeys(said)
        for structure, known in said.items():
            word = structure.encode()
            if known is None or word not in data:
                continue
            here = _said_in(data, word, is_header(path))
            if here is None or len(known) >= _MOST_NAMING:
                said[structure] = None
            else:
                known[path] = here
    return {name: Carriers(known) if known is not None else None for name, known in said.items()}


def is_tag(structure: str) -> bool:
    """Whether a structure has a name that a text can hold."""
    return _TAG.match(structure) is not None


def _untyped(data: bytes) -> frozenset[bytes]:
    """What may be declared in a text without the name of its type."""
    lines = b"\n".join(line for form in _UNTYPED for line in form.findall(data))
    return frozenset(re.findall(rb"\w+", lines))


def _broken(data: bytes) -> set[bytes]:
    """The members in a text that stand alone on a line, behind an arrow at the end of the last."""
    begun = (*data.split(b"->\n")[1:], *data.split(b".\n")[1:])
    words = (_FIRST.match(text) for text in begun)
    return {word[1] for word in words if word is not None}


def _said_in(data: bytes, word: bytes, header: bool) -> _Said | None:
    """What a text says of a structure; None if more than names carries it there."""
    names: set[bytes] = set()
    members: set[bytes] = set()
    variables: set[bytes] = set()
    macros: set[bytes] = set()
    for at in whole_words(data, word):
        end = at + len(word)
        macro = definition_around(data, at)
        if macro is not None:
            macros.add(macro[1])
        before = data[max(data.rfind(b"\n", 0, at) + 1, at - _LONGEST) : at]
        if _ALIAS.search(before) or (_EMBEDDED.match(before) and data[end : end + 1] == b";"):
            return None
        declared = _declared(data, end)
        if before.rstrip(b" \t*").endswith(b"}"):
            # Without a tag a structure goes by the name of what is declared with it.
            declared.add(word)
        names |= declared
        if header and not _is_parameter(data, at, end):
            members |= set() if before.startswith(b"extern") else declared
            variables |= set() if b"{" in before or before[:1].isspace() else declared
    return _Said(*map(frozenset, (names, members, variables, macros)))


def _is_parameter(data: bytes, at: int, end: int) -> bool:
    """Whether the type in a stretch is that of a function's parameter, which nobody else sees."""
    if _LAST.match(data, end) is None:
        return False
    before = data[max(at - _LONGEST, 0) : at]
    opening = closed = 0
    for opening in range(len(before) - 1, -1, -1):
        mark = before[opening : opening + 1]
        closed += (mark == b")") - (mark == b"(")
        if closed < 0 or mark in _ENDS:
            break
    called = _CALLED.search(before, 0, opening)
    return closed < 0 and called is not None and not called[0].isupper()


def _declared(data: bytes, end: int) -> set[bytes]:
    """The names behind a type that ends there."""
    brace = end + len(data[end : end + _LONGEST]) - len(data[end : end + _LONGEST].lstrip())
    if data[brace : brace + 1] == b"{":
        behind = _END.match(data, _closing(data, brace) + 1)
        return set(re.findall(rb"\w+", behind[0])) if behind is not None else set()
    found = _NAME.match(data, end)
    names = {name for name in found.groups() if name} if found is not None else set()
    at = _behind_value(data, found.end() if found is not None else end)
    while further := _FURTHER.match(data, at):
        names.add(further[1])
        at = _behind_value(data, further.end())
    return names


def _behind_value(data: bytes, at: int) -> int:
    """Where a value in braces ends that begins there, if there is one."""
    value = _VALUE.match(data, at)
    return _closing(data, value.end() - 1) + 1 if value is not None else at


def _closing(data: bytes, brace: int) -> int:
    depth = 0
    for found in _BRACE.finditer(data, brace):
        depth += 1 if found[0] == b"{" else -1
        if depth == 0:
            return found.start()
    return len(data)
