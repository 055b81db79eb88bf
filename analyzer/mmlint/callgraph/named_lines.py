"""The lines of a file that name a function without declaring it, whatever for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from mmlint.source.names import whole_words
from mmlint.syntax.lines import LineIndex
from mmlint.syntax.mask import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

# What stands before the name where it is declared or defined, at the margin: a type, or nothing.
_TYPE = re.compile(rb"(?:[A-Za-z_][\w\s*]*[\s*]|\**)\Z")
_DIRECTIVE = re.compile(rb"[ \t]*#[ \t]*(?:define|undef|ifdef|ifndef)[ \t]+\Z")
_ARGUMENTS = re.compile(rb"\s*\(")
# A string that is an instruction: `asm("call name")`.
_JUMP = re.compile(
    rb'(?:"|\\[nt]|;)\s*(?:[\w.]+:\s*)?'
    rb"(?:call[lq]?|jmp[lq]?|bl?|jal|tail|brasl\b[^,]*,|jsr|bsr)(?:\s|\\t)+\Z"
)


class NamedLine(msgspec.Struct, frozen=True):
    """A line of a file in which a name stands, as it is written but for white space."""

    path: str
    line: int
    text: str


def named_lines(path: str, data: bytes, name: str) -> Iterator[NamedLine]:
    """Those of C, or of assembler that is preprocessed, outside of comments and of strings.

    A string counts if it is an instruction that leads to the name. Prototypes, and the head of a
    definition, are not among them.
    """
    word = name.encode(errors="replace")
    if word not in data:
        return
    code = scan(data).text
    lines = LineIndex(data)
    last = 0
    for at in whole_words(data, word):
        number = lines.line(at)
        start = data.rfind(b"\n", 0, at) + 1
        if number == last or not _counts(data, code, start, at, len(word)):
            continue
        last = number
        text = data[start:].partition(b"\n")[0]
        yield NamedLine(path, number, " ".join(text.decode(errors="replace").split()))


def _counts(data: bytes, code: bytes, start: int, at: int, size: int) -> bool:
    """Whether a line that begins at `start` has a word, which stands at `at`, for what it names.

    `code` is the text `data` with comments and strings blank.
    """
    if code[at : at + 1].isspace():
        return _JUMP.search(data, start, at) is not None
    before = code[start:at]
    declared = _TYPE.match(before) and _ARGUMENTS.match(code, at + size)
    return not declared and _DIRECTIVE.match(before) is None
