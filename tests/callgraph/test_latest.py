"""Answers that are kept while there are not too many."""

from __future__ import annotations

from mmlint.callgraph.latest import Latest


def test_the_values_that_were_set_last_are_kept() -> None:
    kept: Latest[str, int] = Latest(2)
    for number, name in enumerate("abc"):
        kept[name] = number
    assert dict(kept) == {"b": 1, "c": 2}
