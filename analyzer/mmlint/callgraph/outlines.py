"""Outlines and parsed functions of a tree's files, each made when it is asked for."""

from __future__ import annotations

import re
from collections import OrderedDict
from functools import cached_property, partial
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, NamedTuple

from mmlint.callgraph.places import architecture
from mmlint.source.kconfig import always_set
from mmlint.source.names import words_in
from mmlint.source.sought import searched_part
from mmlint.syntax.glance import Glance
from mmlint.syntax.limits import ParseGivenUp
from mmlint.syntax.macros import MacroTable
from mmlint.syntax.outline import apart, outline
from mmlint.syntax.parse import parse_function, parse_macro

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mmlint.callgraph.files import Files
    from mmlint.callgraph.makefiles import Makefiles
    from mmlint.callgraph.places import Places
    from mmlint.source.config import Configuration
    from mmlint.syntax.macros import Macro
    from mmlint.syntax.nodes import FunctionDef
    from mmlint.syntax.outline import Apart, DefinitionSite, Outline


class _Room(NamedTuple):
    """Bytes of source of which something is kept, the last used ones.

    An outline takes a third as much as its source, its text twice and parsed functions twenty
    times as much.
    """

    outlines: int
    texts: int
    parsed: int


_ROOM = _Room(128 << 20, 32 << 20, 3 << 20)
_ROOM_OF_MANY = _Room(64 << 20, 6 << 20, 1 << 20)
"""The same for a scope of many files; to make them again takes one second in twenty."""

_MOST_GLANCED = 16 << 20
"""Bytes of source that are kept for a further glance."""

_MOST_GLANCES = 4
"""So many names are looked for in a file before all that it defines is."""

_INCLUDED = b'include "'
_INCLUDE = re.compile(rb'#[ \t]*include[ \t]*"([^"\n]+)"')
_PUBLIC = "include/"
_ANGLED = re.compile(rb"#[ \t]*include[ \t]*<([^>\n]+)>")


class Outlines:
    """What is known of files and functions; `say` is told what takes a while."""

    def __init__(
        self,
        files: Files,
        places: Places,
        makefiles: Makefiles,
        configuration: Configuration | None,
        say: Callable[[str], None],
    ) -> None:
        self._say = say
        self._files = files
        self._room = _ROOM_OF_MANY if files.many else _ROOM
        self._configuration = configuration
        self._places = places
        self._kept: OrderedDict[str, Outline] = OrderedDict()
        self._size = 0
        self._texts: OrderedDict[str, int] = OrderedDict()
        self._texts_size = 0
        self._glances: OrderedDict[str, Glance] = OrderedDict()
        self._glanced = 0
        self._harvested: set[str] = set()
        self._makefiles = makefiles
        self._architectures: set[str] = set()
        self._parsed: OrderedDict[tuple[str, int, int], tuple[FunctionDef, ...]] = OrderedDict()
        self._parsed_size = 0
        self._macros_parsed: dict[Macro, FunctionDef | None] = {}

    def outline(self, path: str) -> Outline | None:
        """The outline of a file; None when it cannot be read or is no C."""
        known = self._kept.get(path)
        if known is not None:
            self._kept.move_to_end(path)
            if path in self._texts:
                self._texts.move_to_end(path)
            return known
        data = self._files.text(path)
        if data is None:
            return None
        self.harvest((path,))
        found = outline(path, data, self.macros, self._configuration)
        # The headers of files that are only consulted are not all read.
        in_scope = self._files.in_scope(path)
        for line, reason in found.losses if in_scope else found.block_losses:
            self._files.gaps.add(path, reason, line=line)
        self._keep(found)
        return found

    def named(self, path: str, name: str) -> tuple[DefinitionSite, ...]:
        """The definitions of a name in a file; of a file that is asked once no more is read."""
        if path in self._kept or not self._may_glance(path):
            known = self.outline(path)
            return known.named(name) if known is not None else ()
        glance = self._glances.get(path) or self._glance(path)
        if glance is None or not glance.spells(name):
            return ()
        found = glance.definitions(name) if glance.count < _MOST_GLANCES else None
        if found is None:
            known = self.outline(path)
            found = known.named(name) if known is not None else ()
        return found

    def spelled(self, path: str, names: frozenset[bytes]) -> list[str]:
        """Those of many names that a file holds as words, sorted."""
        return sorted(map(bytes.decode, words_in(self._files.text(path) or b"", names)))

    def _glance(self, path: str) -> Glance | None:
        data = self._files.text(path)
        if data is None:
            return None
        self.harvest((path,))
        made = self._glances[path] = Glance(path, data, self.macros)
        self._glanced += len(data)
        while self._glanced > _MOST_GLANCED and len(self._glances) > 1:
            _, dropped = self._glances.popitem(last=False)
            self._glanced -= dropped.size
        return made

    def _may_glance(self, path: str) -> bool:
        """Whether an outline would tell no more: what a scope lacks is reported."""
        return self._configuration is None and not self._files.in_scope(path)

    def harvest(self, paths: Iterable[str]) -> None:
        """Learn the macros that are in use in some files.

        To do so for many files at once is cheaper, as each file makes what was derived stale.
        """
        todo = list(paths)
        while todo:
            path = todo.pop()
            if path in self._harvested:
                continue
            self._harvest_each((path,), self.macros)
            arch = architecture(path)
            if arch and arch not in self._architectures:
                self._architectures.add(arch)
                self._harvest_each(self._places.headers_of(arch), self.macros)
            todo += self._included(path)

    def parse(self, path: str, site: DefinitionSite) -> tuple[FunctionDef, ...]:
        """The function at `site` in each selection of `#if` arms; () when that was given up."""
        key = (path, site.start, site.variant)
        known = self._parsed.get(key)
        if known is not None:
            self._parsed.move_to_end(key)
            return known
        known = self._parsed[key] = self._parse(path, site)
        self._parsed_size += sum(function.end - function.start for function in known)
        while self._parsed_size > self._room.parsed and len(self._parsed) > 1:
            _, dropped = self._parsed.popitem(last=False)
            self._parsed_size -= sum(function.end - function.start for function in dropped)
        return known

    def parse_macro(self, macro: Macro) -> FunctionDef | None:
        """The body of a macro as a function; None when there is nothing in it."""
        if macro not in self._macros_parsed:
            try:
                self._macros_parsed[macro] = parse_macro(macro, self.macros)
            except (ParseGivenUp, RecursionError):
                self._macros_parsed[macro] = None
        return self._macros_parsed[macro]

    def _parse(self, path: str, site: DefinitionSite) -> tuple[FunctionDef, ...]:
        known = self.outline(path)
        if known is None:
            return ()
        gaps = self._files.gaps
        try:
            found = parse_function(known, site, self.macros)
        except ParseGivenUp as error:
            gaps.add(path, str(error), site.name, site.line)
            return ()
        except RecursionError:
            gaps.add(path, "nested too deeply", site.name, site.line)
            return ()
        losses = max((function.losses for function in found), default=0)
        if losses:
            what = "1 construct" if losses == 1 else f"{losses} constructs"
            gaps.add(path, f"{what} not parsed", site.name, site.line)
        return found

    def _keep(self, found: Outline) -> None:
        self._kept[found.path] = found
        found.release(partial(self._bytes, found.path, found.size))
        self._size += found.size
        self._note_text(found.path, found.size)
        while self._size > self._room.outlines and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def _drop(self, path: str) -> None:
        self._size -= self._kept.pop(path).size
        self._texts_size -= self._texts.pop(path, 0)

    def _note_text(self, path: str, size: int) -> None:
        """An outline has its text: of those that have it longest the texts are shed."""
        self._texts[path] = size
        self._texts_size += size
        while self._texts_size > self._room.texts and len(self._texts) > 1:
            oldest, length = next(iter(self._texts.items()))
            source = partial(self._apart, oldest, length)
            if self._kept[oldest].shed(source, alone=self._configuration is None):
                self._texts_size -= self._texts.pop(oldest)
            else:
                self._drop(oldest)

    def _apart(self, path: str, size: int) -> Apart:
        """The text of a file again."""
        if path in self._kept and path not in self._texts:
            self._note_text(path, size)
        return apart(self._bytes(path, size), self._configuration)

    def _bytes(self, path: str, size: int) -> bytes:
        """The contents of a file again; of one that changed meanwhile blanks."""
        data = self._files.text(path)
        return data if data is not None and len(data) == size else b" " * size

    @cached_property
    def macros(self) -> MacroTable:
        """All macros that are known; there are more with each file that is looked at."""
        self._say("reading the macros of the tree")
        table = MacroTable(configuration=self._configuration, read=self._files.text)
        self._harvest_each(self._places.for_macros, table)
        return table

    def _harvest_each(self, paths: Iterable[str], table: MacroTable) -> None:
        for path in paths:
            if path not in self._harvested:
                self._harvested.add(path)
                known = self._files.known_macros(path)
                if known is not None:
                    table.add_known(path, known)
                else:
                    self._read_macros(path, table)

    def _read_macros(self, path: str, table: MacroTable) -> None:
        data = self._files.text(path)
        if data is not None:
            # Registers of devices are millions of macros that nobody calls.
            macros = table.add(path, searched_part(data))
            self._files.tree.note_macros(path, macros)

    def _included(self, path: str) -> list[str]:
        """The headers that a file includes from beside it, or from where a makefile points to."""
        headers = [self._header(name, path) for name in sorted(map(_text, self._quoted(path)))]
        if self._makefiles.point_from(dirname(path)):
            angled = map(_text, _ANGLED.findall(self._files.text(path) or b""))
            private = (name for name in angled if f"{_PUBLIC}{name}" not in self._harvested)
            headers += [self._makefiles.find(name, path) for name in private]
        return [header for header in headers if header and header not in self._harvested]

    def _quoted(self, path: str) -> tuple[bytes, ...]:
        """What a file includes in quotes, each once."""
        known = self._files.tree.known_included(path)
        if known is not None:
            return known
        data = self._files.text(path)
        if data is None:
            return ()
        found = tuple({*_INCLUDE.findall(data)})
        self._files.tree.note_included(path, found)
        return found

    def possible(self, macro: Macro) -> bool:
        """Whether the architecture may have a definition: not beside what it always has."""
        asked = self.macros.condition(macro)
        return "!" not in asked or self._refused.isdisjoint(asked.split(" && "))

    @cached_property
    def _refused(self) -> frozenset[str]:
        """The conditions that hold in no configuration of the architecture."""
        text = self._files.consulted(f"arch/{self._places.arch}/Kconfig")
        return frozenset(f"!CONFIG_{name}" for name in always_set(text.decode(errors="replace")))

    def included_in(self, path: str, site: DefinitionSite) -> Iterator[Outline]:
        """The files that are included in the body of a function."""
        data = self._files.text(path) or b""
        if data.find(_INCLUDED, site.body, site.end) >= 0:
            for found in _INCLUDE.findall(data, site.body, site.end):
                header = self._header(_text(found), path)
                outlined = self.outline(header) if header is not None else None
                if outlined is not None:
                    yield outlined

    def _header(self, name: str, user: str) -> str | None:
        beside = normpath(join(dirname(user), name))
        if not beside.startswith(("..", "/")) and self._files.is_file(beside):
            return beside
        return self._makefiles.find(name, user)


def _text(name: bytes) -> str:
    return name.decode(errors="replace")
