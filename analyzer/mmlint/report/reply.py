"""Findings as a reply to the mail of a patch: the hunks quoted, each finding below its line."""

from __future__ import annotations

import textwrap
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

import msgspec

from mmlint.report.excerpts import readable
from mmlint.source.tree import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mmlint.model import Finding
    from mmlint.source.diffs import FileDiff, Hunk
    from mmlint.source.mail import Patch

_WIDTH = 72
_NEAR = 2000
"""Lines; a hunk is looked for that far from where its patch says it is."""


class Reply(msgspec.Struct, frozen=True):
    """What to write: the new findings of a patch, and what reads the tree that it makes."""

    patch: Patch
    findings: tuple[Finding, ...]
    sources: Callable[[str], bytes]


def mailbox(replies: Sequence[Reply]) -> str:
    """The replies as a mailbox, for a mail program to send; "" if there are none."""
    return "".join(f"From mmlint Thu Jan  1 00:00:00 1970\n{_mail(reply)}\n" for reply in replies)


def body(reply: Reply) -> str:
    """The text of a reply."""
    patch = reply.patch
    opening = f"On {patch.date}, {patch.sender} wrote:\n" if patch.sender else ""
    left = list(reply.findings)
    parts: list[str] = []
    for file in patch.files:
        quoted = list(_quoted(file, left, reply.sources))
        if quoted:
            parts.append("\n".join(quoted))
    if left:
        parts.append("Not in the lines of this patch, but since it:\n")
        parts += ["\n".join(_comment(finding)) for finding in left]
    return opening + "\n".join(parts) + "\n"


def _mail(reply: Reply) -> str:
    patch = reply.patch
    mail = EmailMessage(policy=SMTP.clone(linesep="\n", cte_type="8bit", max_line_length=None))
    subject = patch.subject or patch.name
    mail["Subject"] = subject if subject[:3].lower() == "re:" else f"Re: {subject}"
    for name, value in (("To", patch.sender), ("Cc", ", ".join(filter(None, _others(patch))))):
        if value:
            mail[name] = value
    if patch.message_id:
        mail["In-Reply-To"] = patch.message_id
        mail["References"] = f"{patch.references} {patch.message_id}".strip()
    mail["MIME-Version"] = "1.0"
    mail["Content-Type"] = 'text/plain; charset="utf-8"'
    mail["Content-Transfer-Encoding"] = "8bit"
    lines = body(reply).split("\n")
    # As in any mailbox, a line that could begin a mail is quoted.
    text = "\n".join(f">{line}" if line.lstrip(">").startswith("From ") else line for line in lines)
    return mail.as_string().rstrip("\n") + "\n\n" + text


def _others(patch: Patch) -> tuple[str, str]:
    return patch.to, patch.cc


def _quoted(file: FileDiff, left: list[Finding], sources: Callable[[str], bytes]) -> Iterator[str]:
    """The hunks of a file that findings are in; those findings are taken from `left`."""
    mine = [finding for finding in left if finding.span.path == file.path]
    text = _lines(sources, file.path) if mine else []
    quoted: list[str] = []
    for hunk in file.hunks if mine else ():
        start = _place(hunk, text)
        inside = [f for f in mine if start <= f.span.line < start + len(hunk.new_lines)]
        if inside:
            quoted += _commented(hunk, start, inside)
            for finding in inside:
                left.remove(finding)
    if quoted:
        yield from (_quote(line) for line in file.head if not line.startswith(b"index "))
        yield from quoted


def _commented(hunk: Hunk, start: int, findings: Sequence[Finding]) -> Iterator[str]:
    yield _quote(hunk.lines[0])
    number = start - 1
    for line in hunk.lines[1:]:
        yield _quote(line)
        if line.startswith((b"-", b"\\")):
            continue
        number += 1
        for finding in findings:
            if finding.span.line == number:
                yield ""
                yield from _comment(finding)


def _comment(finding: Finding) -> Iterator[str]:
    span = finding.span
    about = f"{finding.severity.label}: {finding.message} [{finding.rule}]"
    said = readable(f"{span.path}:{span.line}: {about}")
    yield from textwrap.wrap(said, _WIDTH, break_on_hyphens=False, break_long_words=False)
    yield ""
    width = max((len(step.label) for step in finding.steps), default=0) + 2
    for step in finding.steps:
        place = f"  ({step.path}:{step.line})" if step.line else ""
        yield readable(f"  {step.label:<{width}}{step.text}{place}")
    if finding.fix:
        yield readable(f"  {'fix':<{width}}{finding.fix}")
    yield ""


def _quote(line: bytes) -> str:
    text = line.decode(errors="replace").rstrip("\r\n")
    return f"> {text}" if text else ">"


def _lines(sources: Callable[[str], bytes], path: str) -> list[bytes]:
    try:
        return sources(path).split(b"\n")
    except Unreadable:
        return []


def _place(hunk: Hunk, text: list[bytes]) -> int:
    """The line, from 1, at which a hunk is in a file, which is not always where it says."""
    wanted = hunk.new_lines
    for distance in range(_NEAR):
        for start in (hunk.start - distance, hunk.start + distance):
            if start > 0 and text[start - 1 : start - 1 + len(wanted)] == wanted:
                return start
    return hunk.start
