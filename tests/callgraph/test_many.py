"""A scope of many files is gone about in another way, with the same answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.callgraph.trees import calling, found, program

from mmlint.callgraph.definitions import DefinitionIndex
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


def noting_index(texts: dict[str, bytes]) -> tuple[DefinitionIndex, list[str]]:
    """An index of some files, and a list that gets what it reads."""
    read: list[str] = []

    def noted(path: str) -> bytes:
        read.append(path)
        return texts[path]

    return DefinitionIndex(list(texts), noted), read
