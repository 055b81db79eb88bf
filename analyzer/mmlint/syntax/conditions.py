"""Preprocessor conditions: read, written in words, and decided by an assignment of their names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

import msgspec

from mmlint.source.config import PREFIX, Configuration
from mmlint.syntax.constants import constant

_TOKEN = re.compile(r"\w+|&&|\|\||[!()]|[^\s\w!()&|]+|[&|]")
_LONGEST = 2000
_DEEPEST = 40
_UNREAD = "?"
"""The question of a condition that is too long to be read."""


class Condition(msgspec.Struct, frozen=True):
    """`op` is ``name``, ``not``, ``and``, ``or`` or ``const`` (then `name` is "1" or "0").

    `question` says what is asked of a name: ``defined``, or the macro that is given it; "" is its
    value or, of a `name` that is an expression, that of the expression.
    """

    op: str
    name: str = ""
    parts: tuple[Condition, ...] = ()
    question: str = ""

    def __str__(self) -> str:
        """The condition in words, such as ``CONFIG_A && !CONFIG_B``."""
        if self.op in {"name", "const"}:
            return self.name
        if self.op == "not":
            inner = self.parts[0]
            plain = inner.op in {"name", "not", "const"} and " " not in inner.name
            return f"!{inner}" if plain else f"!({inner})"
        mark = " && " if self.op == "and" else " || "
        return mark.join(
            f"({part})" if part.op in {"and", "or"} and part.op != self.op else str(part)
            for part in self.parts
        )


ALWAYS = Condition("const", "1")
NEVER = Condition("const", "0")


def in_words(condition: Condition) -> str:
    """A condition in words; "" if it always holds."""
    return "" if condition == ALWAYS else str(condition)


def negation(condition: Condition) -> Condition:
    """The opposite."""
    if condition.op == "not":
        return condition.parts[0]
    if condition.op == "const":
        return NEVER if condition == ALWAYS else ALWAYS
    return Condition("not", "", (condition,))


_OF_C = tuple(
    negation(Condition("name", name, question="defined"))
    for name in ("__ASSEMBLY__", "__ASSEMBLER__")
)
"""What holds wherever C is read: these names are defined for assembler files."""


def conjunction(conditions: list[Condition]) -> Condition:
    """All of them, but for what always holds."""
    wanted = [each for each in conditions if each != ALWAYS and each not in _OF_C]
    if not wanted:
        return ALWAYS
    return wanted[0] if len(wanted) == 1 else Condition("and", "", tuple(wanted))


def names(condition: Condition) -> Iterator[str]:
    """The names that a condition depends on."""
    if condition.op == "name":
        yield condition.name
    for part in condition.parts:
        yield from names(part)


@lru_cache(maxsize=4096)
def read_condition(word: str, text: str) -> Condition:
    """The condition of a directive `#word text`; what is not understood becomes one opaque name."""
    text = " ".join(text.split())
    word = word.removeprefix("el")
    if word in {"ifdef", "ifndef"}:
        named = Condition("name", text.split(" ")[0], question="defined")
        return named if word == "ifdef" else negation(named)
    if len(text) > _LONGEST:
        return Condition("name", text[:80], question=_UNREAD)
    return _Reader(text).read()


class _Reader:
    """Recursive descent over ``||``, ``&&`` and ``!``; any other expression is a name."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found = list(_TOKEN.finditer(text))
        self._tokens = [found[0] for found in self._found]
        self._at = 0
        self._depth = 0

    def read(self) -> Condition:
        condition = self._either()
        if self._at < len(self._tokens) or not self._text:
            return Condition("name", self._text)
        return condition

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._peek() == "||":
            self._at += 1
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Condition("or", "", tuple(parts))

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._peek() == "&&":
            self._at += 1
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else conjunction(parts)

    def _one(self) -> Condition:
        if self._peek() == "!" and self._depth < _DEEPEST:
            self._at += 1
            self._depth += 1
            inner = self._one()
            self._depth -= 1
            return negation(inner)
        if self._peek() == "(" and self._group_is_whole() and self._depth < _DEEPEST:
            self._at += 1
            self._depth += 1
            inner = self._either()
            self._depth -= 1
            self._at += 1
            return inner
        return self._operand()

    def _group_end(self, at: int) -> int:
        depth = 0
        for index in range(at, len(self._tokens)):
            depth += {"(": 1, ")": -1}.get(self._tokens[index], 0)
            if depth == 0:
                return index
        return len(self._tokens) - 1

    def _group_is_whole(self) -> bool:
        """Whether the parentheses here hold a condition, not the operand of a comparison."""
        after = self._group_end(self._at) + 1
        return after >= len(self._tokens) or self._tokens[after] in {"&&", "||", ")"}

    def _operand(self) -> Condition:
        begin = self._at
        while self._peek() not in {"", "&&", "||", ")"}:
            self._at = self._group_end(self._at) + 1 if self._peek() == "(" else self._at + 1
        words = self._tokens[begin : self._at]
        if len(words) == 1 and words[0].isdigit():
            return ALWAYS if int(words[0]) else NEVER
        named = [word for word in words if word not in {"(", ")"}]
        if len(named) == 2 and _asks_for_a_name(named):  # noqa: PLR2004
            return Condition("name", named[1], question=named[0])
        if not words:
            return Condition("name", "")
        return Condition(
            "name", self._text[self._found[begin].start() : self._found[self._at - 1].end()]
        )


def _asks_for_a_name(words: list[str]) -> bool:
    """`defined X` and the `IS_ENABLED(CONFIG_X)` family."""
    return words[0] == "defined" or (words[1].startswith(PREFIX) and words[0].isidentifier())


def evaluate(condition: Condition, known: Mapping[str, bool]) -> bool | None:
    """Whether it holds; names that are not known count as set if they are options, else None."""
    if condition.op == "const":
        return condition == ALWAYS
    if condition.op == "name":
        return known.get(condition.name, True if condition.name.startswith(PREFIX) else None)
    values = [evaluate(part, known) for part in condition.parts]
    if condition.op == "not":
        return None if values[0] is None else not values[0]
    absorbing = condition.op == "or"
    if absorbing in values:
        return absorbing
    return None if None in values else not absorbing


def decided(condition: Condition, configuration: Configuration) -> Condition:
    """What `configuration` leaves open of a condition: `ALWAYS` or `NEVER` if that is nothing."""
    if condition.op == "const":
        return condition
    if condition.op == "name":
        value = _value(condition, configuration)
        return condition if value is None else (ALWAYS if value else NEVER)
    parts = [decided(part, configuration) for part in condition.parts]
    if condition.op == "not":
        return negation(parts[0])
    absorbing, neutral = (NEVER, ALWAYS) if condition.op == "and" else (ALWAYS, NEVER)
    if absorbing in parts:
        return absorbing
    left = [part for part in parts if part != neutral]
    if not left:
        return neutral
    return left[0] if len(left) == 1 else Condition(condition.op, "", tuple(left))


def _value(named: Condition, configuration: Configuration) -> int | None:
    if named.question == _UNREAD:
        return None
    if named.question:
        return configuration.answer(named.question, named.name)
    return constant(named.name, configuration.answer)


def satisfy(condition: Condition, wanted: bool, known: dict[str, bool]) -> dict[str, bool] | None:
    """`known` extended so that `condition` has the value `wanted`; None when it cannot have it."""
    if condition.op == "const":
        return known if (condition == ALWAYS) == wanted else None
    if condition.op == "name":
        if known.get(condition.name, wanted) != wanted:
            return None
        return {**known, condition.name: wanted}
    if condition.op == "not":
        return satisfy(condition.parts[0], not wanted, known)
    if (condition.op == "and") == wanted:
        result: dict[str, bool] | None = known
        for part in condition.parts:
            result = None if result is None else satisfy(part, wanted, result)
        return result
    options = (satisfy(part, wanted, known) for part in condition.parts)
    return next((option for option in options if option is not None), None)
