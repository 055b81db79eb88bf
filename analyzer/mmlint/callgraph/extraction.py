"""The calls that functions and macros make, as edges of the graph."""

from __future__ import annotations

import re
from copy import copy
from functools import cached_property, partial
from itertools import filterfalse
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mmlint.callgraph.graph import GraphEdge, GraphNode
from mmlint.callgraph.holders import Variable
from mmlint.callgraph.places import is_header
from mmlint.callgraph.scopes import Scope
from mmlint.syntax.calls import (
    CallSite,
    call_sites,
    cast_calls,
    first_use,
    group_end,
    stands_bare,
    words,
)
from mmlint.syntax.expansion import Expansions, stands_for_argument
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.limits import ParseGivenUp
from mmlint.syntax.macros import is_alias
from mmlint.syntax.parse import parse_function

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mmlint.callgraph.generation import GeneratedFunction
    from mmlint.callgraph.indirect import IndirectSite, Target
    from mmlint.callgraph.outlines import Outlines
    from mmlint.callgraph.targets import Targets
    from mmlint.syntax.expansion import Template
    from mmlint.syntax.macros import Macro, MacroTable
    from mmlint.syntax.outline import DefinitionSite, Outline

_OPENS = re.compile(rb"\s*\(")
_DEEPEST = 30
"""Macros that stand for macros are followed so far."""


class Call(NamedTuple):
    """An edge with both of its ends; `slot` is that of a `GraphEdge`.

    One that is not `sure` is made of a name that no consulted file defines: it counts if the
    rest of the tree has a function of that name.
    """

    source: GraphNode
    target: GraphNode
    kind: str
    path: str
    line: int
    condition: str
    slot: str = ""
    sure: bool = True

    @property
    def edge(self) -> GraphEdge:
        """The edge without its ends."""
        return GraphEdge(self.source.id, self.target.id, *self[2:-1])


class Extraction:
    """Reads calls out of texts; macros lead to macros until nothing new is called."""

    def __init__(self, outlines: Outlines, targets: Targets) -> None:
        self._outlines = outlines
        self._targets = targets
        self._expansions = Expansions(outlines.macros, outlines.possible, _is_private)
        self._leads: dict[str, bool] = {}
        self._idle: set[bytes] = set()
        self.wanted: frozenset[str] | None = None
        """The names whose calls are looked for; all, if it is None."""
        self.written: frozenset[str] = frozenset()
        """Those of which only functions are asked for that stand in a file themselves."""

    def naming(self, names: Iterable[str], written: Iterable[str] = ()) -> Extraction:
        """The same for calls of what has one of some names: nothing else is resolved.

        Of some of them only functions are asked for that are `written` in a file themselves.
        """
        made = copy(self)
        made.wanted, made.written = frozenset(names), frozenset(written)
        return made

    def of_function(self, path: str, site: DefinitionSite, user: str = "") -> Iterator[Call]:
        """What the function at `site` calls; one of a header means what its `user` sees."""
        outline = self._outlines.outline(path)
        if outline is None:
            return
        source = self._targets.of_site(path, site)
        text = _Text(outline, site, self._outlines.macros, user or path)
        yield from self._calls(source, text)
        for header in self._outlines.included_in(path, site):
            yield from self._calls(source, _IncludedText(header, text))
        if site.generator:
            for macro in self._targets.macros(site.generator, path):
                node = self._targets.of_macro(macro)
                yield Call(source, node, "generated", path, site.line, "")

    def of_generated(self, function: GeneratedFunction) -> Iterator[Call]:
        """What a function calls that a macro defines; the text is that of the expansion.

        It leads to the body behind the macro's use by a cast, where that has other parameters.
        """
        source = self._targets.of_generated(function)
        made = function.made
        node = self._targets.of_macro(made.macros[0])
        yield Call(source, node, "generated", function.path, function.line, "")
        line = 0 if function.renamed else function.line
        text = _Text(made.outline, made.site, self._outlines.macros, function.path, line)
        yield from self._calls(source, text)
        for call in cast_calls(made.outline.code, made.site.body, made.site.end):
            for target in self._targets.functions(call.name, function.path):
                yield Call(source, target, "generated", *text.place(call.offset))

    def of_macro(self, macro: Macro, user: str) -> Iterator[Call]:
        """What a definition of a macro calls where it is used in the file `user`."""
        source = self._targets.of_macro(macro)
        self._look_from(user)
        told = self._expansions.calls(macro)
        place = (macro.path, macro.line, "")
        for name in told.calls:
            for target, kind in self._callees(name, user):
                yield Call(source, target, kind, *place)
        for name in told.made:
            yield from self._made(source, name, user, place)
        for name in self._asked(told.applied):
            yield from self._applied(source, name, user, place)
        for name in self._asked(told.words):
            if self._leads_to_call(name, user):
                for inner in self._targets.macros(name, user):
                    yield Call(source, self._targets.of_macro(inner), "macro", *place)
            elif macro.body == name != macro.name:
                for target in self._known(name, user):
                    yield Call(source, target, "direct", *place)

    def makes(self, macro: Macro) -> tuple[Template, ...]:
        """The names that a use of a macro makes of its arguments, and calls."""
        return self._expansions.calls(macro).symbolic

    def expect(self, targets: Iterable[Target]) -> None:
        """Look up what all these stand for, file by file: each is read once."""
        wanted = sorted({(target.path, target.name) for target in targets})
        self._outlines.harvest(dict.fromkeys(path for path, _ in wanted))
        for path, name in wanted:
            self._targets.stored(name, path)

    def of_indirect(
        self, source: GraphNode, site: IndirectSite, targets: Sequence[Target]
    ) -> list[Call]:
        """The calls that the indirect call at `site` stands for."""
        return [
            through(source, node, site, target.kind)
            for target in targets
            for node in self._targets.stored(target.name, target.path)
            or (self._targets.external(target.name),)
        ]

    def _calls(self, source: GraphNode, text: _Text) -> Iterator[Call]:
        self._look_from(text.user)
        code = text.outline.code
        for call in call_sites(code, text.site.body, text.site.end):
            yield from self._of_call(source, text, call)
        every = words(code, text.site.body, text.site.end)
        # Nearly all of them lead to nothing, and the same ones stand in many functions.
        for word in filterfalse(self._idle.__contains__, every):
            name = word.decode()
            if not self._asked((name,)):
                continue
            if not (text.macros.spells(word) and self._leads_to_call(name, text.user)):
                self._idle.add(word)
                continue
            at = first_use(code, word, text.site.body, text.site.end)
            if at >= 0:
                for macro in self._targets.macros(name, text.user):
                    if macro.params is None:
                        node = self._targets.of_macro(macro)
                        yield Call(source, node, "macro", *text.place(at))

    def _of_call(self, source: GraphNode, text: _Text, call: CallSite) -> Iterator[Call]:
        known = self._targets.macros(call.name, text.user)
        macros = [macro for macro in known if macro.params is not None] if known else known
        if not macros and (call.declares or text.hides(call.name, call.offset)):
            return
        place = text.place(call.offset)
        for target, kind in self._callees(call.name, text.user):
            yield Call(source, target, kind, *place)
        if known:
            yield from self._renamed(known, text.user)
        for name in self._depending(text, call, macros) if macros else ():
            if not text.hides(name, call.offset):
                yield from self._made(source, name, text.user, place)

    def _depending(self, text: _Text, call: CallSite, macros: Iterable[Macro]) -> Iterator[str]:
        """The names of what the use of macros calls because of its arguments."""
        if any(map(self._expansions.depends, macros)):
            yield from self._expansions.targets(call.name, text.arguments(call.opening))
        if any(map(stands_for_argument, macros)) and text.is_called(call.opening):
            yield from self._expansions.picked(call.name, text.arguments(call.opening))

    def _look_from(self, user: str) -> None:
        """Expand macros as the file `user` has them."""
        self._expansions.look_from(user, partial(self._targets.sees, user))

    def _callees(self, name: str, user: str) -> list[tuple[GraphNode, str]]:
        """What `name (` means: macros and functions, as different configurations may have it."""
        if not self._asked((name,)):
            return []
        found = [
            (self._targets.of_macro(macro), "macro")
            for macro in self._targets.macros(name, user)
            if macro.params is not None or macro.body != name
        ]
        find = self._targets.written if name in self.written else self._targets.functions
        found += [(node, "direct") for node in find(name, user)]
        return found or [(self._targets.external(name), "direct")]

    def _renamed(self, macros: Iterable[Macro], user: str) -> Iterator[Call]:
        """What macros call that are another name for a function which is not known."""
        for macro in filter(is_alias, macros):
            name = macro.body
            if self._asked((name,)) and not name.isupper() and not self._known(name, user):
                source, called = self._targets.of_macro(macro), self._targets.external(name)
                yield Call(source, called, "direct", macro.path, macro.line, "", sure=False)

    def _made(
        self, source: GraphNode, name: str, user: str, place: tuple[str, int, str]
    ) -> Iterator[Call]:
        """The calls of a name that a macro makes; in capitals it can only be another macro."""
        if not self._asked((name,)):
            return
        known = self._known(name, user)
        for target in known:
            yield Call(source, target, "macro", *place)
        yield from self._renamed(self._targets.macros(name, user), user)
        if not known and not name.isupper():
            yield Call(source, self._targets.external(name), "macro", *place, sure=False)

    def _applied(
        self, source: GraphNode, name: str, user: str, place: tuple[str, int, str]
    ) -> Iterator[Call]:
        """The calls of a name in front of an argument, if it is no type."""
        macros = self._targets.macros(name, user)
        functions = self._targets.functions(name, user)
        for macro in macros:
            if macro.params is not None:
                yield Call(source, self._targets.of_macro(macro), "macro", *place)
        for target in functions:
            yield Call(source, target, "direct", *place)
        if not macros and not functions:
            yield Call(source, self._targets.external(name), "direct", *place, sure=False)

    def _known(self, name: str, user: str) -> list[GraphNode]:
        """What a pasted name means, if there is anything of that name."""
        if not self._asked((name,)):
            return []
        macros = [self._targets.of_macro(macro) for macro in self._targets.macros(name, user)]
        return [*macros, *self._targets.functions(name, user)]

    def _asked(self, names: Sequence[str]) -> Sequence[str]:
        """Those of some names whose calls are looked for."""
        wanted = self.wanted
        return names if wanted is None else [name for name in names if name in wanted]

    def _leads_to_call(self, name: str, user: str, depth: int = 0) -> bool:
        """Whether an object-like macro of that name stands for a call or for a function."""
        known = self._leads.get(name)
        if known is None:
            if depth >= _DEEPEST or name.encode() in self._idle:
                return False
            self._leads[name] = False
            macros = self._outlines.macros.lookup(name)
            known = self._leads[name] = any(self._leads_on(macro, user, depth) for macro in macros)
        return known

    def _leads_on(self, macro: Macro, user: str, depth: int) -> bool:
        if macro.params is not None:
            return False
        told = self._expansions.calls(macro)
        if told.calls or told.made:
            return True
        words = (name for name in told.words if name != macro.name)
        if any(self._leads_to_call(name, user, depth + 1) for name in words):
            return True
        return is_alias(macro) and bool(self._targets.functions(macro.body, user))


def _is_private(macro: Macro) -> bool:
    """Whether only a few files have a definition: others of that name are theirs."""
    return not is_header(macro.path)


def through(source: GraphNode, target: GraphNode, site: IndirectSite, kind: str) -> Call:
    """The indirect call at `site` as one of `target`."""
    variables = (source.name for source in site.sources if isinstance(source, Variable))
    slot = f"{site.structure}.{site.field}" if site.structure else next(variables, "")
    return Call(source, target, kind, site.path, site.line, site.condition, slot)


class _Text:
    """The code of a function, and where it is; an expansion is all on the `line` of its use."""

    def __init__(
        self, outline: Outline, site: DefinitionSite, macros: MacroTable, user: str, line: int = 0
    ) -> None:
        self.outline = outline
        self.site = site
        self.user = user
        self.macros = macros
        self._line = line

    def place(self, offset: int) -> tuple[str, int, str]:
        """File, line and condition of an offset."""
        line = self._line or self.outline.lines.line(offset)
        return self.outline.path, line, self.outline.condition_in(self.site, offset)

    def arguments(self, opening: int) -> list[str]:
        """The arguments of the group that opens at an offset."""
        text = self.outline.code[opening : self.site.end].decode("latin-1")
        return split_arguments(text, 0)

    def is_called(self, opening: int) -> bool:
        """Whether a group of arguments stands behind the group that opens at an offset."""
        behind = group_end(self.outline.code, opening, self.site.end)
        return _OPENS.match(self.outline.code, behind, self.site.end) is not None

    def hides(self, name: str, offset: int) -> bool:
        """Whether `name` is a parameter or a local at an offset, so that its calls are indirect."""
        # To look whether it may be declared is cheaper than to parse.
        code, site = self.outline.code, self.site
        bare = stands_bare(code, name.encode(), site.start, site.end)
        return bare and any(scope.hides(name, offset) for scope in self.scopes)

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """The function as names in it are seen, in each selection of `#if` arms."""
        try:
            variants = parse_function(self.outline, self.site, self.macros)
        except (ParseGivenUp, RecursionError):
            return ()
        return tuple(Scope(self.outline.path, variant) for variant in variants)


class _IncludedText(_Text):
    """A file that is included in the body of a function, as a part of it."""

    def __init__(self, header: Outline, around: _Text) -> None:
        whole = msgspec.structs.replace(around.site, start=0, body=0, end=len(header.code))
        super().__init__(header, whole, around.macros, around.user)
        self._around = around

    def hides(self, name: str, _offset: int) -> bool:
        """Whether `name` is a parameter or a local of the function around."""
        return any(
            scope.parameter(name) is not None or scope.local(name, 0) is not None
            for scope in self._around.scopes
        )
