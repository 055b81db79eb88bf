"""Generated files are what their generator makes of the code of today."""

from __future__ import annotations

import pytest
from tests.generated import GENERATED, ROOT

pytestmark = pytest.mark.freshness


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_file_is_fresh(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == GENERATED[name](), "run `make generated`"
