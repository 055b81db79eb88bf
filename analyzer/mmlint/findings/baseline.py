"""A file of the findings that are known already, a line each, so that only others are reported.

A line has the fingerprint, rule, path, function and reason, separated by tabs; lines are sorted by
path and function, so that those who add to it in different places do not collide.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

import msgspec

from mmlint.findings.directives import RULE
from mmlint.findings.fingerprint import with_fingerprints
from mmlint.model import Finding, Severity, Span, SuppressedBy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

UNEXPLAINED = "known before mmlint was used"
"""The reason of an entry for which nobody gave one."""

_HEAD = """\
# Findings of mmlint that are known: fingerprint, rule, path, function, reason, separated by tabs.
# `mmlint baseline update` rewrites this file and keeps the reasons.
"""
_FIELDS = 5
_FINGERPRINT = re.compile(r"[0-9a-f]{16}\Z")
_CONFLICT = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?:[ \t]|\Z)")
_UNSAFE = re.compile(rb"[\x00-\x1f%\x7f]")


class BaselineError(Exception):
    """A baseline cannot be used; the text is `file:line: what is wrong; what to do`."""


class Entry(msgspec.Struct, frozen=True, order=True):
    """A known finding; `line` is where the file says so, 0 of one that is not written yet."""

    path: str
    function: str
    rule: str
    fingerprint: str
    reason: str
    line: int = 0


def parse(text: str, origin: str) -> tuple[Entry, ...]:
    """The entries of the baseline `text` from the file `origin`; raises `BaselineError`.

    Of several about one finding, which a merge can leave, the first one holds.
    """
    entries: dict[str, Entry] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if _CONFLICT.match(line):
            todo = "resolve the merge by keeping the lines of both sides"
            raise BaselineError(f"{origin}:{number}: conflict marker; {todo}")
        if line.strip() and not line.startswith("#"):
            entry = _entry(line, number, origin)
            entries.setdefault(entry.fingerprint, entry)
    return tuple(entries.values())


def render(entries: Iterable[Entry]) -> str:
    """The text of a baseline, sorted."""
    lines = (
        "\t".join((e.fingerprint, e.rule, _field(e.path), _field(e.function), _field(e.reason)))
        for e in sorted(entries)
    )
    return _HEAD + "".join(f"{line}\n" for line in lines)


def entries_of(findings: Iterable[Finding], reason: str) -> tuple[Entry, ...]:
    """An entry for each finding that nothing but a baseline suppresses."""
    return tuple(
        Entry(f.span.path, f.function, f.rule, f.fingerprint, reason)
        for f in findings
        if f.rule != RULE.name and (f.suppressed is None or f.suppressed.kind == "baseline")
    )


def updated(known: Sequence[Entry], found: Sequence[Entry]) -> tuple[Entry, ...]:
    """What is `found`, with the reasons that are `known`, also those of functions that moved."""
    reasons = {entry.fingerprint: entry.reason for entry in known}
    stale = [e for e in known if e.fingerprint not in {f.fingerprint for f in found}]
    moved: dict[tuple[str, str], str] = {}
    for entry in stale:
        moved.setdefault((entry.rule, entry.function), entry.reason)
    return tuple(
        msgspec.structs.replace(
            entry,
            reason=reasons.get(entry.fingerprint)
            or moved.get((entry.rule, entry.function), entry.reason),
        )
        for entry in found
    )


def applied(
    findings: Iterable[Finding], entries: Iterable[Entry], origin: str
) -> tuple[Finding, ...]:
    """The findings, with those marked as suppressed that the baseline `origin` has."""
    known = {entry.fingerprint: entry for entry in entries}

    def marked(finding: Finding) -> Finding:
        entry = known.get(finding.fingerprint)
        if entry is None or finding.suppressed is not None:
            return finding
        by = SuppressedBy("baseline", entry.reason, origin, entry.line)
        return msgspec.structs.replace(finding, suppressed=by)

    return tuple(map(marked, findings))


def stale(
    findings: Iterable[Finding], entries: Iterable[Entry], judged: Callable[[Entry], bool]
) -> tuple[Entry, ...]:
    """The entries that stand for no finding any more, of those that were `judged`."""
    there = {finding.fingerprint for finding in findings}
    return tuple(e for e in sorted(entries) if e.fingerprint not in there and judged(e))


def complaints(entries: Iterable[Entry], origin: str) -> tuple[Finding, ...]:
    """Findings of the rule `suppression` that say which entries of `origin` are stale."""
    return with_fingerprints(_complaint(entry, origin) for entry in entries)


def _complaint(entry: Entry, origin: str) -> Finding:
    where = f"{entry.function}() of {entry.path}" if entry.function else entry.path
    return Finding(
        rule=RULE.name,
        kind="stale",
        severity=Severity.WARNING,
        span=Span(origin, entry.line, 1, entry.line, len(entry.fingerprint) + 1),
        function="",
        message=f"the baseline knows of {entry.rule} in {where}, but it is gone",
        steps=(),
        fix="mmlint baseline update, or delete the line",
        statement=f"stale {entry.fingerprint}",
    )


def _entry(line: str, number: int, origin: str) -> Entry:
    fields = line.rstrip("\r").split("\t")
    if len(fields) != _FIELDS:
        has = f"{len(fields)} of {_FIELDS} fields (they are separated by tabs)"
        raise BaselineError(f"{origin}:{number}: {has}; mmlint baseline update writes it anew")
    fingerprint, rule, path, function, reason = fields
    if not _FINGERPRINT.match(fingerprint):
        raise BaselineError(
            f"{origin}:{number}: the first field is no fingerprint of 16 hexadecimal digits; "
            "restore the line or delete it"
        )
    return Entry(_text(path), _text(function), rule, fingerprint, _text(reason), number)


def _field(text: str) -> str:
    escaped = _UNSAFE.sub(lambda match: b"%%%02X" % match[0][0], os.fsencode(text))
    return escaped.decode("utf-8", "surrogateescape").translate(_SURROGATES)


_SURROGATES = {0xDC00 + byte: f"%{byte:02X}" for byte in range(0x80, 0x100)}


def _text(field: str) -> str:
    return os.fsdecode(unquote_to_bytes(field))
