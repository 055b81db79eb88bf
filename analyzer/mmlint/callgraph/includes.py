"""Which files a file includes, directly and through others."""

from __future__ import annotations

import re
from collections import OrderedDict
from posixpath import basename, dirname, join, normpath
from typing import TYPE_CHECKING

from mmlint.callgraph.file_sets import FileSet, Judged, Numbering
from mmlint.callgraph.places import architecture, is_header, is_public
from mmlint.syntax.directives import matching

if TYPE_CHECKING:
    from collections.abc import Callable

    from mmlint.callgraph.files import Files
    from mmlint.callgraph.makefiles import Makefiles

_INCLUDE = re.compile(rb'#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]')
_NAMED_SOURCE = re.compile(rb'\.c[">]')
_GENERIC = ("include", "include/uapi")
_OF_ARCHITECTURE = ("arch/{}/include", "arch/{}/include/uapi")
_SOURCE = b".c"
_FALLBACK = re.compile(r"asm/(.+)")
_MOST_USERS = 4000
"""Files of which it is kept what they see, the last used ones: of a header all ask, of a source
only who reads it."""


class Includes:
    """Resolves `#include` as kbuild does, for one architecture; conditions are not looked at.

    `arch` is the architecture that generic code is read for, `makefiles` tell of other places.
    """

    def __init__(self, files: Files, arch: str, makefiles: Makefiles) -> None:
        self._files = files
        self.arch = arch
        self._numbering = Numbering()
        self._private = self.those(lambda path: not is_public(path))
        self._direct: dict[tuple[str, str], tuple[int, ...]] = {}
        self._closures: dict[tuple[int, str], int] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        self._visible: OrderedDict[str, FileSet] = OrderedDict()
        self._beside: dict[str, tuple[str, ...]] = {}
        self._named_in: dict[tuple[str, bool], dict[bytes, list[str]]] = {}
        self._makefiles = makefiles

    def none(self) -> FileSet:
        """The set without any file."""
        return FileSet(0, self._numbering)

    def those(self, holds: Callable[[str], bool]) -> Judged:
        """The files for which something holds that never changes."""
        return Judged(self._numbering, holds)

    def visible(self, path: str) -> FileSet:
        """The files whose definitions `path` can use: what it includes, and what includes it.

        A file that is included into one beside it or above it shares that one's names.
        """
        known = self._visible.get(path)
        if known is None:
            known = self.closure(path)
            for user in self._includers(path):
                known |= self.closure(user)
            self._visible[path] = known
            if len(self._visible) > _MOST_USERS:
                self._visible.popitem(last=False)
        return known

    def sees(self, user: str, home: str) -> bool:
        """Whether `user` can use the macros that `home` defines."""
        if home in self.visible(user):
            return True
        # Who includes a header has its reasons; what the header uses may come from there.
        return (
            is_header(user) and is_header(home) and architecture(home) in {"", architecture(user)}
        )

    def closure(self, path: str) -> FileSet:
        """The files that `path` includes, also through others, and itself."""
        arch = architecture(path) or self.arch
        own = self._numbering.number(path)
        mask = 1 << own
        for number in self._included(path, arch):
            mask |= self._reached(number, arch)
        return FileSet(mask, self._numbering)

    def _reached(self, start: int, arch: str) -> int:
        """The bits of a header and of all that it includes, for an architecture."""
        known = self._closures.get((start, arch))
        if known is not None:
            return known
        paths = self._numbering.paths
        mask = 1 << start
        todo = [start]
        while todo:
            for number in self._included(paths[todo.pop()], arch):
                if mask >> number & 1:
                    continue
                known = self._closures.get((number, arch))
                if known is None:
                    mask |= 1 << number
                    todo.append(number)
                else:
                    mask |= known
        self._closures[start, arch] = mask
        return mask

    def compiled_with(self, path: str) -> FileSet:
        """The files of `visible` that are no public headers: even their statics are shared."""
        return (self.visible(path) & self._private.all()) - self._numbering.of((path,))

    def is_compiled_with_others(self, path: str) -> bool:
        """Whether a source includes another one, or one beside it or above it includes it."""
        if _NAMED_SOURCE.search(self._files.text(path) or b""):
            return True
        name = basename(path).encode(errors="replace")
        return any(name in self._naming(place, source=True) for place in _around(path))

    def _includers(self, path: str) -> list[str]:
        if is_public(path):
            return []
        arch = architecture(path) or self.arch
        name = basename(path).encode(errors="replace")
        own = self._numbering.number(path)
        source = name.endswith(_SOURCE)
        return [
            user
            for place in _around(path)
            for user in self._naming(place, source=source).get(name, ())
            if user != path and own in self._included(user, arch)
        ]

    def _naming(self, directory: str, *, source: bool) -> dict[bytes, list[str]]:
        """The sources in a directory by the names, without directories, of what they include.

        Of what is no `source` itself, or of sources only: hardly any is included.
        """
        known = self._named_in.get((directory, source))
        if known is None:
            known = self._named_in[directory, source] = {}
            for user in self._sources(directory):
                data = self._files.text(user) or b""
                if source and not _NAMED_SOURCE.search(data):
                    continue
                names = (found[2].rpartition(b"/")[2] for found in matching(_INCLUDE, data))
                for name in dict.fromkeys(names):
                    if name.endswith(_SOURCE) == source:
                        known.setdefault(name, []).append(user)
        return known

    def _sources(self, directory: str) -> tuple[str, ...]:
        known = self._beside.get(directory)
        if known is None:
            found = self._files.tree.beside(directory)
            known = tuple(name for name in found if name.endswith(".c"))
            self._beside[directory] = known
        return known

    def _included(self, path: str, arch: str) -> tuple[int, ...]:
        key = (path, arch)
        known = self._direct.get(key)
        if known is None:
            data = self._files.text(path) or b""
            names = [
                self._resolve(
                    found[2].decode(errors="replace"), path, arch, quoted=found[1] == b'"'
                )
                for found in matching(_INCLUDE, data)
            ]
            numbers = (self._numbering.number(name) for name in dict.fromkeys(names) if name)
            known = self._direct[key] = tuple(numbers)
        return known

    def _resolve(self, name: str, user: str, arch: str, *, quoted: bool) -> str | None:
        if quoted:
            beside = normpath(join(dirname(user), name))
            if not beside.startswith(("..", "/")) and self._files.is_file(beside):
                return beside
        key = (name, arch)
        if key not in self._found:
            self._found[key] = self._search(name, arch)
        found = self._found[key]
        return self._makefiles.find(name, user) if found is None else found

    def _search(self, name: str, arch: str) -> str | None:
        places = [place.format(arch) for place in _OF_ARCHITECTURE] + list(_GENERIC)
        candidates = [join(place, name) for place in places]
        fallback = _FALLBACK.match(name)
        if fallback:
            # kbuild makes a wrapper for each header that the architecture leaves out.
            candidates += [join(place, "asm-generic", fallback[1]) for place in _GENERIC]
        for candidate in candidates:
            path = normpath(candidate)
            if not path.startswith(("..", "/")) and self._files.is_file(path):
                return path
        return None


def _around(path: str) -> tuple[str, ...]:
    """The directory of a file and the one above, where who includes it is looked for."""
    return tuple(dict.fromkeys((dirname(path), dirname(dirname(path)))))
