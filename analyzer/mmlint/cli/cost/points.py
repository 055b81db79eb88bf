"""The functions at which a run is watched, and how they are."""

from __future__ import annotations

import contextlib
import functools
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Point(NamedTuple):
    """The function or method `name` of a module; what it does by itself is of this `stage`."""

    stage: str
    module: str
    name: str


POINTS = (
    Point("rules and knowledge", "mmlint.cli.analysis", "load"),
    Point("rules and knowledge", "mmlint.cli.analysis", "load_rows"),
    Point("cache", "mmlint.recall", "Recall.result"),
    Point("cache", "mmlint.recall", "Recall.continued"),
    Point("list files", "mmlint.source.tree", "Tree.files"),
    Point("read files", "mmlint.source.tree", "Tree.read"),
    Point("search", "mmlint.source.lookup", "WordIndex.look_up"),
    Point("search", "mmlint.callgraph.program", "Program.macros_naming"),
    Point("macros", "mmlint.syntax.macros", "MacroTable.add"),
    Point("outline", "mmlint.callgraph.outlines", "outline"),
    Point("parse", "mmlint.callgraph.outlines", "parse_function"),
    Point("parse", "mmlint.callgraph.outlines", "parse_macro"),
    Point("callers", "mmlint.dataflow.reaching", "Callers.reach"),
    Point("callers", "mmlint.callgraph.uses", "Uses.references"),
    Point("lower", "mmlint.dataflow.whole", "Analyses.graph"),
    Point("dataflow", "mmlint.dataflow.whole", "Analyses.of"),
    Point("climb", "mmlint.dataflow.climb", "Climb.paths"),
    Point("climb", "mmlint.dataflow.climb", "Climb.confirmed"),
    Point("typestate", "mmlint.dataflow.typestate.contracts", "Contracts.run"),
    Point("typestate", "mmlint.dataflow.typestate.contracts", "Contracts.run_after"),
    Point("typestate", "mmlint.dataflow.typestate.contracts", "Contracts.breaches"),
    Point("typestate", "mmlint.dataflow.typestate.sheets", "Sheets.of"),
    Point("judge", "mmlint.judging", "Composer.candidate"),
    Point("judge", "mmlint.judging", "Composer.incident"),
    Point("suppressions", "mmlint.findings.suppressions", "apply"),
    Point("report", "mmlint.cli.reporting", "report"),
)
"""In the order in which a run comes to them."""


def question_of(point: Point, arguments: Sequence[Any]) -> str:
    """What is asked about the contracts of functions at this point; "" at another one."""
    of, _, name = point.name.partition(".")
    if of != "Contracts":
        return ""
    return str(arguments[1]) if name == "breaches" else "pairs"


class Observer(Protocol):
    """Is told what happens at the points, each call before it begins and when it is over."""

    def begins(self, point: Point, arguments: Sequence[Any]) -> None:
        """The function of `point` is called."""

    def ends(self, point: Point, arguments: Sequence[Any], result: object) -> None:
        """It has returned `result`, or None where it raised an exception."""


@contextlib.contextmanager
def watched(observers: Sequence[Observer]) -> Iterator[None]:
    """Tell `observers` what happens, in this process; without any, nothing is touched."""
    with contextlib.ExitStack() as undo:
        for point in POINTS if observers else ():
            owner, name = owner_of(point)
            function = getattr(owner, name)
            setattr(owner, name, _told(function, point, observers))
            undo.callback(setattr, owner, name, function)
        yield


def owner_of(point: Point) -> tuple[Any, str]:
    """The module or class that has the function of a point, and its name there."""
    *outer, name = point.name.split(".")
    return functools.reduce(getattr, outer, import_module(point.module)), name


def _told(
    function: Callable[_P, _R], point: Point, observers: Sequence[Observer]
) -> Callable[_P, _R]:
    @functools.wraps(function)
    def told(*arguments: _P.args, **named: _P.kwargs) -> _R:
        for observer in observers:
            observer.begins(point, arguments)
        result: _R | None = None
        try:
            result = function(*arguments, **named)
            return result
        finally:
            for observer in observers:
                observer.ends(point, arguments, result)

    return told
