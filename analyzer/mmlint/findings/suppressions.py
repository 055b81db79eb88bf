"""Silencing findings by comments in the analysed code, and reporting comments that do not.

A suppression that is malformed, names an unknown rule or silences nothing is itself a finding, of
the rule `suppression`; it cannot be suppressed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mmlint.findings.directives import RULE, SYNTAX, Directive, directives
from mmlint.findings.selection import nearest
from mmlint.findings.statements import Statements
from mmlint.model import Finding, Severity, Span, SuppressedBy
from mmlint.syntax.lines import LineIndex
from mmlint.syntax.mask import comments, mask
from mmlint.syntax.outline import outline

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from mmlint.syntax.outline import Outline

MARK = b"mmlint:"
"""A file without these bytes has no suppression."""


class _Cover(msgspec.Struct, frozen=True):
    """A directive with the lines it speaks about, inclusive, and where it stands."""

    directive: Directive
    first: int
    last: int
    span: Span
    function: str

    def covers(self, finding: Finding) -> bool:
        """Whether this silences `finding`."""
        return (
            not self.directive.mistake
            and finding.rule in self.directive.rules
            and finding.suppressed is None
            and self.first <= finding.span.line <= self.last
        )


def apply(
    findings: Iterable[Finding],
    sources: Mapping[str, bytes],
    known_rules: Collection[str],
    active_rules: Collection[str],
) -> tuple[Finding, ...]:
    """`findings` with those marked that a comment silences, then those of rule `suppression`.

    `sources` are the files of the scope that contain `MARK`. A comment about a rule that is known
    but not in `active_rules` is never called unused. The findings that are added have no
    fingerprint yet.
    """
    covers = {path: _covers(path, data) for path, data in sources.items()}
    used: set[tuple[_Cover, str]] = set()
    marked = []
    for finding in findings:
        cover = next((c for c in covers.get(finding.span.path, ()) if c.covers(finding)), None)
        if cover is None:
            marked.append(finding)
            continue
        used.add((cover, finding.rule))
        marked.append(msgspec.structs.replace(finding, suppressed=_suppressed_by(cover)))
    for cover in (cover for path in sorted(covers) for cover in covers[path]):
        marked.extend(_complaints(cover, used, known_rules, active_rules))
    return tuple(marked)


class Listed(msgspec.Struct, frozen=True):
    """A suppression comment: where it is, what it says, and what is wrong with it, if anything."""

    path: str
    line: int
    function: str
    scope: str
    rules: tuple[str, ...]
    reason: str
    mistake: str


def listed(path: str, data: bytes) -> tuple[Listed, ...]:
    """The suppressions in the comments of a file, by line."""
    found = (
        Listed(path, c.span.line, c.function, d.scope, d.rules, d.reason, d.mistake)
        for c in _covers(path, data)
        for d in (c.directive,)
    )
    return tuple(sorted(found, key=lambda one: one.line))


def _suppressed_by(cover: _Cover) -> SuppressedBy:
    return SuppressedBy(
        cover.directive.scope, cover.directive.reason, cover.span.path, cover.span.line
    )


def _covers(path: str, data: bytes) -> tuple[_Cover, ...]:
    """The suppressions of a file, narrow ones first, so that a wide one is not used needlessly."""
    found = [directive for comment in comments(data) for directive in directives(comment)]
    if not found:
        return ()
    outlined, lines, statements = outline(path, data), LineIndex(data), Statements(mask(data))
    covers = [_cover(directive, outlined, lines, statements) for directive in found]
    return tuple(sorted(covers, key=lambda cover: (cover.last - cover.first, cover.span)))


def _cover(
    directive: Directive, outlined: Outline, lines: LineIndex, statements: Statements
) -> _Cover:
    line, column = lines.position(directive.start)
    last_line, last_column = lines.position(directive.end)
    span = Span(outlined.path, line, column, last_line, last_column)
    inside = outlined.enclosing(directive.start)
    function = inside.name if inside else ""
    first, last = line, last_line
    if directive.scope == "allow-file":
        first, last = 1, lines.count + 1
    elif directive.scope == "allow-function":
        code = statements.code_after(directive.end)
        site = inside or next((d for d in outlined.definitions if d.start == code), None)
        if site is None:
            mistake = "stands neither in a function nor directly above one"
            directive = msgspec.structs.replace(directive, mistake=mistake)
        else:
            first, last, function = site.line, site.end_line, site.name
    elif directive.scope == "allow":
        first, last = _statement_lines(directive, line, last_line, statements)
    return _Cover(directive, first, last, span, function)


def _statement_lines(
    directive: Directive, line: int, last_line: int, statements: Statements
) -> tuple[int, int]:
    if statements.code_on(line):
        return statements.around(line)
    if statements.code_on(last_line):
        return statements.around(last_line)
    below = statements.code_after(directive.end)
    return statements.at(below) if below is not None else (line, last_line)


def _complaints(
    cover: _Cover,
    used: Collection[tuple[_Cover, str]],
    known_rules: Collection[str],
    active_rules: Collection[str],
) -> Iterator[Finding]:
    directive = cover.directive
    if directive.mistake:
        yield _complaint(cover, "malformed", f"suppression {directive.mistake}", directive.text)
        return
    for rule in directive.rules:
        if rule not in known_rules:
            message = f"suppression of an unknown rule {rule!r}: {nearest(rule, known_rules)}"
            yield _complaint(cover, "unknown-rule", message, rule)
        elif rule in active_rules and (cover, rule) not in used:
            message = f"suppression of {rule} silences nothing: there is no such finding here"
            yield _complaint(cover, "unused", message, rule)


def _complaint(cover: _Cover, kind: str, message: str, subject: str) -> Finding:
    fixes = {
        "malformed": f"write {SYNTAX}",
        "unknown-rule": "name a rule that `mmlint rules` lists",
        "unused": "delete the comment",
    }
    return Finding(
        rule=RULE.name,
        kind=kind,
        severity=Severity.WARNING,
        span=cover.span,
        function=cover.function,
        message=message,
        steps=(),
        fix=fixes[kind],
        statement=f"{kind} {cover.directive.scope} {subject}",
    )
