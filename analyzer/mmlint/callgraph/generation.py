"""The functions that macros define at file scope, by file and by name."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mmlint.callgraph.latest import Latest
from mmlint.callgraph.places import is_header, is_public
from mmlint.source.names import occurrences
from mmlint.syntax.generated import Generated, Generators
from mmlint.syntax.macros import is_alias
from mmlint.syntax.substitution import bind, substituted

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from mmlint.callgraph.files import Files
    from mmlint.callgraph.includes import Includes
    from mmlint.callgraph.outlines import Outlines
    from mmlint.syntax.generated import Invocation
    from mmlint.syntax.macros import Macro
    from mmlint.syntax.outline import DefinitionSite, Outline

# A literal in front is found many times faster than the beginning of a line.
_AT_LINE_START = re.compile(rb"\n(?:static\s+)?([A-Za-z_]\w*)\s*\(")
_USE = re.compile(r"(\w+)\((\w+)\)")
_DEFINED_AS = re.compile(rb"#[ \t]*define[ \t]+\w+[ \t]+\Z")


_MOST_FILES = 60
"""Files whose generated functions are kept: each has a text of its own."""

_MOST_NAMED = 20_000
"""The same of names, with what uses in headers make of them."""


class GeneratedFunction(msgspec.Struct, frozen=True):
    """A function that an invocation at `line` of the file `path` defines.

    `condition` is what the `#if` around the invocation ask for. One that is `renamed` has its
    text in the file, and only its name from a macro.
    """

    path: str
    line: int
    condition: str
    made: Generated
    renamed: bool = False

    @property
    def name(self) -> str:
        """The function's name."""
        return self.made.site.name


class _Use(NamedTuple):
    """A use of a generator, at a line of a file, under the conditions of the `#if` around it."""

    path: str
    line: int
    condition: str
    invocation: Invocation


_Making = tuple[_Use, frozenset["Macro"]]
"""A use that makes a name, and the macros by which it does."""


class GeneratedFunctions:
    """Expands the generator macros of files, each file once."""

    def __init__(self, files: Files, outlines: Outlines, includes: Includes) -> None:
        self._files = files
        self._outlines = outlines
        self._includes = includes
        self._sources = includes.those(lambda path: not is_header(path))
        self._generators = Generators(outlines.macros, includes.sees)
        self._known: Latest[str, tuple[GeneratedFunction, ...]] = Latest(_MOST_FILES)
        self._names: dict[str, frozenset[str]] = {}
        self._index: defaultdict[str, list[_Making]] = defaultdict(list)
        self._told: Latest[str, defaultdict[str, list[_Making]]] = Latest(_MOST_FILES)
        # Most names that a use makes are made by the same macros.
        self._together: dict[frozenset[Macro], frozenset[Macro]] = {}
        self._made: Latest[tuple[str, str, int], tuple[GeneratedFunction, ...]]
        self._made = Latest(_MOST_NAMED)
        self._indexed = includes.none()
        self._own: Latest[str, defaultdict[str, list[GeneratedFunction]]] = Latest(_MOST_FILES)

    def of(self, path: str) -> tuple[GeneratedFunction, ...]:
        """The functions that macros define in a file, by line."""
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = self._expand(path)
        return known

    def made_at(self, line: int, path: str) -> tuple[GeneratedFunction, ...]:
        """Those that a macro defines at a line of a file; no other one of it is expanded."""
        known = self._known.get(path)
        if known is not None:
            return tuple(function for function in known if function.line == line)
        outline = self._outline(path)
        uses = self._uses(outline) if outline is not None else ()
        return tuple(self._functions([use for use in uses if use.line == line], None))

    def made_in(self, name: str, path: str) -> tuple[GeneratedFunction, ...]:
        """Those called `name` that macros define in a file; no other one of it is expanded."""
        if path in self._known or self._may_rename(name, path):
            return tuple(self._by_name(path).get(name, ()))
        uses = self._told.get(path)
        if uses is None:
            uses = self._told[path] = defaultdict(list)
            self._note(self._outline(path), uses)
        each = (self._of_use(name, use, macros) for use, macros in uses.get(name, ()))
        return tuple(chain.from_iterable(each))

    def named(self, name: str, user: str) -> tuple[GeneratedFunction, ...]:
        """Those called `name` of the file `user` itself, else of the headers that it includes."""
        if name in self._names_of(user):
            return tuple(self._by_name(user)[name])
        visible = self._includes.visible(user)
        fresh = visible - self._indexed
        if fresh:
            self._indexed |= visible
            for path in sorted(fresh):
                self._add(path)
        uses = [each for each in self._index.get(name, ()) if each[0].path in visible]
        return tuple(found for use, macros in uses for found in self._of_use(name, use, macros))

    def _of_use(
        self, name: str, use: _Use, macros: frozenset[Macro]
    ) -> tuple[GeneratedFunction, ...]:
        """What a use makes of one name."""
        key = (name, use.path, use.invocation.offset)
        known = self._made.get(key)
        if known is None:
            made = self._functions([use], macros)
            known = self._made[key] = tuple(each for each in made if each.name == name)
        return known

    def _names_of(self, path: str) -> frozenset[str]:
        """The names of the functions that macros define in a file, which are kept for longer."""
        known = self._names.get(path)
        if known is None:
            known = self._names[path] = frozenset(function.name for function in self.of(path))
        return known

    def _by_name(self, path: str) -> Mapping[str, list[GeneratedFunction]]:
        known = self._own.get(path)
        if known is None:
            known = self._own[path] = defaultdict(list)
            for function in self.of(path):
                known[function.name].append(function)
        return known

    def _add(self, path: str) -> None:
        """Note who makes which names in a header: what nobody asks for is never expanded."""
        if is_header(path) and self._may_generate(path):
            self._note(self._outline(path), self._index)

    def _note(self, outline: Outline | None, names: defaultdict[str, list[_Making]]) -> None:
        """Add the names that the uses of a file make."""
        for use in self._uses(outline) if outline is not None else ():
            for name, macros in self._generators.names(use.path, use.invocation).items():
                together = frozenset(macros)
                names[name].append((use, self._together.setdefault(together, together)))

    def _expand(self, path: str) -> tuple[GeneratedFunction, ...]:
        outline = self._outline(path)
        if outline is None:
            return ()
        return (*self._functions(self._uses(outline), None), *self._renamed(path, outline))

    def _outline(self, path: str) -> Outline | None:
        if not is_public(path):
            # Who includes the file may define the macros that it uses.
            self._outlines.harvest(self._includes.visible(path) & self._sources.all())
        return self._outlines.outline(path)

    def _uses(self, outline: Outline) -> Iterator[_Use]:
        for use in self._generators.invocations(outline):
            condition = outline.condition_in(None, use.offset)
            yield _Use(outline.path, outline.lines.line(use.offset), condition, use)

    def _functions(
        self, uses: Iterable[_Use], within: Container[Macro] | None
    ) -> Iterable[GeneratedFunction]:
        """What some uses in a file define, by all macros or by some, each function once."""
        found: dict[tuple[str, int, bytes], GeneratedFunction] = {}
        for use in uses:
            for made in self._generators.functions(use.path, use.invocation, within):
                function = GeneratedFunction(use.path, use.line, use.condition, made)
                text = made.outline.code[made.site.start : made.site.end]
                # Definitions of one macro for several configurations often agree.
                found.setdefault((function.name, use.line, text), function)
        return found.values()

    def _renamed(self, path: str, outline: Outline) -> Iterator[GeneratedFunction]:
        """The functions of a file under the names that macros give to them.

        Only a source renames what is not written in capitals: in headers and in the other arm of
        an `#if` stands what people use instead of the function.
        """
        for site in outline.definitions:
            for name, macro in self._other_names(path, site):
                named = msgspec.structs.replace(site, name=name)
                made = Generated(outline, named, (macro,))
                yield GeneratedFunction(path, site.line, site.condition, made, True)

    def _other_names(self, path: str, site: DefinitionSite) -> Iterator[tuple[str, Macro]]:
        """The names that a macro makes of the name, or of the use, that stands in a header."""
        use = _USE.fullmatch(site.name)
        if use is not None and not site.generator:
            for macro in self._outlines.macros.lookup(use[1]):
                if macro.params is not None and macro.path in self._includes.visible(path):
                    yield substituted(macro.body, bind(macro.params, [use[2]])), macro
        elif not is_header(path):
            for macro in self._outlines.macros.lookup(site.name):
                if is_alias(macro) and self._renames(macro, path):
                    yield macro.body, macro

    def _renames(self, macro: Macro, path: str) -> bool:
        """Whether a macro gives another name to functions of the source `path`."""
        return (
            not macro.body.isupper()
            and (macro.name.isupper() or not is_header(macro.path))
            and self._includes.sees(path, macro.path)
        )

    def _may_rename(self, name: str, path: str) -> bool:
        """Whether a macro near a source may give `name` to a function of it."""
        if is_header(path):
            return False
        word = name.encode(errors="replace")
        return any(
            _DEFINED_AS.search(text, text.rfind(b"\n", 0, at) + 1, at) is not None
            for home in (path, *self._includes.compiled_with(path))
            if (text := self._files.text(home) or b"")
            for at in occurrences(text, word)
        )

    def _may_generate(self, path: str) -> bool:
        """Whether a line of the file begins with such a macro; cheaper than an outline."""
        data = self._files.text(path) or b""
        words = set(_AT_LINE_START.findall(b"\n" + data))
        return any(self._generators.makes_functions(word.decode()) for word in words)
