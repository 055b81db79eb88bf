"""Suppressions outside of the analysed code, for trees that do not want comments about tools.

The file is TOML; each `[[allow]]` has a `rule`, a `reason`, and says what it is about by `path` and
maybe `function`, or by `fingerprint`.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import msgspec

from mmlint.findings.directives import RULE
from mmlint.findings.fingerprint import with_fingerprints
from mmlint.findings.selection import nearest
from mmlint.model import Finding, Severity, Span, SuppressedBy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from typing import Any

_TABLE = re.compile(r"^[ \t]*\[\[[ \t]*allow[ \t]*\]\]", re.MULTILINE)
_ENTRIES = "allow"


class SuppressionFileError(Exception):
    """A file of suppressions cannot be used; the text is `file:line: what is wrong; what to do`."""


class Allowed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One suppression: an empty `path`, `function` or `fingerprint` asks for nothing."""

    rule: str
    reason: str
    path: str = ""
    function: str = ""
    fingerprint: str = ""

    def covers(self, finding: Finding) -> bool:
        """Whether this silences `finding`."""
        return (
            self.rule == finding.rule
            and self.path in {"", finding.span.path}
            and self.function in {"", finding.function}
            and self.fingerprint in {"", finding.fingerprint}
        )


class AllowedAt(msgspec.Struct, frozen=True):
    """A suppression with the line on which it begins in the file `origin`."""

    allowed: Allowed
    origin: str
    line: int


def parse(text: str, origin: str) -> tuple[AllowedAt, ...]:
    """The suppressions in the text of a file; raises `SuppressionFileError`."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SuppressionFileError(f"{origin}: {error}; mend the TOML") from None
    lines = [text.count("\n", 0, match.start()) + 1 for match in _TABLE.finditer(text)]
    given = tables.pop(_ENTRIES, [])
    if tables or not isinstance(given, list):
        found = next(iter(tables), _ENTRIES)
        raise SuppressionFileError(f"{origin}: {found!r} has no meaning here; write [[allow]]")
    numbers = lines if len(lines) == len(given) else [1] * len(given)
    return tuple(_entry(g, origin, line) for g, line in zip(given, numbers, strict=True))


def _entry(given: Any, origin: str, line: int) -> AllowedAt:  # noqa: ANN401
    try:
        allowed = msgspec.convert(given, Allowed)
    except msgspec.ValidationError as error:
        message = str(error).partition(" - at ")[0].replace("Object", "the entry")
        raise SuppressionFileError(f"{origin}:{line}: {message}; {_HINT}") from None
    if not allowed.reason.strip():
        raise SuppressionFileError(f"{origin}:{line}: the reason is empty; say why this is right")
    if not (allowed.path or allowed.fingerprint):
        raise SuppressionFileError(f"{origin}:{line}: neither path nor fingerprint; {_HINT}")
    return AllowedAt(allowed, origin, line)


_HINT = "an entry has a rule, a reason, and a path (maybe a function) or a fingerprint"


def applied(
    findings: Iterable[Finding], entries: Sequence[AllowedAt]
) -> tuple[tuple[Finding, ...], frozenset[AllowedAt]]:
    """The findings, with those marked that an entry covers; and the entries that cover any."""
    used: set[AllowedAt] = set()
    marked: list[Finding] = []
    for finding in findings:
        entry = next((e for e in entries if e.allowed.covers(finding)), None)
        if entry is None or finding.rule == RULE.name:
            marked.append(finding)
            continue
        used.add(entry)
        by = SuppressedBy("file", entry.allowed.reason, entry.origin, entry.line)
        silenced = finding.suppressed or by
        marked.append(msgspec.structs.replace(finding, suppressed=silenced))
    return tuple(marked), frozenset(used)


def complaints(
    entries: Iterable[AllowedAt], used: Collection[AllowedAt], known_rules: Collection[str]
) -> tuple[Finding, ...]:
    """Findings of the rule `suppression` about entries that silence nothing."""
    return with_fingerprints(_complaints(entries, used, known_rules))


def _complaints(
    entries: Iterable[AllowedAt], used: Collection[AllowedAt], known_rules: Collection[str]
) -> Iterator[Finding]:
    for entry in entries:
        rule = entry.allowed.rule
        if rule not in known_rules:
            message = f"suppression of an unknown rule {rule!r}: {nearest(rule, known_rules)}"
            yield _complaint(entry, "unknown-rule", message, "name a rule of `mmlint rules`")
        elif entry not in used:
            message = f"suppression of {rule} silences nothing: there is no such finding"
            yield _complaint(entry, "unused", message, "delete the entry")


def _complaint(entry: AllowedAt, kind: str, message: str, fix: str) -> Finding:
    a = entry.allowed
    return Finding(
        rule=RULE.name,
        kind=kind,
        severity=Severity.WARNING,
        span=Span(entry.origin, entry.line, 1, entry.line, len("[[allow]]") + 1),
        function="",
        message=message,
        steps=(),
        fix=fix,
        statement=f"{kind} {a.rule} {a.path} {a.function} {a.fingerprint}",
    )
