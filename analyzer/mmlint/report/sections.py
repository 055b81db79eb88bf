"""Reports on several states of a tree: one commit after the other, what was and what is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mmlint.model import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Section(msgspec.Struct, frozen=True):
    """The findings about one state, and what reads the files of that state.

    `title` says which it is, "" where there is nothing to say.
    """

    title: str
    run: Run
    sources: Callable[[str], bytes]


def merged(sections: Sequence[Section]) -> Run:
    """One run with the findings and gaps of all sections, about the tree of the last one."""
    runs = [section.run for section in sections]
    if len(runs) == 1:
        return runs[0]
    gaps = dict.fromkeys(gap for run in runs for gap in run.not_analysed)
    findings = tuple(finding for run in runs for finding in run.findings)
    return msgspec.structs.replace(runs[-1], findings=findings, not_analysed=tuple(gaps))


def only_new(run: Run) -> Run:
    """`run` without what was removed and what was there before, for formats that cannot say so."""
    kept = tuple(f for f in run.findings if f.change is None or f.change.kind == "new")
    return msgspec.structs.replace(run, findings=kept)
