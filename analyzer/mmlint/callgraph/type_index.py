"""Where in some directories types, external variables and prototypes are, found in one search."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Container
from functools import cached_property, partial
from posixpath import dirname
from typing import TYPE_CHECKING

from mmlint.callgraph.found_lines import FoundLines
from mmlint.source.patterns import any_of
from mmlint.source.search import lines
from mmlint.source.walk import C_SUFFIXES
from mmlint.syntax.structures import declaration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mmlint.source.search import Hit
    from mmlint.source.tree import Tree
    from mmlint.syntax.structures import Declared

# One alternation behind one anchor: what does not begin a line so is passed over at once.
_HEADS = (
    rb"^(?:%stypedef\b|(?:struct|union)\s+\w+\s*(?:__\w+\s*)*(?:\{|$)"
    rb"|\s+(?:const\s+)?(?:struct|union)\s+\w+\s*(?:\{|$)|\} *\w)"
)
_TYPES = _HEADS % b""
_TYPES_AND_VARIABLES = _HEADS % rb"extern\b|"
# Of these lines those that say something of a name, and some more.
_ABOUT = (
    rb"^(?:(?:typedef|extern)\b.*\b%s\b|\s*(?:const\s+)?(?:struct|union)\s+%s\b"
    rb"|\} *%s\b|\} *\w.*\b%s\b)"
)
_OUTER = (b"typedef", b"extern")
_TAG = re.compile(
    rb"\s*(?:(?:typedef|extern|const)\s+)*(?:struct|union)\s+(\w+)\s*(?:__\w+\s*)*(?:\{|$)"
)
_NAMED = re.compile(rb"\b(?:struct|union)[^\S\n]+(\w+)")
# Of a type that has a name it may begin on the same line.
_CLOSING = re.compile(rb"(?:typedef\b.*)?\}([^;=(]*?\w)\s*(?:__\w+(?:\([^()]*\))?\s*)*;")
_LAST_WORDS = re.compile(rb"(\w+)\s*(?:,|$)")
_ALIAS = re.compile(rb"typedef\s+(?:const\s+)?(?:struct|union)\s+(\w+)\s+(\w+)\s*;")
_POINTED = re.compile(rb"\(\s*\*+\s*(?:const\s+)?(\w+)\s*[\[)]")
_FUNCTION = re.compile(rb"^typedef\b(?:[^(]*\(\s*(\w+)\s*\)\s*\(|[^(]*?(\w+)\s*\()")
_EXTERNAL_FUNCTION = re.compile(rb"extern\b[^(\[=]*?\b(?!__)\w+\s*\((?!\s*\*)")
_DECLARED = re.compile(rb"(?<!\[)\b([A-Za-z_]\w*)")
_BEFORE_LAST = re.compile(rb"(\w+)\s*(?:\[[^\]]*\]\s*)*,")
_RETURNING = (
    rb"^(?:extern\s+|static\s+|inline\s+|__\w+\s+)*(?:const\s+)?(?:struct|union)\s+\w+"
    rb"[^(=;]*\*\s*(?:__\w+\s+)*%s\s*\("
)
_PROTOTYPE = re.compile(r"(?:struct|union)\s+\w+[^(]*?(\w+)\s*\(")
_OWN, _BESIDE, _PUBLIC, _FAR = range(4)
_MOST_ASKED = 200
"""Names that are looked up one by one: to read all lines costs about as much."""
_MOST_ALONE = 8
"""Names that are searched for one by one, each where it may be; a search for all costs more."""

Without = Callable[[list[str]], Container[str]]
"""The files of which it is known that they hold none of some names; empty where nothing is."""


class Types:
    """Where types, and external `variables`, are defined: places by name."""

    def __init__(self, found: Iterable[Hit]) -> None:
        self.tags: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        self.names: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        self.variables: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        self.aliases: defaultdict[str, set[str]] = defaultdict(set)
        for hit in found:
            self._add(hit.text, (hit.path, hit.line))

    def _add(self, text: bytes, place: tuple[str, int]) -> None:
        tag = _TAG.match(text)
        if tag is not None:
            self.tags[tag[1].decode()].append(place)
            if text.startswith(b"extern"):
                self.variables[tag[1].decode()].append(place)
        closing = _CLOSING.match(text)
        if closing is not None:
            for name in _LAST_WORDS.findall(closing[1]):
                self.names[name.decode()].append(place)
                # Where it begins is on another line: `extern struct hooks { .. } kunit_hooks;`.
                self.variables[name.decode()].append(place)
        elif tag is None and text.startswith(_OUTER) and not _EXTERNAL_FUNCTION.match(text):
            alias = _ALIAS.match(text)
            if alias is not None:
                self.aliases[alias[1].decode()].add(alias[2].decode())
            for name in _declared_names(text):
                if text.startswith(b"typedef"):
                    self.names[name].append(place)
                elif not text.rstrip().endswith((b")", b"(", b",")) or _POINTED.search(text):
                    self.variables[name].append(place)


class TypeIndex:
    """The types of some directories, and external `variables` if those are asked for.

    The first few names are looked for one by one where `without` says which files hold none of
    them, a few more in the text of all lines; who asks for many has all of them read.
    """

    def __init__(
        self,
        tree: Tree,
        directories: Sequence[str],
        without: Without,
        suffixes: Sequence[str] = C_SUFFIXES,
        *,
        variables: bool = True,
    ) -> None:
        self._heads = _TYPES_AND_VARIABLES if variables else _TYPES
        self._search = partial(lines, tree, directories=directories, suffixes=suffixes)
        self._without = without
        self._alone: dict[str, Types] = {}
        self._read: dict[str, list[tuple[str, int]]] = {}
        self._asked = 0

    def begin(self) -> None:
        """Search now for all, as many are going to be asked for."""
        _ = self._lines

    def places(self, kind: str, name: str) -> list[tuple[str, int]]:
        """Where the structures, type names or variables called `name` are: see `Types`."""
        alone = self._found_alone(name)
        if alone is None and kind == "tags" and "every" not in self.__dict__:
            return self._tagged(name)
        known: dict[str, list[tuple[str, int]]] = getattr(alone or self._about(name), kind)
        return known.get(name, [])

    def _tagged(self, name: str) -> list[tuple[str, int]]:
        """Where structures of that name are: each file that names one asks for them."""
        known = self._read.get(name)
        if known is None:
            found = self._tags.get(name.encode(errors="replace"), [])
            offsets = [found] if isinstance(found, int) else found
            known = self._read[name] = Types(self._lines.around(offsets)).tags[name]
        return known

    def aliases(self, tag: str) -> set[str]:
        """The names of types that stand for `struct tag`."""
        return (self._found_alone(tag) or self._about(tag)).aliases[tag]

    def _found_alone(self, name: str) -> Types | None:
        """What a search for a name shows; None where all are or have to be searched for."""
        known = self._alone.get(name)
        if known is None and "_lines" not in self.__dict__ and len(self._alone) < _MOST_ALONE:
            without = self._without([name])
            if without:
                about = _ABOUT % ((re.escape(name.encode(errors="replace")),) * 4)
                found = self._search((about,), without=without)
                known = Types(hit for hit in found if re.match(self._heads, hit.text))
                self._alone[name] = known
        return known

    def _about(self, name: str) -> Types:
        """What is said of a name, and maybe of others."""
        self._asked += 1
        if self._asked > _MOST_ASKED or "every" in self.__dict__:
            return self.every
        return Types(self._lines.holding(name))

    @cached_property
    def _lines(self) -> FoundLines:
        return FoundLines(self._search((self._heads,)))

    @cached_property
    def _tags(self) -> dict[bytes, int | list[int]]:
        """Where a structure of each name is named: those that are asked for most."""
        return self._lines.places(_NAMED)

    @cached_property
    def every(self) -> Types:
        """All of them; then the lines are not needed any more."""
        found, self._lines = self._lines, FoundLines(())
        self.__dict__.pop("_tags", None)
        return Types(found)


class Prototypes:
    """The functions of some directories that return a pointer to a structure.

    `without` says which files hold none of some names. Where it knows, the first few names are
    looked for one by one.
    """

    def __init__(self, tree: Tree, directories: Sequence[str], without: Without) -> None:
        self._tree = tree
        self._directories = directories
        self._without = without
        self._alone: dict[str, tuple[str, Declared] | None] = {}
        self._asked = 0

    def find(self, name: str) -> tuple[str, Declared] | None:
        """The last declaration of a function, with its file."""
        if name in self._alone:
            return self._alone[name]
        without = self._without([name]) if len(self._alone) < _MOST_ALONE else ()
        if without:
            wanted = _RETURNING % any_of([name])
            found = lines(self._tree, (wanted,), self._directories, without=without)
            self._alone[name] = _prototypes(found).get(name)
            return self._alone[name]
        self._asked += 1
        if self._asked > _MOST_ASKED or "_every" in self.__dict__:
            return self._every.get(name)
        return _prototypes(self._lines.holding(name)).get(name)

    @cached_property
    def _lines(self) -> FoundLines:
        return FoundLines(lines(self._tree, (_RETURNING % rb"\w+",), self._directories))

    @cached_property
    def _every(self) -> dict[str, tuple[str, Declared]]:
        found = self._lines
        del self._lines
        return _prototypes(found)


def _declared_names(text: bytes) -> list[str]:
    """What the first line of a declaration seems to declare."""
    name = _POINTED.search(text) or _FUNCTION.search(text)
    if name is not None and b"}" not in text:
        return [name[name.lastindex or 1].decode()]
    head = text.rpartition(b"}")[2] if b"}" in text else text
    head = head.partition(b";")[0].partition(b"=")[0]
    words = _DECLARED.findall(head)
    # What looks like an annotation behind the name may be the name itself.
    annotated = words[-1:] and words[-1].startswith(b"__")
    last = words[-2:] if annotated else words[-1:]
    return [word.decode() for word in (*_BEFORE_LAST.findall(head), *last)]


def header_types(tree: Tree, directories: Sequence[str], without: Without) -> TypeIndex:
    """The types that the headers of some directories, or of all, define."""
    return TypeIndex(tree, directories, without, (".h",), variables=False)


def _prototypes(found: Iterable[Hit]) -> dict[str, tuple[str, Declared]]:
    every: dict[str, tuple[str, Declared]] = {}
    for hit in found:
        text = hit.text.decode("latin-1")
        name = _PROTOTYPE.search(text)
        for declared in declaration(text[: name.end(1)]) if name is not None else ():
            every[declared.name] = hit.path, declared
    return every


def distance(path: str, user: str, arch: str) -> int:
    """How far the definitions of a file are from a user of them: the less the likelier.

    Code of no architecture is built for `arch`.
    """
    if path == user:
        return _OWN
    if dirname(path) == dirname(user):
        return _BESIDE
    own = user.startswith("arch/") and path.split("/")[:2] == user.split("/")[:2]
    return _PUBLIC if own or path.startswith(("include/", f"arch/{arch}/")) else _FAR


def outermost(directories: Iterable[str]) -> Iterator[str]:
    """The directories that lie in no other of them."""
    every = set(directories)
    for path in every:
        parts = path.split("/")
        if not any("/".join(parts[:at]) in every for at in range(1, len(parts))):
            yield path
