"""All that a rule may import: the case it judges and the verdict it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mmlint.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Case", "Incident", "Severity", "Verdict"]


class Case(msgspec.Struct, frozen=True):
    """One way on which a need stays open.

    `subject` is the value as the source spells it and `name` the conversion, question or use;
    `how` says what touches the page. `origin` is the strongest kind of origin (``outside``,
    ``span``, ``device``, ``entry``, ``held``, ``contract``, ``safe``, ``unknown``), `origins` all
    of them, and `origin_text` what they are. `has` are the names of the facts that are known,
    `partly` of those that are only known on other paths, such as once a block. `walk` says that the
    PFN changes in a loop. `marks` are further observations: ``missing-null-test``, ``unplugged`` on
    an architecture without memory hotplug, and ``strict`` where that policy was asked for. `offers`
    says whether the tree has a function of some name.
    """

    subject: str
    name: str
    how: str
    origin: str
    origins: frozenset[str]
    origin_text: str
    has: frozenset[str]
    partly: frozenset[str]
    walk: bool
    marks: frozenset[str]
    offers: Callable[[str], bool]


class Incident(msgspec.Struct, frozen=True):
    """Something that the paths of a function show about a resource, a range or a span.

    `kind` says what, `subject` what it is about in words; `name` is the call that it stands at and
    `other` its counterpart. `marks` are further observations (a rule's docstring names its own),
    ``strict`` that the strict policy was asked for. `offers` as in `Case`.
    """

    kind: str
    subject: str
    name: str
    other: str
    marks: frozenset[str]
    offers: Callable[[str], bool]


class Verdict(msgspec.Struct, frozen=True):
    """What a rule says of a case: `lacks` is the evidence that is missing, `fix` what to write."""

    kind: str
    severity: Severity
    message: str
    lacks: str
    fix: str
