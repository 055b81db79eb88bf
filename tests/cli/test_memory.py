"""How a process ends that built a lot: without a look at all of it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

TEXT = """
from mmlint.cli.memory import never_collect

class Node:
    def __del__(self):
        print("looked at")

{}
node = Node()
node.self = node
del node
"""


@pytest.mark.parametrize(("first", "said"), [("", "looked at\n"), ("never_collect()", "")])
def test_what_is_left_at_the_end_is_not_looked_through(first: str, said: str) -> None:
    command = [sys.executable, "-c", TEXT.format(first)]
    own = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(command, env=own, capture_output=True, text=True, check=True)
    assert done.stdout == said
