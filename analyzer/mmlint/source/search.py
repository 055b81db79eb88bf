"""Lines and files of a whole tree that match a regular expression, at the speed of `git grep`.

Both engines, git and Python's `re`, look at every `.c` and `.h` file below some directories, line
by line (a line ends at a newline and nothing else) and byte by byte. Links are not followed.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from mmlint.source.tree import Unreadable
from mmlint.source.walk import C_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mmlint.source.tree import Tree

_LONGEST = 120
"""Seconds after which git is given up."""
_NOTHING_FOUND = 1
_RECORD = re.compile(rb"([^\0]+)\0(\d+)[\0:]([^\n]*)\n")
_SPECIAL = re.compile(r"([*?\[\]\\])")


class Hit(NamedTuple):
    """A line, counted from 1, of the file `path`; `text` is without its newline."""

    path: str
    line: int
    text: bytes


class _Where(NamedTuple):
    """What is searched: the files below some directories that end in one of the suffixes."""

    directories: list[str]
    suffixes: tuple[str, ...]


def lines(
    tree: Tree,
    patterns: Sequence[bytes],
    directories: Sequence[str] = (),
    suffixes: Sequence[str] = C_SUFFIXES,
) -> list[Hit]:
    """The lines that match one of `patterns`, by path and line.

    The patterns are written so that PCRE and Python's `re` on bytes understand them alike, and
    match within a line. Without `directories` the whole tree is searched; what cannot be read, or
    is no directory of the tree, has no lines.
    """
    where = _Where(_existing(tree, directories), tuple(suffixes))
    found = _git(tree, ["-n", "-z"], patterns, where)
    if found is None:
        return sorted(_python(tree, patterns, where))
    if found and not found.endswith(b"\n"):
        found += b"\n"
    decoded = functools.cache(os.fsdecode)
    return sorted(
        Hit(decoded(path), int(line), text) for path, line, text in _RECORD.findall(found)
    )


def files(tree: Tree, patterns: Sequence[bytes], directories: Sequence[str] = ()) -> list[str]:
    """The files with a line that matches one of `patterns`, sorted."""
    where = _Where(_existing(tree, directories), C_SUFFIXES)
    found = _git(tree, ["-l", "-z"], patterns, where)
    if found is None:
        return sorted({hit.path for hit in _python(tree, patterns, where)})
    return sorted(os.fsdecode(path) for path in found.split(b"\0") if path)


def _existing(tree: Tree, directories: Sequence[str]) -> list[str]:
    """The directories of the tree among those given, "." for all of it."""
    if not directories:
        return ["."]
    plain = (os.path.normpath(path) for path in directories)
    inside = (path for path in plain if not path.startswith(("..", "/")))
    return [path for path in inside if tree.is_dir(path)]


def _git(
    tree: Tree, options: Sequence[str], patterns: Sequence[bytes], where: _Where
) -> bytes | None:
    """What git prints; None when it cannot tell (there is none, or one without PCRE)."""
    program = _program()
    if program is None or not where.directories:
        return None if where.directories else b""
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


def _pathspecs(where: _Where) -> Iterator[str]:
    for directory in where.directories:
        prefix = "" if directory == "." else _SPECIAL.sub(r"\\\1", directory) + "/"
        for suffix in where.suffixes:
            yield f":(glob){prefix}**/*{suffix}"


def _python(tree: Tree, patterns: Sequence[bytes], where: _Where) -> Iterator[Hit]:
    """The same answer without git."""
    wanted = [re.compile(pattern) for pattern in patterns]
    listed = tree.files(where.directories, where.suffixes)[0] if where.directories else []
    for path in listed:
        if tree.is_link(path):
            continue
        try:
            data = tree.read(path)
        except Unreadable:
            continue
        for number, text in enumerate(data.removesuffix(b"\n").split(b"\n") if data else (), 1):
            if any(pattern.search(text) for pattern in wanted):
                yield Hit(path, number, text)
