"""A listing is not made again while nothing changed that it rests on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlint.source.listings import Kept, Listings
from mmlint.source.tree import Tree
from mmlint.source.walk import C_SUFFIXES

MM = (("mm",), C_SUFFIXES)
FS = (("fs",), C_SUFFIXES)
ALL = ((".",), C_SUFFIXES)
TICK = 0.02
"""Seconds: longer than the clock of a file system stands still."""


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if what a test makes had been there for longer than it takes to change it twice."""
    monkeypatch.setattr("mmlint.source.signature._RACY", 0)


def written(root: Path) -> Path:
    for name in ("mm/a.c", "mm/b.h", "mm/notes.txt", "mm/part/c.c", "fs/d.c"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (root / "fs/link.c").symlink_to("../mm/a.c")
    (root / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\n")
    time.sleep(TICK)
    return root


def kept(root: Path) -> Kept | None:
    """What a run keeps that lists everything."""
    tree = Tree.find(root)
    known = Listings()
    for scope in (ALL, MM):
        known.listing(tree, scope)
    known.beside(tree, "mm")
    encoded = known.encoded(tree)
    return msgspec.msgpack.decode(encoded, type=Kept) if encoded is not None else None


def told(root: Path, before: Kept | None) -> list[bytes]:
    """What a run says that knows what was kept `before`."""
    known, tree = Listings(before), Tree.find(root)
    return [known.listing(tree, MM), known.listing(tree, ALL), known.beside(tree, "mm")]


def test_a_tree_that_did_not_change_is_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = written(tmp_path)
    before = kept(root)
    listed = told(root, before)
    monkeypatch.delattr(Tree, "files")
    monkeypatch.delattr(Tree, "beside")
    assert before is not None
    assert told(root, before) == listed


CHANGES: list[Callable[[Path], object]] = [
    lambda root: (root / "mm/new.c").write_text(""),
    lambda root: (root / "mm/part/new.c").write_text(""),
    lambda root: (root / "mm/a.c").unlink(missing_ok=True),
    lambda root: (root / "mm/b.h").rename(root / "mm/part/b.h"),
    lambda root: (root / "mm/sub/deep").mkdir(parents=True),
    lambda root: (root / "mm/part").rename(root / "mm/other"),
    lambda root: (root / "mm/notes.txt").write_text("changed"),
    lambda root: (root / "mm/a.c").write_text("changed"),
    lambda root: (root / "fs/link.c").unlink(),
    lambda root: (root / "mm/more.c").symlink_to("a.c"),
    lambda root: (root / "mm/nowhere.c").symlink_to("gone.c"),
]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(CHANGES), max_size=4))
def test_what_is_known_is_what_a_listing_says(changes: list[Callable[[Path], object]]) -> None:
    with TemporaryDirectory() as place:
        root = written(Path(place))
        before = kept(root)
        for change in changes:
            try:
                change(root)
            except OSError:
                continue  # it rests on another one
            time.sleep(TICK)
            assert told(root, before) == told(root, None)
            before = kept(root)
            time.sleep(TICK)


def test_what_changed_a_moment_ago_is_listed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mmlint.source.signature._RACY", 2_000_000_000)
    assert kept(written(tmp_path)) is None


def test_where_a_link_leads_nowhere_nothing_is_kept(tmp_path: Path) -> None:
    root = written(tmp_path)
    (root / "mm/nowhere.c").symlink_to("gone.c")
    time.sleep(TICK)
    assert kept(root) is None


def test_a_directory_whose_name_is_not_utf8_keeps_nothing(tmp_path: Path) -> None:
    root = written(tmp_path)
    (root / os.fsdecode(b"mm/\xff")).mkdir()
    time.sleep(TICK)
    assert kept(root) is None


def test_what_changes_between_two_listings_keeps_nothing(tmp_path: Path) -> None:
    root = written(tmp_path)
    tree, known = Tree.find(root), Listings()
    known.listing(tree, MM)
    time.sleep(TICK)
    (root / "mm/new.c").write_text("")
    time.sleep(TICK)
    known.listing(tree, (("mm",), (".S",)))
    assert known.encoded(tree) is None


def test_a_file_that_a_link_leads_to_may_become_a_directory(tmp_path: Path) -> None:
    root = written(tmp_path)
    tree, known = Tree.find(root), Listings()
    listed = known.listing(tree, FS)
    before = msgspec.msgpack.decode(known.encoded(tree) or b"", type=Kept)
    (root / "mm/a.c").unlink()
    (root / "mm/a.c").mkdir()
    time.sleep(TICK)
    now = Listings(before).listing(Tree.find(root), FS)
    assert listed != now == Listings().listing(Tree.find(root), FS)
