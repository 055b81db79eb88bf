"""The code of any file of a tree, for questions that concern a few lines of each of many files."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import OrderedDict
from functools import cached_property
from operator import itemgetter
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from mmlint.callgraph.latest import Latest
from mmlint.callgraph.places import architecture, is_header, is_public
from mmlint.callgraph.scopes import Scope
from mmlint.source.patterns import DEFINED
from mmlint.source.sought import searched_part
from mmlint.syntax.conditions import in_words
from mmlint.syntax.deciding import decide_groups
from mmlint.syntax.directives import matching, taken_apart
from mmlint.syntax.limits import ParseGivenUp
from mmlint.syntax.lines import LineIndex
from mmlint.syntax.macros import MacroTable
from mmlint.syntax.outline import Outline, outline
from mmlint.syntax.parse import parse_function
from mmlint.syntax.regions import Regions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.callgraph.program import Program
    from mmlint.syntax.macros import Macro

_INCLUDE = re.compile(rb'#[ \t]*include[ \t]*"([^"\n]+)"')
_PARENTHESIS = re.compile(r"\s*\(")
_OPENED = re.compile(r"\n\{|\)\s*\{")
_BEHIND_DECLARED = re.compile(r"\s*[\[=;,_)]|[^\S\n]*\n")
_AT_MARGIN = re.compile(r"^[A-Za-z_]", re.MULTILINE)
_BEHIND_VALUES = frozenset((",", ")", "=", ";", "["))
_MOST_HEADERS = 1000
_MOST_REACHED = 200
"""Headers beside a file that are asked for its macros: more hold registers as a rule."""
_MOST_KEPT = 8 << 20
"""Bytes of source whose code is kept; it takes about three times as much."""
_MOST_KEPT_OF_MANY = 3 << 20
"""The same for a scope of many files."""


_MOST_NAMES = 10_000
"""Names of macros with several definitions of which it is kept which of them fit."""

_Fitting = tuple[tuple["Macro", ...], tuple["Macro", ...]]
"""The definitions of a macro, and those of them that fit."""


class Code:
    """One file: `text` is without comments, directives and what literals hold, length preserved.

    `bare` are its bytes.
    """

    def __init__(self, path: str, data: bytes, codes: Codes) -> None:
        self.path = path
        self.data = data
        self._codes = codes
        self._tree_macros = codes.macros
        self._masked, stripped = taken_apart(data)
        if codes.configuration is not None:
            stripped = decide_groups(stripped, codes.configuration).stripped
        self._stripped = stripped
        self.bare = stripped.code
        self.text = self.bare.decode("latin-1")
        self._chunks: dict[int, _Chunk] = {}
        self._near: dict[str, tuple[Macro, ...]] = {}

    @cached_property
    def lines(self) -> LineIndex:
        """The lines of the file."""
        return LineIndex(self.data)

    @cached_property
    def _regions(self) -> Regions:
        return Regions(self._stripped)

    def condition(self, offset: int) -> str:
        """What all `#if` around a byte offset ask for, in words; "" if there is none."""
        return in_words(self._regions.condition(offset))

    def condition_inside(self, offset: int, since: int) -> str:
        """What those ask for that begin behind the offset `since`."""
        return in_words(self._regions.condition(offset, since))

    @cached_property
    def macros(self) -> MacroTable:
        """The macros that the file itself defines."""
        return MacroTable([(self.path, self.data)])

    def lookup(self, name: str) -> tuple[Macro, ...]:
        """The definitions of a macro in the file itself, beside it, or in consulted files."""
        own = self._near.get(name)
        if own is None:
            own = self.macros.lookup(name) or self._codes.macros_beside(self.path, name)
            self._near[name] = own
        return own or self._codes.macros_for(self.path, name)

    def is_annotation(self, name: str) -> bool:
        """Whether a macro stands for attributes and nothing else."""
        return self._tree_macros.is_annotation(name) or self.macros.is_annotation(name)

    def is_decided(self, name: str) -> bool:
        """Whether `name` is a macro only in some configurations, in this file or another."""
        return any(
            self._codes.code(macro.path).condition(macro.start) for macro in self.lookup(name)
        )

    def has_function_macro(self, name: str) -> bool:
        """Whether a use of `name` with arguments is that of a macro."""
        return any(macro.params is not None for macro in self.lookup(name))

    def has_function(self, name: str) -> bool:
        """Whether the file defines a function, and no macro, of that name: it means no other."""
        if f"{name}(" not in self.text or self.macros.lookup(name):
            return False
        head = rf"^(?:[A-Za-z_][\w \t*]*[\s*])?{re.escape(name)}\([^;{{}}]*\)\s*\{{"
        return re.search(head, self.text, re.MULTILINE) is not None

    def definition_before(self, offset: int) -> tuple[int, str]:
        """Where the last `#define` up to a byte offset begins, and its name; -1 without any."""
        at = bisect_right(self._definitions, offset, key=itemgetter(0)) - 1
        return self._definitions[at] if at >= 0 else (-1, "")

    @cached_property
    def _definitions(self) -> list[tuple[int, str]]:
        return [(each.start(), each[1].decode()) for each in DEFINED.finditer(self.data)]

    def uses(self, name: str) -> Iterator[tuple[int, int]]:
        """Where a name stands, and the parenthesis behind it, -1 if there is none."""
        # Faster than a regular expression: most files do not have most names.
        at = self.text.find(name)
        while at >= 0:
            end = at + len(name)
            if not (_is_word(self.text[at - 1 : at]) or _is_word(self.text[end : end + 1])):
                behind = _PARENTHESIS.match(self.text, end)
                yield at, behind.end() - 1 if behind is not None else -1
            at = self.text.find(name, end)

    def scopes(self, offset: int) -> tuple[Scope, ...]:
        """The function around a byte offset in each selection of `#if` arms; () outside of any."""
        chunk = self._chunk(offset)
        site = chunk.outline.enclosing(offset - chunk.start)
        if site is None:
            return ()
        if site.start not in chunk.scopes:
            try:
                variants = parse_function(chunk.outline, site, self._tree_macros)
            except (ParseGivenUp, RecursionError):
                variants = ()
            scopes = tuple(Scope(self.path, variant, base=chunk.start) for variant in variants)
            chunk.scopes[site.start] = scopes
        return chunk.scopes[site.start]

    def is_inside(self, offset: int) -> bool:
        """Whether a byte offset lies in a function."""
        start = self.text.rfind("\n}", 0, offset) + 1
        if _OPENED.search(self.text, start, offset) is None:
            return False
        chunk = self._chunk(offset)
        return chunk.outline.enclosing(offset - chunk.start) is not None

    def may_be_local(self, name: str, offset: int) -> bool:
        """Whether a name at a byte offset may be a parameter or a local, at a glance."""
        at = self.text.rfind("\n}", 0, offset)
        while (at := self.text.find(name, at + 1, offset)) >= 0:
            if self.text[at + len(name) : at + len(name) + 2].strip()[:1] in _BEHIND_VALUES:
                return True
        return False

    def may_declare(self, name: str) -> bool:
        """Whether a name stands where a declaration at file scope has one, at a glance."""
        at = self.text.find(name)
        while at >= 0:
            before = self.text[at - 1 : at]
            if before.isspace() or before in "*,}":
                behind = _BEHIND_DECLARED.match(self.text, at + len(name))
                if behind is not None and self._is_declared(at, closed=behind[0].endswith(")")):
                    return True
            at = self.text.find(name, at + len(name))
        return False

    def _is_declared(self, at: int, *, closed: bool) -> bool:
        """Whether what begins at an offset may be declared by what stands in front of it.

        That is at the margin, or a star, the end of a type, or the first part of a use of a macro,
        which is `closed` behind the name.
        """
        text = self.text
        if not text[text.rfind("\n", 0, at) + 1].isspace():
            return True
        last = at - 1
        while last >= 0 and text[last].isspace():
            last -= 1
        if closed and text[last] == ",":
            opening = text.rfind("(", 0, last)
            begin = opening
            while begin > 0 and (text[begin - 1].isspace() or _is_word(text[begin - 1])):
                begin -= 1
            return _AT_MARGIN.search(text, max(begin - 1, 0), opening) is not None
        return text[last] in "*}" or text.endswith("const", 0, last + 1)

    def _chunk(self, offset: int) -> _Chunk:
        """The text from one brace at the margin to the next, which holds one function as a rule."""
        start = self.text.rfind("\n}", 0, offset) + 2
        end = self.text.find("\n}", offset)
        end = end + 2 if end >= 0 else len(self.text)
        known = self._chunks.get(start)
        if known is None:
            known = _Chunk(start, outline(self.path, self.data[start:end], self._tree_macros))
            if known.outline.losses:
                whole = Outline(
                    self.path, self.data, self._tree_macros, self._masked, self._stripped
                )
                known = _Chunk(0, whole)
            self._chunks[start] = known
        return known


def _is_word(text: str) -> bool:
    return text.isalnum() or text == "_"


class _Chunk:
    """The outline of a part of a file that begins at an offset."""

    def __init__(self, start: int, found: Outline) -> None:
        self.start = start
        self.outline = found
        self.scopes: dict[int, tuple[Scope, ...]] = {}


class Codes:
    """The code of the files of a tree, the last used ones kept."""

    def __init__(self, program: Program) -> None:
        self._read = program.contents
        self.without = program.without
        self.macros = program.macros
        self.configuration = program.configuration
        self._kept: OrderedDict[str, Code] = OrderedDict()
        self._size = 0
        self._room = _MOST_KEPT_OF_MANY if program.many else _MOST_KEPT
        self._headers: Latest[str, MacroTable] = Latest(_MOST_HEADERS)
        self._included: dict[str, tuple[str, ...]] = {}
        self._closures: Latest[str, tuple[str, ...]] = Latest(_MOST_HEADERS)
        self.arch = program.arch
        self._fitting: Latest[tuple[str, str], _Fitting] = Latest(_MOST_NAMES)

    def data(self, path: str) -> bytes:
        """The bytes of a file; none of one that cannot be read or is no C."""
        known = self._kept.get(path)
        if known is not None:
            return known.data
        return self._read(path)

    def included(self, path: str) -> tuple[str, ...]:
        """The headers that a file includes from beside it."""
        known = self._included.get(path)
        if known is None:
            names = dict.fromkeys(found[1] for found in matching(_INCLUDE, self.data(path)))
            beside = (normpath(join(dirname(path), name.decode())) for name in names)
            known = tuple(name for name in beside if self.data(name)) if names else ()
            self._included[path] = known
        return known

    def _reached(self, path: str) -> tuple[str, ...]:
        """The same, and what these include from beside them, the nearest first."""
        known = self._closures.get(path)
        if known is None:
            found = dict.fromkeys(self.included(path))
            for header in (todo := list(found)):
                fresh = [each for each in self.included(header) if each not in found]
                found |= dict.fromkeys(fresh)
                todo += fresh
            known = self._closures[path] = tuple(found)[:_MOST_REACHED]
        return known

    def macros_beside(self, path: str, name: str) -> tuple[Macro, ...]:
        """The definitions of a macro in the first header that a file includes from beside it."""
        for header in self._reached(path):
            table = self._headers.get(header)
            if table is None:
                data = searched_part(self.data(header))
                table = self._headers[header] = MacroTable([(header, data)])
            if table.defines(name):
                return table.lookup(name)
        return ()

    def macros_for(self, path: str, name: str) -> tuple[Macro, ...]:
        """The definitions of a macro that a file may mean which neither it nor its directory has.

        They are those of headers for all and for its architecture, if there are any.
        """
        found = self.macros.lookup(name)
        if len(found) <= 1:
            return found
        key = (name, architecture(path) or self.arch)
        known = self._fitting.get(key)
        # There are more of them when more files have been looked at.
        if known is None or known[0] is not found:
            own = [macro for macro in found if architecture(macro.path) in {"", key[1]}]
            headers = [macro for macro in own if is_header(macro.path)]
            public = [macro for macro in headers if is_public(macro.path)]
            known = self._fitting[key] = found, tuple(public or headers or own or found)
        return known[1]

    def code(self, path: str) -> Code:
        """The code of a file; of one that cannot be read there is none."""
        known = self._kept.get(path)
        if known is not None:
            self._kept.move_to_end(path)
            return known
        made = Code(path, self.data(path), self)
        self._kept[path] = made
        self._size += len(made.data)
        while self._size > self._room and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._size -= len(dropped.data)
        return made
