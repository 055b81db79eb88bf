"""Contents of files: read once where memory allows, and what fails is told once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.callgraph.trees import write

from mmlint.callgraph.files import Files, Gaps
from mmlint.source import search
from mmlint.source.names import has_hyperscan
from mmlint.source.observed import Known, Observed
from mmlint.source.tree import Tree

SIZE = 100
NAMES = [f"mm/{letter}.c" for letter in "abcdef"]


class CountingTree(Tree):
    """A tree that notes what is read of it."""

    def __init__(self) -> None:
        super().__init__(Path("/nowhere"), None, ())
        self.reads: list[str] = []

    def read(self, path: str) -> bytes:
        """As many letters as any other file has."""
        self.reads.append(path)
        return path.encode().ljust(SIZE)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for one file, and for the two that were asked for last."""
    monkeypatch.setattr("mmlint.callgraph.files._MOST_KEPT", SIZE)
    monkeypatch.setattr("mmlint.callgraph.files._MOST_RECENT", 2 * SIZE)


@pytest.mark.usefixtures("few")
def test_what_was_asked_for_last_is_not_read_again() -> None:
    tree = CountingTree()
    files = Files(tree, (), Gaps(frozenset()))
    for path in ("mm/a.c", "mm/b.c", "mm/c.c", "mm/b.c", "mm/d.c", "mm/b.c", "mm/a.c"):
        assert files.text(path) == path.encode().ljust(SIZE)
    assert tree.reads == ["mm/a.c", "mm/b.c", "mm/c.c", "mm/d.c"]
    files.text("mm/c.c")
    assert tree.reads[-1] == "mm/c.c"


def test_a_file_that_vanishes_between_two_passes_over_many_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mmlint.callgraph.files._MANY", 0)
    monkeypatch.setattr("mmlint.source.small._LARGEST_OF_MANY", 0)
    tree = write(tmp_path, {"mm/a.c": "int a;\n"})
    gaps = Gaps(frozenset(["mm/a.c"]))
    files = Files(tree, ("mm/a.c",), gaps)
    assert [files.passing("mm/a.c") for _ in range(2)] == [b"int a;\n"] * 2
    (tmp_path / "mm/a.c").unlink()
    assert files.passing("mm/a.c") is None
    assert [(gap.path, gap.reason) for gap in gaps.sorted()] == [
        ("mm/a.c", "no such file or directory")
    ]


@pytest.mark.usefixtures("few")
def test_who_passes_over_many_files_displaces_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmlint.callgraph.files._MANY", -1)
    monkeypatch.setattr("mmlint.callgraph.files._MOST_RECENT_OF_MANY", SIZE)
    monkeypatch.setattr("mmlint.source.small._LARGEST_OF_MANY", 0)
    tree = CountingTree()
    files = Files(tree, (), Gaps(frozenset()))
    files.text("mm/a.c")
    for path in NAMES[1:]:
        files.passing(path)
    assert tree.reads == NAMES
    files.text("mm/a.c")
    assert tree.reads == NAMES
    files.text("mm/b.c")
    files.text("mm/a.c")
    assert tree.reads == [*NAMES, "mm/b.c", "mm/a.c"]


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.booleans())))
def test_the_contents_do_not_depend_on_what_is_at_hand(asked: list[tuple[str, bool]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mmlint.callgraph.files._MOST_KEPT", SIZE)
        patch.setattr("mmlint.callgraph.files._MOST_RECENT", SIZE)
        files = Files(CountingTree(), (), Gaps(frozenset()))
        for path, quietly in asked:
            found = files.consulted(path) if quietly else files.text(path)
            assert found == path.encode().ljust(SIZE)


def test_what_is_only_consulted_leaves_no_gap(tmp_path: Path) -> None:
    gaps = Gaps(frozenset())
    files = Files(write(tmp_path, {"mm/a.c": "int a;\n", "mm/b.c": b"\0" * 40}), (), gaps)
    assert files.consulted("mm/a.c") == b"int a;\n"
    assert files.consulted("mm/b.c") == b""
    assert files.consulted("mm/nothing.h") == b""
    assert gaps.sorted() == []


def test_a_file_that_is_asked_for_after_all_is_a_gap(tmp_path: Path) -> None:
    gaps = Gaps(frozenset())
    files = Files(write(tmp_path, {}), (), gaps)
    assert files.consulted("mm/a.c") == b""
    assert files.text("mm/a.c") is None
    assert files.consulted("mm/a.c") == b""
    assert [gap.path for gap in gaps.sorted()] == ["mm/a.c"]


def test_a_binary_file_of_the_scope_counts_for_nothing(tmp_path: Path) -> None:
    tree = write(tmp_path, {"mm/a.c": "int a;\n", "mm/b.c": b"\0" * 40})
    files = Files(tree, ("mm/a.c", "mm/b.c"), Gaps(frozenset({"mm/a.c", "mm/b.c"})))
    assert files.consulted("mm/b.c") == b""
    assert files.count() == (1, 1)
    assert files.text("mm/b.c") is None


needs_hyperscan = pytest.mark.skipif(not has_hyperscan(), reason="needs hyperscan")


@needs_hyperscan
def test_what_was_searched_is_not_read_again(tmp_path: Path) -> None:
    tree = write(tmp_path, {"mm/a.c": "take();\n"})
    files = Files(tree, (), Gaps(frozenset()))
    assert search.files(tree, [b"take"]) == ["mm/a.c"]
    (tmp_path / "mm/a.c").unlink()
    assert files.text("mm/a.c") == b"take();\n"


@needs_hyperscan
def test_what_was_read_is_not_read_again_to_search_it(tmp_path: Path) -> None:
    tree = write(tmp_path, {"mm/a.c": "take();\n"})
    files = Files(tree, (), Gaps(frozenset()))
    files.text("mm/a.c")
    (tmp_path / "mm/a.c").write_text("give();\n")
    assert search.files(tree, [b"take"]) == ["mm/a.c"]


@needs_hyperscan
def test_of_what_was_read_no_more_is_searched(tmp_path: Path) -> None:
    registers = "#define A (1)\n" + "#define B take\n" * 5000
    tree = write(tmp_path, {"mm/a.h": registers})
    files = Files(tree, (), Gaps(frozenset()))
    assert files.text("mm/a.h") == registers.encode()
    assert search.files(tree, [b"take"]) == []


@needs_hyperscan
def test_what_was_searched_of_a_list_of_registers_is_not_its_text(tmp_path: Path) -> None:
    registers = "#define A (1)\n" + "#define B take\n" * 5000
    tree = write(tmp_path, {"mm/a.h": registers})
    assert search.files(tree, [b"A"]) == ["mm/a.h"]
    assert Files(tree, (), Gaps(frozenset())).text("mm/a.h") == registers.encode()


def test_a_tree_that_notes_what_is_read_is_told_of_each_file(tmp_path: Path) -> None:
    tree = Observed(write(tmp_path, {"mm/a.c": "take();\n"}), Known())
    search.files(tree, [b"take"])
    Files(tree, (), Gaps(frozenset())).text("mm/a.c")
    assert "mm/a.c" in tree.observations.contents
