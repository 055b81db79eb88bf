"""Files as a configuration leaves them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.syntax.reading import shown

from mmlint.source.config import Configuration
from mmlint.syntax.deciding import decide_groups
from mmlint.syntax.directives import strip_directives
from mmlint.syntax.macros import MacroTable
from mmlint.syntax.mask import mask
from mmlint.syntax.outline import Outline, outline
from mmlint.syntax.parse import parse_function

KNOWN = Configuration({"CONFIG_ON": "y", "CONFIG_OFF": "n", "CONFIG_LEVELS": "4"}, complete=False)
ARMS = st.lists(
    st.sampled_from(
        [
            b"\n#ifdef CONFIG_ON\n",
            b"\n#ifdef CONFIG_OFF\n",
            b"\n#ifdef OPEN\n",
            b"\n#if 0\n",
            b"\n#elif CONFIG_LEVELS > 3\n",
            b"\n#elif defined(CONFIG_OFF)\n",
            b"\n#elif OPEN > 1\n",
            b"\n#else\n",
            b"\n#endif\n",
            b"\n#ifndef GUARD\n#define GUARD\n",
            b"a;",
            b"{",
            b"}",
        ]
    ),
    max_size=30,
).map(b"".join)


def left(text: str) -> str:
    """What stays of a text, with directives as conditions in brackets and without space."""
    found = decide_groups(strip_directives(mask(text.encode())), KNOWN).stripped
    pieces = list(found.code.decode())
    for directive in found.conditionals:
        asked = "" if directive.word in {"else", "endif"} else f" {directive.condition}"
        pieces[directive.start] = f"[{directive.word}{asked}]"
    return re.sub(r"\s*\n\s*", "", "".join(pieces)).strip()


def read(text: str) -> Outline:
    table = MacroTable([("mm/demo.c", text.encode())], KNOWN)
    return outline("mm/demo.c", text.encode(), table, KNOWN)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("#ifdef CONFIG_ON\na;\n#else\nb;\n#endif\nc;", "a;c;"),
        ("#ifdef CONFIG_OFF\na;\n#else\nb;\n#endif\nc;", "b;c;"),
        ("#ifdef OPEN\na;\n#else\nb;\n#endif\nc;", "[if OPEN]a;[else]b;[endif]c;"),
        ("#ifdef CONFIG_OFF\na;\n#elif OPEN\nb;\n#endif\n", "[if OPEN]b;[endif]"),
        ("#if OPEN\na;\n#elif CONFIG_ON\nb;\n#else\nc;\n#endif\n", "[if OPEN]a;[else]b;[endif]"),
        ("#if OPEN\na;\n#elif CONFIG_OFF\nb;\n#else\nc;\n#endif\n", "[if OPEN]a;[else]c;[endif]"),
        ("#if OPEN && defined(CONFIG_ON)\na;\n#endif\n", "[if OPEN]a;[endif]"),
        ("#ifdef CONFIG_OFF\n#if OPEN\na;\n#endif\nb;\n#endif\nc;", "c;"),
        ("#ifdef CONFIG_ON\n#if OPEN\na;\n#endif\nb;\n#endif\nc;", "[if OPEN]a;[endif]b;c;"),
        ("#if CONFIG_LEVELS > 3\na;\n#endif\n", "a;"),
        ("#if 0\na;\n#endif\nb;", "b;"),
        ("#ifndef CONFIG_OFF\n#define CONFIG_OFF 1\na;\n#endif\n", "a;"),
    ],
)
def test_decided_arms_leave_no_trace(text: str, rest: str) -> None:
    assert left(text) == rest


def test_a_group_that_is_never_closed_stays_and_is_reported() -> None:
    text = "#ifdef CONFIG_OFF\nint f(void)\n{\n}\n"
    assert left(text) == "[ifdef CONFIG_OFF]int f(void){}"
    assert [reason for _, reason in read(text).losses] == ["#if without #endif"]


def test_an_endif_too_many_is_still_reported() -> None:
    found = read("#ifdef CONFIG_OFF\n#endif\n#endif\n#else\n")
    assert [line for line, _ in found.losses] == [3, 4]


def test_definitions_that_are_left_out_are_none() -> None:
    text = "#ifdef CONFIG_ON\nint f(void)\n{\n}\n#else\nint f(void)\n{\n\tg();\n}\n#endif\n"
    (site,) = read(text).named("f")
    assert (site.line, site.condition, site.variant) == (2, "", 0)
    assert read(text).calls("g") == ()


def test_the_arm_that_is_compiled_decides_where_blocks_end() -> None:
    text = (
        "#ifdef CONFIG_OFF\nint f(int a)\n{\n\tif (a) {\n#else\nint f(void)\n{\n#endif\n\tg();\n}\n"
        "int h(void)\n{\n}\n"
    )
    assert [(site.name, site.line) for site in read(text).definitions] == [("f", 6), ("h", 11)]


def test_only_arms_that_are_open_give_variants() -> None:
    text = (
        "int f(void)\n{\n#ifdef CONFIG_OFF\n\ta();\n#endif\n#ifdef OPEN\n\tb();\n#else\n\tc();\n"
        "#endif\n#if CONFIG_LEVELS > 3\n\td();\n#endif\n}\n"
    )
    found = read(text)
    variants = parse_function(found, found.definitions[0], MacroTable())
    assert [(each.condition, shown(each.body)) for each in variants] == [
        ("OPEN", "[Evaluate(Call(Name(b), [])), Evaluate(Call(Name(d), []))]"),
        ("!OPEN", "[Evaluate(Call(Name(c), [])), Evaluate(Call(Name(d), []))]"),
    ]


def test_an_option_may_be_a_module_for_one_question_and_off_for_another() -> None:
    known = Configuration({"CONFIG_A": "m"}, complete=False)
    first, second = (
        "#ifdef CONFIG_A\n\ta();\n#endif\n",
        "#if IS_ENABLED(CONFIG_A)\n\tb();\n#endif\n",
    )
    text = f"int f(void)\n{{\n{first}{second}}}\n"
    found = outline("x.c", text.encode(), None, known)
    (function,) = parse_function(found, found.definitions[0], MacroTable())
    assert shown(function.body) == "[Evaluate(Call(Name(b), []))]"


def test_macros_that_are_left_out_are_not_found() -> None:
    text = (
        b"#ifdef CONFIG_OFF\n#define one 1\n#define none 0\n#else\n#define one 2\n#endif\n"
        b"#ifdef OPEN\n#define one 3\n#endif\n"
    )
    macros = MacroTable([("include/demo.h", text)], KNOWN)
    assert [macro.body for macro in macros.lookup("one")] == ["2", "3"]
    assert [macros.condition(macro) for macro in macros.lookup("one")] == ["", "OPEN"]
    assert macros.lookup("none") == ()
    assert not macros.defines("none")
    assert macros.defines("one")


@given(ARMS)
def test_deciding_keeps_length_and_newlines_and_every_loss(text: bytes) -> None:
    stripped = strip_directives(mask(text))
    found = decide_groups(stripped, KNOWN).stripped
    assert len(found.code) == len(text)
    assert found.code.count(b"\n") == text.count(b"\n")
    groups = ("#if without #endif", "#endif without #if", "#else without #if")
    before, after = (
        [loss for loss in outline("x.c", text, None, known).losses if loss[1] in groups]
        for known in (None, KNOWN)
    )
    assert after == before


@given(ARMS)
def test_what_was_decided_once_stays_decided(text: bytes) -> None:
    once = decide_groups(strip_directives(mask(text)), KNOWN).stripped
    again = decide_groups(once, KNOWN)
    assert again.stripped.code == once.code
