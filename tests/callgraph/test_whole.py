"""The graph of many files, read in parts: the same as that of all at once."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.callgraph.indirect import OPS
from tests.callgraph.trees import program

from mmlint.callgraph import whole
from mmlint.callgraph.export import export
from mmlint.callgraph.graph import Export, Listed
from mmlint.callgraph.growing import GrowingGraph
from mmlint.callgraph.spool import Spool, SpoolError

USE = "int {0}(int x)\n{{\n\treturn {1};\n}}\n"
FILES = {
    "include/linux/h.h": OPS
    + "#define guarded(x) taken(x)\n#define AREA(n) int n##_area(void) { return area_of(); }\n"
    + "#ifdef CONFIG_FAR\nint far_one(int x);\n#else\n"
    + "static inline int far_one(int x)\n{\n\treturn 0;\n}\n#endif\n"
    + "static inline "
    + USE.format("quick", "guarded(x)"),
    "drivers/a/one.c": "#include <linux/h.h>\n"
    + USE.format("user", "quick(x) + far_one(x) + beside(x) + __builtin_it(x)")
    + "int use(struct ops *o)\n{\n\treturn o->open(1) + o->close(2);\n}\n",
    "drivers/a/two.c": "#include <linux/h.h>\n"
    + USE.format("beside", "guarded(x)")
    + "AREA(two)\n",
    "drivers/b/ops.c": "#include <linux/h.h>\nstatic "
    + USE.format("my_open", "two_area()")
    + "struct ops all = { .open = my_open, .close = taken };\n",
    "net/far.c": "#include <linux/h.h>\n" + USE.format("far_one", "x") + USE.format("taken", "x"),
    "net/area.c": "int area_of(void)\n{\n\treturn 1;\n}\n",
}
SCOPE = ("drivers", "include", "net")


def listed(answer: Export[Listed]) -> tuple[list[str], list[str]]:
    """The nodes and the edges of a graph, and how many of each it says that there are."""
    nodes = [f"{node.id} {node.kind} {node.condition}" for node in answer.graph.nodes()]
    edges = [str(edge) for edge in answer.graph.edges()]
    assert (len(answer.graph), answer.graph.edge_count()) == (len(nodes), len(edges))
    return sorted(nodes), sorted(edges)


@pytest.fixture(params=[1, 2])
def in_parts(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Export[Listed]]:
    """The graph of `FILES`, each directory on its own."""
    monkeypatch.setattr(whole, "MOST_AT_ONCE", 1)
    with Spool() as spool:
        yield whole.export_in_parts(
            program(tmp_path, FILES, *SCOPE), spool, request.param, _ignored
        )


def _ignored(_: str) -> None:
    return None


def test_the_graph_is_that_of_all_files_at_once(in_parts: Export[Listed], tmp_path: Path) -> None:
    at_once = export(program(tmp_path, FILES, *SCOPE))
    assert listed(in_parts) == listed(at_once)
    for field in ("unresolved", "not_analysed", "error_nodes", "files", "functions"):
        assert getattr(in_parts, field) == getattr(at_once, field)


def test_it_can_be_listed_again(in_parts: Export[Listed]) -> None:
    assert listed(in_parts) == listed(in_parts)


def test_a_process_that_dies_costs_its_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(whole, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(GrowingGraph, "add_file", _dying(GrowingGraph.add_file))
    with Spool() as spool:
        answer = whole.export_in_parts(program(tmp_path, FILES, *SCOPE), spool, 2, _ignored)
        names = {node.name for node in answer.graph.nodes() if node.path.startswith("net/")}
    gaps = [gap for gap in answer.not_analysed if gap.in_scope]
    assert [gap.path for gap in gaps] == ["net/area.c", "net/far.c"]
    assert {"ended (killed)" in gap.reason for gap in gaps} == {True}
    assert names == {"taken", "far_one", "area_of"}


def _dying(add_file: object) -> object:
    def dying(self: object, path: str) -> object:
        if path.startswith("net/"):
            os.kill(os.getpid(), signal.SIGKILL)
        return add_file(self, path)  # type: ignore[operator]

    return dying


def test_a_full_disk_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pickle.dump", full)
    with Spool() as spool, pytest.raises(SpoolError, match="no space left on device; TMPDIR"):
        whole.export_in_parts(program(tmp_path, FILES, *SCOPE), spool, 2, _ignored)


def test_the_death_of_the_last_process_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(GrowingGraph, "add_indirect", _die)
    with Spool() as spool, pytest.raises(whole.Unfinished, match=r"ended \(killed\)"):
        whole.export_in_parts(program(tmp_path, FILES, *SCOPE), spool, 2, _ignored)


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
