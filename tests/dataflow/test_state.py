"""What is known where paths meet: the laws of `join`."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlint.dataflow.phis import Phis
from mmlint.dataflow.state import (
    ANY,
    NEGATIVE,
    NONZERO,
    OUTCOMES,
    POSITIVE,
    ZERO,
    Known,
    Location,
    State,
    join,
)
from mmlint.dataflow.terms import NULL, Term, make, number, or_null, page_of, pfn_of

X, Y, FLAG, OWNER = (make("param", name) for name in ("x", "y", "flag", "owner"))
LOCALS = {"page", "ret", "pfn"}
SITE = (1, -2)
FEW = settings(max_examples=40)
KNOWN = [
    Known(fact, key)
    for fact in ("online", "valid", "reference")
    for key in (X, Y, pfn_of(OWNER), None)
]
# Locations of pages and of numbers; an undefined variable has no entry.
PAGES = [page_of(X), page_of(Y), or_null(page_of(X)), NULL]
NUMBERS = [number(-1), NULL, number(1), Y]


def lock() -> Known:
    return Known("page-table-lock", None)


def merged(*edges: State, site: tuple[int, int] = SITE, phis: Phis | None = None) -> State:
    return join(site, edges, phis or Phis(set(LOCALS)), 0)


FACTS = st.sets(st.sampled_from(KNOWN), max_size=5)
ENVS: st.SearchStrategy[dict[Location, Term]] = st.fixed_dictionaries(
    {},
    optional={
        "page": st.sampled_from(PAGES),
        "pfn": st.sampled_from([X, Y]),
        "ret": st.sampled_from(NUMBERS),
    },
)
TESTED = [FLAG, OWNER]
SIGNS = st.dictionaries(st.sampled_from(TESTED), st.integers(1, 6), max_size=2)
PROMISES = st.lists(
    st.tuples(st.sampled_from(TESTED), st.sampled_from(OUTCOMES), FACTS), max_size=2
)


@st.composite
def states(draw: st.DrawFn) -> State:
    state = State(draw(ENVS), draw(FACTS), draw(SIGNS))
    for term, mask, facts in draw(PROMISES):
        state.promise(term, mask, facts)
    return state


STATES = states()
EDGES = st.lists(STATES, min_size=1, max_size=3)


def plain(facts: set[Known]) -> set[Known]:
    """The facts that are about no merged value."""
    return {known for known in facts if known.key is None or not known.key.phis}


def promises(state: State, terms: Sequence[Term]) -> set[tuple[Term, int, Known]]:
    """All that the outcomes of tests of `terms` bring."""
    return {
        (term, mask, known)
        for term in terms
        for mask in OUTCOMES
        for known in KNOWN
        if state.implies(term, mask, known)
    }


def value_at(edge: State, name: str) -> Term:
    return edge.env.get(name, make("undef", name))


@FEW
@given(STATES)
def test_a_state_that_meets_itself_is_unchanged(state: State) -> None:
    result = merged(state, state.copy())
    assert (result.env, result.facts) == (state.env, state.facts)
    assert promises(result, TESTED) == promises(state, TESTED)


@FEW
@given(EDGES.flatmap(lambda edges: st.tuples(st.just(edges), st.permutations(edges))))
def test_the_order_of_the_edges_does_not_matter(both: tuple[list[State], list[State]]) -> None:
    one, other = merged(*both[0]), merged(*both[1])
    assert (one.env, one.facts, one.signs) == (other.env, other.facts, other.signs)
    tested = [FLAG, OWNER, *one.env.values()]
    assert promises(one, tested) == promises(other, tested)


@FEW
@given(STATES, STATES, STATES)
def test_facts_do_not_depend_on_which_edges_meet_first(a: State, b: State, c: State) -> None:
    phis = Phis(set(LOCALS))
    left = merged(merged(a, b, phis=phis), c, site=(1, -3), phis=phis)
    right = merged(a, merged(b, c, site=(1, -4), phis=phis), site=(1, -5), phis=phis)
    assert plain(left.facts) == plain(right.facts) == a.facts & b.facts & c.facts


@FEW
@given(EDGES)
def test_a_fact_holds_on_every_edge(edges: list[State]) -> None:
    for known in plain(merged(*edges).facts):
        assert all(known in edge.facts for edge in edges)


@FEW
@given(EDGES)
def test_a_fact_of_a_merged_value_holds_of_the_value_of_every_edge(edges: list[State]) -> None:
    phis = Phis(set(LOCALS))
    result = merged(*edges, phis=phis)
    for known in result.facts - plain(result.facts):
        assert known.key is not None
        names = [name for name in sorted(LOCALS) if keeps(result, name, known.key)]
        assert names
        for name in names:
            for edge in edges:
                value = value_at(edge, name)
                assert value.kind == "undef" or value is NULL or fact_of(edge, value, known)


def keeps(state: State, name: str, key: Term) -> bool:
    value = value_at(state, name)
    return key in (value, pfn_of(value))


def fact_of(edge: State, value: Term, known: Known) -> bool:
    return any(known._replace(key=key) in edge.facts for key in (value, pfn_of(value)))


@FEW
@given(EDGES, STATES)
def test_one_more_edge_brings_no_new_fact(edges: list[State], more: State) -> None:
    assert plain(merged(*edges, more).facts) <= plain(merged(*edges).facts)


@FEW
@given(EDGES)
def test_what_a_test_brings_held_or_was_brought_on_every_edge(edges: list[State]) -> None:
    result = merged(*edges)
    for name in ("ret", "page"):
        value = value_at(result, name)
        for mask in OUTCOMES:
            for known in KNOWN:
                if result.implies(value, mask, known):
                    assert all(
                        value_at(edge, name).kind == "undef"
                        or edge.implies(value_at(edge, name), mask, known)
                        for edge in edges
                    )


@FEW
@given(EDGES)
def test_a_number_that_is_merged_has_the_signs_of_every_edge(edges: list[State]) -> None:
    result = merged(*edges)
    value = value_at(result, "ret")
    for edge in edges:
        if "ret" in edge.env:
            assert not edge.sign(edge.env["ret"]) & ~result.sign(value)


@FEW
@given(EDGES)
def test_the_edges_are_left_as_they_were(edges: list[State]) -> None:
    before = [edge.copy() for edge in edges]
    merged(*edges)
    assert all(edge.same(kept) for edge, kept in zip(edges, before, strict=True))


@FEW
@given(EDGES)
def test_a_merge_that_is_repeated_is_the_same(edges: list[State]) -> None:
    phis = Phis(set(LOCALS))
    first = merged(*edges, phis=phis)
    assert merged(*edges, phis=phis).same(first)


# NULL and the undefined carry every fact.


@FEW
@given(FACTS, FACTS)
def test_what_is_known_of_a_page_is_known_where_it_is_not_null(
    here: set[Known], there: set[Known]
) -> None:
    here = {known for known in here if known.key is X}
    found = State({"page": page_of(X)}, set(here))
    missing = State({"page": NULL}, set(there))
    result = merged(found, missing)
    assert (result.env["page"].kind, result.env["page"].args) == ("opt", (page_of(X),))
    assert all(result.implies(result.env["page"], NONZERO, known) for known in here)


def test_two_pages_and_null_are_one_page_or_null_that_is_online() -> None:
    online = [State({"page": page_of(p)}, {Known("online", p)}) for p in (X, Y)]
    result = merged(*online, State({"page": NULL}))
    page = result.env["page"]
    assert page.kind == "opt"
    assert Known("online", pfn_of(page)) in result.facts


def test_two_pages_of_which_one_was_checked_are_not_online() -> None:
    checked = State({"page": page_of(X)}, {Known("online", X)})
    result = merged(checked, State({"page": page_of(Y)}))
    assert result.facts == set()


def test_a_variable_set_on_one_edge_only_has_that_value() -> None:
    result = merged(State({"pfn": X}), State())
    assert result.env["pfn"] is X


def test_a_pfn_and_its_page_stay_together() -> None:
    edges = [State({"pfn": p, "page": page_of(p)}, {Known("online", p)}) for p in (X, Y)]
    result = merged(*edges)
    assert result.env["page"] is page_of(result.env["pfn"])
    assert Known("online", result.env["pfn"]) in result.facts


def test_a_global_that_one_edge_stored_to_is_itself_on_the_other() -> None:
    phis = Phis(set(LOCALS))
    result = merged(State({"limit": X}), State(), phis=phis)
    assert phis.incoming[result.env["limit"]] == [X, make("global", "limit")]


def test_a_field_that_one_edge_stored_to_is_itself_on_the_other() -> None:
    phis = Phis(set(LOCALS))
    result = merged(State({(OWNER, "zone"): X}), State(), phis=phis)
    merged_value = result.env[OWNER, "zone"]
    assert phis.incoming[merged_value] == [X, make("field", "zone", (OWNER,))]


# Facts that wait for a test.


@pytest.mark.parametrize("taken", [number(1), number(-1)])
def test_a_flag_goes_with_a_lock(taken: Term) -> None:
    result = merged(State({"ret": taken}, {lock()}), State({"ret": NULL}))
    flag = result.env["ret"]
    assert result.implies(flag, NONZERO, lock())
    assert not result.implies(flag, ZERO, lock())
    assert lock() not in result.facts


def test_zero_goes_with_a_reference() -> None:
    held = State({"ret": NULL}, {Known("reference", X)})
    result = merged(held, State({"ret": number(-5)}))
    assert result.implies(result.env["ret"], ZERO, Known("reference", X))
    assert not result.implies(result.env["ret"], NEGATIVE, Known("reference", X))


def test_positive_goes_with_a_reference_and_zero_does_not() -> None:
    held = State({"ret": number(1)}, {Known("reference", X)})
    result = merged(held, State({"ret": NULL}), State({"ret": number(-5)}))
    ret = result.env["ret"]
    assert result.implies(ret, POSITIVE, Known("reference", X))
    assert not result.implies(ret, ZERO | POSITIVE, Known("reference", X))
    assert not result.implies(ret, NONZERO, Known("reference", X))


def test_a_flag_of_another_value_says_nothing() -> None:
    result = merged(State({"ret": number(1)}, {lock()}), State({"ret": number(1)}))
    assert not result.implies(result.env["ret"], NONZERO, lock())


def test_a_result_that_is_kept_still_brings_its_fact_after_a_merge() -> None:
    result_of_check = make("call", "check", (), (1, 30))
    held = State({"ret": result_of_check})
    held.promise(result_of_check, NONZERO, [Known("online", X)])
    result = merged(held, State({"ret": NULL}))
    assert result.implies(result.env["ret"], NONZERO, Known("online", X))


def test_what_was_tested_on_one_edge_brings_its_fact_at_a_second_test() -> None:
    locked, unlocked = State({}, {lock()}), State()
    locked.signs[FLAG], unlocked.signs[FLAG] = NONZERO, ZERO
    result = merged(locked, unlocked)
    assert result.implies(FLAG, NONZERO, lock())
    assert not result.implies(FLAG, ZERO, lock())


def test_a_promise_that_is_met_already_is_a_fact() -> None:
    state = State()
    state.signs[FLAG] = POSITIVE
    state.promise(FLAG, NONZERO, [lock()])
    assert lock() in state.facts
    assert state.pending == {}


def test_a_promise_of_nothing_is_none() -> None:
    state = State()
    state.promise(FLAG, ANY ^ ZERO, [])
    assert state.pending == {}


# Loops.


def test_what_is_known_of_the_last_round_is_not_known_of_this_one() -> None:
    phis = Phis(set(LOCALS))
    entering = State({"pfn": X}, {Known("online", X)})
    round_one = join(SITE, [entering, State({"pfn": Y})], phis, 1)
    walked = round_one.env["pfn"]
    assert phis.start[walked] is X
    checked = State({"pfn": make("sum", args=(walked,), value=1)}, {Known("online", walked)})
    round_two = join(SITE, [entering, checked], phis, 1)
    assert round_two.env["pfn"] is walked
    assert round_two.facts == set()


def test_a_value_that_every_round_checked_for_the_next_one_is_checked() -> None:
    phis = Phis(set(LOCALS))
    entering = State({"pfn": X}, {Known("online", X)})
    walked = join(SITE, [entering, State({"pfn": Y})], phis, 1).env["pfn"]
    following = make("sum", args=(walked,), value=1)
    again = State({"pfn": following}, {Known("online", following)})
    assert join(SITE, [entering, again], phis, 1).facts == {Known("online", walked)}


def test_forgetting_a_value_drops_all_that_is_said_of_it() -> None:
    old = make("call", "get", (), (1, 40))
    state = State({}, {Known("online", old), Known("zone", X, old), Known("online", X)})
    state.signs = {old: ZERO, FLAG: ZERO}
    state.promise(Y, ZERO, [Known("valid", old)])
    state.forget({old})
    assert state.facts == {Known("online", X)}
    assert state.signs == {FLAG: ZERO}
    assert state.pending == {}
