"""What every row of knowledge has."""

from __future__ import annotations

from typing import Literal

import msgspec

When = Literal["nonzero", "zero", "positive", "negative", "nonnegative", "always"]


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every row has: `source` cites the kernel (file, tree, commit or mail)."""

    source: str
