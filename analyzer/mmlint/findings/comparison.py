"""Which findings a change introduces and which it removes, where code may have moved meanwhile.

Two findings are the same one if their fingerprints say so; or if the function moved to another
file or got another name, and is gone where it was; or if a variable was renamed in it. Everything
that is asked of the function is there so that a bug which is mended in one place and made anew in
another is not taken for a move.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from mmlint.findings.fingerprint import normalised
from mmlint.findings.places import Side, line_map
from mmlint.findings.renaming import is_renamed, renames
from mmlint.model import Change, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mmlint.model import Finding, Run, Span, Step

Pair = tuple["Finding", "Finding"]

_ALIKE = 0.5
"""The share of lines that two functions have in common if one is the other under a new name."""


class Comparison(msgspec.Struct, frozen=True):
    """The findings of two runs, each with its change: `removed` has the places of the old run."""

    new: tuple[Finding, ...]
    removed: tuple[Finding, ...]
    unchanged: tuple[Finding, ...]


def compare(
    before: tuple[Run, Callable[[str], bytes]],
    after: tuple[Run, Callable[[str], bytes]],
    least: Severity = Severity.NOTE,
) -> Comparison:
    """What changed from one run to another, each given with what reads the files of its tree.

    A finding that was below `least`, or suppressed, is new when it no longer is. Not so where one
    of its steps is a new finding of another rule: then that one is the news, and says why.
    """
    (old, old_sources), (new, new_sources) = before, after
    pairs, gone, come = _paired(old.findings, new.findings, Side(old_sources), Side(new_sources))
    told = {_at(finding.span) for finding in come if _counts(finding, least)}
    for was, now in pairs:
        rises = _counts(now, least) and not _counts(was, least)
        if rises and told.isdisjoint(map(_at, now.steps)):
            come.append(now)
    risen = {id(finding) for finding in come}
    return Comparison(
        new=_marked(come, "new"),
        removed=_marked((f for f in gone if f.suppressed is None), "removed"),
        unchanged=_marked((now for _, now in pairs if id(now) not in risen), "unchanged"),
    )


def _counts(finding: Finding, least: Severity) -> bool:
    return finding.severity >= least and finding.suppressed is None


def _at(place: Span | Step) -> tuple[str, int, int]:
    return place.path, place.line, place.column


def _marked(findings: Iterable[Finding], kind: str) -> tuple[Finding, ...]:
    change = Change(kind)
    marked = (msgspec.structs.replace(finding, change=change) for finding in findings)
    return tuple(sorted(marked, key=lambda finding: (finding.span, finding.rule)))


def _paired(
    old: Sequence[Finding], new: Sequence[Finding], before: Side, after: Side
) -> tuple[list[Pair], list[Finding], list[Finding]]:
    """The pairs of what is the same, and what is left of each."""
    pairs: list[Pair] = []
    gone, come = list(old), list(new)

    def settle(found: list[Pair]) -> None:
        pairs.extend(found)
        done = {id(finding) for pair in found for finding in pair}
        gone[:] = [finding for finding in gone if id(finding) not in done]
        come[:] = [finding for finding in come if id(finding) not in done]

    settle(_in_place(gone, come, before, after))
    settle(_one_to_one(gone, come, _moved(before, after)))
    settle(_one_to_one(gone, come, _renamed(before, after)))
    settle(_one_to_one(gone, come, _reworded(before, after)))
    return pairs, gone, come


def _identity(finding: Finding) -> tuple[str, str, str, str]:
    statement = normalised(finding.statement)
    return finding.rule, finding.span.path, finding.function, statement


def _in_place(
    gone: Sequence[Finding], come: Sequence[Finding], before: Side, after: Side
) -> list[Pair]:
    """Pairs of the same rule, path, function and statement; of twins those whose lines agree."""
    groups: dict[tuple[str, ...], tuple[list[Finding], list[Finding]]] = defaultdict(
        lambda: ([], [])
    )
    for side, findings in enumerate((gone, come)):
        for finding in findings:
            groups[_identity(finding)][side].append(finding)
    pairs: list[Pair] = []
    for old, new in groups.values():
        if len(old) == len(new):
            pairs.extend(zip(old, new, strict=True))
        elif old and new:
            pairs.extend(_twins(old, new, before, after))
    return pairs


def _twins(old: list[Finding], new: list[Finding], before: Side, after: Side) -> list[Pair]:
    path = old[0].span.path
    lines = line_map(before.lines(path), after.lines(path))
    pairs: list[Pair] = []
    for finding in old:
        at = lines.get(finding.span.line)
        same = next((f for f in new if f.span.line == at), None)
        if same is not None:
            pairs.append((finding, same))
            new = [f for f in new if f is not same]
    paired = {id(finding) for finding, _ in pairs}
    rest = [finding for finding in old if id(finding) not in paired]
    return [*pairs, *zip(rest, new, strict=False)]


def _one_to_one(
    gone: Sequence[Finding], come: Sequence[Finding], same: Callable[[Finding, Finding], bool]
) -> list[Pair]:
    pairs: list[Pair] = []
    left = list(gone)
    for now in come:
        was = next((f for f in left if f.rule == now.rule and same(f, now)), None)
        if was is not None:
            pairs.append((was, now))
            left = [f for f in left if f is not was]
    return pairs


def _changed_place(was: Finding, now: Finding, before: Side, after: Side) -> bool:
    """Whether the function of one finding ends to be where that of the other begins to be."""
    return not after.has(was.span.path, was.function) and not before.has(
        now.span.path, now.function
    )


def _moved(before: Side, after: Side) -> Callable[[Finding, Finding], bool]:
    """Whether a function was moved to another file as it is."""

    def same(was: Finding, now: Finding) -> bool:
        return (
            was.function == now.function
            and normalised(was.statement) == normalised(now.statement)
            and _changed_place(was, now, before, after)
        )

    return same


def _renamed(before: Side, after: Side) -> Callable[[Finding, Finding], bool]:
    """Whether a function got another name, maybe in another file."""

    def same(was: Finding, now: Finding) -> bool:
        if normalised(was.statement) != normalised(now.statement):
            return False
        if was.function == now.function or not _changed_place(was, now, before, after):
            return False
        old = before.body(was.span.path, was.function)
        new = after.body(now.span.path, now.function)
        return difflib.SequenceMatcher(None, old, new, autojunk=False).ratio() >= _ALIKE

    return same


def _reworded(before: Side, after: Side) -> Callable[[Finding, Finding], bool]:
    """Whether variables were renamed in a function that stayed, or moved."""

    def same(was: Finding, now: Finding) -> bool:
        if was.function != now.function:
            return False
        if was.span.path != now.span.path and not _changed_place(was, now, before, after):
            return False
        names = renames(normalised(was.statement), normalised(now.statement))
        old = before.words(was.span.path, was.function)
        new = after.words(now.span.path, now.function)
        return bool(names) and is_renamed(names, old, new)

    return same
