"""`mmlint cache` and the options that say where results are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.stand_ins import CommandLine, Engine


def test_a_second_run_does_not_analyse(
    mmlint: CommandLine, engine: Engine, cache_dir: Path
) -> None:
    first = mmlint("check")
    assert engine.request is not None
    engine.request = None
    assert mmlint("check") == first
    assert engine.request is None
    assert (cache_dir / "cache.sqlite").exists()


@pytest.mark.parametrize(
    "arguments",
    [("--no-cache",), ("--policy", "strict"), ("--select", "pfn-not-online"), ("fs",)],
)
def test_what_is_asked_for_otherwise_is_analysed(
    mmlint: CommandLine, engine: Engine, arguments: tuple[str, ...]
) -> None:
    mmlint("check")
    engine.request = None
    mmlint("check", *arguments)
    assert engine.request is not None


def test_without_a_cache_nothing_is_kept(
    mmlint: CommandLine, engine: Engine, cache_dir: Path
) -> None:
    mmlint("check", "--no-cache")
    assert engine.request is not None
    assert list(cache_dir.iterdir()) == []


def test_a_cache_in_the_tree_is_refused(mmlint: CommandLine, engine: Engine, kernel: Path) -> None:
    status, _, err = mmlint("check", "--cache-dir", str(kernel / "cache"))
    assert status == 0
    assert engine.request is not None
    assert "must not lie in the tree" in err
    assert not (kernel / "cache").exists()


def test_info_prune_and_clear(mmlint: CommandLine, engine: Engine, cache_dir: Path) -> None:
    assert engine.request is None
    mmlint("check")
    status, out, _ = mmlint("cache", "info")
    assert status == 0
    assert str(cache_dir) in out
    assert "trace" in out
    assert mmlint("cache", "prune", "--size", "0")[0] == 0
    assert "trace" not in mmlint("cache", "info")[1]
    assert "deleted" in mmlint("cache", "clear")[1]
    assert list(cache_dir.iterdir()) == []


def test_a_size_that_is_none(mmlint: CommandLine) -> None:
    status, _, err = mmlint("cache", "prune", "--size", "much")
    assert status == 2
    assert "write a number of bytes" in err


def test_a_damaged_cache_is_said_and_can_be_cleared(
    mmlint: CommandLine, engine: Engine, cache_dir: Path
) -> None:
    file = cache_dir / "cache.sqlite"
    file.write_bytes(b"not a database, whatever it says" * 100)
    status, _, err = mmlint("check")
    assert status == 0
    assert engine.request is not None
    assert err.count("going on without a cache") == 1
    assert mmlint("cache", "info")[0] == 2
    assert mmlint("cache", "clear")[0] == 0
    assert "going on" not in mmlint("check")[2]
