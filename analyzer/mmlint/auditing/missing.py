"""Names that rows took from one kernel and that another one has no more: renamed, or removed.

With each kernel some functions get new names, and nothing is known of them any more: what used to
be evidence is none. Their old names are where to look.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from mmlint.callgraph.places import kernel_parts
from mmlint.source.names import finder
from mmlint.source.tree import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mmlint.knowledge import Knowledge
    from mmlint.source.tree import Tree

_CITED: Final = re.compile(r": (?P<names>.*)\((?P<version>\d+\.\d+)\)")
_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_FIRST: Final = ("mm", "include", "kernel")
"""Where most names are: the rest of the tree is searched for the others."""


class Missing(NamedTuple):
    """The row at `place` took `name` from the kernel `version`, and the tree does not have it."""

    version: str
    name: str
    place: str


def missing(tree: Tree, knowledge: Knowledge) -> list[Missing]:
    """What rows took from kernels that are not newer than the tree's: of the newest first.

    A name that any file of the kernel holds as a word is there, also if it is in a comment only.
    """
    own = _number(tree.kernel_version or "")
    cited = [one for one in _cited(knowledge) if _number(one.version) <= own]
    absent = frozenset(one.name for one in cited)
    others = [part for part in kernel_parts(tree, ()) if part not in _FIRST]
    for directories in (_FIRST, others):
        absent = _absent(tree, absent, directories)
    found = [one for one in cited if one.name in absent]
    return sorted(found, key=lambda one: ([-part for part in _number(one.version)], one[1:]))


def _cited(knowledge: Knowledge) -> Iterable[Missing]:
    """The names of all rows that their citation names too, each once for a version."""
    found: dict[tuple[str, str], Missing] = {}
    for row in (row for rows in msgspec.structs.astuple(knowledge.tables) for row in rows):
        cited = _CITED.search(row.source)
        if cited is None:
            continue
        version = cited["version"]
        for name in set(row.said()) & set(_WORD.findall(cited["names"])):
            found.setdefault((version, name), Missing(version, name, knowledge.place(row)))
    return found.values()


def _absent(tree: Tree, names: frozenset[str], directories: Sequence[str]) -> frozenset[str]:
    """Those of the names that no C file below some directories holds."""
    wanted = {name.encode() for name in names}
    search = finder(wanted)
    for path in tree.files(directories)[0] if wanted else ():
        try:
            wanted -= search.held(tree.read(path))
        except Unreadable:
            continue
    return frozenset(name.decode() for name in wanted)


def _number(version: str) -> tuple[int, ...]:
    """A version as numbers that can be compared: 6.12 is newer than 6.2."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
