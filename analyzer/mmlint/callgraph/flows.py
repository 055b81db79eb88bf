"""Which functions members, arguments and variables may hold, searched for over a whole tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mmlint.callgraph.hits import Hits, Patterns
from mmlint.callgraph.holders import Embedding, Generator, Holder, Member, Named
from mmlint.callgraph.places import is_header, kernel_parts
from mmlint.callgraph.wanted import Stored, Wanted
from mmlint.source.names import Parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mmlint.callgraph.codes import Code, Codes
    from mmlint.callgraph.layouts import Layouts
    from mmlint.callgraph.making import Making
    from mmlint.callgraph.stores import Stores
    from mmlint.source.tree import Tree

_NEAR_ROUNDS = 5
_WHOLE_ROUNDS = 3
"""Holders that are filled from holders are followed so far, in headers first and then anywhere."""

Item = Holder | Generator | Embedding


class Flows:
    """Fills holders in rounds: each is one search for all that the one before left open.

    Most of what hands functions on is in headers or beside what is asked for, so these are
    searched until nothing is open before all of the tree is, once.
    """

    def __init__(
        self, tree: Tree, codes: Codes, layouts: Layouts, stores: Stores, making: Making
    ) -> None:
        self._tree = tree
        self._everywhere = kernel_parts(tree, layouts.directories)
        self._codes = codes
        self._layouts = layouts
        self._stores = stores
        self._making = making
        self._known: dict[Holder, dict[Stored, None]] = {}
        self._around: set[Item] = set()
        self._given: dict[str, tuple[set[int], set[bytes]]] = {}
        self._members: list[Member] = []
        self._done: dict[str, _Done] = {}

    def explore(self, holders: Iterable[Holder]) -> bool:
        """Look up what is put into some holders, and into those that they are filled from.

        Returns whether anything had to be looked up.
        """
        asked = (each for holder in holders for each in self._in_one_place(holder))
        fresh: list[Item] = [each for each in dict.fromkeys(asked) if each not in self._known]
        if not fresh:
            return False
        # Macros and structures that are known already matter for the new members too.
        self._around.clear()
        for _ in range(_WHOLE_ROUNDS):
            pending = fresh
            for _ in range(_NEAR_ROUNDS):
                pending = self._round(pending, self._layouts.directories)
                fresh = fresh + pending
            skipped = () if pending else self._layouts.directories
            fresh = self._round(fresh, self._everywhere, skipped)
        return True

    def functions(self, holder: Holder) -> Iterator[tuple[Stored, Holder]]:
        """What ends in a holder: where a function is named, and what it was first put into."""
        todo = self._in_one_place(holder)
        seen = set(todo)
        while todo:
            here = todo.pop(0)
            for stored in self._known.get(here, ()):
                if isinstance(stored.held, Named):
                    yield stored, here
                elif stored.held not in seen:
                    seen.add(stored.held)
                    todo.append(stored.held)

    def _in_one_place(self, holder: Holder) -> list[Holder]:
        """A holder, and the members that are in a union with it."""
        if not isinstance(holder, Member):
            return [holder]
        others = self._layouts.alternatives(holder.structure, holder.field, holder.home)
        return [holder, *(holder._replace(field=field) for field in others)]

    def _round(
        self, items: list[Item], directories: Sequence[str], skipped: tuple[str, ...] = ()
    ) -> list[Item]:
        """Search some directories, or all but some, for what is put into `items`.

        What is new comes out.
        """
        if not items:
            return []
        found: dict[Item, None] = {}
        for item in items:
            if isinstance(item, Generator | Embedding):
                self._around.add(item)
            elif item not in self._known:
                self._known[item] = {}
                if isinstance(item, Member):
                    self._members.append(item)
        for made in self._search(items, directories, skipped):
            if isinstance(made, Stored):
                self._known.setdefault(made.holder, {})[made] = None
                if not isinstance(made.held, Named):
                    found[made.held] = None
            else:
                found[made] = None
        return [item for item in found if item not in self._known and item not in self._around]

    def _search(
        self, items: Sequence[Item], directories: Sequence[str], skipped: tuple[str, ...]
    ) -> Iterator[Stored | Generator | Embedding]:
        wanted = self._wanted(items)
        shared = [item for item in items if not _is_private(item)]
        patterns = Patterns(wanted, Wanted(shared, self._aliases(shared)))
        hits = patterns.search(self._tree, directories)
        for path in [path for path in hits if path.startswith(skipped)] if skipped else ():
            del hits[path]
        for item in items:
            if isinstance(item, Member) and not is_header(item.home):
                hits[item.home].add_all(self._codes.code(item.home), item)
            elif not isinstance(item, Member | Embedding) and item.home:
                hits[item.home].calls = True
        for path, found in hits.items():
            self._remember(path, found)
        self._add_embedding(wanted, hits, skipped)
        fresh = _Fresh(wanted, self._members)
        for path in sorted(hits):
            found = hits[path]
            if self._matters(path, found, patterns):
                yield from self._read(self._codes.code(path), fresh, found, patterns)

    def _read(
        self, code: Code, fresh: _Fresh, found: Hits, patterns: Patterns
    ) -> Iterator[Stored | Generator | Embedding]:
        wanted = fresh.wanted
        open_ = fresh.open(self._done, code.path, found)
        if open_.fields:
            yield from self._stores.given(code, wanted, open_, found.fields, found.begins)
        lines_ = set(found.lines)
        if found.calls:
            yield from self._stores.passed(code, wanted)
            yield from self._stores.variables(code, wanted)
            yield from self._making.used(code, wanted)
            lines_.update(patterns.calling(code))
        yield from self._making.defined(code, wanted, lines_)
        yield from self._making.embedding(code, found.embedded)

    def _add_embedding(
        self, wanted: Wanted, hits: dict[str, Hits], skipped: tuple[str, ...]
    ) -> None:
        """Note the files that may fill a member of a structure inside of another one.

        They give a field of the inner one a value, and name only the outer one.
        """
        fields = {inner: wanted.fields_of(inner) for inner in wanted.embedding.values()}
        inside = {outer.encode(): inner for outer, inner in wanted.embedding.items()}
        outers = Parts(inside)
        for path, (_, names) in self._given.items() if fields else ():
            if skipped and path.startswith(skipped):
                continue
            known = hits.get(path)
            types = known.types if known is not None else ()
            unnamed = {
                inner
                for inner, its in fields.items()
                if not names.isdisjoint(its) and inner.encode() not in types
            }
            if not unnamed:
                continue
            # A file is read once, whatever the number of structures that may stand in it.
            sought = frozenset(around for around in inside if inside[around] in unnamed)
            held = outers.held(self._codes.data(path), sought)
            here = {inside[around] for around in held}
            if here:
                found = hits.setdefault(path, Hits())
                found.types.update(inner.encode() for inner in here)
                self._remember(path, found)

    def _remember(self, path: str, found: Hits) -> None:
        """Keep where fields are given values, and add what earlier rounds found of that."""
        if found.fields or path in self._given:
            numbers, names = self._given.setdefault(path, (set(), set()))
            numbers.update(found.fields)
            names.update(found.names)
            found.fields, found.names = sorted(numbers), names

    def _wanted(self, items: Sequence[Item]) -> Wanted:
        """What to look for: a macro or a structure around fills members that are known already."""
        all_items = list(items)
        if any(isinstance(item, Generator | Embedding) for item in items):
            all_items += self._members
        return Wanted(all_items, self._aliases(all_items))

    def _aliases(self, items: Iterable[Item]) -> dict[str, str]:
        """The names of types that stand for the structures of members."""
        return {
            alias: item.structure
            for item in items
            if isinstance(item, Member)
            for alias in self._layouts.aliases(item.structure, item.home)
        }

    def _matters(self, path: str, found: Hits, patterns: Patterns) -> bool:
        """Whether a file is worth a look, after what the lines with hits say."""
        # Most files only name a type or a field of another one, and are not read for that.
        if found.begins or found.calls:
            data = self._codes.data(path)
            found.begins = found.begins and patterns.is_positional(data)
            # The search found the names inside of others too.
            found.calls = found.calls and patterns.names_any(data)
        if (
            found.begins
            or found.calls
            or found.embedded
            or patterns.pairs(found.names, found.types)
        ):
            return True
        found.fields = patterns.carried(found)
        return bool(found.fields)


class _Done(NamedTuple):
    """What was read of a file: of the first `members` that were known all that goes to them.

    That holds for so many `lines`, and for values by position if it was read `by_type`.
    """

    members: int
    lines: int
    by_type: bool


class _Fresh:
    """What is wanted in a round, and for each file the part of it that is new there.

    A macro or a structure that is found late may fill any member in many files; all else in these
    was read in an earlier round.
    """

    def __init__(self, wanted: Wanted, members: Sequence[Member]) -> None:
        self.wanted = wanted
        self._members = members
        numbers = [
            number
            for number, each in enumerate(members)
            if each in wanted.members(each.structure, each.field)
        ]
        # Members are numbered as they become known, so that what is wanted is the last of them.
        self._first = min(numbers, default=len(members))
        self._since: dict[int, Wanted] = {}

    def open(self, done: dict[str, _Done], path: str, found: Hits) -> Wanted:
        """The wanted members that were not looked for in a file, which now are."""
        if not self.wanted.fields:
            return self.wanted
        before = done.get(path, _Done(0, len(found.fields), found.begins))
        if before.lines != len(found.fields) or (found.begins and not before.by_type):
            before = _Done(0, len(found.fields), found.begins)
        if self._first <= before.members:
            by_type = before.by_type and found.begins
            done[path] = _Done(len(self._members), before.lines, by_type)
        else:
            done.pop(path, None)
        return self._from(before.members) if before.members > self._first else self.wanted

    def _from(self, number: int) -> Wanted:
        """The wanted members from a number on."""
        known = self._since.get(number)
        if known is None:
            known = self._since[number] = Wanted(self._members[number:], {})
        return known


def _is_private(item: Item) -> bool:
    """Whether only one file can name it, so that nothing else is searched."""
    if isinstance(item, Member):
        return not is_header(item.home)
    return not isinstance(item, Embedding) and bool(item.home)
