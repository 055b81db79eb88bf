"""Searching a tree with `git grep`, which also reads revisions without a checkout."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from mmlint.source.sought import LARGEST_WHOLE, Found, Hit, Sought, Where, searched_part
from mmlint.source.tree import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mmlint.source.tree import Tree

_LONGEST = 120
"""Seconds after which git is given up."""
_NOTHING_FOUND = 1
_RECORD = re.compile(rb"([^\0]+)\0(\d+)[\0:]([^\n]*)\n")
_SPECIAL = re.compile(r"([*?\[\]\\])")


def find(tree: Tree, sought: Sought, where: Where) -> Found | None:
    """What git finds; None when it cannot tell (there is none, or one without PCRE)."""
    lines = _run(tree, ["-n", "-z"], sought.lines, where)
    files = _run(tree, ["-l", "-z"], sought.files, where)
    if lines is None or files is None:
        return None
    if lines and not lines.endswith(b"\n"):
        lines += b"\n"
    decoded = functools.cache(os.fsdecode)
    hits = [Hit(decoded(path), int(line), text) for path, line, text in _RECORD.findall(lines)]
    paths = [os.fsdecode(path) for path in files.split(b"\0") if path]
    return _in_searched_parts(tree, sought, Found(sorted(hits), sorted(paths)))


def _in_searched_parts(tree: Tree, sought: Sought, found: Found) -> Found:
    """What is found, without what stands in parts of files that are not searched."""
    every = dict.fromkeys(hit.path for hit in found.lines) | dict.fromkeys(found.files)
    partly = {path: data for path in every if (data := _partly_searched(tree, path)) is not None}
    if not partly:
        return found
    again = [sought.in_text(path, data) for path, data in partly.items()]
    hits = [hit for hit in found.lines if hit.path not in partly]
    paths = [path for path in found.files if path not in partly]
    return Found(
        sorted(hits + [hit for each in again for hit in each.lines]),
        sorted(paths + [path for each in again for path in each.files]),
    )


def _partly_searched(tree: Tree, path: str) -> bytes | None:
    """The contents of a file of which only a part is searched."""
    if tree.size(path) <= LARGEST_WHOLE:
        return None
    try:
        data = tree.read(path)
    except Unreadable:
        return None
    return data if len(searched_part(data)) < len(data) else None


def _run(
    tree: Tree, options: Sequence[str], patterns: Sequence[bytes], where: Where
) -> bytes | None:
    """What git prints; None when it cannot tell."""
    if not patterns or not where.directories:
        return b""
    program = _program()
    if program is None:
        return None
    place = tree.grep_place()
    # More threads only wait for each other.
    command = [
        program,
        *place.command,
        "--threads",
        "1",
        "--no-textconv",
        "--no-color",
        "--text",
        *options,
        "--perl-regexp",
    ]
    command += [part for pattern in patterns for part in ("-e", os.fsdecode(pattern))]
    command += [*filter(None, [place.revision]), "--", *_pathspecs(where)]
    try:
        done = subprocess.run(
            command,
            cwd=place.directory,
            env=place.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LONGEST,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode not in {0, _NOTHING_FOUND} or done.stderr:
        return None
    return _without(f"{place.revision}:".encode(), done.stdout) if place.revision else done.stdout


@functools.cache
def _program() -> str | None:
    return shutil.which("git")


def _without(prefix: bytes, answer: bytes) -> bytes:
    """What git prints of a tree, without the name of the tree before each path."""
    return re.sub(rb"(?:\A|(?<=[\n\0]))" + re.escape(prefix), b"", answer)


def _pathspecs(where: Where) -> Iterator[str]:
    for directory in where.directories:
        prefix = "" if directory == "." else _SPECIAL.sub(r"\\\1", directory) + "/"
        for suffix in where.suffixes:
            yield f":(glob){prefix}**/*{suffix}"
