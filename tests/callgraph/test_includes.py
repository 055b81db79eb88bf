"""Which files a file includes."""

from __future__ import annotations

from pathlib import Path

from tests.callgraph.trees import write

from mmlint.callgraph.files import Files, Gaps
from mmlint.callgraph.includes import Includes


def includes(root: Path, files: dict[str, str]) -> Includes:
    """The includes of a tree of these files, for x86."""
    return Includes(Files(write(root, files), (), Gaps(frozenset())), "x86")


def test_the_closure_goes_through_headers(tmp_path: Path) -> None:
    files = {
        "mm/a.c": "#include <linux/x.h>\n",
        "include/linux/x.h": "#include <linux/y.h>\n",
        "include/linux/y.h": "#include <linux/x.h>\n",
    }
    closure = includes(tmp_path, files).closure("mm/a.c")
    assert closure == {"mm/a.c", "include/linux/x.h", "include/linux/y.h"}


def test_headers_beside_and_of_the_architecture_are_found(tmp_path: Path) -> None:
    files = {
        "mm/a.c": '#include "internal.h"\n#include <asm/p.h>\n#include <asm/q.h>\n',
        "mm/internal.h": "",
        "arch/x86/include/asm/p.h": "",
        "arch/sparc/include/asm/p.h": "",
        "include/asm-generic/q.h": "",
    }
    answer = includes(tmp_path, files)
    assert answer.closure("mm/a.c") - {"mm/a.c"} == {
        "mm/internal.h",
        "arch/x86/include/asm/p.h",
        "include/asm-generic/q.h",
    }


def test_files_of_an_architecture_include_its_own(tmp_path: Path) -> None:
    files = {
        "arch/sparc/mm/a.c": "#include <asm/p.h>\n",
        "arch/x86/include/asm/p.h": "",
        "arch/sparc/include/asm/p.h": "",
    }
    closure = includes(tmp_path, files).closure("arch/sparc/mm/a.c")
    assert "arch/sparc/include/asm/p.h" in closure
    assert "arch/x86/include/asm/p.h" not in closure


def test_a_file_that_is_included_sees_what_its_user_sees(tmp_path: Path) -> None:
    files = {
        "mm/whole.c": '#include <linux/x.h>\n#include "part.c"\n',
        "mm/part.c": "",
        "mm/other.c": "",
        "include/linux/x.h": "",
    }
    answer = includes(tmp_path, files)
    assert answer.visible("mm/part.c") == {"mm/part.c", "mm/whole.c", "include/linux/x.h"}
    assert answer.compiled_with("mm/part.c") == ("mm/whole.c",)
    assert answer.visible("mm/other.c") == {"mm/other.c"}


def test_a_path_out_of_the_tree_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.h").write_text("")
    answer = includes(tmp_path / "tree", {"mm/a.c": '#include "../../secret.h"\n'})
    assert answer.closure("mm/a.c") == {"mm/a.c"}
