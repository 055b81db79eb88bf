"""What types are made of: structures, type names and external variables of a tree, by name."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import chain
from posixpath import dirname
from typing import TYPE_CHECKING, NamedTuple

from mmlint.callgraph.declared import declared_at, external_beside, own_variable
from mmlint.callgraph.latest import Latest
from mmlint.callgraph.made_structures import MadeStructures
from mmlint.callgraph.own_structures import OwnStructures, Structure
from mmlint.callgraph.places import is_header
from mmlint.callgraph.type_index import Prototypes, TypeIndex, distance, header_types, outermost
from mmlint.syntax.header import BUILTIN
from mmlint.syntax.initialisers import in_place
from mmlint.syntax.structures import Declared, Definition, declaration, definition, in_one_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mmlint.callgraph.codes import Codes
    from mmlint.callgraph.declared import OwnVariable
    from mmlint.source.tree import Tree

_OF_STRUCTURE = re.compile(r"(?:struct|union)\s+(.+)")
_LONGEST_CHAIN = 8
_MOST_KEPT = 50_000
"""Names of types with what they mean in a file."""


class CType(NamedTuple):
    """A type as the file `home` sees it: its name, the stars on it, and whether it is a function.

    Of a function, or a pointer to one, name and stars are of what it returns. `inner` are the
    members of a structure that has no name of its own; then `type` tells where it was found.
    """

    type: str
    pointer: int
    function: bool
    home: str
    inner: tuple[Declared, ...] = ()


class Found(NamedTuple):
    """A member: the structure by the name that people use, the file that has it, the type."""

    owner: str
    field: str
    home: str
    type: CType


class Layouts:
    """Looks types up: in the file that names them, in headers, in the whole tree at last."""

    def __init__(self, tree: Tree, codes: Codes, directories: Iterable[str]) -> None:
        self._tree = tree
        self._codes = codes
        near = {"include", f"arch/{codes.arch}/include", *directories}
        self.directories = tuple(sorted(outermost(near)))
        self._beside: dict[str, TypeIndex] = {}
        self._structures: Latest[tuple[str, str], tuple[Structure, ...]] = Latest(_MOST_KEPT)
        self._own = OwnStructures(codes)
        self._made = MadeStructures(codes)
        self._together: Latest[tuple[str, str, str], tuple[str, ...]] = Latest(_MOST_KEPT)
        self._read: dict[tuple[str, int], Definition | None] = {}
        self._names: Latest[tuple[str, str], CType | None] = Latest(_MOST_KEPT)
        self._callable: dict[str, bool] = {}
        self._variables: Latest[tuple[str, str], OwnVariable | None] = Latest(_MOST_KEPT)

    def begin(self) -> None:
        """Search now for what the first question would search for."""
        self._near.begin()

    def structures(self, tag: str, user: str) -> tuple[Structure, ...]:
        """The definitions that `struct tag` may mean in the file `user`, the likeliest first."""
        key = (tag, user)
        known = self._structures.get(key)
        if known is None:
            known = tuple(self._find_structures(tag, user))
            self._structures[key] = known
        return known

    def resolved(self, kind: CType) -> CType:
        """The type behind the names of types."""
        for _ in range(_LONGEST_CHAIN):
            if kind.inner or " " in kind.type or kind.type in BUILTIN or "." in kind.type:
                break
            named = self.named(kind.type, kind.home)
            if named is None:
                break
            # A pointer to a function is called as the function is.
            function = kind.function or named.function
            pointer = named.pointer if named.function else kind.pointer + named.pointer
            kind = named._replace(pointer=pointer, function=function)
        return self._retagged(kind)

    def _retagged(self, kind: CType) -> CType:
        """The type with the tag that a macro stands for, where the tag is one."""
        word, _, tag = kind.type.partition(" ")
        for macro in self._codes.macros.lookup(tag) if tag else ():
            if macro.params is None and macro.body.isidentifier():
                return kind._replace(type=f"{word} {macro.body}")
        return kind

    def named(self, name: str, user: str) -> CType | None:
        """What the name of a type stands for in the file `user`."""
        key = (name, user)
        if key in self._names:
            return self._names[key]
        known = self._names[key] = self._find_name(name, user)
        return known

    def alternatives(self, tag: str, field: str, user: str) -> tuple[str, ...]:
        """The other pointers to such functions in one place with a member of `struct tag`.

        The structure is one of the file `user`, of what it includes or of a public header.
        ``.remove_new`` of a platform_driver is in a union with ``.remove``, by which it is called.
        """
        key = (tag, field, user)
        known = self._together.get(key)
        if known is None:
            near = self._find_structures(tag, user, far=False)
            every = (each.definition.members for each in near)
            found = (in_one_place(members, field) for members in every)
            known = self._together[key] = next(filter(None, found), ())
        return known

    def member(self, kind: CType, field: str) -> Found | None:
        """The member of that name of a structure, or of what points to one."""
        for owner, home, members in self.members(kind):
            found = find_member(members, field)
            if found is not None:
                return type_of_member(found, owner, home)
        return None

    def written(self, text: str, user: str) -> CType | None:
        """The type that a text in the file `user` names."""
        declared = declaration(f"{text.partition('[')[0]} x", self._codes.macros)
        pointer = text.count("[")
        return (
            type_of(declared[0], "", user)._replace(pointer=declared[0].pointer + pointer)
            if declared
            else None
        )

    def members(self, kind: CType) -> Iterator[tuple[str, str, tuple[Declared, ...]]]:
        """The name, the file and the members of each structure that a type may be."""
        kind = self.resolved(kind)
        owner = tag_of(kind)
        if kind.inner:
            yield owner, kind.home, kind.inner
        elif _OF_STRUCTURE.match(kind.type):
            for structure in self.structures(owner, kind.home):
                yield owner, structure.path, structure.definition.members

    def variable(self, name: str, user: str) -> CType | None:
        """The type of a variable of the file `user`, or of one that a header declares."""
        own = self.own_variable(name, user)
        if own is not None:
            return type_of(own.declared, name, user)
        return self.external(name, user)

    def in_place(self, name: str, offset: int, user: str) -> CType | None:
        """The type of a local at a byte offset that is declared with a structure without a tag."""
        text = self._codes.code(user).text
        closing = text.rfind("}", 0, offset)
        if text[closing + 1 : offset].strip(" \t\n*"):
            return None
        for each in in_place(text, closing, text.find(name, offset) + len(name)):
            return type_of(each, name, user)
        return None

    def is_decided(self, name: str, user: str) -> bool:
        """Whether `name` is a macro only in some configurations."""
        return self._codes.code(user).is_decided(name)

    def may_be_called(self, name: str) -> bool:
        """Whether a variable of that name which a header declares may hold a function."""
        known = self._callable.get(name)
        if known is None:
            places = self._near.every.variables.get(name, ())
            known = self._callable[name] = any(
                self.resolved(kind).function
                for kind in (self._declared(name, path, line) for path, line in places)
                if kind is not None
            )
        return known

    def external(self, name: str, user: str) -> CType | None:
        """The type of a variable that a header declares."""
        indexed = user.startswith(self.directories)
        beside = () if indexed else external_beside(self._codes, name, user)
        for path, line in chain(self._places("variables", name, user), beside):
            kind = self._declared(name, path, line)
            if kind is not None:
                return kind
        return None

    def _declared(self, name: str, path: str, line: int) -> CType | None:
        """The type of the variable that a header declares at a line."""
        found = declared_at(self._codes.code(path), line, name, self._codes.macros)
        return type_of(found, name, path) if found is not None and not found.prototype else None

    def returned(self, function: str, user: str) -> CType | None:
        """What a function of the file `user` or of a header returns, a pointer to a structure."""
        own = self._own_function(function, user)
        here = CType(own.type, own.pointer, False, user) if own is not None else None
        return here or self._declared_return(function)

    def _declared_return(self, function: str) -> CType | None:
        """What a header or another file says that a function returns."""
        found = self._prototypes.find(function)
        if found is None:
            return None
        return CType(found[1].type, found[1].pointer, False, found[0])

    @cached_property
    def _prototypes(self) -> Prototypes:
        return Prototypes(self._tree, self.directories, self._codes.without)

    def _own_function(self, name: str, user: str) -> Declared | None:
        if name.encode() not in self._codes.data(user):
            return None
        text = self._codes.code(user).text
        head = rf"^(?:[A-Za-z_][^;{{}}()=\n]*[\s*])?{re.escape(name)}\s*\("
        for found in re.finditer(head, text, re.MULTILINE):
            start = found.start()
            if text.startswith(name, start):
                start = text.rfind("\n", 0, max(0, start - 1)) + 1
            declared = declaration(text[start : found.end() - 1], self._codes.macros)
            if declared and declared[0].name == name and declared[0].type != name:
                return declared[0]
        return None

    def own_variable(self, name: str, user: str) -> OwnVariable | None:
        """A variable that the file `user` declares at file scope."""
        key = (name, user)
        if key in self._variables:
            return self._variables[key]
        there = name.encode() in self._codes.data(user)
        known = own_variable(self._codes.code(user), name, self._codes.macros) if there else None
        self._variables[key] = known
        return known

    def aliases(self, tag: str, user: str) -> frozenset[str]:
        """The names of types that stand for `struct tag` itself."""
        found = {
            name.name
            for structure in self.structures(tag, user)
            for name in structure.definition.names
            if not name.pointer
        }
        return frozenset(found | self._near.aliases(tag))

    def _find_structures(self, tag: str, user: str, *, far: bool = True) -> Iterator[Structure]:
        decided = False
        for path in (user, *self._codes.included(user)):
            own, always = self._own.of(tag, path)
            yield from own
            # Under an `#if` there may be others for other configurations.
            if always:
                return
            decided = decided or bool(own)
        if not decided and not self._near.places("tags", tag):
            made = self._made.of(tag, user)
            yield from made
            decided = bool(made)
        for path, line in self._places("tags", tag, user, far=far and not decided):
            found = self._definition(path, line, tag)
            if found is not None:
                yield Structure(path, self._codes.code(path).lines.start(line), found)

    def _definition(self, path: str, line: int, tag: str) -> Definition | None:
        key = (path, line)
        if key not in self._read:
            code = self._codes.code(path)
            start = code.lines.start(line)
            found = definition(code.text, start, self._codes.macros)
            self._read[key] = found if found is not None and found.members else None
        found = self._read[key]
        return found if found is not None and found.tag == tag else None

    def _find_name(self, name: str, user: str) -> CType | None:
        for places in (self._own_name, self._named_elsewhere):
            for path, line in places(name, user):
                found = declared_at(self._codes.code(path), line, name, self._codes.macros)
                if found is not None:
                    return type_of(found, name, path)
        return None

    def _named_elsewhere(self, name: str, user: str) -> list[tuple[str, int]]:
        # A macro is no type, and hardly worth a search.
        known = self._codes.macros.defines(name)
        return [] if known else self._places("names", name, user)

    def _own_name(self, name: str, user: str) -> Iterator[tuple[str, int]]:
        """The lines of a file that may define a type of that name."""
        if is_header(user) or name.encode() not in self._codes.data(user):
            return
        code = self._codes.code(user)
        pattern = rf"^(?:typedef\b|\}})[^\n]*\b{re.escape(name)}\b"
        for found in re.finditer(pattern, code.text, re.MULTILINE):
            yield user, code.lines.line(found.start())

    @cached_property
    def _near(self) -> TypeIndex:
        return TypeIndex(self._tree, self.directories, self._codes.without)

    @cached_property
    def _whole(self) -> TypeIndex:
        # A source file's own types were looked for in itself.
        return header_types(self._tree, (), self._codes.without)

    def _places(
        self, kind: str, name: str, user: str, *, far: bool = True
    ) -> list[tuple[str, int]]:
        """Where the indexes have `name`, the likeliest place first."""
        found: list[tuple[str, int]] = []
        for index in self._indexes(user, kind, far):
            found = index.places(kind, name)
            if found:
                break
        arch = self._codes.arch
        return sorted(found, key=lambda place: (distance(place[0], user, arch), place))

    def _indexes(self, user: str, kind: str, far: bool) -> Iterator[TypeIndex]:
        """What is asked one after the other: headers for all, those beside the user, then any."""
        yield self._near
        if kind == "variables" or not far or user.startswith(self.directories):
            return
        for directory in (dirname(user), dirname(dirname(user))):
            if directory.count("/"):
                if directory not in self._beside:
                    self._beside[directory] = header_types(
                        self._tree, (directory,), self._codes.without
                    )
                yield self._beside[directory]
        yield self._whole


def type_of(declared: Declared, owner: str, home: str) -> CType:
    """The type of a name; a structure in place without a tag is named by where it is."""
    kind = declared.type
    inner: tuple[Declared, ...] = ()
    if not kind:
        inner = declared.inner
        kind = owner if owner == declared.name else f"{owner}.{declared.name}"
    elif declared.inner:
        inner = declared.inner
    return CType(kind, declared.pointer, declared.function, home, inner)


def type_of_member(declared: Declared, owner: str, home: str) -> Found:
    """A member of the structure `owner` of the file `home`."""
    return Found(owner, declared.name, home, type_of(declared, owner, home))


def tag_of(kind: CType) -> str:
    """The name of a structure without the word in front."""
    found = _OF_STRUCTURE.match(kind.type)
    return found[1] if found else kind.type


def find_member(members: Sequence[Declared], field: str) -> Declared | None:
    """The member of that name, also one of a structure without a name."""
    for member in members:
        if member.name == field:
            return member
        if not member.name:
            found = find_member(member.inner, field)
            if found is not None:
                return found
    return None
