"""Which files differ between two states of a tree, and which lines of the later one are touched."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mmlint.source.revision import Revision
from mmlint.source.tree import Unreadable

if TYPE_CHECKING:
    from mmlint.source.git import Repository
    from mmlint.source.tree import Tree

_RAW = 2


def changed_files(before: Revision, after: Tree) -> list[str]:
    """The files that are not the same in both, those that only one has included; sorted.

    `after` is another revision of the repository or its work tree; of a work tree, files that git
    is told to ignore are left out. Raises `GitError`.
    """
    if isinstance(after, Revision):
        return before.differing(after)
    paths = _in_work_tree(before)
    return [path for path in paths if _contents(before, path) != _contents(after, path)]


def _in_work_tree(before: Revision) -> list[str]:
    """The files of the work tree that may differ, some that do not among them."""
    repository = before.repository
    index = _work_index(repository, before)
    options = (f"--work-tree={repository.top}",)
    environment = {"GIT_INDEX_FILE": os.fspath(index)}
    repository.run(
        *options, "update-index", "-q", "--refresh", environment=environment, accepted=(0, 1)
    )
    raw = ("-z", "--raw", "--no-renames", "--ignore-submodules=all")
    tree = repository.tree(before.commit)
    said = repository.run(*options, "diff-index", *raw, tree, environment=environment).split(b"\0")
    found = set(said[1::_RAW])
    others = ("ls-files", "-z", "--others", "--exclude-standard", "--full-name")
    found |= set(repository.run(*options, *others, environment=environment).split(b"\0"))
    prefix = repository.prefix
    paths = (os.fsdecode(path) for path in found if path)
    return sorted(path.removeprefix(prefix) for path in paths if path.startswith(prefix))


def _work_index(repository: Repository, before: Revision) -> os.PathLike[str]:
    """A copy of the index; without one, an index of `before`."""
    index = repository.index_copy("work-index")
    if not index.is_file():
        environment = {"GIT_INDEX_FILE": os.fspath(index)}
        repository.run("read-tree", repository.tree(before.commit), environment=environment)
    return index


def _contents(tree: Tree, path: str) -> bytes | None:
    try:
        return tree.read(path)
    except Unreadable:
        return None
