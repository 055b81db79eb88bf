"""Small kernel trees written into a temporary directory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mmlint.callgraph.program import Program
from mmlint.source.tree import Tree

MAKEFILE = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n"


def write(root: Path, files: Mapping[str, str | bytes]) -> Tree:
    """A kernel tree of these files."""
    (root / "mm").mkdir(parents=True, exist_ok=True)
    for path, text in {"Makefile": MAKEFILE, **files}.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Tree.find(root)


def program(root: Path, files: Mapping[str, str | bytes], *scope: str) -> Program:
    """The program of a tree of these files; the scope is mm/ unless it is given."""
    tree = write(root, files)
    return Program(tree, tree.files(scope or ("mm",))[0])


def found(answer: Program, name: str, user: str) -> list[str]:
    """What a call means, as ``path:line``."""
    return [f"{each.path}:{each.line}" for each in answer.definitions(name, user)]


def calling(answer: Program, name: str, path: str, static: bool = False) -> list[str]:
    """Who calls, as ``path:function``, with ``*`` where a macro is between."""
    return [
        f"{caller.path}:{caller.site.name}{'' if caller.direct else '*'}"
        for caller in answer.callers(name, path, static)
    ]


def used(answer: Program, name: str, path: str, static: bool = False) -> list[tuple[str, ...]]:
    """What else a name is used for, as path, kind and name."""
    in_c = answer.references(name, path, static)
    uses = (*in_c, *answer.in_assembler(name, path, static))
    return [(use.path, use.kind, use.name) for use in uses]
