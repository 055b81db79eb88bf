"""Which files a file includes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st
from tests.callgraph.trees import write

from mmlint.callgraph.files import Files, Gaps
from mmlint.callgraph.includes import Includes
from mmlint.callgraph.makefiles import Makefiles


def includes(root: Path, files: dict[str, str]) -> Includes:
    """The includes of a tree of these files, for x86."""
    known = Files(write(root, files), (), Gaps(frozenset()))
    return Includes(known, "x86", Makefiles(known, "x86"))


def test_the_closure_goes_through_headers(tmp_path: Path) -> None:
    files = {
        "mm/a.c": "#include <linux/x.h>\n",
        "include/linux/x.h": "#include <linux/y.h>\n",
        "include/linux/y.h": "#include <linux/x.h>\n",
    }
    closure = includes(tmp_path, files).closure("mm/a.c")
    assert set(closure) == {"mm/a.c", "include/linux/x.h", "include/linux/y.h"}


def test_headers_beside_and_of_the_architecture_are_found(tmp_path: Path) -> None:
    files = {
        "mm/a.c": '#include "internal.h"\n#include <asm/p.h>\n#include <asm/q.h>\n',
        "mm/internal.h": "",
        "arch/x86/include/asm/p.h": "",
        "arch/sparc/include/asm/p.h": "",
        "include/asm-generic/q.h": "",
    }
    answer = includes(tmp_path, files)
    assert set(answer.closure("mm/a.c")) - {"mm/a.c"} == {
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
    assert set(answer.visible("mm/part.c")) == {"mm/part.c", "mm/whole.c", "include/linux/x.h"}
    assert set(answer.compiled_with("mm/part.c")) == {"mm/whole.c"}
    assert set(answer.visible("mm/other.c")) == {"mm/other.c"}


def test_a_path_out_of_the_tree_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.h").write_text("")
    answer = includes(tmp_path / "tree", {"mm/a.c": '#include "../../secret.h"\n'})
    assert set(answer.closure("mm/a.c")) == {"mm/a.c"}


def test_a_source_that_is_included_from_above_is_found_whatever_the_marks(tmp_path: Path) -> None:
    files = {
        "mm/sub/part.c": "",
        "mm/sub/more.c": "",
        "mm/whole.c": '#include "sub/part.c"\n#include <linux/x.h>\n',
        "mm/sub/all.c": '#include <mm/sub/none.c>\nint a;\n# include "more.c"\n',
        "include/linux/x.h": "",
    }
    answer = includes(tmp_path, files)
    assert set(answer.compiled_with("mm/sub/part.c")) == {"mm/whole.c"}
    assert set(answer.compiled_with("mm/sub/more.c")) == {"mm/sub/all.c"}
    assert set(answer.compiled_with("mm/sub/all.c")) == {"mm/sub/more.c"}


def test_a_header_that_is_not_public_sees_what_its_users_see(tmp_path: Path) -> None:
    files = {
        "mm/internal.h": "",
        "mm/a.c": '#include <linux/x.h>\n#include "internal.h"\n',
        "mm/b.c": "#include <linux/y.h>\n",
        "include/linux/x.h": "",
        "include/linux/y.h": "",
    }
    seen = set(includes(tmp_path, files).visible("mm/internal.h"))
    assert seen == {"mm/internal.h", "mm/a.c", "include/linux/x.h"}


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=3), min_size=6, max_size=6))
def test_the_closure_is_the_same_whatever_was_asked_before(graph: list[list[str]]) -> None:
    files = {
        f"include/linux/{name}.h": "".join(f"#include <linux/{other}.h>\n" for other in others)
        for name, others in zip("abcdef", graph, strict=True)
    }
    with TemporaryDirectory() as place:
        answer = includes(Path(place), files)
        for name in "abcdef":
            path = f"include/linux/{name}.h"
            assert set(answer.closure(path)) == reached(path, dict(zip(files, graph, strict=True)))


def reached(start: str, graph: dict[str, list[str]]) -> set[str]:
    """All that is included, followed naively."""
    seen, todo = {start}, [start]
    while todo:
        found = {f"include/linux/{name}.h" for name in graph[todo.pop()]} - seen
        seen |= found
        todo += found
    return seen


def test_headers_are_found_where_a_makefile_points_to(tmp_path: Path) -> None:
    files = {
        "drivers/x/Makefile": "ccflags-y := -I $(src)/../inc -I$(srctree)/lib/y -I$(obj)\n",
        "drivers/x/core/a.c": '#include "near.h"\n#include "far.h"\n#include "none.h"\n',
        "drivers/inc/near.h": "",
        "lib/y/far.h": "",
        "lib/z/none.h": "",
    }
    closure = includes(tmp_path, files).closure("drivers/x/core/a.c")
    assert set(closure) == {"drivers/x/core/a.c", "drivers/inc/near.h", "lib/y/far.h"}


def test_a_makefile_points_to_the_headers_of_the_architecture(tmp_path: Path) -> None:
    files = {
        "lib/x/Makefile": "CFLAGS_a.o += -I$(src)/$(SRCARCH)\n",
        "lib/x/a.c": '#include "a.h"\n',
        "lib/x/x86/a.h": "",
        "lib/x/arm64/a.h": "",
    }
    closure = includes(tmp_path, files).closure("lib/x/a.c")
    assert set(closure) == {"lib/x/a.c", "lib/x/x86/a.h"}


def test_what_only_looks_like_a_flag_points_nowhere(tmp_path: Path) -> None:
    files = {
        "lib/x/Makefile": (
            "# SPDX-License-Identifier: GPL-2.0\n"
            "$(foreach file, $(files), $(eval CFLAGS_$(file) = -I $(srctree)/lib/y))\n"
        ),
        "lib/x/a.c": '#include "a.h"\n#include "b.h"\n',
        "lib/y/a.h": "",
        "dentifier:/b.h": "",
    }
    assert set(includes(tmp_path, files).closure("lib/x/a.c")) == {"lib/x/a.c", "lib/y/a.h"}


def test_a_makefile_points_to_headers_in_angle_brackets_too(tmp_path: Path) -> None:
    files = {
        "drivers/x/Makefile": "ccflags-y += -I $(src)/include\n",
        "drivers/x/core/a.c": "#include <xif/os.h>\n#include <linux/slab.h>\n",
        "drivers/x/include/xif/os.h": "#include <linux/mm.h>\n",
        "drivers/x/include/linux/slab.h": "",
        "include/linux/slab.h": "",
        "include/linux/mm.h": "",
    }
    closure = includes(tmp_path, files).closure("drivers/x/core/a.c")
    expected = {"drivers/x/include/xif/os.h", "include/linux/mm.h", "include/linux/slab.h"}
    assert set(closure) == expected | {"drivers/x/core/a.c"}
