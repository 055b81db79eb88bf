"""Which functions are examined: those that may need something, as their text tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.callgraph.trees import write
from tests.dataflow.small import HOME, knowledge, rules

from mmlint.callgraph.program import Program
from mmlint.dataflow.telling import called_in
from mmlint.examining import Examination
from mmlint.judging import Composer

HEADER = """
#define page_at(addr) pfn_to_page((addr) >> PAGE_SHIFT)
#define given(addr) hidden(pfn_to_page(__pa(addr) >> PAGE_SHIFT))
static inline int asks(unsigned long pfn)
{
	return PageReserved(pfn_to_page(pfn));
}
static inline unsigned long far(unsigned long pfn)
{
	return pfn_valid(pfn) ? pfn : max_pfn;
}
"""


def examined(root: Path, body: str) -> bool:
    """Whether a function with this body is."""
    text = f"int f(unsigned long addr)\n{{\n\t{body}\n}}\n"
    tree = write(root, {"include/linux/h.h": HEADER, HOME: text})
    program = Program(tree, ["include/linux/h.h", HOME])
    composer = Composer(knowledge(), program.outline, lambda _: True)
    examination = Examination(program, knowledge(), rules(), composer)
    outcomes = map(examination.of, examination.tasks())
    return any(name == "f" for outcome in outcomes for _, name, _ in outcome.followed)


@pytest.mark.parametrize(
    "body",
    [
        "return PageReserved(pfn_to_page(addr));",
        "return page_at(addr)->flags;",
        "return max_pfn && page_zone(kept) == first;",
        "return addr < max_pfn && asks(addr);",
        "return walk_system_ram_range(0, addr, NULL, each);",
    ],
)
def test_who_may_need_anything_is_examined(tmp_path: Path, body: str) -> None:
    assert examined(tmp_path, body)


@pytest.mark.parametrize(
    "body",
    [
        "return given(addr)->flags;",
        "return addr < max_pfn;",
        "return addr < max_pfn && far(addr) && ops->given(addr);",
        "int (*asks)(int);\n\treturn addr < max_pfn;",
    ],
)
def test_others_are_not(tmp_path: Path, body: str) -> None:
    assert not examined(tmp_path, body)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (b"int f(int a)\n{\n\treturn g(a) + h (a) +\n\t\tlong_name\n(a);\n}\n", "g h long_name"),
        (b"int f(int (*p)(int))\n{\n\tvoid (*q)(int) = p;\n\treturn a->b(q(1)) + c.d(2);\n}", "q"),
        (b"int f(int a)\n{\n\treturn a>g(*b) ? g(*(c)(d)) : 0;\n}\n", "g"),
        (b"#define f(a) g(a)", "f g"),
    ],
)
def test_calls_by_name_are_seen_in_a_body(text: bytes, names: str) -> None:
    assert called_in(text) == set(names.split())
