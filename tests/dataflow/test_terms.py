"""The laws of symbolic values: how they are normalised, and what substitution keeps."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlint.dataflow import terms as t
from mmlint.dataflow.terms import Term, make

A, B, C = (make("param", name) for name in "abc")
FEW = settings(max_examples=50)
SMALL = st.integers(-5, 5)


def combined(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        st.builds(t.total, inner, inner),
        st.builds(t.page_of, inner),
        st.builds(t.pfn_of, inner),
        st.builds(t.negative, inner),
        st.builds(t.or_null, inner),
        inner.map(lambda base: make("field", "private", (base,))),
        pairs.map(lambda both: make("op", ">>", both)),
        pairs.map(lambda both: make("call", "bound_of", both)),
    )


LEAVES = st.one_of(
    st.sampled_from([A, B, C, make("global", "start"), make("call", "get", (), (1, 7))]),
    SMALL.map(t.number),
)
TERMS = st.recursive(LEAVES, combined, max_leaves=5)
# What an address or a number is made of: nothing that may be NULL, and no page inside of a sum.
PFNS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(t.total, inner, inner),
        inner.map(lambda base: make("field", "private", (base,))),
        inner.map(lambda page: make("pfn", args=(make("field", "page", (page,)),))),
    ),
    max_leaves=5,
)
PAGES = st.one_of(
    st.sampled_from([A, make("field", "page", (B,)), make("call", "get", (), (1, 7))]),
    PFNS.map(t.page_of),
    PFNS.map(lambda pfn: t.or_null(t.page_of(pfn))),
)


@FEW
@given(PFNS)
def test_the_pfn_of_the_page_of_a_pfn_is_that_pfn(pfn: Term) -> None:
    assert t.pfn_of(t.page_of(pfn)) is pfn


@FEW
@given(TERMS)
def test_the_page_of_the_pfn_of_a_page_has_the_same_facts(page: Term) -> None:
    assert t.pfn_of(t.page_of(t.pfn_of(page))) is t.pfn_of(page)


@pytest.mark.parametrize("page", [A, t.page_of(B), make("field", "page", (A,))])
def test_the_page_of_the_pfn_of_a_page_is_that_page(page: Term) -> None:
    assert t.page_of(t.pfn_of(page)) is page


@FEW
@given(TERMS, SMALL, SMALL)
def test_constants_are_added_up(term: Term, one: int, two: int) -> None:
    stepwise = t.total(t.total(term, t.number(one)), t.number(two))
    # A page that was reached by its PFN is told from one that was reached by its address: both
    # have one PFN, by which facts are kept.
    assert t.pfn_of(stepwise) is t.pfn_of(t.total(term, t.number(one + two)))


@FEW
@given(PFNS, SMALL, SMALL)
def test_constants_of_what_is_no_page_are_one_constant(term: Term, one: int, two: int) -> None:
    stepwise = t.total(t.total(term, t.number(one)), t.number(two))
    assert stepwise is t.total(term, t.number(one + two))


def test_a_page_by_its_pfn_and_one_by_its_address_have_one_pfn() -> None:
    by_pfn = t.page_of(t.total(t.pfn_of(A), t.number(1)))
    by_address = t.total(A, t.number(1))
    assert by_pfn is not by_address
    assert t.pfn_of(by_pfn) is t.pfn_of(by_address)


@FEW
@given(PFNS, SMALL)
def test_a_step_forth_and_back_ends_where_it_began(pfn: Term, step: int) -> None:
    assert t.total(t.total(pfn, t.number(step)), t.number(-step)) is pfn


@FEW
@given(PFNS, PFNS, PFNS)
def test_sums_do_not_depend_on_brackets(one: Term, two: Term, three: Term) -> None:
    assert t.total(t.total(one, two), three) is t.total(one, t.total(two, three))


@FEW
@given(PFNS, PFNS)
def test_a_page_plus_n_is_the_page_of_the_pfn_plus_n(pfn: Term, step: Term) -> None:
    page = make("page", args=(pfn,))
    assert t.pfn_of(t.total(page, step)) is t.total(pfn, step)


@FEW
@given(PAGES, SMALL)
def test_the_pfn_of_a_page_moves_with_the_page(page: Term, step: int) -> None:
    moved = t.total(page, t.number(step))
    assert t.pfn_of(moved) is t.total(t.pfn_of(page), t.number(step))


@FEW
@given(TERMS)
def test_null_or_not_is_the_same_page_for_every_fact(page: Term) -> None:
    if not t.is_null(page):
        assert t.pfn_of(t.or_null(page)) is t.pfn_of(page)


@FEW
@given(TERMS)
def test_what_may_be_null_may_be_null_once(term: Term) -> None:
    assert t.or_null(t.or_null(term)) is t.or_null(term)


@FEW
@given(TERMS)
def test_a_sign_is_changed_twice_for_nothing(term: Term) -> None:
    assert t.negative(t.negative(term)) is term


@FEW
@given(TERMS)
def test_substituting_nothing_or_a_term_by_itself_changes_nothing(term: Term) -> None:
    assert t.substitute(term, {}) is term
    assert t.substitute(term, {part: part for part in t.parts(term)}) is term


@FEW
@given(TERMS)
def test_what_is_substituted_is_no_part_any_more(term: Term) -> None:
    result = t.substitute(term, {A: C})
    assert t.params_of(result) <= (t.params_of(term) - {"a"}) | {"c"}


@FEW
@given(TERMS)
def test_the_whole_is_substituted_before_its_parts(term: Term) -> None:
    assert t.substitute(term, {A: B, term: C}) is C


@FEW
@given(PFNS)
def test_substitution_goes_through_pages_and_pfns(pfn: Term) -> None:
    into = {A: make("field", "start", (C,))}
    inside = t.substitute(pfn, into)
    assert t.substitute(t.page_of(pfn), into) is t.page_of(inside)
    assert t.pfn_of(t.substitute(t.page_of(pfn), into)) is inside


def test_an_argument_that_is_a_page_joins_the_normal_form() -> None:
    pfn_of_parameter = t.total(t.pfn_of(A), t.number(2))
    assert t.substitute(pfn_of_parameter, {A: t.page_of(B)}) is t.total(B, t.number(2))
    assert t.substitute(t.page_of(A), {A: t.pfn_of(C)}) is C
    assert t.substitute(t.or_null(A), {A: t.NULL}) is t.NULL


@FEW
@given(TERMS)
def test_equal_terms_are_one_object(term: Term) -> None:
    again = make(term.kind, term.name, term.args, term.site, term.value)
    assert again is term


@FEW
@given(st.lists(st.sampled_from(["next", "prev", "page", "pfn", "+"]), max_size=60))
def test_no_term_is_deeper_than_the_bound(steps: list[str]) -> None:
    build: dict[str, Any] = {"page": t.page_of, "pfn": t.pfn_of, "+": lambda x: t.total(x, B)}
    term = A
    for step in steps:
        make_next = build.get(step)
        term = make_next(term) if make_next else make("field", step, (term,))
        assert term.depth <= t.MAX_DEPTH


def test_a_chain_that_is_too_deep_settles_on_one_opaque_value() -> None:
    term, seen = A, set[Term]()
    while term not in seen:
        seen.add(term)
        term = make("field", "next", (term,))
    assert term.kind == "deep"
    assert len(seen) <= t.MAX_DEPTH + 1


def test_opaque_values_of_different_places_are_different() -> None:
    assert make("deep", "x", site=(1, 1)) is not make("deep", "x", site=(1, 2))


@FEW
@given(TERMS)
def test_a_caller_can_say_what_is_made_of_parameters_only(term: Term) -> None:
    assert t.expressible(term) == all(part.site is None for part in t.parts(term))


def test_the_pfn_of_a_page_of_somebody_is_not_raw() -> None:
    assert not t.is_raw(t.pfn_of(A))
    assert not t.is_raw(t.pfn_of(t.total(A, t.number(1))))
    assert t.is_raw(A)
    assert t.is_raw(t.pfn_of(t.page_of(A)))


def test_a_value_of_a_loop_is_known_by_what_it_is_made_of() -> None:
    phi = make("phi", "pfn", site=(1, -3))
    assert t.page_of(t.total(phi, A)).phis == {phi}
    assert t.page_of(A).phis == frozenset()
