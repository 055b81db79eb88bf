"""Values and facts in words that look like the source."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mmlint.dataflow.state import Known
    from mmlint.dataflow.terms import Term

_MARKS = frozenset({"phi", "undef", "deep", "local", "param", "global", "iter"})


class Spelling:
    """Spells for one function; `line` tells the line of an offset in it."""

    def __init__(self, line: Callable[[int], int]) -> None:
        self._line = line

    def fact(self, known: Known) -> str:
        """A fact with what it is about: `online(pfn)`."""
        about = [self.term(part) for part in (known.key, known.zone) if part is not None]
        return f"{known.fact}({', '.join(about)})" if about else known.fact

    def term(self, term: Term) -> str:
        """A value: names where it has one, else how it was made."""
        if term.kind in _MARKS:
            return term.name.rstrip("#") or term.kind
        if term.kind == "num":
            return str(term.value)
        if term.kind in ("pfn", "page", "opt"):
            return self.term(term.args[0])
        if term.kind in ("call", "out"):
            return self._call(term)
        return self._made(term)

    def _call(self, term: Term) -> str:
        if term.site is None:
            return f"{term.name}({', '.join(map(self.term, term.args))})"
        return f"{term.name or '(*)'}() of line {self._line(term.site[1])}"

    def _made(self, term: Term) -> str:
        parts = [self.term(arg) for arg in term.args]
        if term.kind == "sum":
            parts += [str(term.value)] if term.value else []
            return " + ".join(parts).replace("+ -", "- ")
        if term.kind == "field":
            return f"*{parts[0]}" if term.name == "*" else f"{parts[0]}->{term.name}"
        if term.kind == "elem":
            return f"{parts[0]}[{parts[1]}]"
        if term.kind == "link":
            return f"{term.name} of {parts[0]}"
        return self._operation(term, parts)

    @staticmethod
    def _operation(term: Term, parts: list[str]) -> str:
        if term.name == "neg":
            return f"-{parts[0]}"
        if term.name.startswith("&") and len(parts) == 1:
            return f"&{parts[0]}->{term.name[1:]}"
        if len(parts) == 1:
            return f"{term.name}{parts[0]}"
        return f"({f' {term.name} '.join(parts)})"
