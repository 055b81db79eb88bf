"""Files are found by the names that they hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlint.source.lookup import files_with, telling_part, words_in

FILES = {
    "a.c": b"x = take(page);",
    "b.c": b"mistake(take_two, /* give */ 1);",
    "c.c": b"",
    "d.c": b"take\xff\xa9give",
}
MORE = [f"never_{number}" for number in range(60)]


@pytest.mark.parametrize("names", [["take", "give"], ["take", "give", *MORE]])
def test_whole_words_are_found_among_few_and_among_many_names(names: list[str]) -> None:
    assert files_with(FILES.get, FILES, names) == {
        "a.c": {"take"},
        "b.c": {"give"},
        "d.c": {"take", "give"},
    }


def test_a_name_that_holds_another_is_found_on_its_own() -> None:
    assert files_with(FILES.get, FILES, ["take", "take_two"]) == {
        "a.c": {"take"},
        "b.c": {"take_two"},
        "d.c": {"take"},
    }


def test_what_cannot_be_read_holds_nothing() -> None:
    assert files_with(FILES.get, ["gone.c", "a.c"], ["take"]) == {"a.c": {"take"}}


def test_no_names_find_nothing() -> None:
    assert files_with(FILES.get, FILES, []) == {}


def test_a_large_file_is_searched_for_the_same_words() -> None:
    large = b"mistake taken\n" * (1 << 20) + b"take "
    assert words_in(large, frozenset({b"take", b"mist", b"taken"})) == {b"take", b"taken"}


def test_registers_without_code_are_cut_off() -> None:
    assert telling_part(b"/* (c) */\n#define A 1\n#define B 2\n") == b"/* (c)"
    assert telling_part(b"#define A (f(1))\n#define B 2\n") == b"#define A (f(1))"
    assert telling_part(b"int a;\n#define B 2\n") == b"int a;\n#define B 2\n"


@given(st.lists(st.sampled_from(["a", "ab", "b_a", "(", " ", "\n", "a1"])))
def test_few_and_many_names_agree(parts: list[str]) -> None:
    data = {"x.c": "".join(parts).encode() + b";"}
    few = files_with(data.get, data, ["a", "ab", "b_a"])
    assert few == files_with(data.get, data, ["a", "ab", "b_a", *MORE])
