"""The audit of a question about device memory: who holds the page, on the weakest path."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.auditing.small import audited, row, told

from mmlint.dataflow.callsites import MAX_CALLERS

ENTRY = "struct page *page = vm_normal_page(vma, addr, pte);"
ASK = "if (page && is_zone_device_page(page)) hit();"

HELD = {
    "reference": "void f(struct page *page) { get_page(page); is_zone_device_page(page); }",
    "put-path": "void f(struct page *page) { is_zone_device_page(page); put_page(page); }",
    "pgmap": """void f(unsigned long pfn)
{
	struct dev_pagemap *pgmap = get_dev_pagemap(pfn, NULL);

	if (pgmap)
		is_zone_device_page(pfn_to_page(pfn));
}""",
    "fresh": """void f(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (page)
		is_zone_device_page(page);
}""",
    "container": "void f(struct bio_vec *bv) { is_zone_device_page(bv->bv_page); }",
    "contract": """/* The caller must hold a reference to the page. */
void f(struct page *page) { is_zone_device_page(page); }""",
}
LOCKED = {
    "page-table lock": f"""void f(pmd_t *pmd)
{{
	pte_t *ptep = pte_offset_map_lock(mm, pmd, addr, &ptl);
	{ENTRY}

	{ASK}
	pte_unmap_unlock(ptep, ptl);
}}""",
    "page/folio lock": """void f(struct page *page)
{
	lock_page(page);
	is_zone_device_page(page);
	unlock_page(page);
}""",
    "notifier": """void f(struct hmm_range *range)
{
	struct page *page = hmm_pfn_to_page(range->hmm_pfns[0]);

	if (!mmu_interval_read_retry(range->notifier, range->notifier_seq))
		is_zone_device_page(page);
}""",
}


@pytest.mark.parametrize("kind", HELD)
def test_what_holds_a_page_is_safe_under_every_policy(tmp_path: Path, kind: str) -> None:
    assert told(audited(tmp_path, HELD[kind])) == ("safe", "safe", kind)


@pytest.mark.parametrize("kind", LOCKED)
def test_what_only_keeps_it_mapped_is_weak_under_the_strict_policy(
    tmp_path: Path, kind: str
) -> None:
    found = audited(tmp_path, LOCKED[kind])
    assert told(found) == ("safe", "weak", kind)
    assert "a reference" in row(found, "f").missing


UNSAFE = {
    "raw PFN": "void f(unsigned long pfn) { is_zone_device_page(pfn_to_page(pfn)); }",
    "after the put": "void f(struct page *page) { put_page(page); is_zone_device_page(page); }",
    "after the unlock": f"""void f(pmd_t *pmd)
{{
	pte_t *ptep = pte_offset_map_lock(mm, pmd, addr, &ptl);
	{ENTRY}

	pte_unmap_unlock(ptep, ptl);
	{ASK}
}}""",
    "reference of later": """void f(struct page *page)
{
	is_zone_device_page(page);
	get_page(page);
	put_page(page);
}""",
}


@pytest.mark.parametrize("why", UNSAFE)
def test_what_nobody_is_shown_to_hold_is_unsafe(tmp_path: Path, why: str) -> None:
    found = audited(tmp_path, UNSAFE[why])
    assert told(found) == ("unsafe", "unsafe", "")
    assert "nobody is shown to hold the page" in row(found, "f").missing


def test_the_last_reference_that_was_dropped_is_still_the_droppers(tmp_path: Path) -> None:
    text = "void f(struct page *page) { if (put_page_testzero(page)) is_zone_device_page(page); }"
    assert told(audited(tmp_path, text)) == ("safe", "safe", "put-path")


def test_evidence_names_the_call_and_its_line(tmp_path: Path) -> None:
    text = "void f(struct page *page)\n{\n\tget_page(page);\n\tis_zone_device_page(page);\n}\n"
    found = row(audited(tmp_path, text), "f")
    assert found.evidence == "reference: get_page(): a reference is held (mm/a.c:3)"
    assert found.lines == (4,)


CALLED = "static void f(struct page *page) { is_zone_device_page(page); }\n"
GOOD = "void good(struct page *page) { get_page(page); f(page); }\n"
BAD = "void bad(unsigned long pfn) { f(pfn_to_page(pfn)); }\n"


def test_a_caller_that_holds_the_page_is_the_evidence(tmp_path: Path) -> None:
    found = row(audited(tmp_path, CALLED + GOOD), "f")
    assert (found.verdict, found.evidence.partition(":")[0]) == ("safe", "reference")
    assert [step.function for step in found.steps] == ["f", "good"]


def test_the_weakest_caller_decides_and_the_first_that_lacks_it_is_named(tmp_path: Path) -> None:
    found = row(audited(tmp_path, CALLED + GOOD + BAD), "f")
    assert found.verdict == "unsafe"
    assert found.missing.startswith("1 of 2 callers hold it; the first that does not is bad();")
    assert [(step.function, step.line) for step in found.steps] == [("f", 1), ("bad", 3)]


INDIRECT = """struct demo_ops { void (*visit)(struct page *page); };
static const struct demo_ops demo = { .visit = f };
"""


def test_who_calls_a_member_of_a_structure_is_asked_where_nobody_calls_by_name(
    tmp_path: Path,
) -> None:
    good = GOOD.replace("f(page)", "ops->visit(page)")
    text = CALLED + INDIRECT + good.replace("good(", "good(struct demo_ops *ops, ")
    found = row(audited(tmp_path, text), "f")
    assert (found.verdict, found.evidence.partition(":")[0]) == ("safe", "reference")
    bad = BAD.replace("bad(", "bad(struct demo_ops *ops, ").replace("f(pfn_", "ops->visit(pfn_")
    found = row(audited(tmp_path, text + bad), "f")
    assert found.verdict == "unsafe"
    assert found.missing.startswith("1 of 2 callers hold it; the first that does not is bad();")


def test_the_callers_of_callers_are_asked_too(tmp_path: Path) -> None:
    middle = "static void middle(struct page *page) { f(page); }\n"
    text = CALLED + middle + GOOD.replace("f(page)", "middle(page)")
    found = row(audited(tmp_path, text), "f")
    assert [step.function for step in found.steps] == ["f", "middle", "good"]
    assert found.verdict == "safe"


def test_a_lock_that_the_caller_holds_keeps_what_is_read_from_the_entry_here(
    tmp_path: Path,
) -> None:
    text = f"""static void f(pte_t pte)
{{
	{ENTRY}

	{ASK}
}}

void locked(pmd_t *pmd)
{{
	pte_t *ptep = pte_offset_map_lock(mm, pmd, addr, &ptl);

	f(*ptep);
	pte_unmap_unlock(ptep, ptl);
}}
"""
    assert told(audited(tmp_path, text)) == ("safe", "weak", "page-table lock")
    text += "void unlocked(pte_t *ptep) { f(*ptep); }\n"
    assert told(audited(tmp_path, text))[0] == "unsafe"


def test_a_caller_in_a_macro_is_looked_through(tmp_path: Path) -> None:
    text = "#define ask_it(p) f(p)\n" + CALLED + GOOD.replace("f(page)", "ask_it(page)")
    assert told(audited(tmp_path, text)) == ("safe", "safe", "reference")


def test_boot_code_is_no_caller(tmp_path: Path) -> None:
    text = CALLED + GOOD + BAD.replace("void", "static void __init")
    assert told(audited(tmp_path, text))[0] == "safe"


def test_a_wrapper_passes_the_question_on_and_its_users_are_listed(tmp_path: Path) -> None:
    wrapper = "static bool mine(struct page *p) { return is_zone_device_page(p); }\n"
    found = audited(tmp_path, wrapper + "void f(struct bio_vec *b) { mine(b->bv_page); }")
    assert told(found, "mine")[:2] == ("passed-on", "passed-on")
    assert told(found) == ("safe", "safe", "container")


def test_a_wrapper_of_the_knowledge_passes_on_too(tmp_path: Path) -> None:
    wrapper = """static bool is_pci_p2pdma_page(const struct page *page)
{
	return on && is_zone_device_page(page) && page->pgmap->type == P2PDMA;
}

void f(struct bio_vec *bv) { is_pci_p2pdma_page(bv->bv_page); }
"""
    found = audited(tmp_path, wrapper)
    assert told(found, "is_pci_p2pdma_page")[0] == "passed-on"
    assert told(found) == ("safe", "safe", "container")


def test_a_question_that_is_not_part_of_the_audited_one_is_left_out(tmp_path: Path) -> None:
    text = "void f(struct folio *folio) { folio_is_zone_device(folio); }"
    assert audited(tmp_path, text, "is_pci_p2pdma_page").rows == ()


def test_a_macro_that_asks_is_a_row_by_its_definition(tmp_path: Path) -> None:
    text = (
        "#define MINE(p) is_zone_device_page(p)\nvoid f(struct page *p) { get_page(p); MINE(p); }"
    )
    found = audited(tmp_path, text)
    assert row(found, "#define MINE").lines == (1,)


def test_one_function_is_one_row_by_its_worst_use(tmp_path: Path) -> None:
    text = """void f(struct page *a, unsigned long pfn)
{
	get_page(a);
	is_zone_device_page(a);
	is_zone_device_page(pfn_to_page(pfn));
}
"""
    found = row(audited(tmp_path, text), "f")
    assert found.lines == (4, 5)
    assert found.verdict == "unsafe"


def test_what_a_helper_returns_is_followed_into_its_body(tmp_path: Path) -> None:
    helper = "static struct page *first(struct page **v) { return v[0] ? v[0] : NULL; }\n"
    text = """void f(unsigned long start)
{
	struct page *pages[4];
	struct page *page;

	pin_user_pages(start, 4, 0, pages);
	page = first(pages);
	if (page)
		is_zone_device_page(page);
}
"""
    assert told(audited(tmp_path, helper + text)) == ("safe", "safe", "container")


def test_an_error_that_a_helper_returns_is_no_page(tmp_path: Path) -> None:
    helper = """static struct page *get_it(struct bio_vec *bv)
{
	if (!bv)
		return ERR_PTR(-EINVAL);
	return bv->bv_page;
}

void f(struct bio_vec *bv)
{
	struct page *page = get_it(bv);

	if (!IS_ERR_OR_NULL(page))
		is_zone_device_page(page);
}
"""
    assert told(audited(tmp_path, helper)) == ("safe", "safe", "container")


def test_a_reference_that_only_a_flag_asks_for_counts_with_the_flag_alone(tmp_path: Path) -> None:
    text = """void f(void)
{
	struct page *page = follow_page(vma, addr, FLAGS | FOLL_DUMP);

	if (IS_ERR_OR_NULL(page))
		return;
	is_zone_device_page(page);
}
"""
    assert told(audited(tmp_path, text.replace("FLAGS", "FOLL_GET")))[2] == "reference"
    assert told(audited(tmp_path, text))[0] == "unsafe"


def test_a_spinlock_that_is_that_of_the_entry_keeps_it(tmp_path: Path) -> None:
    text = f"""void f(struct vm_fault *vmf)
{{
	struct page *page;

	spin_lock(vmf->LOCK);
	page = vm_normal_page(vma, addr, pte);
	{ASK}
	spin_unlock(vmf->LOCK);
}}
"""
    assert told(audited(tmp_path, text.replace("LOCK", "ptl")))[2] == "page-table lock"
    assert told(audited(tmp_path, text.replace("LOCK", "other")))[0] == "unsafe"


def test_what_a_callback_is_promised_is_a_contract(tmp_path: Path) -> None:
    text = """static void f(struct page *page) { is_zone_device_page(page); }
static const struct dev_pagemap_ops ops = { .page_free = f };
"""
    assert told(audited(tmp_path, text)) == ("safe", "safe", "contract")


def test_recursion_ends(tmp_path: Path) -> None:
    text = "static void f(struct page *p, int n) { is_zone_device_page(p); if (n) f(p, n - 1); }\n"
    assert told(audited(tmp_path, text + GOOD.replace("f(page)", "f(page, 3)")))[0] == "safe"


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        audited(tmp_path, "", "no_such_function")


def test_callers_that_nobody_looked_at_are_counted(tmp_path: Path) -> None:
    calls = "".join(
        f"void g{n}(struct page *page) {{ get_page(page); f(page); }}\n"
        for n in range(MAX_CALLERS + 2)
    )
    text = f"void f(struct page *page) {{ is_zone_device_page(page); }}\n{calls}"
    one = row(audited(tmp_path, text), "f")
    assert (one.verdict, one.missing) == ("safe", "40 of 42 callers were looked at")
