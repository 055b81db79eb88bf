"""Where names are called or used in code whose comments, literals and directives are blank."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mmlint.source.names import all_words, occurrences
from mmlint.syntax.header import NO_NAMES
from mmlint.syntax.rewrite import TYPE_OPERATORS

# Without the boundary each end of a word would be tried too.
_CALL = re.compile(rb"\b([A-Za-z_]\w*+)\s*+\(")
_CAST_CALL = re.compile(rb"\(\([^()]++(?>(?:\([^()]*+\)[^()]*+)*)\)\s*+([A-Za-z_]\w*+)\s*+\)\s*+\(")
_BARE = re.compile(rb"(?!\w|\s*\()")
_LETTERS = b"_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ATTRIBUTE = re.compile(rb"\b__attribute(?:__)?\s*\(")
_PAREN = re.compile(rb"[()]")
_WINDOW = 120
_SPACE = b" \t\n\r\v\f"
_BEHIND_NAMES = _LETTERS + b">."
_NO_CALL = frozenset(word.encode() for word in NO_NAMES) | TYPE_OPERATORS
_BEFORE_CALLS = frozenset(
    {b"", b"return", b"else", b"do", b"case", b"static", b"const", b"volatile", b"__extension__"}
)


class CallSite(NamedTuple):
    """`name (`: where the name and the parenthesis are.

    `declares` says that a word stands before the name, as in a declaration of a function.
    """

    name: str
    offset: int
    opening: int
    declares: bool


def call_sites(code: bytes, start: int, end: int) -> Iterator[CallSite]:
    """Every `name (` of the bytes `start` to `end` that is no keyword and no member."""
    skipped = _attributes(code, start, end)
    for found in _CALL.finditer(code, start, end):
        word, at = found[1], found.start()
        if word in _NO_CALL or (skipped and any(low <= at < high for low, high in skipped)):
            continue
        declares = False
        last = at - 1
        while last > start and code[last] in _SPACE:
            last -= 1
        # Behind most signs there is nothing to tell.
        if code[last] in _BEHIND_NAMES or last <= start:
            before = code[max(start, at - _WINDOW) : at].rstrip()
            if before.endswith((b"->", b".")):
                continue
            declares = _declares(before)
        yield CallSite(word.decode(), at, found.end() - 1, declares)


def _declares(before: bytes) -> bool:
    """Whether a word ends the text before a name, so that what follows is a declaration of it."""
    stem = before.rstrip(_LETTERS)
    last = before[len(stem) :]
    if last in _BEFORE_CALLS or last[:1].isdigit():
        return False
    # A word behind a label is an attribute of it.
    return not stem.rstrip().endswith(b":")


def cast_calls(code: bytes, start: int, end: int) -> Iterator[CallSite]:
    """Every `((type)name)(`, where `name` may also be a value that a statement tests."""
    for found in _CAST_CALL.finditer(code, start, end):
        yield CallSite(found[1].decode(), found.start(1), found.end() - 1, True)


def _attributes(code: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """The stretches of attributes, in which nothing is called."""
    if code.find(b"__attribute", start, end) < 0:
        return []
    return [
        (found.start(), group_end(code, found.end() - 1, end))
        for found in _ATTRIBUTE.finditer(code, start, end)
    ]


def group_end(code: bytes, opening: int, end: int) -> int:
    """One past the parenthesis that closes the one at `opening`; `end` when none does."""
    depth = 0
    for found in _PAREN.finditer(code, opening, end):
        depth += 1 if found[0] == b"(" else -1
        if depth == 0:
            return found.end()
    return end


def words(code: bytes, start: int, end: int) -> Iterable[bytes]:
    """The identifiers and the numbers of a stretch, members too, each once."""
    return dict.fromkeys(all_words(code[start:end]))


def first_use(code: bytes, word: bytes, start: int, end: int) -> int:
    """Where an identifier stands first that is no member; -1 where it is nothing else."""
    for found in re.finditer(rb"\b%s\b" % word, code[start:end]):
        if not _is_member(code, start + found.start()):
            return start + found.start()
    return -1


def stands_bare(code: bytes, word: bytes, start: int, end: int) -> bool:
    """Whether an identifier stands somewhere in a stretch without a parenthesis behind it."""
    size = len(word)
    for at in occurrences(code, word, start, end - size + 1):
        behind = at + size
        # Most are calls and nothing else.
        if code[behind : behind + 1] != b"(" and _BARE.match(code, behind, end):
            before = code[at - 1 : at]
            if not before or before not in _LETTERS:
                return True
    return False


def _is_member(code: bytes, at: int) -> bool:
    before = code[max(0, at - 2) : at]
    return before.endswith((b"->", b"."))
