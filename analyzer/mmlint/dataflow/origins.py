"""Where a value comes from: asked lazily, from a term back to where the function got it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from mmlint.dataflow.frame import bare_type
from mmlint.dataflow.terms import Term, parts

if TYPE_CHECKING:
    from mmlint.dataflow.frame import Frame
    from mmlint.rows import Origin

_MADE: Final = frozenset({"call", "iter", "out"})
# Only the left operand passes its origin on: shift counts, divisors and masks bring none.
_LEFT_ONLY: Final = frozenset({"<<", ">>", "/", "%", "&"})


class Source(NamedTuple):
    """One origin: `kind` as in the rows, or ``param`` (its name is `text`), or ``unknown``."""

    kind: str
    text: str
    at: int = 0
    path: str = ""
    function: str = ""


class Origins:
    """Answers for one analysed function."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.knowledge = frame.knowledge
        self._seen: set[Term] = set()

    def of(self, term: Term) -> frozenset[Source]:
        """All sources of the value, and of the bounds of the walk that it belongs to."""
        self._seen = set()
        fn = self.frame.fn
        return frozenset(s._replace(path=fn.path, function=fn.name) for s in self._of(term))

    def _of(self, term: Term) -> set[Source]:
        if term in self._seen:
            return set()
        self._seen.add(term)
        method = getattr(self, f"_{term.kind}", None)
        found: set[Source] = method(term) if method else {Source("unknown", term.name or term.kind)}
        at = self._place(term)
        return {s._replace(at=at) if not s.at else s for s in found}

    def _place(self, term: Term) -> int:
        """Where the function reads a value, or at least something that it is made of."""
        for part in parts(term):
            at = self.frame.read_at.get(part, 0)
            if not at and part.kind in _MADE and part.site and part.site[0] == self.frame.number:
                at = part.site[1]
            if at:
                return at
        return 0

    def _param(self, term: Term) -> set[Source]:
        return {Source("param", term.name)}

    def _num(self, _term: Term) -> set[Source]:
        return set()

    def _undef(self, _term: Term) -> set[Source]:
        return set()

    def _global(self, term: Term) -> set[Source]:
        if term.name.isupper() or term.name in self.knowledge.bound:
            return set()
        rows = self.knowledge.origin_of_variable.get(term.name, ())
        return _sources(rows) or {Source("unknown", f"the variable {term.name}")}

    def _field(self, term: Term) -> set[Source]:
        base = term.args[0]
        if term.name == "*" and base.kind == "param":
            kind, pointer = self.frame.types.get(base.name, ("", 0))
            rows = self.knowledge.origin_of_parameter.get(f"{kind} {'*' * pointer}", ())
            if rows:
                return _sources(rows)
        rows = self._of_member(term.name, base)
        owned = {s for s in self._of(base) if s.kind == "safe"} if base.kind == "call" else set()
        if owned or rows:
            return owned or _sources(rows)
        passed = {s for s in self._of(base) if s.kind in ("outside", "device", "param")}
        return passed or {Source("unknown", _in_words(term.name))}

    def _of_member(self, name: str, base: Term) -> tuple[Origin, ...]:
        """The rows about a member of the structure that `base` is or points to."""
        rows = self.knowledge.origin_of_field.get(name, ())
        return tuple(row for row in rows if row.struct in ("", self.structure(base)))

    def structure(self, base: Term) -> str:
        """The structure that a value points to or is, "" where its type was not seen."""
        given = self.frame.arguments.get(base, ())
        if base.kind == "out" and base.value <= len(given):
            base = given[base.value - 1]
        if base.kind in ("param", "local"):
            declared = bare_type(self.frame.types.get(base.name, ("", 0))[0])
            return self.frame.structs.get(base, "") if declared == "void" else declared
        if base.kind == "field" and base not in self.frame.structs:
            return self.structure(base.args[0])
        return self.frame.structs.get(base, "")

    def _local(self, _term: Term) -> set[Source]:
        return {Source("unknown", "a local structure")}

    def _elem(self, term: Term) -> set[Source]:
        return self._of(term.args[0])

    def _call(self, term: Term) -> set[Source]:
        rows = [r for r in self.knowledge.origin_of_call.get(term.name, ()) if not r.out]
        if rows:
            return _sources(tuple(rows))
        if term.site is None or self.frame.callees.counts(term.name, self.frame.fn):
            given = self._union(term)
            for arg in self.frame.arguments.get(term, ()):
                given |= self._of(arg)
            return given
        return {
            Source("unknown", f"the result of {term.name or 'an indirect call'}()", term.site[1])
        }

    def _out(self, term: Term) -> set[Source]:
        rows = [r for r in self.knowledge.origin_of_call.get(term.name, ()) if r.out == term.value]
        return _sources(tuple(rows)) or {Source("unknown", f"what {term.name}() stores")}

    def _iter(self, term: Term) -> set[Source]:
        rows = self.knowledge.origin_of_call.get(term.name, ())
        if rows:
            return _sources(rows)
        given: set[Source] = set()
        for arg in self.frame.arguments.get(term, ()):
            given |= self._of(arg)
        kinds = {"outside", "span", "safe", "held"}
        if term.name in self.knowledge.establish:
            kinds.add("param")  # the row says that it gives PFNs of the range it gets
        kept = {s for s in given if s.kind in kinds}
        return kept or {Source("unknown", f"the loop {term.name}()")}

    def _op(self, term: Term) -> set[Source]:
        if term.name.startswith("&") and len(term.args) == 1:  # the address of a member
            rows = self._of_member(term.name[1:], term.args[0])
            return _sources(rows) or self._union(term)
        if term.name in _LEFT_ONLY:
            left, right = (*term.args, term.args[0])[:2]
            return self._of(right if left.kind == "num" else left)
        return self._union(term)

    def _sum(self, term: Term) -> set[Source]:
        # So far from a page that somebody had is still a page of the same owner.
        had = next((arg for arg in term.args if arg.kind == "pfn"), None)
        found = self._union(term) if had is None else self._of(had)
        known = {s for s in found if s.kind != "unknown"}
        return known or found

    def _phi(self, term: Term) -> set[Source]:
        found: set[Source] = set()
        for value in self.frame.phis.incoming.get(term, ()):
            found |= self._of(value)
        if self.frame.marks(term):
            for bound in self.frame.refinement.bounds.get(term, ()):
                found |= {s for s in self._of(bound) if s.kind in ("outside", "span", "param")}
        return found

    def _page(self, term: Term) -> set[Source]:
        return self._of(term.args[0])

    def _opt(self, term: Term) -> set[Source]:
        return self._of(term.args[0])

    def _pfn(self, term: Term) -> set[Source]:
        """The PFN of a page that somebody had: safe as a PFN, but the page has an origin too."""
        inner = self._of(term.args[0])
        kept = {s for s in inner if s.kind in ("param", "held", "entry", "outside", "span")}
        return kept or {Source("safe", "taken from a page at hand")}

    def _link(self, _term: Term) -> set[Source]:
        return {Source("unknown", "a zone or node")}

    def _union(self, term: Term) -> set[Source]:
        found: set[Source] = set()
        for arg in term.args:
            found |= self._of(arg)
        return found


def _sources(rows: tuple[Origin, ...] | list[Origin]) -> set[Source]:
    return {Source(row.kind, row.text) for row in rows}


def _in_words(member: str) -> str:
    """What is read of a structure, an array or behind a pointer."""
    if member == "*":
        return "what a pointer leads to"
    return "an element of an array" if member.startswith("[") else f"the field {member}"
