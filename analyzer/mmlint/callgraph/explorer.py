"""The call graph of a whole tree, found as far as it is asked for."""

from __future__ import annotations

import re
from itertools import combinations
from posixpath import basename, dirname
from typing import TYPE_CHECKING

from mmlint.callgraph.elsewhere import is_for_all, leading_to
from mmlint.callgraph.extraction import through
from mmlint.callgraph.named_lines import named_lines
from mmlint.callgraph.pasting import Makers, Pasting, is_handed
from mmlint.callgraph.places import architecture, in_kernel, is_header, kernel_directories
from mmlint.callgraph.queries import ends_in, nearest
from mmlint.source.names import occurrences, whole_words, words_in
from mmlint.source.patterns import DEFINE, HEAD, any_of
from mmlint.source.search import files, holding, lines
from mmlint.syntax.directives import definition_around

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from mmlint.callgraph.extraction import Call, Extraction
    from mmlint.callgraph.graph import GraphEdge, GraphNode
    from mmlint.callgraph.indirect import IndirectSite
    from mmlint.callgraph.named_lines import NamedLine
    from mmlint.callgraph.program import Program
    from mmlint.source.search import Hit
    from mmlint.source.tree import Tree
    from mmlint.syntax.macros import Macro
    from mmlint.syntax.outline import DefinitionSite, Outline

Found = tuple["GraphEdge", "GraphNode"]

_FUNCTION = rb"^" + HEAD + rb"%s\("
_MACRO = DEFINE + rb"%s\b"
_GENERATED = rb"^[ \t]*(?:static[ \t]+)?[A-Za-z_]\w*+\([^;{}()]*?\b(?:%s)[ \t]*(?:[,)]|$)"
_BOUNDARY = re.compile(r"_+|(?<=[a-z0-9])(?=[A-Z])")
_SHORTEST_HALF = 3
"""Characters; names that share less have little in common."""


class _Asked:
    """Whose callers are asked for: their `names`, what makes these, and who reads calls of them."""

    def __init__(self, names: Collection[str], makers: Makers, calls: Extraction) -> None:
        self.names = names
        self.makers = makers
        self.calls = calls
        self.words = frozenset(name.encode() for name in (*names, *makers))


class TreeExplorer:
    """Answers each batch of questions with one search over the tree for the names in it."""

    def __init__(self, program: Program, tree: Tree, arch: str) -> None:
        self._program = program
        self._tree = tree
        self._arch = arch
        self._places = kernel_directories(tree, arch)
        self._callees: dict[str, tuple[Call, ...]] = {}
        self._holding: dict[str, list[str]] = {}
        self._pasting = Pasting(program, tree, arch)

    def named(self, name: str, path: str = "") -> tuple[GraphNode, ...]:
        """All definitions of a name in generic files and in those of the architecture.

        A function that is called and nowhere defined (in assembler, perhaps) is a node of its own.
        For `path` see `Explorer.named`.
        """
        if not _is_name(name):
            return ()
        word = name.encode()
        # The files that hold the name are asked for next, and few of them define it.
        self._hold((name,))
        defining = re.compile(b"|".join(_forms(word)), re.MULTILINE)
        found = self._defined(
            name,
            (path for path in self._holding[name] if defining.search(self._program.contents(path))),
        )
        for places in (("include", f"arch/{self._arch}/include"), ()):
            found = found or self._made(name, "", places)
        if path and not any(ends_in(node.path, path) for node in found):
            found += self._made(name, path)
        called = re.compile(rb"(?<!\w)%s\(" % word)
        if not found and any(map(called.search, map(self._program.contents, self._holding[name]))):
            found = (self._program.targets.external(name),)
        return found

    def _made(self, name: str, end: str, places: Sequence[str] = ()) -> tuple[GraphNode, ...]:
        """The functions that macros make in files with that end of a path."""
        pattern = _GENERATED % any_of(_stems(name))
        used = lines(self._tree, (pattern,), places or self._places)
        hits = (hit for hit in used if ends_in(hit.path, end))
        paths = self._kernel(dict.fromkeys(hit.path for hit in hits if self._is_outside(hit)))
        return self._defined(name, paths)

    def _is_outside(self, hit: Hit) -> bool:
        """Whether a line, or one that reads the same, seems to stand outside of all functions."""
        if not hit.text[:1].isspace():
            return True
        data = self._program.contents(hit.path)
        places = occurrences(data, b"\n" + hit.text)
        return any(data.rfind(b"\n{", 0, at) <= data.rfind(b"\n}", 0, at) for at in places)

    def callers(self, nodes: Sequence[GraphNode]) -> Sequence[Found]:
        """The edges that lead to one of `nodes`, each with the node that it comes from."""
        wanted = {node.id for node in nodes}
        homes = _functions_for_all(nodes)
        calls: dict[Call, None] = {}
        names = {node.name for node in nodes}
        written = names - {node.name for node in nodes if not self._is_written(node)}
        makers = self._pasting.makers(names)
        self._hold({*names, *makers})
        asked = _Asked(names, makers, self._program.calls.naming(names, written))
        for path, held in sorted(self._held(asked).items()):
            for call in self._in_file(path, held, asked):
                if call.target.id in wanted:
                    calls[call] = None
                real = homes.get(call.target.name, ())
                if real and self._program.elsewhere.is_open(call.target):
                    calls |= dict.fromkeys(leading_to(call, node) for node in real)
        functions = [node for node in nodes if node.kind == "function"]
        calls |= dict.fromkeys(self._indirect_callers(functions))
        return [(call.edge, call.source) for call in calls]

    def callees(self, nodes: Sequence[GraphNode]) -> Sequence[Found]:
        """The edges that leave one of `nodes`, each with the node that it leads to."""
        calls = [call for node in nodes for call in self._calls_of(node)]
        return [(call.edge, call.target) for call in self._program.elsewhere.settle(calls)]

    def naming(self, node: GraphNode) -> Sequence[NamedLine]:
        """The lines that name a node; of one that is for all, those of assembler too."""
        self._hold((node.name,))
        program = self._program
        sources = program.in_assembler(node.name, node.path, node.static)
        paths = (*self._users(node), *self._kernel(use.path for use in sources))
        return [
            line for path in paths for line in named_lines(path, program.contents(path), node.name)
        ]

    def architectures(self, name: str) -> list[str]:
        """Those that are not asked about and seem to define a name, sorted."""
        if not _is_name(name) or not self._places:
            return []
        found = files(self._tree, _forms(name.encode()), ("arch",))
        return sorted({architecture(path) for path in found} - {"", self._arch})

    def similar(self, name: str) -> list[str]:
        """Names of the tree that look like `name`: one half of it is most often right."""
        half = len(name) // 2
        found: set[str] = set()
        if half >= _SHORTEST_HALF and _is_name(name):
            start, end = name[:half].encode(), name[half:].encode()
            like = rb"(?:%s\w*+|\w*%s)" % (start, end)
            for hit in lines(self._tree, (_FUNCTION % like, rb"^%s\(" % like, _MACRO % like)):
                found.update(word.decode() for word in re.findall(rb"\b" + like + rb"\b", hit.text))
        return nearest(name, (found - {name}) or self._program.known_names())

    def _defined(self, name: str, paths: Iterable[str]) -> tuple[GraphNode, ...]:
        targets = self._program.targets
        found: dict[str, GraphNode] = {}
        for path in paths:
            outline = self._program.outline(path)
            if outline is None:
                continue
            nodes = [targets.of_site(path, site) for site in outline.named(name)]
            nodes += [
                targets.of_generated(function)
                for function in self._program.generated.made_in(name, path)
            ]
            nodes += [
                targets.of_macro(macro)
                for macro in self._program.macros.lookup(name)
                if macro.path == path
            ]
            found |= {node.id: node for node in nodes}
        return tuple(sorted(found.values(), key=lambda node: (node.path, node.line)))

    def _kernel(self, paths: Iterable[str]) -> list[str]:
        return [path for path in paths if in_kernel(path, self._arch)]

    def _hold(self, names: Iterable[str]) -> None:
        """Find the files that hold each of some names, those of all names at once."""
        fresh = [name for name in names if name not in self._holding]
        for name, paths in holding(self._tree, fresh, self._places).items():
            self._holding[name] = self._kernel(paths)

    def _is_written(self, node: GraphNode) -> bool:
        """Whether a function stands in a file itself: no macro makes it."""
        return node.kind == "function" and bool(self._program.targets.sites(node))

    def _held(self, asked: _Asked) -> dict[str, set[bytes]]:
        """The names that each file holds, of macros only where what they are handed is there."""
        found: dict[str, set[bytes]] = {}
        for name in asked.names:
            for path in self._holding[name]:
                found.setdefault(path, set()).add(name.encode())
        for macro in asked.makers.keys() - asked.names:
            for path in self._holding[macro]:
                if is_handed(self._program.contents(path), macro, asked.makers):
                    found.setdefault(path, set()).add(macro.encode())
        return found

    def _in_file(self, path: str, held: Collection[bytes], asked: _Asked) -> Iterator[Call]:
        """The calls that functions and macros of a file make, if a name that it holds is in them.

        The name may be put together by one of the macros that are makers.
        """
        outline = self._program.outline(path)
        if outline is None:
            return
        sites: dict[DefinitionSite, None] = {}
        for word in sorted(held):
            name = word.decode()
            for at in whole_words(outline.code, word):
                site = outline.enclosing(at)
                if site is not None and (
                    name in asked.names or is_handed(outline.code_of(site), name, asked.makers)
                ):
                    sites[site] = None
        for site in sites:
            yield from asked.calls.of_function(path, site)
        for macro in self._macros_with(outline, held):
            yield from asked.calls.of_macro(macro, path)
        for function in self._program.generated.of(path):
            text = function.made.outline.code
            if function.made.macros[0].name in asked.names or words_in(text, asked.words):
                yield from asked.calls.of_generated(function)

    def _macros_with(self, outline: Outline, words: Iterable[bytes]) -> Iterator[Macro]:
        """The macros of a file in whose definition one of some words is."""
        defined: dict[str, None] = {}
        for word in words:
            for at in whole_words(outline.data, word):
                definition = definition_around(outline.data, at)
                if definition is not None:
                    defined[definition[1].decode()] = None
        for name in defined:
            yield from (m for m in self._program.macros.lookup(name) if m.path == outline.path)

    def _indirect_callers(self, nodes: Sequence[GraphNode]) -> Iterator[Call]:
        indirect = self._program.indirect
        indirect.look_everywhere()
        slots = {node: indirect.slots(node.name, self._users(node)) for node in nodes}
        indirect.find_call_sites(slot for each in slots.values() for slot in each)
        for node, places in slots.items():
            for slot in places:
                for site in indirect.call_sites(slot.keeper):
                    source = self._enclosing(site)
                    if source is not None:
                        kind = "parameter" if site.form == "parameter" else "ops"
                        yield through(source, node, site, kind)

    def _users(self, node: GraphNode) -> list[str]:
        """The files that may mean a function when they name it."""
        users = self._holding[node.name]
        if not node.static or is_header(node.path):
            return users
        # Beside it or in a directory next to it a source may include that of a static function.
        near = dirname(dirname(node.path))
        included = basename(node.path).encode(errors="replace") + b'"'
        return [
            node.path,
            *(
                path
                for path in users
                if path.startswith(near)
                and path != node.path
                and included in self._program.contents(path)
            ),
        ]

    def _enclosing(self, site: IndirectSite) -> GraphNode | None:
        """The function that makes an indirect call, also one that a macro makes."""
        program = self._program
        outline = program.outline(site.path)
        around = outline.enclosing(site.offset) if outline is not None else None
        if around is not None:
            return program.targets.of_site(site.path, around)
        for function in program.generated.made_in(site.function, site.path):
            if function.line == site.line:
                return program.targets.of_generated(function)
        return None

    def _calls_of(self, node: GraphNode) -> tuple[Call, ...]:
        known = self._callees.get(node.id)
        if known is None:
            known = self._callees[node.id] = tuple(dict.fromkeys(self._read(node)))
        return known

    def _sites(self, path: str, site: DefinitionSite) -> tuple[IndirectSite, ...]:
        """The indirect calls in a function."""
        indirect = self._program.indirect
        if not indirect.may_be_in(path, site):
            return ()
        return indirect.sites(self._program.parse(path, site))

    def _read(self, node: GraphNode) -> Iterator[Call]:
        program = self._program
        if node.kind == "macro":
            for macro in program.macros.lookup(node.name):
                if (macro.path, macro.line) == (node.path, node.line):
                    yield from program.calls.of_macro(macro, node.path)
            return
        outline = program.outline(node.path) if node.path else None
        for site in program.targets.sites(node):
            yield from program.calls.of_function(node.path, site)
            yield from self._through(node, self._sites(node.path, site))
        for function in program.generated.of(node.path) if outline is not None else ():
            if (function.name, function.line) == (node.name, node.line):
                yield from program.calls.of_generated(function)
                yield from self._through(node, program.indirect.generated_sites(function))

    def _through(self, node: GraphNode, sites: Sequence[IndirectSite]) -> Iterator[Call]:
        """What some indirect calls of a function stand for."""
        indirect = self._program.indirect
        indirect.prepare(sites)
        for site in sites:
            yield from self._program.calls.of_indirect(node, site, indirect.targets(site))


def _is_name(text: str) -> bool:
    """Whether C can call something that."""
    return text.isidentifier() and text.isascii()


def _forms(word: bytes) -> tuple[bytes, ...]:
    """What a line matches that seems to define a function or macro of that name."""
    return _FUNCTION % word, rb"^%s\(" % word, _MACRO % word


def _functions_for_all(nodes: Iterable[GraphNode]) -> dict[str, list[GraphNode]]:
    """Those of `nodes` that any file may call, by name."""
    found: dict[str, list[GraphNode]] = {}
    for node in nodes:
        if is_for_all(node):
            found.setdefault(node.name, []).append(node)
    return found


def _stems(name: str) -> set[str]:
    """What a macro may have made `name` of: the stretches between its underscores and capitals."""
    ends = [0, *(found.start() for found in _BOUNDARY.finditer(name)), len(name)]
    pieces = (name[low:high] for low, high in combinations(ends, 2))
    return {piece.strip("_") for piece in pieces} - {""}
