"""What every row of knowledge has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

When = Literal["nonzero", "zero", "positive", "negative", "nonnegative", "always"]

_WORDING: Final = frozenset({"source", "text", "words"})


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every row has: `source` cites the kernel (file, tree, commit or mail)."""

    source: str

    def said(self) -> Iterator[str]:
        """Its texts, those in lists one by one, but for the wording and the citation."""
        for field in self.__struct_fields__:
            value = getattr(self, field)
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, str) and field not in _WORDING:
                    yield one
