"""The fixpoint ends, and says the same however the source is arranged."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dataflow.small import HOME, above_note, analysed, checked, summary, told

from mmlint.model import Run

ATTRIBUTE = 'DEFINE_DEBUGFS_ATTRIBUTE(a_fops, NULL, a_set, "%llu");\n'


def entry(body: str) -> str:
    """A function that user space reaches with a number of its choice."""
    return f"static int a_set(void *data, u64 val)\n{{\n{body}\n}}\n{ATTRIBUTE}"


def found(tmp_path: Path, text: str) -> list[str]:
    run = checked(tmp_path, {HOME: text})
    assert run.not_analysed == ()
    return told(run)


# It ends.


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_nested_loops_settle(tmp_path: Path, depth: int) -> None:
    opened = "".join(f"for (i{n} = 0; i{n} < 9; i{n}++) {{\n" for n in range(depth))
    names = ", ".join(f"i{n}" for n in range(depth))
    body = f"int {names};\nunsigned long pfn = val;\n{opened}"
    body += "if (pfn_valid(pfn))\ncount += PageLRU(pfn_to_page(pfn));\npfn++;\n"
    text = entry(body + "}" * depth + "\nreturn 0;")
    assert found(tmp_path, text) == ["error pfn-not-online a_set"]


def test_a_checked_page_of_nested_loops_is_no_finding(tmp_path: Path) -> None:
    body = """
    unsigned long pfn, block;

    for (block = val; block < val + 9; block += 3)
        for (pfn = block; pfn < block + 3; pfn++) {
            struct page *page = pfn_to_online_page(pfn);

            if (!page)
                continue;
            count += PageLRU(page);
        }
    return 0;"""
    assert found(tmp_path, entry(body)) == []


@pytest.mark.parametrize(
    "step",
    [
        "item->seen = item;\nitem = item->next;",
        "item->next->back = item;\nitem = item->next;",
        "prev->next = item->next;\nprev = item;\nitem = item->next;",
        "item->page = pfn_to_page(val);\nitem = item->next->next;",
    ],
)
def test_a_list_walk_that_stores_through_the_moving_pointer_settles(
    tmp_path: Path, step: str
) -> None:
    body = f"""
    struct item *item = a_list, *prev = a_list;

    while (item) {{
        {step}
    }}
    return PageLRU(pfn_to_page(val));"""
    assert found(tmp_path, entry(body)) == ["warning pfn-not-online a_set"]


def test_values_that_change_places_in_a_loop_settle(tmp_path: Path) -> None:
    body = """
    unsigned long a = val, b = 1, c = 2, t;

    while (more()) {
        t = a;
        a = b + 1;
        b = c + a;
        c = t;
    }
    return PageLRU(pfn_to_page(c));"""
    assert found(tmp_path, entry(body)) == ["warning pfn-not-online a_set"]


def test_a_variable_without_a_value_that_a_loop_counts_on_settles(tmp_path: Path) -> None:
    body = """
    unsigned long start, end, pfn;
    struct page *page;

    for_each_range(&start, &end) {
        page = pfn_to_page(start);
        for (pfn = start; pfn < end; pfn++, page++)
            if (page->flags & val)
                continue;
    }
    return PageLRU(pfn_to_page(val));"""
    macro = "#define for_each_range(s, e) for (next_range(s, e); more(); next_range(s, e))\n"
    assert found(tmp_path, macro + entry(body)) == ["warning pfn-not-online a_set"]


def test_a_loop_of_gotos_settles(tmp_path: Path) -> None:
    body = """
    unsigned long pfn = val;

again:
    if (PageLRU(pfn_to_page(pfn)))
        goto next;
    if (more())
        goto again;
    return 0;
next:
    pfn++;
    goto again;"""
    assert found(tmp_path, entry(body)) == ["warning pfn-not-online a_set"]


@pytest.mark.parametrize("depth", [10, 60])
def test_deep_nesting_of_branches_settles(tmp_path: Path, depth: int) -> None:
    opened = "".join(f"if (flag({n}))\n{{ pfn += {n};\n" for n in range(depth))
    body = f"unsigned long pfn = val;\n{opened}" + "}" * depth
    assert found(tmp_path, entry(body + "\nreturn PageLRU(pfn_to_page(pfn));")) == [
        "warning pfn-not-online a_set"
    ]


def test_many_branches_in_a_row_do_not_multiply(tmp_path: Path) -> None:
    rows = "".join(f"if (flag({n}))\npfn += {n};\n" for n in range(300))
    text = entry(f"unsigned long pfn = val;\n{rows}return PageLRU(pfn_to_page(pfn));")
    run = analysed(tmp_path, text, "a_set")
    assert len(run.needs) == 1


def test_a_machine_of_states_settles(tmp_path: Path) -> None:
    cases = "".join(
        f"case {n}: state = {(n * 7 + 3) % 20}; pfn = other{n % 3}; break;\n" for n in range(20)
    )
    body = f"""
    unsigned long pfn = val, other0 = val, other1 = 1, other2 = 2;
    int state = 0;

    while (more()) {{
        switch (state) {{
        {cases}}}
        other0 = other1;
        other1 = other2;
        other2 = pfn;
    }}
    return PageLRU(pfn_to_page(pfn));"""
    assert found(tmp_path, entry(body)) == ["warning pfn-not-online a_set"]


# Recursion.


def test_functions_that_call_each_other_settle(tmp_path: Path) -> None:
    text = """
    static bool odd(unsigned long pfn, int depth);
    static bool even(unsigned long pfn, int depth)
    {
        return depth ? odd(pfn + 1, depth - 1) : PageLRU(pfn_to_page(pfn));
    }
    static bool odd(unsigned long pfn, int depth)
    {
        return depth ? even(pfn + 1, depth - 1) : PageBuddy(pfn_to_page(pfn));
    }
    """
    both = ["warning pfn-not-online even", "warning pfn-not-online odd"]
    assert found(tmp_path, text + entry("return even(val, 3) + odd(val, 3);")) == both


def test_a_recursive_check_promises_nothing(tmp_path: Path) -> None:
    text = """
    static bool f(unsigned long pfn)
    {
        return f(pfn - 1) && pfn_valid(pfn);
    }
    """
    made = summary(tmp_path, text)
    assert all(known.fact == "valid" for _, facts in made.implies for known in facts)


# The arrangement of the source.

PIECES = (
    """
static bool use_page(unsigned long pfn)
{
	return PageLRU(pfn_to_page(pfn));
}
""",
    """
static bool hand_on(unsigned long pfn)
{
	return use_page(pfn + 1);
}
""",
    """
static struct page *get_checked(unsigned long pfn)
{
	struct page *page = pfn_to_online_page(pfn);

	return page && get_page_unless_zero(page) ? page : NULL;
}
""",
    """
static int careful(unsigned long pfn)
{
	struct page *page = get_checked(pfn);

	if (!page)
		return -EIO;
	count += is_zone_device_page(page) + use_page(pfn);
	put_page(page);
	return is_zone_device_page(page);
}
""",
    """
static bool round_and_round(unsigned long pfn, int depth)
{
	return depth ? round_and_round(pfn, depth - 1) : hand_on(pfn);
}
""",
    entry("return careful(val) + hand_on(val) + round_and_round(val, 2);"),
)


def without_lines(run: Run) -> list[tuple[str, ...]]:
    """The findings, without lines and columns; the steps in words."""
    assert run.not_analysed == ()
    return sorted(
        (
            one.rule,
            one.severity.label,
            one.function,
            one.message,
            one.fingerprint,
            *(f"{step.label} {step.function}: {step.text}" for step in one.steps),
        )
        for one in run.findings
    )


@settings(max_examples=12)
@given(st.permutations(PIECES))
def test_the_order_of_the_functions_does_not_matter(pieces: list[str]) -> None:
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        expected = without_lines(checked(Path(first), {HOME: "".join(PIECES)}))
        assert without_lines(checked(Path(second), {HOME: "".join(pieces)})) == expected
    assert tuple(dict.fromkeys(rule for rule, severity, *_ in expected if severity != "note")) == (
        "pfn-not-online",
        "zone-device-no-ref",
    )


@settings(max_examples=12)
@given(st.permutations(range(len(PIECES))))
def test_the_names_of_the_files_do_not_matter(names: list[int]) -> None:
    pieces = [piece.replace("static ", "", 1) for piece in PIECES]
    runs = []
    for order in (range(len(PIECES)), names):
        with TemporaryDirectory() as root:
            files = {f"mm/{n}.c": piece for n, piece in zip(order, pieces, strict=True)}
            runs.append(without_fingerprints(without_lines(checked(Path(root), files))))
    assert runs[0] == runs[1]
    assert runs[0]


def without_fingerprints(found: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The fingerprint is that of a file."""
    return [(*one[:4], *one[5:]) for one in found]


def test_a_function_in_front_moves_the_findings_and_nothing_else(tmp_path: Path) -> None:
    text = "".join(PIECES)
    first = checked(tmp_path / "a", {HOME: text})
    second = checked(tmp_path / "b", {HOME: "\n\nint more;\n" + text})
    assert without_lines(first) == without_lines(second)
    lines = [
        (one.span.line, two.span.line)
        for one, two in zip(above_note(first), above_note(second), strict=True)
    ]
    assert all(after == before + 3 for before, after in lines)
