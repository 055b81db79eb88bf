"""The numbers of a call graph and the calls that lead nowhere, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmlint.report.excerpts import readable
from mmlint.report.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mmlint.callgraph.graph import Export, Listed, UnresolvedCall
    from mmlint.callgraph.stats import Fan, Stats
    from mmlint.report.text import Line

_LABEL = 24
_NUMBER = 9


def unresolved_lines(export: Export[Listed]) -> Iterator[Line]:
    """Each call without a target, and how many there are."""
    for call in sorted(export.unresolved, key=lambda call: (call.path, call.line)):
        place = f"{readable(call.path)}:{call.line}: "
        yield ((place, "place"), (f"{call.function}(): ", ""), (_nowhere(call), ""))
    calls = counted(len(export.unresolved), "call")
    read = f"{counted(export.functions, 'function')} of {counted(export.files, 'file')}"
    yield ((f"{calls} without a known target in {read}", "summary"),)


def stats_lines(stats: Stats) -> Iterator[Line]:
    """A table of numbers, and the nodes with most callers and callees."""
    yield _number("files", stats.files)
    yield _number("functions in them", stats.functions)
    yield ()
    yield _number("nodes", sum(stats.nodes.values()), "summary")
    for kind, number in stats.nodes.items():
        yield _number(f"  {kind}", number)
    yield _number("  without definition", stats.external)
    yield _number("edges", sum(stats.edges.values()), "summary")
    for kind, number in stats.edges.items():
        yield _number(f"  {kind}", number)
    yield _number("  under a condition", stats.conditional)
    yield ()
    yield _number("calls without target", sum(stats.unresolved.values()), "summary")
    for form, number in stats.unresolved.items():
        yield _number(f"  {form}", number)
    yield _number("not understood", stats.error_nodes)
    yield _number("not analysed", stats.not_analysed)
    yield from _fans("functions with most callers", stats.most_called)
    yield from _fans("functions with most callees", stats.most_calling)


def _nowhere(call: UnresolvedCall) -> str:
    if call.field:
        return f"no target is known of {call.structure or '(unknown structure)'}.{call.field}"
    return f"no target is known of the {call.form} {call.name}".rstrip()


def _number(label: str, number: int, style: str = "") -> Line:
    return ((f"{label:<{_LABEL}}{number:>{_NUMBER},}", style),)


def _fans(title: str, fans: Sequence[Fan]) -> Iterator[Line]:
    if not fans:
        return
    yield ()
    yield ((title, "summary"),)
    width = max(len(fan.node.name) for fan in fans)
    for fan in fans:
        node = fan.node
        place = f"{readable(node.path)}:{node.line}" if node.path else "no definition"
        yield ((f"{fan.count:>{_NUMBER},}  {node.name:<{width}}  ", ""), (place, "dim"))
