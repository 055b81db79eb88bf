"""Functions that a macro at file scope defines, found in what it expands to."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

import msgspec

from mmlint.syntax.blocks import with_block
from mmlint.syntax.calls import group_end
from mmlint.syntax.counting import choices, chosen
from mmlint.syntax.generators import generated_name
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.macros import Macro, MacroTable, is_alias
from mmlint.syntax.mask import scan
from mmlint.syntax.naming import Naming
from mmlint.syntax.outline import DefinitionSite, Outline, outline
from mmlint.syntax.substitution import bind, substituted

_USE = re.compile(rb"\b([A-Za-z_]\w*+)\s*+\(")
_BODY = re.compile(r"\)\s*+(?>(?:\w++\s*+)*)\{")
_INNER = re.compile(r"([A-Za-z_]\w*(?:\s*##\s*\w+)*)\s*\(")
_SPACE = re.compile(rb"\s*")
_DEEPEST = 8
_MOST_EXPANDED = 64
_LONGEST = 100_000


class Invocation(NamedTuple):
    """`macro(arguments)` at file scope, at a byte offset.

    One that stands for the header of a block has the name of the function that this makes.
    """

    macro: str
    arguments: tuple[str, ...]
    offset: int
    heads: str = ""


class Generated(msgspec.Struct, frozen=True):
    """A function that an invocation defines: its text is that of `outline`, at `site`.

    `macros` are those that were expanded on the way, the invoked one first, `condition` what the
    definitions of these ask for.
    """

    outline: Outline
    site: DefinitionSite
    macros: tuple[Macro, ...]


class Generators:
    """Finds which macros define functions, and expands their uses.

    Of several definitions those are meant that the file of a use sees: `sees(user, home)`.
    """

    def __init__(
        self, macros: MacroTable, sees: Callable[[str, str], bool] = lambda _user, _home: True
    ) -> None:
        self._macros = macros
        self._sees = sees
        self._naming = Naming(self._seen)
        self._makes: dict[str, bool] = {}
        self._whole: dict[Macro, Macro] = {}
        self._revision = macros.revision

    def makes_functions(self, name: str, depth: int = 0) -> bool:
        """Whether a use of the macro at file scope may define a function."""
        if self._revision != self._macros.revision:
            # A definition more may generate where the ones before did not.
            self._revision = self._macros.revision
            self._makes = {name: True for name, makes in self._makes.items() if makes}
            self._whole.clear()
        known = self._makes.get(name)
        if known is None:
            if depth >= _DEEPEST:
                return False
            # A macro that is defined by itself counts as "no" while it is looked at.
            self._makes[name] = False
            known = self._makes[name] = any(
                self._defines(macro, depth)
                for macro in map(self._as_whole, self._macros.lookup(name))
            )
        return known

    def _defines(self, macro: Macro, depth: int) -> bool:
        if macro.params is None:
            return is_alias(macro) and self.makes_functions(macro.body, depth + 1)
        if _BODY.search(macro.body):
            return True
        inner = chain(
            (found[1] for found in _INNER.finditer(macro.body)),
            (name for name, _ in choices(macro.body) if self._macros.defines(name)),
        )
        return any("##" in name or self.makes_functions(name, depth + 1) for name in inner)

    def invocations(self, code: Outline) -> Iterator[Invocation]:
        """The uses of such macros at file scope."""
        return self._invocations(code.code, code.file_scope())

    def _invocations(
        self, code: bytes, stretches: Iterable[tuple[int, int]]
    ) -> Iterator[Invocation]:
        position = 0
        for start, end in stretches:
            position = max(position, start)
            while found := _USE.search(code, position, end):
                # An argument may hold a block.
                position = group_end(code, found.end() - 1, len(code))
                name = found[1].decode()
                after = _after(code, position)
                if after != b"=" and self.makes_functions(name):
                    text = code[found.end() - 1 : position].decode(errors="replace")
                    arguments = split_arguments(text, 0)
                    heads = generated_name(name, arguments, self._macros) if after == b"{" else ""
                    if heads or after != b"{":
                        yield Invocation(name, tuple(arguments), found.start(), heads)

    def names(self, path: str, use: Invocation) -> dict[str, set[Macro]]:
        """The names that the `functions` of a use may have, with the macros that lead to them."""
        return self._naming.names(path, use.macro, use.arguments)

    def functions(
        self, path: str, use: Invocation, within: Container[Macro] | None = None
    ) -> list[Generated]:
        """What an invocation in the file `path` defines, under all definitions of its macros.

        With `within` no others are expanded.

        What it defines before the header of a block is left out where it does not lead to that
        block's function: the entries of a system call are one with it.
        """
        found: list[Generated] = []
        self._expand(path, use, (), found, within)
        if use.heads:
            word = re.compile(rb"\b%s\b" % re.escape(use.heads.encode()))
            found = [made for made in found if word.search(made.outline.code, made.site.body)]
        return found

    def _expand(
        self,
        path: str,
        use: Invocation,
        outer: tuple[Macro, ...],
        found: list[Generated],
        within: Container[Macro] | None,
    ) -> None:
        if len(outer) >= _DEEPEST or len(found) >= _MOST_EXPANDED:
            return
        for macro in self._seen(path, use.macro):
            if macro in outer or (within is not None and macro not in within):
                continue
            if macro.params is None:
                if is_alias(macro):
                    named = use._replace(macro=macro.body)
                    self._expand(path, named, (*outer, macro), found, within)
                continue
            text = substituted(macro.body, bind(macro.params, list(use.arguments)))
            text = chosen(text, self._macros)
            if len(text) > _LONGEST:
                continue
            way = (*outer, macro)
            if "{" in text:
                made = outline(path, text.encode(), self._macros)
                found += [Generated(made, site, way) for site in made.definitions]
                uses = self.invocations(made)
            else:
                # Most expansions only lead to others; an outline would cost more than all else.
                code = scan(text.encode()).text if '"' in text or "'" in text else text.encode()
                uses = self._invocations(code, [(0, len(code))])
            for inner in uses:
                self._expand(path, inner, way, found, within)

    def _seen(self, user: str, name: str) -> tuple[Macro, ...]:
        """The definitions of a macro that a file sees; all, where it seems to see none."""
        macros = self._macros.lookup(name)
        seen = tuple(macro for macro in macros if self._sees(user, macro.path)) or macros
        return tuple(map(self._as_whole, seen))

    def _as_whole(self, macro: Macro) -> Macro:
        known = self._whole.get(macro)
        if known is None:
            known = self._whole[macro] = with_block(macro, self._macros)
        return known


def _after(code: bytes, end: int) -> bytes:
    """The sign behind a group that ends at `end`: `{` of a definition, `=` of a variable."""
    space = _SPACE.match(code, end)
    at = space.end() if space else end
    return code[at : at + 1]
