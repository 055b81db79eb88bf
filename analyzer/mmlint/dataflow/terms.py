"""Symbolic values: what an expression denotes, independent of the variables that name it.

Terms are interned, so equal terms are one object and compare by identity. They are normalised
when built: the page of the PFN of a page is that page, a page plus n is the page of the PFN plus
n. Facts hang on terms, so a change of a variable kills nothing: `pfn++` makes another term.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# A longer chain of operations than this says nothing that a reader could follow.
MAX_DEPTH: Final = 14

# The signs that a number can have: a set of these, as bits.
NEGATIVE: Final = 1
ZERO: Final = 2
POSITIVE: Final = 4
ANY: Final = 7
NONZERO: Final = NEGATIVE | POSITIVE

Site = tuple[int, int]


class Term:
    """One symbolic value; make it with the functions of this module, never directly.

    `kind` is one of: ``param`` (name), ``num`` (value), ``global``, ``local`` (address of a local),
    ``undef``, ``field`` (args base), ``elem`` (base, index), ``call`` (args; site None when pure),
    ``iter`` (what a loop macro yields), ``out`` (stored through argument `value` of a call),
    ``sum`` (args plus `value`), ``op``, ``phi``, ``page`` (of a PFN), ``pfn`` (of a page), ``opt``
    (the argument or NULL), ``link`` (zone or node of the page whose PFN is the argument), ``deep``.
    `sign` are the signs that the value has wherever it stands, 0 where that depends.
    """

    __slots__ = ("args", "depth", "kind", "name", "phis", "sign", "site", "value")

    def __init__(
        self, kind: str, name: str, args: tuple[Term, ...], site: Site | None, value: int
    ) -> None:
        self.kind = kind
        self.name = name
        self.args = args
        self.site = site
        self.value = value
        # What is made of an opaque value is opaque, or a loop would nest it anew for ever.
        self.depth: int = MAX_DEPTH if kind == "deep" else 1
        phis: frozenset[Term] = _NONE
        for arg in args:
            if arg.depth >= self.depth and kind != "deep":
                self.depth = 1 + arg.depth
            if arg.phis:
                phis = phis | arg.phis if phis else arg.phis
        own = kind in ("phi", "iter", "out") or (kind in ("call", "opt") and site is not None)
        self.phis: frozenset[Term] = phis | {self} if own else phis
        self.sign: int = _sign_of(kind, name, args, value)

    def __repr__(self) -> str:
        inside = ", ".join(map(repr, self.args))
        extra = f"+{self.value}" if self.value else ""
        place = f"@{self.site[1]}" if self.site else ""
        return f"{self.kind}:{self.name}{place}({inside}){extra}"


_NONE: Final[frozenset[Term]] = frozenset()


def _sign_of(kind: str, name: str, args: tuple[Term, ...], value: int) -> int:
    """The signs of a value as far as it says itself; ALL-CAPS names are constants."""
    if kind == "num":
        return ZERO if value == 0 else POSITIVE if value > 0 else NEGATIVE
    if kind == "page":
        return NONZERO
    if kind == "op" and name == "neg" and args[0].name.isupper():
        return NEGATIVE
    if kind == "global" and name.isupper():
        return ZERO | POSITIVE
    return 0


_Key = tuple[str, str, tuple[Term, ...], Site | None, int]
_interned: dict[_Key, Term] = {}


def make(
    kind: str,
    name: str = "",
    args: tuple[Term, ...] = (),
    site: Site | None = None,
    value: int = 0,
) -> Term:
    """The one term of this shape; a chain deeper than `MAX_DEPTH` becomes an opaque value."""
    key = (kind, name, args, site, value)
    found = _interned.get(key)
    if found is None:
        found = Term(kind, name, args, site, value)
        if found.depth > MAX_DEPTH:
            return make("deep", name or kind, (), site)
        _interned[key] = found
    return found


def number(value: int) -> Term:
    """An integer constant."""
    return make("num", value=value)


NULL: Final = make("num", value=0)


def is_null(term: Term) -> bool:
    """Whether the term is the constant 0."""
    return term.kind == "num" and term.value == 0


def total(left: Term, right: Term) -> Term:
    """`left + right`, with constants folded and a page moved along.

    So far from no value is no value: else a variable without one that a loop counts on would
    have another value each round, since a merge takes the edge that has one.
    """
    if left.kind == "opt":
        left = left.args[0]
    if left.kind == "page":
        return page_of(total(left.args[0], right))
    if right.kind == "page":
        return page_of(total(right.args[0], left))
    unset = [term for term in (left, right) if term.kind == "undef"]
    if unset:
        return min(unset, key=lambda term: term.name)
    terms: list[Term] = []
    constant = 0
    for term in (left, right):
        if term.kind == "num":
            constant += term.value
        elif term.kind == "sum":
            terms.extend(term.args)
            constant += term.value
        else:
            terms.append(term)
    if not terms:
        return number(constant)
    if len(terms) == 1 and constant == 0:
        return terms[0]
    return make("sum", args=tuple(terms), value=constant)


def negative(term: Term) -> Term:
    """`-term`."""
    if term.kind == "num":
        return number(-term.value)
    if term.kind == "op" and term.name == "neg":
        return term.args[0]
    return make("op", "neg", (term,))


def page_of(pfn: Term) -> Term:
    """The page of a PFN."""
    return pfn.args[0] if pfn.kind == "pfn" else make("page", args=(pfn,))


def pfn_of(page: Term) -> Term:
    """The PFN of a page: also the key under which facts about the page are kept."""
    if page.kind == "opt":
        return pfn_of(page.args[0])
    if page.kind == "page":
        return page.args[0]
    if page.kind == "sum":
        first = pfn_of(page.args[0])
        rest = (
            make("sum", args=page.args[1:], value=page.value)
            if len(page.args) > 1
            else number(page.value)
        )
        return total(first, rest)
    return make("pfn", args=(page,))


def or_null(term: Term) -> Term:
    """`term` or NULL, nobody knows which."""
    return term if term.kind == "opt" or is_null(term) else make("opt", args=(term,))


def is_raw(pfn: Term) -> bool:
    """Whether this PFN is more than the PFN of a page that somebody had."""
    if pfn.kind == "pfn":
        return False
    return not (pfn.kind == "sum" and pfn.args[0].kind == "pfn")


def substitute(term: Term, into: dict[Term, Term]) -> Term:
    """`term` with the parts that are keys of `into` replaced, normalised again."""
    if term in into:
        return into[term]
    if not term.args:
        return term
    args = tuple(substitute(a, into) for a in term.args)
    if args == term.args:
        return term
    return rebuilt(term, args)


def rebuilt(term: Term, args: tuple[Term, ...]) -> Term:
    """The term of the same operation on other arguments."""
    if term.kind == "page":
        return page_of(args[0])
    if term.kind == "pfn":
        return pfn_of(args[0])
    if term.kind == "opt":
        return or_null(args[0])
    if term.kind == "sum":
        result = args[0]
        for arg in args[1:]:
            result = total(result, arg)
        return total(result, number(term.value))
    return make(term.kind, term.name, args, term.site, term.value)


def parts(term: Term) -> Iterator[Term]:
    """The term and everything in it, outermost first."""
    stack = [term]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(current.args)


def params_of(term: Term) -> frozenset[str]:
    """Names of the parameters that the term is made of."""
    return frozenset(t.name for t in parts(term) if t.kind == "param")


def expressible(term: Term) -> bool:
    """Whether a caller can say what the term is: nothing in it but parameters, numbers, globals."""
    return all(
        t.kind
        in ("param", "num", "global", "field", "elem", "sum", "op", "page", "pfn", "opt", "link")
        or (t.kind == "call" and t.site is None)
        for t in parts(term)
    )
