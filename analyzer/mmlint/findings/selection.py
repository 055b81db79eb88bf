"""Which rules run, which findings are shown, and which make the run fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mmlint.model import Finding, RuleInfo, Run, Severity


class Named(Protocol):
    """Whatever stands for a rule here."""

    @property
    def info(self) -> RuleInfo:
        """What reports say of it."""


RuleT = TypeVar("RuleT", bound=Named)


class UnknownRule(Exception):
    """A rule is named that does not exist; the text offers names that are close to it."""


def chosen(
    rules: Sequence[RuleT], select: Sequence[str], ignore: Sequence[str], extra: Sequence[str] = ()
) -> tuple[RuleT, ...]:
    """Those of `rules` that are in `select` (all, if that is empty) and not in `ignore`.

    `extra` are names that may be given but stand for none of `rules`. Raises `UnknownRule`.
    """
    known = [rule.info.name for rule in rules]
    for name in (*select, *ignore):
        if name not in known and name not in extra:
            raise UnknownRule(f"no rule is called {name!r}: {nearest(name, [*known, *extra])}")
    return tuple(
        rule
        for rule in rules
        if (not select or rule.info.name in select) and rule.info.name not in ignore
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """What to offer to somebody who wrote `name`: `did you mean ...?`, or all there is."""
    import difflib

    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=2)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"there are {', '.join(names)}" if names else "there are none"


def shown(run: Run, severity: Severity, ignore: Sequence[str] = ()) -> Run:
    """`run` with only the findings of at least `severity` whose rule is not in `ignore`."""
    kept = tuple(f for f in run.findings if f.severity >= severity and f.rule not in ignore)
    return msgspec.structs.replace(run, findings=kept)


def failing(findings: Iterable[Finding], fail_on: Severity) -> bool:
    """Whether one of `findings` is of at least `fail_on` and not suppressed."""
    return any(f.severity >= fail_on and f.suppressed is None for f in findings)
