"""What is looked for in the texts of a tree, arranged by the names that stand there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from mmlint.callgraph.holders import Argument, Embedding, Generator, Holder, Member, Named, Variable
from mmlint.source.names import Finder, finder, word_starts

_TAGGED = re.compile(rb"(?:struct\s+|\}\s*(?!struct\b))(\w+)")


class Stored(NamedTuple):
    """`held` is put into `holder` at a line of a file; `how` says in which way."""

    holder: Holder
    held: Holder | Named
    path: str
    line: int
    how: str
    condition: str


class Wanted:
    """Some members, arguments and variables, and the macros that fill members, by their names.

    `tags` are the structures of the members, `aliases` names of types that stand for them, each
    with its structure, and `embedding` structures that have one of them inside, each with that.
    """

    def __init__(
        self, items: Iterable[Holder | Generator | Embedding], aliases: Mapping[str, str]
    ) -> None:
        self.fields: dict[str, dict[str, tuple[Member, ...]]] = {}
        self.functions: dict[str, tuple[Argument, ...]] = {}
        self.variables: dict[str, tuple[Variable, ...]] = {}
        self.generators: dict[str, tuple[Generator, ...]] = {}
        self.aliases = aliases
        self.embedding: dict[str, str] = {}
        self._looked_at: tuple[bytes, list[str]] = (b"", [])
        for item in items:
            self._add(item)
        owners = {owner for members in self.fields.values() for owner in members}
        self.tags = frozenset(owner.rpartition(".")[2] for owner in owners)

    def _add(self, item: Holder | Generator | Embedding) -> None:
        if isinstance(item, Member):
            owners = self.fields.setdefault(item.field, {})
            owners[item.structure] = (*owners.get(item.structure, ()), item)
        elif isinstance(item, Argument):
            self.functions[item.function] = (*self.functions.get(item.function, ()), item)
        elif isinstance(item, Variable):
            self.variables[item.name] = (*self.variables.get(item.name, ()), item)
        elif isinstance(item, Generator):
            self.generators[item.name] = (*self.generators.get(item.name, ()), item)
        else:
            self.embedding[item.structure] = item.inner

    def present(self, names: Collection[str], data: bytes) -> list[str]:
        """The wanted ones of some functions, variables or macros that are words of a text."""
        return [name for name in self.named_in(data) if name in names]

    def named_in(self, data: bytes) -> list[str]:
        """The wanted functions, variables and macros that are words of a text."""
        if data is not self._looked_at[0]:
            # Thousands are wanted of a large scope: a search for each would take most of the time.
            held = [name.decode() for name in self._finder.held(data)]
            self._looked_at = (data, sorted(held, key=self._ranks.__getitem__))
        return self._looked_at[1]

    @cached_property
    def _ranks(self) -> dict[str, int]:
        names = dict.fromkeys((*self.functions, *self.variables, *self.generators))
        return {name: rank for rank, name in enumerate(names)}

    @cached_property
    def _finder(self) -> Finder:
        return finder(name.encode() for name in self._ranks)

    def is_generator(self, name: str, user: str) -> bool:
        """Whether a word in the file `user` is a macro that fills members."""
        return any(each.home in {"", user} for each in self.generators.get(name, ()))

    def members(self, owner: str, field: str) -> tuple[Member, ...]:
        """The wanted members of that name: each as another file sees it."""
        return self.fields.get(field, {}).get(owner, ())

    def fields_of(self, tag: str) -> frozenset[bytes]:
        """The wanted fields of a structure."""
        return frozenset(self._by_tag.get(tag, ()))

    @cached_property
    def _by_tag(self) -> dict[str, set[bytes]]:
        """The wanted fields by the structures that have them: of a whole tree there are many."""
        found: dict[str, set[bytes]] = {}
        for field, members in self.fields.items():
            for owner in members:
                found.setdefault(owner.rpartition(".")[2], set()).add(field.encode())
        return found

    def is_type(self, name: bytes) -> bool:
        """Whether `name` is the tag of a wanted structure, or another name of one."""
        return name in self._tags or name in self._aliases

    def type_ends(self, data: bytes) -> Iterator[int]:
        """Where names of wanted structures end that may be the types of something.

        Of a structure without a tag it is the variable that has a name.
        """
        for found in _TAGGED.finditer(data):
            if found[1] in self._tags:
                yield found.end()
        for name in sorted(self._alias_finder.held(data)):
            for at in word_starts(data, name):
                yield at + len(name)

    @cached_property
    def _tags(self) -> frozenset[bytes]:
        return frozenset(tag.encode() for tag in self.tags)

    @cached_property
    def _aliases(self) -> frozenset[bytes]:
        return frozenset(alias.encode() for alias in self.aliases)

    @cached_property
    def _alias_finder(self) -> Finder:
        return finder(self._aliases)
