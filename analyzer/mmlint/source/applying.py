"""Applying patches to a tree of a repository in an index of its own: nothing else is touched."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mmlint.model import NotAnalysed
from mmlint.source.git import GitError
from mmlint.source.tree import Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mmlint.source.diffs import FileDiff
    from mmlint.source.git import Repository
    from mmlint.source.mail import Patch
    from mmlint.source.revision import Revision


class Workbench:
    """An index in the private repository, to begin with that of the tree of `base`.

    Raises `GitError`.
    """

    def __init__(self, repository: Repository, base: Revision) -> None:
        self._repository = repository
        self._base = base
        index = repository.private / "patch-index"
        self._environment = {"GIT_INDEX_FILE": os.fspath(index)}
        self._run("read-tree", repository.tree(base.commit))

    def apply(self, patch: Patch) -> list[NotAnalysed]:
        """Apply what can be applied; what cannot comes out, file by file and hunk by hunk."""
        self._bring(patch.files)
        whole = b"".join(file.text for file in patch.files)
        if self._error(whole) is None:
            return []
        return [gap for file in patch.files for gap in self._by_hunks(file)]

    def tree(self) -> str:
        """The object name of the tree as it is now."""
        return self._run("write-tree").decode().strip()

    def _by_hunks(self, file: FileDiff) -> list[NotAnalysed]:
        error = self._error(file.text)
        if error is None:
            return []
        total = len(file.hunks)
        if total == 0 or not error.startswith("patch failed"):
            return [NotAnalysed(file.path, "", 0, f"does not apply: {error}")]
        failed = [
            (number, hunk, reason)
            for number, hunk in enumerate(file.hunks, start=1)
            if (reason := self._error(file.head_text + hunk.text)) is not None
        ]
        return [
            NotAnalysed(
                file.path,
                "",
                hunk.start,
                f"hunk {number} of {total} does not apply "
                f"({hunk.lines[0].decode(errors='replace')}): {reason}",
            )
            for number, hunk, reason in failed
        ]

    def _error(self, patch: bytes) -> str | None:
        """Apply a patch whole or not at all; why it was not."""
        try:
            self._run("apply", "--cached", "--whitespace=nowarn", "-", stdin=patch)
        except GitError as error:
            return str(error).removeprefix("git says: ")
        return None

    def _bring(self, files: Sequence[FileDiff]) -> None:
        """Have the objects at hand that a partial clone may lack."""
        prefix = self._repository.prefix
        for file in files:
            try:
                self._base.read(file.path.removeprefix(prefix))
            except Unreadable:
                continue

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return self._repository.run(*arguments, stdin=stdin, environment=self._environment)
