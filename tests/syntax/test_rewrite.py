"""Each rewriting of a body, by the text before and after it."""

from __future__ import annotations

import pytest
from tests.syntax.reading import table

from mmlint.syntax.repair import repair
from mmlint.syntax.rewrite import Rewritten, rewrite

MACROS = table(
    "#define __gone __attribute__((a))\n#define __with(x) __attribute__((b(x)))\n"
    "#define inline_asm asm volatile\n#define kind_of(x) typeof(x)\n#define each(x) for (;;)\n"
    "#define say(x) do { } while (0)\n"
)


def rewritten(text: str) -> Rewritten:
    result = rewrite(text.encode(), MACROS)
    assert len(result.text) == len(result.plain) == len(text)
    return result


def after(text: str) -> str:
    return rewritten(text).text.decode()


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("int __gone a;", "int        a;"),
        ("int a __with(b(c));", "int a             ;"),
        ("int a __attribute__((x));", "int a                   ;"),
        ("int __unknown a;", "int __unknown a;"),
        ("get(p, __gone, 1);", "get(p, __gone, 1);"),
    ],
)
def test_annotations_become_blank_with_their_arguments(before: str, expected: str) -> None:
    assert after(before) == expected
    assert rewritten(before).plain.decode() == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("get(p, struct s, m);", "get(p, _       , m);"),
        ("get(const char *, p);", "get(_           , p);"),
        ("get(unsigned long);", "get(_            );"),
        ("x = (struct s *)p;", "x = (struct s *)p;"),
        ("x = sizeof(struct s);", "x = sizeof(struct s);"),
        ("if (struct s *) a;", "if (struct s *) a;"),
    ],
)
def test_a_type_becomes_a_name_as_an_argument_only(before: str, expected: str) -> None:
    assert after(before) == expected


def test_the_place_of_a_type_argument_is_remembered() -> None:
    assert rewritten("get(p, struct s, m);").types == {7: 15}


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("typeof(*p) q;", "typeof     q;"),
        ("x = (u64)-1;", "x = (int)-1;"),
        ("x = offsetof(struct s, a);", "x = offsetoF(_       , a);"),
        ("; kind_of(a) b;", "; kind_of    b;"),
        ("; static DEFINE_X(a);", ";        DEFINE_X(a);"),
        ("struct { u32 : 3; u32 b; }", "struct {          u32 b; }"),
        ("; NAMED(a) = { 1, { 2 } };", "; NAMED(a)               ;"),
        ("auto q = f(a);", "_uto q = f(a);"),
        ("for (auto *q = a; q;) ;", "for (_uto *q = a; q;) ;"),
        ("auto const q = a;", "_uto const q = a;"),
        ("auto int q = a;", "auto int q = a;"),
    ],
)
def test_types_that_the_parser_does_not_know_are_made_simple(before: str, expected: str) -> None:
    assert after(before) == expected


@pytest.mark.parametrize(
    ("before", "expected", "opaque"),
    [
        ('inline_asm("" : : "r"(a));', "0                        ;", {0}),
        ('asm volatile("");', "0               ;", {0}),
        ('int a asm("r0");', "int a          ;", set()),
        ("goto *p;", "0      ;", {0}),
        ("__label__ a, b;", "              ;", set()),
        ("case 1 ... 3:", "case 1      :", set()),
        ("COND(a, return f(a), return g(b));", "COND(a,        f(a),        g(b));", set()),
        ("if (a) return f(a);", "if (a) return f(a);", set()),
    ],
)
def test_assembler_and_computed_jumps_become_a_number(
    before: str, expected: str, opaque: set[int]
) -> None:
    assert after(before) == expected
    assert rewritten(before).opaque == opaque


@pytest.mark.parametrize(
    ("before", "expected", "block"),
    [
        ("{ unknown(a) b;", "{ while  (a) b;", ("unknown", False)),
        ("{ unknown(a) { b; }", "{ while  (a) { b; }", ("unknown", False)),
        ("{ each(a) b;", "{ if  (a) b;", ("each", False)),
        ("{ each() { b; }", "{ if (0) { b; }", ("each", True)),
        ("else each(a) b;", "else if  (a) b;", ("each", False)),
        ("{ each(a) (void) b;", "{ if  (a) (void) b;", ("each", False)),
    ],
)
def test_a_macro_before_a_statement_heads_it(
    before: str, expected: str, block: tuple[str, bool]
) -> None:
    assert after(before) == expected
    assert list(rewritten(before).blocks.values()) == [block]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("{ say(a) b;", "{     a; b;"),
        ("{ say(a) }", "{     a; }"),
        ("{ unknown(a) else b;", "{         a; else b;"),
    ],
)
def test_a_macro_without_a_semicolon_gets_one(before: str, expected: str) -> None:
    assert after(before) == expected
    ((_, start),) = rewritten(before).bare.values()
    assert start == 2


@pytest.mark.parametrize(
    "text",
    ["{ f(a);", "{ if (a) b;", "{ each(a);", "x = f(a) + b;", "{ s t = { f(a) };", "f(a, b)"],
)
def test_what_c_understands_stays(text: str) -> None:
    assert after(text) == text


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ('print(LEVEL "  ");', 'print(      "  ");'),
        ('print("  " FORMAT, a);', 'print("  "       , a);'),
        ("f(a, <, b);", "f(a, 0, b);"),
        ("f(a, &= ~, b);", "f(a, 0   , b);"),
        ("f(a, b, );", "f(a, b  );"),
        ("f(, a, +=);", "f(  a, 0 );"),
        ("a[] = { b, C D E, F };", "a[] = { b,     E, F };"),
        ("{ check(a; b); c; }", "{      {a; b;} c; }"),
        ("{ WRAP(DO(a; b;)); c; }", "{     {  {a; b;;}} c; }"),
        ("{ WRAP(({ a; b; })); c; }", "{ WRAP(({ a; b; })); c; }"),
        ("do { a; } until(b);", "do { a; } while(b);"),
        ("{ QUIET }", "{     ; }"),
        ("struct s __unknown *p;", "struct s           *p;"),
        ("__u8 __unknown *p;", "__u8           *p;"),
        ("{ TRACE(int a = f(b)); c; }", "{       int a = f(b) ; c; }"),
        ("{ for (int a = 0; a; a--) c; }", "{ for (int a = 0; a; a--) c; }"),
        ("f(a, 460A, 0x1f, 12UL, 1e5);", "f(a, _60A, 0x1f, 12UL, 1e5);"),
        ("f(CFG(.a = 1, .b == c, .d = 2));", "f(CFG(     1, .b == c,      2));"),
        ('f(g(x), insn(st %[r], " " (*r)));', "f(g(x), insn(0                ));"),
        ('scan("  " size(L) "  ", a);', 'scan("  "         "  ", a);'),
        ("{ DBG(if (a) { b; }); c; }", "{    {if (a) { b; };} c; }"),
        ("{ CHECK_SPACE\nfor (;;) a; }", "{           ;\nfor (;;) a; }"),
    ],
)
def test_repairs_are_bolder(before: str, expected: str) -> None:
    assert repair(rewritten(before)).text.decode() == expected


@pytest.mark.parametrize(
    ("text", "is_cast"),
    [
        (b"= (u32)(x)", True),
        (b"return (u32)(x)", True),
        (b"return" + b" " * 300 + b"(u32)(x)", True),
        (b"xreturn (u32)(x)", False),
        (b"xreturn" + b" " * 300 + b"(u32)(x)", False),
        (b"sizeof (u32)-(x)", False),
        (b"table[0](u32)(x)", False),
        (b"(call)(size_t)(x)", False),
        (b"((size_t)(x))", True),
        (b"(u32)(x)", False),  # nothing stands before a body
        (b"= (u32)x", False),
    ],
)
def test_a_cast_to_an_integer_stands_where_a_value_begins(text: bytes, is_cast: bool) -> None:
    assert (b"(int" in rewrite(text, None).text) == is_cast
