"""Who calls a function and what else its name is used for, over all files that are consulted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from mmlint.callgraph.addresses import values
from mmlint.callgraph.places import is_header, may_see
from mmlint.source.lookup import WordIndex, words_in
from mmlint.source.names import has_hyperscan, occurrences, word_places
from mmlint.source.search import holding
from mmlint.syntax.directives import definition_around
from mmlint.syntax.outline import DefinitionSite, Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mmlint.callgraph.definitions import Definitions
    from mmlint.callgraph.files import Files
    from mmlint.callgraph.outlines import Outlines
    from mmlint.callgraph.places import Places
    from mmlint.callgraph.reliance import Reliance

_DEFINITION = re.compile(rb"#[ \t]*define[ \t](?:[^\n]*\\\r?\n)*[^\n]*")
_CALLED = re.compile(rb"\s*\(")
_MOST_DEFINED = 200
"""Files whose definitions of macros are at hand."""
_DEEPEST = 3
"""Macros that call macros are followed so far."""
_ENTRY = "main"
"""Where a program begins: nobody calls it, and a file in five has a word with these letters."""
_MOST_PASSES = 20
"""After so many passes it would have been cheaper to look up all names at once."""


class Caller(msgspec.Struct, frozen=True):
    """A function that calls; not `direct` when a macro that it uses makes the call."""

    path: str
    site: DefinitionSite
    direct: bool


class Use(Reference, frozen=True):
    """A reference with the file that it is in."""

    path: str


class Uses:
    """Answers from the files that hold a name; which these are is looked up once a name."""

    def __init__(
        self,
        files: Files,
        outlines: Outlines,
        places: Places,
        definitions: Definitions,
        reliance: Reliance,
    ) -> None:
        self._reliance = reliance
        self._files = files
        self._outlines = outlines
        self._places = places
        self._definitions = definitions
        self._holding: dict[str, tuple[str, ...]] = {}
        self._expected: set[str] = set()
        self._above: dict[str, set[str]] = {}
        self._wrapping: dict[tuple[str, str], tuple[str, ...]] = {}
        self._defined: dict[str, bytes] = {}
        self._assembler: dict[str, bytes] | None = None
        self._words: WordIndex | None = None
        self._all_defined = False
        self._remembers = False

    def known(self) -> dict[str, list[str]]:
        """The files of all names that were looked for."""
        return self._words.known() if self._words is not None else {}

    def remember(self, known: Mapping[str, Iterable[str]], changed: Iterable[str]) -> None:
        """Take what was `known` before some files `changed`; little else will be asked for."""
        self._words = WordIndex(self._files.passing, self._places.for_callers)
        self._words.remember(known, changed)
        self._remembers = True

    def occurs(self, name: str) -> bool:
        """Whether some file holds `name` as a whole word."""
        self._look_up((name,))
        return bool(self._holding[name])

    def without(self, names: Iterable[str]) -> frozenset[str]:
        """Files of which it is known that they hold none of `names`."""
        if self._remembers:
            # No pass over all files told anything: to find those of a few names is cheap.
            held = holding(self._files.tree, tuple(names))
            return frozenset(self._places.for_callers).difference(*held.values())
        return self._words.without(names) if self._words is not None else frozenset()

    def callers(self, name: str, path: str, static: bool) -> tuple[Caller, ...]:
        """The functions that call `name` of the file `path`, in the order of files and lines."""
        found = self.nearest_callers(name, path, static)
        return tuple(sorted(found, key=lambda caller: (caller.path, caller.site.start)))

    def nearest_callers(self, name: str, path: str, static: bool) -> Iterator[Caller]:
        """The same, each once, found as they are asked for.

        Those that name it come first, by files and lines, then those that use a macro which does.
        """
        seen: set[tuple[str, DefinitionSite]] = set()
        files = sorted(self._users(name, path, static))
        direct = ((user, site) for user in files for site in self._calling(user, name))
        for by_name, found in ((True, direct), (False, self._through_macros(name, files))):
            for user, site in found:
                if (user, site) not in seen:
                    seen.add((user, site))
                    self.expect(user, (site,))
                    yield Caller(user, site, by_name)

    def references(self, name: str, path: str, static: bool) -> tuple[Use, ...]:
        """Every use of `name` in C that is no call: tables, attribute macros, callbacks."""
        found: list[Use] = []
        for user in self._users(name, path, static):
            outline = self._outlines.outline(user)
            if outline is None:
                continue
            told = {
                reference.offset: reference
                for reference in (*outline.references(name), *values(outline, name))
                if not _names_variable(outline.code, reference.offset)
            }
            for at in sorted(told):
                found.append(_located(told[at], user))
                around = outline.enclosing(at)
                if around is not None:
                    self._reliance.body(around.name)
        return tuple(found)

    def in_assembler(self, name: str, path: str, static: bool) -> tuple[Use, ...]:
        """The assembler files that name the function `name` of the file `path`."""
        sources = () if static else self._in_assembler(name)
        seeing = (at for at in sources if may_see(at, b"", path))
        return tuple(Use("assembler", at, "", 0, 0, at) for at in seeing)

    def expect(self, path: str, sites: Iterable[DefinitionSite]) -> None:
        """Functions of a file, whose callers may be asked for: look for all of them at once.

        Callers of the callers are asked for next, so what is above them in the file counts too.
        """
        if self._remembers:
            return
        outline = self._outlines.outline(path)
        if outline is None:
            return
        seen = self._above.setdefault(path, set())
        todo = {site.name: site.static for site in sites if site.name not in seen}
        while todo:
            name, static = todo.popitem()
            seen.add(name)
            if name != _ENTRY and (is_header(path) or not static):
                self._expected.add(name)
            above = {site.name: site.static for site in outline.using(name)}
            above |= dict.fromkeys(self._wrappers(path, name), True)
            todo |= {name: static for name, static in above.items() if name not in seen}

    def foresee(self, names: Iterable[str]) -> None:
        """Functions whose callers may be asked for, whatever is found elsewhere."""
        if not self._remembers:
            self._expected.update(names)

    def _look_up(self, names: Iterable[str]) -> None:
        """Find the files that hold `names`, and whatever else it is cheap to find with them."""
        wanted = sorted(name for name in names if name not in self._holding)
        if not wanted:
            return
        if self._words is None:
            self._words = WordIndex(self._files.passing, self._places.for_callers)
            if self._files.many and has_hyperscan():
                self._words.sketch(self._definitions.names())
        if not all(map(self._words.covers, wanted)):
            self._foresee(self._words)
        self._words.look_up(wanted)
        for name in wanted:
            self._holding[name] = self._words.files(name)
        self._outlines.harvest({path for name in wanted for path in self._holding[name]})

    def _foresee(self, words: WordIndex) -> None:
        """Let the next pass look for what is likely to be asked next: callers of callers."""
        words.expect(self._expected)
        self._expected.clear()
        if not self._all_defined and (words.passes >= _MOST_PASSES or not has_hyperscan()):
            self._all_defined = True
            words.expect_all(self._definitions.names())
            words.expect_all(self._outlines.macros.calling())

    def _users(self, name: str, home: str, static: bool) -> tuple[str, ...]:
        """The files in which `name` can mean the function in `home`."""
        self._reliance.word(name)
        if static and not is_header(home):
            return (home,)
        self._look_up((name,))
        return tuple(user for user in self._holding[name] if self._means(user, name, home))

    def _means(self, user: str, name: str, home: str) -> bool:
        if user == home:
            return True
        if not may_see(user, self._files.text(user) or b"", home):
            return False
        homes = self._definitions.homes(name, user)
        return not homes or home in homes

    def _calling(self, user: str, name: str) -> list[DefinitionSite]:
        """The functions of one file with a call of `name`."""
        word = name.encode(errors="replace")
        data = self._files.text(user) or b""
        if not any(_CALLED.match(data, at + len(word)) for at in occurrences(data, word)):
            return []
        outline = self._outlines.outline(user)
        if outline is None:
            return []
        sites = (outline.enclosing(at) for at in outline.calls(name))
        return list(dict.fromkeys(site for site in sites if site is not None))

    def _through_macros(
        self, name: str, files: Iterable[str]
    ) -> Iterator[tuple[str, DefinitionSite]]:
        """Functions of all files that use a macro of one of `files` that calls `name`.

        Then those that use a macro which uses such a macro, and so on.
        """
        level = [(name, tuple(files), frozenset((name,)))]
        for _ in range(_DEEPEST):
            above: list[tuple[str, tuple[str, ...], frozenset[str]]] = []
            for called, users, seen in level:
                every = [(home, macro) for home in users for macro in self._wrappers(home, called)]
                fresh = [(home, macro) for home, macro in every if macro not in seen]
                self._look_up({macro for home, macro in fresh if is_header(home)})
                for home, macro in fresh:
                    found = self._macro_users(macro, home)
                    for user in found:
                        yield from ((user, site) for site in self._calling(user, macro))
                    above.append((macro, found, seen | {macro}))
            level = above

    def _macro_users(self, macro: str, home: str) -> tuple[str, ...]:
        self._reliance.word(macro)
        if not is_header(home):
            return (home,)
        self._look_up((macro,))
        return tuple(
            user
            for user in sorted(self._holding[macro])
            if user == home or may_see(user, self._files.text(user) or b"", home)
        )

    def _wrappers(self, path: str, name: str) -> tuple[str, ...]:
        """The macros of a file whose definitions call `name`."""
        key = (path, name)
        known = self._wrapping.get(key)
        if known is None:
            data = self._files.text(path)
            word = name.encode(errors="replace")
            seems = data is not None and word in self._definitions_in(path, data)
            known = tuple(_macros_calling(data, name)) if data is not None and seems else ()
            self._wrapping[key] = known
        return known

    def _definitions_in(self, path: str, data: bytes) -> bytes:
        """The definitions of a file's macros: few of the names that it holds are in them."""
        known = self._defined.get(path)
        if known is None:
            if len(self._defined) >= _MOST_DEFINED:
                self._defined.clear()
            known = self._defined[path] = b"\n".join(_DEFINITION.findall(data))
        return known

    def _in_assembler(self, name: str) -> list[str]:
        if self._assembler is None:
            read = {path: self._files.text(path) for path in self._places.assembler}
            self._assembler = {path: data for path, data in read.items() if data}
        word = name.encode(errors="replace")
        return [
            path
            for path, data in self._assembler.items()
            if word in data and words_in(data, frozenset((word,)))
        ]


def _located(reference: Reference, path: str) -> Use:
    return Use(
        reference.kind, reference.name, reference.struct, reference.line, reference.offset, path
    )


def _names_variable(code: bytes, at: int) -> bool:
    """Whether the name at `at` is one of a variable or field: `(*name)(`, `.name =`."""
    return code[max(at - 40, 0) : at].rstrip().endswith((b"*", b".", b"->"))


def _macros_calling(data: bytes, name: str) -> Iterator[str]:
    """The names of the macros whose text has a call of `name`, each once."""
    seen = {name}
    for at in word_places(data, name.encode(errors="replace"), _CALLED):
        macro = definition_around(data, at)
        if macro and macro.end() <= at and macro[1].decode() not in seen:
            seen.add(macro[1].decode())
            yield macro[1].decode()
