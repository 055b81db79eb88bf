"""Two states of a file that differ in functions, and in names that are of no concern elsewhere."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from difflib import SequenceMatcher
from itertools import chain, groupby, takewhile
from typing import TYPE_CHECKING, Final, NamedTuple

from mmlint.source.content import line_count, why_not_c
from mmlint.syntax.deciding import without
from mmlint.syntax.header import NO_NAMES
from mmlint.syntax.introduced import Introduced, introduced
from mmlint.syntax.mask import scan
from mmlint.syntax.outline import outline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

_STATEMENT: Final = re.compile(rb"[;{}]")
_LINE: Final = re.compile(rb"(?>(?:[^\\\n]|\\\r?\n|\\)*)\n|(?>(?:[^\\\n]|\\\r?\n|\\)+)")
_LINE_OF_TEXT: Final = re.compile(rb"[^\n]*\n|[^\n]+")
_WORD: Final = re.compile(rb"[A-Za-z_]\w*")
# What is seen from elsewhere, or may be: a macro, a type, a variable.
_IN_FUNCTION: Final = re.compile(
    rb"^[ \t]*#[ \t]*(?:define|undef|include|pragma)\b|\b(?:struct|union|enum)\b[^;(){}=]*\{",
    re.MULTILINE,
)
_TAGGED: Final = re.compile(rb"\b(?:struct|union|enum)\s+\w+")
_PARENTHESISED: Final = re.compile(rb"[(),]")
_NOTHING: Final = (b"", b";")
"""What may stand beside a function in its lines: some end one with a semicolon."""


class Piece(NamedTuple):
    """A part of a file: the function `name`, or a line.

    `code` is the text without comments and what strings hold, `bare` has blanks for comments only.
    A line of a function says `within` which one it is.
    """

    start: int
    line: int
    text: bytes
    code: bytes
    bare: bytes
    name: str
    within: bytes = b""

    @property
    def key(self) -> bytes:
        """What is the same in both states of a file if the piece is."""
        return self.within + self.text


class _Step(NamedTuple):
    """A run of pieces of the earlier state, and what stands there in the later one."""

    same: bool
    old: int
    old_end: int
    new: int
    new_end: int


class Moved(NamedTuple):
    """From byte `start` and line `line` on all is so many `bytes` and `lines` further down.

    What is `changed` has no place in the later state.
    """

    start: int
    line: int
    bytes: int
    lines: int
    changed: bool


_STAYED: Final = Moved(0, 0, 0, 0, changed=False)


class Edit:
    """Functions that changed, came or went; `words` stand in the statements that are others.

    `functions` are their names and, as what is a macro is not known here, all words of their
    headers of which one could make a name; the path is among them where the file has other
    functions than before. `texts` is what changed, before and after; `spelled` has all words of
    its code. `lines` is how many there are more than before.

    Between functions some are `declared`, and `names` of something else come or go. What is called
    through structures may be another function where it `concerns_types`. `defined` are all
    functions of the file.
    """

    def __init__(self, path: str, pieces: Pieces, brought: Sequence[Introduced]) -> None:
        self.path = path
        gone, come = pieces.changed
        self.declared = frozenset[str]().union(*(each.functions for each in brought))
        self.names = frozenset[str]().union(*(each.others for each in brought))
        self.concerns_types = any(each.concerns_types for each in brought)
        self._same = list(pieces.same)
        self.defined = frozenset(piece.name for piece in (*gone, *come, *self._same) if piece.name)
        self.lines = _lines_of(come) - _lines_of(gone)
        changed = (_WORD.findall(piece.code) for piece in (*gone, *come))
        self.spelled = frozenset(word.decode() for words in changed for word in words)
        functions = [piece for piece in (*gone, *come) if piece.name]
        names = {piece.name for piece in functions}.union(
            *(_may_be_named(piece.code.partition(b"{")[0]) for piece in functions)
        )
        was, now = (
            Counter(piece.name for piece in pieces if piece.name) for pieces in (gone, come)
        )
        self.functions = frozenset(names | self.declared | ({path} if was != now else set()))
        self.texts = tuple(piece.text if piece.name else piece.code for piece in (*gone, *come))
        self.words = frozenset(word.decode() for word in _words(gone, come))
        self._moves = list(pieces.moves())

    def keeps(self, names: AbstractSet[str]) -> bool:
        """Whether one of `names` stands in code that did not change."""
        words = (_WORD.findall(piece.code or piece.text) for piece in self._same)
        return any(word.decode() in names for found in words for word in found)

    def line(self, line: int) -> int | None:
        """Where a line of the earlier state is now; None inside of what changed. 0 is no line."""
        moved = self._moved(bisect_right(self._moves, line, key=lambda moved: moved.line))
        return None if moved.changed else line + moved.lines

    def offset(self, offset: int) -> int | None:
        """The same for a byte."""
        moved = self._moved(bisect_right(self._moves, offset, key=lambda moved: moved.start))
        return None if moved.changed else offset + moved.bytes

    def _moved(self, begun: int) -> Moved:
        """The last of so many moves; in front of all of them everything stayed."""
        return self._moves[begun - 1] if begun else _STAYED


class Pieces:
    """The pieces of two states of a file, paired where they are the same."""

    def __init__(self, old: list[Piece], new: list[Piece]) -> None:
        self._old, self._new = old, new
        same = zip(old, new, strict=False)
        first = sum(1 for _ in takewhile(lambda pair: pair[0].key == pair[1].key, same))
        # What stands in front of and behind an edit need not be searched.
        rest = zip(reversed(old[first:]), reversed(new[first:]), strict=False)
        last = sum(1 for _ in takewhile(lambda pair: pair[0].key == pair[1].key, rest))
        ends = len(old) - last, len(new) - last
        matcher = SequenceMatcher(
            None,
            [piece.key for piece in old[first : ends[0]]],
            [piece.key for piece in new[first : ends[1]]],
            autojunk=False,
        )
        self._steps = [
            _Step(True, 0, first, 0, first),
            *(
                _Step(kind == "equal", *(at + first for at in of))
                for kind, *of in matcher.get_opcodes()
            ),
            _Step(True, ends[0], len(old), ends[1], len(new)),
        ]

    @property
    def runs(self) -> Iterator[list[Piece]]:
        """What is in one state only, together as it stands together."""
        for step in self._steps:
            if not step.same:
                yield self._old[step.old : step.old_end]
                yield self._new[step.new : step.new_end]

    @property
    def same(self) -> Iterator[Piece]:
        """What is in both states."""
        for step in self._steps:
            if step.same:
                yield from self._old[step.old : step.old_end]

    @property
    def changed(self) -> tuple[list[Piece], list[Piece]]:
        """What is in the earlier state only, and in the later one."""
        runs = list(self.runs)
        return list(chain(*runs[::2])), list(chain(*runs[1::2]))

    def moves(self) -> Iterator[Moved]:
        """Where the pieces of the earlier state went."""
        for step in self._steps:
            for at, piece in enumerate(self._old[step.old : step.old_end]):
                if not step.same:
                    yield Moved(piece.start, piece.line, 0, 0, changed=True)
                    continue
                now = self._new[step.new + at]
                shift = now.start - piece.start, now.line - piece.line
                yield Moved(piece.start, piece.line, *shift, changed=False)


def edit(path: str, old: bytes, new: bytes) -> Edit | None:
    """How `new` differs from `old`; None where more differs than functions, names and comments."""
    if why_not_c(old) or why_not_c(new):
        return None
    before, after = _pieces(path, old), _pieces(path, new)
    if before is None or after is None:
        return None
    before, after = _taken_apart(before, after), _taken_apart(after, before)
    pieces = Pieces(before, after)
    brought = [_introduced(run) for run in pieces.runs]
    understood = [each for each in brought if each is not None]
    if len(understood) < len(brought) or _are_altered(understood):
        return None
    return Edit(path, pieces, understood)


def _are_altered(brought: Sequence[Introduced]) -> bool:
    """Whether a name, of a macro mostly, stands for something else: it is in use, as a rule.

    What is gone and what came take turns.
    """
    gone, come = (frozenset[str]().union(*(b.others for b in brought[at::2])) for at in (0, 1))
    return not gone.isdisjoint(come)


def _pieces(path: str, data: bytes) -> list[Piece] | None:
    """A file in pieces, each of whole lines; None where it cannot be taken apart."""
    found = outline(path, data)
    if found.losses:
        return None
    masked = scan(data)
    code, bare = masked.text, without(data, masked.comments)
    pieces: list[Piece] = []
    end = 0
    for site in found.definitions:
        start = data.rfind(b"\n", 0, site.start) + 1
        past = data.find(b"\n", site.end) + 1 or len(data)
        beside = code[start : site.start] + code[site.end : past]
        if start < end or beside.strip() not in _NOTHING:
            return None
        pieces += _between(data, code, end, start)
        whole = slice(start, past)
        pieces.append(Piece(start, 0, data[whole], code[whole], bare[whole], site.name))
        end = past
    pieces += _between(data, code, end, len(data))
    return [piece._replace(line=found.lines.line(piece.start)) for piece in pieces]


def _between(data: bytes, code: bytes, start: int, end: int) -> Iterator[Piece]:
    """What stands between two functions, by lines; what goes on in the next one is one piece."""
    for line in _LINE.finditer(data, start, end):
        yield Piece(line.start(), 0, line[0], code[slice(*line.span())], b"", "")


def _taken_apart(pieces: list[Piece], others: list[Piece]) -> list[Piece]:
    """The pieces; functions that differ from one of the other state in comments only, by lines."""
    here, there = (Counter(piece.name for piece in state) for state in (pieces, others))
    found = {piece.name: piece for piece in others if piece.name}
    apart: list[Piece] = []
    for piece in pieces:
        other = found.get(piece.name)
        alone = here[piece.name] == there[piece.name] == 1
        if alone and other is not None and _differ_in_comments(piece, other):
            apart += _by_line(piece)
        else:
            apart.append(piece)
    return apart


def _differ_in_comments(one: Piece, other: Piece) -> bool:
    """Whether two functions have the same lines of code, but not the same comments."""
    return one.text != other.text and _code_lines(one) == _code_lines(other)


def _code_lines(piece: Piece) -> list[bytes]:
    stripped = (line.rstrip() for line in piece.bare.split(b"\n"))
    return [line for line in stripped if line]


def _by_line(piece: Piece) -> Iterator[Piece]:
    """A function by lines; those of code are numbered, as some look like others."""
    start, number = piece.start, 0
    for line, text in enumerate(_LINE_OF_TEXT.findall(piece.text), start=piece.line):
        if piece.bare[start - piece.start :][: len(text)].strip():
            number += 1
            within = b"%s %d " % (piece.name.encode(), number)
        else:
            within = b"%s " % piece.name.encode()
        yield Piece(start, line, text, b"", b"", "", within)
        start += len(text)


def _may_be_named(head: bytes) -> set[str]:
    """The words of a header of which a macro may make a name: no type, no declared parameter."""
    first, *rest = _PARENTHESISED.split(_TAGGED.sub(b"", head))
    alone = (part for part in rest if b"*" not in part and len(part.split()) == 1)
    words = _WORD.findall(b" ".join((first, *alone)))
    return {word.decode() for word in words} - NO_NAMES


def _lines_of(pieces: Iterable[Piece]) -> int:
    return sum(line_count(piece.text) for piece in pieces)


def _introduced(run: Iterable[Piece]) -> Introduced | None:
    """What pieces bring besides functions; None where others may see what is no name."""
    texts: list[bytes] = []
    for is_function, together in groupby(run, key=lambda piece: bool(piece.name)):
        text = b"".join(piece.code for piece in together)
        if not is_function:
            texts.append(text)
        elif _IN_FUNCTION.search(text):
            return None
    return introduced(texts)


def _words(gone: Iterable[Piece], come: Iterable[Piece]) -> set[bytes]:
    """The words of the statements that only one of two states has, or has more often."""
    was, now = (
        Counter(
            b" ".join(statement.split())
            for piece in pieces
            for statement in _STATEMENT.split(piece.code)
        )
        for pieces in (gone, come)
    )
    return {word for one in (was - now, now - was) for text in one for word in _WORD.findall(text)}
