"""Naming nodes of a call graph, and asking for their neighbours."""

from __future__ import annotations

import pytest
from tests.callgraph.graphs import InMemory, call, graph, node

from mmlint.callgraph.graph import CallGraph
from mmlint.callgraph.queries import UnknownName, find, nearest


def statics() -> CallGraph:
    made = CallGraph()
    for path, line in (("mm/slab.c", 5), ("mm/slub.c", 7), ("mm/slub.c", 9), ("lib/slub.c", 3)):
        made.add_node(node("show", path, line))
    return made


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("show", ["mm/slab.c:5", "mm/slub.c:7", "mm/slub.c:9", "lib/slub.c:3"]),
        ("slub.c:show", ["mm/slub.c:7", "mm/slub.c:9", "lib/slub.c:3"]),
        ("mm/slub.c:show", ["mm/slub.c:7", "mm/slub.c:9"]),
        ("./mm/slab.c:show", ["mm/slab.c:5"]),
        ("mm/slub.c:9:show", ["mm/slub.c:9"]),
        ("slab.c:5:show", ["mm/slab.c:5"]),
    ],
)
def test_a_name_may_say_in_which_file_it_is_defined(text: str, places: list[str]) -> None:
    assert [f"{n.path}:{n.line}" for n in find(InMemory(statics()), text)] == places


def test_a_function_without_definition_goes_by_its_id_too() -> None:
    made = CallGraph()
    made.add_node(node("memcpy", "", 0))
    assert find(InMemory(made), "::memcpy") == (node("memcpy", "", 0),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shwo", "no function or macro is called 'shwo': did you mean show?"),
        ("b.c:shwo", "no function or macro is called 'shwo': did you mean show?"),
        ("unlike_anything", "no function or macro is called 'unlike_anything'"),
        ("", "no function or macro is called ''"),
        ("b.c:show", "show is not defined in b.c, but in lib/slub.c, mm/slab.c or mm/slub.c"),
        ("ub.c:show", "show is not defined in ub.c, but in lib/slub.c, mm/slab.c or mm/slub.c"),
        ("slub.c:1:show", "not defined in slub.c:1, but"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(text: str, message: str) -> None:
    with pytest.raises(UnknownName) as raised:
        find(InMemory(statics()), text)
    assert message in str(raised.value)


def test_many_files_are_not_listed_all() -> None:
    made = CallGraph()
    for letter in "abcde":
        made.add_node(node("show", f"{letter}.c"))
    with pytest.raises(UnknownName, match=r"in a\.c, b\.c, c\.c or others$"):
        find(InMemory(made), "z.c:show")


def test_the_nearest_names_come_first_and_are_few() -> None:
    names = ["page_to_pfn", "pfn_to_page", "pfn_to_nid", "page_to_nid", "kmalloc"]
    assert nearest("pfn_to_pge", names)[0] == "pfn_to_page"
    assert len(nearest("pfn_to_page", [f"pfn_to_page{n}" for n in range(9)])) == 3
    assert nearest("zzz", names) == []


def test_a_batch_asks_for_the_neighbours_of_all_its_nodes() -> None:
    asked = InMemory(graph("a c", "b c", "c d", "c e"))
    a, b, c, d, e = (node(name) for name in "abcde")
    assert asked.callers([c, d]) == [(call(a, c, 1), a), (call(b, c, 2), b), (call(c, d, 3), c)]
    assert asked.callees([c, a]) == [(call(c, d, 3), d), (call(c, e, 4), e), (call(a, c, 1), c)]
    assert asked.callers([]) == []
