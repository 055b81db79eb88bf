"""Which value of an initialiser goes to which member of which structure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mmlint.callgraph.layouts import find_member, type_of, type_of_member
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.header import BUILTIN
from mmlint.syntax.initialisers import INDEX, Initialiser, Item, read_items, read_value
from mmlint.syntax.substitution import bind, substituted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.callgraph.codes import Code
    from mmlint.callgraph.layouts import CType, Found, Layouts

_USE = re.compile(r"\s*([A-Za-z_]\w*)\s*(\(.*\))?\s*\Z", re.DOTALL)
_DEEPEST = 12
_STRUCTURES = ("struct ", "union ")
_NUMBERS = BUILTIN - {"void", "long", "__int128"}
"""Words of types that hold no address: a `long` may be one, cast."""


class Place(NamedTuple):
    """The value `text` at a byte offset goes to the member `field` of the structure `owner`."""

    owner: str
    field: str
    text: str
    offset: int
    how: str


class _Text(NamedTuple):
    """A text that initialisers are read from; an expansion is all at the `offset` of its use."""

    text: str
    offset: int | None
    depth: int
    code: Code

    def at(self, position: int) -> int:
        return position if self.offset is None else self.offset


class Filling:
    """Follows initialisers through nested structures, arrays and macros."""

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts

    def places(
        self, code: Code, initialiser: Initialiser, expansion: tuple[str, int] | None = None
    ) -> Iterator[Place]:
        """The values of an initialiser that go to pointers to functions.

        If it stands in the `expansion` of a macro, that is the text and the offset of the use.
        """
        declared = initialiser.declared
        kind = type_of(declared, declared.name, code.path)
        text, offset = expansion or (code.text, None)
        source = _Text(text, offset, 0, code)
        yield from self._fill(kind, initialiser.value, source)

    def elements(self, code: Code, initialiser: Initialiser) -> Iterator[tuple[str, int]]:
        """The values of an array of functions, with their byte offsets; of another none."""
        declared = initialiser.declared
        kind = type_of(declared, declared.name, code.path)
        if kind.function or self._layouts.resolved(kind).function:
            yield from self.values(code, initialiser.value)

    def values(self, code: Code, value: Item) -> Iterator[tuple[str, int]]:
        """A value, or those in a list and in the lists in it, with their byte offsets."""
        source = _Text(code.text, None, 0, code)
        for item, inner in self._leaves((value,), source):
            yield inner.text[item.start : item.end], inner.at(item.start)

    def _leaves(self, items: tuple[Item, ...], source: _Text) -> Iterator[tuple[Item, _Text]]:
        for item, inner in self._flat(items, source):
            if item.items is None:
                yield item, inner
            else:
                yield from self._leaves(item.items, inner)

    def _fill(self, kind: CType, item: Item, source: _Text) -> Iterator[Place]:
        if source.depth > _DEEPEST or self._is_plain(kind):
            return
        if item.type:
            # Of an array of structures, `(struct ops[]) { .. }`, each value is one.
            kind = self._layouts.written(item.type, source.code.path) or kind
        if item.items is None:
            for inner, value in self._expanded(item, source):
                yield from self._fill(kind, value, inner)
        elif kind.pointer:
            for value, inner in self._flat(item.items, source):
                if set(value.path) - {INDEX}:
                    yield from self._members(_element(kind), (value,), inner)
                else:
                    yield from self._fill(_element(kind), value, inner)
        else:
            yield from self._members(kind, item.items, source)

    def _is_plain(self, kind: CType) -> bool:
        """Whether values of a type are numbers or texts, in which no structure can be."""
        if kind.type.startswith(_STRUCTURES):
            return False
        named = self._layouts.resolved(kind).type
        return named.startswith("enum ") or _NUMBERS.issuperset(named.split())

    def _members(self, kind: CType, items: tuple[Item, ...], source: _Text) -> Iterator[Place]:
        for owner, home, members in self._layouts.members(kind):
            position = 0
            for item, inner in self._flat(items, source):
                if not item.path and _is_literal(item, inner):
                    position += 1
                    continue
                names = [name for name in item.path if name != INDEX]
                if names:
                    here = find_member(members, names[0])
                    found = (
                        type_of_member(here, owner, home)
                        if here is not None
                        else self._layouts.member(kind, names[0])
                    )
                    position = next(
                        (at for at, each in enumerate(members) if each.name == names[0]), position
                    )
                elif position < len(members):
                    found = type_of_member(members[position], owner, home)
                else:
                    break
                position += 1
                for name in names[1:]:
                    found = self._layouts.member(found.type, name) if found is not None else None
                if found is not None:
                    yield from self._value(found, names, item, inner)
            return

    def _value(self, found: Found, names: list[str], item: Item, source: _Text) -> Iterator[Place]:
        field = names[-1] if names else found.field
        if found.type.function or self._layouts.resolved(found.type).function:
            how = (
                "attribute macro"
                if source.offset is not None
                else "designated"
                if names
                else "positional"
            )
            for value in item.items or (item,):
                text = source.text[value.start : value.end]
                yield Place(found.owner, field, text, source.at(value.start), how)
        else:
            yield from self._fill(found.type, item, source)

    def _flat(self, items: tuple[Item, ...], source: _Text) -> Iterator[tuple[Item, _Text]]:
        """The items, those that a macro stands for in its place."""
        for item in items:
            written = item.path or item.items is not None or _is_literal(item, source)
            expanded = [] if written else self._bodies(item, source)
            for body in expanded:
                inner = _Text(body, source.at(item.start), source.depth + 1, source.code)
                if inner.depth <= _DEEPEST:
                    yield from self._flat(tuple(read_items(body, 0, len(body))), inner)
            if not expanded:
                yield item, source

    def _expanded(self, item: Item, source: _Text) -> Iterator[tuple[_Text, Item]]:
        """The value that a macro stands for, where it is one in braces again."""
        for body in self._bodies(item, source):
            inner = _Text(body, source.at(item.start), source.depth + 1, source.code)
            yield inner, read_value(body, 0)

    def _bodies(self, item: Item, source: _Text) -> list[str]:
        """What the use of a macro as a value is replaced by, if that has values of its own."""
        use = _USE.match(source.text[item.start : item.end])
        if use is None:
            return []
        found: list[str] = []
        for macro in source.code.lookup(use[1]):
            if (macro.params is None) != (use[2] is None) or macro.body == use[1]:
                continue
            arguments = split_arguments(use[2], 0) if use[2] else []
            body = substituted(macro.body, bind(macro.params or (), arguments))
            if any(mark in body for mark in "={,") or _USE.match(body):
                found.append(body)
        return found


def _is_literal(item: Item, source: _Text) -> bool:
    """Whether a value begins as a number or a text does."""
    first = source.text[item.start : item.start + 1]
    return item.items is None and (first == '"' or first.isdigit())


def _element(kind: CType) -> CType:
    return kind._replace(pointer=kind.pointer - 1)
