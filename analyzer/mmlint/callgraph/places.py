"""Where in a kernel tree callers and definitions are looked for, and which file sees which."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import takewhile
from posixpath import basename, dirname
from typing import TYPE_CHECKING

from mmlint.source.walk import C_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mmlint.source.tree import Tree

_CORE = ("mm", "kernel", "lib", "virt", "fs/proc", "drivers/base")
_OF_ARCHITECTURES = ("mm", "kernel", "kvm")
DEFAULT_ARCHITECTURE = "x86"
"""The architecture whose macros generic code is read with, unless another one is asked for."""
_BINDINGS = "include/dt-bindings/"
"""Numbers that device trees share with drivers: `dtc` reads these headers, so no code is there."""
_TOOLS = ("tools/", "scripts/", "usr/", "Documentation/")
_PROGRAMS = (*_TOOLS, "samples/")
_ARCHITECTURE = re.compile(r"arch/([^/]+)/")
_PUBLIC = re.compile(r"(?:^|/)include/")


def architecture(path: str) -> str:
    """The architecture that a file belongs to; "" for one of all architectures."""
    found = _ARCHITECTURE.match(path)
    return found[1] if found else ""


def in_kernel(path: str, arch: str) -> bool:
    """Whether a file of a kernel tree may be part of a kernel for `arch`: no program, no tool."""
    return architecture(path) in {"", arch} and not path.startswith(_PROGRAMS)


def kernel_directories(tree: Tree, arch: str) -> tuple[str, ...]:
    """The directories at the top of a tree whose files may be `in_kernel`; () for all of it."""
    if tree.kernel_version is None or not tree.is_dir(f"arch/{arch}"):
        return ()
    return (*_at_top(tree, ("arch/", *_PROGRAMS)), f"arch/{arch}")


def kernel_parts(tree: Tree, scopes: Iterable[str]) -> tuple[str, ...]:
    """The directories at the top of a tree of which some kernel has parts; () for all of it.

    All of it is meant where one of the directories `scopes` is in none of them.
    """
    if tree.kernel_version is None or any(f"{scope}/".startswith(_TOOLS) for scope in scopes):
        return ()
    return _at_top(tree, _TOOLS)


def _at_top(tree: Tree, others: Sequence[str]) -> tuple[str, ...]:
    top = (path.removeprefix("./") for path in tree.directories("."))
    return tuple(path for path in top if f"{path}/" not in {".git/", *others})


def is_header(path: str) -> bool:
    """Whether the file is made for being included."""
    return path.endswith(".h")


def is_public(path: str) -> bool:
    """Whether the file is a header that any other may include by its name."""
    return is_header(path) and _PUBLIC.search(path) is not None


def may_see(user: str, text: bytes, home: str) -> bool:
    """Whether `user`, whose contents are `text`, can mean what `home` defines, static or not."""
    if architecture(user) and architecture(home) not in {"", architecture(user)}:
        return False
    if not is_header(home) or is_public(home):
        return True
    return dirname(user) == dirname(home) or basename(home).encode(errors="replace") in text


def nearest(user: str, homes: Sequence[str]) -> tuple[str, ...]:
    """Those of `homes` that a name in `user` means: its directory's, its architecture's, all."""
    beside = tuple(home for home in homes if dirname(home) == dirname(user))
    if beside and not is_public(user):
        return beside
    own = architecture(user)
    alike = tuple(home for home in homes if own and architecture(home) == own)
    return alike or tuple(homes)


def callable_from(user: str, homes: Sequence[str], arch: str) -> Sequence[str]:
    """Those of the files that define a function for others which a call in `user` may mean.

    Code of an architecture has its own and generic functions, generic code those of `arch`, or of
    other architectures if that has none. A program has what is nearest to it, and never a kernel's.
    """
    own, program = architecture(user), _program(user)
    alike = [home for home in homes if _program(home) == program]
    if program:
        depth = max((_shared(user, home) for home in alike), default=0)
        near = [home for home in alike if _shared(user, home) == depth]
        return near if near or user.startswith(_TOOLS) else callable_from("", homes, arch)
    if own:
        return [home for home in alike if architecture(home) in {"", own}]
    return [home for home in alike if architecture(home) in {"", arch}] or alike


def _program(path: str) -> str:
    """The directory at the top of a tree that holds a file and no part of the kernel, or ""."""
    return path.partition("/")[0] if path.startswith(_PROGRAMS) else ""


def _shared(path: str, other: str) -> int:
    """How many directories two files have in common."""
    pairs = zip(path.split("/"), other.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


class UnknownArchitecture(ValueError):
    """A tree does not have the architecture that was asked for; the message lists what it has."""


class Places:
    """The files that are consulted for a scope; of a tree that is no kernel, only the scope.

    `arch` is the architecture whose macros generic code is read with. Where one is given, no other
    architecture's files are consulted, but for those of the scope. Raises `UnknownArchitecture`.
    """

    def __init__(self, tree: Tree, scope: Sequence[str], arch: str | None = None) -> None:
        self._tree = tree
        self._scope = scope
        self._is_kernel = tree.kernel_version is not None
        self._arch = arch
        self.arch = arch or DEFAULT_ARCHITECTURE
        if arch is not None and f"arch/{arch}" not in self._tree.directories("arch"):
            raise UnknownArchitecture(self._no_architecture(arch))

    def _no_architecture(self, arch: str) -> str:
        there = ", ".join(path.removeprefix("arch/") for path in self._tree.directories("arch"))
        where = f"{self._tree.root} has no architecture {arch}"
        return f"{where}; there are {there}" if there else f"{where}, nor any other"

    @cached_property
    def for_macros(self) -> tuple[str, ...]:
        """Headers whose macros are in use everywhere."""
        if not self._is_kernel:
            return tuple(self._scope)
        places = ("include", f"arch/{self.arch}/include", "mm")
        return tuple(path for path in self._below(places) if is_header(path))

    @cached_property
    def for_callers(self) -> tuple[str, ...]:
        """Files that may call what is defined in another file, the scope first."""
        found = dict.fromkeys(self._scope)
        if self._is_kernel:
            public = self._below(("include", *_CORE))
            found |= dict.fromkeys(path for path in public if not path.startswith(_BINDINGS))
            inner = [f"{arch}/{part}" for arch in self._architectures for part in _OF_ARCHITECTURES]
            found |= dict.fromkeys(self._below(inner))
            found |= dict.fromkeys(self._siblings())
        return tuple(found)

    @cached_property
    def for_definitions(self) -> tuple[str, ...]:
        """Files that may define what another file calls."""
        found = dict.fromkeys(self.for_callers)
        found |= dict.fromkeys(self._below(f"{arch}/include" for arch in self._architectures))
        return tuple(found)

    @cached_property
    def assembler(self) -> tuple[str, ...]:
        """The assembler files of the directories that are consulted."""
        if not self._is_kernel:
            return ()
        return tuple(self._below((*self._architectures, *_CORE), (".S",)))

    def headers_of(self, arch: str) -> list[str]:
        """The headers that only files of one architecture include."""
        return self._below((f"arch/{arch}/include",), (".h",)) if self._is_kernel else []

    @cached_property
    def _architectures(self) -> list[str]:
        if not self._is_kernel:
            return []
        return self._tree.directories("arch") if self._arch is None else [f"arch/{self._arch}"]

    def _below(
        self, directories: Iterable[str], suffixes: tuple[str, ...] = C_SUFFIXES
    ) -> list[str]:
        there = [path for path in directories if self._tree.is_dir(path)]
        # What cannot be listed there is no part of the scope, so nobody was promised it.
        return self._tree.files(there, suffixes)[0] if there else []

    def _siblings(self) -> list[str]:
        """The files beside those of the scope."""
        directories = sorted({dirname(path) for path in self._scope})
        return [path for directory in directories for path in self._tree.beside(directory)]
