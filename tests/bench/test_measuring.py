"""A run costs what all its processes cost."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.bench.measuring import Cost, measured

BURN = "import time\nwhile time.process_time() < 0.2: pass"
"""Takes at least 0.2 seconds of processor time, however slow or busy the machine is."""


def cost(directory: Path, code: str, limit: float = 60) -> Cost:
    with (directory / "output").open("wb") as output:
        command = [sys.executable, "-c", code]
        return measured(command, directory, os.environ, output, limit)


def test_processor_time_of_children_counts_also_if_nobody_waits_for_them(tmp_path: Path) -> None:
    waits = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}])\n{BURN}"
    assert cost(tmp_path, waits).cpu >= 0.4
    leaves = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {BURN!r}])"
    assert cost(tmp_path, leaves).cpu >= 0.2


def test_the_memory_of_the_largest_process_counts_however_short_it_lived(tmp_path: Path) -> None:
    assert cost(tmp_path, "held = bytearray(b'x') * (64 << 20)").memory >= 64 << 20


def test_memory_is_not_that_of_the_program_which_measures(tmp_path: Path) -> None:
    mine = bytearray(b"x") * (256 << 20)
    assert cost(tmp_path, "pass").memory < len(mine)


def test_the_output_and_the_exit_status_are_those_of_the_command(tmp_path: Path) -> None:
    assert cost(tmp_path, "print('found'); raise SystemExit(3)").status == 3
    assert (tmp_path / "output").read_text() == "found\n"


def test_what_takes_too_long_is_stopped_with_all_its_processes(tmp_path: Path) -> None:
    sleeps = "import time; time.sleep(600)"
    both = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {sleeps!r}])\n{sleeps}"
    assert cost(tmp_path, both, limit=0.5).status is None
