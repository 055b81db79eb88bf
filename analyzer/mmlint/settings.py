"""What an analysed tree sets for itself: `.mmlint.toml`, or `[tool.mmlint]` in its pyproject.toml.

Only data: nothing in these files names code to run or a file to write.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from mmlint.findings.selection import nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SeverityName = Literal["error", "warning", "note"]

_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_AT = re.compile(r" - at `\$\.([^`.\[]+)")


class SettingsError(Exception):
    """A settings file cannot be used; the text is `file:line: what is wrong; what to do`."""


class Settings(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """Defaults of `mmlint check`, each for the option of the same name.

    `paths` is the scope; it, `baseline` and `suppressions` are relative to the root of the tree.
    """

    paths: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: SeverityName = "warning"
    fail_on: SeverityName = "warning"
    max_findings: Annotated[int, msgspec.Meta(ge=1)] | None = None
    arch: str | None = None
    baseline: str | None = None
    suppressions: tuple[str, ...] = ()


def load_settings(root: Path, text_of: Callable[[Path], str | None] | None = None) -> Settings:
    """The settings of the tree at `root`; raises `SettingsError`.

    `text_of` reads a file of a tree that is in no directory, and answers None if there is none.
    """
    read = text_of or _text
    own = root / ".mmlint.toml"
    text = read(own)
    if text is not None:
        return _settings(own, text, _parsed(own, text))
    shared = root / "pyproject.toml"
    text = read(shared)
    if text is None or "mmlint" not in text:
        return Settings()
    table = _parsed(shared, text).get("tool", {})
    return _settings(shared, text, table.get("mmlint", {}) if isinstance(table, dict) else {})


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}:1: not UTF-8 ({error.reason}); save it as UTF-8") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SettingsError(f"{path}: {reason}; make it readable or remove it") from None


def _parsed(path: Path, text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).removesuffix(" (at end of document)").partition(" (at line ")
        line = place.partition(",")[0] if place else str(text.count("\n") + 1)
        message = message[:1].lower() + message[1:]
        raise SettingsError(f"{path}:{line}: {message}; mend the TOML") from None


def _settings(path: Path, text: str, table: object) -> Settings:
    try:
        return msgspec.convert(table, Settings)
    except msgspec.ValidationError as error:
        message = str(error)
    unknown = _UNKNOWN.search(message)
    if unknown:
        key = unknown[1]
        fields = [field.encode_name for field in msgspec.structs.fields(Settings)]
        problem = f"there is no setting {key!r}: {nearest(key, fields)}"
    else:
        at = _AT.search(message)
        key = at[1] if at else "mmlint"
        problem = f"{key}: {message.partition(' - at ')[0].lower()}; {_allowed(key)}"
    raise SettingsError(f"{path}:{_line(text, key)}: {problem}")


def _allowed(key: str) -> str:
    if key in {"severity", "fail-on"}:
        return 'write "error", "warning" or "note"'
    if key in {"paths", "select", "ignore", "suppressions"}:
        return "write a list of strings"
    if key in {"arch", "baseline"}:
        return "write a string"
    return "write a number from 1" if key == "max-findings" else "write a table of settings"


def _line(text: str, key: str) -> int:
    """The line on which `key` is set (or its table begins), for the reader to look at."""
    match = re.search(
        rf"""^[ \t]*\[*["']?(?:tool\.)?{re.escape(key)}["']?[ \t]*[\]=]""", text, re.M
    )
    return text.count("\n", 0, match.start()) + 1 if match else 1
