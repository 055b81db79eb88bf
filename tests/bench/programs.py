"""The programs that are compared: where they are, and how each tells its version."""

from __future__ import annotations

import compileall
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

import msgspec

RULES = Path(__file__).parent / "peers"
_ROOT = Path(__file__).resolve().parent.parent.parent
_SOURCES = (_ROOT / "analyzer", _ROOT / "rules")
ENVIRONMENT = {
    **os.environ,
    "SEMGREP_ENABLE_VERSION_CHECK": "0",
    "PYTHONPATH": os.pathsep.join(map(str, _SOURCES)),
}
"""The mmlint that is measured is the one of this checkout; nobody asks a network for news."""
_VERSIONS = {
    "mmlint": ("--version",),
    "spatch": ("--version",),
    "semgrep": ("--version",),
    "ast-grep": ("--version",),
    "cscope": ("-V",),
    "gtags": ("--version",),
}
_VERSION = re.compile(r"\d+(\.\d+)+")
_TITLES = {"spatch": "Coccinelle", "cscope-callers": "", "mmlint-compiled": ""}
_SCRIPTS = {"cscope-callers": "cscope"}
"""Our scripts, and the program that each is about."""
_COMPILED = Path(os.environ.get("MMLINT_COMPILED", _ROOT / ".venv" / "compiled")) / "bin" / "python"
"""The Python that has mmlint from the wheel of `make compiled`."""
OWN = frozenset({"mmlint", "mmlint-compiled"})
"""mmlint, which has the same options either way."""
NAMES = frozenset({*_VERSIONS, *_SCRIPTS, *OWN})
"""All that `installed` looks for."""


class Installed(msgspec.Struct, frozen=True):
    """A program: the words that start it, none where it is missing, and what it says it is."""

    name: str
    start: tuple[str, ...]
    version: str

    @property
    def title(self) -> str:
        """Its name as people say it, "" for a script of ours."""
        return _TITLES.get(self.name, self.name)


def installed() -> dict[str, Installed]:
    """All programs, those that are missing too."""
    for package in _SOURCES:
        # As pip does it when it installs one: a run is not to pay for it.
        compileall.compile_dir(package, quiet=1)
    found = {name: _program(name) for name in _VERSIONS}
    for script, program in _SCRIPTS.items():
        about = found[program]
        shell = ("/bin/sh", str(RULES / f"{script}.sh")) if about.start else ()
        found[script] = Installed(script, shell, about.version)
    # Apart from this checkout, which ENVIRONMENT names.
    start = (str(_COMPILED), "-I", "-m", "mmlint") if _COMPILED.exists() else ()
    found["mmlint-compiled"] = Installed("mmlint-compiled", start, found["mmlint"].version)
    return found


def offers(mmlint: Installed, command: Sequence[str], option: str) -> bool:
    """Whether the subcommand with which a `command` begins has an option."""
    named = takewhile(lambda word: not word.startswith("-"), command)
    return option in _said([*mmlint.start, *named, "--help"])


def _program(name: str) -> Installed:
    place = shutil.which(name)
    start = (sys.executable, "-m", "mmlint") if name == "mmlint" else (place,) if place else ()
    if not start:
        return Installed(name, (), "")
    version = _VERSION.search(_said([*start, *_VERSIONS[name]]))
    return Installed(name, start, version[0] if version else "unknown version")


def _said(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    return done.stdout + done.stderr
