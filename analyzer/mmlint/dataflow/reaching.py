"""Which functions call a function, by its name or by handing it to one that calls back at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmlint.callgraph.program import Program
    from mmlint.callgraph.uses import Use
    from mmlint.knowledge import Knowledge
    from mmlint.syntax.nodes import FunctionDef
    from mmlint.syntax.outline import DefinitionSite


class Reaching:
    """Answers for one run."""

    def __init__(self, program: Program, knowledge: Knowledge) -> None:
        self.program = program
        self.knowledge = knowledge
        self._callers: dict[tuple[str, str], tuple[FunctionDef, ...]] = {}
        self._uses: dict[tuple[str, str], tuple[Use, ...]] = {}

    def callers(self, fn: FunctionDef) -> tuple[FunctionDef, ...]:
        """The functions that call `fn`, or name it where they call a walker, each once."""
        key = fn.path, fn.name
        if key not in self._callers:
            self._callers[key] = tuple(self._find_callers(fn))
        return self._callers[key]

    def uses(self, fn: FunctionDef) -> tuple[Use, ...]:
        """The uses of the name of `fn` other than calls."""
        key = fn.path, fn.name
        if key not in self._uses:
            self._uses[key] = self.program.references(fn.name, fn.path, fn.static)
        return self._uses[key]

    def _find_callers(self, fn: FunctionDef) -> list[FunctionDef]:
        sites = {(c.path, c.site): None for c in self.program.callers(fn.name, fn.path, fn.static)}
        for use in () if fn.is_macro else self.uses(fn):
            site = self._walking(use)
            if site is not None:
                sites.setdefault((use.path, site))
        return [found for path, site in sites for found in self.program.parse(path, site)]

    def escapes(self, fn: FunctionDef) -> bool:
        """Whether the address of `fn` is kept, so that nobody knows when it runs."""
        return any(
            use.kind != "macro" or self.knowledge.origin_of_attribute(use.name)
            for use in self.uses(fn)
            if self._walking(use) is None
        )

    def _walking(self, use: Use) -> DefinitionSite | None:
        """The function around `use` if it calls a walker, which calls back before it returns."""
        outline = self.program.outline(use.path) if use.kind in ("argument", "address") else None
        site = outline.enclosing(use.offset) if outline is not None else None
        if outline is None or site is None:
            return None
        called = (at for name in self.knowledge.walkers for at in outline.calls(name))
        return site if any(site.start <= at < site.end for at in called) else None
