"""A scope of many files is gone about in another way, with the same answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.callgraph.trees import calling, found, program

from mmlint.callgraph.definition_index import DefinitionIndex
from mmlint.callgraph.program import Program

FILES = {
    "mm/free.c": "void free_pages_of(int a)\n{\n}\n",
    "mm/user.c": "void user(int a)\n{\n\tfree_all_pages(a);\n}\n",
    "include/linux/free.h": "#define free_all_pages(a) free_pages_of(a)\n",
    "drivers/x/d.c": "static void above(int a)\n{\n\tuser(a);\n}\n"
    "void top(int a)\n{\n\tabove(a);\n}\n",
    "net/n.c": "void n(void)\n{\n\ttop(1);\n}\n",
}


def answers(root: Path) -> list[object]:
    whole: Program = program(root, FILES, ".")
    sites = list(whole.mentioning(["free_pages_of"]))
    whole.prepare()
    return [
        sites,
        calling(whole, "free_pages_of", "mm/free.c"),
        calling(whole, "user", "mm/user.c"),
        calling(whole, "above", "drivers/x/d.c", static=True),
        calling(whole, "top", "drivers/x/d.c"),
        calling(whole, "nobody", "drivers/x/d.c"),
        [found(whole, name, "net/n.c") for name in ("user", "above", "top")],
    ]


@pytest.mark.parametrize("fast", [True, False])
def test_answers_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fast: bool) -> None:
    if fast:
        pytest.importorskip("hyperscan")
    few = answers(tmp_path)
    assert few[1] == ["mm/user.c:user*"]
    monkeypatch.setattr("mmlint.callgraph.uses.has_hyperscan", lambda: fast)
    monkeypatch.setattr("mmlint.callgraph.files._MANY", 0)
    assert answers(tmp_path) == few


def test_what_was_read_for_something_else_is_not_read_again() -> None:
    texts = {path: text.encode() for path, text in FILES.items()}
    index, read = noting_index(texts)
    last = list(texts)[-1]
    index.offer(last, texts[last])
    index.offer("mm/free.c", texts["mm/free.c"])
    index.offer("net/nowhere.c", b"int nowhere(void)\n{\n}\n")
    assert set(index.names()) == {b"free_pages_of", b"user", b"top", b"n"}
    assert read == [path for path in texts if path not in {"mm/free.c", last}]


def test_of_the_architectures_only_those_asked_for_are_read() -> None:
    text = b"int flush(void)\n{\n}\n"
    paths = ["arch/arm/mm/f.c", "mm/f.c", "arch/x86/mm/f.c"]
    index, read = noting_index(dict.fromkeys(paths, text))
    assert index.files("flush", "x86") == ("mm/f.c", "arch/x86/mm/f.c")
    assert sorted(read) == ["arch/x86/mm/f.c", "mm/f.c"]
    assert index.files("flush") == tuple(paths)
    assert index.files("flush", "x86") == ("mm/f.c", "arch/x86/mm/f.c")
    assert len(read) == len(paths)


_ONE, _OTHER = b"int one(void)\n{\n}\n", b"int other(void)\n{\n}\n"
_PATHS = ["arch/arm/mm/f.c", "mm/f.c", "include/f.h"]
_HELD = st.lists(st.sampled_from([b"", _ONE, _OTHER, _ONE + _OTHER]), min_size=3, max_size=3)


@given(_HELD, _HELD)
def test_definitions_that_were_known_are_not_looked_for_again(
    old: list[bytes], new: list[bytes]
) -> None:
    before, _ = noting_index(dict(zip(_PATHS, old, strict=True)))
    assert before.files("never") == ()
    before.files("one")
    now = dict(zip(_PATHS, new, strict=True))
    changed = [path for path, *texts in zip(_PATHS, old, new, strict=True) if texts[0] != texts[1]]
    index, read = noting_index(now)
    index.remember(before.known(), changed, lambda name: [p for p in _PATHS if name in str(now[p])])
    whole, _ = noting_index(now)
    assert index.files("one") == whole.files("one")
    assert index.files("never") == ()
    assert sorted(read) == sorted(changed)
    assert index.files("other", "arm") == whole.files("other", "arm")
    assert index.texts("other") == whole.texts("other")
    assert whole.texts("never") == ()
    assert index.known() == whole.known()


def test_of_too_many_new_names_all_files_are_read() -> None:
    texts = dict.fromkeys(_PATHS, _ONE)
    index, read = noting_index(texts)
    index.remember({}, [], lambda _: ["mm/f.c"])
    assert index.files("one") == ("mm/f.c",)
    assert read == ["mm/f.c"]
    for name in map(str, range(10)):
        assert index.files(name) == ()
    assert index.files("one") == tuple(_PATHS)
    assert index.names() == {b"one"}


def test_where_a_search_costs_more_all_files_are_read_for_a_new_name() -> None:
    texts = dict.fromkeys(_PATHS, _ONE)
    index, read = noting_index(texts)
    index.remember({"known": []}, [], None)
    assert (index.files("known"), read) == ((), [])
    assert index.files("one") == tuple(_PATHS)
    assert sorted(read) == sorted(_PATHS)


def noting_index(texts: dict[str, bytes]) -> tuple[DefinitionIndex, list[str]]:
    """An index of some files, and a list that gets what it reads."""
    read: list[str] = []

    def noted(path: str) -> bytes:
        read.append(path)
        return texts[path]

    return DefinitionIndex(list(texts), noted), read
