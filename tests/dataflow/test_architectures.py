"""Generic code calls the definitions of every architecture, and none of them mixes with another."""

from __future__ import annotations

from pathlib import Path

from tests.dataflow.small import above_note, checked, told

GENERIC = """
void demo_remove(unsigned long start, unsigned long nr)
{
	demo_arch_remove(start, nr);
}

void demo_zone(struct zone *zone)
{
	demo_remove(zone->zone_start_pfn, zone->spanned_pages);
}
"""
CARELESS = """
void demo_arch_remove(unsigned long start, unsigned long nr)
{
	demo_drop(page_zone(pfn_to_page(start)), start, nr);
}
"""
CAREFUL = """
void demo_arch_remove(unsigned long start, unsigned long nr)
{
	demo_drop_pages(start, nr);
}
"""
LONG = """
void demo_arch_remove(unsigned long start, unsigned long nr)
{
	/* %s */
	demo_arch_below(start, nr);
}
"""
SCOPE = ("mm", "arch")


def test_every_architecture_is_judged_by_the_generic_caller(tmp_path: Path) -> None:
    files = {
        "mm/demo.c": GENERIC,
        "arch/arm64/mm/demo.c": CARELESS,
        "arch/ia64/mm/demo.c": CARELESS,
        "arch/s390/mm/demo.c": CAREFUL,
    }
    run = checked(tmp_path, files, *SCOPE)
    found = {(one.rule, one.span.path) for one in above_note(run) if one.function != "demo_zone"}
    assert found == {
        (rule, f"arch/{arch}/mm/demo.c")
        for rule in ("unverified-page-links", "zone-from-range")
        for arch in ("arm64", "ia64")
    }


def test_what_hands_on_a_need_unseen_is_followed_from_below(tmp_path: Path) -> None:
    below = CARELESS.replace("arch_remove", "arch_below")
    files = {
        "mm/demo.c": GENERIC,
        "arch/arm64/mm/demo.c": below + LONG % ("too long to be looked through " * 20),
        "arch/ia64/mm/demo.c": CARELESS,
        "arch/s390/mm/demo.c": CAREFUL,
    }
    run = checked(tmp_path, files, *SCOPE)
    found = {(one.rule, one.span.path) for one in above_note(run) if one.function != "demo_zone"}
    assert found == {
        (rule, f"arch/{arch}/mm/demo.c")
        for rule in ("unverified-page-links", "zone-from-range")
        for arch in ("arm64", "ia64")
    }


def test_no_witness_leads_from_one_architecture_into_another(tmp_path: Path) -> None:
    start = "unsigned long start, unsigned long nr"
    files = {
        "mm/demo.c": f"void demo_remove({start})\n{{\n\tdemo_arch_remove(start, nr);\n}}\n",
        "arch/ia64/mm/demo.c": CAREFUL
        + "void demo_zone(struct zone *zone)\n{\n\tdemo_remove(zone->zone_start_pfn, 1);\n}\n",
    }
    files["arch/arm64/mm/demo.c"] = f"""
void demo_arch_remove({start})
{{
	SetPageReserved(pfn_to_page(start));
}}
"""
    assert told(checked(tmp_path, files, *SCOPE)) == []
    files["arch/ia64/mm/demo.c"] = files["arch/arm64/mm/demo.c"] + files[
        "arch/ia64/mm/demo.c"
    ].replace(CAREFUL, "")
    assert told(checked(tmp_path / "own", files, *SCOPE)) == [
        "warning pfn-not-online demo_arch_remove"
    ]
