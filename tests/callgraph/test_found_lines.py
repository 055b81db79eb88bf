"""Lines that are kept as one text: a name finds those that hold it, and no others."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from mmlint.callgraph.found_lines import FoundLines
from mmlint.source.search import Hit

_TEXTS = st.text("ab_ *{;é", max_size=8).map(str.encode)
_HITS = st.lists(st.tuples(st.sampled_from(["a.h", "b.h"]), st.integers(1, 9), _TEXTS)).map(
    lambda found: [Hit(*one) for one in found]
)


@given(_HITS)
def test_all_come_out_as_they_went_in(hits: list[Hit]) -> None:
    assert list(FoundLines(hits)) == hits


@given(_HITS, st.text("ab_", min_size=1, max_size=3))
def test_a_name_finds_the_lines_that_hold_it_as_a_word(hits: list[Hit], name: str) -> None:
    word = re.compile(rb"\b%s\b" % name.encode())
    assert list(FoundLines(hits).holding(name)) == [hit for hit in hits if word.search(hit.text)]
