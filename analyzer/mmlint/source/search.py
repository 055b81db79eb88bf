"""Lines and files of a whole tree that match a regular expression, found in about a second.

All engines (hyperscan where it is installed, git, Python's `re`) look at every `.c` and `.h` file
below some directories, line by line (a line ends at a newline and nothing else) and byte by byte,
and give the same answer. Links are not followed; see `searched_part` for what is passed over.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mmlint.source import git_grep, multiscan
from mmlint.source.names import words_in
from mmlint.source.patterns import words
from mmlint.source.sought import Found, Hit, Sought, Where
from mmlint.source.tree import Unreadable
from mmlint.source.walk import C_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Sequence

    from mmlint.source.tree import Tree

__all__ = ["Hit", "Sought", "files", "find", "holding", "lines"]

_ENGINES = [multiscan.find, git_grep.find]


def find(
    tree: Tree,
    sought: Sought,
    directories: Sequence[str] = (),
    suffixes: Sequence[str] = C_SUFFIXES,
    without: Container[str] = frozenset(),
) -> Found:
    """All that is sought, in one pass where the engine can do so.

    Without `directories` the whole tree is searched; what cannot be read, or is no directory of
    the tree, has no lines. Of the files `without` it is known that they hold nothing of it.
    """
    tree.before_search()
    where = Where(_existing(tree, directories), tuple(suffixes), without)
    for engine in _ENGINES:
        found = engine(tree, sought, where)
        if found is not None:
            return found
    return _python(tree, sought, where)


def lines(
    tree: Tree,
    patterns: Sequence[bytes],
    directories: Sequence[str] = (),
    suffixes: Sequence[str] = C_SUFFIXES,
    without: Container[str] = frozenset(),
) -> list[Hit]:
    """The lines that match one of `patterns`, by path and line."""
    return find(tree, Sought(lines=tuple(patterns)), directories, suffixes, without).lines


def files(
    tree: Tree,
    patterns: Sequence[bytes],
    directories: Sequence[str] = (),
    suffixes: Sequence[str] = C_SUFFIXES,
) -> list[str]:
    """The files with a line that matches one of `patterns`, sorted."""
    return find(tree, Sought(files=tuple(patterns)), directories, suffixes).files


def holding(
    tree: Tree, names: Collection[str], directories: Sequence[str] = ()
) -> dict[str, list[str]]:
    """The files that hold each of `names` as a word, comments included."""
    found: dict[str, list[str]] = {name: [] for name in names}
    wanted = frozenset(name.encode() for name in names)
    for path in files(tree, (words(names),), directories) if wanted else ():
        try:
            data = tree.read(path)
        except Unreadable:
            continue
        for name in words_in(data, wanted):
            found[name.decode()].append(path)
    return found


def _existing(tree: Tree, directories: Sequence[str]) -> list[str]:
    """The directories of the tree among those given, "." for all of it."""
    if not directories:
        return ["."]
    plain = (os.path.normpath(path) for path in directories)
    inside = (path for path in plain if not path.startswith(("..", "/")))
    return [path for path in inside if tree.is_dir(path)]


def _python(tree: Tree, sought: Sought, where: Where) -> Found:
    """The same answer without anything that has to be installed."""
    found = Found([], [])
    listed = tree.files(where.directories, where.suffixes)[0] if where.directories else []
    for path in listed:
        if path in where.without or tree.is_link(path):
            continue
        try:
            here = sought.in_text(path, tree.read(path))
        except Unreadable:
            continue
        found.lines.extend(here.lines)
        found.files.extend(here.files)
    return found
