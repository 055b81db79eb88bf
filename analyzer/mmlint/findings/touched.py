"""Which findings are about lines that a change touches."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from mmlint.findings.places import Side, line_map

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mmlint.model import Finding


def on_touched_lines(
    findings: Iterable[Finding],
    before: Callable[[str], bytes],
    after: Callable[[str], bytes],
) -> tuple[Finding, ...]:
    """The findings of which a line, or the line of a step, is new, changed or beside a deletion.

    `before` and `after` read the files of the two trees.
    """
    old, new = Side(before), Side(after)
    lines = functools.cache(lambda path: touched_lines(old.lines(path), new.lines(path)))

    def is_touched(finding: Finding) -> bool:
        span = finding.span
        own = any(line in lines(span.path) for line in range(span.line, span.end_line + 1))
        return own or any(step.line in lines(step.path) for step in finding.steps)

    return tuple(finding for finding in findings if is_touched(finding))


def touched_lines(old: list[bytes], new: list[bytes]) -> frozenset[int]:
    """The numbers, from 1, of the lines of `new` that are not in `old` or beside a deletion."""
    origins = {now: was for was, now in line_map(old, new).items()}
    touched = {line for line in range(1, len(new) + 1) if line not in origins}
    for line, was in origins.items():
        above = origins.get(line - 1, 0 if line == 1 else None)
        if above is not None and was != above + 1:
            touched |= {line - 1, line} if line > 1 else {line}
    return frozenset(touched)
