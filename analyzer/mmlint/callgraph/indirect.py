"""What calls through members, parameters and variables may call, in a whole tree."""

from __future__ import annotations

from posixpath import dirname
from typing import TYPE_CHECKING

import msgspec

from mmlint.callgraph.codes import Codes
from mmlint.callgraph.copies import Copies
from mmlint.callgraph.destinations import Destinations, Keeper
from mmlint.callgraph.filling import Filling
from mmlint.callgraph.flows import Flows
from mmlint.callgraph.holders import Argument, Held, Holder, Holders, Member, Named
from mmlint.callgraph.inlined import Inlined
from mmlint.callgraph.layouts import Layouts
from mmlint.callgraph.making import Making
from mmlint.callgraph.receivers import Receivers
from mmlint.callgraph.sites import IndirectSite, Sites
from mmlint.callgraph.slot_calls import SlotCalls, forms
from mmlint.callgraph.slots import Slot, Slots
from mmlint.callgraph.stores import Stores

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mmlint.callgraph.generation import GeneratedFunction
    from mmlint.callgraph.includes import Includes
    from mmlint.callgraph.program import Program
    from mmlint.source.tree import Tree
    from mmlint.syntax.nodes import FunctionDef
    from mmlint.syntax.outline import DefinitionSite

__all__ = ["Indirect", "IndirectSite", "Slot", "Target"]


class Target(msgspec.Struct, frozen=True):
    """A function that may be called: its name, in the eyes of the file that names it at `line`.

    `kind` is ``ops`` or ``parameter``; `how` it got there: ``designated``, ``positional``,
    ``assigned``, ``stored parameter``, ``attribute macro`` or ``passed``. `condition` is what the
    `#if` around the place ask for.
    """

    name: str
    path: str
    line: int
    kind: str
    how: str
    condition: str


class Indirect:
    """Answers about indirect calls; nothing is searched before it is asked for."""

    def __init__(self, program: Program, tree: Tree, includes: Includes) -> None:
        codes = Codes(program)
        directories = {"/".join(dirname(path).split("/")[:2]) for path in program.scope}
        self._layouts = Layouts(tree, codes, directories - {""})
        self._receivers = Receivers(codes, self._layouts)
        self._holders = Holders(self._receivers, self._layouts)
        inlined = Inlined(codes, self._receivers)
        self._sites = Sites(codes, self._layouts, self._holders, inlined)
        filling = Filling(self._layouts)
        stores = Stores(codes, self._layouts, self._receivers, self._holders)
        self._destinations = Destinations(program, codes, self._receivers, filling)
        self._slots = Slots(codes, self._receivers, self._holders, self._destinations, filling)
        copies = Copies(self._holders, self._receivers, filling, self._destinations, stores)
        self._calls = SlotCalls(tree, program, codes, (self._sites, copies), includes)
        making = Making(self._receivers, stores)
        # Many sites call what one member holds.
        self._reached: dict[tuple[tuple[Held, ...], str], tuple[Target, ...]] = {}
        self._flows = Flows(tree, codes, self._layouts, stores, making)

    def sites(self, functions: Sequence[FunctionDef]) -> tuple[IndirectSite, ...]:
        """The indirect calls in some functions; the variants of one stand together."""
        return tuple(self._sites.of(functions))

    def generated_sites(self, function: GeneratedFunction) -> tuple[IndirectSite, ...]:
        """The calls of members in a function that a macro defines."""
        return tuple(self._sites.generated(function))

    def may_be_in(self, path: str, site: DefinitionSite) -> bool:
        """Whether the function at `site` may call something indirectly, without a parse."""
        return self._sites.may_be_in(path, site)

    def begin(self) -> None:
        """Search now for the types that most questions need."""
        self._layouts.begin()

    def prepare(self, sites: Sequence[IndirectSite]) -> None:
        """Search the tree for the targets of many sites at once."""
        sources = (source for site in sites for source in site.sources)
        self.explore(source for source in sources if not isinstance(source, Named))

    def explore(self, holders: Iterable[Holder]) -> None:
        """Search the tree for the functions that some places hold."""
        if self._flows.explore(holders):
            self._reached.clear()

    def targets(self, site: IndirectSite) -> tuple[Target, ...]:
        """The functions that a site may call, by file and line of where they are named."""
        kind = "parameter" if site.form == "parameter" else "ops"
        key = (site.sources, kind)
        known = self._reached.get(key)
        if known is None:
            self.prepare((site,))
            known = self._reach(site, kind)
            if not any(isinstance(source, Named) for source in site.sources):
                self._reached[key] = known
        return known

    def _reach(self, site: IndirectSite, kind: str) -> tuple[Target, ...]:
        found: dict[Target, None] = {}
        for source in site.sources:
            if isinstance(source, Named):
                found[Target(source.name, site.path, site.line, kind, "assigned", "")] = None
                continue
            for stored, holder in self._flows.functions(source):
                if not isinstance(stored.held, Named):
                    continue
                how = stored.how
                if isinstance(source, Member) and isinstance(holder, Argument):
                    how = "stored parameter"
                name = stored.held.name
                found[Target(name, stored.path, stored.line, kind, how, stored.condition)] = None
        return tuple(sorted(found, key=lambda target: (target.path, target.line, target.name)))

    def look_everywhere(self) -> None:
        """Follow from now on what is handed to functions in directories nobody consults else.

        And what macros call through members.
        """
        self._destinations.everywhere = self._calls.everywhere = True

    def slots(self, name: str, users: Iterable[str]) -> tuple[Slot, ...]:
        """The members and parameters that hold the function `name`, which only `users` name."""
        return tuple(dict.fromkeys(self._slots.of(name, users)))

    def find_call_sites(self, slots: Iterable[Slot]) -> None:
        """Search the tree for the calls of many slots at once."""
        self._calls.find(slot.keeper for slot in slots)

    def forms(self, slots: Iterable[Slot]) -> list[bytes]:
        """What a line matches in which one of the slots may be called, whose calls were found."""
        return forms(self._calls.reached(slot.keeper for slot in slots))

    def call_sites(self, keeper: Keeper) -> tuple[IndirectSite, ...]:
        """The calls in the whole kernel of what a place holds."""
        return self._calls.of(keeper)
