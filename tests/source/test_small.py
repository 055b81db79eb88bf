"""Small files are kept while there is room, and room is counted for all that keep some."""

from __future__ import annotations

from pathlib import Path

from mmlint.source.names import holds
from mmlint.source.small import SmallFiles, small_files
from mmlint.source.tree import Tree


def test_a_large_file_is_not_kept() -> None:
    assert SmallFiles().reserve(8 << 10)
    assert not SmallFiles().reserve((8 << 10) + 1)


def test_room_ends() -> None:
    small = SmallFiles()
    taken = 0
    while small.reserve(8 << 10):
        taken += 8 << 10
    assert taken == 112 << 20
    assert not small.reserve(1)


def test_all_that_look_at_a_tree_share_its_small_files(tmp_path: Path) -> None:
    tree, other = Tree(tmp_path, None, ()), Tree(tmp_path, None, ())
    assert small_files(tree) is small_files(tree)
    assert small_files(tree) is not small_files(other)


def test_a_part_of_a_text_is_found_inside_of_words_too() -> None:
    has_mark = holds(b"mark:")
    assert has_mark(b"a bookmark: here")
    assert not has_mark(b"mark")
    assert not has_mark(b"")


def test_where_much_else_is_kept_only_the_smallest_are() -> None:
    kept = SmallFiles()
    assert kept.reserve(8 << 10)
    kept.keep_fewer()
    assert not kept.reserve(8 << 10)
    assert kept.reserve(3 << 10)
