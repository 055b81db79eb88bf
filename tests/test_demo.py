"""The demo tree shows bugs of several rules, and a right version beside each."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mmlint.cli.main import main

DEMO = Path(__file__).resolve().parent.parent / "fixtures" / "trees" / "demo"


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEMO, tmp_path / "demo"))


def check(tree: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    out = tree.parent / "report.json"
    status = main(["check", "--tree", str(tree), f"--format=json={out}", *arguments])
    loaded: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return status, loaded


def reported(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {(f["rule"], f["function"]) for f in report["findings"] if not f["suppressed"]}


def test_it_has_the_bugs_that_its_comments_announce(demo: Path) -> None:
    status, report = check(demo)
    assert status == 1
    assert reported(report) == {
        ("pfn-not-online", "free_report_show"),
        ("torn-zone-span", "free_report_show"),
        ("pfn-not-online", "device_query_set"),
        ("zone-from-range", "drain_zone_span"),
        ("zone-device-no-ref", "device_query_set"),
    }
    assert report["tree"]["kernel_version"] == "6.12.0-demo"
    assert report["analysed"]["files"] == 3
    assert report["not_analysed"] == []


def test_a_comment_suppresses_and_without_the_bug_it_is_unused(demo: Path) -> None:
    file = demo / "mm" / "zone_drain.c"
    text = file.read_text()
    line = "\t\t\tlist_move(&page->lru, &zone->parked);\n"
    comment = "\t\t\t/* mmlint: allow(zone-from-range): one zone on this board */\n"
    assert line in text
    file.write_text(text.replace(line, comment + line, 1))
    _, report = check(demo)
    assert ("zone-from-range", "drain_zone_span") not in reported(report)
    (suppressed,) = [f for f in report["findings"] if f["suppressed"]]
    assert suppressed["suppressed"] == {
        "kind": "allow",
        "reason": "one zone on this board",
        "path": "mm/zone_drain.c",
        "line": comment_line(file),
    }
    file.write_text(file.read_text().replace("if (!page)", "if (!page || page_zone(page) != zone)"))
    _, report = check(demo, "--select", "zone-from-range")
    assert reported(report) == {("suppression", "drain_zone_span")}


def comment_line(file: Path) -> int:
    lines = file.read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if "mmlint:" in line)


def test_bad_input_is_said_and_the_rest_is_analysed(demo: Path) -> None:
    mm = demo / "mm"
    (mm / "empty.c").write_bytes(b"")
    (mm / "binary.c").write_bytes(b"int x;\0pfn_to_page(pfn)")
    (mm / "latin.c").write_bytes(b"/* pfn_to_page \xe9 */ int f(void) { return 0; }\n")
    (mm / "noise.c").write_bytes(b'}}} pfn_to_page ((( "\xff #if\n')
    (mm / "dangling.c").symlink_to("nowhere")
    (mm / "loop.c").symlink_to("loop.c")
    (mm / "large.c").write_bytes(b"/* pfn_to_page */\n" + b"\n" * (50 << 20))
    status, report = check(demo)
    assert status == 3
    assert len(reported(report)) == 5
    gaps = {gap["path"]: gap["reason"] for gap in report["not_analysed"]}
    assert gaps["mm/binary.c"] == "binary (NUL byte at offset 6)"
    assert gaps["mm/dangling.c"] == "symbolic link to nothing (nowhere)"
    assert gaps["mm/loop.c"] == "symbolic link that leads back to itself"
    assert gaps["mm/large.c"] == "larger than 16 MB"
    assert "mm/empty.c" not in gaps
    assert "mm/latin.c" not in gaps


def test_a_tree_without_mm_is_incomplete(demo: Path) -> None:
    shutil.rmtree(demo / "mm")
    status, report = check(demo)
    assert status == 3
    assert report["not_analysed"] == [
        {"path": "mm", "function": "", "line": 0, "reason": "no such file or directory"}
    ]
