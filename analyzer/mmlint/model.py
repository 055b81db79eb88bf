"""Values that travel between the stages: positions, findings and the result of a run.

Everything here is frozen and slotted. Line and column numbers count from 1, as a compiler prints
them; columns count bytes of the source line, not screen cells.
"""

from __future__ import annotations

import enum

import msgspec


class Severity(enum.IntEnum):
    """How much a finding claims; the order is the order of `--severity` and `--fail-on`.

    ``NOTE`` is weak evidence or documented best effort and is hidden unless asked for; ``WARNING``
    says that the contract is not shown to hold; ``ERROR`` says that a path is shown on which it is
    broken.
    """

    NOTE = 0
    WARNING = 1
    ERROR = 2

    @property
    def label(self) -> str:
        """The word that reports print."""
        return self.name.lower()

    @classmethod
    def parse(cls, text: str) -> Severity:
        """The severity called `text`; raises `ValueError` when there is none."""
        try:
            return cls[text.upper()]
        except KeyError:
            raise ValueError(f"no severity is called {text!r}: error, warning, note") from None


class Span(msgspec.Struct, frozen=True, order=True):
    """A stretch of one file; `end_column` is one past the last byte."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


class Step(msgspec.Struct, frozen=True):
    """One line of a finding's evidence, at a place in the source.

    `label` is the short word in the margin of the text report (``pfn``, ``has``, ``page``,
    ``lacks``, ``from``, ...); `text` says it in a sentence.
    """

    path: str
    line: int
    column: int
    function: str
    label: str
    text: str


class SuppressedBy(msgspec.Struct, frozen=True):
    """What silenced a finding: the comment, or the line of a file, at `path`:`line`.

    `kind` is ``allow``, ``allow-function`` or ``allow-file`` for a comment, ``file`` for an entry
    of a file of suppressions, ``baseline`` for one of a baseline.
    """

    kind: str
    reason: str
    path: str
    line: int


class Change(msgspec.Struct, frozen=True):
    """How a finding relates to what was there before: `kind` is new, removed or unchanged.

    `commit` is the object name of the commit that is judged by itself, "" where there is none;
    `number` counts the commits or patches of a series from 1, 0 where it is not judged one by one.
    """

    kind: str
    commit: str = ""
    number: int = 0


class Finding(msgspec.Struct, frozen=True):
    """One broken contract, with everything a reader needs to agree or disagree.

    `message` names the value, `steps` say where the value came from, which check it had and which
    it lacks, `fix` what to write instead. `statement` is the source text of the expression that is
    reported, white space folded; the fingerprint is made of it and never of the line number.
    """

    rule: str
    kind: str
    severity: Severity
    span: Span
    function: str
    message: str
    steps: tuple[Step, ...]
    fix: str
    statement: str
    fingerprint: str = ""
    suppressed: SuppressedBy | None = None
    change: Change | None = None


class NotAnalysed(msgspec.Struct, frozen=True, order=True):
    """Something in scope that was not looked at, or not to the end: never silently clean.

    `function` is empty and `line` 0 when a whole file is meant. `in_scope` is false for files that
    were only consulted (callers, definitions): they do not make the run incomplete.
    """

    path: str
    function: str
    line: int
    reason: str
    in_scope: bool = True


class Analysed(msgspec.Struct, frozen=True):
    """How much was read: C files in scope, functions followed, lines of the files in scope."""

    files: int
    functions: int
    lines: int


class TreeInfo(msgspec.Struct, frozen=True):
    """The tree that was analysed; `kernel_version` is None where no kernel Makefile was found.

    `revision` is what the user calls the commit whose tree it is, "" for a directory.
    """

    root: str
    kernel_version: str | None
    missing: tuple[str, ...] = ()
    revision: str = ""


class RuleInfo(msgspec.Struct, frozen=True):
    """A rule as reports name it: `summary` is the first line of its docstring, `doc` all of it."""

    name: str
    summary: str
    doc: str


class Run(msgspec.Struct, frozen=True):
    """The whole result of `check`: what every report is a pure function of."""

    version: str
    tree: TreeInfo
    rules: tuple[RuleInfo, ...]
    findings: tuple[Finding, ...]
    analysed: Analysed
    not_analysed: tuple[NotAnalysed, ...]
