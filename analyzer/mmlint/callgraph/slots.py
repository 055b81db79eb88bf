"""From a function to the places that hold it, and from such a place to the calls of it."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from mmlint.callgraph.holders import Argument, Member, Named, Variable
from mmlint.callgraph.making import handed_on, macros_at
from mmlint.callgraph.places import in_kernel, kernel_directories
from mmlint.callgraph.scopes import Scope
from mmlint.source.patterns import ARROW, any_of
from mmlint.source.search import lines
from mmlint.syntax import nodes
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.initialisers import around, initialisers
from mmlint.syntax.substitution import bind, substituted
from mmlint.syntax.walk import walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from mmlint.callgraph.codes import Code, Codes
    from mmlint.callgraph.filling import Filling, Place
    from mmlint.callgraph.holders import Holders
    from mmlint.callgraph.program import Program
    from mmlint.callgraph.receivers import Receivers
    from mmlint.callgraph.sites import IndirectSite, Sites
    from mmlint.source.search import Hit
    from mmlint.source.tree import Tree
    from mmlint.syntax.nodes import FunctionDef

_FUNCTION = "()"
_CALLED_MEMBER = ARROW + rb"\s*(?:%s)\s*(?:\[[^\]]*\]\s*)?\)?\s*\("
_LOADED = rb"=[^=].*" + ARROW + rb"\s*(?:%s)\s*[;,)]"
_LOADED_LAST = rb"=\s*[^=;]*" + ARROW + rb"\s*(?:%s)\s*$"
_CALLED_VARIABLE = rb"\b(?:%s)\s*\)?\s*\("
_HEAD_BEHIND_WORDS = rb"^[A-Za-z_][^;=]*\b(?:%s)\s*\("
_HEAD_ALONE = rb"^(?:%s)\s*\("
_WORD = re.compile(r"\w+")
_INSIDE = re.compile(r"[\w.>]")
_AT_MARGIN = re.compile(r"^(?:static\s+)?([A-Za-z_]\w*)\s*\(", re.MULTILINE)
_VARIABLE = re.compile(r"\b([A-Za-z_]\w*)\s*=\s*&?\s*\Z|\(\s*\*\s*(\w+)\s*\)[^;{}=]*=\s*&?\s*\Z")
_CALLED = re.compile(r"([A-Za-z_]\w*)\s*\Z")
_DEEPEST = 4
_LONGEST = 2000
_NO_CALLS = frozenset({"if", "while", "for", "switch", "return", "sizeof", "typeof"})


class Slot(msgspec.Struct, frozen=True):
    """A place that holds a function, and where the function is named as it is put there.

    `structure` and `field` are those of a member. Of a parameter `field` is its name, and
    `structure` the name of the function that has it, followed by ``()``. A variable at file scope
    has no structure. `how` is that of a target.
    """

    structure: str
    field: str
    path: str
    line: int
    how: str
    condition: str = ""


class Slots:
    """Looks where functions go."""

    def __init__(
        self, program: Program, tree: Tree, codes: Codes, receivers: Receivers, holders: Holders
    ) -> None:
        self._program = program
        self._tree = tree
        self._codes = codes
        self._receivers = receivers
        self._layouts = receivers.layouts
        self._holders = holders

    def of(self, name: str, users: Iterable[str], filling: Filling) -> Iterator[Slot]:
        """The places that hold the function `name`; only `users` name it."""
        for user in users:
            code = self._codes.code(user)
            yield from self._named(code, name, filling)
            yield from self._pasted(code, name, filling)

    def _named(self, code: Code, name: str, filling: Filling) -> Iterator[Slot]:
        """Places in which a name is written out."""
        seen: set[int] = set()
        # A pattern that begins with the name is searched for faster.
        for use in re.finditer(rf"{re.escape(name)}\b(?!\s*\()", code.text):
            at = use.start()
            if at and _INSIDE.match(code.text, at - 1):
                continue
            initialiser = around(code.text, at, code)
            if initialiser is None:
                yield from self._assigned(code, name, at)
                yield from self._passed(code, code.text, at)
            elif initialiser.value.start not in seen:
                seen.add(initialiser.value.start)
                yield from _filled(code, name, filling.places(code, initialiser))
        for macro in macros_at(code, _lines_with(code, name)):
            for use in re.finditer(rf"\b{re.escape(name)}\b(?!\s*\()", macro.body):
                yield from self._passed(code, macro.body, use.start(), macro.start)

    def _pasted(self, code: Code, name: str, filling: Filling) -> Iterator[Slot]:
        """Places that the use of a macro at file scope fills, which makes the name of another."""
        parts = name.split("_")
        stems = {"_".join(parts[:at]) for at in range(1, len(parts))} - {""}
        for use in _AT_MARGIN.finditer(code.text) if stems else ():
            arguments = split_arguments(code.text, use.end() - 1)
            if stems.isdisjoint(arguments):
                continue
            for macro in code.lookup(use[1]):
                text = substituted(macro.body, bind(macro.params or (), arguments))
                for initialiser in initialisers(text):
                    places = filling.places(code, initialiser, (text, use.start()))
                    yield from _filled(code, name, places)

    def _assigned(self, code: Code, name: str, at: int) -> Iterator[Slot]:
        """Members and variables that a function is assigned to."""
        sign = code.text.rfind("=", max(0, at - _LONGEST), at) + 1
        found: dict[tuple[str, str], None] = {}
        for scope in code.scopes(at) if sign else ():
            for node in scope.assignments(sign):
                if Named(name, code.path) in self._holders.held(node.value, scope):
                    found |= dict.fromkeys(self._member(node.target, scope))
        head = _VARIABLE.search(code.text, max(0, at - _LONGEST), at)
        variable = (head[1] or head[2]) if head is not None else ""
        if variable and self._layouts.own_variable(variable, code.path) is not None:
            found["", variable] = None
        for structure, field in found:
            yield _slot(code, structure, field, at, "assigned")

    def _member(self, target: nodes.Expr, scope: Scope) -> Iterator[tuple[str, str]]:
        while isinstance(target, nodes.Index):
            target = target.base
        owner = self._receivers.member(target, scope) if isinstance(target, nodes.Member) else None
        if owner is not None:
            yield owner.owner, owner.field

    def _passed(self, code: Code, text: str, at: int, place: int | None = None) -> Iterator[Slot]:
        """Parameters that a function is handed to, and members that these are stored in.

        The text is that of the file, or of a macro that is defined at `place`.
        """
        call = _call_around(text, at)
        if call is None:
            return
        found: dict[tuple[str, str, str], None] = {}
        self._follow(Argument(call[0], call[1], code.path), found, 0)
        for structure, field, how in found:
            yield _slot(code, structure, field, at if place is None else place, how)

    def _follow(
        self, argument: Argument, found: dict[tuple[str, str, str], None], depth: int
    ) -> None:
        """Where the argument of a call in the file `home` ends up."""
        if depth > _DEEPEST:
            return
        macros = self._codes.code(argument.home).lookup(argument.function)
        for macro in macros:
            for function, at in handed_on(macro, argument.position):
                self._follow(Argument(function, at, argument.home), found, depth + 1)
        for definition in self._program.definitions(argument.function, argument.home):
            if not definition.is_macro and argument.position < len(definition.params):
                self._follow_into(definition, argument.position, found, depth)

    def _follow_into(
        self,
        function: FunctionDef,
        index: int,
        found: dict[tuple[str, str, str], None],
        depth: int,
    ) -> None:
        """Where the parameter of a function ends up."""
        name = function.params[index].name
        found[function.name + _FUNCTION, name, "passed"] = None
        scope = Scope(function.path, function)
        for node in walk(function.body):
            stored: Iterable[tuple[str, str]] = ()
            if isinstance(node, nodes.Assign) and _is(node.value, name):
                stored = self._member(node.target, scope)
            elif isinstance(node, nodes.Declare):
                stored = self._listed(node, name, scope)
            elif isinstance(node, nodes.Call) and isinstance(node.callee, nodes.Name):
                for at, value in enumerate(node.args):
                    if _is(value, name) and node.callee.name != function.name:
                        inner = Argument(node.callee.name, at, function.path)
                        self._follow(inner, found, depth + 1)
            found.update({(*each, "stored parameter"): None for each in stored})

    def _listed(
        self, declared: nodes.Declare, name: str, scope: Scope
    ) -> Iterator[tuple[str, str]]:
        """The members of a local that its initialiser gives a parameter to."""
        if not isinstance(declared.value, nodes.InitList):
            return
        kind = self._receivers.named_type(declared.type, scope)
        for designator, value in declared.value.items:
            if designator and kind is not None and _is(value, name):
                found = self._layouts.member(kind, designator.split(".")[0])
                if found is not None:
                    yield found.owner, found.field


def _is(value: nodes.Expr, name: str) -> bool:
    """Whether a value is the parameter `name`."""
    if isinstance(value, nodes.Cast | nodes.Conditional | nodes.Unary):
        return any(isinstance(node, nodes.Name) and node.name == name for node in walk([value]))
    return isinstance(value, nodes.Name) and value.name == name


def _filled(code: Code, name: str, places: Iterable[Place]) -> Iterator[Slot]:
    """The places whose value is the function `name`."""
    for place in places:
        if name in _WORD.findall(place.text):
            yield _slot(code, place.owner, place.field, place.offset, place.how)


def _lines_with(code: Code, name: str) -> list[int]:
    """The lines of a file that hold a word and no code: those of macros, as a rule."""
    word = re.compile(rb"\b%s\b" % re.escape(name).encode())
    every = (code.lines.line(found.start()) for found in word.finditer(code.data))
    return list(dict.fromkeys(every))


class CallSites:
    """Looks where what a place holds is called."""

    def __init__(self, tree: Tree, program: Program, codes: Codes, sites: Sites) -> None:
        self._tree = tree
        self._program = program
        self._arch = program.arch
        self._codes = codes
        self._sites = sites
        self._known: dict[tuple[str, str], tuple[IndirectSite, ...]] = {}
        # Of a member the calls in all structures: many have one that is called probe.
        self._of_members: dict[str, tuple[IndirectSite, ...]] = {}

    def find(self, keys: Iterable[tuple[str, str]]) -> None:
        """Look for the calls of many places at once; see `of`."""
        wanted = [key for key in dict.fromkeys(keys) if key not in self._known]
        patterns = {
            (structure, field): _calls_of(structure, field)
            for structure, field in wanted
            if not (_is_member(structure) and field in self._of_members)
        }
        hits = self._search(patterns) if patterns else []
        for (structure, field), pattern in patterns.items():
            own = [hit for hit in hits if pattern.search(hit.text)]
            if not structure:
                self._known[structure, field] = tuple(self._variable(field, own))
            elif structure.endswith(_FUNCTION):
                self._known[structure, field] = tuple(self._parameter(structure, field, own))
            elif field not in self._of_members:
                self._of_members[field] = tuple(dict.fromkeys(self._inside(field, own)))
        for structure, field in wanted:
            if _is_member(structure):
                self._known[structure, field] = tuple(self._member(structure, field))

    def _search(self, keys: Collection[tuple[str, str]]) -> list[Hit]:
        """The lines in which the places may be called."""
        places = kernel_directories(self._tree, self._arch)
        without = self._program.without(name for key in keys for _, name in _forms(*key))
        found = lines(self._tree, together(keys), places, without=without)
        return [hit for hit in found if in_kernel(hit.path, self._arch)]

    def of(self, structure: str, field: str) -> tuple[IndirectSite, ...]:
        """The calls in the whole kernel of a member or, see `Slot`, of a parameter."""
        self.find([(structure, field)])
        return self._known[structure, field]

    def _member(self, structure: str, field: str) -> Iterator[IndirectSite]:
        seen: set[tuple[str, int]] = set()
        for site in self._of_members[field]:
            member = any(
                isinstance(source, Member)
                and (source.structure, source.field) == (structure, field)
                for source in site.sources
            )
            if member and (site.path, site.offset) not in seen:
                seen.add((site.path, site.offset))
                yield site

    def _inside(self, field: str, hits: Iterable[Hit]) -> Iterator[IndirectSite]:
        """The calls of a member, whatever structure it is in."""
        for hit in hits:
            code = self._codes.code(hit.path)
            start = code.lines.start(hit.line)
            use = code.text.find(field, start)
            scopes = code.scopes(use) if use >= 0 else ()
            if scopes:
                yield from self._sites.inside(scopes, field)

    def _variable(self, name: str, hits: Iterable[Hit]) -> Iterator[IndirectSite]:
        called = re.compile(rf"\b{re.escape(name)}\s*\)?\s*\(")
        for path in dict.fromkeys(hit.path for hit in hits):
            code = self._codes.code(path)
            functions = {}
            for use in called.finditer(code.text):
                functions.update({id(scope): scope for scope in code.scopes(use.start())})
            for site in self._sites.inside(functions.values()):
                if any(isinstance(each, Variable) and each.name == name for each in site.sources):
                    yield site

    def _parameter(self, structure: str, field: str, hits: Iterable[Hit]) -> Iterator[IndirectSite]:
        name = structure.removesuffix(_FUNCTION)
        for path in dict.fromkeys(hit.path for hit in hits):
            code = self._codes.code(path)
            for head in re.finditer(rf"\b{re.escape(name)}\s*\(", code.text):
                body = code.text.find("{", head.end())
                scopes = code.scopes(body) if body >= 0 else ()
                function = scopes[0].function if scopes else None
                if function is None or function.name != name:
                    continue
                for site in self._sites.inside(scopes):
                    held = any(
                        isinstance(source, Argument)
                        and source.function == name
                        and function.params[source.position].name == field
                        for source in site.sources
                    )
                    if held:
                        yield site
                break


def _is_member(structure: str) -> bool:
    return bool(structure) and not structure.endswith(_FUNCTION)


def _calls_of(structure: str, field: str) -> re.Pattern[bytes]:
    """What a line matches in which a place may be called, or loaded to be called."""
    return re.compile(b"|".join(form % any_of([name]) for form, name in _forms(structure, field)))


def together(keys: Iterable[tuple[str, str]]) -> list[bytes]:
    """Patterns for the calls of all these places."""
    names: defaultdict[bytes, set[str]] = defaultdict(set)
    for key in keys:
        for form, name in _forms(*key):
            names[form].add(name)
    return [form % any_of(names[form]) for form in names]


def _forms(structure: str, field: str) -> list[tuple[bytes, str]]:
    if not structure:
        return [(_CALLED_VARIABLE, field)]
    if structure.endswith(_FUNCTION):
        name = structure.removesuffix(_FUNCTION)
        return [(_HEAD_BEHIND_WORDS, name), (_HEAD_ALONE, name)]
    return [(form, field) for form in (_CALLED_MEMBER, _LOADED, _LOADED_LAST)]


def _slot(code: Code, structure: str, field: str, offset: int, how: str) -> Slot:
    line = code.lines.line(offset)
    return Slot(structure, field, code.path, line, how, code.condition(offset))


def _call_around(text: str, at: int) -> tuple[str, int] | None:
    """The function in whose call an offset stands, and the position of the argument it is in."""
    depth = index = 0
    for position in range(at - 1, max(0, at - _LONGEST), -1):
        mark = text[position]
        if mark in ")]}":
            depth += 1
        elif mark in "([{":
            depth -= 1
            if depth < 0:
                name = _CALLED.search(text, max(0, position - _LONGEST), position)
                if mark != "(" or name is None or name[1] in _NO_CALLS:
                    return None
                return name[1], index
        elif depth == 0 and mark == ",":
            index += 1
        elif mark == ";" and depth == 0:
            return None
    return None
