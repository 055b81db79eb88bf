"""Which files may hold a name is told by pieces of it; all that do hold it are among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlint.source.lookup import WordIndex
from mmlint.source.names import Pieces
from mmlint.source.sketch import Sketch, telling_pieces

pytest.importorskip("hyperscan")

WORDS = st.text(alphabet="abc_", min_size=1, max_size=6).map(str.encode)
TEXTS = st.lists(st.lists(WORDS).map(b" ".join), max_size=8)


def sketched(pieces: list[bytes], texts: list[bytes]) -> Sketch:
    sketch = Sketch(pieces)
    finder = Pieces(sketch.pieces)
    for text in texts:
        sketch.add(finder.held(text))
    return sketch


def test_only_files_with_all_pieces_of_a_name_may_hold_it() -> None:
    texts = [b"free_pages(x);", b"alloc_pages(x);", b"", b"free the pages"]
    sketch = sketched([b"free", b"pages"], texts)
    assert sketch.candidates([b"free_pages"]) == [0, 3]
    assert sketch.candidates([b"free_pages", b"alloc_pages"]) == [0, 1, 3]


def test_of_a_name_without_a_piece_nothing_is_told() -> None:
    assert not sketched([b"free"], [b"x"]).tells(b"take_page")
    assert not sketched([], [b"x"]).tells(b"take_page")


@given(st.lists(WORDS), TEXTS, WORDS)
def test_no_file_that_holds_a_name_is_left_out(
    pieces: list[bytes], texts: list[bytes], name: bytes
) -> None:
    sketch = sketched(pieces, texts)
    if sketch.tells(name):
        holding = {at for at, text in enumerate(texts) if name in text.split()}
        assert holding <= set(sketch.candidates([name]))


def test_the_rarest_pieces_of_a_name_are_taken_and_what_all_files_hold_tells_nothing() -> None:
    texts = [b"page_folio"] * 1 + [b"page_zone"] * 99
    pieces = telling_pieces([b"page_folio", b"page_zone", b"a_b"], texts)
    assert pieces[0] == b"_fol"
    assert b"page" not in pieces
    # After some of them next to nothing is left to search for the name.
    assert {b"_fol", b"e_fo", b"foli", b"ge_f", b"olio"} - set(pieces) == {b"ge_f", b"olio"}
    assert telling_pieces([], texts) == []


def test_without_a_text_to_judge_by_every_piece_is_taken_to_be_rare() -> None:
    assert telling_pieces([b"folio"], []) == [b"foli", b"olio"]


@given(st.lists(WORDS, min_size=1), TEXTS, st.lists(st.frozensets(WORDS, max_size=3), max_size=4))
def test_an_index_with_a_sketch_answers_as_one_without(
    sketched_names: list[bytes], texts: list[bytes], rounds: list[frozenset[bytes]]
) -> None:
    files = {f"{at}.c": text for at, text in enumerate(texts)}
    plain, helped = WordIndex(files.get, files), WordIndex(files.get, files)
    helped.sketch(sketched_names)
    for names in rounds:
        wanted = [name.decode() for name in names]
        assert helped.holding(wanted) == plain.holding(wanted)


def test_later_passes_read_only_what_may_hold_a_name() -> None:
    files = {f"{at}.c": b"plain text" for at in range(9)} | {"a.c": b"take_page"}
    read: list[str] = []

    def noted(path: str) -> bytes:
        read.append(path)
        return files[path]

    index = WordIndex(noted, files)
    index.sketch([b"take_page"])
    index.look_up(["other"])
    read.clear()
    assert index.files("take_page") == ("a.c",)
    assert read == ["a.c"]
    assert index.files("text") == tuple(path for path in files if path != "a.c")
    assert read[1:] == list(files)


def test_files_without_a_name_are_told_once_there_is_a_sketch() -> None:
    files = {"a.c": b"take_page", "b.c": b"give_pages", "c.c": b"take"} | {
        f"{at}.c": b"" for at in range(9)
    }
    index = WordIndex(files.get, files)
    index.sketch([b"take_page", b"take", b"page"])
    assert index.without(["take_page"]) == frozenset()
    index.look_up(["other"])
    assert index.without(["take_page"]) == frozenset(files) - {"a.c"}
    assert index.without(["take_page", "unknown"]) == frozenset()
