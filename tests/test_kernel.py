"""On a real kernel the findings are those that were agreed to be right."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mmlint.auditing.missing import missing
from mmlint.cli.packages import load_rows
from mmlint.source.tree import Tree

pytestmark = pytest.mark.kernel

VARIABLE = "MMLINT_LINUX_6_12"
SCOPE = ("mm", "fs", "kernel", "drivers", "arch", "virt")
TRIAGE = Path(__file__).parent.parent / "docs" / "findings-6.12.md"
"""Every finding that is expected, each with a judgement."""

MEASURED = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
with open(sys.argv[1], "w") as memory:
    memory.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)
"""
"""Runs a command and writes its peak memory (KiB). Linux counts what started a command as part of
its peak (setmax_mm_hiwater_rss() in exec_mmap()), and a process that ran all tests is large."""

ROW = re.compile(r"^\| ([a-z-]+) \| (\w+) \| (\S+\.[ch]) \| \S.* \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def kernel() -> Path:
    named = os.environ.get(VARIABLE)
    if not named:
        pytest.skip(f"{VARIABLE} names no unpacked linux-source-6.12")
    assert (Path(named) / "mm" / "Makefile").exists(), f"{VARIABLE}={named} is no kernel tree"
    return Path(named)


def check(kernel: Path, out: Path, *scope: str) -> tuple[dict[str, Any], int]:
    """The JSON report of checking `scope`, and how much memory that took, in bytes."""
    memory = out.with_suffix(".memory")
    measured = [sys.executable, "-c", MEASURED, str(memory)]
    command = [sys.executable, "-m", "mmlint", "check", "--tree", str(kernel), *scope]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ended = subprocess.run(
        [*measured, *command, f"--format=json={out}", "--format=text"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        text=True,
        check=False,
    )
    assert ended.returncode in {0, 1}, ended.stdout[-3000:]
    assert "Traceback" not in ended.stdout
    report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return report, int(memory.read_text(encoding="utf-8")) * 1024


def test_the_agreed_functions_are_reported(kernel: Path, tmp_path: Path) -> None:
    report, _ = check(kernel, tmp_path / "all.json", *SCOPE)
    assert report["tree"]["kernel_version"].startswith("6.12.")
    loud = [f for f in report["findings"] if f["severity"] != "note" and not f["suppressed"]]
    triaged = set(ROW.findall(TRIAGE.read_text(encoding="utf-8")))
    assert {(f["rule"], f["function"], f["path"]) for f in loud} == triaged
    assert all(f["steps"] and f["fix"] for f in loud)
    balanced = {"isolation-unbalanced", "isolation-with-pcplists", "unbalanced-pair"}
    assert [f["function"] for f in loud if f["rule"] in balanced] == ["alloc_contig_range_noprof"]
    assert [gap for gap in report["not_analysed"] if "not consulted" not in gap["reason"]] == []


def test_mm_alone_is_a_small_job(kernel: Path, tmp_path: Path) -> None:
    report, memory = check(kernel, tmp_path / "mm.json", "mm")
    assert report["analysed"]["files"] > 100
    assert memory < 400 << 20


def test_the_kernel_has_every_name_that_rows_took_from_it(kernel: Path) -> None:
    found = missing(Tree.find(kernel), load_rows("mmlint_rules"))
    assert found
    assert [one for one in found if one.version == "6.12"] == []
