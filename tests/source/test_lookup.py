"""Files are found by the names that they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlint.source.lookup import WordIndex, telling_part

if TYPE_CHECKING:
    from collections.abc import Collection

FILES = {
    "a.c": b"x = take(page);",
    "b.c": b"mistake(take_two, /* give */ 1);",
    "c.c": b"",
    "d.c": b"take\xff\xa9give",
}
MORE = [f"never_{number}" for number in range(60)]


@pytest.mark.parametrize("names", [["take", "give"], ["take", "give", *MORE]])
def test_files_are_told_with_the_names_that_they_hold(names: list[str]) -> None:
    assert WordIndex(FILES.get, FILES).holding(names) == {
        "a.c": {"take"},
        "b.c": {"give"},
        "d.c": {"take", "give"},
    }


def test_the_files_of_a_name_come_in_the_order_given() -> None:
    assert WordIndex(FILES.get, ["d.c", "b.c", "a.c"]).files("take") == ("d.c", "a.c")


def test_what_cannot_be_read_holds_nothing() -> None:
    assert WordIndex(FILES.get, ["gone.c", "a.c"]).files("take") == ("a.c",)


def test_what_is_no_word_is_not_looked_for() -> None:
    def read(path: str) -> bytes:
        raise AssertionError(path)

    index = WordIndex(read, ["a.c"])
    assert index.files("FNAME(walk)") == ()
    assert index.covers("FNAME(walk)")
    assert index.passes == 0


def test_no_names_find_nothing() -> None:
    assert WordIndex(FILES.get, FILES).holding([]) == {}


def test_one_pass_answers_for_all_that_is_expected() -> None:
    read: list[str] = []

    def noted(path: str) -> bytes:
        read.append(path)
        return FILES[path]

    index = WordIndex(noted, FILES)
    index.expect(["give"])
    assert index.files("take") == ("a.c", "d.c")
    assert index.files("give") == ("b.c", "d.c")
    assert read == list(FILES)


def test_registers_without_code_are_cut_off() -> None:
    assert telling_part(b"/* (c) */\n#define A 1\n#define B 2\n") == b"/* (c)"
    assert telling_part(b"#define A (f(1))\n#define B 2\n") == b"#define A (f(1))"
    assert telling_part(b"int a;\n#define B 2\n") == b"int a;\n#define B 2\n"


def test_the_first_files_tell_what_else_is_looked_for_in_one_pass() -> None:
    files = {
        "a.c": b"wrap(page);",
        "b.h": b"#define wrap(x) take(x)",
        "c.h": b"wrap(page);",
        "d.c": b"take(page); other();",
    }
    read: list[str] = []

    def noted(path: str) -> bytes:
        read.append(path)
        return files[path]

    def further(paths: Collection[str]) -> list[str]:
        assert list(paths) == ["b.h"]
        return ["wrap"]

    index = WordIndex(noted, files)
    index.expect(["other"])
    index.look_up_in_turn(["take"], lambda path: path.endswith(".h"), further)
    assert read == ["b.h", "c.h", "a.c", "d.c", "b.h", "c.h"]
    assert index.passes == 1
    assert index.files("take") == ("b.h", "d.c")
    assert index.files("wrap") == ("a.c", "b.h", "c.h")
    assert index.files("other") == ("d.c",)
    index.look_up_in_turn(["take"], lambda _: True, lambda _: ["never"])
    assert index.passes == 1


_TEXTS = st.lists(
    st.sampled_from([b"take();", b"give(take);", b"", b"mistake();"]), min_size=4, max_size=4
)


@given(_TEXTS, _TEXTS)
def test_what_was_known_is_as_if_looked_up_again(old: list[bytes], new: list[bytes]) -> None:
    names = ["take", "give", "never"]
    before = WordIndex(dict(zip(FILES, old, strict=True)).get, FILES)
    before.look_up(names)
    read: list[str] = []

    def noted(path: str) -> bytes:
        read.append(path)
        return now[path]

    now = dict(zip(FILES, new, strict=True))
    changed = [path for path, *texts in zip(FILES, old, new, strict=True) if texts[0] != texts[1]]
    after = WordIndex(noted, FILES)
    after.remember(before.known(), [*changed, "elsewhere.c"])
    assert after.holding(names) == WordIndex(now.get, FILES).holding(names)
    assert sorted(read) == changed
    assert after.known() == before.known() or changed
