"""Graphs of parts on disk: all of them together would not fit into memory."""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from mmlint.callgraph.graph import CallGraph
    from mmlint.callgraph.growing import CallingSite
    from mmlint.callgraph.indirect import Target


class SpoolError(Exception):
    """There is no room for the graph on disk; the message says where and why, in a line."""


class Spool:
    """A directory that ends with the run, with the graphs of parts and their indirect calls.

    It is where the environment wants temporary files. Raises `SpoolError`.
    """

    def __init__(self) -> None:
        try:
            self._directory = tempfile.TemporaryDirectory(prefix="mmlint-graph-")
        except OSError as error:
            raise _no_room(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._directory.cleanup()

    def put_graph(self, part: int, graph: CallGraph) -> None:
        """Keep the graph of a part, in place of an earlier one."""
        self._put(f"{part}.graph", graph)

    def graph(self, part: int) -> CallGraph:
        """The graph of a part."""
        found: CallGraph = self._get(f"{part}.graph")
        return found

    def put_sites(self, part: int, sites: list[CallingSite]) -> None:
        """Keep the indirect calls of a part."""
        self._put(f"{part}.sites", sites)

    def sites(self, part: int) -> list[CallingSite]:
        """The indirect calls of a part."""
        found: list[CallingSite] = self._get(f"{part}.sites")
        return found

    def put_targets(self, part: int, targets: list[tuple[Target, ...]]) -> None:
        """Keep what the indirect calls of a part may call, for each of them."""
        self._put(f"{part}.targets", targets)

    def targets(self, part: int) -> list[tuple[Target, ...]]:
        """What the indirect calls of a part may call."""
        found: list[tuple[Target, ...]] = self._get(f"{part}.targets")
        return found

    def _put(self, name: str, value: object) -> None:
        try:
            with (Path(self._directory.name) / name).open("wb") as file:
                pickle.dump(value, file, pickle.HIGHEST_PROTOCOL)
        except OSError as error:
            raise _no_room(error) from None

    def _get(self, name: str) -> Any:  # noqa: ANN401 - what was put there
        with (Path(self._directory.name) / name).open("rb") as file:
            return pickle.load(file)


def _no_room(error: OSError) -> SpoolError:
    where = tempfile.gettempdir()
    reason = (error.strerror or str(error)).lower()
    return SpoolError(f"cannot keep the graph in {where}: {reason}; TMPDIR names another directory")
