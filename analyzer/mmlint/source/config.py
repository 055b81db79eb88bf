"""The configuration of a kernel, as its `.config` or a fragment of one says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from mmlint.source.walk import why

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PREFIX = "CONFIG_"
_MODULE = "_MODULE"
_FULL = re.compile(r"#\s*Automatically generated file\b")
_UNSET = re.compile(r"#\s*(CONFIG_\w+) is not set\s*\Z")
_SET = re.compile(r"(CONFIG_\w+)=(.*)\Z", re.DOTALL)
_NUMBER = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|[0-9]+)\Z")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"\s*\Z', re.DOTALL)
_SHOWN = 60
_LARGEST = 16 << 20
_QUESTIONS: Mapping[str, Mapping[str, int | None]] = {
    "IS_ENABLED": {"y": 1, "m": 1},
    "IS_BUILTIN": {"y": 1},
    "IS_MODULE": {"m": 1},
    # Of a module so far as who asks is in a module too, which nobody knows.
    "IS_REACHABLE": {"y": 1, "m": None},
}
"""What the macros of the kernel's Kconfig header say of the values of an option; 0 of others."""


class ConfigError(ValueError):
    """A file that is no kernel configuration; the message says where and why, in a line."""


class Configuration(msgspec.Struct, frozen=True):
    """The values of options: ``y``, ``m``, ``n``, a number, or a string in double quotes.

    Of a `complete` configuration an option that is not in `values` is off; else it is unknown.
    Names that do not begin with ``CONFIG_`` are known only if `defines` has them: what the command
    line of the compiler defines them as, None for what it undefines.
    """

    values: Mapping[str, str]
    complete: bool
    defines: Mapping[str, str | None] = {}

    def answer(self, question: str, name: str) -> int | None:
        """What the preprocessor makes of `question` asked of an option; None if that is unknown.

        The questions are ``defined``, ``""`` (the value, in an expression) and the macros of the
        kernel's Kconfig header.
        """
        if question in _QUESTIONS:
            value = self._value(name)
            return None if value is None else _QUESTIONS[question].get(value, 0)
        value = self._defined(name)
        if value is None or question not in {"", "defined"}:
            return None
        return int(value != "n") if question == "defined" else _number(value)

    def _value(self, name: str) -> str | None:
        if not name.startswith(PREFIX):
            return None
        return self.values.get(name, "n" if self.complete else None)

    def _defined(self, name: str) -> str | None:
        """The value that the macro `name` has; ``n`` if there is no such macro."""
        if name in self.defines:
            given = self.defines[name]
            return "n" if given is None else given
        if name not in self.values and name.endswith(_MODULE):
            base = self._value(name.removesuffix(_MODULE))
            return base if base is None else {"m": "y"}.get(base, "n")
        value = self._value(name)
        return "n" if value == "m" else value


def _number(value: str) -> int | None:
    """The value of a macro in an `#if`, where one that is not defined is 0."""
    if value in {"y", "n"}:
        return int(value == "y")
    return int(value, 16 if "x" in value.lower() else 10) if _NUMBER.match(value) else None


def read_configuration(path: Path) -> Configuration:
    """The configuration in the file `path`; raises `ConfigError`."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {why(error)}") from None
    if len(data) > _LARGEST:
        raise ConfigError(f"{path}: larger than {_LARGEST >> 20} MB")
    return parse_configuration(data.decode(errors="replace"), str(path))


def parse_configuration(text: str, origin: str) -> Configuration:
    """The configuration that `text` from the file `origin` says; raises `ConfigError`.

    It is complete if it says that the kernel's Kconfig wrote it; of several values of an option
    the last one holds, as it does for Kconfig.
    """
    values: dict[str, str] = {}
    complete = False
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if unset := _UNSET.match(stripped):
            values[unset[1]] = "n"
        elif stripped.startswith("#"):
            complete = complete or _FULL.match(stripped) is not None
        elif stripped:
            given = _SET.match(stripped)
            if given is None or not _is_value(given[2]):
                raise ConfigError(f"{origin}:{number}: {_why_not(stripped, given)}")
            values[given[1]] = given[2]
    if not values:
        raise ConfigError(f"{origin}: no option is set or unset, so this is no configuration")
    return Configuration(values, complete)


def _is_value(value: str) -> bool:
    return value in {"y", "m", "n"} or bool(_NUMBER.match(value) or _STRING.match(value))


def _why_not(line: str, given: re.Match[str] | None) -> str:
    shown = line if len(line) <= _SHOWN else line[:_SHOWN] + "..."
    shown = shown.encode("unicode_escape").decode()
    if given is None:
        return f"neither CONFIG_NAME=value nor a comment: {shown}"
    return f"the value is none of y, m, n, a number, a string in double quotes: {shown}"
