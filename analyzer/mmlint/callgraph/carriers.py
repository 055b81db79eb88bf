"""By which names the values of a structure are at hand.

Thousands of lines call a member `init`. Whose it is says the type of what stands in front of it,
for which a file has to be parsed. But where the name there is none that a declaration gives to a
value of the structure, no parse is needed, and the declarations are where the structure is named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from mmlint.source.names import word_places
from mmlint.source.patterns import ARROW
from mmlint.source.tree import Unreadable
from mmlint.syntax.directives import definition_around

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from mmlint.source.search import Hit
    from mmlint.source.tree import Tree

_MOST_NAMING: Final = 4000
"""So many files that name a structure are looked at; one that more name is carried everywhere."""

_TAG: Final = re.compile(r"[A-Za-z_]\w*\Z")
_LONGEST: Final = 400
_ENDED: Final = re.compile(rb"(?!\w)")
_QUALIFIED = rb"(?:[\s*(]|\b(?:const|volatile|restrict|__\w+)\b)*"
# Two words: the first may be a macro for attributes.
_NAME: Final = re.compile(_QUALIFIED + rb"([A-Za-z_]\w*)?[\s*]*([A-Za-z_]\w*)?[\s)]*")
_FURTHER: Final = re.compile(
    rb"\s*(?:\[[^\]]*\]\s*)*(?:=[^,;(){}]*)?,[\s*]*([A-Za-z_]\w*)\s*(?=[,;=\[)])"
)
_VALUE: Final = re.compile(rb"\s*(?:\[[^\]]*\]\s*)*=\s*\{")
_RECEIVER: Final = re.compile(rb"([A-Za-z_]\w*)\s*(?:\[[^\[\]]*\]\s*)*\Z")
_UNTYPED: Final = rb"\b(?:auto|__auto_type|\w*typeof\w*)\b[^;\n]*\b%s\b"
_ALIAS: Final = re.compile(rb"\btypedef\s+(?:(?:const|volatile)\s+)*(?:struct\s+|union\s+)?\Z")
# A member without a name, whose members are those of the structure around.
_EMBEDDED: Final = re.compile(rb"[ \t]+(?:struct|union)\s+\Z")
_BRACE: Final = re.compile(rb"[{}]")
_END: Final = re.compile(rb"[^;{]*")


class Carriers(NamedTuple):
    """The names in declarations of a structure's type; `macros` name it in their definitions."""

    names: frozenset[bytes]
    macros: frozenset[bytes]

    def may_be_at(self, hit: Hit, field: str, tree: Tree) -> bool:
        """Whether a line may name the member `field` of the structure."""
        unknown = set(_receivers(hit.text, field.encode()))
        if not unknown.isdisjoint(self.names) or None in unknown:
            return True
        try:
            data = tree.read(hit.path)
        except Unreadable:
            return True
        return any(name in data for name in self.macros) or any(
            re.search(_UNTYPED % name, data)
            for name in unknown
            if name is not None and (b"auto" in data or b"typeof" in data)
        )


def carriers(tree: Tree, structure: str, naming: Collection[str]) -> Carriers | None:
    """What carries a structure, by the files that name it; None where anything may.

    A name of a type that stands for the structure makes anything possible, too.
    """
    word = structure.encode()
    names: set[bytes] = set()
    macros: set[bytes] = set()
    if len(naming) > _MOST_NAMING:
        return None
    for path in naming:
        try:
            data = tree.read(path)
        except Unreadable:
            return None
        if not _note(data, word, names, macros):
            return None
    return Carriers(frozenset(names), frozenset(macros))


def is_tag(structure: str) -> bool:
    """Whether a structure has a name that a text can hold."""
    return _TAG.match(structure) is not None


def _note(data: bytes, word: bytes, names: set[bytes], macros: set[bytes]) -> bool:
    """Add what a text declares; false if more than names carries the structure there."""
    for at in word_places(data, word, _ENDED):
        end = at + len(word)
        macro = definition_around(data, at)
        if macro is not None:
            macros.add(macro[1])
        before = data[max(data.rfind(b"\n", 0, at) + 1, at - _LONGEST) : at]
        if _ALIAS.search(before) or (_EMBEDDED.match(before) and data[end : end + 1] == b";"):
            return False
        names.update(_declared(data, end))
    return True


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


def _receivers(text: bytes, field: bytes) -> Iterator[bytes | None]:
    """The last names in front of the uses of a member; None for what is no name."""
    for use in re.finditer(ARROW + rb"\s*%s\b" % re.escape(field), text):
        found = _RECEIVER.search(text, 0, use.start())
        yield found[1] if found is not None else None
