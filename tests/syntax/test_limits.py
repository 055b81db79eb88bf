from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.syntax.reading import table

from mmlint.syntax.arms import select
from mmlint.syntax.directives import strip_directives
from mmlint.syntax.limits import ParseGivenUp
from mmlint.syntax.mask import mask
from mmlint.syntax.outline import outline
from mmlint.syntax.parse import parse_function
from mmlint.syntax.repair import repair
from mmlint.syntax.rewrite import rewrite

MACROS = table(
    "#define each(x) for (;;)\n#define __gone __attribute__((a))\n#define __with(x) __gone\n"
    "#define inline_asm asm volatile\n#define kind_of(x) typeof(x)\n#define say(x)"
    " do { } while (0)\n"
)
BODY = st.lists(
    st.sampled_from(
        [
            b"each(a) ",
            b"each() ",
            b"each(\n) ",
            b"X(",
            b"(",
            b")",
            b"{",
            b"}",
            b";",
            b",",
            b"\n",
            b" ",
            b"__gone ",
            b"__with(",
            b"inline_asm(",
            b"asm(",
            b"kind_of(a) ",
            b"say(a) ",
            b"b",
            b"= ",
            b"static ",
            b"struct s *",
            b"int ",
            b"typeof(",
            b"offsetof(",
            b"case 1 ... 2:",
            b"goto *",
            b"(u64)",
            b"-",
            b'"  "',
            b"do ",
            b"if (a) ",
            b"else ",
            b"__label__ x;",
            b"... ",
            b"?",
            b":",
            b"\n#if A\n",
            b"\n#else\n",
            b"\n#elif B\n",
            b"\n#endif\n",
            b"' '",
            b"&&",
            b"<",
        ]
    ),
    max_size=40,
).map(b"".join)


def newlines(text: bytes) -> list[int]:
    return [found.start() for found in re.finditer(rb"\n", text)]


@given(BODY)
@example(b"f(&&\n\n= )")
@example(b'inline_asm(\n#if A\n"  "__with(')
@example(b"each(a) b\n(u64)each(a) ")
@example(b"each(a) bcd\n() { }")
def test_rewriting_keeps_length_and_newlines(text: bytes) -> None:
    code = strip_directives(mask(text)).code
    rewritten = rewrite(code, MACROS)
    for result in (code, rewritten.text, repair(rewritten).text):
        assert len(result) == len(text)
        assert newlines(result) == newlines(text)


@given(BODY)
def test_selections_keep_length_and_newlines(text: bytes) -> None:
    stripped = strip_directives(mask(text))
    for selection in select(stripped.code, stripped.conditionals, 0, {}):
        assert len(selection.text) == len(text)
        assert newlines(selection.text) == newlines(text)


@given(BODY)
def test_any_body_is_parsed_or_given_up(text: bytes) -> None:
    found = outline("x.c", b"int f(void)\n{\n" + text + b"\n}\n", MACROS)
    for site in found.definitions:
        for function in parse_function(found, site, MACROS):
            assert function.losses >= 0


@pytest.mark.parametrize(
    "inner",
    [
        "x = " + "(" * 5000 + "a" + ")" * 5000 + ";",
        "x = " + "a + " * 5000 + "b;",
        "x = " + "!" * 5000 + "a;",
        "if (a) b(); else " * 1000 + "c();",
        "{" * 2000 + "}" * 2000,
        "l: " * 2000 + "a;",
        "\n#if A\n" * 300 + "a;" + "\n#endif\n" * 300,
    ],
)
def test_deep_nesting_is_given_up_with_a_reason(inner: str) -> None:
    found = outline("x.c", f"int f(void)\n{{\n{inner}\n}}\n".encode())
    with pytest.raises(ParseGivenUp, match="nested too deeply"):
        parse_function(found, found.definitions[0], MACROS)


def test_a_huge_function_is_given_up() -> None:
    found = outline("x.c", b"int f(void)\n{\n" + b"a();\n" * 500_000 + b"}\n")
    with pytest.raises(ParseGivenUp, match="two megabytes"):
        parse_function(found, found.definitions[0], MACROS)


@pytest.mark.parametrize(
    "data",
    [
        b"int f(void)\n{\n if (x) {\n}\n" * 2000,
        b"{" * 50_000,
        b"}" * 50_000,
        b"#if A\n" * 20_000,
        b"#if A\n" + b"#elif B\nint f(void) { }\n" * 1000,
        b'"' * 50_001,
        b"/* " * 50_000,
        b"#\\\n" * 50_000,
        b"int f" + b"(" * 50_000 + b"{ }",
        bytes(range(256)) * 200,
    ],
)
def test_hostile_files_are_outlined(data: bytes) -> None:
    assert len(outline("x.c", data, MACROS).code) == len(data)


@pytest.mark.parametrize(
    "inner",
    [
        "X(a; " * 1000,
        "a ( b [ c ; d ) e ] " * 500,
        "x(" + "struct s, " * 2000 + "b);",
        "X() " * 2000,
    ],
)
def test_hostile_bodies_are_parsed(inner: str) -> None:
    found = outline("x.c", f"int f(void)\n{{\n{inner}\n}}\n".encode())
    assert len(parse_function(found, found.definitions[0], MACROS)) == 1
