"""The parser and its language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import tree_sitter as ts
import tree_sitter_c

LANGUAGE = ts.Language(tree_sitter_c.language())

_NUMBERS: defaultdict[str, list[int]] = defaultdict(list)
for _number in range(LANGUAGE.node_kind_count):
    _NUMBERS[LANGUAGE.node_kind_for_id(_number) or ""].append(_number)


def kind_numbers(kinds: Iterable[str]) -> list[int]:
    """The numbers of kinds of node; the grammar may have several for one kind.

    Raises `ValueError` when it has none, as after a change of the grammar.
    """
    wanted = set(kinds)
    if unknown := wanted - _NUMBERS.keys():
        raise ValueError(f"the grammar has no {', '.join(sorted(unknown))}")
    return [number for kind in wanted for number in _NUMBERS[kind]]


def parse(text: bytes) -> ts.Node:
    """The root of the tree of a text."""
    return ts.Parser(LANGUAGE).parse(text).root_node


def parse_at(text: bytes, offset: int) -> ts.Node:
    """The root of the tree of a text as if so many bytes stood before it, which cost nothing."""
    end = offset + len(text)
    part = ts.Range(ts.Point(0, offset), ts.Point(0, end), offset, end)
    parser = ts.Parser(LANGUAGE, included_ranges=[part])
    return parser.parse(lambda at, _: text[max(at - offset, 0) :]).root_node
