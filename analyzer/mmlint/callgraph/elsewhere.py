"""Functions of files that no question consulted before: one search of the tree for many names."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from mmlint.callgraph.places import callable_from, in_kernel, is_header, kernel_directories
from mmlint.source.patterns import HEAD, alike, any_of
from mmlint.source.search import Sought, find

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Sequence

    from mmlint.callgraph.extraction import Call
    from mmlint.callgraph.graph import GraphNode
    from mmlint.callgraph.includes import Includes
    from mmlint.callgraph.outlines import Outlines
    from mmlint.callgraph.targets import Targets
    from mmlint.source.tree import Tree

_MOST_AT_ONCE = 6000
_PUBLIC = "include"
# Of a type on the line above the stars may stand in front of the name.
_BEFORE = rb"(?:" + HEAD + rb"|\*+[ \t]*)"
# Or the type stands alone on the line above; in front of `(*` it is a type that stands there.
_DECLARATION = rb"(?:^" + _BEFORE + rb"|(?<=[\w*]\n))%s\((?!\s*\*)"
_FUNCTION = rb"^" + _BEFORE + rb"?(?:%s)\("
_HEADS = re.compile(rb"^" + _BEFORE + rb"?([A-Za-z_]\w*+)\(", re.MULTILINE)


class Elsewhere:
    """Looks for global functions over a whole tree."""

    def __init__(
        self, tree: Tree, outlines: Outlines, targets: Targets, includes: Includes
    ) -> None:
        self._tree = tree
        self._outlines = outlines
        self._targets = targets
        self._includes = includes
        self._declared: dict[tuple[str, str], bool] = {}
        self._public: dict[str, bool] = {}
        self._heads: dict[str, Counter[bytes]] = {}

    def find(self, names: Iterable[str]) -> dict[str, tuple[GraphNode, ...]]:
        """The global functions of these names in generic files and those of the architecture."""
        wanted = sorted({name for name in names if name.isascii() and name.isidentifier()})
        found: dict[str, tuple[GraphNode, ...]] = {}
        for at in range(0, len(wanted), _MOST_AT_ONCE):
            self._look_up(wanted[at : at + _MOST_AT_ONCE], found)
        return found

    def external(self, name: str) -> GraphNode:
        """What stands for a function that is nowhere to be found."""
        return self._targets.external(name)

    def meant(self, user: str, functions: Sequence[GraphNode]) -> Sequence[GraphNode]:
        """Those of some functions of one name that the file `user` may call.

        See `callable_from`.
        """
        homes = callable_from(user, [node.path for node in functions], self._includes.arch)
        return [node for node in functions if node.path in homes]

    def settle(self, calls: Collection[Call]) -> Iterator[Call]:
        """The calls with what they lead to, where no consulted file told that, or not all of it."""
        found = self.find({call.target.name for call in calls if self.is_open(call.target)})
        made = {(call.path, call.target.name) for call in calls if not call.sure}
        counted = self.counted(made, found)
        for call in calls:
            real = found.get(call.target.name, ()) if self.is_open(call.target) else ()
            counts = not real and (call.sure or (call.path, call.target.name) in counted)
            if call.target.path or counts:
                yield call
            for target in real:
                yield leading_to(call, target)

    def is_open(self, node: GraphNode) -> bool:
        """Whether a call of `node` may be one of a function that no consulted file defines.

        So it is if none defines the name, or if a header defines it in some configurations and
        declares it in the others.
        """
        if not node.path:
            return True
        return is_header(node.path) and node.condition != "" and self._announces(node)

    def counted(
        self, made: Collection[tuple[str, str]], found: Container[str]
    ) -> set[tuple[str, str]]:
        """Those of the names that are made in files, given by both, which are functions.

        One has to be `found`, or declared where it is made, or for all: some are only there to
        fail at link time.
        """
        public = self.declared_for_all({name for _, name in made if name not in found})
        return {
            (path, name)
            for path, name in made
            if name in found or name in public or self.declares(path, name)
        }

    def declares(self, path: str, name: str) -> bool:
        """Whether a file declares a function of that name."""
        key = (path, name)
        known = self._declared.get(key)
        if known is None:
            outline = self._outlines.outline(path) if is_header(path) else None
            text = outline.code if outline is not None else b""
            pattern = _DECLARATION % re.escape(name.encode())
            known = name.encode() in text and re.search(pattern, text, re.MULTILINE) is not None
            self._declared[key] = known
        return known

    def declared_for_all(self, names: Iterable[str]) -> frozenset[str]:
        """Those of some names that the headers for all files declare as functions."""
        wanted = sorted(name for name in names if name.isascii() and name.isidentifier())
        if not wanted or not self._tree.is_dir(_PUBLIC):
            return frozenset()
        spelled = frozenset(map(str.encode, wanted))
        return frozenset(
            name
            for path in find(self._tree, _forms(wanted), (_PUBLIC,), (".h",)).files
            for name in self._outlines.spelled(path, spelled)
            if self.declares(path, name)
        )

    def declared_for(self, user: str, name: str) -> bool:
        """Whether a header declares a function of that name for a file, or for all."""
        word = frozenset((name.encode(errors="replace"),))
        beside = self._includes.compiled_with(user)
        if any(self._outlines.spelled(path, word) and self.declares(path, name) for path in beside):
            return True
        public = self._public.get(name)
        if public is None:
            public = self._public[name] = bool(self.declared_for_all((name,)))
        return public

    def _announces(self, node: GraphNode) -> bool:
        """Whether the header of `node` has a declaration of its name beside its definitions."""
        heads = self._heads.get(node.path)
        if heads is None:
            outline = self._outlines.outline(node.path)
            found = _HEADS.findall(outline.code) if outline is not None else ()
            heads = self._heads[node.path] = Counter(found)
        there = heads[node.name.encode(errors="replace")]
        return there > 0 and there > len(self._outlines.named(node.path, node.name))

    def _look_up(self, names: list[str], found: dict[str, tuple[GraphNode, ...]]) -> None:
        places = kernel_directories(self._tree, self._includes.arch)
        spelled = frozenset(map(str.encode, names))
        for path in find(self._tree, _forms(names), places, (".c",)).files:
            if not in_kernel(path, self._includes.arch):
                continue
            for name in self._outlines.spelled(path, spelled):
                for site in self._outlines.named(path, name):
                    if not site.static:
                        node = self._targets.of_site(path, site)
                        found[name] = (*found.get(name, ()), node)


def leading_to(call: Call, function: GraphNode) -> Call:
    """The call as one of `function`, which has the name that is called."""
    return call._replace(target=function, kind=kind_to_function(call.kind))


def kind_to_function(kind: str) -> str:
    """The kind of a call that leads to a function where it led to what takes its place."""
    return "direct" if kind == "macro" else kind


def is_for_all(node: GraphNode) -> bool:
    """Whether a node is a function that any file may call after it declared it."""
    return node.kind == "function" and node.path.endswith(".c") and not node.static


def _forms(names: Collection[str]) -> Sought:
    """What the lines match that define or declare functions of some names."""
    # To compile so many patterns takes as long as the search, literals a twentieth of that.
    return Sought(
        files=tuple(_FUNCTION % any_of(group) for group in alike(names)),
        ends=tuple(f"{name}(".encode() for name in names),
    )
