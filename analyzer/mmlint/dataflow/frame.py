"""One function under analysis: its parameters, types, merged values and what was seen in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from mmlint.dataflow.comparisons import tests_in
from mmlint.dataflow.phis import Phis
from mmlint.dataflow.refine import Refinement
from mmlint.dataflow.state import Known, State
from mmlint.dataflow.summary import Check, Conversion, Need, Place
from mmlint.dataflow.terms import Term, make

if TYPE_CHECKING:
    from mmlint.dataflow.recording import Recording
    from mmlint.dataflow.summary import Summary
    from mmlint.knowledge import Knowledge
    from mmlint.syntax.nodes import FunctionDef


class Callees(Protocol):
    """Where the summaries of called functions come from."""

    def summary(self, name: str, caller: FunctionDef, raw: bool) -> Summary | None:
        """The summary of `name` as called in `caller`; None where none matters or none is known.

        `raw` says that a page made from a raw PFN is handed over, so that touches matter.
        """

    def counts(self, name: str, caller: FunctionDef) -> bool:
        """Whether `name` as called in `caller` does nothing but arithmetic on its arguments."""


class Sighting(NamedTuple):
    """A function is called with `args` (or named, without) where `tests` have these signs."""

    args: tuple[Term, ...]
    tests: frozenset[tuple[Term, int]]


class Frame:
    """What one analysis of a function works on, and what it found."""

    def __init__(
        self, fn: FunctionDef, number: int, knowledge: Knowledge, callees: Callees
    ) -> None:
        self.fn = fn
        self.number = number
        self.knowledge = knowledge
        self.callees = callees
        self.types: dict[str, tuple[str, int]] = {p.name: (p.type, p.pointer) for p in fn.params}
        self.same_block = self._same_block()
        self.locals: set[str] = {p.name for p in fn.params}
        self.phis = Phis(self.locals)
        self.refinement = Refinement(knowledge, self.phis)
        self.conversions: dict[Term, list[Conversion]] = {}
        self.heads: frozenset[int] = frozenset()
        self.collecting = False
        # Whether there is anything to collect in what was visited since this was last reset.
        self.shows = False
        self.recording: Recording | None = None
        # A function, and where it is called or named: with which arguments, after which tests.
        self.watched = ""
        # Calls through structures and parameters by offset, and the function that is meant.
        self.meant: dict[int, str] = {}
        self.seen: list[Sighting] = []
        self.needs: dict[tuple[object, ...], Need] = {}
        self.touched: set[str] = set()
        self.untested: set[str] = set()
        self.linked: set[str] = set()
        self.ends: set[Known] = set()
        self.ignored: set[str] = set()
        self.consumed: set[Term] = set()
        # The PFNs of the pages whose zones are used for more than a comparison.
        self.zones: set[Term] = set()
        # What was stored where: the object, the field, the value.
        self.kept: set[tuple[Term, str, Term]] = set()
        self.arguments: dict[Term, tuple[Term, ...]] = {}
        self.structs: dict[Term, str] = {}
        self.read_at: dict[Term, int] = {}
        self.checks: dict[Known, Check] = {}
        self.exits: list[tuple[Term | None, State]] = []

    def settle(self) -> None:
        """Forget what only the analysis itself and the summary of its exits were in need of."""
        self.exits.clear()
        self.phis.close()

    def collects(self) -> bool:
        """Whether what was met is kept now; if not, it is noted that there is something to keep."""
        self.shows = True
        return self.collecting

    def sight(self, name: str, args: tuple[Term, ...], state: State) -> None:
        """`name` is called or named; of interest only if somebody asked for it."""
        if name == self.watched and self.collects():
            self.seen.append(Sighting(args, tests_in(state, self.fn)))

    def _same_block(self) -> dict[str, str]:
        """Of a function whose row verifies a block: the parameter of its end, and of its start."""
        names = [p.name for p in self.fn.params]
        return {
            names[row.end - 1]: names[row.pfn - 1]
            for row in self.knowledge.establish[self.fn.name]
            if row.covers == "range" and 0 < row.pfn <= len(names) and 0 < row.end <= len(names)
        }

    def of_call(
        self, kind: str, name: str, args: tuple[Term, ...], offset: int, position: int = 0
    ) -> Term:
        """What the call at `offset` gives (or stores through argument `position`).

        The place is identity enough; the arguments are kept aside for questions about its origin.
        """
        found = make(kind, name, (), self.site(offset), position)
        self.arguments[found] = args
        return found

    def site(self, offset: int) -> tuple[int, int]:
        """The identity of a call or merge in this function."""
        return (self.number, offset)

    def place(self, offset: int) -> Place:
        """The same for a reader."""
        return Place(self.fn.path, self.fn.name, offset)

    def param(self, name: str) -> Term:
        """The value that the parameter has on entry."""
        return make("param", name)

    def marks(self, pfn: Term) -> frozenset[str]:
        """``walk`` where the PFN itself is counted on in a loop of this function."""
        stack = [pfn]
        while stack:
            term = stack.pop()
            if term.kind == "iter":
                return frozenset({"walk"})
            if self._is_counted(term):
                return frozenset({"walk"})
            if term.kind in ("sum", "op", "page", "pfn", "opt") or (
                term.kind == "call" and not term.site
            ):
                stack.extend(term.args)
        return frozenset()

    def _is_counted(self, phi: Term) -> bool:
        """Whether a loop makes each of its values out of the one before; a retry does not."""
        if phi.kind != "phi" or phi.site is None or ~phi.site[1] not in self.heads:
            return False
        seen: set[tuple[Term, bool]] = set()
        stack = [(value, False) for value in self.phis.incoming.get(phi, ())]
        while stack:
            term, moved = stack.pop()
            if term is phi and moved:
                return True
            if (term, moved) not in seen:
                seen.add((term, moved))
                # Rounding alone comes to rest.
                further = moved or not (term.kind == "phi" or _is_rounded(term))
                stack += [(arg, further) for arg in term.args]
                stack += [(value, moved) for value in self.phis.incoming.get(term, ())]
        return False

    def checked(self, known: Known, offset: int, name: str) -> None:
        """The call `name` at `offset` established a fact."""
        self.checks.setdefault(
            known._replace(zone=None), Check(known.fact, name, self.place(offset))
        )

    def checked_somewhere(self, subject: Term) -> frozenset[str]:
        """The facts that any check of the function can establish for a PFN."""
        return frozenset(known.fact for known in self.checks if known.key is subject)

    def checks_of(self, subject: Term | None, has: frozenset[str]) -> tuple[Check, ...]:
        """The calls that established facts of `has` for a PFN."""
        found = (self.checks.get(Known(fact, subject)) for fact in sorted(has))
        return tuple(check for check in found if check is not None)

    def convert(self, pfn: Term, conversion: Conversion) -> None:
        """A raw PFN became a page there."""
        known = self.conversions.setdefault(pfn, [])
        if conversion not in known:
            known.append(conversion)

    def conversion_of(self, pfn: Term, offset: int) -> Conversion | None:
        """The conversion that made the page of `pfn` which is touched at `offset`.

        A conversion comes before a check that returns the page, the last one before the touch
        before the others; the page of a walk was made where the walk started.
        """
        found: list[Conversion] = []
        seen: set[Term] = set()
        stack = [pfn]
        while stack and not found:
            term = stack.pop(0)
            seen.add(term)
            found = self.conversions.get(term, [])
            more = self.phis.incoming.get(term, ()) if term.kind == "phi" else term.args
            stack += [t for t in more if t not in seen and term.kind in ("phi", "sum")]
        if not found:
            return None
        here = self.fn.path, self.fn.name
        return max(
            found,
            key=lambda c: (
                not c.checked,
                (c.place.path, c.place.function) == here and c.place.offset <= offset,
                c.place.offset,
            ),
        )

    def typed(self, name: str, value: Term) -> None:
        """A variable of a structure pointer type holds `value`."""
        kind, pointer = self.types.get(name, ("", 0))
        if pointer == 1 and kind.find("struct ") >= 0:
            self.structs.setdefault(value, bare_type(kind))


def bare_type(text: str) -> str:
    """A structure's name without `struct` and qualifiers."""
    return text.removeprefix("const ").removeprefix("struct ").removeprefix("union ").strip()


def _is_rounded(term: Term) -> bool:
    return term.kind in ("page", "pfn", "opt") or (term.kind == "op" and term.name in ("&", "|"))
