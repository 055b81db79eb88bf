"""A kernel tree in a directory: where its root is, which files a scope has, what is in them."""

from __future__ import annotations

import errno
import os
import re
import stat
from bisect import insort
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mmlint.model import NotAnalysed
from mmlint.source.walk import C_SUFFIXES, Listing, Rests, rest_on, why

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mmlint.source.harvests import Macros
    from mmlint.source.walk import Listed

LARGEST_READ = 256 << 20
"""Bytes; beyond this a file is not even searched."""

_PIECE = 1 << 20
_VERSION = re.compile(rb"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*=[ \t]*(\S*)", re.M)


class Unreadable(Exception):
    """A file of the tree cannot be read; `reason` says why in a few words."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class GrepPlace(NamedTuple):
    """What a `git grep` begins with, where and in what environment it runs.

    Of a `revision` that is not "" the name follows the patterns, and stands, with a colon, before
    every path of the answer.
    """

    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]
    revision: str


class Tree:
    """The tree under `root`; paths in and out are relative to it, with forward slashes.

    Bytes of a name that are not UTF-8 travel as surrogate escapes. `missing` says, a sentence
    each, what a kernel tree would have had to offer. `label` is what the user calls the revision
    that it is of, "" for a directory.

    It is for one run: a directory that was listed is taken to have these files from then on.
    """

    label = ""
    on_disk = True
    """Whether a path below `root` is that of the file itself."""
    notes_reads = False
    """Whether it has to be told of each file that matters by a `read`."""

    def __init__(self, root: Path, kernel_version: str | None, missing: tuple[str, ...]) -> None:
        self.root = root
        self.kernel_version = kernel_version
        self.missing = missing
        self._prefix = os.fspath(root).rstrip("/") + "/"
        self._listed: dict[str, Listed] = {}
        self._beside: Mapping[str, list[str]] = {}
        self.rests: Rests = {}
        """What all listings until now rest on."""

    @property
    def place(self) -> str:
        """What a tree is told from others by: a commit's never changes, a directory's may."""
        return f"directory {self.root}"

    @classmethod
    def find(cls, start: Path, explicit: Path | None = None) -> Tree:
        """The kernel tree that `start` lies in, or the one at `explicit`.

        Where no kernel Makefile is found, the tree is the directory itself (of a file: the one
        it is in), and `missing` says so.
        """
        if explicit is not None:
            root = located(explicit)
            version = kernel_version(root)
            return cls(root, version, () if version else (f"no kernel Makefile in {explicit}",))
        here = located(start)
        for root in (here, *here.parents):
            version = kernel_version(root)
            if version:
                return cls(root, version, ())
        root = here if here.is_dir() else here.parent
        nothing = (
            f"no kernel Makefile above {start}: headers and callers outside were not consulted"
        )
        return cls(root, None, (nothing,))

    def files(
        self, paths: Sequence[str], suffixes: Iterable[str] = C_SUFFIXES
    ) -> tuple[list[str], list[NotAnalysed]]:
        """The files below `paths` with one of `suffixes`: sorted, each once; and what is none.

        A file that is named itself is taken whatever its suffix. Links to files are followed,
        and dropped where the file they lead to is listed too; links to directories are followed
        only where they are named, because what they lead to is either listed or not the tree's.
        `.gitignore` is not consulted: that of a distribution's tree may hide all of it.
        """
        listing = self._listing(suffixes)
        for path in paths:
            listing.add(os.path.normpath(path))
        if "." in self._listed and not self._beside:
            self._beside = self._by_directory(self._listed["."])
        return listing.result()

    def _by_directory(self, listed: Listed) -> Mapping[str, list[str]]:
        """What `beside` says of the directories of all C files."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path in listed.files:
            found[path.rpartition("/")[0]].append(path)
        for link in listed.links:
            if self.is_file(link):
                insort(found[link.rpartition("/")[0]], link)
        return found

    def _listing(self, suffixes: Iterable[str]) -> Listing:
        return Listing(self._prefix, tuple(suffixes), self.rests, self._listed)

    def plain_files(self, directory: str, suffixes: Iterable[str] = C_SUFFIXES) -> list[str]:
        """The files below a directory with one of `suffixes` that are no links, sorted."""
        listing = self._listing(suffixes)
        listing.add(directory)
        return listing.plain()

    def size(self, path: str) -> int:
        """The size of the file `path` in bytes, 0 if there is none."""
        try:
            return (self.root / path).stat().st_size
        except (OSError, ValueError):
            return 0

    def beside(self, directory: str) -> list[str]:
        """The C files that lie directly in a directory, sorted; [] when it cannot be listed."""
        known = self._beside.get(directory)
        if known is not None:
            return known
        rest_on(directory, self._prefix, self.rests)
        try:
            with os.scandir(self._prefix + directory) as entries:
                there = [entry for entry in entries if entry.name.endswith(C_SUFFIXES)]
        except OSError:
            return []
        start = f"{directory}/" if directory else ""
        found = [start + entry.name for entry in there if entry.is_file(follow_symlinks=False)]
        for link in (start + entry.name for entry in there if entry.is_symlink()):
            rest_on(link, self._prefix, self.rests)
            # A link may lead back to itself, of which the entry would not say that it is none.
            if self.is_file(link):
                found.append(link)
        return sorted(found)

    def directories(self, directory: str) -> list[str]:
        """The directories directly in `directory`, sorted; [] when it cannot be listed."""
        try:
            with os.scandir(self._prefix + directory) as entries:
                return sorted(f"{directory}/{entry.name}" for entry in entries if entry.is_dir())
        except OSError:
            return []

    def is_file(self, path: str) -> bool:
        """Whether there is a file at `path`, or a link to one."""
        try:
            status = os.stat(self._prefix + path)  # noqa: PTH116 -- a Path for each costs more
        except (OSError, ValueError):
            return False
        return stat.S_ISREG(status.st_mode)

    def is_dir(self, path: str) -> bool:
        """Whether there is a directory at `path`, or a link to one."""
        return os.path.isdir(self._prefix + path)  # noqa: PTH112 -- a Path for each costs more

    def is_link(self, path: str) -> bool:
        """Whether `path` itself is a link."""
        return os.path.islink(self._prefix + path)  # noqa: PTH114 -- a Path for each costs more

    def known_blob(self, _path: str) -> bytes | None:
        """The name that git gives to the contents of a file, where it is known without them.

        Raises `Unreadable`.
        """
        return None

    def known_macros(self, _path: str) -> Macros | None:
        """The macros of a file, where an earlier run found them in the same text."""
        return None

    def known_included(self, _path: str) -> tuple[bytes, ...] | None:
        """The same of the headers that it includes in quotes."""
        return None

    def note_macros(self, path: str, macros: Macros) -> None:
        """Is told of the macros of a file, for a later run."""

    def note_included(self, path: str, headers: tuple[bytes, ...]) -> None:
        """The same of the headers that it includes in quotes."""

    def before_search(self) -> None:
        """Is told that an answer may depend on what is in any C file of the tree."""

    def grep_place(self) -> GrepPlace:
        """How `git grep` is asked about this tree."""
        # No repository is looked for and no configuration read, so none of the tree has effect.
        command = (f"--git-dir={os.devnull}", "grep", "--no-index", "--no-exclude-standard")
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        fixed = {"LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        environment = {**kept, **fixed, "GIT_ATTR_NOSYSTEM": "1", "HOME": os.devnull}
        return GrepPlace(command, self.root, environment, "")

    def read(self, path: str) -> bytes:
        """The contents of the file `path`; raises `Unreadable`."""
        try:
            return _contents(self._prefix + path)
        except (OSError, ValueError) as error:
            raise Unreadable(path, why(error)) from None


def located(path: Path) -> Path:
    """`path` as an absolute path without links, but for a last part that is a link to a file."""
    return path.resolve() if path.is_dir() else path.parent.resolve() / path.name


def kernel_version(directory: Path) -> str | None:
    """The version in the Makefile at the root of a kernel tree, None for any other directory."""
    if not any((directory / name).exists() for name in ("Kbuild", "mm")):
        return None
    try:
        return version_of((directory / "Makefile").read_bytes())
    except OSError:
        return None


def version_of(makefile: bytes) -> str | None:
    """The version that the Makefile at the root of a kernel tree sets, None for any other."""
    fields: dict[str, str] = {
        name.decode(): value.decode("utf-8", "replace")
        for name, value in _VERSION.findall(makefile[:4096])
    }
    if not (fields.get("VERSION") and fields.get("PATCHLEVEL")):
        return None
    numbers = [fields["VERSION"], fields["PATCHLEVEL"], fields.get("SUBLEVEL", "")]
    return ".".join(filter(None, numbers)) + fields.get("EXTRAVERSION", "")


def _contents(path: str) -> bytes:
    # Non-blocking, because the open of a FIFO that nobody writes to would never return.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("not a regular file")
        if status.st_size > LARGEST_READ:
            raise ValueError(f"larger than {LARGEST_READ >> 20} MB")
        # One call for a file that keeps its size; a file object would make five.
        data = os.read(descriptor, status.st_size + 1)
        if len(data) == status.st_size:
            return data
        return data + _rest(descriptor, len(data))
    finally:
        os.close(descriptor)


def _rest(descriptor: int, length: int) -> bytes:
    """What is left of a file that grows, or that says it is empty, after `length` bytes."""
    parts: list[bytes] = []
    while part := os.read(descriptor, _PIECE):
        parts.append(part)
        length += len(part)
        if length > LARGEST_READ:
            raise ValueError(f"larger than {LARGEST_READ >> 20} MB")
    return b"".join(parts)
