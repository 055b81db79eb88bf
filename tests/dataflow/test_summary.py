"""What a caller sees of a function: its promises, its effects and its obligations."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.dataflow.small import summary

from mmlint.dataflow.state import ANY, NEGATIVE, NONZERO, OUTCOMES, POSITIVE, ZERO, Known
from mmlint.dataflow.summary import RESULT, Summary
from mmlint.dataflow.terms import make, number, or_null, page_of, pfn_of, total

PFN, PAGE = make("param", "pfn"), make("param", "page")
HELD = Known("reference", pfn_of(PAGE))
ONLINE = Known("online", PFN)


def implied(of: Summary, mask: int) -> set[Known]:
    """What holds after a call that gave one of the outcomes `mask`."""
    return {known for possible, facts in of.implies if not mask & ~possible for known in facts}


CHECKED = """
static struct page *f(unsigned long pfn)
{
	struct page *page = pfn_to_online_page(pfn);

	if (!page || PageReserved(page))
		return NULL;
	return page;
}
"""


def test_non_null_means_online(tmp_path: Path) -> None:
    made = summary(tmp_path, CHECKED)
    assert made.returns is or_null(page_of(PFN))
    assert ONLINE in implied(made, NONZERO)
    assert ONLINE not in implied(made, ZERO)
    assert not made.gives_raw_page
    assert made.needs == ()


def test_a_check_that_is_left_out_on_one_way_is_no_promise(tmp_path: Path) -> None:
    text = """
    static struct page *f(unsigned long pfn, bool quick)
    {
        if (quick)
            return pfn_to_page(pfn);
        return pfn_to_online_page(pfn);
    }
    """
    made = summary(tmp_path, text)
    assert made.returns is not None
    assert pfn_of(made.returns) is PFN
    assert ONLINE not in implied(made, NONZERO)
    assert made.gives_raw_page


GRAB = """
static int f(struct page *page)
{
	if (PageReserved(page))
		return -EBUSY;
	if (!get_page_unless_zero(page))
		return %s;
	return %s;
}
"""


@pytest.mark.parametrize(
    ("failed", "taken", "means"),
    [
        # Nothing else that is not negative is returned.
        ("-EAGAIN", "0", {ZERO, POSITIVE, ZERO | POSITIVE}),
        ("0", "1", {POSITIVE}),
    ],
    ids=["0 means reference", "positive means reference"],
)
def test_an_outcome_means_a_reference(
    tmp_path: Path, failed: str, taken: str, means: set[int]
) -> None:
    made = summary(tmp_path, GRAB % (failed, taken))
    outcomes = {mask for mask in OUTCOMES if HELD in implied(made, mask)}
    assert outcomes == means
    assert made.touches == {"page"}


def test_true_means_that_both_checks_held(tmp_path: Path) -> None:
    text = """
    static bool f(unsigned long pfn, struct page *page)
    {
        return pfn_to_online_page(pfn) && get_page_unless_zero(page);
    }
    """
    made = summary(tmp_path, text)
    assert {ONLINE, HELD} <= implied(made, NONZERO)
    assert implied(made, ZERO) == set()


def test_true_means_neither_where_one_of_two_checks_is_enough(tmp_path: Path) -> None:
    text = """
    static bool f(unsigned long pfn, struct page *page)
    {
        return pfn_to_online_page(pfn) || get_page_unless_zero(page);
    }
    """
    assert not {ONLINE, HELD} & implied(summary(tmp_path, text), NONZERO)


def test_a_function_without_a_result_promises_what_it_always_does(tmp_path: Path) -> None:
    text = "static void f(struct page *page)\n{\n\tpfn_valid(1);\n\tget_page(page);\n}\n"
    assert implied(summary(tmp_path, text), ANY) == {HELD}


def test_a_reference_that_is_dropped_again_is_no_promise(tmp_path: Path) -> None:
    text = """
    static void f(struct page *page)
    {
        get_page(page);
        put_page(page);
    }
    """
    made = summary(tmp_path, text)
    assert HELD not in implied(made, ANY)
    assert HELD in made.ends


def test_what_a_release_ends_is_said(tmp_path: Path) -> None:
    text = "static void f(struct page *page)\n{\n\tpfn_valid(1);\n\tput_page(page);\n}\n"
    assert HELD in summary(tmp_path, text).ends


STORE = """
static int f(unsigned long pfn, unsigned long *out)
{{
	if (!pfn_valid(pfn))
		return -EINVAL;
	*out = {value};
	return {result};
}}
"""


@pytest.mark.parametrize(
    ("value", "stored"), [("pfn", PFN), ("pfn + 1", total(PFN, number(1))), ("0", number(0))]
)
def test_what_is_stored_through_a_pointer_is_said_in_terms_of_parameters(
    tmp_path: Path, value: str, stored: object
) -> None:
    made = summary(tmp_path, STORE.format(value=value, result="0"))
    assert made.stores == (("out", stored),)


def test_what_nobody_but_the_function_knows_is_not_said(tmp_path: Path) -> None:
    made = summary(tmp_path, STORE.format(value="random_pfn()", result="0"))
    assert made.stores == ()


def test_two_values_that_may_be_stored_are_none(tmp_path: Path) -> None:
    text = """
    static void f(unsigned long pfn, unsigned long *out)
    {
        if (pfn_valid(pfn))
            *out = pfn;
        else
            *out = 0;
    }
    """
    made = summary(tmp_path, text)
    assert made.stores == ()


@pytest.mark.parametrize(
    ("use", "touched"),
    [
        ("page->private = pfn", True),
        ("pfn_valid(page_to_pfn(page))", False),
        ("pfn_valid(pfn) && PageLRU(page)", True),
        ("put_page(page)", False),
    ],
)
def test_reading_a_page_touches_it_and_handing_it_on_does_not(
    tmp_path: Path, use: str, touched: bool
) -> None:
    text = f"static void f(unsigned long pfn, struct page *page)\n{{\n\t{use};\n}}\n"
    assert ("page" in summary(tmp_path, text).touches) == touched


def test_a_touch_in_a_callee_is_a_touch(tmp_path: Path) -> None:
    text = """
    static bool g(struct page *page)
    {
        return PageLRU(page);
    }
    static bool f(unsigned long pfn, struct page *page)
    {
        return pfn_valid(pfn) && g(page);
    }
    """
    assert summary(tmp_path, text).touches == {"page"}


LOOKUP = """
static bool f(unsigned long pfn)
{
	return %sPageLRU(pfn_to_page(pfn));
}
"""


def test_a_pfn_of_the_caller_that_is_not_checked_is_an_obligation(tmp_path: Path) -> None:
    made = summary(tmp_path, LOOKUP % "")
    (need,) = made.needs
    assert (need.need, need.subject, need.hops) == ("online", PFN, ())
    assert "valid" not in need.has
    assert [(pfn, done.name, done.checked) for pfn, done in made.conversions] == [
        (PFN, "pfn_to_page", False)
    ]


def test_an_obligation_says_what_was_checked(tmp_path: Path) -> None:
    (need,) = summary(tmp_path, LOOKUP % "pfn_valid(pfn) && ").needs
    assert "valid" in need.has
    assert [check.name for check in need.checks] == ["pfn_valid"]


def test_a_check_that_suffices_leaves_no_obligation(tmp_path: Path) -> None:
    assert summary(tmp_path, LOOKUP % "pfn_to_online_page(pfn) && ").needs == ()


def test_a_value_of_the_function_itself_is_nobody_elses_obligation(tmp_path: Path) -> None:
    text = "static bool f(void)\n{\n\treturn PageLRU(pfn_to_page(some_pfn()));\n}\n"
    assert summary(tmp_path, text).needs == ()


def test_an_obligation_of_a_callee_is_handed_on_with_the_way(tmp_path: Path) -> None:
    text = (
        LOOKUP.replace("f(", "g(", 1) % ""
        + """
    static bool f(unsigned long pfn)
    {
        return g(pfn + 2);
    }
    """
    )
    (need,) = summary(tmp_path, text).needs
    assert need.subject is total(PFN, number(2))
    assert [(hop.place.function, hop.callee) for hop in need.hops] == [("f", "g")]
    assert need.base.function == "g"


def test_an_obligation_that_is_met_at_the_call_goes_no_further(tmp_path: Path) -> None:
    text = (
        LOOKUP.replace("f(", "g(", 1) % ""
        + """
    static bool f(unsigned long pfn)
    {
        return pfn_to_online_page(pfn) && g(pfn);
    }
    """
    )
    assert summary(tmp_path, text).needs == ()


def test_a_walk_from_a_parameter_is_an_obligation_of_where_it_starts(tmp_path: Path) -> None:
    text = """
    static int f(unsigned long pfn, unsigned long end)
    {
        int found = 0;

        for (; pfn < end; pfn++)
            found += PageLRU(pfn_to_page(pfn));
        return found;
    }
    """
    (need,) = summary(tmp_path, text).needs
    assert need.subject is PFN
    assert "walk" in need.marks


ASK = "static bool f(struct page *page)\n{\n%s\treturn is_zone_device_page(page);\n}\n"


def test_a_function_that_only_asks_is_a_wrapper(tmp_path: Path) -> None:
    made = summary(tmp_path, ASK % "")
    assert made.wrapper
    assert [(need.need, need.subject) for need in made.needs] == [("reference", pfn_of(PAGE))]


def test_a_function_that_does_more_is_none(tmp_path: Path) -> None:
    made = summary(tmp_path, ASK % "\tcount_question();\n")
    assert not made.wrapper
    assert [need.need for need in made.needs] == ["reference"]


def test_a_function_that_runs_at_boot_only_asks_nothing_of_callers(tmp_path: Path) -> None:
    made = summary(tmp_path, (LOOKUP % "").replace("static bool", "static bool __init"))
    assert (made.boot, made.needs) == (True, ())


def test_a_result_that_is_a_page_of_nobody_is_said_of_the_result(tmp_path: Path) -> None:
    text = """
    static struct page *f(void)
    {
        struct page *page = alloc_page(GFP_KERNEL);

        return page;
    }
    """
    made = summary(tmp_path, text)
    assert made.returns is None
    assert Known("fresh", pfn_of(RESULT)) in implied(made, NONZERO)
    assert implied(made, NEGATIVE) == implied(made, POSITIVE)
