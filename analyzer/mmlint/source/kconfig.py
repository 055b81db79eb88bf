"""What an architecture has in every configuration, as its Kconfig file says."""

from __future__ import annotations

import re

_ENTRY = re.compile(r"^config[ \t]+(\w+)\n((?:[ \t]+[^\n]*\n|\n|#[^\n]*\n)*)", re.MULTILINE)
_ALWAYS = re.compile(r"^[ \t]+def_bool[ \t]+y[ \t]*(?:#[^\n]*)?$", re.MULTILINE)
_DEPENDS = re.compile(r"^[ \t]+depends[ \t]+on\b", re.MULTILINE)
_SELECT = re.compile(r"^[ \t]+select[ \t]+(\w+)[ \t]*(?:#[^\n]*)?$", re.MULTILINE)


def always_set(kconfig: str) -> frozenset[str]:
    """The options that are set whatever else is, without their prefix.

    These are the ones that are ``def_bool y`` and depend on nothing, and what these select without
    a condition.
    """
    found: set[str] = set()
    for entry in _ENTRY.finditer(kconfig):
        body = entry[2].partition("\n\thelp\n")[0] + "\n"
        if _ALWAYS.search(body) and not _DEPENDS.search(body):
            found.add(entry[1])
            found.update(_SELECT.findall(body))
    return frozenset(found)
