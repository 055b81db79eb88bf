"""The report for people: like a compiler's, with the evidence below each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mmlint.model import Severity
from mmlint.report.excerpts import Excerpts, columns, readable
from mmlint.report.sections import Section, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mmlint.model import Finding, NotAnalysed, Run, Step

Piece = tuple[str, str]
"""Some text and the name of its style, "" for none."""
Line = tuple[Piece, ...]

_TAB = 8
_NUMBER_WIDTH = 5
_GAP = 3
_WIDEST_STEP = 76


class TextOptions(msgspec.Struct, frozen=True):
    """How much is printed.

    `quiet` leaves the evidence out, `verbose` adds what was suppressed and what could not be
    consulted. `hidden` is the number of findings below the severity that is shown. Of a comparison
    (`compared`) new findings are printed, and those that were `removed` if that is wanted.
    """

    quiet: bool = False
    verbose: bool = False
    hidden: int = 0
    compared: bool = False
    removed: bool = False


_DEFAULT = TextOptions()


def render(run: Run, sources: Callable[[str], bytes], options: TextOptions = _DEFAULT) -> str:
    """The report without any style."""
    return plain(lines_of(run, sources, options))


def plain(lines: Iterable[Line]) -> str:
    """Lines without their styles."""
    texts = ("".join(text for text, _ in line) for line in lines)
    return "".join(f"{text.rstrip()}\n" for text in texts)


def lines_of(run: Run, sources: Callable[[str], bytes], options: TextOptions) -> Iterator[Line]:
    """The report line by line, each as pieces of text with the name of their style."""
    return sectioned_lines((Section("", run, sources),), options)


def sectioned_lines(sections: Sequence[Section], options: TextOptions) -> Iterator[Line]:
    """The report on several states of a tree: each under its title, one summary for all."""
    for section in sections:
        if section.title:
            yield ((readable(section.title), "place"),)
        yield from _findings(section.run.findings, Excerpts(section.sources), options)
    run = merged(sections)
    for gap in run.not_analysed:
        if gap.in_scope or options.verbose:
            yield _gap(gap)
    for sentence in run.tree.missing:
        yield (("note: ", "note"), (readable(sentence), ""))
    yield ((_summary(run, options), "summary"),)


def _findings(
    findings: Iterable[Finding], excerpts: Excerpts, options: TextOptions
) -> Iterator[Line]:
    for finding in findings:
        if (finding.suppressed and not options.verbose) or not _is_shown(finding, options):
            continue
        yield _headline(finding)
        if not options.quiet:
            yield from _excerpt(finding, excerpts)
            yield from _evidence(finding)
            yield ()


def _is_shown(finding: Finding, options: TextOptions) -> bool:
    kind = finding.change.kind if finding.change else "new"
    return kind == "new" or (kind == "removed" and options.removed)


def _headline(finding: Finding) -> Line:
    span, label = finding.span, finding.severity.label
    place = f"{readable(span.path)}:{span.line}:{span.column}: "
    rest = f"{readable(finding.message)} [{finding.rule}]"
    if finding.change and finding.change.kind == "removed":
        return ((place, "dim"), (f"removed {label}: ", "dim"), (rest, "dim"))
    if finding.suppressed is None:
        return ((place, "place"), (f"{label}: ", label), (rest, "message"))
    by = finding.suppressed
    why = f" (suppressed at {readable(by.path)}:{by.line}: {readable(by.reason)})"
    return ((place, "place"), (f"{label}: ", "dim"), (rest + why, "dim"))


def _excerpt(finding: Finding, excerpts: Excerpts) -> Iterator[Line]:
    span = finding.span
    raw = excerpts.line(span.path, span.line)
    if raw is None:
        return
    width = max(_NUMBER_WIDTH, len(str(span.line)))
    stop = span.end_column - 1 if span.end_line == span.line else len(raw.rstrip())
    indent = columns(_screen(raw[: span.column - 1]))
    length = max(columns(_screen(raw[:stop])) - indent, 1)
    yield ((f"{span.line:>{width}} | ", "margin"), (_screen(raw).rstrip(), ""))
    yield (
        (f"{'':>{width}} | ", "margin"),
        (" " * indent, ""),
        ("^" + "~" * (length - 1), "caret"),
    )


def _screen(raw: bytes) -> str:
    text = raw.decode("utf-8", "backslashreplace").expandtabs(_TAB)
    return readable(text)


def _evidence(finding: Finding) -> Iterator[Line]:
    rows = [(label, readable(text), _places(steps)) for label, text, steps in _grouped(finding)]
    labels = [label for label, _, _ in rows] + ["fix"]
    margin = max(len(label) for label in labels) + 2
    placed = [len(text) for _, text, places in rows if places and len(text) <= _WIDEST_STEP]
    width = max(placed, default=0) + _GAP
    for label, text, places in rows:
        piece = f"{text:<{width}}" if len(text) <= width else text + " " * _GAP
        yield (
            (f"  {label:<{margin}}", "label"),
            (piece if places else text, ""),
            (places, "place"),
        )
    if finding.fix:
        yield ((f"  {'fix':<{margin}}", "label"), (readable(finding.fix), "fix"))


def _grouped(finding: Finding) -> Iterator[tuple[str, str, list[Step]]]:
    """The steps, those in a row that say the same at several places as one."""
    group: list[Step] = []
    for step in finding.steps:
        if group and (group[0].label, group[0].text) != (step.label, step.text):
            yield group[0].label, group[0].text, group
            group = []
        group.append(step)
    if group:
        yield group[0].label, group[0].text, group


def _places(steps: Iterable[Step]) -> str:
    places: list[str] = []
    path = ""
    for step in steps:
        if step.line:
            place = str(step.line) if step.path == path else f"{readable(step.path)}:{step.line}"
            path = step.path
            if place not in places:
                places.append(place)
    return ", ".join(places)


def _gap(gap: NotAnalysed) -> Line:
    place = readable(gap.path) + (f":{gap.line}" if gap.line else "")
    function = f"{gap.function}(): " if gap.function else ""
    what = "not analysed" if gap.in_scope else "not consulted"
    return (
        (f"{place}: ", "place"),
        (f"{what}: ", "warning"),
        (function + readable(gap.reason), ""),
    )


def _summary(run: Run, options: TextOptions) -> str:
    analysed = run.analysed
    kernel = f" of Linux {run.tree.kernel_version}" if run.tree.kernel_version else ""
    gaps = sum(gap.in_scope for gap in run.not_analysed)
    consulted = len(run.not_analysed) - gaps
    return (
        f"{_compared(run, options) if options.compared else _found(run.findings, options.hidden)}; "
        f"analysed {counted(analysed.files, 'file')}, "
        f"{counted(analysed.functions, 'function')}, {counted(analysed.lines, 'line')}{kernel}; "
        f"not analysed: {gaps or 'nothing'}"
        + (f"; not consulted: {consulted}" if consulted else "")
    )


def _compared(run: Run, options: TextOptions) -> str:
    """What a comparison found, in words."""
    by_kind = {
        kind: [f for f in run.findings if f.change and f.change.kind == kind]
        for kind in ("new", "removed", "unchanged")
    }
    new = _found(by_kind["new"], options.hidden)
    if not any(f.suppressed is None for f in by_kind["new"]):
        new = new.replace("no findings", "nothing new")
    else:
        new = f"new: {new}"
    return f"{new}; removed: {len(by_kind['removed'])}; unchanged: {len(by_kind['unchanged'])}"


def _found(findings: Iterable[Finding], hidden: int) -> str:
    given = tuple(findings)
    counts = [
        counted(number, severity.label)
        for severity in sorted(Severity, reverse=True)
        if (number := sum(f.severity == severity and f.suppressed is None for f in given))
    ]
    aside = []
    if suppressed := sum(f.suppressed is not None for f in given):
        aside.append(f"{suppressed} suppressed")
    if hidden:
        aside.append(f"{hidden} below the severity shown")
    return (", ".join(counts) or "no findings") + (f" ({', '.join(aside)})" if aside else "")


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where English has it."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
