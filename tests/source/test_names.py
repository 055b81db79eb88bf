"""Names are found as whole words, by every engine alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlint.source import names
from mmlint.source.names import (
    Finder,
    Parts,
    Patterns,
    Words,
    finder,
    has_hyperscan,
    words_in,
)

ENGINES: list[Callable[[Iterable[bytes]], Finder]] = [Words]
if names.has_hyperscan():
    ENGINES.append(Patterns)
every_engine = pytest.mark.parametrize("engine", ENGINES)
MORE = [b"never_%d" % number for number in range(60)]
NAMES = [b"a", b"ab", b"b_a", b"A1"]
TEXTS = st.lists(
    st.sampled_from([b"a", b"ab", b"b_a", b"A1", b"_", b"1", b"(", b" ", b"\n", b"\0", b"\xc3"])
).map(b"".join)


@every_engine
def test_whole_words_are_found(engine: Callable[[Iterable[bytes]], Finder]) -> None:
    wanted = engine([b"take", b"give", b"keep"])
    assert wanted.held(b"take(give_up) + mistake; give2 keep") == {b"take", b"keep"}


@every_engine
def test_a_name_that_holds_another_is_found_on_its_own(
    engine: Callable[[Iterable[bytes]], Finder],
) -> None:
    assert engine([b"take", b"take_two"]).held(b"retake_two take_two") == {b"take_two"}


@every_engine
def test_a_word_is_found_behind_longer_ones(
    engine: Callable[[Iterable[bytes]], Finder],
) -> None:
    assert engine([b"take"]).held(b"mistake take_two taken (take)") == {b"take"}


def test_what_is_no_word_is_never_found() -> None:
    assert finder([b"", b"a b", b"f(", b"caf\xc3\xa9"]).held(b"a b f( caf\xc3\xa9") == frozenset()


def test_parts_are_found_inside_of_words_too() -> None:
    parts = Parts([b"take", b"give"])
    assert parts.held(b"mistaken", frozenset({b"take", b"give"})) == [b"take"]
    assert parts.held(b"mistaken", frozenset({b"give"})) == []


@given(TEXTS)
def test_many_parts_are_found_like_a_few(text: bytes) -> None:
    sought = frozenset(NAMES)
    assert set(Parts([*NAMES, *MORE]).held(text, sought)) == set(Parts(NAMES).held(text, sought))


def test_without_the_package_words_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "find_spec", lambda _: None)
    names.has_hyperscan.cache_clear()
    try:
        assert isinstance(finder([b"take"]), Words)
    finally:
        names.has_hyperscan.cache_clear()


def test_a_package_that_does_not_load_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> None:
        raise ImportError("built for another machine")

    monkeypatch.setattr(names, "find_spec", lambda _: True)
    monkeypatch.setattr(names, "import_module", broken)
    names.has_hyperscan.cache_clear()
    try:
        assert isinstance(finder([b"take"]), Words)
    finally:
        names.has_hyperscan.cache_clear()


def test_a_large_file_is_searched_for_the_same_words() -> None:
    large = b"mistake taken\n" * (1 << 20) + b"take "
    assert words_in(large, frozenset({b"take", b"mist", b"taken"})) == {b"take", b"taken"}


@given(TEXTS, st.sets(st.sampled_from(NAMES), min_size=1))
def test_all_engines_agree_on_few_and_on_many_names(data: bytes, wanted: set[bytes]) -> None:
    told = words_in(data, frozenset(wanted))
    for engine in ENGINES:
        assert engine(wanted).held(data) == told
        assert engine([*wanted, *MORE]).held(data) == told


@pytest.mark.skipif(not has_hyperscan(), reason="pieces need hyperscan")
def test_pieces_are_found_inside_of_words_beside_names() -> None:
    found = finder([b"take", b"give"], [b"ake", b"take", b"zone"])
    for text, words, pieces in (
        (b"mistake(take)", {b"take"}, [0, 1]),
        (b"mistake", set(), [0, 1]),
        (b"give", {b"give"}, []),
    ):
        assert found.held(text) == words
        assert sorted(found.pieces) == pieces
