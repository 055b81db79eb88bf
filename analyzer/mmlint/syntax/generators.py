"""Functions whose header is a macro: their names as the macro's definition makes them."""

from __future__ import annotations

import re
from functools import lru_cache

from mmlint.syntax.groups import after_group, split_arguments
from mmlint.syntax.macros import Macro, MacroTable
from mmlint.syntax.substitution import bind, substituted

_DEEPEST = 8
_MOST_READ = 500
"""Definitions that are read to tell one name; the kernel's longest way to one reads a tenth."""
_MOST_KEPT = 512
"""Definitions whose heads are at hand: those of the system calls are used again and again."""
_HEADER = re.compile(r"([A-Za-z_]\w*(?:\s*##\s*\w+)*)\s*\(")
# Only for a file that is checked without its tree; else the definition tells.
_SYSTEM_CALL = re.compile(r"(COMPAT_)?SYSCALL_DEFINE\d")


def generated_name(macro: str, arguments: list[str], macros: MacroTable | None) -> str:
    """The name of the function that `macro(arguments) {` defines; "" when it cannot be told.

    A definition that makes several (stubs and the body) declares them with names that end alike:
    the shortest is the one that people use, unless that one has a body of its own.
    """
    reader = _Names(macros) if macros is not None else None
    found = reader.of(macro, arguments, 0) if reader is not None else []
    owner = found[-1] if found else ""
    whole = reader.whole if reader is not None else set()
    alike = [name for name in found if owner.endswith(name) and name not in whole]
    if alike:
        return min(alike, key=len)
    system_call = _SYSTEM_CALL.fullmatch(macro)
    if system_call and arguments:
        return f"{'compat_' if system_call[1] else ''}sys_{arguments[0]}"
    return ""


class _Names:
    """Reads definitions for one answer; how many, is bounded. `whole` are names with a body."""

    def __init__(self, macros: MacroTable) -> None:
        self._macros = macros
        self.whole: set[str] = set()
        self._left = _MOST_READ

    def of(self, macro: str, arguments: list[str], depth: int) -> list[str]:
        """All names that the definitions declare, the one that owns the body last."""
        names: list[str] = []
        owner = ""
        for definition in self._macros.lookup(macro) if depth < _DEEPEST else ():
            self._left -= 1
            heads = heads_at_end(definition) if self._left >= 0 else []
            if not heads or definition.params is None:
                continue
            bound = bind(definition.params, arguments)
            tail, at = heads[-1]
            if self._macros.defines(tail) and tail not in bound:
                inner = [substituted(part, bound) for part in split_arguments(definition.body, at)]
                inner = [part.strip() for text in inner for part in _split(text)]
                names += self.of(tail, inner, depth + 1)
                owner = names[-1] if names else owner
            else:
                made = {at: head for head, at in heads if "##" in head or head in bound}
                names += [substituted(head, bound) for head in made.values()]
                self.whole |= {
                    substituted(head, bound)
                    for opening, head in made.items()
                    if after_group(definition.body[opening:]).lstrip().startswith("{")
                }
                owner = substituted(tail, bound) if at in made else owner
        return [*names, owner] if owner else []


@lru_cache(maxsize=_MOST_KEPT)
def heads_at_end(macro: Macro) -> list[tuple[str, int]]:
    """`name (` in the body with the offset of the parenthesis, if the last ends the body."""
    heads = [(found[1], found.end() - 1) for found in _HEADER.finditer(macro.body)]
    outer: list[tuple[str, int]] = []
    end = 0
    for name, at in heads:
        if at < end:
            continue
        end = len(macro.body) - len(after_group(macro.body[at:]))
        outer.append((name, at))
    return outer if outer and not macro.body[end:].strip() else []


def _split(text: str) -> list[str]:
    return split_arguments(f"({text})", 0) or [""]
