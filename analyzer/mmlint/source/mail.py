"""Patches as people send them: mails, mailboxes, files of `git format-patch`, plain diffs."""

from __future__ import annotations

import re
import tempfile
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mmlint.source.diffs import FileDiff, file_diffs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import EmailMessage

    from mmlint.source.git import Repository

_HEADER = re.compile(rb"(?:From [^\n]*\n)|(?:[A-Za-z][A-Za-z0-9-]*:[ \t])")
_BASE = re.compile(rb"^base-commit: ([0-9a-f]{7,64})[ \t\r]*$", re.MULTILINE)
_TAG = re.compile(r"\[([^\]]*)\]")
_REPLY = re.compile(r"\s*(?:re|aw|antw|sv|fwd?)\s*:", re.IGNORECASE)
_VERSION = re.compile(r"\bv(\d+)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\b(\d+)/(\d+)\b")


class Patch(msgspec.Struct, frozen=True):
    """One patch: what it does, and the mail that it came in.

    The fields of the mail are "" where there is none; `number` is that of its series, 0 outside.
    """

    name: str
    subject: str
    files: tuple[FileDiff, ...]
    text: bytes
    number: int = 0
    version: int = 1
    message_id: str = ""
    references: str = ""
    sender: str = ""
    to: str = ""
    cc: str = ""
    date: str = ""


class Series(msgspec.Struct, frozen=True):
    """Patches in the order in which they apply, the base that they name, and what was left out."""

    patches: tuple[Patch, ...]
    base: str
    skipped: tuple[str, ...]


def read_series(repository: Repository, inputs: Sequence[tuple[str, bytes]]) -> Series:
    """The patches in some files, each given with its name; raises `GitError`.

    Cover letters, replies and superseded versions are skipped, by name.
    """
    patches: list[Patch] = []
    skipped: list[str] = []
    base = ""
    for name, data in inputs:
        for patch in _patches(repository, name, data):
            named = _BASE.search(patch.text)
            base = base or (named[1].decode() if named else "")
            reason = _why_not(patch)
            if reason:
                skipped.append(f"{patch.subject or patch.name}: {reason}")
            else:
                patches.append(patch)
    newest = max((patch.version for patch in patches), default=1)
    old = [patch for patch in patches if patch.version < newest]
    skipped += [f"{patch.subject}: superseded by version {newest}" for patch in old]
    return Series(_ordered([p for p in patches if p.version == newest]), base, tuple(skipped))


def _patches(repository: Repository, name: str, data: bytes) -> list[Patch]:
    if not _HEADER.match(data):
        return [Patch(name, "", file_diffs(data), data)]
    with tempfile.TemporaryDirectory(dir=repository.private) as directory:
        repository.run("mailsplit", "-b", f"-o{directory}", stdin=data)
        mails = [path.read_bytes() for path in sorted(Path(directory).iterdir())]
    return [_patch(repository, name, mail) for mail in mails]


def _patch(repository: Repository, name: str, mail: bytes) -> Patch:
    with tempfile.TemporaryDirectory(dir=repository.private) as directory:
        message, diff = Path(directory) / "message", Path(directory) / "patch"
        repository.run("mailinfo", str(message), str(diff), stdin=mail)
        text, patch = message.read_bytes(), diff.read_bytes()
    headers = BytesParser(policy=policy.default).parsebytes(mail, headersonly=True)
    subject = _header(headers, "Subject")
    tags = " ".join(_TAG.findall(subject))
    number, version = _NUMBER.search(tags), _VERSION.search(tags)
    return Patch(
        name=name,
        subject=subject,
        files=file_diffs(patch),
        text=text + b"\n" + patch,
        number=int(number[1]) if number else 0,
        version=int(version[1]) if version else 1,
        message_id=_header(headers, "Message-ID"),
        references=_header(headers, "References") or _header(headers, "In-Reply-To"),
        sender=_header(headers, "From"),
        to=_header(headers, "To"),
        cc=_header(headers, "Cc"),
        date=_header(headers, "Date"),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        value = message.get(name, "")
    except (ValueError, LookupError, AttributeError, TypeError, IndexError):
        # The parser of headers gives up on some that nobody should have written.
        return ""
    return " ".join(str(value).split())


def _why_not(patch: Patch) -> str:
    if _REPLY.match(patch.subject):
        return "a reply"
    return "" if patch.files else "no patch in it"


def _ordered(patches: list[Patch]) -> tuple[Patch, ...]:
    numbers = [patch.number for patch in patches]
    if all(numbers) and len(set(numbers)) == len(numbers):
        return tuple(sorted(patches, key=lambda patch: patch.number))
    return tuple(patches)
