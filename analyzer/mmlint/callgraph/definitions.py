"""What a call of a name means: the index of definitions and the choice among them."""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from posixpath import dirname
from typing import TYPE_CHECKING

from mmlint.callgraph.definition_index import DefinitionIndex
from mmlint.callgraph.places import architecture, is_header, is_public, may_see, nearest
from mmlint.callgraph.stubs import is_stub, without_stubs
from mmlint.source.search import holding
from mmlint.syntax.macros import is_alias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping

    from mmlint.callgraph.files import Files
    from mmlint.callgraph.outlines import Outlines
    from mmlint.callgraph.places import Places
    from mmlint.syntax.macros import Macro
    from mmlint.syntax.nodes import FunctionDef
    from mmlint.syntax.outline import DefinitionSite

_LONGEST_ALIAS = 4
_MANY = 3
"""From so many files with a definition on it is worth to tell which of them matter."""
WANTED = 2
"""The weight of a definition that is parsed in any case."""
_MOST_FOUND = 1000
"""Names whose parsed definitions are at hand, the last used ones."""


class Definitions:
    """The definitions that a name has in a file's eyes."""

    def __init__(self, files: Files, outlines: Outlines, places: Places) -> None:
        self._files = files
        self._outlines = outlines
        self._places = places
        self._homes: dict[tuple[str, str], tuple[str, ...]] = {}
        self._found: OrderedDict[tuple[str, tuple[str, ...]], tuple[FunctionDef, ...]]
        self._found = OrderedDict()

    def homes(self, name: str, user: str) -> tuple[str, ...]:
        """The files with the functions that `name` means in `user`.

        Its own file wins; where that has only a stand-in, it is the first of several.
        """
        key = (name, user)
        known = self._homes.get(key)
        if known is None:
            known = self._homes[key] = self._find_homes(name, user)
        return known

    def consults(self, path: str) -> bool:
        """Whether a file is among those that `candidates` are."""
        return path in self._consulted

    def candidates(self, name: str, arch: str) -> tuple[str, ...]:
        """The consulted files, of an architecture or of none, that seem to define `name`."""
        return self._index.files(name, arch)

    def definitions(self, name: str, user: str) -> tuple[FunctionDef, ...]:
        """Every function, or else macro, that a call of `name` in `user` may mean."""
        return self._resolve(name, user, _LONGEST_ALIAS)

    def weighed(
        self, name: str, user: str, weigh: Callable[[bytes], int]
    ) -> Iterator[tuple[FunctionDef, int]]:
        """The definitions with what they weigh by their texts, those that are `WANTED` first.

        Where many files define a name, most of which look alike, none is parsed before it is asked
        for; else all are wanted.
        """
        homes = self._weighed_homes(name, user, weigh)
        wanted = [home for home, weight in homes.items() if weight == WANTED]
        shown = not wanted and any(homes.values())
        for home in wanted:
            for function in self._real(name, home):
                shown = True
                yield function, WANTED
        if not shown:
            yield from ((function, WANTED) for function in self.definitions(name, user))
            return
        for home in sorted(
            (home for home in homes if homes[home] < WANTED),
            key=lambda home: (-homes[home], architecture(home) not in ("", self._places.arch)),
        ):
            yield from ((function, homes[home]) for function in self._real(name, home))

    def _real(self, name: str, home: str) -> list[FunctionDef]:
        """What a file defines for others, without stubs."""
        found = self._bodies(name, (home,)) if self._defines(home, name) else ()
        return [function for function in found if not is_stub(function)]

    def texts(self, name: str, user: str) -> list[bytes]:
        """Unparsed definitions and macro bodies that a call of `name` in `user` may mean, or more.

        Cheap, so that what cannot matter is never parsed.
        """
        outline = self._outlines.outline(user)
        own = outline.named(name) if outline is not None else ()
        if outline is not None and own:
            return [outline.code_of(site) for site in own]
        macros = [
            macro.body.encode(errors="replace")
            for macro in self._outlines.macros.lookup(name)
            if self._is_compiled_with(user, macro.path)
        ]
        return [*(text for _, text in self._index.texts(name)), *macros]

    def names(self) -> KeysView[bytes]:
        """All names that some consulted file seems to define for others."""
        return self._index.names()

    def known(self) -> dict[str, list[tuple[str, int]]]:
        """Where the names that were asked for seem to be defined: files and offsets."""
        return self._index.known()

    def remember(
        self, known: Mapping[str, Iterable[tuple[str, int]]], changed: Iterable[str]
    ) -> None:
        """Take what was `known` before some files `changed`."""
        tree = self._files.tree
        # Git takes ten times as long to search all of a commit as it takes to read these files.
        search = (lambda name: holding(tree, (name,))[name]) if tree.on_disk else None
        self._index.remember(known, changed, search)

    def passing(self, path: str) -> bytes | None:
        """What `Files.passing` says, which is noted: a file need not be read twice."""
        data = self._files.passing(path)
        self._index.offer(path, data)
        return data

    @cached_property
    def _consulted(self) -> frozenset[str]:
        return frozenset(self._places.for_definitions)

    @cached_property
    def _index(self) -> DefinitionIndex:
        return DefinitionIndex(self._places.for_definitions, self._files.searchable)

    def _resolve(self, name: str, user: str, aliases: int) -> tuple[FunctionDef, ...]:
        outline = self._outlines.outline(user)
        if outline is None or not outline.named(name):
            own = self._macros(name, lambda macro: macro.path == user)
            if own:
                return own
        found = self._beside(name, user)
        if found:
            return found
        homes = self.homes(name, user)
        if homes:
            return self._chosen(name, user, homes)
        text = self._files.text(user) or b""
        macros = self._macros(name, lambda macro: self._sees_macro(user, text, macro.path))
        if macros:
            paths = nearest(user, tuple(dict.fromkeys(macro.path for macro in macros)))
            return tuple(macro for macro in macros if macro.path in paths)
        return self._alias(name, user, aliases) if aliases else ()

    def _find_homes(self, name: str, user: str) -> tuple[str, ...]:
        outline = self._outlines.outline(user)
        own = outline.named(name) if outline is not None else ()
        if own and not self._stands_in(user, own):
            return (user,)
        candidates = self._index.files(name)
        text = self._files.text(user) or b"" if candidates else b""
        others = (
            home
            for home in candidates
            if home != user and may_see(user, text, home) and self._defines(home, name)
        )
        return (user, *others) if own else tuple(others)

    def _weighed_homes(self, name: str, user: str, weigh: Callable[[bytes], int]) -> dict[str, int]:
        """The many files whose definitions `name` may mean in `user`, all alike near, by weight.

        None where the choice among the files is not that simple.
        """
        outline = self._outlines.outline(user)
        text = self._files.text(user) or b""
        found: dict[str, int] = {}
        for home, body in self._index.texts(name):
            if may_see(user, text, home):
                found[home] = max(found.get(home, 0), weigh(body))
        own = any(dirname(home) == dirname(user) for home in found)
        if own or len(found) < _MANY or architecture(user):
            return {}
        if (outline is not None and outline.named(name)) or self._macros(
            name, lambda macro: macro.path == user
        ):
            return {}
        return found

    def _beside(self, name: str, user: str) -> tuple[FunctionDef, ...]:
        """The functions of the files beside one that does not define `name` itself.

        Where there are any, no other file is looked at.
        """
        outline = self._outlines.outline(user)
        if is_public(user) or (outline is not None and outline.named(name)):
            return ()
        text = self._files.text(user) or b""
        beside = (home for home in self._index.files(name) if dirname(home) == dirname(user))
        homes = tuple(h for h in beside if may_see(user, text, h) and self._defines(h, name))
        found = self._bodies(name, homes) if homes else ()
        return () if all(is_stub(function) for function in found) else found

    def _stands_in(self, path: str, sites: tuple[DefinitionSite, ...]) -> bool:
        """Whether a file defines what another one defines in other configurations.

        Two global functions of one name do not link, so a conditional one always has to.
        """
        if not all(site.condition for site in sites):
            return False
        if not is_header(path) and not any(site.static for site in sites):
            return True
        parsed = (self._outlines.parse(path, site) for site in sites)
        return all(is_stub(function) for functions in parsed for function in functions)

    def _defines(self, home: str, name: str) -> bool:
        outline = self._outlines.outline(home)
        sites = outline.named(name) if outline is not None else ()
        return any(is_header(home) or not site.static for site in sites)

    def _chosen(self, name: str, user: str, homes: tuple[str, ...]) -> tuple[FunctionDef, ...]:
        near = self._bodies(name, nearest(user, homes))
        if near and not all(is_stub(function) for function in near):
            return near
        return self._bodies(name, homes)

    def _bodies(self, name: str, homes: tuple[str, ...]) -> tuple[FunctionDef, ...]:
        key = (name, homes)
        known = self._found.get(key)
        if known is not None:
            self._found.move_to_end(key)
            return known
        known = self._found[key] = without_stubs(tuple(self._parsed(name, homes)))
        if len(self._found) > _MOST_FOUND:
            self._found.popitem(last=False)
        return known

    def _parsed(self, name: str, homes: tuple[str, ...]) -> Iterator[FunctionDef]:
        for home in homes:
            outline = self._outlines.outline(home)
            for site in outline.named(name) if outline is not None else ():
                yield from self._outlines.parse(home, site)

    def _macros(self, name: str, wanted: Callable[[Macro], bool]) -> tuple[FunctionDef, ...]:
        functions = (
            self._outlines.parse_macro(macro)
            for macro in self._outlines.macros.lookup(name)
            if macro.params is not None and wanted(macro)
        )
        return tuple(function for function in functions if function is not None)

    def _alias(self, name: str, user: str, aliases: int) -> tuple[FunctionDef, ...]:
        """What the macros that are nothing but another name for it mean."""
        found: dict[FunctionDef, None] = {}
        text = self._files.text(user) or b""
        for macro in self._outlines.macros.lookup(name):
            if is_alias(macro) and self._sees_macro(user, text, macro.path):
                found |= dict.fromkeys(self._resolve(macro.body, user, aliases - 1))
        return tuple(found)

    def _sees_macro(self, user: str, text: bytes, home: str) -> bool:
        if not self._is_compiled_with(user, home):
            return False
        return home == user or (is_header(home) and may_see(user, text, home))

    def _is_compiled_with(self, user: str, home: str) -> bool:
        """Whether the macros of `home` are known wherever `user` is looked at.

        Those of the other architectures are only while files of theirs are looked at too.
        """
        return architecture(home) in {"", architecture(user) or self._places.arch}
