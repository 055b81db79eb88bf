"""The program as the analysis asks about it: functions, definitions, callers, on demand."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from mmlint.callgraph.definitions import Definitions
from mmlint.callgraph.files import Files, Gaps
from mmlint.callgraph.includes import Includes
from mmlint.callgraph.looked_up import LookedUp
from mmlint.callgraph.makefiles import Makefiles
from mmlint.callgraph.mentions import Mentions
from mmlint.callgraph.outlines import Outlines
from mmlint.callgraph.places import DEFAULT_ARCHITECTURE, Places, architecture, is_header
from mmlint.callgraph.reliance import Reliance
from mmlint.callgraph.uses import Caller, Use, Uses
from mmlint.source.lookup import WordIndex, words_in
from mmlint.source.patterns import DEFINE
from mmlint.syntax.outline import DefinitionSite

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from mmlint.callgraph.elsewhere import Elsewhere
    from mmlint.callgraph.extraction import Extraction
    from mmlint.callgraph.generation import GeneratedFunctions
    from mmlint.callgraph.indirect import Indirect
    from mmlint.callgraph.mentions import Telling
    from mmlint.callgraph.targets import Targets
    from mmlint.model import NotAnalysed
    from mmlint.source.config import Configuration
    from mmlint.source.tree import Tree
    from mmlint.syntax.macros import MacroTable
    from mmlint.syntax.nodes import FunctionDef
    from mmlint.syntax.outline import Outline

__all__ = ["Caller", "Located", "Program", "Use"]

Located = tuple[str, DefinitionSite]
"""A function with the file that it is in."""


class Program:
    """A tree of which the files `scope` are analysed and the others consulted.

    Nothing is read before it is needed, and no answer raises for what a file holds: what could
    not be read or parsed is in `not_analysed`. `progress` is told what takes a while.

    What a `configuration` leaves out is not there. `arch` names the architecture that generic code
    is compiled for; without one all are consulted. Raises `UnknownArchitecture`.
    `reliance` notes what is asked for, once it is told to.
    """

    def __init__(
        self,
        tree: Tree,
        scope: Sequence[str],
        progress: Callable[[str], None] | None = None,
        mark: bytes | None = None,
        *,
        configuration: Configuration | None = None,
        arch: str | None = None,
    ) -> None:
        self.reliance = Reliance()
        self._say = progress or (lambda _: None)
        self._gaps = Gaps(frozenset(scope))
        self._files = Files(tree, scope, self._gaps, mark)
        places = Places(tree, scope, arch)
        makefiles = Makefiles(self._files, places.arch)
        self._outlines = Outlines(self._files, places, makefiles, configuration, self._say)
        self._definitions = Definitions(self._files, self._outlines, places)
        self._uses = Uses(self._files, self._outlines, places, self._definitions, self.reliance)
        read = self._definitions.passing if self.many else self._files.passing
        self._words = WordIndex(read, self._files.scope)
        self._mentions: Mentions[DefinitionSite] = Mentions()
        self._naming: Mentions[str] = Mentions()
        self._edited: frozenset[str] = frozenset()
        self._tree = tree
        self._asked_arch = arch
        self.configuration = configuration
        self._includes = Includes(self._files, arch or DEFAULT_ARCHITECTURE, makefiles)
        self._remembers = False

    def part(self, scope: Sequence[str]) -> Program:
        """A program of the same tree that reads it in the same way, with a scope of its own."""
        arch, configuration = self._asked_arch, self.configuration
        return Program(self._tree, scope, configuration=configuration, arch=arch)

    @property
    def scope(self) -> tuple[str, ...]:
        """The files that are analysed."""
        return self._files.scope

    @property
    def many(self) -> bool:
        """Whether so many files are analysed that whatever looks at all of them shows."""
        return self._files.many

    @property
    def arch(self) -> str:
        """The architecture that generic code is compiled for."""
        return self._includes.arch

    @cached_property
    def generated(self) -> GeneratedFunctions:
        """The functions that macros define."""
        from mmlint.callgraph.generation import GeneratedFunctions

        return GeneratedFunctions(self._files, self._outlines, self._includes)

    @cached_property
    def targets(self) -> Targets:
        """What names stand for, as nodes of the graph."""
        from mmlint.callgraph.targets import Targets

        return Targets(self._outlines, self._definitions, self.generated, self._includes)

    @cached_property
    def calls(self) -> Extraction:
        """What functions and macros call, as edges of the graph."""
        from mmlint.callgraph.extraction import Extraction

        return Extraction(self._outlines, self.targets)

    @cached_property
    def indirect(self) -> Indirect:
        """What calls through structures and parameters may mean."""
        from mmlint.callgraph.indirect import Indirect

        return Indirect(self, self._tree, self._includes)

    @cached_property
    def elsewhere(self) -> Elsewhere:
        """Definitions in files that are not consulted otherwise."""
        from mmlint.callgraph.elsewhere import Elsewhere

        return Elsewhere(self._tree, self._outlines, self.targets, self._includes)

    @property
    def macros(self) -> MacroTable:
        """The macros of the tree's headers and of every file that was looked at."""
        return self._outlines.macros

    def prepare(self) -> None:
        """Look up now what every question needs, before processes share the work."""
        if self._remembers:
            return
        self._definitions.names()
        self._uses.occurs("")
        if self.many:
            self.indirect.begin()

    def remember(self, known: LookedUp) -> None:
        """Take what an earlier run looked up as found here; of its files only the stale are read.

        It was of this scope of the same tree, with the same files.
        """
        self._remembers = True
        self._files.remember((known.read, known.lines), known.marked, set(known.stale))
        self._words.remember(known.named, known.stale)
        self._uses.remember(known.used, known.stale)
        self._definitions.remember(known.defined, known.stale)
        self._mentions.remember(known.mentions, known.stale)
        self._naming.remember(known.naming, known.stale)
        self._edited = frozenset(known.edited)

    def looked_up(self) -> LookedUp:
        """What was looked up in many files until now, but for how many there are."""
        return LookedUp(
            self._words.known(),
            self._uses.known(),
            self._definitions.known(),
            mentions=self._mentions.known(),
            naming=self._naming.known(),
        )

    def in_scope(self, path: str) -> bool:
        """Whether the file is one of those that are analysed."""
        return self._files.in_scope(path)

    def contents(self, path: str) -> bytes:
        """The bytes of a file of the tree; none of one that cannot be read or is no C."""
        return self._files.consulted(path)

    @property
    def not_analysed(self) -> list[NotAnalysed]:
        """What could not be read or parsed until now, each once, in the order of files."""
        return self._gaps.sorted()

    @property
    def marked(self) -> list[str]:
        """The files of the scope that hold the bytes `mark`, noted while they were read."""
        return self._files.marked()

    @property
    def files_read(self) -> int:
        """How many files of the scope could be read."""
        return self._files.count()[0]

    @property
    def lines(self) -> int:
        """The lines of the files of the scope that could be read."""
        return self._files.count()[1]

    def known_names(self) -> Iterator[str]:
        """What the consulted files seem to define for others."""
        for name in self._definitions.names():
            yield name.decode(errors="replace")

    def outline(self, path: str) -> Outline | None:
        """What is known of a file without parsing it; None when it cannot be read or is no C."""
        return self._outlines.outline(path)

    def expect(self, names: Collection[str]) -> None:
        """`mentioning` will be asked for `names`: one pass over the files is to answer for all."""
        self._words.expect(names)

    def foresee(self, names: Iterable[str]) -> None:
        """`callers` will be asked for functions of these names: the same for all that is read."""
        self._uses.foresee(names)

    def mentioning(
        self, names: Collection[str], telling: Telling | None = None
    ) -> Iterator[tuple[str, DefinitionSite]]:
        """The functions of the scope in whose code one of `names` is a word, by file and line.

        Files without any of them are read and nothing more. Of many functions only those may be
        meant of which a look at the text is `telling` so.
        """
        kind = f"mentioning {telling.question}" if telling is not None else "mentioning"
        meant = telling.meant if telling is not None else None
        return self._mentioning(_question(kind, names), names, lambda _path, held: held, meant)

    def handed(self, names: Collection[str]) -> Iterator[tuple[str, DefinitionSite]]:
        """The same, and the functions that get at one of `names` by way of a macro.

        A macro of another architecture that has the name of one or of a function is not meant.
        """
        macros = self.macros_naming(names)
        # Only its own file means what a source file defines.
        public = {macro for macro, homes in macros.items() if any(map(is_header, homes))}
        private: defaultdict[str, set[str]] = defaultdict(set)
        for macro in macros.keys() - public:
            for home in macros[macro]:
                private[home].add(macro)
        known: dict[tuple[str, str], bool] = {}

        def leads(macro: str, path: str) -> bool:
            own = self.outline(path)
            home = path if own is not None and own.named(macro) else architecture(path)
            if (macro, home) not in known:
                known[macro, home] = False
                texts = self._definitions.texts(macro, path)
                held = {word.decode() for text in texts for word in words_in(text, sought)}
                further = held - {macro, *names}
                known[macro, home] = not held.isdisjoint(names) or any(
                    leads(name, path) for name in sorted(further)
                )
            return known[macro, home]

        def meant(path: str, held: frozenset[str]) -> frozenset[str]:
            every = held | private.get(path, frozenset())
            return frozenset(name for name in every if name in names or leads(name, path))

        sought = frozenset(name.encode() for name in (*names, *macros))
        self.reliance.lists(macros)
        asked = {*names, *public}
        question = _question("handed", asked)
        if not self._edited.isdisjoint(macros):
            # Whether a macro is meant or a function of its name is told by the text of both.
            self._mentions.forget(question)
        return self._mentioning(question, asked, meant)

    def _mentioning(
        self,
        question: str,
        names: Collection[str],
        meant: Callable[[str, frozenset[str]], frozenset[str]],
        tells: Callable[[bytes], bool] | None = None,
    ) -> Iterator[tuple[str, DefinitionSite]]:
        self._say(f"searching the files of the scope ({len(self._files.scope):,})")
        self.reliance.lists(names)
        hits = self._words.holding(names)
        self._outlines.harvest(hits)

        def found(path: str) -> list[DefinitionSite]:
            outline = self.outline(path)
            sites = _using(outline, meant(path, hits[path])) if outline is not None else []
            if tells is None or outline is None:
                return sites
            return [site for site in sites if tells(outline.code_of(site))]

        for path in hits:
            sites = self._mentions.of(question, path, found)
            self._uses.expect(path, sites)
            for site in sites:
                yield path, site
        self._mentions.finish(question)

    def macros_naming(self, names: Collection[str]) -> dict[str, set[str]]:
        """The function-like macros of the scope's files in whose body one of `names` is a word.

        With each come the files that define it so.
        """
        words = b"|".join(re.escape(name.encode()) for name in sorted(names))
        body = re.compile(
            DEFINE + rb"(\w+)\((?:[^\\\n]|\\\r?\n|\\.)*?\b(?:" + words + rb")\b",
            re.MULTILINE,
        )
        question = _question("macros", names)

        def naming(path: str) -> list[str]:
            return [name.decode() for name in body.findall(self._files.searchable(path) or b"")]

        def defined(paths: Iterable[str]) -> dict[str, set[str]]:
            found: defaultdict[str, set[str]] = defaultdict(set)
            for path in paths:
                for macro in self._naming.of(question, path, naming):
                    found[macro].add(path)
            return {macro: homes for macro, homes in found.items() if macro not in names}

        # Whoever asks for these macros asks next for those who use what headers define.
        self._words.look_up_in_turn(names, is_header, defined)
        found = defined(self._words.holding(names))
        self._naming.finish(question)
        return found

    def parse(self, path: str, site: DefinitionSite) -> tuple[FunctionDef, ...]:
        """The function at `site` in each selection of `#if` arms; () when that was given up."""
        self.reliance.body(site.name)
        return self._outlines.parse(path, site)

    def definitions(self, name: str, from_path: str) -> tuple[FunctionDef, ...]:
        """What a call of `name` in the file `from_path` may mean; () when nothing is known.

        A definition of the same file wins, then come a macro of that file, functions of other
        files (the same directory's, else the same architecture's, else all), and other macros.
        Stubs are left out where there is a real body.
        """
        found = self._definitions.definitions(name, from_path)
        self.reliance.body(name)
        for function in found:
            self.reliance.body(function.name)
        return found

    def weighed(
        self, name: str, from_path: str, weigh: Callable[[bytes], int]
    ) -> Iterator[tuple[FunctionDef, int]]:
        """The `definitions` with what they weigh by their unparsed texts, the `WANTED` first.

        Of many none is parsed before it is asked for; of a few all are wanted.
        """
        self.reliance.body(name)
        return self._definitions.weighed(name, from_path, weigh)

    def texts(self, name: str, from_path: str) -> list[bytes]:
        """The unparsed text of all that a call of `name` in `from_path` may mean, or of more."""
        self.reliance.body(name)
        return self._definitions.texts(name, from_path)

    def without(self, names: Iterable[str]) -> frozenset[str]:
        """Files of which it is known, without a look at them, that they hold none of `names`."""
        return self._uses.without(names)

    def has(self, name: str) -> bool:
        """Whether any consulted file holds `name` as a word, or a macro is called that."""
        return bool(self.macros.lookup(name)) or self._uses.occurs(name)

    def callers(self, name: str, path: str, static: bool) -> tuple[Caller, ...]:
        """The functions that call `name` as defined in `path`, by file and line."""
        return self._uses.callers(name, path, static)

    def nearest_callers(self, name: str, path: str, static: bool) -> Iterator[Caller]:
        """The same, found as they are asked for, those that do so by way of a macro last."""
        return self._uses.nearest_callers(name, path, static)

    def references(self, name: str, path: str, static: bool) -> tuple[Use, ...]:
        """The uses in C of the function `name` of `path` other than calls.

        The kinds are those of `Reference`, and ``argument`` (handed to the function `name`) and
        ``address`` (any other use as a value in a body).
        """
        return self._uses.references(name, path, static)

    def in_assembler(self, name: str, path: str, static: bool) -> tuple[Use, ...]:
        """The uses of the function `name` of `path` in assembler; the name of each is the file."""
        return self._uses.in_assembler(name, path, static)


def _question(kind: str, names: Iterable[str]) -> str:
    return " ".join((kind, *sorted(names)))


def _using(outline: Outline, names: Collection[str]) -> list[DefinitionSite]:
    sites = {site for name in names for site in outline.using(name)}
    return sorted(sites, key=lambda site: site.start)
