"""The source with what is known at each line, for people and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mmlint.report.excerpts import encodable, readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mmlint.auditing.knowing import Change, KnownFunction, KnownLine
    from mmlint.report.text import Line

_TAB = 8
_INDENT = "      |     "


def json(functions: Iterable[KnownFunction]) -> str:
    """All functions with all lines, as JSON ending in a newline."""
    written = [
        msgspec.structs.replace(
            function,
            lines=tuple(
                msgspec.structs.replace(n, source=encodable(n.source)) for n in function.lines
            ),
        )
        for function in functions
    ]
    text = msgspec.json.encode({"version": 1, "functions": written})
    return msgspec.json.format(text, indent=1).decode() + "\n"


def lines_of(functions: Sequence[KnownFunction]) -> Iterator[Line]:
    """Each source line, and below it what changes: + comes, - goes, = is known, ? is lacking."""
    for number, function in enumerate(functions):
        if number:
            yield ()
        under = f"  [{function.condition}]" if function.condition else ""
        head = f"{readable(function.path)}:{function.line}: {function.function}()"
        yield ((head, "place"), (under, "dim"))
        shown: tuple[str, ...] = ()
        for line in function.lines:
            source = readable(line.source.expandtabs(_TAB))
            yield ((f"{line.line:>5} | ", "margin"), (source, ""))
            if line.known and line.known != shown:
                yield ((_INDENT, "margin"), (f"= {', '.join(line.known)}", "dim"))
            shown = line.known or shown
            yield from _changes(line)


def _changes(line: KnownLine) -> Iterator[Line]:
    for change in line.new:
        yield ((_INDENT, "margin"), (f"+ {_said(change)}", "fix"))
    for change in line.gone:
        yield ((_INDENT, "margin"), (f"- {_said(change)}", "warning"))
    for lacking in line.lacking:
        yield ((_INDENT, "margin"), (f"? {readable(lacking)} is not shown", "error"))


def _said(change: Change) -> str:
    when = f", where the test is {change.when}" if change.when else ""
    return f"{readable(change.fact)}: {readable(change.why)}{when}"
