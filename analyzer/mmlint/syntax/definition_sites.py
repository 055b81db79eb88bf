"""The function definitions of a file: what stands before its blocks, read as headers."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from mmlint.syntax.conditions import in_words
from mmlint.syntax.directives import within
from mmlint.syntax.generators import generated_name
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.header import (
    Header,
    assignment,
    plain_header,
    read_header,
    split_specifiers,
    unmatched,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.syntax.braces import Block
    from mmlint.syntax.macros import MacroTable
    from mmlint.syntax.outline import Outline

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_LINE = re.compile(rb"\n(?=[A-Za-z_])")
_USED = re.compile(rb"\b([A-Za-z_]\w*+)\s*\(")
_CLOSES = re.compile(rb"\s*\)")
_STATIC = re.compile(rb"\bstatic\b")
_TYPE_BLOCK = re.compile(rb"\b(?:struct|union|enum)\b[^()=]*\Z|\bextern\b|=\s*\Z|[=(,]|\belse\s*\Z")


class DefinitionSite(msgspec.Struct, frozen=True):
    """A function definition: header from `start`, `{` at `body`, past its `}` at `end`.

    `variant` counts definitions of one name in one file, `condition` is what the `#if` around it
    asks for, in words. `generator` is the macro that stands for the header, "" without one.
    """

    name: str
    start: int
    body: int
    end: int
    line: int
    end_line: int
    static: bool
    annotations: frozenset[str]
    condition: str
    variant: int
    generator: str = ""


class SiteReader:
    """Turns blocks into definition sites; what looks like a function and is none is a loss."""

    def __init__(self, outline: Outline, macros: MacroTable | None) -> None:
        self._outline = outline
        self._code = outline.code
        self._macros = macros
        self._seen: defaultdict[str, int] = defaultdict(int)
        # The same words stand beside many names, in all files.
        self._annotations = macros.beside if macros is not None else {}
        self._generators = macros.typeless if macros is not None else {}
        self.losses: list[tuple[int, str]] = []

    def read(self, blocks: tuple[Block, ...]) -> tuple[DefinitionSite, ...]:
        """The functions among some blocks of the file, by where they start."""
        sites = [site for block in blocks if (site := self._site(block)) is not None]
        sites.sort(key=lambda site: site.start)
        return tuple(sites)

    def macro_uses(self, text: bytes) -> Iterator[int]:
        """Where in the text of headers something seems to be a macro's use."""
        known: dict[bytes, bool] = {}
        for found in _USED.finditer(text):
            word = found[1]
            if word not in known:
                known[word] = self._is_macro(word.decode())
            if known[word]:
                yield found.start()

    def _site(self, block: Block) -> DefinitionSite | None:
        text = self._code[block.start : block.opening]
        called = b"(" in text
        found = self._headed(block) if called else None
        if found is not None:
            return found
        if not _TYPE_BLOCK.search(text) and not _ends_group(text):
            self._lose(block.opening, "a block that no header was found for")
        return self._recovered(block, text) if called else None

    def _headed(self, block: Block) -> DefinitionSite | None:
        """The definition whose header ends where a block begins."""
        text = self._code[block.fresh : block.opening]
        header = plain_header(text, self._macros, self._generators)
        if header is not None:
            return self._make(block, block.fresh, text, header)
        for start in dict.fromkeys((block.fresh, self._balanced(block), block.start)):
            text = self._code[start : block.opening]
            header = read_header(text, self._macros, self._outline.path) if b"(" in text else None
            if header is not None:
                return self._make(block, start, text, header)
        return None

    def _lose(self, offset: int, reason: str) -> None:
        self.losses.append((self._outline.lines.line(offset), reason))

    def _recovered(self, block: Block, text: bytes) -> DefinitionSite | None:
        """A header that begins a line behind what was never ended.

        A closing parenthesis without its partner is no damage: the arguments of a macro use may
        hold a semicolon. Behind it, as in an expansion, a header needs no line of its own.
        """
        at = unmatched(text)
        at = max(at, assignment(text, at + 1))
        line = _LINE.search(text, at) if at >= 0 else None
        closed = at + 1 if text[at : at + 1] == b")" else len(text)
        begin = line.end() if line is not None else closed
        header = read_header(text[begin:], self._macros, self._outline.path)
        if header is None:
            return None
        if text[at : at + 1] != b")" and not self._is_argument(block, at):
            self._lose(block.start + at, "a declaration that never ends")
        return self._make(block, block.start + begin, text[begin:], header)

    def _is_argument(self, block: Block, at: int) -> bool:
        """Whether the parenthesis at an offset before a block is closed right behind it."""
        opens = self._code.startswith(b"(", block.start + at)
        return opens and _CLOSES.match(self._code, block.end) is not None

    def _balanced(self, block: Block) -> int:
        """Where the text before a block begins when the `#if` groups in it are taken whole."""
        depth = 0
        start = block.fresh
        for directive in reversed(within(self._outline.conditionals, block.start, block.opening)):
            if directive.word == "endif":
                depth += 1
            elif directive.word.startswith("if"):
                depth -= 1
                if depth < 0:
                    break
                if depth == 0:
                    start = directive.start
        return start

    def _make(self, block: Block, base: int, text: bytes, header: Header) -> DefinitionSite:
        lines = self._outline.lines
        name, generator = header.name, ""
        if header.generator and self._is_macro(header.name):
            generator = header.name
            arguments = split_arguments(text.decode(errors="replace"), header.opening)
            made = generated_name(generator, arguments, self._macros)
            name = made if _IDENTIFIER.fullmatch(made) else f"{generator}({', '.join(arguments)})"
        start = base + header.start
        if base != block.fresh:
            # The `#if` around parts of the header belongs to the function.
            whole = self._outline.before(block)[base - block.start :]
            start = base + len(text) - len(whole.lstrip())
        variant = self._seen[name]
        self._seen[name] += 1
        before = text[header.start : header.at]
        after = text[header.closing + 1 :]
        return DefinitionSite(
            name,
            start,
            block.opening,
            block.end,
            lines.line(base + header.at),
            lines.line(block.end - 1),
            _STATIC.search(before) is not None,
            self._annotated(before, after),
            in_words(block.condition),
            variant,
            generator,
        )

    def _is_macro(self, name: str) -> bool:
        known = self._macros is not None and self._macros.defines(name)
        return known or name.isupper() or name.rstrip("0123456789x").isupper()

    def _annotated(self, before: bytes, after: bytes) -> frozenset[str]:
        """The annotations beside a name; words after the parameters can be nothing else."""
        key = before + b";" + after
        known = self._annotations.get(key)
        if known is None:
            _, known = split_specifiers(before.decode(errors="replace"), self._macros)
            _, behind = split_specifiers("int " + after.decode(errors="replace"), self._macros)
            known |= behind
            self._annotations[key] = known
        return known


def _ends_group(text: bytes) -> bool:
    """Whether the parenthesis is behind `text`: a loop in the arguments of a macro use."""
    at = unmatched(text)
    return at >= 0 and text[at : at + 1] == b")"
