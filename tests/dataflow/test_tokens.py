"""Sets of resources: what acquiring and releasing does to them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmlint.dataflow.terms import make
from mmlint.dataflow.typestate import tokens
from mmlint.dataflow.typestate.tokens import DONE, FAILED, HELD, NOTHING, OWED, Property

KEYS = [(make("param", name),) for name in "ab"]
keys = st.sampled_from(KEYS)
offsets = st.integers(min_value=0, max_value=5)


@st.composite
def held(draw: st.DrawFn) -> Property:
    """What is held after some calls in any order."""
    found = NOTHING
    for _ in range(draw(st.integers(min_value=0, max_value=4))):
        step = draw(st.sampled_from((tokens.acquired, tokens.released, tokens.failed)))
        found = step(found, "lock", draw(keys), draw(offsets))
    return found


def modes(found: Property, key: tokens.Key) -> set[str]:
    return {token.mode for token in found if token.key == key}


@given(keys, offsets, offsets)
def test_what_is_released_is_no_longer_held(key: tokens.Key, at: int, later: int) -> None:
    found = tokens.released(tokens.acquired(NOTHING, "lock", key, at), "lock", key, later)
    assert modes(found, key) == {DONE}


@given(keys, offsets)
def test_a_release_of_nothing_is_owed_by_a_caller(key: tokens.Key, at: int) -> None:
    assert modes(tokens.released(NOTHING, "lock", key, at), key) == {OWED}


@given(keys, offsets, offsets)
def test_taking_back_what_was_let_go_is_no_change(key: tokens.Key, at: int, later: int) -> None:
    let_go = tokens.released(NOTHING, "lock", key, at)
    assert tokens.acquired(let_go, "lock", key, later) == NOTHING


@given(keys, offsets, offsets)
def test_a_second_attempt_that_succeeds_ends_the_failure(
    key: tokens.Key, at: int, later: int
) -> None:
    found = tokens.acquired(tokens.failed(NOTHING, "lock", key, at), "lock", key, later)
    assert modes(found, key) == {HELD}


@given(keys, offsets)
def test_what_a_loop_acquires_again_has_lost_its_name(key: tokens.Key, at: int) -> None:
    once = tokens.acquired(NOTHING, "lock", key, at)
    twice = tokens.acquired(once, "lock", key, at)
    assert [tokens.is_lost(token) for token in twice].count(True) == 1
    assert modes(twice, key) == {HELD}


@given(held(), keys, offsets)
def test_other_pairs_are_left_alone(found: Property, key: tokens.Key, at: int) -> None:
    for step in (tokens.acquired, tokens.released, tokens.failed):
        after = step(found, "other", key, at)
        assert {t for t in after if t.pair == "lock"} == found


def test_another_name_means_the_only_one_that_is_held() -> None:
    one, other = KEYS
    found = tokens.acquired(NOTHING, "lock", one, 1)
    assert tokens.meant(found, "lock", other) == tokens.find(found, "lock", one, HELD)
    both = tokens.acquired(found, "lock", other, 2)
    assert tokens.meant(both, "lock", (make("param", "c"),)) is None


def test_a_name_that_failed_means_no_other_one() -> None:
    one, other = KEYS
    found = tokens.failed(tokens.acquired(NOTHING, "lock", one, 1), "lock", other, 2)
    assert tokens.meant(found, "lock", other) is None
    assert modes(found, other) == {FAILED}
