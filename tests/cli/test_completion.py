"""What the shell offers for the name of a function."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.stand_ins import CommandLine

from mmlint.cli.graph import completion

SOURCE = """\
#define pfn_of(page) ((page)->pfn)
#  define PFN_MAX 7
static __always_inline struct page *pfn_page(unsigned long pfn)
{
\tpfn_called(pfn);
\treturn pfn_called_too (pfn);
}
int
pfn_on_next_line(void)
{
}
int pfn_declared(int a,
\t\t int b);
int not_pfn_at_all(void)
{
}
"""

Offered = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def sources(kernel: Path) -> None:
    (kernel / "mm" / "pfn.c").write_text(SOURCE)
    (kernel / "fs" / "pfn.c").write_text("int pfn_of_fs(void)\n{\n}\n")


@pytest.fixture
def offered(
    mmlint: CommandLine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Offered:
    """What bash is offered for the last of these words."""

    def call(*words: str) -> list[str]:
        with monkeypatch.context() as patch:
            patch.setenv("_MMLINT_COMPLETE", "bash_complete")
            patch.setenv("COMP_WORDS", " ".join(("mmlint", *words)))
            patch.setenv("COMP_CWORD", str(len(words)))
            with pytest.raises(SystemExit):
                mmlint()
        out, err = capfd.readouterr()
        assert err == ""
        return [line.partition(",")[2] for line in out.split()]

    return call


def test_names_that_look_defined_in_mm_are_offered(offered: Offered) -> None:
    names = ["pfn_of", "pfn_on_next_line", "pfn_page"]
    for command in ("callers", "callees", "path"):
        assert offered("graph", command, "pfn_") == names
    assert offered("graph", "path", "pfn_of", "PFN") == ["PFN_MAX"]
    assert offered("graph", "callers", "zzz") == []


def test_those_of_the_current_directory_are_offered_too(
    offered: Offered, kernel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(kernel / "fs")
    assert offered("graph", "callers", "pfn_of") == ["pfn_of", "pfn_of_fs"]


def test_a_tree_that_is_named_is_looked_at(
    offered: Offered, kernel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert offered("graph", "callers", "pfn_o") == []
    tree = f"--tree={kernel}"
    assert offered("graph", "callers", tree, "pfn_o") == ["pfn_of", "pfn_on_next_line"]


@pytest.mark.parametrize("broken", ["a tree that is gone", "a file that is gone", "too much"])
def test_where_nothing_can_be_read_nothing_is_offered(
    offered: Offered, kernel: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    if broken == "too much":
        monkeypatch.setattr(completion, "_MOST_READ", 3)
    if broken == "a file that is gone":
        (kernel / "mm" / "a.c").symlink_to("gone.c")
        (kernel / "mm" / "pfn.c").unlink()
    words = ["--tree=gone"] if broken == "a tree that is gone" else []
    assert offered("graph", "callers", *words, "pfn_") == []
