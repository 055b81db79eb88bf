"""From a place that holds a function to the calls of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mmlint.callgraph.carriers import carriers, is_tag
from mmlint.callgraph.holders import Argument, Member, Variable
from mmlint.callgraph.places import in_kernel, kernel_directories
from mmlint.source.patterns import ARROW, any_of, words
from mmlint.source.search import Sought, find

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from mmlint.callgraph.carriers import Carriers
    from mmlint.callgraph.codes import Codes
    from mmlint.callgraph.includes import Includes
    from mmlint.callgraph.program import Program
    from mmlint.callgraph.sites import IndirectSite, Sites
    from mmlint.callgraph.slots import Keeper
    from mmlint.source.search import Hit
    from mmlint.source.tree import Tree

_CALLED_MEMBER = ARROW + rb"\s*(?:%s)\s*(?:\[[^\]]*\]\s*)?\)?\s*\("
_LOADED = rb"=[^=].*" + ARROW + rb"\s*(?:%s)\s*[;,)]"
_LOADED_LAST = rb"=\s*[^=;]*" + ARROW + rb"\s*(?:%s)\s*$"
_CALLED_VARIABLE = rb"\b(?:%s)\s*\)?\s*\("
_HEAD_BEHIND_WORDS = rb"^[A-Za-z_][^;=]*\b(?:%s)\s*\("
_HEAD_ALONE = rb"^(?:%s)\s*\("

_FEW = 100
"""So many lines are soon read; whom they belong to is not worth a search of its own."""


class _Lines(NamedTuple):
    """The lines in which members and variables may be called, and who carries the structures."""

    members: dict[str, list[Hit]]
    variables: dict[str, list[Hit]]
    carriers: dict[str, Carriers | None]


class SlotCalls:
    """Looks where what a place holds is called."""

    def __init__(
        self, tree: Tree, program: Program, codes: Codes, sites: Sites, includes: Includes
    ) -> None:
        self._tree = tree
        self._includes = includes
        self._program = program
        self._arch = program.arch
        self._codes = codes
        self._sites = sites
        self._known: dict[Keeper, tuple[IndirectSite, ...]] = {}
        self._lines = _Lines({}, {}, {})
        # Of a line the calls in all structures: many have a member that is called probe.
        self._at: dict[tuple[str, int, str], tuple[IndirectSite, ...]] = {}

    def find(self, keepers: Iterable[Keeper]) -> None:
        """Look for the calls of many places at once; see `of`."""
        wanted = [keeper for keeper in dict.fromkeys(keepers) if keeper not in self._known]
        self._search(wanted)
        for keeper in wanted:
            self._known[keeper] = tuple(self._calls(keeper))

    def of(self, keeper: Keeper) -> tuple[IndirectSite, ...]:
        """The calls in the whole kernel of what a place holds."""
        self.find((keeper,))
        return self._known[keeper]

    def _calls(self, keeper: Keeper) -> Iterator[IndirectSite]:
        if not keeper.structure:
            return self._variable(keeper.field)
        return self._parameter(keeper) if keeper.home else self._member(keeper)

    def _search(self, keepers: Iterable[Keeper]) -> None:
        """Look for the lines in which places may be called, and for who names the structures.

        Where the function is that has a parameter is known.
        """
        known = self._lines
        open_ones = [keeper for keeper in keepers if not keeper.home]
        fields = {k.field for k in open_ones if k.structure} - known.members.keys()
        variables = {k.field for k in open_ones if not k.structure} - known.variables.keys()
        structures = {k.structure for k in open_ones if is_tag(k.structure) and self._pays(k.field)}
        structures -= known.carriers.keys()
        if not (fields or variables or structures):
            return
        patterns = _patterns(fields, variables)
        naming = [words((structure,)) for structure in sorted(structures)]
        found = find(
            self._tree,
            Sought(lines=tuple(patterns), files=tuple(naming)),
            kernel_directories(self._tree, self._arch),
            without=self._program.without(fields | variables | structures),
        )
        hits = [hit for hit in found.lines if in_kernel(hit.path, self._arch)]
        for field in fields:
            called = re.compile(b"|".join(_patterns((field,), ())))
            known.members[field] = [hit for hit in hits if called.search(hit.text)]
        for variable in variables:
            called = re.compile(b"|".join(_patterns((), (variable,))))
            known.variables[variable] = [hit for hit in hits if called.search(hit.text)]
        files = [path for path in found.files if in_kernel(path, self._arch)]
        known.carriers.update(carriers(self._tree, structures, files))

    def _pays(self, field: str) -> bool:
        """Whether to know who carries a structure saves more than a search costs."""
        return len(self._lines.members.get(field, ())) > _FEW or field not in self._lines.members

    def _member(self, keeper: Keeper) -> Iterator[IndirectSite]:
        structure, field, _ = keeper
        carried = self._lines.carriers.get(structure)
        seen: set[tuple[str, int]] = set()
        for hit in self._lines.members[field]:
            if carried is not None and not carried.may_be_at(
                hit, field, self._tree, self._includes
            ):
                continue
            for site in self._on(hit, field):
                member = any(
                    isinstance(source, Member)
                    and (source.structure, source.field) == (structure, field)
                    for source in site.sources
                )
                if member and (site.path, site.offset) not in seen:
                    seen.add((site.path, site.offset))
                    yield site

    def _on(self, hit: Hit, field: str) -> tuple[IndirectSite, ...]:
        """The calls of a member in the function around a line, whatever structure it is in."""
        key = (hit.path, hit.line, field)
        known = self._at.get(key)
        if known is None:
            code = self._codes.code(hit.path)
            use = code.text.find(field, code.lines.start(hit.line))
            scopes = code.scopes(use) if use >= 0 else ()
            known = self._at[key] = tuple(self._sites.inside(scopes, field)) if scopes else ()
        return known

    def _variable(self, name: str) -> Iterator[IndirectSite]:
        called = re.compile(rf"\b{re.escape(name)}\s*\)?\s*\(")
        for path in dict.fromkeys(hit.path for hit in self._lines.variables[name]):
            code = self._codes.code(path)
            functions = {}
            for use in called.finditer(code.text):
                functions.update({id(scope): scope for scope in code.scopes(use.start())})
            for site in self._sites.inside(functions.values()):
                if any(isinstance(each, Variable) and each.name == name for each in site.sources):
                    yield site

    def _parameter(self, keeper: Keeper) -> Iterator[IndirectSite]:
        name = keeper.owner
        code = self._codes.code(keeper.home)
        for head in re.finditer(rf"\b{re.escape(name)}\s*\(", code.text):
            body = code.text.find("{", head.end())
            scopes = code.scopes(body) if body >= 0 else ()
            function = scopes[0].function if scopes else None
            if function is None or function.name != name:
                continue
            for site in self._sites.inside(scopes):
                held = any(
                    isinstance(source, Argument)
                    and source.function == name
                    and function.params[source.position].name == keeper.field
                    for source in site.sources
                )
                if held:
                    yield site
            break


def forms(keepers: Iterable[Keeper]) -> list[bytes]:
    """What a line matches that may call what some places hold, or say what these places are."""
    every = list(keepers)
    members = {k.field for k in every if k.structure and not k.home}
    tags = {k.structure for k in every if not k.home and is_tag(k.structure)}
    functions = {k.owner for k in every if k.home}
    found = _patterns(members, {k.field for k in every if not k.structure})
    found += [words(tags)] if tags else []
    heads = (_HEAD_BEHIND_WORDS, _HEAD_ALONE) if functions else ()
    return [*found, *(form % any_of(functions) for form in heads)]


def _patterns(members: Collection[str], variables: Collection[str]) -> list[bytes]:
    """What a line matches in which members or variables may be called, or loaded to be called."""
    loaded = (_CALLED_MEMBER, _LOADED, _LOADED_LAST)
    of_members = [form % any_of(members) for form in loaded] if members else []
    return [*of_members, _CALLED_VARIABLE % any_of(variables)] if variables else of_members
