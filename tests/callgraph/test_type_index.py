"""Types and variables are found alike one by one and all at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import pytest
from tests.callgraph.trees import write

from mmlint.callgraph.type_index import TypeIndex

FILES = {
    "include/a.h": "struct page {\n\tint a;\n\tunion inner\n\t{\n\t\tint b;\n\t};\n};\n",
    "include/b.h": "typedef int (*call_t)(struct page *page);\ntypedef struct page page_t;\n",
    "include/c.h": "extern struct page *first_page;\nextern int count(struct page *page);\n",
    "include/d.h": "struct page\n{\n\tint b;\n} __packed one_page;\n} page;\nstruct page *page;\n",
    "include/e.h": "typedef struct {\n\tint c;\n} zone_t, *zone_p;\n",
    "include/h.h": "struct outer {\n\tconst struct its_ops {\n\t\tint a;\n\t} *ops;\n};\n",
    "include/f.h": "extern struct zone {\n} zone;\n",
    "include/g.h": "typedef struct mask { int bits; } mask_t, *mask_p;\nint a;\n} b __packed;\n",
}
NAMES = [
    "page",
    "inner",
    "call_t",
    "page_t",
    "first_page",
    "count",
    "one_page",
    "zone_t",
    "zone",
    "its_ops",
    "mask",
    "mask_t",
    "mask_p",
    "zone_p",
    "b",
]
Answer = dict[tuple[str, str], list[tuple[str, int]]]


def nothing(_: Collection[str]) -> frozenset[str]:
    return frozenset()


def without(names: Collection[str]) -> frozenset[str]:
    return frozenset(at for at, text in FILES.items() if not any(name in text for name in names))


def found(root: Path, knows: Callable[[Collection[str]], frozenset[str]]) -> tuple[Answer, bool]:
    """All places, and whether `page_t` is an alias of the page."""
    index = TypeIndex(write(root, FILES), ("include",), knows)
    kinds = ("tags", "names", "variables")
    places = {(kind, name): index.places(kind, name) for name in NAMES for kind in kinds}
    return places, index.aliases("page") == {"page_t"}


@pytest.mark.parametrize("alone", [0, 2, 20])
def test_answers_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: int) -> None:
    monkeypatch.setattr("mmlint.callgraph.type_index._MOST_ALONE", alone)
    places, aliased = found(tmp_path, without)
    assert (places, aliased) == found(tmp_path, nothing)
    assert places["tags", "page"] == [("include/a.h", 1), ("include/d.h", 1)]
    assert places["tags", "its_ops"] == [("include/h.h", 2)]
    assert places["names", "call_t"] == [("include/b.h", 1)]
    assert places["tags", "mask"] == places["names", "mask_t"] == [("include/g.h", 1)]
    assert places["names", "mask_p"] == [("include/g.h", 1)]
    assert places["names", "zone_t"] == places["names", "zone_p"] == [("include/e.h", 3)]
    assert places["names", "b"] == [("include/g.h", 3)]
    assert places["variables", "first_page"] == [("include/c.h", 1)]
    assert aliased
