"""The cache: what it keeps, what it forgets, and that nothing done to its file makes a run fail."""

from __future__ import annotations

import resource
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlint.store import Held, Store, StoreError, default_directory


def silent(message: str) -> None:
    raise AssertionError(message)


def test_what_is_put_is_found_again_also_by_another_process(tmp_path: Path) -> None:
    Store(tmp_path, silent).put({("run", "a"): b"one", ("trace", "a"): b"two"})
    again = Store(tmp_path, silent)
    assert (again.get("run", "a"), again.get("trace", "a")) == (b"one", b"two")
    assert again.get("run", "b") is None
    assert sorted(held.kind for held in again.held()) == ["run", "trace"]


def test_keys_come_newest_first_and_only_the_newest_stay(tmp_path: Path) -> None:
    store = Store(tmp_path, silent)
    for name in ("r 1", "r 2", "other", "r 3"):
        store.put({("run", name): b"x"})
    assert store.keys("run", "r ") == ["r 3", "r 2", "r 1"]
    store.drop("run", "r ", keep=1)
    assert store.keys("run", "r ") == ["r 3"]
    assert store.keys("run", "other") == ["other"]


def test_a_cache_stays_within_its_bound_and_forgets_what_was_used_longest_ago(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path, silent, most=1000)
    for name in "abcd":
        store.put({("run", name): bytes(300)})
    assert [store.get("run", name) is not None for name in "abcd"] == [False, True, True, True]
    store.put({("run", "huge"): bytes(2000)})
    assert store.get("run", "huge") is None
    assert store.prune(most=320) > 0
    assert store.held() == [Held("run", 1, 320)]


def damage_header(file: Path) -> None:
    file.write_bytes(b"no database at all, but as long as one" * 40)


def be_foreign(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()


def be_of_another_version(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def be_a_directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("harm", [damage_header, be_foreign, be_of_another_version, be_a_directory])
def test_an_unusable_cache_is_said_once_and_done_without(tmp_path: Path, harm: object) -> None:
    first = Store(tmp_path, silent)
    first.put({("run", "a"): b"one"})
    first.close()
    assert callable(harm)
    harm(first.path)
    said: list[str] = []
    store = Store(tmp_path, said.append)
    assert store.get("run", "a") is None
    store.put({("run", "a"): b"two"})
    assert store.get("run", "a") is None
    (line,) = said
    assert str(store.path) in line
    assert "going on without a cache" in line
    with pytest.raises(StoreError, match="cache"):
        Store(tmp_path, silent).held()


def test_a_value_that_was_changed_behind_our_back_is_not_believed(tmp_path: Path) -> None:
    store = Store(tmp_path, silent)
    store.put({("run", "a"): b"one"})
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE entry SET value = X'00112233445566778899'")
    connection.close()
    assert store.get("run", "a") is None


def test_a_full_disk_is_a_warning(tmp_path: Path) -> None:
    said: list[str] = []
    store = Store(tmp_path, said.append)
    store.put({("run", "a"): b"one"})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    try:
        store.put({("run", "b"): bytes(1 << 20)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    (line,) = said
    assert "going on without a cache" in line
    assert Store(tmp_path, silent).get("run", "a") == b"one"


def test_where_no_directory_can_be_made_there_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said: list[str] = []
    store = Store(tmp_path / "file" / "deep", said.append)
    assert store.get("run", "a") is None
    store.put({("run", "a"): b"one"})
    assert len(said) == 1


def test_clearing_removes_the_file_and_all_beside_it(tmp_path: Path) -> None:
    store = Store(tmp_path, silent)
    store.put({("run", "a"): b"one"})
    store.clear()
    assert list(tmp_path.iterdir()) == []
    assert store.held() == []


def test_the_place_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MMLINT_CACHE_DIR", str(tmp_path))
    assert default_directory() == tmp_path
    monkeypatch.delenv("MMLINT_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_directory() == tmp_path / "mmlint"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative, so to be ignored")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_directory() == tmp_path / ".cache" / "mmlint"


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.binary(max_size=50)), max_size=12))
def test_the_last_value_wins(
    tmp_path_factory: pytest.TempPathFactory, puts: list[tuple[str, bytes]]
) -> None:
    store = Store(tmp_path_factory.mktemp("store"), silent)
    for key, value in puts:
        store.put({("run", key): value})
    assert {key: store.get("run", key) for key, _ in puts} == dict(puts)
    store.close()


def test_the_file_is_the_users_own(tmp_path: Path) -> None:
    Store(tmp_path / "new", silent).put({("run", "a"): b"one"})
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
