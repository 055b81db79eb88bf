"""An edit is understood where it changes what functions hold and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlint.syntax.edits import Edit, edit

OLD = b"""\
#include <linux/mm.h>

static int first(struct page *page)
{
\tif (!page)
\t\treturn 0;
\treturn page_to_nid(page);
}

int second(unsigned long pfn)
{
\treturn first(pfn_to_page(pfn));
}

int third = 3;
"""


def of(new: bytes, old: bytes = OLD) -> Edit | None:
    return edit("mm/a.c", old, new)


def test_a_changed_body_is_one_of_a_function() -> None:
    found = of(OLD.replace(b"page_to_nid(page)", b"zone_idx(page_zone(page))"))
    assert found is not None
    assert {"first"} == found.functions & {"first", "second"}
    assert {"page_to_nid", "page_zone", "page"} <= found.words
    assert "pfn_to_page" not in found.words


def test_a_word_that_stays_where_it_is_did_not_change() -> None:
    found = of(OLD.replace(b"\tif (!page)", b"\tlru_add_drain();\n\tif (!page)"))
    assert found is not None
    assert found.words == {"lru_add_drain"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"int third = 3", b"int third = 4"),
        (b"first(struct page *page)", b"first(struct page *p)"),
        (b"<linux/mm.h>", b"<linux/mmzone.h>"),
        (b"int second", b"static int second"),
        (b"\treturn 0;", b"#define ZERO 0\n\treturn ZERO;"),
        (b"\tif (!page)", b"\tstruct found { int a; } found;\n\tif (!page)"),
        (b"int third", b"int fourth(void)\n{\n}\n\nint third"),
        (b"int third", b"/* mmlint: allow-file(pfn-not-online): later */\nint third"),
        (b"\treturn 0;", b"\treturn 0; {"),
        (b"(pfn));\n}", b"(pfn)); } int more;"),
    ],
)
def test_what_others_may_see_is_no_such_edit(before: bytes, after: bytes) -> None:
    assert OLD.count(before) == 1
    new = OLD.replace(before, after)
    assert of(new) is None
    assert of(OLD, new) is None


def test_what_is_below_moves_and_what_is_inside_has_no_place() -> None:
    found = of(OLD.replace(b"\tif (!page)", b"\tlru_add_drain();\n\n\tif (!page)"))
    assert found is not None
    assert [found.line(line) for line in (1, 3, 4, 6, 8, 9, 12)] == [1, 3, None, None, None, 11, 14]
    assert found.offset(OLD.index(b"static")) == OLD.index(b"static")
    assert found.offset(OLD.index(b"return 0")) is None
    assert found.offset(OLD.index(b"int second")) == OLD.index(b"int second") + len(
        b"\tlru_add_drain();\n\n"
    )


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), max_size=6))
def test_every_place_outside_is_found_where_its_text_is(steps: list[tuple[bool, int]]) -> None:
    new = OLD
    for first, lines in steps:
        at = b"\tif (!page)" if first else b"\treturn first"
        new = new.replace(at, b"\tcpu_relax();\n" * lines + at)
    found = of(new)
    assert found is not None
    for line, text in enumerate(OLD.splitlines(), start=1):
        now = found.line(line)
        assert now is None or new.splitlines()[now - 1] == text
    for offset in range(len(OLD)):
        moved = found.offset(offset)
        assert moved is None or new[moved] == OLD[offset]
