"""Opening a tree for questions about its call graph, and saying what the answers lack."""

from __future__ import annotations

import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from mmlint.callgraph.places import DEFAULT_ARCHITECTURE, UnknownArchitecture, architecture
from mmlint.callgraph.program import Program
from mmlint.callgraph.queries import UnknownName, find
from mmlint.cli.caching import recalled
from mmlint.cli.failure import CLEAN, INCOMPLETE, InputError
from mmlint.cli.memory import never_collect
from mmlint.cli.options import processes
from mmlint.cli.progress import progress
from mmlint.cli.scope import chosen_scope, default_scope, find_tree
from mmlint.model import NotAnalysed, TreeInfo
from mmlint.report.excerpts import readable
from mmlint.report.graph.json_ import Known
from mmlint.report.text import counted
from mmlint.settings import SettingsError, load_settings
from mmlint.source.config import ConfigError, read_configuration
from mmlint.workers import ending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mmlint.callgraph.explorer import TreeExplorer
    from mmlint.callgraph.graph import Export, GraphNode, Listed
    from mmlint.cli.graph.options import Reading
    from mmlint.source.config import Configuration
    from mmlint.source.tree import Tree

AnswerT = TypeVar("AnswerT")
ReadingT = TypeVar("ReadingT", bound="Reading")

_OF_SIGNALS = 128
"""What a shell adds to the number of the signal that ended a process."""


class Session(msgspec.Struct, frozen=True):
    """A program that can be asked, and what of its scope was not even listed."""

    tree: Tree
    program: Program
    unlisted: tuple[NotAnalysed, ...]
    reading: Reading
    say: Callable[[str], None]
    """Shows what takes a while."""

    @property
    def known(self) -> Known:
        """The tree, and all that was not analysed until now."""
        return self.known_with(())

    def known_with(self, others: Iterable[NotAnalysed]) -> Known:
        """The same with what `others` did not analyse."""
        tree = self.tree
        missing = (NotAnalysed(".", "", 0, text, in_scope=False) for text in tree.missing)
        gaps = sorted({*missing, *self.unlisted, *self.program.not_analysed, *others})
        return Known(TreeInfo(str(tree.root), tree.kernel_version, tree.missing), tuple(gaps))

    def explorer(self) -> TreeExplorer:
        """What answers questions about the whole tree."""
        from mmlint.callgraph.explorer import TreeExplorer

        arch = self.reading.arch or DEFAULT_ARCHITECTURE
        return TreeExplorer(self.program, self.tree, arch)


@contextlib.contextmanager
def scope_session(reading: Reading, paths: Sequence[str]) -> Iterator[Session]:
    """A session about the files at or below `paths`; raises `InputError`."""
    tree = find_tree(paths, reading.tree)
    try:
        configured = load_settings(tree.root).paths
    except SettingsError as error:
        raise InputError(error) from None
    scope = chosen_scope(paths, tree, reading.tree is not None, configured)
    with _session(reading, tree, scope) as session:
        yield session


@contextlib.contextmanager
def scope_graph(
    reading: Reading, paths: Sequence[str], jobs: int
) -> Iterator[tuple[Export[Listed], Known]]:
    """The graph of the files at or below `paths`, and what was not analysed; raises `InputError`.

    That of many files is on disk as long as the context lasts. `jobs` is how many processes read
    them, 0 for one a processor.
    """
    with scope_session(reading, paths) as session, _exported(session, jobs) as found:
        known = session.known_with(found.not_analysed)
        yield msgspec.structs.replace(found, not_analysed=known.not_analysed), known


@contextlib.contextmanager
def _exported(session: Session, jobs: int) -> Iterator[Export[Listed]]:
    from mmlint.callgraph.whole import MOST_AT_ONCE

    if len(session.program.scope) <= MOST_AT_ONCE:
        from mmlint.callgraph.export import export

        yield export(session.program)
        return
    from mmlint.callgraph.spool import Spool, SpoolError
    from mmlint.callgraph.whole import Unfinished, export_in_parts

    try:
        with _ending_orderly(), Spool() as spool:
            yield export_in_parts(session.program, spool, processes(jobs), session.say)
    except (SpoolError, Unfinished) as error:
        raise InputError(error) from None


@contextlib.contextmanager
def _ending_orderly() -> Iterator[None]:
    """Let a signal end this so that nothing of it stays on disk, nor its processes."""

    def end(number: int, _: object) -> None:
        raise SystemExit(_OF_SIGNALS + number)

    before = {number: signal.signal(number, end) for number in ending()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def answered(
    reading: Reading,
    kind: type[AnswerT],
    parts: Iterable[object],
    ask: Callable[[TreeExplorer], AnswerT],
) -> tuple[AnswerT, Known]:
    """What `ask` finds out about a whole tree, or found out before, and what was not analysed.

    The answer is a `kind`, and depends on `parts` and the tree only. Raises `InputError`.
    """
    tree = find_tree((), reading.tree)
    scope = () if tree.kernel_version else default_scope(tree)

    def compute(asked: Tree) -> tuple[AnswerT, Known]:
        with _session(reading, asked, scope) as session:
            answer = ask(session.explorer())
            return answer, session.known

    of = (*parts, scope, reading.arch, repr(_configuration(reading)))
    answer, known = recalled(tree, tuple[kind, Known], compute, of)  # type: ignore[valid-type]
    here = TreeInfo(str(tree.root), tree.kernel_version, tree.missing)
    return answer, msgspec.structs.replace(known, tree=here)


def reading_for(reading: ReadingT, *names: str) -> ReadingT:
    """The same, for the architecture of a file that one of `names` gives if none is asked for."""
    arch = next(filter(None, map(architecture, names)), DEFAULT_ARCHITECTURE)
    if reading.arch is not None or arch == DEFAULT_ARCHITECTURE:
        return reading
    return msgspec.structs.replace(reading, arch=arch)


def find_nodes(explorer: TreeExplorer, name: str) -> tuple[GraphNode, ...]:
    """The nodes that `name` stands for; raises `InputError`."""
    try:
        return find(explorer, name)
    except UnknownName as error:
        raise InputError(error) from None


def ended(reading: Reading, known: Known, *, complete: bool = True) -> int:
    """Say on standard error what was not analysed; returns the exit status."""
    gaps = known.not_analysed
    if reading.verbose:
        for gap in gaps:
            click.echo(_described(gap), err=True)
    missed = [gap for gap in gaps if gap.in_scope]
    others = [gap for gap in gaps if not gap.in_scope]
    if gaps:
        told = [
            f"not {what}: {_places(some)}"
            for what, some in (("analysed", missed), ("consulted", others))
            if some
        ]
        severity = "warning" if missed else "note"
        hint = "" if reading.verbose else " (--verbose lists them)"
        click.echo(f"mmlint: {severity}: {'; '.join(told)}{hint}", err=True)
    return INCOMPLETE if missed or not complete else CLEAN


def draws_boxes() -> bool:
    """Whether standard output can take the characters that boxes are drawn with."""
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


@contextlib.contextmanager
def _session(reading: Reading, tree: Tree, scope: Sequence[str]) -> Iterator[Session]:
    files, unlisted = tree.files(scope) if scope else ([], [])
    never_collect()
    with progress(wanted=True) as say:
        configuration = _configuration(reading)
        try:
            program = Program(tree, files, say, configuration=configuration, arch=reading.arch)
        except UnknownArchitecture as error:
            raise InputError(error) from None
        yield Session(tree, program, tuple(unlisted), reading, say or (lambda _: None))


def _configuration(reading: Reading) -> Configuration | None:
    try:
        return read_configuration(Path(reading.config)) if reading.config else None
    except ConfigError as error:
        raise InputError(error) from None


def _places(gaps: Sequence[NotAnalysed]) -> str:
    files = counted(len({gap.path for gap in gaps}), "file")
    return f"{counted(len(gaps), 'place')} in {files}"


def _described(gap: NotAnalysed) -> str:
    place = readable(gap.path) + (f":{gap.line}" if gap.line else "")
    function = f"{gap.function}(): " if gap.function else ""
    what = "not analysed" if gap.in_scope else "not consulted"
    return f"{place}: {what}: {function}{readable(gap.reason)}"
