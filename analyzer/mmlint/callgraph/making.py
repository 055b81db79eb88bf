"""Macros that fill members or hand functions on: which do, and what their uses make."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from mmlint.callgraph.holders import Argument, Embedding, Generator, Named
from mmlint.callgraph.places import is_header
from mmlint.callgraph.stores import stored_at
from mmlint.syntax import nodes
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.initialisers import Surrounding, enclosing_structure, initialisers
from mmlint.syntax.structures import declaration, group_end
from mmlint.syntax.substitution import bind, substituted
from mmlint.syntax.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from mmlint.callgraph.codes import Code
    from mmlint.callgraph.receivers import Receivers
    from mmlint.callgraph.stores import Stores
    from mmlint.callgraph.wanted import Stored, Wanted
    from mmlint.syntax.initialisers import Initialiser
    from mmlint.syntax.macros import Macro
    from mmlint.syntax.structures import Declared

_WORD = re.compile(r"\w+")
_CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_CHOICE = re.compile(r"_Generic\s*\(")
_CHOSEN = re.compile(r":\s*([A-Za-z_]\w*)\s*(?=[,)])")
_PARAMETER = re.compile(r"[\s(&*]*([A-Za-z_]\w*)[\s)]*\Z")
_VALUE = re.compile(r"(?:\.|->)\s*([A-Za-z_]\w*)\s*=(?!=)")
_PART = re.compile(r"\s*\.\s*\w+\s*=\s*\{")
"""A part of a list, which gives what is in a member values: `.ecc = { .get_status = get }`."""
_VARIADIC = "__VA_ARGS__"
_DEEPEST = 6


class Making:
    """Reads the macros of files for what is wanted."""

    def __init__(self, receivers: Receivers, stores: Stores) -> None:
        self._receivers = receivers
        self._stores = stores
        # By name and home: what a use hands on to one that was found earlier is followed too.
        self._generators: set[tuple[str, str]] = set()

    def defined(
        self, code: Code, wanted: Wanted, lines: Iterable[int]
    ) -> Iterator[Stored | Generator | Embedding]:
        """What the macros do that are defined around some lines."""
        for macro in macros_at(code, lines):
            home = "" if is_header(code.path) else code.path
            if self._fills(code, macro, wanted):
                self._generators.add((macro.name, home))
                yield Generator(macro.name, home)
            yield from _declares(code, macro, wanted)
            yield from self._hands_on(code, macro, wanted, home)

    def embedding(self, code: Code, lines: Iterable[tuple[int, str]]) -> Iterator[Embedding]:
        """The structures in whose definitions some lines are, each with a structure in it."""
        for line, inner in lines:
            tag = enclosing_structure(code.text, code.lines.start(line))
            if tag:
                yield Embedding(tag, inner)

    def used(self, code: Code, wanted: Wanted) -> Iterator[Stored]:
        """What the uses of generators in a file fill."""

        def follows(name: str, _arguments: list[str]) -> bool:
            return not self._generators.isdisjoint(((name, ""), (name, code.path)))

        lists: dict[int, Initialiser] = {}
        surrounding = Surrounding(code.text, code)
        for name in wanted.present(wanted.generators, code.data):
            if not wanted.is_generator(name, code.path):
                continue
            for at, opening in code.uses(name):
                arguments = split_arguments(code.text, opening) if opening >= 0 else []
                for macro in code.lookup(name):
                    text = expanded(code, macro, arguments, follows)
                    yield from self._made(code, text, at, wanted)
                    around = surrounding.at(at) if _PART.match(text) else None
                    if around is not None:
                        lists[around.value.start] = around
        for each in lists.values():
            yield from self._stores.placed(code, each, wanted)

    def _made(self, code: Code, text: str, offset: int, wanted: Wanted) -> Iterator[Stored]:
        """What an expansion fills that stands at an offset."""
        for initialiser in initialisers(text, code):
            yield from self._stores.placed(code, initialiser, wanted, (text, offset))
        statements = list(dict.fromkeys(_assigning(text, wanted.fields)))
        scopes = code.scopes(offset) if statements and code.is_inside(offset) else ()
        for scope in scopes:
            for node in chain.from_iterable(map(self._assignments, statements)):
                for member, held in self._stores.into_member(code, node, scope, wanted):
                    yield stored_at(code, member, held, offset, "assigned")

    def _assignments(self, text: str) -> Iterator[nodes.Assign]:
        return (node for node in walk(self._receivers.parsed(text)) if type(node) is nodes.Assign)

    def _fills(self, code: Code, macro: Macro, wanted: Wanted) -> bool:
        """Whether a macro gives a wanted member a value, in a list or by assignment."""
        words = set(_WORD.findall(macro.body)).difference(macro.params or ())
        if any(wanted.is_generator(word, code.path) for word in words):
            return True
        given = {name for name in _VALUE.findall(macro.body) if name in wanted.fields}
        if given and (_PART.match(macro.body) or self._assigns(macro, given)):
            return True
        return any(
            self._stores.fills(code, initialiser, wanted, macro.body)
            or (_tag(initialiser.declared) in wanted.tags and _takes_values(macro, initialiser))
            for initialiser in initialisers(macro.body, code)
        )

    def _assigns(self, macro: Macro, fields: set[str]) -> bool:
        """Whether a macro assigns one of some fields, and not only in a list."""
        return any(
            isinstance(node, nodes.Assign)
            and isinstance(node.target, nodes.Member)
            and node.target.field in fields
            for node in walk(self._receivers.parsed(macro.body))
        )

    def _hands_on(self, code: Code, macro: Macro, wanted: Wanted, home: str) -> Iterator[Stored]:
        """The arguments of wanted functions that a macro hands on from its own."""
        offset = macro.start
        for name, arguments in calls_of(macro):
            for holder in wanted.functions.get(name, ()):
                found = _argument(macro, arguments, holder.position)
                if isinstance(found, int):
                    held = Argument(macro.name, found, home)
                    yield stored_at(code, holder, held, offset, "passed")
                elif found and not code.lookup(found):
                    held_by_name = Named(found, code.path)
                    yield stored_at(code, holder, held_by_name, offset, "passed")


def _assigning(text: str, fields: Container[str]) -> Iterator[str]:
    """The statements of a text that give one of some fields a value; all of it if that is unclear.

    An expansion is long, and it is made for each use.
    """
    for found in _VALUE.finditer(text):
        if found[1] in fields:
            begin = max(text.rfind(mark, 0, found.start()) for mark in ";{}") + 1
            end = text.find(";", found.end())
            statement = text[begin : end if end >= 0 else len(text)].strip()
            alone = statement.count("(") == statement.count(")")
            yield f"{statement};" if alone else text


def _declares(code: Code, macro: Macro, wanted: Wanted) -> Iterator[Embedding]:
    """The macro, if its uses declare something with the type of a wanted structure."""
    if macro.params:
        for declared in declaration(macro.body.rpartition(";")[2], code):
            tag = _tag(declared)
            if tag in wanted.tags and not declared.function:
                yield Embedding(macro.name, tag)


def _tag(declared: Declared) -> str:
    return declared.type.rpartition(" ")[2]


def _takes_values(macro: Macro, initialiser: Initialiser) -> bool:
    """Whether a list in a macro has an argument as a value: `(const struct pattern[]) { args }`."""
    values = (macro.body[item.start : item.end].strip() for item in initialiser.value.items or ())
    return any(value in (macro.params or ()) for value in values)


def macros_at(code: Code, lines: Iterable[int]) -> Iterator[Macro]:
    """The macros in whose definitions some lines are."""
    seen: set[int] = set()
    # One behind the other they are found in one pass over the file.
    every = list(lines)
    starts = {line: code.lines.start(line) for line in sorted(every)}
    for line in every:
        start = starts[line]
        end = code.data.find(b"\n", start)
        if code.text[start:end].strip():
            continue
        begin, name = code.definition_before(end)
        for macro in code.macros.lookup(name) if begin not in seen else ():
            if macro.line <= line <= macro.end_line and macro.start not in seen:
                seen.update((begin, macro.start))
                yield macro


def expanded(
    code: Code,
    macro: Macro,
    arguments: list[str],
    follows: Callable[[str, list[str]], bool],
    depth: int = 0,
) -> str:
    """The expansion of a use, other uses in it expanded too as far as one `follows` them.

    It is told the name of a macro and its arguments; of several definitions the first counts.
    """
    text = substituted(macro.body, bind(macro.params or (), arguments))
    if depth >= _DEEPEST:
        return text
    position = 0
    while found := _CALL.search(text, position):
        position = found.end()
        if found[1] == macro.name:
            continue
        given = split_arguments(text, found.end() - 1)
        if not follows(found[1], given):
            continue
        for inner in code.lookup(found[1])[:1]:
            end = group_end(text, found.end() - 1)
            body = expanded(code, inner, given, follows, depth + 1)
            text = text[: found.start()] + body + text[end:]
            position = found.start() + len(body)
    return text


def calls_of(macro: Macro) -> Iterator[tuple[str, list[str]]]:
    """The calls in a macro with their arguments, also of what `_Generic` chooses from."""
    yield from uses_in(macro.body, macro)
    choice = _CHOICE.search(macro.body)
    if choice is not None:
        end = group_end(macro.body, choice.end() - 1)
        opening = macro.body.find("(", end)
        if opening >= 0 and not macro.body[end:opening].strip():
            for name in _CHOSEN.findall(macro.body[:end]):
                yield name, split_arguments(macro.body, opening)


def uses_in(text: str, macro: Macro) -> Iterator[tuple[str, list[str]]]:
    """What is called in a text that a macro stands for, other than itself, with the arguments."""
    for found in _CALL.finditer(text):
        if found[1] != macro.name:
            yield found[1], split_arguments(text, found.end() - 1)


def handed_on(macro: Macro, index: int) -> Iterator[tuple[str, int]]:
    """The functions that a macro hands its argument at `index` to, and at which position."""
    for name, arguments in calls_of(macro):
        for at in range(len(arguments) + index):
            if _argument(macro, arguments, at) == index:
                yield name, at


def _argument(macro: Macro, arguments: list[str], index: int) -> int | str | None:
    """The macro's parameter that stands for an argument, by position, or the name that does."""
    params = [param.removesuffix("...") for param in macro.params or ()]
    variadic = next((at for at, text in enumerate(arguments) if _VARIADIC in text), None)
    if variadic is not None and variadic <= index and _VARIADIC in params:
        return params.index(_VARIADIC) + index - variadic
    name = _PARAMETER.match(arguments[index]) if index < len(arguments) else None
    if name is None:
        return None
    return params.index(name[1]) if name[1] in params else name[1]
