"""Integer constant expressions, as they stand behind `#if`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping

Ask = Callable[[str, str], int | None]
"""From a question and a name to its answer; the question "" is for the value of the name."""

_TOKEN = re.compile(
    r"\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%<>&^|!~()?:])"
)
_SUFFIX = re.compile(r"[uUlL]{1,3}(?!\w)")
_DEEPEST = 40


class _Unknown(Exception):
    """The value depends on what is not known, or the text is no such expression."""


def _quotient(left: int, right: int) -> int:
    """As C divides: towards zero."""
    if not right:
        raise _Unknown
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _remainder(left: int, right: int) -> int:
    return left - right * _quotient(left, right)


def _shifted(left: int, by: int) -> int:
    if abs(by) > 64:  # noqa: PLR2004
        raise _Unknown
    return left << by if by >= 0 else left >> -by


_LEVELS: tuple[Mapping[str, Callable[[int, int], int]], ...] = (
    {"||": lambda left, right: int(bool(left or right))},
    {"&&": lambda left, right: int(bool(left and right))},
    {"|": operator.or_},
    {"^": operator.xor},
    {"&": operator.and_},
    {"==": operator.eq, "!=": operator.ne},
    {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge},
    {"<<": _shifted, ">>": lambda left, by: _shifted(left, -by)},
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": _quotient, "%": _remainder},
)
"""The binary operators, those that bind least first."""

_LEVEL = {sign: level for level, operators in enumerate(_LEVELS) for sign in operators}

_UNARY: Mapping[str, Callable[[int], int]] = {
    "!": lambda value: int(not value),
    "~": operator.invert,
    "-": operator.neg,
    "+": operator.pos,
}


def constant(text: str, ask: Ask) -> int | None:
    """The value of an expression; None if `ask` does not know a name in it or it is none."""
    try:
        return _Evaluation(text, ask).whole()
    except _Unknown:
        return None


class _Evaluation:
    """Recursive descent, evaluating as it reads."""

    def __init__(self, text: str, ask: Ask) -> None:
        self._ask = ask
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def whole(self) -> int:
        value = self._conditional()
        if self._at < len(self._tokens):
            raise _Unknown
        return value

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        if self._next() != token:
            raise _Unknown

    def _conditional(self) -> int:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Unknown
        value = self._binary(0)
        if self._peek() == "?":
            self._at += 1
            chosen = self._conditional()
            self._expect(":")
            other = self._conditional()
            value = chosen if value else other
        self._depth -= 1
        return value

    def _binary(self, least: int) -> int:
        """Operands and operators of the level `least` or of one that binds more."""
        value = self._unary()
        while (level := _LEVEL.get(self._peek(), -1)) >= least:
            apply = _LEVELS[level][self._next()]
            value = int(apply(value, self._binary(level + 1)))
        return value

    def _unary(self) -> int:
        pending: list[str] = []
        while self._peek() in _UNARY:
            pending.append(self._next())
        value = self._operand()
        for sign in reversed(pending):
            value = _UNARY[sign](value)
        return value

    def _operand(self) -> int:
        token = self._next()
        if token == "(":
            value = self._conditional()
            self._expect(")")
            return value
        if token[:1].isdigit():
            return _number(token)
        if not token.isidentifier():
            raise _Unknown
        return self._asked(token)

    def _asked(self, word: str) -> int:
        question, name = "", word
        if self._peek() == "(":
            self._at += 1
            question, name = word, self._next()
            self._expect(")")
        elif word == "defined":
            question, name = word, self._next()
        answer = self._ask(question, name)
        if answer is None:
            raise _Unknown
        return answer


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            raise _Unknown
        tokens.append(found[1])
        position = found.end()
        suffix = _SUFFIX.match(text, position) if found[1][0].isdigit() else None
        position = suffix.end() if suffix else position
    return tokens


def _number(token: str) -> int:
    if token[:2].lower() == "0x":
        return int(token, 16)
    if not token.startswith("0"):
        return int(token)
    if set(token) <= set("01234567"):
        return int(token, 8)
    raise _Unknown
