"""The functions of a file found without parsing it, and where names are used."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

import msgspec

from mmlint.source.config import Configuration
from mmlint.source.names import occurrences, word_places
from mmlint.syntax.braces import Block, find_blocks
from mmlint.syntax.conditions import in_words
from mmlint.syntax.deciding import decide_groups, without
from mmlint.syntax.definition_sites import DefinitionSite, SiteReader
from mmlint.syntax.directives import Directive, Stripped, strip_directives, taken_apart
from mmlint.syntax.lines import LineIndex
from mmlint.syntax.macros import MacroTable
from mmlint.syntax.mask import Comment, Masked, scan
from mmlint.syntax.references import Reference, describe, pasting_uses
from mmlint.syntax.regions import Regions

__all__ = ["DefinitionSite", "Outline", "Reference", "outline"]

_MANY_NAMES = 3
"""All headers of a file are read once as many names are asked for as a third of its blocks."""
_MOST_LOSSES = 100
_OF_TEXT = ("_text", "_blocks", "_unstripped", "_openings", "_starts", "_reach", "_between")
_ENDED = re.compile(rb"\b")
_CALLED = re.compile(rb"\s*\(")
_NOT_CALLED = re.compile(rb"\b(?!\s*\()")


Apart = tuple[bytes, Masked, Stripped]


class _Text(NamedTuple):
    """The code of a file, its comments and its lines."""

    code: bytes
    comments: tuple[tuple[int, int], ...]
    lines: LineIndex


class Outline:
    """What is known of a file without parsing its functions."""

    def __init__(
        self, path: str, data: bytes, macros: MacroTable | None, masked: Masked, stripped: Stripped
    ) -> None:
        self.path = path
        self.size = len(data)
        self._macros = macros
        self._data: bytes | None = data
        self._text = _text(masked, stripped)
        self._source: Callable[[], Apart] | None = None
        self._alone = False
        self._conditionals = stripped.conditionals
        self._regions = Regions(stripped)
        found = find_blocks(stripped, self._regions)
        losses = [(self.lines.line(offset), reason) for offset, reason in found.losses]
        losses += [
            (self.lines.line(offset), "a comment or string that never ends")
            for offset in masked.unclosed
        ]
        if b"\0" in data:
            losses.append((self.lines.line(data.index(b"\0")), "NUL byte"))
        self._lost = losses
        self._blocks = found.blocks
        self._unstripped = _unstripped(found.blocks, masked.text, self.code)
        self._partly: dict[str, tuple[DefinitionSite, ...]] = {}

    def shed(self, source: Callable[[], Apart], *, alone: bool = False) -> bool:
        """Forget the text if all headers are read, for which it was needed most.

        The definitions stay; the rest `source` gives again when it is asked for. Definitions
        can be taken apart `alone` where no configuration says what there is of them.
        """
        if "_read" not in self.__dict__:
            return False
        self._source, self._alone = source, alone
        for name in _OF_TEXT:
            self.__dict__.pop(name, None)
        return True

    def release(self, read: Callable[[], bytes]) -> None:
        """Forget the bytes of the file, which are hardly asked for; `read` gives them again."""
        self._read_again, self._data = read, None

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self._data if self._data is not None else self._read_again()

    @property
    def code(self) -> bytes:
        """The same, blank where comments, directives and the insides of literals are."""
        return self._text.code

    def code_of(self, site: DefinitionSite) -> bytes:
        """The code of a definition, header included."""
        if self._alone and "_text" not in self.__dict__:
            return _code(self.data[site.start : site.end])
        return self.code[site.start : site.end]

    @property
    def lines(self) -> LineIndex:
        """The lines of the file."""
        return self._text.lines

    @cached_property
    def _text(self) -> _Text:
        return _text(*self._taken_apart()[1:])

    @cached_property
    def _blocks(self) -> tuple[Block, ...]:
        return find_blocks(self._taken_apart()[2], self._regions).blocks

    @cached_property
    def _unstripped(self) -> dict[int, bytes]:
        """Of the text with its directives what differs in front of a block."""
        return _unstripped(self._blocks, self._taken_apart()[1].text, self.code)

    def _taken_apart(self) -> Apart:
        return self._source() if self._source is not None else apart(b"")

    @cached_property
    def _read(self) -> tuple[tuple[DefinitionSite, ...], list[tuple[int, str]]]:
        reader = SiteReader(self, self._macros)
        return reader.read(self._blocks), reader.losses

    @property
    def definitions(self) -> tuple[DefinitionSite, ...]:
        """All function definitions, in order."""
        return self._read[0]

    @cached_property
    def losses(self) -> tuple[tuple[int, str], ...]:
        """What was not understood, by line."""
        return _bounded(sorted(self._lost + self._read[1]))

    @cached_property
    def block_losses(self) -> tuple[tuple[int, str], ...]:
        """Those of `losses` that are known before any header is read."""
        return _bounded(sorted(self._lost))

    @property
    def conditionals(self) -> tuple[Directive, ...]:
        """The conditional directives, in order."""
        return self._conditionals

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """Every comment, in order."""
        data = self.data
        return tuple(
            Comment(start, end, data[start:end].decode(errors="replace"))
            for start, end in self._text.comments
        )

    @cached_property
    def _by_name(self) -> dict[str, tuple[DefinitionSite, ...]]:
        return _by_names(self.definitions)

    @cached_property
    def _starts(self) -> list[int]:
        return [site.start for site in self.definitions]

    def named(self, name: str) -> tuple[DefinitionSite, ...]:
        """The definitions of `name`, several under `#if`; empty when there is none."""
        known = self._partly.get(name)
        if known is None:
            if "_read" in self.__dict__ or len(self._partly) * _MANY_NAMES > len(self._blocks):
                return self._by_name.get(name, ())
            # Of most files only few names are asked for, so only few headers are read.
            known = self._spelled(name)
            if known:
                self._partly[name] = known
        return known or self._made.get(name, ())

    @cached_property
    def _heads(self) -> tuple[bytes, list[int]]:
        """All that stands in front of blocks, and where in it the text of each one begins."""
        texts = [self.code[block.start : block.opening] for block in self._blocks]
        return b"\n".join(texts), list(accumulate((len(text) + 1 for text in texts), initial=0))

    def _headed(self, places: Iterable[int]) -> tuple[Block, ...]:
        """The blocks in front of which some places of `_heads` are."""
        begins = self._heads[1]
        numbers = dict.fromkeys(bisect_right(begins, at) - 1 for at in places)
        return tuple(self._blocks[number] for number in numbers)

    def _spelled(self, name: str) -> tuple[DefinitionSite, ...]:
        """The definitions in whose header the name stands as it is."""
        blocks = self._headed(occurrences(self._heads[0], name.encode(errors="replace")))
        sites = SiteReader(self, self._macros).read(blocks) if blocks else ()
        return tuple(site for site in sites if site.name == name)

    @cached_property
    def _made(self) -> dict[str, tuple[DefinitionSite, ...]]:
        """The definitions in whose headers macros stand, which may make their names."""
        reader = SiteReader(self, self._macros)
        return _by_names(reader.read(self._headed(reader.macro_uses(self._heads[0]))))

    def before(self, block: Block) -> bytes:
        """The text in front of a block without comments, its directives included."""
        kept = self._unstripped.get(block.opening)
        return self.code[block.start : block.opening] if kept is None else kept

    def enclosing(self, offset: int) -> DefinitionSite | None:
        """The definition, header included, that a byte offset lies in."""
        at = bisect_right(self._starts, offset) - 1
        # Arms of one `#if` may overlap, so an earlier definition may reach further.
        while at >= 0 and offset < self._reach[at]:
            if offset < self.definitions[at].end:
                return self.definitions[at]
            at -= 1
        return None

    @cached_property
    def _reach(self) -> list[int]:
        """How far the definitions up to each one go."""
        return list(accumulate((site.end for site in self.definitions), max))

    def condition_in(self, site: DefinitionSite | None, offset: int) -> str:
        """What the `#if` around a byte offset ask for, in words; "" if there is none.

        In the definition `site` only those inside of it count: it has its own condition.
        """
        return in_words(self._regions.condition(offset, site.start if site is not None else 0))

    def using(self, name: str) -> tuple[DefinitionSite, ...]:
        """The definitions in whose text `name` is a word."""
        return tuple(dict.fromkeys(site for _, site, _ in self._words(name.encode())))

    def calls(self, name: str) -> tuple[int, ...]:
        """Offsets of `name (` in function bodies."""
        word = name.encode()
        return tuple(
            at
            for at, site, code in self._words(word)
            if at > site.body and _CALLED.match(code, at - site.start + len(word))
        )

    def _words(self, word: bytes) -> Iterator[tuple[int, DefinitionSite, bytes]]:
        """Where a word stands in definitions, each with its code."""
        # No comment or literal around it ends or begins inside of a definition.
        alone = self._alone and "_text" not in self.__dict__
        text = self.data if alone else self.code
        codes: dict[tuple[int, int], bytes] = {}
        for at in word_places(text, word, _ENDED):
            site = self.enclosing(at)
            if site is None:
                continue
            place = site.start, site.end
            code = codes.get(place)
            if code is None:
                cut = text[site.start : site.end]
                code = codes[place] = _code(cut) if alone else cut
            if code.startswith(word, at - site.start):
                yield at, site, code

    def references(self, name: str) -> tuple[Reference, ...]:
        """Uses of a function's name at file scope other than declarations of it.

        A macro that makes the name by pasting (of `x` the name `x_show`) counts.
        """
        found: list[Reference] = []
        for at in word_places(self.code, name.encode(), _NOT_CALLED):
            if self.enclosing(at) is None:
                line = self.lines.line(at)
                found.append(describe(self.code, at, line, name, self._region(at)))
        found += self._pasted(name)
        return tuple(found)

    def _pasted(self, name: str) -> list[Reference]:
        """Macro uses at file scope that make `name` of their first argument."""
        if self._macros is None:
            return []
        return [
            Reference("macro", macro, "", self.lines.line(at), at)
            for macro, at in pasting_uses(self.code, name, self._macros, self._between)
            if self.enclosing(at) is None
        ]

    @cached_property
    def _between(self) -> list[tuple[int, int]]:
        """The stretches of `code` that no definition covers, in order."""
        ends = [0, *self._reach]
        starts = [*self._starts, len(self.code)]
        return [(a, b) for a, b in zip(ends, starts, strict=True) if a < b]

    def file_scope(self) -> Iterator[tuple[int, int]]:
        """The stretches of `code` that no block at file scope covers, in order."""
        position = 0
        for block in self._blocks:
            if block.opening > position:
                yield position, block.opening
            position = max(position, block.end)
        yield position, len(self.code)

    def _region(self, offset: int) -> tuple[int, int]:
        """The start of the file-scope block around an offset and its brace, else (-1, -1)."""
        at = bisect_right(self._openings, offset) - 1
        if at >= 0 and offset < self._blocks[at].end:
            return self._blocks[at].start, self._blocks[at].opening
        return -1, -1

    @cached_property
    def _openings(self) -> list[int]:
        return [block.opening for block in self._blocks]


def _by_names(sites: Iterable[DefinitionSite]) -> dict[str, tuple[DefinitionSite, ...]]:
    found: defaultdict[str, list[DefinitionSite]] = defaultdict(list)
    for site in sites:
        found[site.name].append(site)
    return {name: tuple(each) for name, each in found.items()}


def _bounded(losses: list[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
    """The first ones, and how many there are more."""
    more = len(losses) - _MOST_LOSSES
    if more <= 0:
        return tuple(losses)
    kept = losses[:_MOST_LOSSES]
    return (*kept, (losses[_MOST_LOSSES][0], f"{more} more such places from here on"))


def outline(
    path: str,
    data: bytes,
    macros: MacroTable | None = None,
    configuration: Configuration | None = None,
) -> Outline:
    """Outline a file; never raises, whatever the bytes are. `macros` tell annotations apart.

    What a `configuration` leaves out is blank in the outline.
    """
    return Outline(path, data, macros, *apart(data, configuration)[1:])


def apart(data: bytes, configuration: Configuration | None = None) -> Apart:
    """A text with what it is without comments, and without directives too."""
    masked, stripped = taken_apart(data)
    if configuration is not None:
        decided = decide_groups(stripped, configuration)
        stripped = decided.stripped
        masked = msgspec.structs.replace(masked, text=without(masked.text, decided.dead))
    return data, masked, stripped


def _code(data: bytes) -> bytes:
    """What the code is in a part of a file that begins and ends outside of comments."""
    masked = scan(data)
    return strip_directives(masked.text, masked.comments).code


def _text(masked: Masked, stripped: Stripped) -> _Text:
    return _Text(stripped.code, masked.comments, LineIndex(stripped.code))


def _unstripped(blocks: Iterable[Block], masked: bytes, code: bytes) -> dict[int, bytes]:
    return {
        block.opening: text
        for block in blocks
        if (text := masked[block.start : block.opening]) != code[block.start : block.opening]
    }
