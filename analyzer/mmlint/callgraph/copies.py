"""Where what one member holds is put: into another one, or into a parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mmlint.callgraph.call_around import call_around
from mmlint.callgraph.destinations import Keeper
from mmlint.callgraph.expansions import assignments_in, made_around
from mmlint.callgraph.holders import Member
from mmlint.callgraph.layouts import CType, type_of_member
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.initialisers import around

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mmlint.callgraph.codes import Code
    from mmlint.callgraph.destinations import Destinations
    from mmlint.callgraph.filling import Filling
    from mmlint.callgraph.holders import Held, Holders
    from mmlint.callgraph.receivers import Receivers
    from mmlint.callgraph.scopes import Scope
    from mmlint.callgraph.stores import Stores
    from mmlint.syntax.nodes import Expr


class Copy(NamedTuple):
    """What the member in question of the structure `owner` holds is put into another place."""

    owner: str
    into: Keeper


class Copies:
    """Reads what is done with the values of members, other than calls."""

    def __init__(
        self,
        holders: Holders,
        receivers: Receivers,
        filling: Filling,
        destinations: Destinations,
        stores: Stores,
    ) -> None:
        self._holders = holders
        self._receivers = receivers
        self._filling = filling
        self._destinations = destinations
        self._stores = stores

    def at(self, code: Code, use: int, field: str) -> Iterator[Copy]:
        """What becomes of a member named `field` that is used at an offset in a function."""
        for scope in code.scopes(use):
            yield from self._given(scope.given_around(use), scope, field)
        for text in made_around(code, use, field):
            assigned = assignments_in(self._receivers, text, field)
            for scope in code.scopes(use) if assigned else ():
                yield from self._given(assigned, scope, field)
        yield from self._listed(code, use, field)
        yield from self._handed(code, use, field)

    def likely_next(self, into: Keeper, user: str) -> Iterator[Keeper]:
        """The other members for such functions in a structure which the file `user` put one into.

        What is in ``worker->current_func`` is put into ``worker->last_func`` at last.
        """
        layouts = self._receivers.layouts
        structure = CType(f"struct {into.structure}", 0, False, user)
        for owner, home, members in layouts.members(structure):
            types = {each.name: type_of_member(each, owner, home).type for each in members}
            kind = types.get(into.field)
            if kind is not None and layouts.resolved(kind).function:
                yield from (
                    Keeper(into.structure, name)
                    for name, other in types.items()
                    if name != into.field and other == kind
                )

    def _given(
        self, given: Iterable[tuple[Expr, Expr]], scope: Scope, field: str
    ) -> Iterator[Copy]:
        """What some targets get of the members named `field` among some values."""
        for target, value in given:
            for structure in _owners(self._holders.held(value, scope), field):
                for into in self._destinations.of_function(target, scope):
                    yield Copy(structure, into)

    def _listed(self, code: Code, use: int, field: str) -> Iterator[Copy]:
        """Where the initialiser around its use puts it."""
        initialiser = around(code.text, use, code)
        for place in self._filling.places(code, initialiser) if initialiser is not None else ():
            if place.offset <= use < place.offset + len(place.text):
                for structure in _owners(self._stores.values(code, place.text, use), field):
                    yield Copy(structure, Keeper(place.owner, place.field))

    def _handed(self, code: Code, use: int, field: str) -> Iterator[Copy]:
        """Where the call around its use puts it."""
        call = call_around(code.text, use)
        if call is None:
            return
        for value in split_arguments(code.text, call.opening)[call.position :][:1]:
            # The address of a member is that of a place, and no function.
            if value.startswith("&") or self._destinations.takes_data(call.argument(code.path)):
                return
            for structure in _owners(self._stores.values(code, value, use), field):
                for into, _ in self._destinations.of_argument(call.argument(code.path)):
                    yield Copy(structure, into)


def _owners(values: Iterable[Held], field: str) -> list[str]:
    """The structures of which some values are the member `field`."""
    return [held.structure for held in values if isinstance(held, Member) and held.field == field]
