"""A kernel tree as a commit has it, or as a patch makes it, read from git without a checkout."""

from __future__ import annotations

import bisect
import os
import posixpath
from typing import TYPE_CHECKING

from mmlint.model import NotAnalysed
from mmlint.source.git import GitError
from mmlint.source.tree import LARGEST_READ, GrepPlace, Tree, Unreadable, version_of
from mmlint.source.walk import C_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mmlint.source.git import Repository

_LINK = "120000"
_SUBMODULE = "160000"
_MOST_LINKS = 40


class Revision(Tree):
    """The files below `prefix` of the tree `name` of a repository.

    `name` is the object name of a tree or a commit (kept as `commit`), `label` what the user calls
    it, so that it is never taken for a directory. Links are
    followed within the tree only. Raises `GitError`.
    """

    def __init__(self, repository: Repository, name: str, label: str = "") -> None:
        self.repository = repository
        self.commit = name
        self.name = repository.tree(name, repository.prefix)
        self.label = label
        self._entries = _listed(repository, self.name)
        self._paths = sorted(self._entries)
        version = version_of(self._head("Makefile")) if self._looks_like_a_kernel() else None
        missing = () if version else (f"no kernel Makefile in {label or name[:12]}",)
        super().__init__(repository.top / repository.prefix, version, missing)

    on_disk = False

    def differing(self, other: Revision) -> list[str]:
        """The files and links that are not the same in both, or only in one; sorted."""
        mine, others = self._entries, other._entries
        paths = mine.keys() | others.keys()
        return sorted(path for path in paths if mine.get(path) != others.get(path))

    def files(
        self, paths: Sequence[str], suffixes: Iterable[str] = C_SUFFIXES
    ) -> tuple[list[str], list[NotAnalysed]]:
        """The files below `paths` with one of `suffixes`, and what is none, as for a directory."""
        endings = tuple(suffixes)
        found: set[str] = set()
        refused: set[NotAnalysed] = set()
        links: set[str] = set()
        for path in map(os.path.normpath, paths):
            place = self._resolved(path)
            if place is None:
                refused.add(NotAnalysed(path, "", 0, self._why_not(path)))
            elif place in self._entries:
                found.add(path)
            else:
                for name in self._below(place):
                    if name.endswith(endings):
                        (links if self._is_link(name) else found).add(name)
        for link in sorted(links):
            self._add_link(link, found, refused)
        return sorted(found), sorted(refused)

    def beside(self, directory: str) -> list[str]:
        """The C files that lie directly in a directory, sorted; [] when there is none."""
        depth = directory.count("/") + 1 if directory else 0
        return [
            path
            for path in self._below(directory or ".")
            if path.count("/") == depth and path.endswith(C_SUFFIXES) and self.is_file(path)
        ]

    def directories(self, directory: str) -> list[str]:
        """The directories directly in `directory`, sorted; [] when there is none."""
        start = len(directory) + 1
        names = (path[start:].partition("/") for path in self._below(directory))
        return sorted({f"{directory}/{name}" for name, slash, _ in names if slash})

    def is_file(self, path: str) -> bool:
        """Whether there is a file at `path`, or a link to one."""
        return self._resolved(path) in self._entries

    def is_dir(self, path: str) -> bool:
        """Whether there is a directory at `path`, or a link to one."""
        place = self._resolved(path)
        return place is not None and place not in self._entries

    def is_link(self, path: str) -> bool:
        """Whether `path` itself is a link."""
        return self._is_link(path)

    def size(self, path: str) -> int:
        """The size of the file `path` in bytes, 0 if there is none."""
        try:
            return len(self.read(path))
        except Unreadable:
            return 0

    def read(self, path: str) -> bytes:
        """The contents of the file `path`; raises `Unreadable`."""
        return self._contents(self._file(path))

    def blob(self, path: str) -> str:
        """The object name of the contents of the file `path`; raises `Unreadable`."""
        return self._entries[self._file(path)][1]

    @property
    def place(self) -> str:
        """As of a directory; the name says what is in it."""
        return f"tree {self.name}"

    def known_blob(self, path: str) -> bytes:
        """As of a directory: git knows it."""
        return bytes.fromhex(self.blob(path))

    def grep_place(self) -> GrepPlace:
        """How `git grep` is asked about this tree."""
        environment = self.repository.environment()
        command = self.repository.command("grep")[1:]
        return GrepPlace(command, self.repository.private, environment, self.name)

    def _file(self, path: str) -> str:
        place = self._resolved(path)
        if place is None:
            raise Unreadable(path, self._why_not(path))
        if place not in self._entries:
            raise Unreadable(path, "is a directory")
        return place

    def _contents(self, path: str) -> bytes:
        name = self._entries[path][1]
        data = self.repository.objects.read(name, LARGEST_READ)
        if data is None:
            self._fetch(path)
            data = self.repository.objects.read(name, LARGEST_READ)
        if data is None:
            raise Unreadable(path, "its object is not in the repository")
        if isinstance(data, int):
            raise Unreadable(path, f"larger than {LARGEST_READ >> 20} MB")
        return data

    def _fetch(self, path: str) -> None:
        """Bring the missing object of `path`, and of all C files in its part of the tree."""
        part = path.partition("/")[0]
        nearby = [name for name in self._below(part) if name.endswith(C_SUFFIXES)] or [path]
        wanted = {self._entries[name][1] for name in (path, *nearby)}
        try:
            self.repository.fetch(self.repository.missing(sorted(wanted)))
        except GitError as error:
            raise Unreadable(path, f"its object is not in the repository ({error})") from None

    def _head(self, path: str) -> bytes:
        try:
            return self._contents(path) if path in self._entries else b""
        except Unreadable:
            return b""

    def _looks_like_a_kernel(self) -> bool:
        return "Kbuild" in self._entries or next(self._below("mm"), None) is not None

    def _below(self, directory: str) -> Iterator[str]:
        prefix = "" if directory == "." else directory + "/"
        at = bisect.bisect_left(self._paths, prefix)
        while at < len(self._paths) and self._paths[at].startswith(prefix):
            yield self._paths[at]
            at += 1

    def _is_link(self, path: str) -> bool:
        entry = self._entries.get(path)
        return entry is not None and entry[0] == _LINK

    def _exists(self, path: str) -> bool:
        return path == "." or path in self._entries or next(self._below(path), None) is not None

    def _resolved(self, path: str, links: int = _MOST_LINKS) -> str | None:
        """The file or directory that `path` leads to; None where nothing is or it leads outside."""
        place = posixpath.normpath(path)
        if place.startswith(("../", "/")) or place == "..":
            return None
        parts = place.split("/")
        for end in range(1, len(parts) + 1):
            part = "/".join(parts[:end])
            if not self._is_link(part):
                continue
            target = self._target(part)
            if links == 0 or target.startswith("/"):
                return None
            rest = posixpath.join(posixpath.dirname(part), target, *parts[end:])
            return self._resolved(rest, links - 1)
        return place if self._exists(place) else None

    def _target(self, link: str) -> str:
        try:
            return os.fsdecode(self._contents(link))
        except Unreadable:
            return "/"

    def _why_not(self, path: str) -> str:
        if self._is_link(path):
            return f"symbolic link to nothing ({self._target(path)})"
        return "no such file or directory"

    def _add_link(self, link: str, found: set[str], refused: set[NotAnalysed]) -> None:
        place = self._resolved(link)
        if place is None:
            refused.add(NotAnalysed(link, "", 0, self._why_not(link)))
        elif place in self._entries and place not in found:
            found.add(link)


def _listed(repository: Repository, tree: str) -> dict[str, tuple[str, str]]:
    """Mode and object name of every file and link of a tree."""
    entries: dict[str, tuple[str, str]] = {}
    for record in repository.run("ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0"):
        about, tab, path = record.partition(b"\t")
        mode, _, rest = about.decode().partition(" ")
        if tab and mode != _SUBMODULE:
            entries[os.fsdecode(path)] = (mode, rest.partition(" ")[2])
    return entries
