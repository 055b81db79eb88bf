"""Listing the files of a scope, with everything in it that cannot be listed."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from mmlint.model import NotAnalysed

if TYPE_CHECKING:
    from collections.abc import Iterator

C_SUFFIXES = (".c", ".h")

_REASONS = {
    errno.ENOENT: "no such file or directory",
    errno.EACCES: "permission denied",
    errno.ELOOP: "symbolic link that leads back to itself",
    errno.EISDIR: "is a directory",
    errno.ENOTDIR: "a part of the path is no directory",
    errno.ENAMETOOLONG: "name too long",
}


def why(error: OSError | ValueError) -> str:
    """What went wrong, in a few words that name no path."""
    if isinstance(error, OSError):
        return _REASONS.get(error.errno or 0) or (error.strerror or str(error)).lower()
    return str(error)


class Listing:
    """The files below some paths of the tree whose root, with a final slash, is `prefix`."""

    def __init__(self, prefix: str, suffixes: tuple[str, ...]) -> None:
        self._prefix = prefix
        self._suffixes = suffixes
        self._files: set[str] = set()
        self._links: set[str] = set()
        self._refused: set[NotAnalysed] = set()

    def add(self, path: str) -> None:
        """Take the file `path`, or the files below the directory `path`."""
        try:
            mode = Path(self._prefix + path).stat().st_mode
        except (OSError, ValueError) as error:
            self._refuse(path, self._dangling(path) or why(error))
            return
        if stat.S_ISDIR(mode):
            self._walk("" if path == "." else path + "/")
        elif stat.S_ISREG(mode):
            self._files.add(path)
        else:
            self._refuse(path, "not a regular file")

    def result(self) -> tuple[list[str], list[NotAnalysed]]:
        """What was listed and what could not be, each sorted."""
        for link in sorted(self._links):
            self._follow(link)
        return sorted(self._files), sorted(self._refused)

    def plain(self) -> list[str]:
        """What was listed without the links, sorted."""
        return sorted(self._files)

    def _walk(self, top: str) -> None:
        pending = [top]
        while pending:
            directory = pending.pop()
            try:
                pending.extend(self._scan(directory))
            except OSError as error:
                self._refuse(directory.rstrip("/") or ".", why(error))

    def _scan(self, directory: str) -> Iterator[str]:
        """Take the files of one directory; the directories in it come out."""
        suffixes = self._suffixes
        with os.scandir(self._prefix + directory) as entries:
            for entry in entries:
                name = entry.name
                if entry.is_dir(follow_symlinks=False):
                    if name != ".git":
                        yield f"{directory}{name}/"
                elif name.endswith(suffixes):
                    self._entry(directory + name, entry)

    def _entry(self, path: str, entry: os.DirEntry[str]) -> None:
        if entry.is_file(follow_symlinks=False):
            self._files.add(path)
        elif entry.is_symlink():
            self._links.add(path)
        else:
            self._refuse(path, "not a regular file")

    def _follow(self, link: str) -> None:
        try:
            mode = Path(self._prefix + link).stat().st_mode
        except OSError as error:
            self._refuse(link, self._dangling(link) or why(error))
            return
        if stat.S_ISDIR(mode):
            return
        if not stat.S_ISREG(mode):
            self._refuse(link, "not a regular file")
        elif os.path.realpath(self._prefix + link).removeprefix(self._prefix) not in self._files:
            self._files.add(link)

    def _dangling(self, path: str) -> str | None:
        """The reason for a link that leads nowhere, None for anything else."""
        full = Path(self._prefix + path)
        try:
            full.stat()
        except FileNotFoundError:
            if full.is_symlink():
                return f"symbolic link to nothing ({full.readlink()})"
        except (OSError, ValueError):
            return None
        return None

    def _refuse(self, path: str, reason: str) -> None:
        self._refused.add(NotAnalysed(path, "", 0, reason))
