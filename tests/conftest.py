"""What holds for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from mmlint.store import DIRECTORY

if TYPE_CHECKING:
    from pathlib import Path

# How long an example takes says how busy a machine is, not whether the code is right.
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")


@pytest.fixture(autouse=True)
def cache_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, so that no result of another test or of the user is used."""
    place = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv(DIRECTORY, str(place))
    return place
