"""Reading the contents of git objects, one after the other, through one process."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_PIECE = 1 << 20


class Objects:
    """A `git cat-file --batch` that runs until it is closed."""

    def __init__(
        self, command: Sequence[str], directory: Path, environment: Mapping[str, str]
    ) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def read(self, name: str, largest: int) -> bytes | int | None:
        """The contents of an object; its size if that is above `largest`; None if it is missing."""
        asking, answering = self._process.stdin, self._process.stdout
        if asking is None or answering is None:
            return None
        try:
            asking.write(name.encode() + b"\n")
            asking.flush()
        except OSError:
            return None
        head = answering.readline().split()
        if len(head) != len(("name", "type", "size")) or not head[2].isdigit():
            return None
        size = int(head[2])
        if size > largest:
            left = size + 1
            while left > 0:
                left -= len(answering.read(min(left, _PIECE))) or left
            return size
        return answering.read(size + 1)[:size]

    def close(self) -> None:
        """End the process."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait()
