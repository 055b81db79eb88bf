"""What holds for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mmlint.store import DIRECTORY

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def cache_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, so that no result of another test or of the user is used."""
    place = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv(DIRECTORY, str(place))
    return place
