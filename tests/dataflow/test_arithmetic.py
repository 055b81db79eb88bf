"""What only counts is told by a look at the text where that is possible, else by the body."""

from __future__ import annotations

import pytest
from tests.syntax.reading import functions

from mmlint.dataflow.arithmetic import may_count, only_counts

PURE = frozenset({"min", "round_down"})
COUNTING = [
    "return a + 1;",
    "return (a << 3) | b;",
    "return (unsigned long)a / b;",
    "return min(a, ~b);",
    "return -round_down(a, 8);",
    "return a; /* one; two */",
    "return a + sizeof(b);",
    "return a +\n#ifdef X\n1\n#else\n2\n#endif\n;",
]
OTHER = [
    "return a->b;",
    "return a.b;",
    "return a[1];",
    "return a ? 1 : 2;",
    "return f(a);",
    "return *a;",
    "a++; return a;",
    "if (a) return 1;",
    "return ({ a; });",
    "f(a);",
    "{ return a; }",
    "",
]


def text(body: str) -> str:
    return f"static inline int f(int a, int b)\n{{\n\t{body}\n}}\n"


@pytest.mark.parametrize("body", COUNTING)
def test_what_counts_is_not_ruled_out_by_its_text(body: str) -> None:
    assert may_count(text(body).encode(), PURE)
    assert all(only_counts(function, PURE) for function in functions(text(body)))


@pytest.mark.parametrize("body", OTHER)
def test_what_does_more_does_not_count(body: str) -> None:
    assert not all(only_counts(function, PURE) for function in functions(text(body)))


@pytest.mark.parametrize("body", [body for body in OTHER if "*" not in body])
def test_most_of_that_is_seen_without_parsing(body: str) -> None:
    assert not may_count(text(body).encode(), PURE)


def test_the_body_of_a_macro_has_to_be_parsed() -> None:
    assert may_count(b"((a) + 1)", PURE)
