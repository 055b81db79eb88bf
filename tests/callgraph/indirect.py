"""Short ways to ask about indirect calls in small trees."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.callgraph.trees import program

from mmlint.callgraph.destinations import Keeper
from mmlint.callgraph.indirect import Indirect, IndirectSite
from mmlint.callgraph.program import Program

OPS = "struct ops { int (*open)(int x); void (*close)(void); int flags; };\n"
CALL = "int use(struct ops *o)\n{\n\treturn o->open(1);\n}\n"
OPENER = "static int my_open(int x)\n{\n\treturn x;\n}\n"


def sites_in(answer: Program) -> tuple[IndirectSite, ...]:
    """All indirect calls of the scope."""
    found: list[IndirectSite] = []
    for path in answer.scope:
        outline = answer.outline(path)
        for site in outline.definitions if outline is not None else ():
            found += answer.indirect.sites(answer.parse(path, site))
    return tuple(found)


def called(root: Path, files: Mapping[str, str]) -> list[str]:
    """The indirect calls of mm/, as ``function: form structure.field name``."""
    return [
        f"{site.function}: {site.form} {site.structure}.{site.field} {site.name}".rstrip(" .")
        for site in sites_in(program(root, files))
    ]


def targets(root: Path, files: Mapping[str, str], function: str = "use") -> list[str]:
    """What the indirect calls of a function may call, as ``name path:line how [condition]``."""
    answer = program(root, files)
    sites = [site for site in sites_in(answer) if site.function == function]
    answer.indirect.prepare(sites)
    return [
        f"{found.name} {found.path}:{found.line} {found.how}"
        + (f" [{found.condition}]" if found.condition else "")
        for site in sites
        for found in answer.indirect.targets(site)
    ]


def held(
    root: Path, files: Mapping[str, str], name: str, path: str, static: bool = True
) -> list[str]:
    """The places that hold a function, as ``structure.field path:line how``."""
    answer: Indirect = program(root, files).indirect
    users = [path] if static else sorted(where for where in files if name in files[where])
    return [
        f"{slot.structure}.{slot.field} {slot.path}:{slot.line} {slot.how}"
        for slot in answer.slots(name, users)
    ]


def callers(root: Path, files: Mapping[str, str], *keeper: str) -> list[str]:
    """The calls of what a place holds, as ``path:line function form``; see `Keeper`."""
    answer: Indirect = program(root, files).indirect
    return [
        f"{site.path}:{site.line} {site.function} {site.form}"
        for site in answer.call_sites(Keeper(*keeper))
    ]
