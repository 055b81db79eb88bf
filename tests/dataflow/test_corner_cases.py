"""Shapes of code that the analysis once got wrong; each was a bug and stays mended."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.dataflow.small import HOME, checked, told
from tests.test_engine import setter

from mmlint.dataflow import terms as t
from mmlint.dataflow.phis import Phis
from mmlint.dataflow.state import ANY, NONZERO, Known, State, join
from mmlint.dataflow.summary import Summary
from mmlint.dataflow.terms import make, number, page_of
from mmlint.knowledge import KnowledgeError, load_knowledge

A, B, C = (make("param", n) for n in "abc")
R = ["warning zone-device-no-ref a_set"]
P = ["warning pfn-not-online a_set"]


def test_sum_order(tmp_path: Path) -> None:
    assert t.substitute(t.total(A, B), {A: C}) is t.total(C, B)


def test_sum_order_in_c(tmp_path: Path) -> None:
    text = (
        "static int peek(unsigned long start, unsigned long off)\n{\n"
        "\treturn PageLRU(pfn_to_page(start + off));\n}\n"
    )
    text += setter("a_set", "return pfn_to_online_page(val + a_off) ? peek(val, a_off) : 0;")
    assert told(checked(tmp_path, {HOME: text})) == []


def test_parameter_names_of_several_definitions(tmp_path: Path) -> None:
    f = "int seen(unsigned long {0})\n{{\n\treturn {1}PageLRU(pfn_to_page({0}));\n}}\n"
    files = {
        "arch/arm/mm/s.c": f.format("first", "pfn_to_online_page(first) && "),
        "arch/mips/mm/s.c": f.format("nr", ""),
        "mm/a.c": setter("a_set", "return seen(val);"),
    }
    assert told(checked(tmp_path, files, "mm", "arch")) == ["warning pfn-not-online seen"]


def test_recursive_callee_cached_as_unknown(tmp_path: Path) -> None:
    text = (
        "static bool use_page(unsigned long pfn, int d)\n{\n\tif (d)\n"
        "\t\treturn use_page(pfn, d - 1);\n\treturn PageLRU(pfn_to_page(pfn));\n}\n"
    )
    assert told(checked(tmp_path, {HOME: text + setter("a_set", "return use_page(val, 3);")})) == [
        "warning pfn-not-online use_page"
    ]


def test_undefined_variable_invents_a_fact() -> None:
    x = Known("reference", B)
    one, two = State({"kept": A}, {x}), State()
    one.signs[A] = two.signs[A] = NONZERO
    assert join((1, -2), [one, two], Phis({"kept"}), 0).facts == set()


def test_undefined_variable_in_c(tmp_path: Path) -> None:
    body = (
        "struct page *page = some_page(val), *kept;\n\tif (!page)\n\t\treturn 0;\n"
        "\tif (hidden(val)) {\n\t\tget_page(page);\n\t\tkept = page;\n\t}\n"
        "\treturn is_zone_device_page(page);"
    )
    run = checked(tmp_path, {HOME: setter("a_set", body)})
    assert [f.rule for f in run.findings] == ["zone-device-no-ref"]


def test_stale_null_test(tmp_path: Path) -> None:
    body = (
        "struct page *page = pfn_to_online_page(val);\n\tif (!page)\n\t\treturn 0;\n"
        "\tif (hidden(val))\n\t\tpage = NULL;\n\tif (!page)\n"
        "\t\treturn PageLRU(pfn_to_page(val + 1));\n\treturn 0;"
    )
    assert told(checked(tmp_path, {HOME: setter("a_set", body)})) == P


def test_two_variables_with_the_same_page_or_null(tmp_path: Path) -> None:
    body = (
        "struct page *q = pfn_to_online_page(val), *p = NULL;\n\tif (hidden(val)) {\n"
        "\t\tif (!q)\n\t\t\treturn 0;\n\t\tget_page(q);\n\t\tp = q;\n\t}\n\tif (q)\n"
        "\t\treturn is_zone_device_page(q);\n\treturn 0;"
    )
    assert told(checked(tmp_path, {HOME: setter("a_set", body)})) == R


def test_wrapper_that_asks_about_its_own_page(tmp_path: Path) -> None:
    text = setter("a_set", "return is_zone_device_page(pfn_to_page(val));")
    assert R[0] in told(checked(tmp_path, {HOME: text}))


def test_unknown_fact_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text('[[establish]]\nname = "f"\nfacts = ["x"]\nsource = "s"\n')
    with pytest.raises(KnowledgeError, match=r"r\.toml:1: "):
        load_knowledge([tmp_path])


def test_always_implies_on_non_zero() -> None:  # lost promise
    facts = frozenset({Known("online", A)})
    one, two = (
        Summary(("a",), implies=((ANY, facts),)),
        Summary(("a",), implies=((NONZERO, facts),)),
    )
    assert one.join(two).implies == ((NONZERO, facts),)


def test_number_plus_page() -> None:
    page = page_of(A)
    assert t.total(number(3), page) is t.total(page, number(3))
