"""From a function to the places that hold it."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import chain, combinations
from typing import TYPE_CHECKING

import msgspec

from mmlint.callgraph.call_around import call_around
from mmlint.callgraph.destinations import Keeper
from mmlint.callgraph.expansions import (
    assignments_in,
    declaring,
    expansions,
    made_around,
    places_in,
)
from mmlint.callgraph.holders import Named
from mmlint.callgraph.latest import Latest
from mmlint.callgraph.making import macros_at
from mmlint.source.names import whole_words
from mmlint.syntax import nodes
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.initialisers import around

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from mmlint.callgraph.codes import Code, Codes
    from mmlint.callgraph.destinations import Destinations
    from mmlint.callgraph.filling import Filling, Place
    from mmlint.callgraph.holders import Holders
    from mmlint.callgraph.receivers import Receivers
    from mmlint.callgraph.scopes import Scope
    from mmlint.syntax.initialisers import Initialiser
    from mmlint.syntax.macros import Macro
    from mmlint.syntax.nodes import Expr

_WORD = re.compile(r"\w+")
_INSIDE = re.compile(r"[\w.>]")
_MAKING = re.compile(r"(?:^(?:static\s+)?|[={,]\s*)([A-Za-z_]\w*)\s*\(", re.MULTILINE)
_PLAIN = re.compile(r"([^()]*)\)")
_AROUND = "_ \t\n"
_MOST_FILES = 100
"""Files of which it is kept what may make names."""
_IN_LISTS = ("{", ",")
_VARIABLE = re.compile(
    r"\b([A-Za-z_]\w*)\s*=\s*&?\s*\Z"
    r"|\(\s*\*\s*(?:const\s+)?(\w+)\s*\)[^;{}=]*=\s*&?\s*\Z"
)
_LONGEST = 2000


class Slot(msgspec.Struct, frozen=True):
    """A place that holds a function, and where the function is named as it is put there.

    `structure` and `field` are those of a member. Of a parameter or local `field` is its name, and
    `structure` the name of the function that has it, followed by ``()``. A variable at file scope
    has no structure. `how` is that of a target, and `home` that of a `Keeper`.
    """

    structure: str
    field: str
    path: str
    line: int
    how: str
    condition: str = ""
    home: str = ""

    @property
    def keeper(self) -> Keeper:
        """The place, wherever it is filled."""
        return Keeper(self.structure, self.field, self.home)


class Slots:
    """Looks where functions go."""

    def __init__(
        self,
        codes: Codes,
        receivers: Receivers,
        holders: Holders,
        destinations: Destinations,
        filling: Filling,
    ) -> None:
        self._codes = codes
        self._receivers = receivers
        self._layouts = receivers.layouts
        self._holders = holders
        self._destinations = destinations
        self._filling = filling
        self._making: Latest[str, defaultdict[str, list[re.Match[str]]]] = Latest(_MOST_FILES)

    def of(self, name: str, users: Iterable[str]) -> Iterator[Slot]:
        """The places that hold the function `name`; only `users` name it."""
        for user in users:
            code = self._codes.code(user)
            for slot in chain(self._named(code, name), self._pasted(code, name)):
                yield slot
                yield from self._in_one_place(slot)

    def _in_one_place(self, slot: Slot) -> Iterator[Slot]:
        """The same place by the other names that it has in a union."""
        if not slot.structure or slot.home:
            return
        others = self._layouts.alternatives(slot.structure, slot.field, slot.path)
        yield from (msgspec.structs.replace(slot, field=field) for field in others)

    def _named(self, code: Code, name: str) -> Iterator[Slot]:
        """Places in which a name is written out."""
        seen: set[int] = set()
        # A pattern that begins with the name is searched for faster.
        for use in re.finditer(rf"{re.escape(name)}\b(?!\s*\()", code.text):
            at = use.start()
            if (at and _INSIDE.match(code.text, at - 1)) or _is_hidden(code, name, at):
                continue
            initialiser = around(code.text, at, code)
            if initialiser is None:
                yield from self._assigned(code, name, at)
                yield from self._passed(code, code.text, at)
                yield from self._expanded(code, name, at)
            elif initialiser.value.start not in seen:
                seen.add(initialiser.value.start)
                yield from self._listed(code, name, initialiser)
        for macro in macros_at(code, _lines_with(code, name)):
            for use in re.finditer(rf"\b{re.escape(name)}\b(?!\s*\()", macro.body):
                yield from self._passed(code, macro.body, use.start(), macro.start)
            yield from self._used(code, macro, name, seen)

    def _used(self, code: Code, macro: Macro, name: str, seen: set[int]) -> Iterator[Slot]:
        """Places that the uses of a macro fill in whose body a name stands."""
        for at, opening in code.uses(macro.name):
            initialiser = around(code.text, at, code)
            if initialiser is None:
                arguments = split_arguments(code.text, opening) if opening >= 0 else []
                for text in expansions(code, macro, arguments, {name}):
                    yield from self._by_macro(code, name, declaring(code.text, at) + text, at)
            elif initialiser.value.start not in seen:
                seen.add(initialiser.value.start)
                yield from self._listed(code, name, initialiser)

    def _listed(self, code: Code, name: str, initialiser: Initialiser) -> Iterator[Slot]:
        """The members, and the array of functions, that an initialiser fills."""
        yield from _filled(code, name, self._filling.places(code, initialiser))
        yield from self._in_table(code, name, initialiser)

    def _in_table(self, code: Code, name: str, initialiser: Initialiser) -> Iterator[Slot]:
        """The variable or local that is an array of functions."""
        for text, offset in self._filling.elements(code, initialiser):
            if name in _WORD.findall(text):
                for table in self._tables(code, initialiser.declared.name, offset):
                    yield _slot(code, table, offset, "positional")

    def _tables(self, code: Code, name: str, offset: int) -> Iterator[Keeper]:
        """The variable of a name at file scope, or the local in the function at an offset."""
        scopes = code.scopes(offset)
        if not scopes:
            variable = self._destinations.of_variable(name, code.path)
            yield from () if variable is None else (variable,)
        for scope in scopes[:1]:
            yield from self._destinations.of_local(nodes.Name(0, 0, name), scope)

    def _pasted(self, code: Code, name: str) -> Iterator[Slot]:
        """Places that the use of a macro fills, which makes the name.

        It stands at file scope, in an initialiser, or is the value of what is declared.
        """
        uses = self._uses(code)
        given = _pieces(name) & uses.keys()
        seen: set[int] = set()
        each = {use.start(): use for piece in given for use in uses[piece]}
        for _, use in sorted(each.items()):
            if not use[0].startswith(_IN_LISTS):
                yield from self._made(code, name, use, given)
                continue
            initialiser = around(code.text, use.start(1), code)
            if initialiser is not None and initialiser.value.start not in seen:
                seen.add(initialiser.value.start)
                yield from self._listed(code, name, initialiser)

    def _uses(self, code: Code) -> Mapping[str, list[re.Match[str]]]:
        """What may be uses of macros that make names, by their arguments without underscores."""
        known = self._making.get(code.path)
        if known is None:
            known = self._making[code.path] = defaultdict(list)
            for use in _MAKING.finditer(code.text):
                plain = _PLAIN.match(code.text, use.end())
                arguments = (
                    plain[1].split(",")
                    if plain is not None
                    else split_arguments(code.text, use.end() - 1)
                )
                for argument in arguments:
                    known[argument.strip(_AROUND)].append(use)
        return known

    def _made(
        self, code: Code, name: str, use: re.Match[str], pieces: AbstractSet[str]
    ) -> Iterator[Slot]:
        """Places that the use of a macro fills that is no part of a list, with some arguments."""
        declared = declaring(code.text, use.start(1))
        arguments = split_arguments(code.text, use.end() - 1)
        about = {name, *(argument for argument in arguments if argument.strip("_") in pieces)}
        for macro in code.lookup(use[1]):
            for text in expansions(code, macro, arguments, about):
                made = places_in(self._filling, code, declared + text, use.start(1))
                yield from _filled(code, name, made)

    def _expanded(self, code: Code, name: str, at: int) -> Iterator[Slot]:
        """Members that a macro fills with a function that is an argument of it."""
        for text in made_around(code, at, name):
            yield from self._by_macro(code, name, text, at)

    def _by_macro(self, code: Code, name: str, text: str, at: int) -> Iterator[Slot]:
        """Members that what a macro stands for at an offset fills with a function."""
        yield from _filled(code, name, places_in(self._filling, code, text, at))
        assigned = assignments_in(self._receivers, text, name)
        for scope in code.scopes(at) if assigned else ():
            for keeper in self._put_into(assigned, scope, Named(name, code.path)):
                yield _slot(code, keeper, at, "assigned")

    def _put_into(
        self, given: Iterable[tuple[Expr, Expr]], scope: Scope, function: Named
    ) -> Iterator[Keeper]:
        """The members, and the locals, that get a function as a value."""
        for target, value in given:
            if function in self._holders.held(value, scope):
                yield from self._destinations.of_member(target, scope)
                yield from self._destinations.of_local(target, scope)

    def _assigned(self, code: Code, name: str, at: int) -> Iterator[Slot]:
        """Members and variables that a function is assigned to."""
        found: dict[Keeper, None] = {}
        head = _VARIABLE.search(code.text, max(0, at - _LONGEST), at)
        named = (head[1] or head[2]) if head is not None else ""
        for scope in code.scopes(at):
            given = scope.given_around(at)
            found |= dict.fromkeys(self._put_into(given, scope, Named(name, code.path)))
            if scope.local(named, at - scope.base) or scope.parameter(named):
                named = ""
        variable = self._destinations.of_variable(named, code.path) if named else None
        if variable is not None:
            found[variable] = None
        for keeper in found:
            yield _slot(code, keeper, at, "assigned")

    def _passed(self, code: Code, text: str, at: int, place: int | None = None) -> Iterator[Slot]:
        """Parameters that a function is handed to, and members that these are stored in.

        The text is that of the file, or of a macro that is defined at `place`.
        """
        call = call_around(text, at)
        if call is not None:
            for keeper, how in self._destinations.of_argument(call.argument(code.path)):
                yield _slot(code, keeper, at if place is None else place, how)


def _is_hidden(code: Code, name: str, at: int) -> bool:
    """Whether a name at an offset is that of a local or a parameter there, not of a function.

    ``struct task_struct *kswapd`` is what kswapd_stop() hands to kthread_stop().
    """
    scopes = code.scopes(at) if code.may_be_local(name, at) else ()
    return bool(scopes) and all(scope.hides(name, at) for scope in scopes)


def _pieces(name: str) -> set[str]:
    """What a macro may be handed to make a name of, without underscores at the ends."""
    words = name.split("_")
    ends = range(len(words) + 1)
    pieces = {"_".join(words[low:high]).strip("_") for low, high in combinations(ends, 2)}
    return pieces - {"", name}


def _filled(code: Code, name: str, places: Iterable[Place]) -> Iterator[Slot]:
    """The places whose value is the function `name`."""
    for place in places:
        if name in _WORD.findall(place.text):
            yield _slot(code, Keeper(place.owner, place.field), place.offset, place.how)


def _lines_with(code: Code, name: str) -> list[int]:
    """The lines of a file that hold a word and no code: those of macros, as a rule."""
    return list(dict.fromkeys(map(code.lines.line, whole_words(code.data, name.encode()))))


def _slot(code: Code, keeper: Keeper, offset: int, how: str) -> Slot:
    structure, field, home = keeper
    line = code.lines.line(offset)
    return Slot(structure, field, code.path, line, how, code.condition(offset), home)
