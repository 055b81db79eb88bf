"""`mmlint knowledge`: what is known of a function, and where it comes from."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.stand_ins import CommandLine

BODY = """int zone_take(struct zone *zone)
{
	if (lock_device_hotplug_sysfs())
		return -EINTR;
	return 0;
}

int demo_check(unsigned long pfn)
{
	return pfn_to_online_page(pfn) != NULL;
}
"""


def test_the_tables_are_listed_with_their_rows(mmlint: CommandLine) -> None:
    status, out, _ = mmlint("knowledge", "list")
    assert status == 0
    counts = {line.split()[1]: int(line.split()[0]) for line in out.splitlines()}
    assert counts["pair"] > 10
    rows = mmlint("knowledge", "list", "pair")[1]
    assert rows.count("acquire = [") == counts["pair"]
    assert re.search(r"knowledge/pairs\.toml:\d+, from mm/memory_hotplug\.c: ", rows)


def test_an_unknown_table_is_said(mmlint: CommandLine) -> None:
    status, _, err = mmlint("knowledge", "list", "pears")
    assert (status, "no table is called 'pears'" in err) == (2, True)


def test_rows_are_shown_with_file_and_line(mmlint: CommandLine) -> None:
    status, out, _ = mmlint("knowledge", "show", "lru_cache_enable")
    assert status == 0
    assert out.startswith("row pair\n  name = lru-cache, ")
    assert "release = [lru_cache_enable]" in out


def test_a_pattern_is_about_the_names_that_it_matches(mmlint: CommandLine) -> None:
    out = mmlint("knowledge", "show", "folio_test_dirty")[1]
    assert "name = folio_test_*" in out


def test_bodies_are_shown_with_what_callers_rely_on(mmlint: CommandLine, kernel: Path) -> None:
    (kernel / "mm" / "take.c").write_text(BODY)
    out = mmlint("knowledge", "show", "zone_take")[1]
    assert out.startswith("body mm/take.c:1\n")
    assert "  where the result is 0: holds device-hotplug (the device hotplug lock is held)" in out
    out = mmlint("knowledge", "show", "demo_check")[1]
    assert "  where the result is not 0: online(pfn)" in out


def test_what_nobody_knows_is_said(mmlint: CommandLine) -> None:
    status, _, err = mmlint("knowledge", "show", "nobody_knows")
    assert (status, "nothing is known of 'nobody_knows'" in err) == (2, True)


def test_rules_and_rows_are_checked(mmlint: CommandLine, tmp_path: Path) -> None:
    status, out, _ = mmlint("knowledge", "check")
    assert status == 0
    assert re.fullmatch(r"\d+ rules and \d+ rows in \d+ files, all well\n", out)
    (tmp_path / "bad.toml").write_text("[[pair]]\n")
    status, _, err = mmlint("knowledge", "check", "--rules", str(tmp_path))
    assert status == 2
    assert f"{tmp_path / 'bad.toml'}:1: " in err


def kernel(root: Path, version: tuple[int, int]) -> str:
    """A kernel tree that has one function of those that rows name."""
    (root / "mm").mkdir()
    (root / "mm" / "demo.c").write_text("struct page *pfn_to_online_page(unsigned long pfn);\n")
    (root / "Makefile").write_text("VERSION = {}\nPATCHLEVEL = {}\n".format(*version))
    return str(root)


def test_names_that_a_newer_kernel_lacks_are_listed_newest_first(
    mmlint: CommandLine, tmp_path: Path
) -> None:
    status, out, _ = mmlint("knowledge", "check", "--tree", kernel(tmp_path, (6, 12)))
    assert status == 0
    _, said, *lines = out.splitlines()
    assert said == f"Linux 6.12 lacks {len(lines)} names that rows took from it or older kernels"
    versions = [line.split()[0] for line in lines]
    assert list(dict.fromkeys(versions)) == ["6.12", "6.1", "4.10"]
    names = {line.split()[1] for line in lines}
    assert "swp_offset_pfn" in names
    assert "pfn_to_online_page" not in names
    assert "softleaf_to_pfn" not in names
    assert all(re.search(r"knowledge/[\w-]+\.toml:\d+$", line) for line in lines)


def test_only_a_kernel_tree_can_lack_names(mmlint: CommandLine, tmp_path: Path) -> None:
    status, _, err = mmlint("knowledge", "check", "--tree", str(tmp_path))
    assert (status, "is no kernel tree" in err) == (2, True)
