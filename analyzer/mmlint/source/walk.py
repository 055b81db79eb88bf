"""Listing the files of a scope, with everything in it that cannot be listed."""

from __future__ import annotations

import errno
import os
import stat
import time
from bisect import bisect_left
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mmlint.model import NotAnalysed
from mmlint.source.signature import Signature, is_racy, signature_of

if TYPE_CHECKING:
    from collections.abc import Iterator

C_SUFFIXES = (".c", ".h")
Rests = dict[str, Signature | None]
"""By path the directories and links that were looked at for a listing, with their signatures before
that: while these stay it is the same. None stands where that cannot be told so."""

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


class Listed(NamedTuple):
    """What is below a directory, sorted: files, links, and what could not be listed."""

    files: list[str]
    links: list[str]
    refused: list[NotAnalysed]

    def below(self, directory: str) -> Listed:
        """The part that is below a directory."""
        return Listed(
            below(self.files, directory),
            below(self.links, directory),
            [gap for gap in self.refused if f"{gap.path}/".startswith(f"{directory}/")],
        )

    def ending_in(self, suffixes: tuple[str, ...]) -> Listed:
        """What would be listed if only these of the `C_SUFFIXES` were looked for."""
        others = tuple(suffix for suffix in C_SUFFIXES if suffix not in suffixes)
        if not others:
            return self
        return Listed(
            [path for path in self.files if path.endswith(suffixes)],
            [path for path in self.links if path.endswith(suffixes)],
            [gap for gap in self.refused if not gap.path.endswith(others)],
        )


def below(paths: list[str], directory: str) -> list[str]:
    """Those of the sorted paths of files that are below a directory."""
    # "0" is the character behind the slash.
    return paths[bisect_left(paths, f"{directory}/") : bisect_left(paths, f"{directory}0")]


class Listing:
    """The files below some paths of the tree whose root, with a final slash, is `prefix`.

    Of what is `known` to be below a directory, by path and with the `C_SUFFIXES`, nothing is listed
    again; what is listed becomes known. In `rests` is noted what the result rests on.
    """

    def __init__(
        self, prefix: str, suffixes: tuple[str, ...], rests: Rests, known: dict[str, Listed]
    ) -> None:
        self._prefix = prefix
        self._suffixes = suffixes
        self._rests = rests
        self._known = known if set(suffixes) <= set(C_SUFFIXES) else {}
        self._files: dict[str, None] = {}
        self._links: set[str] = set()
        self._refused: set[NotAnalysed] = set()

    def add(self, path: str) -> None:
        """Take the file `path`, or the files below the directory `path`."""
        try:
            mode = Path(self._prefix + path).stat().st_mode
        except (OSError, ValueError) as error:
            self._refuse(path, self._dangling(path) or why(error))
            return
        if stat.S_ISREG(mode):
            rest_on(path, self._prefix, self._rests)
            self._files[path] = None
        elif not stat.S_ISDIR(mode):
            self._refuse(path, "not a regular file")
        else:
            part = self._below(path)
            self._files.update(dict.fromkeys(part.files))
            self._links.update(part.links)
            self._refused.update(part.refused)

    def _below(self, path: str) -> Listed:
        """What is below a directory."""
        known = self._known.get(path)
        if known is None and "." in self._known:
            part = self._known["."].below(path)
            # Of what a link leads to nothing is known.
            known = part if any(part) else None
        if known is not None:
            return known.ending_in(self._suffixes)
        found = _Walk(self._prefix, self._suffixes, self._rests, self._known).below(path)
        if self._suffixes == C_SUFFIXES:
            self._known[path] = found
        return found

    def result(self) -> tuple[list[str], list[NotAnalysed]]:
        """What was listed and what could not be, each sorted."""
        for link in sorted(self._links):
            self._follow(link)
        return sorted(self._files), sorted(self._refused)

    def plain(self) -> list[str]:
        """The files that were listed, no link among them, sorted."""
        return sorted(self._files)

    def _follow(self, link: str) -> None:
        rest_on(link, self._prefix, self._rests)
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
            self._files[link] = None

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
        self._refused.add(_refused(path, reason, self._rests))


class _Walk:
    """Looks at directories, one after another; see `Listing`."""

    def __init__(
        self, prefix: str, suffixes: tuple[str, ...], rests: Rests, known: dict[str, Listed]
    ) -> None:
        self._prefix = prefix
        self._suffixes = suffixes
        self._rests = rests
        self._known = known
        self._files: list[str] = []
        self._links: list[str] = []
        self._refused: list[NotAnalysed] = []

    def below(self, path: str) -> Listed:
        """What is below a directory; links are not followed."""
        pending = ["" if path == "." else path + "/"]
        while pending:
            directory = pending.pop()
            known = self._known.get(directory.rstrip("/"))
            if known is not None:
                self._take(known.ending_in(self._suffixes))
                continue
            try:
                pending.extend(self._scan(directory))
            except OSError as error:
                self._refuse(directory.rstrip("/") or ".", why(error))
        return Listed(sorted(self._files), sorted(self._links), sorted(self._refused))

    def _take(self, part: Listed) -> None:
        self._files += part.files
        self._links += part.links
        self._refused += part.refused

    def _scan(self, directory: str) -> Iterator[str]:
        """Take the files of one directory; the directories in it come out."""
        suffixes = self._suffixes
        rest_on(directory.rstrip("/"), self._prefix, self._rests)
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
            self._files.append(path)
        elif entry.is_symlink():
            self._links.append(path)
        else:
            self._refuse(path, "not a regular file")

    def _refuse(self, path: str, reason: str) -> None:
        self._refused.append(_refused(path, reason, self._rests))


def _refused(path: str, reason: str, rests: Rests) -> NotAnalysed:
    """What is said of a path that cannot be listed; nobody can tell when that changes."""
    rests[path] = None
    return NotAnalysed(path, "", 0, reason)


def rest_on(path: str, prefix: str, rests: Rests) -> None:
    """Note that something rests on what is at a path now, before it is looked at."""
    signature = signature_of(prefix + path)
    if signature is not None and is_racy(signature, time.time_ns()):
        signature = None
    if rests.setdefault(path, signature) != signature:
        rests[path] = None  # it changed meanwhile
