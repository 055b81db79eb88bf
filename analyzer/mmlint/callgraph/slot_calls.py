"""From a place that holds a function to the calls of it."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mmlint.callgraph.carriers import carriers, is_tag
from mmlint.callgraph.foreign import is_foreign
from mmlint.callgraph.holders import Argument, Member, Variable
from mmlint.callgraph.macro_sites import MacroSites
from mmlint.callgraph.named_members import NAMED, PASTED, NamedMembers, pastes
from mmlint.callgraph.places import in_kernel, kernel_directories
from mmlint.callgraph.wrapping_macros import WrappingMacros
from mmlint.source.names import words_in
from mmlint.source.patterns import ARROW, any_of, words
from mmlint.source.search import Sought, find

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from mmlint.callgraph.carriers import Carriers
    from mmlint.callgraph.codes import Code, Codes
    from mmlint.callgraph.copies import Copies, Copy
    from mmlint.callgraph.destinations import Keeper
    from mmlint.callgraph.includes import Includes
    from mmlint.callgraph.program import Program
    from mmlint.callgraph.scopes import Scope
    from mmlint.callgraph.sites import IndirectSite, Sites
    from mmlint.source.search import Hit
    from mmlint.source.tree import Tree
    from mmlint.syntax.nodes import FunctionDef

_MEMBER = ARROW + rb"\s*(?:%s)\s*(?:\[[^\]]*\]\s*)?"
_CALLED_MEMBER = _MEMBER + rb"\)?\s*\("
_LOADED = rb"=[^=].*" + _MEMBER + rb"[;,):?]"
_LOADED_LAST = rb"=\s*[^=;]*" + _MEMBER + rb"$"
# Or the value stands on a line of its own.
_HANDED = rb"(?:\w(?<!\bif)\s*\(|,|^)\s*&?[\w\[\].>-]*" + _MEMBER + rb"[,);:?]"
_OF_VARIABLES = rb"\b(?:%s)\s*(?:\)?\s*\(|\[)|=[^=].*\b(?:%s)\s*[;:?]"
_HEAD_BEHIND_WORDS = rb"^[A-Za-z_][^;=]*\b(?:%s)\s*\("
_HEAD_ALONE = rb"^(?:%s)\s*\("
_OF_MEMBERS = (_CALLED_MEMBER, _LOADED, _LOADED_LAST, _HANDED)

FEW_LINES = 100
"""So many lines are soon read; whom they belong to is not worth a look at who names it."""

_COPIED = 3
"""What is put from one member into another is followed that far."""


class _Lines(NamedTuple):
    """The lines in which members and variables may be called, and who carries the structures.

    On those of `named` a macro may be handed the name of a member, on those of `pasted` it may
    make one.
    """

    members: dict[str, list[Hit]]
    named: dict[str, list[Hit]]
    pasted: set[Hit]
    variables: dict[str, list[Hit]]
    carriers: dict[str, Carriers | None]


class _Here(NamedTuple):
    """The calls of a member in the function around a use of it, and where that puts its value."""

    sites: tuple[IndirectSite, ...]
    copies: tuple[Copy, ...]


class _Found(NamedTuple):
    """The calls of what a place holds, and the places that it is put into from there."""

    sites: tuple[IndirectSite, ...]
    into: tuple[Keeper, ...]


class SlotCalls:
    """Looks where what a place holds is called."""

    def __init__(
        self,
        tree: Tree,
        program: Program,
        codes: Codes,
        reading: tuple[Sites, Copies],
        includes: Includes,
    ) -> None:
        self._tree = tree
        self._includes = includes
        self._program = program
        self._arch = program.arch
        self._codes = codes
        self._sites, self._copies = reading
        self.everywhere = False
        """Whether what macros call counts; no check is told of edits of them, so none asks."""
        self._known: dict[Keeper, _Found] = {}
        self._lines = _Lines({}, {}, set(), {}, {})
        self._made = MacroSites(program, reading[0])
        self._named = NamedMembers(program, codes, self._made)
        self._wrapping = WrappingMacros(tree, program, codes, self._made)
        # A file that puts what another member holds into a place.
        self._put_by: dict[Keeper, str] = {}
        # Of a use what is done in all structures: many have a member that is called probe.
        self._at: dict[tuple[str, int, str], _Here] = {}

    def find(self, keepers: Iterable[Keeper]) -> None:
        """Look for the calls of many places at once; see `of`."""
        asked = tuple(keepers)
        while wanted := [each for each in self.reached(asked) if each not in self._known]:
            self._search([*wanted, *self._likely_next(wanted)])
            for keeper in wanted:
                self._known[keeper] = self._found(keeper)

    def _likely_next(self, keepers: Iterable[Keeper]) -> Iterator[Keeper]:
        """Where what was put into some places may be put from there: soon to be searched for."""
        for keeper in keepers:
            user = self._put_by.get(keeper)
            if user is not None and is_tag(keeper.structure):
                yield from self._copies.likely_next(keeper, user)

    def of(self, keeper: Keeper) -> tuple[IndirectSite, ...]:
        """The calls in the whole kernel of what a place holds, also after it was put elsewhere."""
        self.find((keeper,))
        return tuple(site for each in self.reached((keeper,)) for site in self._known[each].sites)

    def reached(self, keepers: Iterable[Keeper]) -> list[Keeper]:
        """Some places, and those that what they hold is put into, as far as was looked."""
        found = dict.fromkeys(keepers)
        last = list(found)
        for _ in range(_COPIED):
            looked_at = (self._known[each].into for each in last if each in self._known)
            last = [into for each in looked_at for into in each if into not in found]
            found |= dict.fromkeys(last)
        return list(found)

    def _found(self, keeper: Keeper) -> _Found:
        if keeper.structure and not keeper.home:
            return self._member(keeper)
        sites = self._inside(keeper) if keeper.structure else self._variable(keeper)
        return _Found(tuple(sites), ())

    def _search(self, keepers: Iterable[Keeper]) -> None:
        """Look for the lines in which places may be called, and for who names the structures.

        Where the function is that has a parameter is known.
        """
        known = self._lines
        open_ones = [keeper for keeper in keepers if not keeper.home]
        fields = {k.field for k in open_ones if k.structure} - known.members.keys()
        variables = {k.field for k in open_ones if not k.structure} - known.variables.keys()
        structures = self._worth_knowing(open_ones) - known.carriers.keys()
        if not (fields or variables or structures):
            return
        patterns = _patterns(fields, variables)
        if self.everywhere and fields:
            patterns += [NAMED % any_of(fields), PASTED]
        naming = [words((structure,)) for structure in sorted(structures)]
        found = find(
            self._tree,
            Sought(lines=tuple(patterns), files=tuple(naming)),
            kernel_directories(self._tree, self._arch),
            without=self._program.without(fields | variables | structures),
        )
        hits = [hit for hit in found.lines if in_kernel(hit.path, self._arch)]
        holding = _by_name(hits, fields | variables)
        for field in fields:
            called = re.compile(b"|".join(_patterns((field,), ())))
            known.members[field] = [hit for hit in holding[field] if called.search(hit.text)]
            named = re.compile(NAMED % re.escape(field).encode())
            known.named[field] = [hit for hit in holding[field] if named.search(hit.text)]
        known.pasted.update(hit for hit in hits if pastes(hit))
        for variable in variables:
            called = re.compile(b"|".join(_patterns((), (variable,))))
            known.variables[variable] = [h for h in holding[variable] if called.search(h.text)]
        files = [path for path in found.files if in_kernel(path, self._arch)]
        structures &= self._worth_knowing(open_ones)
        known.carriers.update(carriers(self._tree, structures, files))

    def _worth_knowing(self, keepers: Iterable[Keeper]) -> set[str]:
        """The structures of which it pays, or may pay, to know who carries them."""
        members = self._lines.members
        return {
            k.structure
            for k in keepers
            if is_tag(k.structure)
            and not (k.field in members and len(members[k.field]) <= FEW_LINES)
        }

    def _member(self, keeper: Keeper) -> _Found:
        structure, field, _ = keeper
        sites: dict[tuple[str, str, int], IndirectSite] = {}
        into: dict[Keeper, None] = {}
        for hit in self._lines.members[field]:
            for code, use in self._uses(hit, structure, field):
                here = self._around(code, use, field)
                for copy in here.copies:
                    if copy.owner == structure:
                        into[copy.into] = None
                        self._put_by.setdefault(copy.into, code.path)
                for site in here.sites:
                    if _is_of(site, structure, field):
                        sites.setdefault((site.path, site.function, site.offset), site)
        for site in self._in_macros(structure, field) if self.everywhere else ():
            if _is_of(site, structure, field):
                sites.setdefault((site.path, site.function, site.offset), site)
        return _Found(tuple(sites.values()), tuple(into))

    def _in_macros(self, structure: str, field: str) -> Iterator[IndirectSite]:
        """What macros call that may be a member of a structure."""
        lines = self._lines
        for hit in lines.named[field]:
            yield from self._named.on(hit, field)
        for hit in sorted(lines.pasted):
            yield from self._named.pasted(hit, field)
        may_be = partial(self._may_be_behind, structure)
        yield from self._wrapping.sites(lines.members[field], (structure, field), may_be)

    def _may_be_behind(self, structure: str, before: bytes, path: str) -> bool:
        """Whether a member of a structure may be meant behind a text on a line of a file."""
        carried = self._lines.carriers.get(structure)
        return carried is None or carried.may_be_behind(before, path, self._tree, self._includes)

    def _uses(self, hit: Hit, structure: str, field: str) -> Iterator[tuple[Code, int]]:
        """Where a member is named on a line which may be one of the structure."""
        for mark in re.finditer(ARROW + rb"\s*(%s)\b" % re.escape(field).encode(), hit.text):
            before = hit.text[: mark.start()]
            if self._may_be_behind(structure, before, hit.path):
                code = self._codes.code(hit.path)
                start = code.lines.start(hit.line)
                use = start + mark.start(1)
                # Else it stands in a comment.
                if code.text.startswith(field, use) and not is_foreign(
                    code, (structure,), start + mark.start(), field
                ):
                    yield code, use

    def _around(self, code: Code, use: int, field: str) -> _Here:
        key = (code.path, use, field)
        known = self._at.get(key)
        if known is None:
            scopes = code.scopes(use)
            copies = self._copies.at(code, use, field) if scopes else ()
            sites = self._sites.inside(scopes, field)
            if not scopes and self.everywhere:
                # In `TRACE_EVENT(..)`, whose argument is a part of what it defines.
                sites = (site for site in self._made.around(code, use) if site.field == field)
            known = self._at[key] = _Here(tuple(sites), tuple(dict.fromkeys(copies)))
        return known

    def _variable(self, keeper: Keeper) -> Iterator[IndirectSite]:
        variable = Variable(keeper.field, keeper.home)
        own = [keeper.home] if keeper.home else None
        for path in own or dict.fromkeys(hit.path for hit in self._lines.variables[keeper.field]):
            code = self._codes.code(path)
            functions: dict[int, Scope] = {}
            for at, _ in code.uses(keeper.field):
                functions.update({id(scope): scope for scope in code.scopes(at)})
            for site in self._sites.inside(functions.values()):
                if variable in site.sources:
                    yield site

    def _inside(self, keeper: Keeper) -> Iterator[IndirectSite]:
        """The calls of a parameter or a local of a function."""
        name = keeper.owner
        code = self._codes.code(keeper.home)
        for head in re.finditer(rf"\b{re.escape(name)}\s*\(", code.text):
            body = code.text.find("{", head.end())
            scopes = code.scopes(body) if body >= 0 else ()
            function = scopes[0].function if scopes else None
            if function is None or function.name != name:
                continue
            yield from (
                site for site in self._sites.inside(scopes) if _calls(site, keeper.field, function)
            )
            break


def _by_name(hits: Iterable[Hit], names: Collection[str]) -> Mapping[str, list[Hit]]:
    """Of each of some names the lines that hold it."""
    found: dict[str, list[Hit]] = {name: [] for name in names}
    every = frozenset(name.encode() for name in names)
    for hit in hits:
        for name in words_in(hit.text, every):
            found[name.decode()].append(hit)
    return found


def _is_of(site: IndirectSite, structure: str, field: str) -> bool:
    """Whether a call may be one of what a member of a structure holds."""
    return any(
        isinstance(source, Member) and (source.structure, source.field) == (structure, field)
        for source in site.sources
    )


def _calls(site: IndirectSite, name: str, function: FunctionDef) -> bool:
    """Whether a call in a function is one of what its parameter or its local `name` holds."""
    return (site.form == "local" and site.name == name) or any(
        isinstance(source, Argument)
        and source.function == function.name
        and function.params[source.position].name == name
        for source in site.sources
    )


def forms(keepers: Iterable[Keeper]) -> list[bytes]:
    """What a line matches that may call what some places hold, or say what these places are."""
    every = list(keepers)
    members = {k.field for k in every if k.structure and not k.home}
    tags = {k.structure for k in every if not k.home and is_tag(k.structure)}
    functions = {k.owner for k in every if k.structure and k.home}
    found = _patterns(members, {k.field for k in every if not k.structure})
    found += [words(tags)] if tags else []
    heads = (_HEAD_BEHIND_WORDS, _HEAD_ALONE) if functions else ()
    return [*found, *(form % any_of(functions) for form in heads)]


def _patterns(members: Collection[str], variables: Collection[str]) -> list[bytes]:
    """What a line matches in which members or variables may be called, or loaded to be called."""
    of_members = [form % any_of(members) for form in _OF_MEMBERS] if members else []
    if not variables:
        return of_members
    names = any_of(variables)
    return [*of_members, _OF_VARIABLES % (names, names)]
