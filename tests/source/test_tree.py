"""A kernel tree is found, and its files are read or refused with a reason."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmlint.source.tree import LARGEST_READ, Tree, Unreadable

MAKEFILE = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\nNAME = x\n"


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    root = tmp_path / "linux"
    (root / "mm").mkdir(parents=True)
    (root / "Makefile").write_text(MAKEFILE)
    (root / "mm" / "a.c").write_text("int a;\n")
    return root


def test_the_root_is_found_from_a_directory_and_from_a_file(kernel: Path) -> None:
    for start in (kernel, kernel / "mm", kernel / "mm" / "a.c", kernel / "mm" / "gone.c"):
        tree = Tree.find(start)
        assert (tree.root, tree.kernel_version, tree.missing) == (kernel, "6.12.117", ())


@pytest.mark.parametrize(
    ("makefile", "version"),
    [
        ("VERSION = 4\nPATCHLEVEL = 10\nSUBLEVEL = 17\nEXTRAVERSION = -rc1\n", "4.10.17-rc1"),
        ("VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL =\nEXTRAVERSION =\n", "6.1"),
        ("VERSION = 6\n", None),
        ("all:\n", None),
    ],
)
def test_the_version_is_that_of_the_makefile(
    kernel: Path, makefile: str, version: str | None
) -> None:
    (kernel / "Makefile").write_text(makefile)
    assert Tree.find(kernel, explicit=kernel).kernel_version == version


def test_a_directory_that_is_no_kernel_is_its_own_tree_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text("")
    for start in (tmp_path, tmp_path / "x.c"):
        tree = Tree.find(start)
        assert tree.root == tmp_path
        assert tree.kernel_version is None
        assert "no kernel Makefile above" in tree.missing[0]


def test_another_makefile_does_not_make_a_kernel(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(MAKEFILE)
    assert Tree.find(tmp_path).kernel_version is None


def test_a_tree_given_through_a_link_is_the_tree_it_leads_to(kernel: Path) -> None:
    link = kernel.parent / "link"
    link.symlink_to(kernel)
    assert Tree.find(link / "mm").root == kernel
    assert Tree.find(Path(), explicit=link).root == kernel


def test_files_are_sorted_and_each_comes_once(kernel: Path) -> None:
    (kernel / "mm" / "sub").mkdir()
    for name in ("z.c", "b.h", "sub/c.c", "README", "x.S"):
        (kernel / "mm" / name).write_text("")
    files, refused = Tree.find(kernel).files(["mm", "mm/sub", "mm/a.c", "./mm/a.c"])
    assert files == ["mm/a.c", "mm/b.h", "mm/sub/c.c", "mm/z.c"]
    assert refused == []


def test_a_named_file_is_taken_whatever_its_suffix(kernel: Path) -> None:
    (kernel / "mm" / "a.c.orig").write_text("")
    assert Tree.find(kernel).files(["mm/a.c.orig"]) == (["mm/a.c.orig"], [])


def test_gitignore_hides_nothing(kernel: Path) -> None:
    (kernel / ".gitignore").write_text("/*\n")
    assert Tree.find(kernel).files(["."])[0] == ["mm/a.c"]


def test_a_link_to_a_file_is_followed_unless_the_file_is_listed_too(kernel: Path) -> None:
    outside = kernel.parent / "outside.c"
    outside.write_text("int outside;\n")
    (kernel / "mm" / "again.c").symlink_to("a.c")
    (kernel / "mm" / "more.c").symlink_to(outside)
    tree = Tree.find(kernel)
    assert tree.files(["mm"])[0] == ["mm/a.c", "mm/more.c"]
    assert tree.read("mm/more.c") == b"int outside;\n"


def test_a_link_to_a_directory_is_no_second_way_into_it(kernel: Path) -> None:
    (kernel / "mm" / "loop").symlink_to(kernel)
    (kernel / "mm" / "loop.c").symlink_to(kernel / "mm")
    assert Tree.find(kernel).files(["mm"]) == (["mm/a.c"], [])


@pytest.mark.parametrize("before", [(".",), ("mm", "include", "way"), ("mm", "mm-2", "mm/a.c")])
def test_a_directory_of_a_listed_tree_holds_what_it_holds_alone(
    kernel: Path, before: tuple[str, ...]
) -> None:
    for directory in ("mm/deep", "mm-2", "include/linux", ".git", "mm/.git"):
        (kernel / directory).mkdir(parents=True)
        (kernel / directory / "b.h").write_text("")
        (kernel / directory / "c.S").write_text("")
    (kernel / "top.c").write_text("")
    links = {
        "mm/to_file.c": "a.c",
        "include/linux/to_other.h": "../../mm/a.c",
        "mm/to_nothing.c": "gone.c",
        "mm/loop.c": "loop.c",
        "mm/to_directory.c": "deep",
        "way": "mm",
    }
    for link, target in links.items():
        (kernel / link).symlink_to(target)
    (kernel / "mm" / "pipe.c").mkdir()
    os.mkfifo(kernel / "include" / "pipe.c")
    listed = Tree.find(kernel)
    assert listed.files(before) == listed.files(before) == Tree.find(kernel).files(before)
    places = ["", ".", "mm", "mm/deep", "mm-2", "include", ".git", "way", "way/deep", "mm/a.c"]
    for place in [*places, "mm/gone"]:
        alone = Tree.find(kernel)
        assert listed.beside(place) == alone.beside(place)
        for suffixes in ((".c", ".h"), (".S",), (".h",)):
            assert listed.files((place,), suffixes) == alone.files((place,), suffixes)
            assert listed.plain_files(place, suffixes) == alone.plain_files(place, suffixes)
    assert listed.files(("mm", "way")) == Tree.find(kernel).files(("mm", "way"))


def test_no_directory_is_looked_at_twice(kernel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (kernel / "mm" / "deep").mkdir()
    seen: list[str] = []
    scandir = os.scandir

    def noted(path: str) -> Iterator[os.DirEntry[str]]:
        seen.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", noted)
    tree = Tree.find(kernel)
    assert tree.files(("mm",)) == tree.files(("mm",))
    assert tree.files(("mm",), (".h",)) == ([], [])
    assert len(seen) == len(set(seen)) == 2
    whole = tree.files((".",))
    assert "mm/a.c" in whole[0]
    assert len(seen) == len(set(seen)) > 2
    assert whole == Tree.find(kernel).files((".",))


def test_what_is_no_file_is_refused_with_a_reason(kernel: Path) -> None:
    mm = kernel / "mm"
    (mm / "dangling.c").symlink_to("nowhere")
    (mm / "loop.c").symlink_to("loop.c")
    os.mkfifo(mm / "fifo.c")
    files, refused = Tree.find(kernel).files(["mm", "mm/gone.c", "mm/a.c/b.c"])
    assert files == ["mm/a.c"]
    assert [(gap.path, gap.reason) for gap in refused] == [
        ("mm/a.c/b.c", "a part of the path is no directory"),
        ("mm/dangling.c", "symbolic link to nothing (nowhere)"),
        ("mm/fifo.c", "not a regular file"),
        ("mm/gone.c", "no such file or directory"),
        ("mm/loop.c", "symbolic link that leads back to itself"),
    ]
    assert all(gap.in_scope for gap in refused)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_refused(kernel: Path) -> None:
    closed = kernel / "mm" / "closed"
    closed.mkdir(mode=0)
    (kernel / "mm" / "a.c").chmod(0)
    tree = Tree.find(kernel)
    assert [gap.reason for gap in tree.files(["mm"])[1]] == ["permission denied"]
    with pytest.raises(Unreadable, match="permission denied"):
        tree.read("mm/a.c")
    closed.chmod(0o700)


def test_a_name_of_any_bytes_survives(kernel: Path) -> None:
    for name in (b"new\nline.c", b"quote'\".c", b"latin-\xe9.c"):
        Path(os.fsdecode(os.fsencode(kernel) + b"/mm/" + name)).write_bytes(name)
    tree = Tree.find(kernel)
    files, refused = tree.files(["mm"])
    assert len(files) == 4
    assert refused == []
    assert [os.fsencode(path) for path in files if "latin" in path] == [b"mm/latin-\xe9.c"]
    assert all(tree.read(path) for path in files)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("mm/gone.c", "no such file or directory"),
        ("mm", "is a directory"),
        ("mm/loop.c", "symbolic link that leads back to itself"),
        ("mm/fifo.c", "not a regular file"),
        ("mm/" + "x" * 300, "name too long"),
        ("mm/huge.c", f"larger than {LARGEST_READ >> 20} MB"),
    ],
)
def test_what_cannot_be_read_says_why(kernel: Path, path: str, reason: str) -> None:
    (kernel / "mm" / "loop.c").symlink_to("loop.c")
    os.mkfifo(kernel / "mm" / "fifo.c")
    with (kernel / "mm" / "huge.c").open("wb") as sparse:
        sparse.truncate(LARGEST_READ + 1)
    with pytest.raises(Unreadable) as caught:
        Tree.find(kernel).read(path)
    assert caught.value.path == path
    assert caught.value.reason == reason
