"""Who a finding is, so that it stays the same one when the lines above it change."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mmlint.model import Finding

_DIGITS = 16
_SPACE = re.compile(r"\s+")
_NEEDLESS = re.compile(r" ?([^\w ]) ?")


def with_fingerprints(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The same findings in the same order, each with its fingerprint.

    It is made of rule, path, function and normalised statement. Twins, which share all four, are
    counted from the top of the file, so that it takes a new twin above one to rename it.
    """
    given = tuple(findings)
    twins: Counter[tuple[str, ...]] = Counter()
    names: dict[int, str] = {}
    for index in sorted(range(len(given)), key=lambda index: given[index].span):
        identity = _identity(given[index])
        names[index] = _digest((*identity, str(twins[identity])))
        twins[identity] += 1
    return tuple(
        msgspec.structs.replace(finding, fingerprint=names[index])
        for index, finding in enumerate(given)
    )


def normalised(statement: str) -> str:
    """`statement` without the white space that C does not need."""
    return _NEEDLESS.sub(r"\1", _SPACE.sub(" ", statement)).strip()


def _identity(finding: Finding) -> tuple[str, ...]:
    return (finding.rule, finding.span.path, finding.function, normalised(finding.statement))


def _digest(parts: tuple[str, ...]) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:_DIGITS]
