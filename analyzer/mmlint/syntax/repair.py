"""A second rewriting for bodies that the parser stumbled over; costly or bold, so not for all.

It works on what `rewrite` made, keeps length and newlines alike, and is only believed when the
parser then loses less.
"""

from __future__ import annotations

import re

import msgspec

from mmlint.syntax.calls import group_end
from mmlint.syntax.mask import blank
from mmlint.syntax.rewrite import Rewritten

_BEFORE_STRING = re.compile(rb'(?:[(,"=?:]|\breturn\b)\s*((?:[A-Za-z_]\w*\s+)+)(?=")')
_AFTER_STRING = re.compile(rb'"\s*([A-Za-z_][\w\s]*)(?=[,);"])')
_TYPE = rb"(?:(?:struct|union|enum)\s+\w+|void|char|short|int|long|unsigned|(?:__)?[su]\d+|\w+_t)"
_UNKNOWN_ANNOTATION = re.compile(rb"\b" + _TYPE + rb"\s+(__\w+)\s*(?=[*\w])")
_DECLARING = re.compile(
    rb"[;{}]\s*([A-Za-z_]\w*)\s*(\()\s*(?:const\s+)?" + _TYPE + rb"\b[\s*]*[A-Za-z_]\w*\s*=[^=]"
)
_SIDE_BY_SIDE = re.compile(rb"[(,]\s*((?:[A-Z_]\w*\s+)+)(?=[A-Z_]\w*\s*[,)}&])")
_NO_ARGUMENT = re.compile(rb"(,)\s*(?=[,)])")
_NO_FIRST_ARGUMENT = re.compile(rb"\(\s*(,)")
_BETWEEN_STRINGS = re.compile(rb'"\s*([A-Za-z_]\w*\s*\([^()"]*\))\s*(?=")')
_BLANKED = (
    _UNKNOWN_ANNOTATION,
    _BETWEEN_STRINGS,
    _BEFORE_STRING,
    _AFTER_STRING,
    _SIDE_BY_SIDE,
    _NO_ARGUMENT,
    _NO_FIRST_ARGUMENT,
)
_NO_NUMBER = re.compile(
    rb"[(,]\s*(?!0[xXbB]|\d+[uUlL]*\b|\d+[eE][-+]?\d|\d+\.)(\d)(?=\w*[A-Za-z_]\w*\s*[,)])"
)
_USE = re.compile(rb"\b([A-Za-z_]\w*+)\s*+\(")
_OPERANDS = re.compile(rb'"\s*\(|\]\s*"|%\w*\[')
_DESIGNATED = re.compile(rb"\s*\.\w+\s*=[^=]")
_DESIGNATOR = re.compile(rb"[(,]\s*(\.\w+\s*=)(?!=)")
_OPERATOR_ARGUMENT = re.compile(rb"[(,]\s*([-+*/%&|^<>=!~]+(?:\s+[-+*/%&|^<>=!~]+)*)\s*(?=[,);])")
_VALUE = re.compile(rb"[^=!<>]=\s*[A-Za-z_]\w*\s*\(")
_STATEMENT = re.compile(rb"[;{}:)]\s*([A-Za-z_]\w*)\s*\(")
_BRACE = re.compile(rb"[{}]")
_DO = re.compile(rb"\bdo\s*\Z")
_AFTER_BLOCK = re.compile(rb"\s*([A-Za-z_]\w{4,})\s*\(")
_BARE_NAME = re.compile(
    rb"[;{}]\s*(?!else\b|do\b)([A-Za-z_]\w*)\s*(?=\}|\b(?:for|if|while|switch|return|goto|do)\b)"
)
_CONTROLLED = re.compile(rb"\(\s*(?:if|for|while|switch)\s*\(")
_MARK = re.compile(rb"[(){},;]")
_LONGEST = 4000
_MOST_ATTEMPTS = 200
_CONTROL = frozenset({b"if", b"for", b"while", b"switch", b"return", b"sizeof"})


class _Group(msgspec.Struct):
    """What a pair of brackets holds: where it is separated, and how many semicolons do that.

    Those in braces separate nothing, and are not counted. It may be too long to have an end.
    """

    separators: list[int]
    semicolons: int = 0
    closing: int | None = None


def repair(rewritten: Rewritten) -> Rewritten:
    """Names beside types and strings, operators, statements and nothing as arguments."""
    text = bytearray(rewritten.text)
    blocks = dict(rewritten.blocks)
    bare = dict(rewritten.bare)
    for pattern in _BLANKED:
        for use in pattern.finditer(bytes(text)):
            text[use.start(1) : use.end(1)] = blank(use[1])
    for use in _BARE_NAME.finditer(bytes(text)):
        text[use.start(1) : use.end(1)] = b";".rjust(len(use[1]))
        bare[use.end(1) - 1] = (use[1].decode(), use.start(1))
    for number in _NO_NUMBER.finditer(bytes(text)):
        text[number.start(1)] = ord("_")
    for use in _DECLARING.finditer(bytes(text)):
        if use[1] not in _CONTROL:
            _declare(text, use)
    _simplify_arguments(text)
    _join_statements(text)
    _end_loops(text)
    for use in _OPERATOR_ARGUMENT.finditer(bytes(text)):
        text[use.start(1) : use.end(1)] = b"0" + blank(use[1][1:])
    attempts = position = 0
    # A block begins where an argument did: `PARAMS(ASSIGN(one; two;))` is two of them.
    while attempts < _MOST_ATTEMPTS and (begun := _STATEMENT.search(text, position)):
        position = begun.end(1)
        if begun[1] not in _CONTROL and begun.start(1) not in blocks:
            attempts += _open_statements(text, begun, blocks)
    return msgspec.structs.replace(rewritten, text=bytes(text), blocks=blocks, bare=bare)


def _declare(text: bytearray, use: re.Match[bytes]) -> None:
    """`NAME(type variable = value);` is the declaration in it, which stays known behind it."""
    opening = use.start(2)
    group = bytes(text[opening : opening + _LONGEST])
    closing = opening + group_end(group, 0, len(group)) - 1
    if text[closing] == ord(")"):
        text[use.start(1) : opening + 1] = blank(bytes(text[use.start(1) : opening + 1]))
        text[closing] = ord(" ")


def _simplify_arguments(text: bytearray) -> None:
    """Operands of inline assembler become 0, designated values plain ones, innermost first."""
    for use in reversed(list(_USE.finditer(bytes(text)))):
        start = use.end()
        operands = _OPERANDS.search(text, start, start + _LONGEST)
        designated = _DESIGNATED.match(text, start)
        if use[1] in _CONTROL or (operands is None and designated is None):
            continue
        end = group_end(bytes(text), start - 1, min(len(text), start + _LONGEST)) - 1
        if operands is not None and operands.start() < end:
            inside = blank(bytes(text[start:end]))
            text[start:end] = inside
            text[start + len(inside) - len(inside.lstrip(b"\n"))] = ord("0")
        elif designated is not None:
            for value in _DESIGNATOR.finditer(bytes(text), start - 1, end):
                text[value.start(1) : value.end(1)] = blank(value[1])


def _end_loops(text: bytearray) -> None:
    """`do { ... } NAME(...);` is the `while` of a loop, whatever its name."""
    begun: list[bool] = []
    for mark in _BRACE.finditer(bytes(text)):
        if mark[0] == b"{":
            begun.append(_DO.search(text, max(0, mark.start() - 40), mark.start()) is not None)
        elif begun and begun.pop() and (use := _AFTER_BLOCK.match(text, mark.end())):
            text[use.start(1) : use.end(1)] = b"while".ljust(len(use[1]))


def _open_statements(
    text: bytearray, use: re.Match[bytes], blocks: dict[int, tuple[str, bool]]
) -> bool:
    """`NAME(one; two;, three;);` becomes a block; false if there is no semicolon in it.

    Not in braces, that is: `NAME(({ one; two; }));` is a call.
    """
    word, opening = use[1].decode(), use.end() - 1
    controlled = _CONTROLLED.match(text, opening) is not None
    group = _group(text, opening)
    if not group.semicolons and not controlled:
        return False
    if group.closing is not None:
        _as_block(text, use, group.separators, group.closing)
        blocks[opening] = (word, True)
    return True


def _group(text: bytearray, opening: int) -> _Group:
    """The group from this bracket on."""
    group = _Group([])
    depth = braces = 0
    for mark in _MARK.finditer(text, opening, opening + _LONGEST):
        at, sign = mark.start(), mark[0]
        depth += (sign in b"({") - (sign in b")}")
        braces += (sign == b"{") - (sign == b"}")
        if depth == 0:
            group.closing = at
            break
        if sign in b";,":
            group.semicolons += sign == b";" and not braces
            if depth == 1:
                group.separators.append(at)
    return group


def _join_statements(text: bytearray) -> None:
    """`value = NAME(one, two; three;);` is a call with so many arguments."""
    for use in _VALUE.finditer(bytes(text)):
        group = _group(text, use.end() - 1)
        if group.semicolons and group.closing is not None and group.separators:
            last = group.separators[-1]
            for at in group.separators:
                text[at] = ord(",")
            if not text[last + 1 : group.closing].strip():
                text[last] = ord(" ")


def _as_block(text: bytearray, use: re.Match[bytes], separators: list[int], closing: int) -> None:
    """The arguments between braces, each as statements of its own."""
    text[use.start(1) : use.end(1)] = blank(use[1])
    text[use.end() - 1] = ord("{")
    for at in separators:
        text[at] = ord(";")
    if text[closing + 1 : closing + 2] == b";":
        text[closing : closing + 2] = b";}"
    else:
        text[closing] = ord("}")
