"""What is held where a function runs: by itself, or by everybody who calls it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from mmlint.dataflow.typestate.effects import INDIRECT
from mmlint.dataflow.typestate.tokens import HELD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mmlint.dataflow.boot import Boot
    from mmlint.dataflow.typestate.paths import Seen
    from mmlint.dataflow.typestate.sheets import Sheets
    from mmlint.dataflow.typestate.tokens import Property
    from mmlint.syntax.nodes import FunctionDef

MAX_CLIMB: Final = 6
MAX_CALLERS: Final = 24


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
        self._reliance = sheets.program.reliance
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
        self._reliance.on(("under", key))
        if key not in self._under:
            self._under[key] = True
            with self._reliance.making(("under", key)):
                self._under[key] = (
                    self._is_boot(fn)
                    or any((fn.name, pair) in self._rows for pair in pairs)
                    or self._in_every_caller(fn, pairs, depth)
                    or self.boot.only(fn)
                )
        return self._under[key]

    def without(self, fn: FunctionDef, pairs: frozenset[str]) -> list[tuple[FunctionDef, int]]:
        """A way to `fn` on which none of `pairs` is held: each caller, and where it calls.

        Of the functions that call by name the first; empty where none does.
        """
        found: list[tuple[FunctionDef, int]] = []
        while len(found) < MAX_CLIMB:
            names = partial(_names, fn.name)
            open_call = next(
                (
                    (above, seen.event.offset)
                    for above in self.boot.reaching.callers(fn, MAX_CALLERS)
                    if all((above.path, above.name) != (one.path, one.name) for one, _ in found)
                    and not self.under(above, pairs, len(found) + 1)
                    for seen in self._calls(above, names)
                    if not holds(seen.held, pairs)
                ),
                None,
            )
            if open_call is None:
                break
            found.append(open_call)
            fn = open_call[0]
        return found

    def _in_every_caller(self, fn: FunctionDef, pairs: frozenset[str], depth: int) -> bool:
        reaching = self.boot.reaching
        callers = reaching.callers(fn, MAX_CALLERS + 1)
        nearest = depth >= MAX_CLIMB - 1
        if len(callers) > MAX_CALLERS or (nearest and reaching.escapes_in_c(fn)):
            return False
        if not all(
            self._at_calls(above, pairs, partial(_names, fn.name))
            or self.under(above, pairs, depth + 1)
            for above in callers
        ):
            return False
        if not reaching.escapes(fn):
            return bool(callers)
        # Where the nearest callers are asked for, these cost a search.
        indirect = () if nearest else reaching.indirect_calls(fn)
        return bool(indirect) and all(
            self._at_calls(above, pairs, partial(_is_indirect, at))
            or self.under(above, pairs, depth + 1)
            for above, at in indirect
        )

    def _at_calls(
        self, fn: FunctionDef, pairs: frozenset[str], means: Callable[[Seen], bool]
    ) -> bool:
        """Whether one of `pairs` is held at every call in `fn` for which `means` is true."""
        calls = self._calls(fn, means)
        return bool(calls) and all(holds(seen.held, pairs) for seen in calls)

    def _calls(self, fn: FunctionDef, means: Callable[[Seen], bool]) -> list[Seen]:
        sheet = self.sheets.of(fn)
        return [seen for seen in sheet.trace.seen if means(seen)] if sheet else []


def _names(name: str, seen: Seen) -> bool:
    """Whether `name` is called, or given to a walker that calls it."""
    given = any(arg.kind == "global" and arg.name == name for arg in seen.event.args)
    return given or seen.event.name == name


def _is_indirect(at: frozenset[int], seen: Seen) -> bool:
    return seen.event.name == INDIRECT and seen.event.offset in at
