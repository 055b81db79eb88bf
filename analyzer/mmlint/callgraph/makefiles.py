"""Where the compiler is told to look for headers besides the common places."""

from __future__ import annotations

import re
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from mmlint.callgraph.places import architecture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.callgraph.files import Files

_FLAG = re.compile(rb"(?<![\w-])-I[ \t]*((?:\$\(\w+\)|[^\s\"'()])+)")
_NAMES = ("Kbuild", "Makefile")
_ARCHITECTURE = "$(SRCARCH)"


class Makefiles:
    """Reads the `-I` flags of kernel makefiles; conditions and other variables are not read.

    Files that are of no architecture are built for `arch`.
    """

    def __init__(self, files: Files, arch: str) -> None:
        self._files = files
        self._arch = arch
        self._told: dict[str, tuple[str, ...]] = {}
        self._found: dict[tuple[str, str], str | None] = {}

    def find(self, name: str, user: str) -> str | None:
        """The header of that name where the makefiles that may build the file `user` point to."""
        key = (name, dirname(user))
        if key not in self._found:
            self._found[key] = self._find(*key)
        return self._found[key]

    def point_from(self, directory: str) -> bool:
        """Whether they point anywhere for the files of a directory."""
        return next(self._places(directory), None) is not None

    def _find(self, name: str, directory: str) -> str | None:
        arch = architecture(f"{directory}/") or self._arch
        for told in self._places(directory):
            place = told.replace(_ARCHITECTURE, arch)
            path = normpath(join(place, name))
            if not path.startswith("..") and self._files.is_file(path):
                return path
        return None

    def _places(self, directory: str) -> Iterator[str]:
        """The directories that the makefiles of one and of those above it name, nearest first.

        A makefile also builds what lies below it.
        """
        while directory:
            told = self._told.get(directory)
            if told is None:
                told = self._told[directory] = tuple(dict.fromkeys(self._flags(directory)))
            yield from told
            directory = dirname(directory)

    def _flags(self, directory: str) -> Iterator[str]:
        for name in _NAMES:
            path = join(directory, name)
            text = self._files.consulted(path) if self._files.is_file(path) else b""
            for flag in _FLAG.findall(text):
                place = flag.decode(errors="replace").replace("$(srctree)/", "", 1)
                place = normpath(place.replace("$(src)", directory, 1))
                is_known = "$" not in place.replace(_ARCHITECTURE, "")
                if is_known and not place.startswith(("..", "/")):
                    yield place
