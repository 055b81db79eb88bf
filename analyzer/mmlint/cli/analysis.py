"""Analysing a tree as a command line and the settings of the tree ask for it."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mmlint.cli.caching import Recording, checked_again
from mmlint.cli.failure import CLEAN, FINDINGS, INCOMPLETE, InputError
from mmlint.cli.memory import never_collect
from mmlint.cli.options import names, processes
from mmlint.cli.packages import load, load_rows
from mmlint.cli.progress import progress
from mmlint.cli.scope import is_inside
from mmlint.findings.directives import RULE
from mmlint.findings.selection import UnknownRule, chosen, failing, shown
from mmlint.model import Run, Severity, TreeInfo
from mmlint.source.tree import Unreadable
from mmlint.source.walk import why

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mmlint.cli.options import Options
    from mmlint.discovery import LoadedRule
    from mmlint.engine import Checked
    from mmlint.findings.baseline import Entry
    from mmlint.findings.elsewhere import AllowedAt
    from mmlint.model import Finding
    from mmlint.recall import After
    from mmlint.settings import Settings
    from mmlint.source.config import Configuration
    from mmlint.source.tree import Tree


class Analysis(msgspec.Struct, frozen=True):
    """All that is the same for every state of a tree that one command looks at.

    `origin` is the name of the baseline, "" where there is none.
    """

    options: Options
    settings: Settings
    rules: tuple[LoadedRule, ...]
    known_rules: tuple[str, ...]
    configuration: Configuration | None
    allowed: tuple[AllowedAt, ...]
    baseline: tuple[Entry, ...]
    origin: str

    @property
    def ignored(self) -> tuple[str, ...]:
        """The rules that are not to be reported."""
        return names(self.options.ignore) or self.settings.ignore

    @property
    def severity(self) -> Severity:
        """The least that is shown."""
        return Severity.parse(self.options.severity or self.settings.severity)

    @property
    def fail_on(self) -> Severity:
        """The least that makes the exit status say so."""
        return Severity.parse(self.options.fail_on or self.settings.fail_on)

    def run(self, tree: Tree, paths: tuple[str, ...], after: After | None = None) -> Run:
        """The findings of all severities, suppressed ones marked; raises `InputError`.

        `after` says of which tree this is a later state.
        """
        rules = tuple(rule.info.name for rule in self.rules)
        of = (rules, self.known_rules, repr(self.configuration), self._arch, self._strict)
        found = checked_again(
            tree,
            lambda asked, recording: self._checked(asked, paths, recording),
            ("check", *of),
            self.options.package,
            paths,
            after,
        )
        here = TreeInfo(str(tree.root), tree.kernel_version, tree.missing, tree.label)
        run = msgspec.structs.replace(found, tree=here)
        return shown(self._suppressed(run, paths), Severity.NOTE, self.ignored)

    def status(self, run: Run, judged: Iterable[Finding]) -> int:
        """The exit status of a command whose findings are `judged` and whose gaps `run` has."""
        if any(gap.in_scope for gap in run.not_analysed):
            return INCOMPLETE
        return FINDINGS if failing(judged, self.fail_on) else CLEAN

    @property
    def _arch(self) -> str | None:
        return self.options.arch or self.settings.arch

    @property
    def _strict(self) -> bool:
        return self.options.policy == "strict"

    def _checked(self, tree: Tree, paths: tuple[str, ...], recording: Recording) -> Checked:
        from mmlint.callgraph.places import UnknownArchitecture
        from mmlint.engine import CheckRequest, checked

        never_collect()
        with progress(wanted=not self.options.quiet) as say:
            try:
                request = CheckRequest(
                    tree,
                    paths,
                    self.rules,
                    load_rows(self.options.package),
                    say,
                    self.known_rules,
                    self.configuration,
                    self._arch,
                    self._strict,
                    processes(self.options.jobs),
                    recording.wanted,
                    recording.earlier,
                )
                return checked(request)
            except UnknownArchitecture as error:
                raise InputError(error) from None

    def _suppressed(self, run: Run, paths: tuple[str, ...]) -> Run:
        """`run` with what the files of suppressions and the baseline say."""
        if not (self.allowed or self.origin):
            return run
        from mmlint.findings import baseline, elsewhere

        findings, used = elsewhere.applied(run.findings, self.allowed)
        findings = baseline.applied(findings, self.baseline, self.origin)
        judged = {rule.info.name for rule in self.rules}
        unused = [
            entry
            for entry in self.allowed
            if _is_judged(entry.allowed.rule, entry.allowed.path, judged, paths)
        ]
        stale = baseline.stale(
            findings, self.baseline, lambda e: _is_judged(e.rule, e.path, judged, paths)
        )
        known = {*self.known_rules, RULE.name}
        more = elsewhere.complaints([*unused, *self._unknown(known)], used, known)
        more += baseline.complaints(stale, self.origin)
        ordered = sorted((*findings, *more), key=lambda finding: (finding.span, finding.rule))
        return msgspec.structs.replace(run, findings=tuple(ordered))

    def _unknown(self, known: set[str]) -> list[AllowedAt]:
        return [entry for entry in self.allowed if entry.allowed.rule not in known]


def prepared(options: Options, settings: Settings, tree: Tree) -> Analysis:
    """What `options` and the `settings` of `tree` ask for; raises `InputError`."""
    selection = (
        names(options.select) or settings.select,
        names(options.ignore) or settings.ignore,
    )
    try:
        known = load(options.package)
        rules = chosen(known, *selection, extra=(RULE.name,))
    except UnknownRule as error:
        raise InputError(error) from None
    origin = options.baseline or settings.baseline or ""
    return Analysis(
        options,
        settings,
        rules,
        tuple(rule.info.name for rule in known),
        _configuration(options),
        _allowed(options, settings, tree),
        _baseline(options, settings, tree),
        origin,
    )


def limited(run: Run, most: int | None) -> tuple[Run, int]:
    """`run` with at most so many findings that are not suppressed, and how many were left out."""
    counted = [f for f in run.findings if f.suppressed is None]
    if most is None or len(counted) <= most:
        return run, 0
    dropped = {id(finding) for finding in counted[most:]}
    kept = tuple(finding for finding in run.findings if id(finding) not in dropped)
    return msgspec.structs.replace(run, findings=kept), len(dropped)


def read_file(path: str) -> str:
    """The text of a file that the command line names; raises `InputError`."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 ({error.reason})") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {why(error)}") from None


def _is_judged(rule: str, path: str, rules: set[str], scope: tuple[str, ...]) -> bool:
    """Whether a run of `rules` on `scope` could have found what an entry is about."""
    return rule in rules and (is_inside(path, scope) or not path)


def _configuration(options: Options) -> Configuration | None:
    from mmlint.source.config import ConfigError, read_configuration

    try:
        return read_configuration(Path(options.config)) if options.config else None
    except ConfigError as error:
        raise InputError(error) from None


def _allowed(options: Options, settings: Settings, tree: Tree) -> tuple[AllowedAt, ...]:
    files = [(name, read_file(name)) for name in options.suppressions]
    if not files:
        files = [(name, _read_own(name, tree)) for name in settings.suppressions]
    if not files:
        return ()
    from mmlint.findings import elsewhere

    try:
        return tuple(entry for name, text in files for entry in elsewhere.parse(text, name))
    except elsewhere.SuppressionFileError as error:
        raise InputError(error) from None


def _baseline(options: Options, settings: Settings, tree: Tree) -> tuple[Entry, ...]:
    if not (options.baseline or settings.baseline):
        return ()
    from mmlint.findings import baseline

    try:
        if options.baseline:
            return baseline.parse(read_file(options.baseline), options.baseline)
        if settings.baseline:
            return baseline.parse(_read_own(settings.baseline, tree), settings.baseline)
    except baseline.BaselineError as error:
        raise InputError(error) from None
    return ()


def _read_own(name: str, tree: Tree) -> str:
    """The text of a file that the settings of a tree name, which must be of that tree."""
    path = posixpath.normpath(name)
    if path.startswith(("../", "/")) or path == "..":
        raise InputError(f"{name}: the settings of a tree can only name files of that tree")
    try:
        return tree.read(path).decode(errors="replace")
    except Unreadable as error:
        raise InputError(error) from None
