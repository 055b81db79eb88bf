"""What a call of a name means: the index of definitions and the choice among them."""

from __future__ import annotations

import re
from collections import OrderedDict
from functools import cached_property
from posixpath import dirname
from typing import TYPE_CHECKING

from mmlint.callgraph.places import architecture, is_header, is_public, may_see, nearest
from mmlint.callgraph.stubs import is_stub, without_stubs
from mmlint.syntax.macros import is_alias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, KeysView, Sequence

    from mmlint.callgraph.files import Files
    from mmlint.callgraph.outlines import Outlines
    from mmlint.callgraph.places import Places
    from mmlint.syntax.macros import Macro
    from mmlint.syntax.nodes import FunctionDef
    from mmlint.syntax.outline import DefinitionSite

_HEADER = re.compile(rb"\n([A-Za-z_][\w\s*]*+)\(([^;{}=]*+)\{")
_NAME = re.compile(rb"(\w+)\s*\(")
_STATIC = re.compile(rb"\bstatic\b")
# The same where static functions do not count: most begin with that word, and are passed over.
_GLOBAL = re.compile(rb"\n(?:static\b[\w\s*]*+\([^;{}=]*+\{|([A-Za-z_][\w\s*]*+)\(([^;{}=]*+)\{)")
# A body on the line of its brace ends there: what follows is another definition.
_ONE_LINE = re.compile(rb"[^{]*\{[^\n]*\}(?=[ \t]*\n)")
_LONGEST_ALIAS = 4
_MANY = 3
"""From so many files with a definition on it is worth to tell which of them matter."""
WANTED = 2
"""The weight of a definition that is parsed in any case."""
_MOST_FOUND = 1000
"""Names whose parsed definitions are at hand, the last used ones."""
_MOST_TEXTS = 2000
"""The same of unparsed ones, those that were asked for first."""
_OFFSET_BITS = 32


class DefinitionIndex:
    """Files by the names that they seem to define for others; an outline tells for sure.

    An architecture's files are read when somebody asks for it, or for all.
    """

    def __init__(self, paths: Sequence[str], read: Callable[[str], bytes | None]) -> None:
        self._read = read
        self._paths = paths
        self._unread: dict[str, dict[str, int]] = {}
        for number, path in enumerate(paths):
            self._unread.setdefault(architecture(path), {})[path] = number
        self._homes: dict[bytes, int | list[int]] = {}
        self._texts: OrderedDict[str, tuple[tuple[str, bytes], ...]] = OrderedDict()

    def offer(self, path: str, data: bytes | None) -> None:
        """What a file holds that was read for something else."""
        number = self._unread.get(architecture(path), {}).pop(path, None)
        if number is not None and data:
            self._add(data, number << _OFFSET_BITS, header=is_header(path))

    def files(self, name: str, arch: str | None = None) -> tuple[str, ...]:
        """The files, of an architecture and of none or all, that may define `name`.

        They are in the order in which they were given.
        """
        homes = self._at(name) if arch is None else self._at(name, "", arch)
        found = dict.fromkeys(self._paths[home >> _OFFSET_BITS] for home in homes)
        return tuple(path for path in found if arch is None or architecture(path) in {"", arch})

    def texts(self, name: str) -> Sequence[tuple[str, bytes]]:
        """What seem to be the definitions of `name`, by file, unparsed, comments included."""
        known = self._texts.get(name)
        if known is None:
            known = self._texts[name] = tuple(self._cut_out(self._at(name)))
            if len(self._texts) > _MOST_TEXTS:
                self._texts.popitem(last=False)
        return known

    def _cut_out(self, homes: Iterable[int]) -> Iterator[tuple[str, bytes]]:
        for home in homes:
            path = self._paths[home >> _OFFSET_BITS]
            start = home & ((1 << _OFFSET_BITS) - 1)
            yield path, _definition(self._read(path) or b"", start)

    def names(self) -> KeysView[bytes]:
        """All names that seem to be defined somewhere."""
        self._finish(*self._unread)
        return self._homes.keys()

    def _finish(self, *architectures: str) -> None:
        """Read what was not offered of some architectures' files."""
        for arch in architectures:
            for path in tuple(self._unread.get(arch, ())):
                self.offer(path, self._read(path))
            self._unread.pop(arch, None)

    def _at(self, name: str, *architectures: str) -> list[int]:
        self._finish(*(architectures or self._unread))
        homes = self._homes.get(name.encode(errors="replace"), [])
        return [homes] if isinstance(homes, int) else sorted(homes)

    def _add(self, data: bytes, at: int, *, header: bool) -> None:
        known = self._homes
        for name, start in _headers(data, header=header):
            home = at | start
            homes = known.setdefault(name, home)
            if homes is home:
                continue
            if isinstance(homes, int):
                homes = known[name] = [homes]
            if homes[-1] != home:
                homes.append(home)


def _headers(data: bytes, *, header: bool) -> Iterator[tuple[bytes, int]]:
    if b"{" not in data:
        return  # the registers of a device: many lines, and each begins what may be a header
    # Hardly any file begins with what begins a definition: then no copy is made.
    begins = data[:1].isalpha() or data[:1] == b"_"
    behind = 0 if begins else 1
    for match in (_HEADER if header else _GLOBAL).finditer(b"\n" + data if begins else data):
        before, after = match.groups()
        if before is None or (not header and b"static" in before and _STATIC.search(before)):
            continue
        last = before.rsplit(None, 1)[-1].rpartition(b"*")[2]
        if last:
            yield last, match.start() + behind
        # An attribute or a macro with arguments may stand before the name.
        for name in _NAME.findall(after) if b"(" in after else ():
            yield name, match.start() + behind


def _definition(data: bytes, start: int) -> bytes:
    """The definition that starts there, or more."""
    line = _ONE_LINE.match(data, start)
    if line is not None and line[0].count(b"{") == line[0].count(b"}"):
        return line[0]
    end = data.find(b"\n}", start)
    return data[start : end if end >= 0 else len(data)]


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
