"""Which callees are followed: those whose text names something that decides."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.dataflow.small import HOME, analyses

CALLER = "static int f(unsigned long pfn)\n{\n\treturn below(pfn);\n}\n"


def followed(root: Path, header: str) -> set[str]:
    """The functions that are followed because of a caller of `below`."""
    run = analyses(root, {HOME: CALLER, "include/linux/below.h": header})
    (function,) = run.program.definitions("f", HOME)
    run.of(function)
    return {name for _, name, _ in run.followed}


@pytest.mark.parametrize(
    "body",
    [
        "return pfn_valid(pfn);",
        "/* asked at last */\n\treturn pfn_valid(pfn);",
        "/* pfn_to_page() is for others */\n\treturn pfn_valid(pfn);",
    ],
)
def test_a_callee_that_asks_is(tmp_path: Path, body: str) -> None:
    header = f"static inline int below(unsigned long pfn)\n{{\n\t{body}\n}}\n"
    assert followed(tmp_path, header) == {"f", "below"}


@pytest.mark.parametrize(
    "header",
    [
        "static inline int below(long pfn)\n{\n\t/* unlike pfn_valid() */\n\treturn 1;\n}\n",
        "static inline int below(unsigned long pfn) { return 1; }\n"
        "static inline int beside(unsigned long pfn)\n{\n\treturn pfn_valid(pfn);\n}\n",
        "static inline int below(unsigned long pfn)\n{\n\treturn not_pfn_valid(pfn);\n}\n",
    ],
)
def test_a_callee_whose_comment_or_neighbour_asks_is_not(tmp_path: Path, header: str) -> None:
    assert followed(tmp_path, header) == {"f"}


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("SetPageReserved(page);", 1),
        ("if (page)\n\t\tSetPageReserved(page);", 3),
        ("if (pfn_valid(page_to_pfn(page)))\n\t\tSetPageReserved(page);", 3),
    ],
    ids=["all is said", "another may not test", "each decides"],
)
def test_of_many_that_touch_a_page_so_many_are_as_say_all(
    tmp_path: Path, body: str, count: int
) -> None:
    below = f"void below(struct page *page)\n{{\n\t{body}\n}}\n"
    files = {f"arch/{arch}/mm/below.c": below for arch in ("arm", "mips", "sh")}
    caller = "static void f(unsigned long pfn)\n{\n\tbelow(pfn_to_page(pfn));\n}\n"
    run = analyses(tmp_path, {HOME: caller, **files})
    (function,) = run.program.definitions("f", HOME)
    analysed = run.of(function)
    assert analysed is not None
    assert [need.name for need in analysed.needs] == ["pfn_to_page"]
    assert sum(name == "below" for _, name, _ in run.followed) == count
