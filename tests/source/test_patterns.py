"""Patterns for many names."""

from __future__ import annotations

import re
import tokenize
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlint.source.patterns import HEAD, alike, any_of, portions, words

NAMES = st.sets(st.text("ab_1", min_size=1, max_size=6), min_size=1, max_size=12)


@given(NAMES, st.text("ab_1", max_size=7))
def test_a_pattern_matches_its_names_and_nothing_else(names: set[str], other: str) -> None:
    pattern = re.compile(any_of(names).decode())
    assert all(pattern.fullmatch(name) for name in names)
    assert (pattern.fullmatch(other) is not None) == (other in names)


@given(NAMES, st.lists(st.text("ab_1", min_size=1, max_size=6)))
def test_words_are_found_whole(names: set[str], text: list[str]) -> None:
    found = re.findall(words(names).decode(), " ".join(text))
    assert found == [word for word in text if word in names]


def test_common_beginnings_are_written_once() -> None:
    assert any_of(["page_zone", "page_to_nid", "page"]) == b"page(?:_(?:to_nid|zone))?"


@given(NAMES)
def test_names_that_begin_alike_are_together_and_none_is_lost(names: set[str]) -> None:
    groups = list(alike(names))
    assert sorted(name for group in groups for name in group) == sorted(names)
    assert len({group[0][:3] for group in groups}) == len(groups)
    assert all(name[:3] == group[0][:3] for group in groups for name in group)


def test_no_group_is_too_large_for_a_pattern() -> None:
    names = {f"drm_{number}" for number in range(1000)}
    groups = list(alike(names))
    assert {name for group in groups for name in group} == names
    assert max(map(len, groups)) <= 300


@given(st.sets(st.integers(0, 10**6), max_size=2000))
def test_portions_are_short_and_none_is_lost(numbers: set[int]) -> None:
    names = [f"a_name_that_is_rather_long_{number}" for number in numbers]
    found = list(portions(names))
    assert [name for portion in found for name in portion] == sorted(names)
    assert all(len(any_of(portion)) < 16000 for portion in found)
    assert all(found)


def test_no_group_is_possessive() -> None:
    """Before 3.11.5 Python goes on from the wrong place behind one (issue gh-106052)."""
    for source in (Path(__file__).parents[2] / "analyzer").rglob("*.py"):
        with source.open(encoding="utf-8") as lines:
            tokens = list(tokenize.generate_tokens(lines.readline))
        texts = [token.string for token in tokens if token.type == tokenize.STRING]
        found = [t for t in texts if re.search(r"(?<!\\)\)(?:[*+?]|\{[\d,]+\})\+", t)]
        assert not found, source


@pytest.mark.parametrize(
    "head",
    [
        "int ",
        "static struct page *",
        "static const char * __init ",
        "void __checked(1, 2) ",
        "static __checked(3, 0) int ",
        'int __place(".a") __checked(1, 2) ',
        "int __attribute__((cold)) ",
        "int __attribute__((format(printf, 1, 2))) ",
    ],
)
def test_types_and_attributes_stand_before_a_name(head: str) -> None:
    assert re.search(rb"^" + HEAD + rb"take\(", f"{head}take(int x)".encode())


@pytest.mark.parametrize(
    "head", ["", "int x = ", "\treturn ", "keep(x) ", "int keep(int x) ", "#define ", "if (x) "]
)
def test_nothing_else_stands_before_it(head: str) -> None:
    assert not re.search(rb"^" + HEAD + rb"take\(", f"{head}take(int x)".encode())
