"""Which files a file includes, directly and through others."""

from __future__ import annotations

import re
from posixpath import basename, dirname, join, normpath
from typing import TYPE_CHECKING

from mmlint.callgraph.places import architecture, is_public

if TYPE_CHECKING:
    from mmlint.callgraph.files import Files

# A literal in front is found many times faster than the beginning of a line.
_INCLUDE = re.compile(rb'\n[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]')
_GENERIC = ("include", "include/uapi")
_OF_ARCHITECTURE = ("arch/{}/include", "arch/{}/include/uapi")
_FALLBACK = re.compile(r"asm/(.+)")


class Includes:
    """Resolves `#include` as kbuild does, for one architecture; conditions are not looked at.

    `arch` is the architecture that generic code is read for.
    """

    def __init__(self, files: Files, arch: str) -> None:
        self._files = files
        self.arch = arch
        self._direct: dict[tuple[str, str], tuple[str, ...]] = {}
        self._closures: dict[str, frozenset[str]] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        self._visible: dict[str, frozenset[str]] = {}
        self._compiled_with: dict[str, tuple[str, ...]] = {}
        self._beside: dict[str, tuple[str, ...]] = {}
        self._named_in: dict[str, dict[bytes, list[str]]] = {}

    def visible(self, path: str) -> frozenset[str]:
        """The files whose definitions `path` can use: what it includes, and what includes it.

        A file that is included into one beside it or above it shares that one's names.
        """
        known = self._visible.get(path)
        if known is None:
            known = self.closure(path)
            for user in self._includers(path):
                known |= self.closure(user)
            self._visible[path] = known
        return known

    def closure(self, path: str) -> frozenset[str]:
        """The files that `path` includes, also through others, and itself."""
        known = self._closures.get(path)
        if known is None:
            arch = architecture(path) or self.arch
            seen = {path}
            todo = [path]
            while todo:
                fresh = [name for name in self._included(todo.pop(), arch) if name not in seen]
                seen.update(fresh)
                todo += fresh
            known = self._closures[path] = frozenset(seen)
        return known

    def compiled_with(self, path: str) -> tuple[str, ...]:
        """The files of `visible` that are no public headers: even their statics are shared."""
        known = self._compiled_with.get(path)
        if known is None:
            others = sorted(self.visible(path) - {path})
            known = tuple(other for other in others if not is_public(other))
            self._compiled_with[path] = known
        return known

    def _includers(self, path: str) -> list[str]:
        if is_public(path):
            return []
        places = dict.fromkeys((dirname(path), dirname(dirname(path))))
        arch = architecture(path) or self.arch
        name = basename(path).encode(errors="replace")
        return [
            user
            for place in places
            for user in self._naming(place).get(name, ())
            if user != path and path in self._included(user, arch)
        ]

    def _naming(self, directory: str) -> dict[bytes, list[str]]:
        """The sources in a directory by the names, without directories, of what they include."""
        known = self._named_in.get(directory)
        if known is None:
            known = self._named_in[directory] = {}
            for user in self._sources(directory):
                names = _INCLUDE.findall(b"\n" + (self._files.text(user) or b""))
                for name in dict.fromkeys(name.rpartition(b"/")[2] for _, name in names):
                    known.setdefault(name, []).append(user)
        return known

    def _sources(self, directory: str) -> tuple[str, ...]:
        known = self._beside.get(directory)
        if known is None:
            found = self._files.tree.beside(directory)
            known = tuple(name for name in found if name.endswith(".c"))
            self._beside[directory] = known
        return known

    def _included(self, path: str, arch: str) -> tuple[str, ...]:
        key = (path, arch)
        known = self._direct.get(key)
        if known is None:
            data = self._files.text(path) or b""
            names = [
                self._resolve(name.decode(errors="replace"), path if mark == b'"' else "", arch)
                for mark, name in _INCLUDE.findall(b"\n" + data)
            ]
            known = self._direct[key] = tuple(dict.fromkeys(name for name in names if name))
        return known

    def _resolve(self, name: str, user: str, arch: str) -> str | None:
        if user:
            beside = normpath(join(dirname(user), name))
            if not beside.startswith(("..", "/")) and self._files.is_file(beside):
                return beside
        key = (name, arch)
        if key not in self._found:
            self._found[key] = self._search(name, arch)
        return self._found[key]

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
