"""Functions that return structures are found alike one by one and all at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import pytest
from tests.callgraph.trees import write

from mmlint.callgraph.type_index import Prototypes

FILES = {
    "include/a.h": "extern struct page *first(int a);\nstruct zone *second(void);\n",
    "include/b.h": "static inline const struct node *third(void)\n{\n}\n",
    "include/c.h": "struct zone *second_of(struct page *first(int));\nint fourth(int a);\n",
}
NAMES = ["first", "second", "second_of", "third", "fourth", "page", "nobody"]


def nothing(_: Collection[str]) -> frozenset[str]:
    return frozenset()


def without(names: Collection[str]) -> frozenset[str]:
    return frozenset(at for at, text in FILES.items() if not any(name in text for name in names))


@pytest.mark.parametrize("alone", [0, 2, 9])
@pytest.mark.parametrize("knows", [nothing, without])
def test_answers_are_the_same(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    alone: int,
    knows: Callable[[Collection[str]], frozenset[str]],
) -> None:
    monkeypatch.setattr("mmlint.callgraph.type_index._MOST_ALONE", alone)
    prototypes = Prototypes(write(tmp_path, FILES), ("include",), knows)
    found = [prototypes.find(name) for name in NAMES * 2]
    assert found[: len(NAMES)] == found[len(NAMES) :]
    told = {
        name: each and (each[0], each[1].type) for name, each in zip(NAMES, found, strict=False)
    }
    assert told == {
        "first": ("include/a.h", "struct page"),
        "second": ("include/a.h", "struct zone"),
        "second_of": ("include/c.h", "struct zone"),
        "third": ("include/b.h", "struct node"),
        "fourth": None,
        "page": None,
        "nobody": None,
    }
