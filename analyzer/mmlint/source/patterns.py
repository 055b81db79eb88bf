"""Regular expressions for many names that cost as much as one for a few."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, takewhile

_ALIKE = 3
"""So many letters are the beginning of a group of names."""
_MOST_ALIKE = 300
_LONGEST = 8000
"""Letters: hyperscan refuses a pattern of twice that length, and then a search takes minutes."""
DEFINE = rb"^[ \t]*#[ \t]*define[ \t]+"
"""What stands before the name of a macro that is defined, where `^` is the start of a line."""
DEFINED = re.compile(DEFINE + rb"(\w+)", re.MULTILINE)
"""The definition of a macro; its name is the first group."""
ARROW = rb"(?:\.|->)"
"""What stands before a member."""
GIVEN = rb"(?:^|[(,])\s*"
"""What stands before an argument that is nothing but a name."""

_WITHIN = rb"[^()\n;{}]*+"
_VALUES = rb"\((?:[\d\"]%b|\(%b(?:\(%b\))?\))\)" % (_WITHIN, _WITHIN, _WITHIN)
HEAD = rb"(?>(?:[A-Za-z_]\w*+(?:%b)?[ \t*]++)+)(?<=[ \t*])" % _VALUES
"""What stands before the name at the beginning of a definition or declaration of a function.

An attribute may have arguments: numbers, strings or a second parenthesis, as in `__printf(3, 4)`,
`__section(".text")` and `__attribute__((format(printf, 1, 2)))`; a name in single parentheses is a
parameter.

Atomic, so that a line without the name is left at once. A possessive group would be the same, but
before 3.11.5 Python goes on from the wrong place behind one (issue gh-106052).
"""


def any_of(names: Iterable[str]) -> bytes:
    """A pattern for exactly `names`, to be bounded by whoever uses it.

    Common beginnings are factored out: an alternation of 600 names takes seven times as long to
    match as one of 60, this one does not.
    """
    return _pattern(sorted(set(names))).encode()


def words(names: Iterable[str]) -> bytes:
    """A pattern for `names` as whole identifiers."""
    return rb"\b(?:" + any_of(names) + rb")\b"


def _pattern(names: Sequence[str]) -> str:
    """The pattern of sorted names."""
    alternatives: list[str] = []
    for _, group in groupby((name for name in names if name), key=lambda name: name[0]):
        alike = list(group)
        start = _beginning(alike[0], alike[-1])
        rest = [name[len(start) :] for name in alike]
        alternatives.append(re.escape(start) + (_pattern(rest) if rest != [""] else ""))
    whole = "|".join(alternatives)
    if names and not names[0]:
        return f"(?:{whole})?" if whole else ""
    return f"(?:{whole})" if len(alternatives) > 1 else whole


def _beginning(first: str, last: str) -> str:
    """What the first and the last of sorted names, and so all of them, begin with."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(letter for letter, _ in same)


def alike(names: Iterable[str]) -> Iterator[list[str]]:
    """The names in groups of such that begin alike: a pattern of a group has a literal in front.

    That makes a search for it fast, and many groups are compiled faster than one long choice.
    """
    for _, group in groupby(sorted(names), key=lambda name: name[:_ALIKE]):
        together = list(group)
        for at in range(0, len(together), _MOST_ALIKE):
            yield together[at : at + _MOST_ALIKE]


def portions(names: Iterable[str]) -> Iterator[list[str]]:
    """The names in groups that are small enough for one pattern each."""
    portion: list[str] = []
    length = 0
    for name in sorted(set(names)):
        length += len(name) + 1
        if length > _LONGEST:
            yield portion
            portion, length = [], len(name) + 1
        portion.append(name)
    if portion:
        yield portion
