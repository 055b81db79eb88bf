"""Files that no compiler takes: the rest of them is read, and what is lost is said.

Of each, `rest` is a function behind the damage. The sizes are such that work which grows with the
square of the input would not end within the time that anybody waits for a test.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.syntax.reading import shown, walk

from mmlint.source.config import Configuration
from mmlint.syntax import nodes
from mmlint.syntax.limits import ParseGivenUp
from mmlint.syntax.macros import MacroTable
from mmlint.syntax.outline import Outline, outline
from mmlint.syntax.parse import parse_function, parse_macro

REST = "int rest(void)\n{\n\twanted();\n}\n"
MEGABYTE = 1 << 20
CONFIGURATION = Configuration({"CONFIG_A": "y"}, complete=True)


def read(text: str | bytes, configuration: Configuration | None = None) -> Outline:
    data = text if isinstance(text, bytes) else text.encode()
    macros = MacroTable([("mm/bad.c", data)], configuration)
    return outline("mm/bad.c", data, macros, configuration)


def macros_of(text: str) -> MacroTable:
    return MacroTable([("mm/bad.c", text.encode())])


def called(found: Outline, name: str) -> list[str]:
    """The functions that a definition calls, in the selection of arms that is preferred."""
    functions = parse_function(found, found.named(name)[0], macros_of(found.data.decode()))
    return [shown(node.callee) for node in walk(functions[0].body) if isinstance(node, nodes.Call)]


def function(inner: str) -> str:
    return f"int demo(void)\n{{\n{inner}\n}}\n"


def chain(links: int, link: str, end: str) -> str:
    """Macros each of which is defined by the next one; `{0}` is its number, `{1}` the next one."""
    defined = "".join(f"#define {link}\n".format(n, n + 1) for n in range(links))
    return defined + f"#define {end}\n".format(links)


@pytest.mark.parametrize(
    ("text", "losses"),
    [
        ("#ifdef A\n" + function("a();"), [(1, "#if without #endif")]),
        ("#if A\n#if B\n", [(1, "#if without #endif"), (2, "#if without #endif")]),
        (function("a();\n#ifdef A\nb();"), [(4, "#if without #endif")]),
        (function("a();") + "#endif\n", [(5, "#endif without #if")]),
        (function("a();\n#endif\nb();"), [(4, "#endif without #if")]),
        ("#else\n#elif B\n", [(1, "#else without #if"), (2, "#elif without #if")]),
        ("}\n", [(1, "a closing brace too many")]),
        (function("if (a) {"), [(2, "a brace that is never closed")]),
        (function('a("open);'), [(3, "a comment or string that never ends")]),
        ('char *open = "open;\n', [(1, "a comment or string that never ends")]),
        ("start(one(two(\n", [(1, "a declaration that never ends")]),
        ("int a = 5\n", [(1, "a declaration that never ends")]),
        ("int a = b(5\n", [(1, "a declaration that never ends")]),
        (function("a();\0"), [(3, "NUL byte")]),
        ("#if A\n" * 100_000, [(1, "#if without #endif")]),
        ("start(" * 100_000 + "\n", [(1, "a declaration that never ends")]),
    ],
)
@pytest.mark.parametrize("configuration", [None, CONFIGURATION])
def test_damage_is_reported_where_it_is_and_the_rest_is_read(
    text: str, losses: list[tuple[int, str]], configuration: Configuration | None
) -> None:
    found = read(text + REST, configuration)
    assert list(found.losses[: len(losses)]) == losses
    assert called(found, "rest") == ["Name(wanted)"]


def test_an_unterminated_comment_is_reported_and_what_is_before_it_is_read() -> None:
    found = read(REST + "/* open\nint lost(void)\n{\n}\n")
    assert found.losses == ((5, "a comment or string that never ends"),)
    assert [site.name for site in found.definitions] == ["rest"]


def test_of_many_losses_the_first_are_told_and_the_others_counted() -> None:
    losses = read("#endif\n" * 1000).losses
    assert len(losses) == 101
    assert losses[-1] == (101, "900 more such places from here on")


def test_recovery_from_braces_is_given_up_aloud() -> None:
    found = read(function("if (a) {") * 1000 + REST)
    assert found.losses[-1][1] == "not read from here on: too many open braces"


@pytest.mark.parametrize(
    "text",
    [
        "#define demo_self demo_self\n#define self(x) self(x)\n#define more(x) x more(x)\n",
        "#define one(x) two(x)\n#define two(x) one(x)\n#define self(x) one(x) two(x)\n",
        "#define self(x) __attribute__((x)) self(x)\n",
        "#define self(x) for (;;) self(x)\n",
        "#define self(x) " * 2 + "\n",
        "#define self(x) x##-( ##\n#define made(x) int x##+1(void)\n",
        "#define self(x) x ## ## x #\n",
        "#define self(x",
        "".join(f"#define self(x) self(x, {n})\n" for n in range(10_000)),
    ],
)
def test_macros_that_are_defined_by_themselves_are_no_trap(text: str) -> None:
    body = "self(a) { one(b); }\ndemo_self; self(c);"
    found = read(text + "\nself(name)\n{\n}\n" + function(body) + REST)
    macros = macros_of(text)
    for name in ("self", "demo_self", "one", "two", "more", "made"):
        assert not macros.is_annotation(name)
        assert macros.assigned(name) == ()
        for macro in macros.lookup(name)[:10]:
            parsed = parse_macro(macro, macros)
            assert parsed is None or parsed.losses >= 0
    assert found.references("rest_show") == ()
    assert called(found, "rest") == ["Name(wanted)"]


@pytest.mark.parametrize(
    ("link", "end"),
    [
        ("m{0} m{1}", "m{0} __attribute__((x))"),
        ("m{0}(x) m{1}(x)", "m{0}(x) for (;;)"),
        ("m{0}(x) m{1}(x)", "m{0}(x) x = 1"),
        ("m{0}(x) m{1}(x##_a)", "m{0}(x) int x(void)"),
    ],
)
def test_a_chain_of_ten_thousand_macros_is_followed_only_so_far(link: str, end: str) -> None:
    text = chain(10_000, link, end)
    macros = macros_of(text)
    assert not macros.is_annotation("m0")
    assert not macros.is_loop("m0")
    assert not macros.heads_statement("m0")
    assert macros.assigned("m0") == ()
    assert called(read(text + "m0(name)\n{\n}\n" + REST), "rest") == ["Name(wanted)"]


def test_macros_that_use_many_others_each_are_looked_at_once() -> None:
    uses = "".join(f" + m{n}(x)" for n in range(200))
    text = "".join(f"#define m{n}(x) (x{uses})\n" for n in range(200))
    macros = macros_of(text)
    assert not macros.is_loop("m0")
    assert macros.assigned("m0") == ()
    found = read(text + "m0(rest);\n" + REST)
    assert found.references("rest_show") == ()


@pytest.mark.parametrize(
    "inner",
    [
        "{" * 500 + "}" * 500,
        "x = " + "(" * 500 + "a" + ")" * 500 + ";",
        "x = " + "f(" * 500 + "a" + ")" * 500 + ";",
        "if (a) {" * 500 + "}" * 500,
        "#if A\n" * 500 + "\n#endif" * 500,
        "a;\n" * MEGABYTE,
        "x = " + "a + " * MEGABYTE + "a;",
    ],
)
def test_what_is_too_deep_or_too_large_is_given_up_with_a_reason(inner: str) -> None:
    found = read(function(inner) + REST)
    with pytest.raises(ParseGivenUp, match=r"nested too deeply|larger than two megabytes"):
        called(found, "demo")
    assert called(found, "rest") == ["Name(wanted)"]


@pytest.mark.parametrize(
    "text",
    [
        "int a[] = " + "{" * 500 + "}" * 500 + ";\n",
        "#if A\n" * 500 + "#endif\n" * 500,
        "#if A\n" * 50_000 + "#endif\n" * 50_000,
        "#ifdef CONFIG_A\nint a;\n#else\nint b;\n#endif\n" * 20_000,
        "#if A0\n" + "".join(f"#elif A{n}\nint a{n};\n" for n in range(2000)) + "#endif\n",
        "#if A == 0\n" + "".join(f"#elif A == {n}\n" for n in range(2000)) + "#endif\n",
        "#if " + "(" * 900 + "A" + ")" * 900 + "\n#endif\n",
        "#if " + "!" * 900 + "A\n#endif\n",
        "int a; " * MEGABYTE + "\n",
        "int a[] = { " + "0x10, " * MEGABYTE + "};\n",
        'char *text = "' + "a" * 5 * MEGABYTE + '";\n',
        "#define large " + "a " * 3 * MEGABYTE + "\n",
        "#define lines " + "\\\n" * MEGABYTE + "\n",
        "/**/" * 100_000 + "\n",
        "#\n" * 100_000,
        "'" * 100_000 + "\n",
    ],
)
@pytest.mark.parametrize("configuration", [None, CONFIGURATION])
def test_what_is_only_large_is_no_damage(text: str, configuration: Configuration | None) -> None:
    found = read(text + REST, configuration)
    assert found.losses == ()
    assert called(found, "rest") == ["Name(wanted)"]


def test_each_of_two_thousand_arms_has_its_definition_and_its_condition() -> None:
    arms = "".join(f"#elif A == {n}\nint a{n}(void)\n{{\n}}\n" for n in range(2000))
    found = read(f"#if A0\n{arms}#endif\n{REST}")
    assert len(found.definitions) == 2001
    assert found.named("a1999")[0].condition.endswith("!(A == 1998) && A == 1999")
    assert found.named("rest")[0].condition == ""


def test_places_in_many_groups_know_where_they_are() -> None:
    text = "#ifdef A\n" * 1000 + function("g();") * 10_000 + "#endif\n" * 1000
    found = read(text)
    places = found.calls("g")
    assert len(places) == 10_000
    assert {found.condition_in(found.enclosing(at), at) for at in places} == {""}
    assert [found.enclosing(at) for at in places] == list(found.definitions)
    assert {found.enclosing(site.end) for site in found.definitions} == {None}


def test_a_function_of_twenty_thousand_lines_is_read_whole() -> None:
    found = read(function("if (a)\n\tb(c);\n" * 10_000) + REST)
    assert called(found, "demo") == ["Name(b)"] * 10_000


def test_ten_thousand_conditions_in_a_function_give_no_more_variants_than_six() -> None:
    arms = "".join(f"#ifdef A{n}\na();\n#else\nb();\n#endif\n" for n in range(2000))
    found = read(function(arms) + REST)
    assert len(parse_function(found, found.named("demo")[0], MacroTable())) == 6


@pytest.mark.parametrize("inner", ["x(a; " * 5000, "(]" * 10_000, "y = ] 5; " * 5000])
def test_a_body_of_nothing_but_errors_is_counted(inner: str) -> None:
    found = read(function(inner) + REST)
    (parsed,) = parse_function(found, found.named("demo")[0], MacroTable())
    assert parsed.losses > 0
    assert called(found, "rest") == ["Name(wanted)"]


def test_line_ends_of_another_system_change_nothing() -> None:
    text = (
        '#define twice(x) \\\n\tg(x); \\\n\tg(x)\n#ifdef A\nint demo(void)\n{\n\tprint("a\\\nb");\n'
        "#if B \\\n\t&& C\n\ttwice(1);\n#else\n\th(); // no \\\n\t\tcall(1);\n#endif\n}\n#endif\n"
    )
    plain, other = read(text + REST), read((text + REST).replace("\n", "\r\n"))
    assert other.losses == plain.losses == ()
    assert called(other, "demo") == called(plain, "demo")
    for site, twin in zip(other.definitions, plain.definitions, strict=True):
        assert (site.name, site.line, site.end_line) == (twin.name, twin.line, twin.end_line)
        assert site.condition == twin.condition


DAMAGE = st.lists(
    st.sampled_from(
        [
            b"#if A\n",
            b"#else\n",
            b"#endif\n",
            b"#define m(x) x##y(",
            b"#define m m\n",
            b"{",
            b"}",
            b"(",
            b")",
            b'"',
            b"'",
            b"/*",
            b"*/",
            b"//",
            b"\\\n",
            b"\r\n",
            b"\n",
            b"\0",
            b";",
            b"= ",
            b"int ",
            b"f(void)\n{",
            b"m(a)",
        ]
    ),
    max_size=40,
).map(b"".join)


@given(DAMAGE | st.binary())
def test_what_is_behind_damage_is_read_or_the_loss_is_said(data: bytes) -> None:
    found = read(data + b"\n" + REST.encode())
    assert len(found.code) == len(found.data)
    assert re.findall(rb"\n", found.code) == re.findall(rb"\n", found.data)
    assert found.named("rest") or found.losses


def test_arguments_with_a_semicolon_are_no_damage() -> None:
    found = read("guard(demo, struct demo, take(a), give(a), int a; int b)\n" + REST)
    assert found.losses == ()
    assert [(site.name, site.line) for site in found.definitions] == [("rest", 2)]
