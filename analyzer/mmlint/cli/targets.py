"""What `--format` and `--output` ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mmlint.cli.failure import InputError
from mmlint.cli.output import check_target

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMATS = (
    "text",
    "json",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "checkstyle",
    "markdown",
)


class Target(msgspec.Struct, frozen=True):
    """A report to write: its format, and its file, None for standard output."""

    format: str
    file: str | None


def targets_of(formats: Sequence[str], output: str | None) -> tuple[Target, ...]:
    """The reports that are wanted; raises `InputError` for what cannot work, before any work."""
    targets = [_target(value) for value in formats or ("text",)]
    bare = [target for target in targets if target.file is None]
    if len(bare) > 1:
        first, second = bare[0].format, bare[1].format
        raise InputError(
            f"--format {first} and --format {second} would be written to one place: "
            f"give one a file, --format {second}=FILE"
        )
    if output is not None and not bare:
        raise InputError(f"--output {output}: every --format names its own file already")
    if output is not None and output != "-":
        targets = [Target(t.format, output) if t.file is None else t for t in targets]
    files = [target.file for target in targets if target.file is not None]
    for file in files:
        check_target(file)
        if files.count(file) > 1:
            raise InputError(f"two reports would be written to {file}: name two files")
    return tuple(targets)


def _target(value: str) -> Target:
    name, equals, file = value.partition("=")
    if name not in FORMATS:
        raise InputError(f"--format {value}: no format is called {name!r}: {', '.join(FORMATS)}")
    if equals and not file:
        raise InputError(f"--format {value}: a file name must follow the equals sign")
    return Target(name, file if file not in {"", "-"} else None)
