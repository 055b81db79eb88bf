from __future__ import annotations

import pytest
from tests.syntax.reading import table

from mmlint.syntax.macros import MacroTable

HEADER = """
#define __demo_init	__section(".init") __cold_one
#define __section(x)	__attribute__((__section__(x)))
#define __cold_one
#if MODULE
#define __checked	__attribute__((noderef))
#else
# define __checked
#endif
#define __only_empty
#define __guarded(lock)	__attribute__((guarded(lock)))
#define fast_call	asm("fast")
#define barrier_call()	asm volatile("" ::: "memory")
#define round_a		round_b
#define round_b		round_a
#define real_value	3
#define twice		__attribute__((a)) int
#define quiet		_Pragma("quiet") extern "C"

#define for_each_slot(slot, from) \\
        for (slot = (from); /* two
         lines */ slot; slot = next_slot(slot))
#define for_each_busy_slot(slot, from) \\
        for_each_slot(slot, from) \\
                if (!busy(slot)) ; else
#define with_slot(slot)	for (int once = (take(slot), 1); !once_done; once_done = 1)
#define with_lock(lock)	for (take(lock); held(lock); ({ goto done; }))
#define do_slots(s)	do { for (;;) s; } while (0)
#define repeat_slot(s)	while (more(s))
#define load_both(a, b, n)	do { (a) = 1; b += (n); store_field(n); } while (0)
#define store_field(x)	((x)->field = 1)
#define load_again(n, a)	load_both(a, other, n)
#define count_up(x)	(++(x))
#define compare(x)	((x) == 1)
#define asm_inlined	asm __inline
"""
MACROS = table(HEADER)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("__demo_init", True),
        ("__section", True),
        ("__checked", True),
        ("__guarded", True),
        ("fast_call", True),
        ("quiet", True),
        ("__only_empty", False),
        ("barrier_call", False),
        ("asm_inlined", False),
        ("round_a", False),
        ("real_value", False),
        ("twice", False),
        ("unknown", False),
    ],
)
def test_annotations_are_derived_from_their_definitions(name: str, expected: bool) -> None:
    assert MACROS.is_annotation(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("for_each_slot", True),
        ("for_each_busy_slot", True),
        ("repeat_slot", True),
        ("with_slot", False),
        ("with_lock", False),
        ("do_slots", False),
        ("compare", False),
        ("unknown", False),
    ],
)
def test_loops_are_told_from_scopes_and_statements(name: str, expected: bool) -> None:
    assert MACROS.is_loop(name) is expected


@pytest.mark.parametrize(
    ("name", "positions"),
    [
        ("for_each_slot", (0,)),
        ("for_each_busy_slot", (0,)),
        ("load_both", (0, 1)),
        ("load_again", (1,)),
        ("count_up", (0,)),
        ("store_field", ()),
        ("compare", ()),
        ("unknown", ()),
    ],
)
def test_assigned_arguments_are_found_through_other_macros(
    name: str, positions: tuple[int, ...]
) -> None:
    assert MACROS.assigned(name) == positions


def test_a_definition_is_read_whole_with_its_parameters_and_line() -> None:
    (macro,) = MACROS.lookup("for_each_slot")
    assert macro.params == ("slot", "from")
    assert macro.body == "for (slot = (from); slot; slot = next_slot(slot))"
    assert (macro.path, macro.line) == ("include/demo.h", 20)


def test_every_definition_of_a_name_is_found() -> None:
    assert [macro.body for macro in MACROS.lookup("__checked")] == ["__attribute__((noderef))", ""]
    assert MACROS.lookup("nothing") == ()


def test_variadic_parameters_are_named() -> None:
    macros = table("#define note(fmt, ...) print(fmt)\n#define old(args...) print(args)\n")
    assert macros.lookup("note")[0].params == ("fmt", "__VA_ARGS__")
    assert macros.lookup("old")[0].params == ("args...",)


def test_a_file_is_harvested_once() -> None:
    macros = table("#define one 1\n")
    macros.add("include/demo.h", b"#define one 2\n")
    macros.add("include/other.h", b"#define one 3\n")
    assert [macro.body for macro in macros.lookup("one")] == ["1", "3"]


def test_a_definition_in_the_middle_of_a_line_is_none() -> None:
    assert table("int a; #define no 1\n").lookup("no") == ()


def test_a_definition_says_where_it_begins_and_ends() -> None:
    text = "int a;\n  #  define long_one(x) \\\n\tdo { \\\n\t} while (0)\n#define short_one 1\n"
    (long,), (short,) = (table(text).lookup(name) for name in ("long_one", "short_one"))
    assert (long.line, long.end_line, text[long.start]) == (2, 4, "#")
    assert (short.line, short.end_line, text[short.start]) == (5, 5, "#")


def test_the_condition_of_a_definition_is_that_of_the_arms_around_it() -> None:
    macros = table(
        "#ifndef _DEMO_H\n#define _DEMO_H\n#define free 1\n#ifdef CONFIG_A\n#if B > 1\n"
        "#define both 1\n#endif\n#else\n#define both 2\n#endif\n#endif\n"
    )
    assert [macros.condition(macro) for macro in macros.lookup("both")] == [
        "CONFIG_A && B > 1",
        "!CONFIG_A",
    ]
    assert macros.condition(macros.lookup("free")[0]) == ""


def test_a_directive_in_a_comment_is_no_condition() -> None:
    macros = table("/*\n#ifdef CONFIG_A\n*/\n#define one 1\n")
    assert macros.condition(macros.lookup("one")[0]) == ""


def test_a_macro_of_another_table_has_no_condition() -> None:
    (macro,) = table("#ifdef A\n#define one 1\n#endif\n").lookup("one")
    assert MacroTable().condition(macro) == ""


def test_definitions_that_are_added_later_come_behind_those_that_were_asked_for() -> None:
    sources = [(f"mm/{name}.c", f"#define one {name}\n".encode()) for name in "abcd"]
    macros = MacroTable()
    for at, (path, data) in enumerate(sources):
        macros.add(path, data)
        if at != 1:
            assert macros.lookup("one") == MacroTable(sources[: at + 1]).lookup("one")
