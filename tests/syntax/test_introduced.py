"""What stands between functions brings names, headers, or something that nobody looks into."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlint.syntax.introduced import Introduced, introduced

NOTHING = Introduced(frozenset(), frozenset(), concerns_types=False)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("void drain(int nid);", "drain"),
        ("extern struct page *page_of(unsigned long pfn) __must_check;", "page_of"),
        ("void __meminit grow(struct zone *zone,\n\t\tunsigned long pfn);", "grow"),
        # What is a macro is not known here: whoever asks finds that its name stands elsewhere.
        ("static DEFINE_MUTEX(lock);", "DEFINE_MUTEX"),
    ],
)
def test_the_declaration_of_a_function_brings_its_name(text: str, name: str) -> None:
    assert introduced([text.encode()]) == NOTHING._replace(functions=frozenset({name}))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("static unsigned long first_pfn __read_mostly;", "first_pfn"),
        ("extern struct zone *zones[MAX_NUMNODES];", "zones"),
        ("\tstruct list_head parked;", "parked"),
    ],
)
def test_a_variable_or_member_brings_its_name_and_concerns_types(text: str, name: str) -> None:
    assert introduced([text.encode()]) == Introduced(frozenset(), frozenset({name}), True)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("#define FIRST 1", {"FIRST"}),
        ("# define walk(pfn) \\\n\tfor (; pfn; pfn++)\n#define LAST", {"walk", "LAST"}),
        ("#ifdef CONFIG_NUMA\n#define nid(page) 0\n#elif A\n#else\n#endif\n", {"nid"}),
    ],
)
def test_a_macro_brings_its_name(text: str, names: set[str]) -> None:
    assert introduced([text.encode()]) == NOTHING._replace(others=frozenset(names))


@pytest.mark.parametrize("text", ["", "\n\n", "struct page;\nenum zone_type;", "#if 0\n#endif"])
def test_what_brings_nothing(text: str) -> None:
    assert introduced([text.encode()]) == NOTHING


def test_a_header_concerns_types() -> None:
    assert introduced([b"#include <linux/mm.h>\n"]) == NOTHING._replace(concerns_types=True)


def test_a_condition_may_hold_functions() -> None:
    texts = [b"#ifdef CONFIG_NUMA\nint nid(void);\n#else\n", b"#endif\n"]
    assert introduced(texts) == NOTHING._replace(functions=frozenset({"nid"}))


@pytest.mark.parametrize(
    "text",
    [
        "int third = 3;",
        "typedef unsigned long pfn_t;",
        "typedef int (fn_t)(int);",
        "struct found { int a; };",
        "enum { ONE, TWO };",
        "\tONE,\n",
        "\t.open = seq_open,\n",
        "EXPORT_SYMBOL(first);",
        "int (*notify)(int nid);",
        '#include "internal.h"',
        "#undef FIRST",
        "#pragma once",
        "#define",
        "#ifdef CONFIG_NUMA",
        "#endif\n#ifdef CONFIG_NUMA",
        "#else",
        "}",
        "int nid)",
        ";",
    ],
)
def test_what_is_no_name_is_not_understood(text: str) -> None:
    assert introduced([text.encode()]) is None


@given(st.binary(max_size=60))
def test_no_text_is_too_odd(text: bytes) -> None:
    found = introduced([text])
    assert found is None or all(name.encode() in text for name in found.functions | found.others)
