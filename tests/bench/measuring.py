"""What a command costs: processor time and memory of all its processes. Linux only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

_BECOME_SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER of <linux/prctl.h>."""
_BETWEEN_LOOKS = 0.1
"""Seconds."""
_DETACHED = '"$@" &'


class Cost(msgspec.Struct, frozen=True):
    """One run: seconds of `cpu` (user and system), bytes of `memory`, and how it ended.

    `memory` is the most that all processes held together whenever it was looked at (proportional
    set size, so that what they share counts once), or that one held at any time, if that is more.
    `status` is None where the run took longer than it was given.
    """

    cpu: float
    memory: int
    status: int | None


def measured(
    command: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    output: IO[bytes],
    limit: float,
) -> Cost:
    """Run a command to its end and to that of all processes it starts, at most `limit` seconds."""
    ctypes.CDLL(None).prctl(_BECOME_SUBREAPER, 1)
    # The shell leaves the command to us and ends. What is measured was then started by a process
    # smaller than this one, whose size would count as its own: the kernel keeps it across exec.
    shell = subprocess.Popen(
        ["/bin/sh", "-c", _DETACHED, "sh", *command],
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )
    shell.wait()
    try:
        with _killed_after(limit, shell.pid) as late, _watched(shell.pid) as looks:
            ended = [os.wait4(-1, 0)]
            with contextlib.suppress(ChildProcessError):
                while True:
                    ended.append(os.wait4(-1, 0))
    except BaseException:
        _kill(shell.pid)
        raise
    cpu = sum(usage.ru_utime + usage.ru_stime for _, _, usage in ended)
    largest = max(usage.ru_maxrss for _, _, usage in ended) * 1024
    status = os.waitstatus_to_exitcode(ended[0][1])
    return Cost(cpu, max([largest, *looks]), None if late.is_set() else status)


@contextlib.contextmanager
def _killed_after(limit: float, session: int) -> Iterator[threading.Event]:
    """Kill what is left after so many seconds; the event says that it came to this."""
    late = threading.Event()

    def kill() -> None:
        late.set()
        _kill(session)

    timer = threading.Timer(limit, kill)
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
        timer.join()


def _kill(session: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(session, signal.SIGKILL)


@contextlib.contextmanager
def _watched(session: int) -> Iterator[list[int]]:
    """The bytes that the processes of a session held together, each time one looked."""
    looks: list[int] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(_BETWEEN_LOOKS):
            looks.append(sum(map(_held, _members(session))))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield looks
    finally:
        over.set()
        watcher.join()


def _members(session: int) -> Iterator[Path]:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # The fields after the name, which may hold anything, are state, parent, group, session.
            fields = (process / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if int(fields[3]) == session:
                yield process


def _held(process: Path) -> int:
    with contextlib.suppress(OSError):
        for line in (process / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
