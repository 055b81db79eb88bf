"""The list of all suppressions, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mmlint.report.excerpts import encodable, readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Suppression(msgspec.Struct, frozen=True):
    """A suppression: kind is that of a comment, or "file" for an entry of a file.

    state is used, unused or malformed. commit and date (YYYY-MM-DD) say since when it is there;
    both are empty where git does not know of it.
    """

    path: str
    line: int
    function: str
    kind: str
    rules: tuple[str, ...]
    reason: str
    state: str
    commit: str = ""
    date: str = ""


def text(suppressions: Sequence[Suppression]) -> str:
    """A line each with what it says below it, and a summary."""
    lines: list[str] = []
    for one in suppressions:
        since = f"since {one.date} ({one.commit[:12]})" if one.date else "not committed"
        what = f"{one.kind or 'unreadable'}({', '.join(one.rules)})"
        lines.append(readable(f"{one.path}:{one.line}: {one.state}: {what}, {since}"))
        lines.append(readable(f"    {one.reason}"))
    counts = ", ".join(
        f"{sum(one.state == state for one in suppressions)} {state}"
        for state in ("used", "unused", "malformed")
    )
    return "".join(f"{line}\n" for line in [*lines, counts])


def as_json(suppressions: Iterable[Suppression]) -> str:
    """A list of objects, ending in a newline."""
    clean = [
        msgspec.structs.replace(
            one,
            path=encodable(one.path),
            function=encodable(one.function),
            reason=encodable(one.reason),
        )
        for one in suppressions
    ]
    return msgspec.json.format(msgspec.json.encode(clean), indent=1).decode() + "\n"
