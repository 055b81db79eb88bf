"""Calls of something that is no plain function's name, and what is called there."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from mmlint.callgraph.holders import Member, Variable
from mmlint.callgraph.inlined import INDIRECT
from mmlint.callgraph.latest import Latest
from mmlint.callgraph.scopes import Scope
from mmlint.syntax import nodes
from mmlint.syntax.limits import ParseGivenUp
from mmlint.syntax.parse import parse_function

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mmlint.callgraph.codes import Codes
    from mmlint.callgraph.generation import GeneratedFunction
    from mmlint.callgraph.holders import Held, Holders
    from mmlint.callgraph.inlined import Inlined
    from mmlint.callgraph.layouts import Layouts
    from mmlint.syntax.nodes import Expr, FunctionDef
    from mmlint.syntax.outline import DefinitionSite

_CALLED_MEMBER = re.compile(rb"(?:->|(?<!\.)\.)\s*\w+\s*\)?\s*\(")
_WORD = re.compile(r"[A-Za-z_]\w*")
_GIVEN = re.compile(r"\s*+[=;,]")
# Without the boundary each end of a word would be tried too.
_CALLED = re.compile(r"\b([A-Za-z_]\w*+)\s*+\(")
_VARIABLE = re.compile(
    r"^(?!typedef\b)[A-Za-z_][^\n(){};=]*[\s*](\w+)\s*(?:\[[^\n;=]*\]\s*)?(?:__\w+\s*)*[=;]"
    r"|^(?!typedef\b)[A-Za-z_][^\n;{}=]*\(\s*\*+\s*(?:const\s+)?(\w+)\s*[)\[]",
    re.MULTILINE,
)


_MOST_KEPT = 1000
"""Files whose variables are at hand."""


class IndirectSite(msgspec.Struct, frozen=True):
    """A call in `function` of the file `path`, at a byte offset, of what only running tells.

    `form` is what is called: a ``member`` (then `structure` and `field` say which), a
    ``parameter``, a ``local``, a ``global`` (then `name` is the variable) or ``other``. A local
    that is assigned from a member has the structure and the field of that one. `sources` are the
    places whose contents are called, `condition` is what the `#if` around the call ask for.
    """

    path: str
    function: str
    line: int
    offset: int
    form: str
    structure: str
    field: str
    name: str
    condition: str
    sources: tuple[Held, ...] = ()


class Sites:
    """Finds the indirect calls in functions."""

    def __init__(self, codes: Codes, layouts: Layouts, holders: Holders, inlined: Inlined) -> None:
        self._codes = codes
        self._layouts = layouts
        self._holders = holders
        self._inlined = inlined
        self._variables: Latest[str, frozenset[str]] = Latest(_MOST_KEPT)

    def of(self, functions: Sequence[FunctionDef]) -> Iterator[IndirectSite]:
        """Those of some functions, the variants of each one together, each call once.

        What the macros call that they use comes behind what they call themselves.
        """
        for (path, _), group in groupby(functions, key=lambda fn: (fn.path, fn.start)):
            variants = list(group)
            if not variants[0].is_macro:
                scopes = [Scope(path, variant) for variant in variants]
                yield from self.inside(scopes)
                yield from self.in_macros(scopes)

    def in_macros(self, scopes: Iterable[Scope]) -> Iterator[IndirectSite]:
        """What macros call indirectly where functions use them, as far as it can be told."""
        found = (
            self._site(inlined.call, inlined.scope, scope, inlined.at)
            for scope in scopes
            for inlined in self._inlined.calls(scope)
        )
        known = (site for site in found if site is not None and (site.field or site.sources))
        yield from dict.fromkeys(known)

    def inside(self, scopes: Iterable[Scope], field: str = "") -> Iterator[IndirectSite]:
        """Those of one function, given by its variants.

        With `field` only those that may call what a member of that name holds.
        """
        found: dict[int, IndirectSite] = {}
        for scope in scopes:
            for node in scope.calls():
                if not isinstance(node, nodes.Call) or node.start in found:
                    continue
                wanted = _may_hold(node, scope, field)
                site = self._site(node, scope, scope, node.start) if wanted else None
                if site is not None:
                    found[node.start] = site
        yield from (found[at] for at in sorted(found))

    def generated(self, function: GeneratedFunction) -> Iterator[IndirectSite]:
        """The calls of members in a function that a macro defines, where the macro is used."""
        made = function.made
        if _CALLED_MEMBER.search(made.outline.code, made.site.body, made.site.end) is None:
            return
        try:
            variants = parse_function(made.outline, made.site, self._codes.macros)
        except (ParseGivenUp, RecursionError):
            return
        place = self._codes.code(function.path).lines.start(function.line)
        found: dict[IndirectSite, None] = {}
        for scope in (Scope(function.path, variant, base=place) for variant in variants):
            for node in scope.calls():
                if isinstance(node, nodes.Call) and isinstance(_bare(node.callee), nodes.Member):
                    site = self._site(node, scope, scope, 0)
                    if site is not None:
                        found[site] = None
        yield from found

    def may_be_in(self, path: str, site: DefinitionSite) -> bool:
        """Whether a look at the text of a function cannot rule out an indirect call."""
        text = self._codes.code(path).text
        if INDIRECT.search(text, site.body, site.end):
            return True
        called = set(_CALLED.findall(text, site.body, site.end))
        ways = self._inlined.ways
        if ways.any_of(called):
            given = set(ways.arguments(text, site.body, site.end))
            if not all(argument.isidentifier() for argument in given):
                return True
            called |= given
        if not called.isdisjoint(self._globals(path)):
            return True
        if any(map(self._layouts.may_be_called, called)):
            return True
        # Of a header the parameters are words; of a body the locals are given values.
        params = set(_WORD.findall(text, site.start, site.body)) - {site.name}
        return not called.isdisjoint(params) or any(
            _is_given(text, name, site.body, site.end) for name in called
        )

    def _globals(self, path: str) -> frozenset[str]:
        """The variables at file scope of a file."""
        known = self._variables.get(path)
        if known is None:
            pairs = _VARIABLE.findall(self._codes.code(path).text)
            known = frozenset(one or other for one, other in pairs)
            self._variables[path] = known
        return known

    def _site(self, call: nodes.Call, scope: Scope, around: Scope, at: int) -> IndirectSite | None:
        """A call in a scope, for one that stands at an offset of the function `around`."""
        callee, scope = scope.resolved(_bare(call.callee))
        callee = _bare(callee)
        if isinstance(callee, nodes.Call) and self._is_macro(callee, scope):
            # `guard(x)(y)`: what a macro makes is not what it calls.
            return None
        if isinstance(callee, nodes.Text) or _is_empty(callee, scope):
            # `"r"(field)`: an operand of inline assembler, which a macro is handed.
            return None
        if isinstance(callee, nodes.Name):
            form, sources = self._named(callee, scope)
            if not form:
                return None
        else:
            form = "member" if isinstance(callee, nodes.Member) else "other"
            sources = tuple(dict.fromkeys(self._holders.held(callee, scope)))
        member = next((source for source in sources if isinstance(source, Member)), None)
        code = self._codes.code(around.path)
        function = around.function
        offset = around.base + at
        return IndirectSite(
            path=around.path,
            function=function.name if function is not None else "",
            line=code.lines.line(offset),
            offset=offset,
            form=form,
            structure=member.structure if member is not None else "",
            field=member.field if member is not None else _field(callee, scope),
            name=callee.name if isinstance(callee, nodes.Name) else "",
            condition=code.condition_inside(
                offset, around.base + (function.start if function is not None else 0)
            ),
            sources=sources,
        )

    def _is_macro(self, call: nodes.Call, scope: Scope) -> bool:
        name = call.callee.name if isinstance(call.callee, nodes.Name) else ""
        return self._codes.code(scope.path).has_function_macro(name)

    def _named(self, callee: nodes.Name, scope: Scope) -> tuple[str, tuple[Held, ...]]:
        """The form of a call by name and what the name holds; "" for a plain one."""
        name = callee.name
        if self._codes.code(scope.path).has_function_macro(name):
            return "", ()
        if scope.parameter(name) is not None:
            return "parameter", tuple(dict.fromkeys(self._holders.held(callee, scope)))
        if scope.is_local(name, callee.start):
            return "local", tuple(dict.fromkeys(self._holders.held(callee, scope)))
        if name in self._globals(scope.path):
            own = self._layouts.own_variable(name, scope.path)
            if own is not None:
                return "global", (Variable(name, scope.path if own.static else ""),)
        kind = self._layouts.external(name, scope.path)
        if kind is not None and self._layouts.resolved(kind).function:
            return "global", (Variable(name, ""),)
        return "", ()


def _is_empty(callee: Expr, scope: Scope) -> bool:
    """Whether that is the parameter of a macro which a use hands nothing for, or statements."""
    return (
        isinstance(callee, nodes.Name)
        and scope.function is not None
        and scope.function.is_macro
        and scope.parameter(callee.name) is not None
    )


def _is_given(text: str, name: str, start: int, end: int) -> bool:
    """Whether a name stands in a stretch in front of a value, or as a whole one."""
    size = len(name)
    at = text.find(name, start, end)
    while at >= 0:
        behind = at + size
        if text[behind : behind + 1] != "(" and _GIVEN.match(text, behind, end):
            before = text[at - 1 : at]
            if not (before.isalnum() or before == "_"):
                return True
        at = text.find(name, behind, end)
    return False


def _may_hold(call: nodes.Call, scope: Scope, field: str) -> bool:
    """Whether a call may be one of what a member named `field` holds, or of anything for ""."""
    callee = _bare(call.callee) if field else None
    if isinstance(callee, nodes.Member):
        return callee.field == field
    if isinstance(callee, nodes.Name):
        # Any other name is a function, or a variable at file scope.
        name = callee.name
        return scope.parameter(name) is not None or scope.local(name, callee.start) is not None
    return True


def _bare(callee: Expr) -> Expr:
    """What is called, without the stars, indices and casts on it."""
    while True:
        if isinstance(callee, nodes.Unary) and callee.op in {"*", "&"}:
            callee = callee.operand
        elif isinstance(callee, nodes.Index):
            callee = callee.base
        elif isinstance(callee, nodes.Cast):
            callee = callee.operand
        else:
            return callee


def _field(callee: Expr, scope: Scope) -> str:
    return scope.field(callee) if isinstance(callee, nodes.Member) else ""
