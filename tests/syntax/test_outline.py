from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.syntax.reading import functions, outlined, table

from mmlint.syntax.macros import MacroTable
from mmlint.syntax.outline import Outline, Reference, outline

C_LIKE = st.lists(
    st.sampled_from(
        [
            b"int f(void)\n",
            b"{",
            b"}",
            b"\n}\n",
            b"(",
            b")",
            b"\n#if A\n",
            b"\n#else\n",
            b"\n#endif\n",
            b"/*",
            b"*/",
            b'"',
            b"'",
            b"\\\n",
            b";",
            b"= ",
            b"struct s ",
            b"\n#define X {\n",
            b"\x00",
            b"\n#elif B\n",
            b"a ",
            b"M(a) ",
            b"\r\n",
            b"\n#if 0\n",
            b"static ",
            b", ",
            b'extern "C" {',
        ]
    ),
    max_size=60,
).map(b"".join)


def names(text: str, macros: str = "") -> list[str]:
    return [site.name for site in outlined(text, macros).definitions]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("int plain(void)", "plain"),
        ("static struct page *pointer(struct zone *z, int n)", "pointer"),
        ("static enum kind __init_demo attribute(void)", "attribute"),
        ("void locked(struct zone *z)\n\t__acquires(&z->lock) __releases(&z->other)", "locked"),
        ("static __printf(1, 2) void printing(const char *f, ...)", "printing"),
        ("static __printf(1, 2) int __printing(const char *f, ...)", "__printing"),
        ("void __printf(1, 2) __printing(const char *f, ...)", "__printing"),
        ('void __section(".x") __placed(void)', "__placed"),
        ("void __placed(int a) __aligned(8)", "__placed"),
        ("void cooled(int a) __cold __releases(a)", "cooled"),
        ("void __cooled(int a)\n\t__cold __releases(a)", "__cooled"),
        ("static __same(1)\n__size_t __typed(void)", "__typed"),
        ("int __attribute__((noinline)) gnu(void)", "gnu"),
        ("int behind(void) __attribute__((noinline))", "behind"),
        ("static int (*chooser(int which))(struct page *)", "chooser"),
        ("typeof(int) typed(void)", "typed"),
        ("module_init(other)\nstatic int after_macro(void)", "after_macro"),
        ("static int\nsplit(int a,\n      int b)", "split"),
    ],
)
def test_the_name_is_found_in_any_header(header: str, name: str) -> None:
    assert names(f"{header}\n{{\n\treturn 0;\n}}\n") == [name]


@pytest.mark.parametrize(
    "text",
    [
        "struct demo {\n\tint a;\n};",
        "static const struct ops demo = {\n\t.read = demo_read,\n};",
        "int table[] = { 1, 2 };",
        "enum demo { ONE, TWO };",
        "static DEFINE_THING(demo) = { 0 };",
        "param_cb(name, &(struct ops){ .get = f }, NULL);",
        "int declared(void);",
        "#define made(x) int x(void) { return 0; }",
        "#if 0\nint dead(void) { }\n#endif",
        "// int comment(void) { }",
        'const char *s = "int string(void) { }";',
    ],
)
def test_what_is_no_definition_is_none(text: str) -> None:
    found = outlined(text + "\n")
    assert found.definitions == ()
    assert found.losses == ()


def test_a_site_says_where_it_is() -> None:
    text = "int a;\n\nstatic inline int one(void) { return 1; }\nint two(void)\n{\n}\n"
    one, two = outlined(text).definitions
    assert text[one.start : one.end] == "static inline int one(void) { return 1; }"
    assert text[two.body] == "{"
    assert (one.line, one.end_line, one.static) == (3, 3, True)
    assert (two.line, two.end_line, two.static) == (4, 6, False)


def test_annotations_are_those_of_the_tree() -> None:
    macros = "#define __start __attribute__((cold))\n#define __takes(x) __attribute__((t(x)))\n"
    (site,) = outlined("static int __start f(void) __takes(a)\n{\n}\n", macros).definitions
    assert site.annotations == {"__start", "__takes"}


def test_an_annotation_of_an_unknown_macro_is_told_from_the_type_by_its_place() -> None:
    (site,) = outlined("static int __init f(void)\n{\n}\n").definitions
    assert site.annotations == {"__init"}
    (site,) = outlined("static pte_t __ref f(void)\n{\n}\n").definitions
    assert site.annotations == {"__ref"}


def test_both_arms_of_a_condition_are_variants() -> None:
    text = "#ifdef CONFIG_A\nint f(void)\n{\n}\n#else\nint f(void) { return 0; }\n#endif\n"
    first, second = outlined(text).named("f")
    assert (first.condition, first.variant) == ("CONFIG_A", 0)
    assert (second.condition, second.variant) == ("!CONFIG_A", 1)


def test_a_type_behind_the_use_of_a_macro_is_no_function() -> None:
    macros = "#define FLAG(n) static int test_##n(void) { return 1; }\n"
    text = "FLAG(hot)\n\tFLAG(cold)\nenum kind {\n\tONE,\n};\nint f(void)\n{\n}\n"
    found = outlined(text, macros)
    assert [site.name for site in found.definitions] == ["f"]
    assert found.losses == ()


MAKER = "#define CALL(n) int do_##n(void)\n"


@given(
    st.lists(
        st.sampled_from(
            [
                "int a(void)\n{\n\treturn b();\n}\n",
                "#if A\nstatic int b(void)\n{\n}\n#else\nint b(int x)\n{\n}\n#endif\n",
                "CALL(c)\n{\n}\n",
                "CALL2(d, e)\n{\n}\n",
                "struct a {\n\tint b;\n};\n",
                "int x; a(b)\n{\n",
            ]
        )
    )
)
def test_one_name_is_found_as_among_all(pieces: list[str]) -> None:
    text = "".join(pieces)
    whole = outlined(text, MAKER).definitions
    for name in ["a", "b", "do_c", "CALL2(d, e)", "CALL", "none", "a"]:
        alone = outlined(text, MAKER)
        assert alone.named(name) == tuple(site for site in whole if site.name == name)
        assert alone.named("b") == tuple(site for site in whole if site.name == "b")


def test_conditions_around_each_other_are_all_named() -> None:
    text = "#if A\n#elif B\n#ifndef C\nint f(void)\n{\n}\n#endif\n#endif\n"
    assert outlined(text).definitions[0].condition == "!A && B && !C"


@pytest.mark.parametrize("value", ["", " 1"])
def test_an_include_guard_is_no_condition(value: str) -> None:
    text = f"#ifndef _DEMO_H\n#define _DEMO_H{value}\nint f(void)\n{{\n}}\n#endif\n"
    assert outlined(text).definitions[0].condition == ""
    assert outlined(f"#ifdef A\n{text}#endif\n").definitions[0].condition == "A"


def test_arms_that_open_the_same_block_count_once() -> None:
    text = (
        "int f(int a)\n{\n#ifdef A\n\tif (a) {\n#else\n\tif (!a) {\n#endif\n\t\tg();\n\t}\n}\n"
        "int h(void)\n{\n}\n"
    )
    assert names(text) == ["f", "h"]


def test_arms_with_a_header_each_share_a_body() -> None:
    text = (
        "#ifdef A\nint f(int a)\n{\n#else\nint f(void)\n{\n#endif\n\tg();\n}\nint h(void)\n{\n}\n"
    )
    assert names(text) == ["f", "h"]
    text = "#ifdef A\nint f(int a)\n#else\nint f(void)\n#endif\n{\n\tg();\n}\nint h(void)\n{\n}\n"
    assert names(text) == ["f", "h"]


def test_arms_may_each_close_the_body() -> None:
    text = "int f(void)\n{\n#ifdef A\n\tg();\n}\n#else\n\th();\n}\n#endif\nint k(void)\n{\n}\n"
    assert names(text) == ["f", "k"]
    assert outlined(text).definitions[0].end_line == 8


def test_arms_may_each_have_the_whole_body() -> None:
    body = "#ifdef A\n{\n\tg();\n}\n#elif B\n{\n\th();\n}\n#else\n{\n}\n#endif\n"
    text = f"static int f(void)\n{body}\nint k(void)\n{{\n}}\n"
    found = outlined(text)
    assert names(text) == ["f", "k"]
    assert found.losses == ()
    function = found.definitions[0]
    assert (function.condition, function.line, function.end_line) == ("", 1, 12)
    assert found.enclosing(text.index("h()")) == function
    assert found.condition_in(function, text.index("h()")) == "!A && B"
    assert [each.condition for each in functions(text)[:3]] == ["A", "!A && B", "!A && !B"]


def test_what_stands_before_arms_of_a_file_is_no_header_of_their_blocks() -> None:
    arms = "#ifdef A\n{\n}\n#else\n{\n}\n#endif\n"
    reasons = [reason for _, reason in outlined(f"int a;\n{arms}").losses]
    assert reasons == ["a block that no header was found for"] * 2


def test_linkage_blocks_are_transparent() -> None:
    opening, closing = ("#ifdef __cplusplus\n" + text for text in ('extern "C" {\n', "}\n"))
    text = opening + "#endif\nint f(void)\n{\n}\n" + closing + "#endif\n"
    assert names(text) == ["f"]
    assert outlined(text).losses == ()


SYSTEM_CALLS = """
#define CALL_DEFINE2(name, ...) CALL_DEFINEx(2, _##name, __VA_ARGS__)
#define CALL_DEFINEx(x, name, ...) META(name) __CALL_DEFINEx(x, name, __VA_ARGS__)
#define META(name) static int meta##name = 1;
#define __CALL_DEFINEx(x, name, ...) \\
	asmlinkage long call##name(MAP(x, __VA_ARGS__)); \\
	static inline long __do_call##name(MAP(x, __VA_ARGS__))
"""


def test_generated_functions_have_the_name_that_people_use() -> None:
    (site,) = outlined("CALL_DEFINE2(demo, int, a, int, b)\n{\n}\n", SYSTEM_CALLS).definitions
    assert (site.name, site.generator) == ("call_demo", "CALL_DEFINE2")


def test_the_other_way_in_the_arguments_of_a_use_is_no_loss() -> None:
    text = "EVENT(a,\n\tASSIGN(\n\t\tif (x) {\n\t\t\ty = 1;\n\t\t} else {\n\t\t\ty = 2;\n\t\t}))\n"
    assert outlined(text).losses == ()


def test_a_function_in_the_argument_of_a_macro_is_no_loss() -> None:
    text = "DEBUG(\nstatic void f(int a)\n{\n\tg(a);\n} )\n\nint h(void)\n{\n}\n"
    assert names(text) == ["f", "h"]
    assert outlined(text).losses == ()


def test_the_type_in_front_of_a_name_may_be_a_macro() -> None:
    text = "#define TYPE_OF(t) t *\nstatic noinline TYPE_OF(u8) nothing(u8 *p)\n{\n}\n"
    macros = MacroTable([("a.c", text.encode())])
    (site,) = outline("a.c", text.encode(), macros).definitions
    assert (site.name, site.static) == ("nothing", True)


def test_a_macro_may_make_a_whole_function_in_front_of_the_header_of_another() -> None:
    text = (
        "#define STORE(n) static int n##_store(int a)\n"
        "#define LOCKED(n) STORE(n) { lock(); return __##n##_store(a); }\n"
        "LOCKED(one)\n\nSTORE(two)\n{\n\treturn a;\n}\n"
    )
    macros = MacroTable([("a.c", text.encode())])
    assert [site.name for site in outline("a.c", text.encode(), macros).definitions] == [
        "two_store"
    ]


def test_a_function_in_capitals_may_return_what_a_header_of_user_space_names() -> None:
    text = "static inline __u64 KEY_OFFSET(const struct key *k)\n{\n\treturn k->low;\n}\n"
    macros = MacroTable([("a.c", text.encode())])
    assert [site.name for site in outline("a.c", text.encode(), macros).definitions] == [
        "KEY_OFFSET"
    ]


def test_a_name_that_macros_make_differently_is_the_use() -> None:
    macros = "#define NAME(n) a_##n\n"
    assert names("int NAME(walk)(int x)\n{\n}\n", macros) == ["a_walk"]
    macros += "#define NAME(n) b_##n\n"
    assert names("int NAME(walk)(int x)\n{\n}\n", macros) == ["NAME(walk)"]


def test_what_another_source_defines_makes_no_name() -> None:
    own = b"#define NAME(n) a_##n\n"
    text = b"int NAME(walk)(int x)\n{\n}\n"
    for others in ({}, {"b.c": b"#define NAME 0x8\n"}, {"b.h": b"#define NAME(n) b_##n\n"}):
        table = MacroTable([("a.h", own), *others.items()])
        assert [site.name for site in outline("a.h", own + text, table).definitions] == ["a_walk"]
        other = "NAME(walk)" if "b.h" in others else "a_walk"
        assert [site.name for site in outline("c.c", text, table).definitions] == [other]


def test_system_calls_are_named_without_their_tree() -> None:
    assert names("SYSCALL_DEFINE1(demo, int, a)\n{\n}\n") == ["sys_demo"]
    assert names("COMPAT_SYSCALL_DEFINE0(demo)\n{\n}\n") == ["compat_sys_demo"]


def test_a_generated_function_is_never_lost() -> None:
    assert names("MAKE_IT(one, two)\n{\n}\n", "#define MAKE_IT(a, b) unclear\n") == [
        "MAKE_IT(one, two)"
    ]


def test_a_missing_brace_costs_one_function() -> None:
    text = "int f(void)\n{\n\tif (a) {\n\tg();\n}\n\nint h(void)\n{\n}\n"
    found = outlined(text)
    assert [site.name for site in found.definitions] == ["f", "h"]
    assert found.losses == ((2, "a brace that is never closed"),)


def test_a_brace_too_many_is_reported() -> None:
    found = outlined("int f(void)\n{\n}\n}\nint h(void)\n{\n}\n")
    assert [site.name for site in found.definitions] == ["f", "h"]
    assert found.losses == ((4, "a closing brace too many"),)


def test_recovery_forgets_the_block_in_every_arm() -> None:
    text = "int f(void)\n{\n\tif (a) {\n#if A\n\tb();\n#elif B\n}\n#endif\nint h(void)\n{\n}\n"
    found = outlined(text)
    assert [site.name for site in found.definitions] == ["f", "h"]
    assert found.losses == ((2, "a brace that is never closed"),)


def test_bad_bytes_are_reported_and_the_rest_is_read() -> None:
    found = outline("x.c", b'\0\nint f(void)\r\n{\r\n\tg("\xff");\r\n}\r\n#endif\n{ }\n/* open')
    assert [site.name for site in found.definitions] == ["f"]
    assert [reason for _, reason in found.losses] == [
        "NUL byte",
        "#endif without #if",
        "a block that no header was found for",
        "a comment or string that never ends",
    ]


def test_a_comment_over_lines_does_not_end_a_definition() -> None:
    text = "#define twice(x) { /* over\n lines */ x; \\\n\t{ }\nint f(void)\n{\n}\n"
    assert names(text) == ["f"]
    assert outlined(text).losses == ()


def test_calls_are_those_in_bodies() -> None:
    text = "int g(void);\nint f(void)\n{\n\tg(); /* g() */ xg(); g (1); s.g;\n}\n#define m() g()\n"
    assert [text[at : at + 3] for at in outlined(text).calls("g")] == ["g()", "g ("]


def test_an_offset_has_its_function() -> None:
    text = "int f(void)\n{\n\tg();\n}\nint a;\n"
    found = outlined(text)
    assert found.enclosing(text.index("g()")) == found.definitions[0]
    assert found.enclosing(text.index("int a")) is None


def test_references_say_what_a_function_is_given_to() -> None:
    text = (
        "static int demo(void)\n{\n\tuse(demo);\n}\nint demo(void);\n"
        "static const struct file_ops ops = {\n\t.open = other,\n\t.read\t= demo,\n};\n"
        "DEFINE_ATTRIBUTE(attr, demo, NULL);\nstatic int (*table[])(void) = { demo };\n"
    )
    found = outlined(text).references("demo")
    assert [(use.kind, use.name, use.struct, use.line) for use in found] == [
        ("field", "read", "file_ops", 8),
        ("macro", "DEFINE_ATTRIBUTE", "", 10),
        ("other", "demo", "", 11),
    ]


def test_a_name_made_by_a_macro_is_a_reference() -> None:
    macros = (
        "#define SHOW(n) INNER(n)\n#define INNER(n) struct ops n##_ops = { .show = n##_show }\n"
    )
    found = outlined("static int demo_show(void)\n{\n}\nSHOW(demo);\nOTHER(demo);\n", macros)
    assert found.references("demo_show") == (Reference("macro", "SHOW", "", 4, 36),)


def test_comments_are_kept() -> None:
    (comment,) = outlined("int a; /* why */\n").comments
    assert comment.text == "/* why */"


@given(st.binary() | C_LIKE)
def test_no_file_is_too_strange(data: bytes) -> None:
    found = outline("x.c", data, table("#define M(x) int x(void)\n"))
    assert len(found.code) == len(data)
    for site in found.definitions:
        assert site.start < site.body < site.end <= len(data)
        assert data[site.body : site.body + 1] == b"{"
        assert found.enclosing(site.body) is not None


ARMS = """#ifndef _DEMO_H
#define _DEMO_H
first;
#ifdef A
#if B
second;
#elif C > 1
third;
#else
fourth;
#endif
int f(void)
{
	fifth;
#ifndef D
	sixth;
#endif
	seventh;
}
#endif
eighth;
#endif
"""


def condition_at(found: Outline, at: int) -> str:
    return found.condition_in(found.enclosing(at), at)


@pytest.mark.parametrize(
    ("word", "condition"),
    [
        ("first", ""),
        ("second", "A && B"),
        ("third", "A && !B && C > 1"),
        ("fourth", "A && !B && !(C > 1)"),
        ("fifth", ""),
        ("sixth", "!D"),
        ("seventh", ""),
        ("eighth", ""),
    ],
)
def test_a_place_has_the_condition_of_the_arms_around_it_in_its_definition(
    word: str, condition: str
) -> None:
    found = outlined(ARMS)
    assert condition_at(found, ARMS.index(word)) == condition
    assert found.definitions[0].condition == "A"


def test_an_arm_that_began_before_the_body_counts_where_the_next_one_is_in_it() -> None:
    text = "#ifdef A\nint f(int a)\n{\n#else\nint f(void)\n{\n\tlast;\n#endif\n\tg();\n}\n"
    assert condition_at(outlined(text), text.index("last")) == "!A"
    assert condition_at(outlined(text), text.index("g()")) == ""


def test_that_a_file_is_no_assembler_is_no_condition() -> None:
    text = "#ifndef __ASSEMBLY__\nint f(void)\n{\n}\n#ifdef A\nint g(void)\n{\n}\n#endif\n#endif\n"
    assert [site.condition for site in outlined(text).definitions] == ["", "A"]


def test_of_many_arms_the_nearest_ones_are_named() -> None:
    arms = "".join(f"#elif A == {n}\n" for n in range(1, 100))
    text = f"#if A == 0\n{arms}here;\n#endif\n"
    condition = condition_at(outlined(text), text.index("here"))
    assert condition.endswith("!(A == 97) && !(A == 98) && A == 99")
    assert "A == 50" not in condition


def test_of_many_groups_the_innermost_ones_are_named() -> None:
    text = "".join(f"#if A{n}\n" for n in range(100)) + "here;\n" + "#endif\n" * 100
    condition = condition_at(outlined(text), text.index("here"))
    assert condition.endswith("A97 && A98 && A99")
    assert "A50" not in condition


def test_a_loop_in_the_arguments_of_a_macro_use_is_no_loss() -> None:
    text = "EVENT(a,\n\tASSIGN(\n\t\tint i;\n\t\tfor (i = 0; i < 2; i++) {\n\t\t}\n\t)\n);\n"
    assert outlined(text).losses == ()
