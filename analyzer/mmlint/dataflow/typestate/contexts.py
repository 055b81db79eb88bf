"""What is held where a function runs: by itself, or by everybody who calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mmlint.dataflow.typestate.tokens import HELD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mmlint.dataflow.boot import Boot
    from mmlint.dataflow.typestate.sheets import Sheets
    from mmlint.dataflow.typestate.tokens import Property
    from mmlint.syntax.nodes import FunctionDef

MAX_CLIMB: Final = 6
MAX_CALLERS: Final = 24
_BY_ADDRESS: Final = frozenset({"field", "address", "assembler"})


def holds(held: Property, pairs: Iterable[str]) -> bool:
    """Whether one of `pairs` is held."""
    wanted = set(pairs)
    return any(token.mode == HELD and token.pair in wanted for token in held)


class Contexts:
    """Answers for functions, each once."""

    def __init__(self, sheets: Sheets, boot: Boot) -> None:
        self.sheets = sheets
        self.program = sheets.program
        self.boot = boot
        self._under: dict[tuple[str, str, frozenset[str]], bool] = {}
        self._rows = {(row.function, row.pair) for row in sheets.knowledge.tables.under}

    def seem_under(self, fn: FunctionDef, pairs: frozenset[str]) -> bool:
        """The same as `under` from a look at the nearest callers only, which costs little."""
        return self._is_boot(fn) or self._in_every_caller(fn, pairs, MAX_CLIMB - 1)

    def _is_boot(self, fn: FunctionDef) -> bool:
        return bool(fn.annotations & self.sheets.knowledge.boot)

    def under(self, fn: FunctionDef, pairs: frozenset[str], depth: int = 0) -> bool:
        """Whether `fn` only ever runs while one of `pairs` is held, or at boot.

        True for a function under way: a recursive call adds no way in.
        """
        if depth >= MAX_CLIMB:
            return self._is_boot(fn)
        key = fn.path, fn.name, pairs
        if key not in self._under:
            self._under[key] = True
            self._under[key] = (
                any((fn.name, pair) in self._rows for pair in pairs)
                or self._in_every_caller(fn, pairs, depth)
                or self.boot.only(fn)
            )
        return self._under[key]

    def _in_every_caller(self, fn: FunctionDef, pairs: frozenset[str], depth: int) -> bool:
        callers = self.program.callers(fn.name, fn.path, fn.static)
        if not callers or len(callers) > MAX_CALLERS:
            return False
        uses = self.program.references(fn.name, fn.path, fn.static)
        if any(use.kind in _BY_ADDRESS for use in uses):
            return False
        return all(
            self._at_calls(above, fn.name, pairs) or self.under(above, pairs, depth + 1)
            for caller in callers
            for above in self.program.parse(caller.path, caller.site)
        )

    def _at_calls(self, fn: FunctionDef, name: str, pairs: frozenset[str]) -> bool:
        """Whether one of `pairs` is held at every call of `name` in `fn`."""
        sheet = self.sheets.of(fn)
        calls = [s for s in sheet.trace.seen if s.event.name == name] if sheet else []
        return bool(calls) and all(holds(seen.held, pairs) for seen in calls)
