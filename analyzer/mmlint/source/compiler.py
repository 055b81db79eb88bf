"""What the command line of a C compiler says, and the database of such command lines of a build."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mmlint.source.walk import why

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SOURCES = (".c", ".S", ".s", ".h", ".rs")
_LARGEST = 256 << 20


class CommandsError(Exception):
    """A compile_commands.json cannot be used; the text says why, in a line."""


class Compilation(msgspec.Struct, frozen=True):
    """One call of the compiler: the file that it compiles, and what it defines.

    A macro that is defined without a value is "1", one that is undefined None.
    """

    file: str
    defines: dict[str, str | None]


class _Entry(msgspec.Struct, frozen=True):
    """An entry of a compile_commands.json, as clang's documentation has it."""

    file: str
    directory: str = ""
    command: str = ""
    arguments: tuple[str, ...] = ()


def compilation(arguments: Sequence[str]) -> Compilation:
    """What a command line says; the file is "" where none is named."""
    defines: dict[str, str | None] = {}
    file = ""
    left = list(arguments)
    while left:
        argument = left.pop(0)
        if argument in {"-D", "-U"} and left:
            argument += left.pop(0)
        if argument.startswith("-D"):
            name, equals, value = argument[2:].partition("=")
            defines[name.partition("(")[0]] = value if equals else "1"
        elif argument.startswith("-U"):
            defines[argument[2:]] = None
        elif argument in {"-include", "-o", "-isystem", "-I", "-x", "-MF", "-imacros"} and left:
            left.pop(0)
        elif not argument.startswith("-") and argument.endswith(_SOURCES):
            file = argument
    return Compilation(file, defines)


def read_commands(path: Path) -> list[Compilation]:
    """The calls in a compile_commands.json, with absolute file names; raises `CommandsError`."""
    try:
        with path.open("rb") as file:
            entries = msgspec.json.decode(file.read(_LARGEST), type=list[_Entry])
    except (OSError, ValueError) as error:
        reason = why(error) if isinstance(error, OSError) else str(error)
        raise CommandsError(f"{path}: {reason}") from None
    found = []
    for entry in entries:
        try:
            words = list(entry.arguments) or shlex.split(entry.command)
        except ValueError as error:
            raise CommandsError(f"{path}: {entry.file}: {error}") from None
        place = os.path.normpath(Path(path.parent, entry.directory, entry.file))
        found.append(Compilation(place, compilation(words).defines))
    return found


def common_defines(compilations: Iterable[Compilation]) -> dict[str, str | None]:
    """What all the calls define alike."""
    shared: dict[str, str | None] | None = None
    for one in compilations:
        if shared is None:
            shared = dict(one.defines)
        else:
            shared = {k: v for k, v in shared.items() if one.defines.get(k, "") == v}
    return shared or {}
