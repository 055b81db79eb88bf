"""From the paths on the command line to a tree and paths in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from mmlint.cli.failure import InputError
from mmlint.source.tree import Tree, located

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEFAULT = "mm"
"""The scope in a kernel tree when none is named."""


def find_tree(paths: Sequence[str], explicit: str | None) -> Tree:
    """The tree to analyse: `explicit`, or the one around the first path, or the current one."""
    if explicit is not None and not Path(explicit).is_dir():
        raise InputError(f"--tree {explicit}: there is no such directory")
    return Tree.find(Path(paths[0] if paths else "."), Path(explicit) if explicit else None)


def scope_of(paths: Sequence[str], tree: Tree, explicit: bool) -> tuple[str, ...]:
    """`paths` relative to the root of `tree`; raises `InputError` if none of them is there.

    They are looked up in the current directory, with an `explicit` tree in that tree first. One
    that is missing beside others stays in, to be reported as not analysed.
    """
    places = [_place(path, tree, explicit) for path in paths]
    if not any(os.path.lexists(place) for place in places):
        raise InputError(f"{paths[0]}: no such file or directory")
    return tuple(_inside(place, tree) for place in places)


def chosen_scope(
    paths: Sequence[str], tree: Tree, explicit: bool, configured: Sequence[str]
) -> tuple[str, ...]:
    """The scope that `paths` name, else the settings of the tree, else its default.

    Raises `InputError`.
    """
    if paths:
        return scope_of(paths, tree, explicit)
    return scope_of(configured, tree, True) if configured else default_scope(tree)


def scope_in(
    paths: Sequence[str], tree: Tree, explicit: bool, there: Callable[[str], bool]
) -> tuple[str, ...]:
    """`paths` relative to the root of `tree` as `scope_of` has them, where `there` says what is.

    Raises `InputError`.
    """
    scope = []
    for path in paths:
        plain = os.path.normpath(path)
        scope.append(plain if explicit and there(plain) else _inside(_absolute(path), tree))
    if not any(map(there, scope)):
        raise InputError(f"{paths[0]}: no such file or directory")
    return tuple(scope)


def default_scope(tree: Tree) -> tuple[str, ...]:
    """mm/ of a kernel tree, all of a directory that is none."""
    return (DEFAULT,) if tree.kernel_version else (".",)


def is_inside(path: str, scope: Sequence[str]) -> bool:
    """Whether `path` is one of the files and directories of a scope, or below one."""
    return any(top in {".", path} or path.startswith(f"{top}/") for top in scope)


def _place(path: str, tree: Tree, explicit: bool) -> Path:
    here, there = Path(path), tree.root / path
    if explicit:
        return there if os.path.lexists(there) else located(here)
    return located(here)


def _absolute(path: str) -> Path:
    """`path` without `..`, its directory without links; it need not exist."""
    plain = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow the last part
    return plain.parent.resolve() / plain.name


def _inside(place: Path, tree: Tree) -> str:
    try:
        return place.relative_to(tree.root).as_posix()
    except ValueError:
        raise InputError(f"{place} is outside of the tree {tree.root}") from None
