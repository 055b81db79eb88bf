"""`mmlint audit` and `mmlint facts`, from the command line to the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.stand_ins import CommandLine

ASKS = """\
void held(struct page *page)
{
	get_page(page);
	is_zone_device_page(page);
}
"""
LOCKED = """\
void locked(struct page *page)
{
	lock_page(page);
	is_zone_device_page(page);
}
"""
RAW = "void raw(unsigned long pfn) { is_zone_device_page(pfn_to_page(pfn)); }\n"


@pytest.fixture(autouse=True)
def small_tree(kernel: Path) -> None:
    (kernel / "mm" / "demo.c").unlink()
    (kernel / "mm" / "held.c").write_text(ASKS)
    (kernel / "tools").mkdir()
    (kernel / "tools" / "raw.c").write_text(RAW)


def test_the_whole_tree_is_audited_but_for_its_tools(mmlint: CommandLine, kernel: Path) -> None:
    (kernel / "fs" / "locked.c").write_text(LOCKED)
    status, out, err = mmlint("audit", "is_zone_device_page", "--format", "json")
    assert (status, err) == (0, "")
    assert [row["function"] for row in json.loads(out)["rows"]] == ["locked", "held"]


def test_a_path_is_all_there_is_to_audit(mmlint: CommandLine, kernel: Path) -> None:
    (kernel / "fs" / "raw.c").write_text(RAW)
    assert mmlint("audit", "is_zone_device_page", "mm")[0] == 0
    assert mmlint("audit", "is_zone_device_page")[0] == 1


def test_the_strict_policy_wants_more_than_a_lock(mmlint: CommandLine, kernel: Path) -> None:
    (kernel / "fs" / "locked.c").write_text(LOCKED)
    assert mmlint("audit", "is_zone_device_page")[0] == 0
    status, out, _ = mmlint("audit", "is_zone_device_page", "--policy", "strict")
    assert status == 1
    assert "weak       locked" in out


def test_an_unknown_function_is_an_error_with_an_offer(mmlint: CommandLine) -> None:
    status, _, err = mmlint("audit", "is_zone_device_pag")
    assert status == 2
    assert "did you mean is_zone_device_page" in err
    assert err.count("\n") == 1


def test_what_could_not_be_analysed_is_status_3(mmlint: CommandLine, kernel: Path) -> None:
    (kernel / "mm" / "gone.c").symlink_to("nowhere.c")
    status, out, _ = mmlint("audit", "is_zone_device_page", "mm")
    assert status == 3
    assert "not analysed: 1" in out


@pytest.mark.parametrize("name", ["text", "json", "csv", "markdown"])
def test_every_format_goes_to_a_file(mmlint: CommandLine, kernel: Path, name: str) -> None:
    target = kernel / "out"
    arguments = ("--format", name, "--output", str(target))
    status, out, _ = mmlint("audit", "is_zone_device_page", *arguments)
    assert (status, out) == (0, "")
    assert "held" in target.read_text()


def test_a_place_that_cannot_be_written_to_is_told_before_any_work(mmlint: CommandLine) -> None:
    status, _, err = mmlint("audit", "is_zone_device_page", "--output", "no/such/dir/x")
    assert status == 2
    assert "there is no directory" in err


def test_facts_shows_the_function_that_is_named(mmlint: CommandLine) -> None:
    status, out, _ = mmlint("facts", "mm/held.c:held")
    assert status == 0
    assert "    3 |         get_page(page);\n      |     + reference(page): get_page()\n" in out


def test_facts_of_a_file_are_those_of_all_its_functions(mmlint: CommandLine) -> None:
    _, out, _ = mmlint("facts", "mm/held.c", "--format", "json")
    assert [function["function"] for function in json.loads(out)["functions"]] == ["held"]


@pytest.mark.parametrize("place", ["mm/held.c:other", "mm/nothing.c", "mm/empty.c"])
def test_facts_of_nothing_is_an_error(mmlint: CommandLine, kernel: Path, place: str) -> None:
    (kernel / "mm" / "empty.c").write_text("int x;\n")
    status, out, err = mmlint("facts", place)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1


MAPPED = """\
void mapped(pmd_t *pmd)
{
	pte_t *ptep = pte_offset_map_lock(mm, pmd, addr, &ptl);
	struct page *page = vm_normal_page(vma, addr, *ptep);

	if (page && is_zone_device_page(page))
		hits++;
	pte_unmap_unlock(ptep, ptl);
}
"""


def test_a_check_with_the_strict_policy_reports_what_only_a_lock_keeps(
    mmlint: CommandLine, kernel: Path
) -> None:
    (kernel / "mm" / "held.c").write_text(MAPPED)
    arguments = ("check", "--select", "zone-device-no-ref")
    assert mmlint(*arguments)[0] == 0
    status, out, _ = mmlint(*arguments, "--policy", "strict")
    assert status == 1
    assert "that only a lock or an unchanged notifier keeps" in out
