"""What a name in a file's code stands for, as nodes of the graph."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from mmlint.callgraph.graph import GraphNode
from mmlint.callgraph.latest import Latest
from mmlint.callgraph.places import architecture, is_header, is_public

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mmlint.callgraph.definitions import Definitions
    from mmlint.callgraph.generation import GeneratedFunction, GeneratedFunctions
    from mmlint.callgraph.includes import Includes
    from mmlint.callgraph.outlines import Outlines
    from mmlint.syntax.macros import Macro
    from mmlint.syntax.outline import DefinitionSite


_MOST_VIEWS = 300
"""Files whose names are kept with what they mean, the last used ones."""

_MOST_KEPT = 50_000
"""Nodes, and names with the files that define them."""

_FEW = 4
"""So many names are looked up in the files beside one before all that these define is noted."""


class _View:
    """What names mean in one file."""

    def __init__(self, user: str, includes: Includes) -> None:
        self.user = user
        self.visible = includes.visible(user)
        self.compiled_with = includes.compiled_with(user)
        self.asked = 0
        self.arch = architecture(user) or includes.arch
        self.unasked: tuple[str, ...] | None = None
        self.functions: dict[str, tuple[GraphNode, ...]] = {}
        self.written: dict[str, tuple[GraphNode, ...]] = {}
        self.macros: dict[str, tuple[Macro, ...]] = {}


class Targets:
    """Resolves names."""

    def __init__(
        self,
        outlines: Outlines,
        definitions: Definitions,
        generated: GeneratedFunctions,
        includes: Includes,
    ) -> None:
        self._outlines = outlines
        self._definitions = definitions
        self._generated = generated
        self._includes = includes
        self._views: OrderedDict[str, _View] = OrderedDict()
        self._last: _View | None = None
        self._defining: dict[str, tuple[str, ...]] = {}
        self._read = includes.none()
        self._beyond = includes.those(
            lambda path: is_public(path) and not definitions.consults(path)
        )
        self._homes: Latest[tuple[str, str], tuple[str, ...]] = Latest(_MOST_KEPT)
        self._stored: dict[tuple[str, str], tuple[GraphNode, ...]] = {}
        self._of_sites: Latest[tuple[str, int, int, str], GraphNode] = Latest(_MOST_KEPT)
        self._of_macros: Latest[tuple[str, int], GraphNode] = Latest(_MOST_KEPT)

    def functions(self, name: str, user: str) -> tuple[GraphNode, ...]:
        """The functions that `name` means in the file `user`; () when none is known."""
        view = self._view(user)
        known = view.functions.get(name)
        if known is None:
            known = view.functions[name] = self._find(name, view)
        return known

    def written(self, name: str, user: str) -> tuple[GraphNode, ...]:
        """The same, without those that macros define if there are others.

        Cheaper: no header that the file includes is read for what it makes of names.
        """
        view = self._view(user)
        known = view.written.get(name)
        if known is None:
            known = view.written[name] = tuple(self._find_written(name, view))
        return known or self.functions(name, user)

    def stored(self, name: str, user: str) -> tuple[GraphNode, ...]:
        """The functions that `name` means where the file `user` stores or hands it over.

        Cheaper than `functions`: what headers generate is no callback.
        """
        known = self._stored.get((name, user))
        if known is None:
            own = [self.of_site(user, site) for site in self._sites(user, name)]
            found = own or self._others(name, self._view(user))
            if not found:
                generated = self._generated.made_in(name, user)
                found = [self.of_generated(function) for function in generated]
            known = self._stored[name, user] = tuple(found)
        return known

    def reader(self, header: str, user: str) -> str:
        """Whose names the functions of a header mean: a part of another file has nobody's else."""
        seen = is_public(header) or header in self._view(user).visible
        return user if seen else header

    def macros(self, name: str, user: str) -> tuple[Macro, ...]:
        """The definitions of the macro `name` that `user` itself or a header of its has."""
        view = self._view(user)
        known = view.macros.get(name)
        if known is None:
            found = self._outlines.macros.lookup(name)
            some = [macro for macro in found if self._includes.sees(user, macro.path)]
            included = [macro for macro in some if macro.path in view.visible]
            known = view.macros[name] = tuple(included or some)
        return known

    def sees(self, user: str, macro: Macro) -> bool:
        """Whether the file `user` can use a definition."""
        return self._includes.sees(user, macro.path)

    def of_site(self, path: str, site: DefinitionSite) -> GraphNode:
        """The node of a function with a text of its own."""
        key = (path, site.start, site.variant, site.name)
        known = self._of_sites.get(key)
        if known is None:
            known = self._of_sites[key] = GraphNode(
                f"{path}:{site.line}:{site.name}",
                site.name,
                "function",
                path,
                site.line,
                site.end_line,
                site.static,
                tuple(sorted(site.annotations)),
                site.condition,
            )
        return known

    def sites(self, node: GraphNode) -> list[DefinitionSite]:
        """The texts that a function has in its file; none if a macro makes it."""
        sites = self._sites(node.path, node.name) if node.path else ()
        return [site for site in sites if site.line == node.line]

    def of_generated(self, function: GeneratedFunction) -> GraphNode:
        """The node of a function that a macro defines: it stands where the macro is used."""
        site = function.made.site
        return GraphNode(
            f"{function.path}:{function.line}:{site.name}",
            site.name,
            "function",
            function.path,
            function.line,
            site.end_line if function.renamed else function.line,
            site.static,
            tuple(sorted(site.annotations)),
            function.condition,
        )

    def of_macro(self, macro: Macro) -> GraphNode:
        """The node of one definition of a macro."""
        key = (macro.path, macro.start)
        known = self._of_macros.get(key)
        if known is None:
            known = self._of_macros[key] = GraphNode(
                f"{macro.path}:{macro.line}:{macro.name}",
                macro.name,
                "macro",
                macro.path,
                macro.line,
                macro.end_line,
                False,
                (),
                self._outlines.macros.condition(macro),
            )
        return known

    def external(self, name: str) -> GraphNode:
        """A function that no consulted file defines: built in, in assembler or elsewhere."""
        return GraphNode(f"::{name}", name, "function", "", 0, 0, False, (), "")

    def _view(self, user: str) -> _View:
        if self._last is not None and self._last.user == user:
            return self._last
        self._last = known = self._views.get(user)
        if known is None:
            self._last = known = self._views[user] = _View(user, self._includes)
            if len(self._views) > _MOST_VIEWS:
                self._views.popitem(last=False)
        else:
            self._views.move_to_end(user)
        return known

    def _find(self, name: str, view: _View) -> tuple[GraphNode, ...]:
        found = self._find_written(name, view)
        if not self._sites(view.user, name):
            generated = self._generated.named(name, view.user)
            found += [self.of_generated(function) for function in generated]
        return tuple(dict.fromkeys(found))

    def _find_written(self, name: str, view: _View) -> list[GraphNode]:
        """Those that stand in a file themselves."""
        own = self._sites(view.user, name)
        found = [self.of_site(view.user, site) for site in own]
        if all(site.condition for site in own):
            others = self._others(name, view)
            if any(site.static for site in own):
                # Nobody else's can be meant but what the file includes under another condition.
                others = [node for node in others if self._is_included(node.path, view)]
            found += others
        return found

    def _is_included(self, path: str, view: _View) -> bool:
        return is_header(path) and path in view.visible

    def _others(self, name: str, view: _View) -> list[GraphNode]:
        """What other files define: of headers those that are included, if there is any."""
        for some in self._homes_in_turn(name, view):
            found = [
                self.of_site(home, site)
                for home in dict.fromkeys(some)
                for site in self._sites(home, name)
                if home != view.user
                and (not site.static or is_header(home) or home in view.visible)
            ]
            if found:
                return found
        return []

    def _homes_in_turn(self, name: str, view: _View) -> Iterator[Sequence[str]]:
        others = self._candidates(name, view.arch)
        near = [home for home in others if home in view.visible or not is_header(home)]
        yield (*self._beside(name, view), *near)
        yield self._unasked(view)
        yield others

    def _unasked(self, view: _View) -> tuple[str, ...]:
        """Headers in the `include` directory of a driver, which nobody asks for a candidate."""
        if view.unasked is None:
            view.unasked = tuple(view.visible & self._beyond.all())
        return view.unasked

    def _beside(self, name: str, view: _View) -> list[str]:
        """The files that share their statics with the one of a view and define a name."""
        view.asked += 1
        if view.asked <= _FEW:
            return sorted(view.compiled_with)
        if view.asked == _FEW + 1:
            fresh = view.compiled_with - self._read
            self._read |= fresh
            for home in sorted(fresh):
                self._note(home)
        return [home for home in self._defining.get(name, ()) if home in view.compiled_with]

    def _note(self, home: str) -> None:
        """Add the names that a file defines: hundreds of files may stand beside one."""
        outline = self._outlines.outline(home)
        for name in {site.name for site in outline.definitions} if outline is not None else ():
            homes = self._defining.get(name, ())
            self._defining[name] = tuple(sorted((*homes, home)))

    def _candidates(self, name: str, arch: str) -> tuple[str, ...]:
        """The files of an architecture, or of all, that seem to define a name for others."""
        key = (name, arch)
        known = self._homes.get(key)
        if known is None:
            known = self._homes[key] = self._definitions.candidates(name, arch)
        return known

    def _sites(self, path: str, name: str) -> tuple[DefinitionSite, ...]:
        return self._outlines.named(path, name)
