"""The laws of summaries: what holds of a call that may run one function or another."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlint.dataflow.state import (
    ANY,
    NONZERO,
    OUTCOMES,
    Known,
)
from mmlint.dataflow.summary import Conversion, Need, Place, Summary
from mmlint.dataflow.terms import make, number, or_null, page_of, pfn_of, total

FEW = settings(max_examples=60)
PFN, PAGE, OUT = (make("param", name) for name in ("pfn", "page", "out"))
HELD = Known("reference", pfn_of(PAGE))
ONLINE = Known("online", PFN)
PLACES = [Place("mm/a.c", "f", offset) for offset in (10, 20, 30)]
NEEDS = [Need("online", PFN, place, "convert", "", place, frozenset({"valid"})) for place in PLACES]
FACTS = [HELD, ONLINE, Known("valid", PFN), Known("page-table-lock", None)]

SOME_FACTS = st.frozensets(st.sampled_from(FACTS), min_size=1)
SUMMARIES = st.builds(
    Summary,
    params=st.just(("pfn", "page", "out")),
    returns=st.sampled_from([None, page_of(PFN), or_null(page_of(PFN))]),
    implies=st.dictionaries(st.sampled_from((ANY, *OUTCOMES)), SOME_FACTS, max_size=3).map(
        lambda found: tuple(found.items())
    ),
    ends=st.frozensets(st.sampled_from([HELD, Known("page-table-lock", None)])),
    stores=st.sampled_from([(), (("out", PFN),), (("out", total(PFN, number(1))),)]),
    touches=st.frozensets(st.sampled_from(["page", "out"])),
    conversions=st.lists(
        st.sampled_from([(PFN, Conversion(place, "convert", False)) for place in PLACES]),
        max_size=2,
        unique=True,
    ).map(tuple),
    needs=st.lists(st.sampled_from(NEEDS), max_size=3, unique=True).map(tuple),
    wrapper=st.booleans(),
    macro=st.booleans(),
    boot=st.booleans(),
)


def content(of: Summary) -> dict[str, Any]:
    """A summary without the order in which its parts were found."""
    found = msgspec.structs.asdict(of)
    for name in ("stores", "conversions", "needs"):
        found[name] = set(found[name])
    return found | {"implies": dict(of.implies)}


def promises(of: Summary) -> dict[int, frozenset[Known]]:
    """What a call brings for each outcome, however it is written: ANY goes for every outcome."""
    return {outcome: of.implied(outcome) for outcome in (ANY, *OUTCOMES)}


@FEW
@given(SUMMARIES)
def test_a_function_or_itself_is_that_function(one: Summary) -> None:
    both = one.join(one)
    assert both.leq(one)
    assert one.leq(both)


@FEW
@given(SUMMARIES, SUMMARIES)
def test_it_does_not_matter_which_of_two_is_named_first(one: Summary, two: Summary) -> None:
    assert content(one.join(two)) == content(two.join(one))


@FEW
@given(SUMMARIES, SUMMARIES, SUMMARIES)
def test_it_does_not_matter_which_two_of_three_are_joined_first(
    one: Summary, two: Summary, three: Summary
) -> None:
    assert content(one.join(two).join(three)) == content(one.join(two.join(three)))


@FEW
@given(SUMMARIES, SUMMARIES)
def test_either_is_at_least_as_good_as_both(one: Summary, two: Summary) -> None:
    assert one.leq(one.join(two))
    assert two.leq(one.join(two))


@FEW
@given(SUMMARIES, SUMMARIES, SUMMARIES)
def test_what_is_worse_than_each_is_worse_than_both(a: Summary, b: Summary, c: Summary) -> None:
    worst = a.join(b).join(c)
    assert a.join(b).leq(worst)
    if a.leq(c) and b.leq(c):
        assert a.join(b).leq(c)


@FEW
@given(SUMMARIES, SUMMARIES, SUMMARIES)
def test_better_than_is_an_order(a: Summary, b: Summary, c: Summary) -> None:
    assert a.leq(a)
    chain = [a, a.join(b), a.join(b).join(c)]
    assert chain[0].leq(chain[2])
    if a.leq(b) and b.leq(a):
        compared = ("touches", "ends", "needs")
        one, two = content(a), content(b)
        assert promises(a) == promises(b)
        assert [one[name] for name in compared] == [two[name] for name in compared]


@FEW
@given(SUMMARIES, st.sampled_from(OUTCOMES))
def test_a_promise_for_one_outcome_that_every_call_keeps_says_nothing_new(
    one: Summary, outcome: int
) -> None:
    always = (ANY, one.implied(ANY) | {ONLINE})
    plain = msgspec.structs.replace(one, implies=(always,))
    twice = msgspec.structs.replace(one, implies=(always, (outcome, frozenset({ONLINE}))))
    assert plain.leq(twice)
    assert twice.leq(plain)
    assert promises(plain) == promises(twice)
    assert content(plain.join(one)) == content(twice.join(one))


def test_a_function_that_checks_or_one_that_does_not_promises_nothing() -> None:
    checks = Summary(("pfn",), implies=((NONZERO, frozenset({ONLINE})),))
    careless = Summary(("pfn",), needs=(NEEDS[0],))
    both = checks.join(careless)
    assert (both.implies, both.needs) == ((), careless.needs)
