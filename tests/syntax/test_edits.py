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
        (b"<linux/mm.h>", b'"internal.h"'),
        (b"\treturn 0;", b"#define ZERO 0\n\treturn ZERO;"),
        (b"\tif (!page)", b"\tstruct found { int a; } found;\n\tif (!page)"),
        (b"int third", b"DEFINE_MUTEX(lock);\nint third"),
        (b"int second", b"static int more = 1;\n\nint second"),
        (b"int second", b"typedef int (fn_t)(int);\n\nint second"),
        (b"int second", b"EXPORT_SYMBOL(first);\n\nint second"),
        (b"int second", b"#ifdef CONFIG_NUMA\nint second"),
        (b"\treturn 0;", b"\treturn 0; {"),
        (b"(pfn));\n}", b"(pfn)); } int more;"),
    ],
)
def test_what_others_may_see_is_no_such_edit(before: bytes, after: bytes) -> None:
    assert OLD.count(before) == 1
    new = OLD.replace(before, after)
    assert of(new) is None
    assert of(OLD, new) is None


def test_a_needless_semicolon_is_no_obstacle() -> None:
    old = OLD.replace(b"}\n\nint second", b"};\n\nint second")
    found = of(old.replace(b"(!page)", b"(page)"), old)
    assert found is not None
    assert "first" in found.functions


def test_a_function_more_is_an_edit_of_the_functions_of_its_file() -> None:
    more = b"static int fourth(void)\n{\n\treturn fifth();\n}\n\n"
    found = of(OLD.replace(b"int second", more + b"int second"))
    assert found is not None
    assert {"fourth", "mm/a.c"} <= found.functions
    assert {"fourth", "fifth"} <= found.words
    assert "first" not in found.functions


@pytest.mark.parametrize(
    "new",
    [
        OLD.replace(b"first(struct page *page)", b"first(struct page *p)"),
        OLD.replace(b"static int first", b"int first"),
    ],
)
def test_a_header_is_part_of_its_function(new: bytes) -> None:
    found = of(new)
    assert found is not None
    assert "first" in found.functions
    assert "first" in found.words
    assert "mm/a.c" not in found.functions


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (b"static int first(struct page *page)", {"first"}),
        (b"struct zone *first(unsigned long pfn, int (*get)(int nid), bool set)", {"first"}),
        (b"DEFINE_WALK(first, online, struct zone *zone)", {"DEFINE_WALK", "first", "online"}),
        (b"static void __meminit WALK(first)(int nid)", {"__meminit", "WALK", "first"}),
    ],
)
def test_a_header_names_what_a_macro_may_make_a_name_of(header: bytes, names: set[str]) -> None:
    old = header + b"\n{\n\treturn 0;\n}\n"
    found = of(old.replace(b"0", b"1"), old)
    assert found is not None
    assert {name for name in found.functions if name.isidentifier()} == names


def test_a_declaration_of_a_function_of_the_file_is_nothing_new() -> None:
    found = of(OLD.replace(b"static int first", b"int second(unsigned long);\n\nstatic int first"))
    assert found is not None
    assert "second" in found.words


def test_names_that_come_between_functions_are_told() -> None:
    more = b"#define fourth(pfn) first(pfn_to_page(pfn))\nvoid fifth(int nid);\n"
    new = OLD.replace(b"int second", more + b"int second")
    for found in (of(new), of(OLD, new)):
        assert found is not None
        assert found.names == {"fourth"}
        assert found.declared == {"fifth"}
        assert found.defined == {"first", "second"}
        assert "fifth" in found.functions
        assert not found.concerns_types
        assert any(b"first(pfn_to_page" in text for text in found.texts)


def test_a_macro_that_is_another_one_is_no_such_edit() -> None:
    old = OLD.replace(b"int second", b"#define fourth 1\nint second")
    assert of(old.replace(b"fourth 1", b"fourth 2"), old) is None
    assert of(old.replace(b"fourth 1", b"fifth 1"), old) is not None


def test_another_header_concerns_types() -> None:
    found = of(OLD.replace(b"<linux/mm.h>", b"<linux/mmzone.h>"))
    assert found is not None
    assert found.concerns_types


def test_what_stays_keeps_its_words_but_those_of_comments() -> None:
    old = OLD.replace(b"int third", b"/* sixth */\nint third")
    found = of(old.replace(b"(!page)", b"(unlikely(!page))"), old)
    assert found is not None
    for name, is_kept in (("third", True), ("second", True), ("first", True), ("sixth", False)):
        assert found.keeps({name}) is is_kept
    assert not found.keeps({"page_to_nid", "unlikely"})


def test_a_comment_is_nothing_to_others() -> None:
    found = of(OLD.replace(b"int second", b"/* Page of a PFN; asks first(). */\nint second"))
    assert found is not None
    assert not found.functions
    assert not found.words


def test_a_function_that_moves_is_another_one_where_it_was() -> None:
    first, second = OLD.index(b"static int"), OLD.index(b"int second")
    third = OLD.index(b"int third")
    found = of(OLD[:first] + OLD[second:third] + OLD[first:second] + OLD[third:])
    assert found is not None
    assert found.words == set()
    assert {"first", "second"} & found.functions


def test_what_is_below_moves_and_what_is_inside_has_no_place() -> None:
    found = of(OLD.replace(b"\tif (!page)", b"\tlru_add_drain();\n\n\tif (!page)"))
    assert found is not None
    lines = [found.line(line) for line in (0, 1, 2, 3, 4, 6, 8, 9, 12)]
    assert lines == [0, 1, 2, None, None, None, None, 11, 14]
    assert found.offset(OLD.index(b"#include")) == OLD.index(b"#include")
    assert found.offset(OLD.index(b"return 0")) is None
    assert found.offset(OLD.index(b"int second")) == OLD.index(b"int second") + len(
        b"\tlru_add_drain();\n\n"
    )


def test_around_a_comment_in_a_function_its_code_moves() -> None:
    found = of(OLD.replace(b"\tif (!page)", b"\t/* No\n\t * page */\n\tif (!page)"))
    assert found is not None
    assert found.functions == found.words == found.spelled == frozenset()
    assert [found.line(line) for line in (5, 6, 8, 12)] == [7, 8, 10, 14]
    assert found.lines == 2


SAME = b"int again(int n)\n{\n\tn++; /* one */\n\tn++;\n\n\tn++;\n\treturn n;\n}\n"


def test_lines_that_look_alike_are_told_apart() -> None:
    now = SAME.replace(b" /* one */", b"").replace(b"\tn++;\n\treturn", b"\tn++; /* 3 */\n\treturn")
    found = of(now, SAME)
    assert found is not None
    assert [found.line(line) for line in range(1, 9)] == [1, 2, None, 4, 5, None, 7, 8]


def test_what_a_string_holds_is_no_comment() -> None:
    old = b'int tell(void)\n{\n\treturn pr_info("/* %d */");\n}\n'
    found = of(old.replace(b"%d", b"%u"), old)
    assert found is not None
    assert found.functions == {"tell"}


@given(st.integers(0, OLD.count(b"\n")), st.sampled_from([b"\n", b"/* x */\n", b"/*\n*/\n"]))
def test_every_line_is_found_behind_a_comment(at: int, comment: bytes) -> None:
    lines = OLD.splitlines(keepends=True)
    new = b"".join((*lines[:at], comment, *lines[at:]))
    found = of(new)
    assert found is not None
    assert found.lines == comment.count(b"\n")
    for line, text in enumerate(lines, start=1):
        now = found.line(line)
        assert now is not None or not text.strip()
        assert now is None or new.splitlines(keepends=True)[now - 1] == text


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
