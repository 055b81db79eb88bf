"""Functions that macros at file scope define."""

from __future__ import annotations

from tests.syntax.reading import table

from mmlint.syntax.generated import Generators
from mmlint.syntax.macros import MacroTable
from mmlint.syntax.outline import outline

SHOW = "#define SHOW(n) static int n##_show(void) { return take_##n(); }\n"


def made(text: str, macros: str) -> list[str]:
    """The functions that the uses in a text define, as ``name: what its text is``."""
    known: MacroTable = table(macros)
    generators = Generators(known)
    found = outline("mm/demo.c", text.encode(), known)
    return [
        function.site.name
        for use in generators.invocations(found)
        for function in generators.functions("mm/demo.c", use)
    ]


def test_a_use_defines_what_the_macro_names_by_pasting() -> None:
    assert made("SHOW(free)\nSHOW(used);\nint x;\n", SHOW) == ["free_show", "used_show"]


def test_the_text_is_that_of_the_expansion() -> None:
    known = table(SHOW)
    generators = Generators(known)
    (use,) = generators.invocations(outline("mm/demo.c", b"SHOW(free);\n", known))
    (function,) = generators.functions("mm/demo.c", use)
    text = function.outline.code[function.site.body : function.site.end]
    assert text == b"{ return take_free(); }"
    assert [macro.name for macro in function.macros] == ["SHOW"]


def test_macros_that_use_generators_generate() -> None:
    macros = SHOW + "#define BOTH(n) SHOW(n) static void n##_store(void) { }\n"
    assert sorted(made("BOTH(free)\n", macros)) == ["free_show", "free_store"]


def test_a_pasted_generator_is_found() -> None:
    macros = SHOW + "#define MAKE(kind, n) kind##OW(n)\n"
    assert made("MAKE(SH, free);\n", macros) == ["free_show"]


COUNTED = (
    "#define GLUE_(a, b) a ## b\n#define GLUE(a, b) GLUE_(a, b)\n"
    "#define COUNT_(_0, _1, _2, _3, n, X...) n\n#define COUNT(X...) COUNT_(, ##X, 3, 2, 1, 0)\n"
    "#define KEEP_1(n) static int n##_one(int x) { return x; }\n"
    "#define KEEP_2(n, lock) KEEP_1(n) static int n##_two(int x) { lock; return x; }\n"
    "#define KEEP(X...) GLUE(KEEP_, COUNT(X))(X)\n"
)


def test_the_number_of_arguments_may_choose_the_generator() -> None:
    assert made("KEEP(free)\n", COUNTED) == ["free_one"]
    assert sorted(made("KEEP(free, take(x))\n", COUNTED)) == ["free_one", "free_two"]
    known = table(COUNTED)
    generators = Generators(known)
    (use,) = generators.invocations(outline("mm/demo.c", b"KEEP(free, take(x))\n", known))
    assert {"free_one", "free_two"} <= generators.names("mm/demo.c", use).keys()


def test_what_no_number_chooses_generates_nothing() -> None:
    assert made("KEEP(free, x, y)\n", COUNTED) == []
    assert made("KEEP(free)\n", COUNTED.replace("COUNT(X))(X)", "COUNT(X))")) == []


def test_a_generator_may_have_another_name() -> None:
    macros = SHOW + "#define OTHER SHOW\n#define MAKE(kind, n) kind##ER(n)\n"
    assert made("OTHER(free);\nMAKE(OTH, used);\n", macros) == ["free_show", "used_show"]


def test_an_argument_may_hold_a_block() -> None:
    macros = (
        "#define END(n, code) static void n##_end(void) { code; }\n"
        "#define E(n) END(n, if (n) { put(n); })\n"
    )
    assert made("E(page)\n", macros) == ["page_end"]


def test_other_uses_define_nothing() -> None:
    macros = SHOW + "#define EXPORT(n) extern int n\n#define LIST(n) struct list n = { }\n"
    text = "EXPORT(a);\nLIST(b);\nstatic int f(void)\n{\n\treturn SHOW(c);\n}\n"
    assert made(text, macros) == []


def test_a_generator_of_itself_comes_to_an_end() -> None:
    assert made("A(x)\n", "#define A(n) B(n)\n#define B(n) A(n) int n(void) { }\n") == ["x"]


def test_a_missing_argument_is_empty() -> None:
    macros = "#define READ(mo) static long read##mo(void) { }\n"
    assert made("READ()\nREAD(_relaxed)\n", macros) == ["read", "read_relaxed"]


def test_a_definition_behind_arguments_with_semicolons_is_found() -> None:
    macros = SHOW + "#define BOTH(n, code) RUN(n, code) static int n##_get(void) { return 1; }\n"
    macros += "#define RUN(n, code) static void n##_run(void) { code }\n"
    assert sorted(made("BOTH(free, one(); two();)\n", macros)) == ["free_get", "free_run"]


ENTRY = """\
#define ENTRY(name, ...) \\
	static long __do_##name(__VA_ARGS__); \\
	long name(long a) { return ((long (*)(long))__do_##name)(a); } \\
	static long __do_##name(__VA_ARGS__)
"""


def test_what_stands_before_a_body_and_leads_to_it_is_a_function_of_its_own() -> None:
    text = "ENTRY(peek, int a)\n{\n\treturn a;\n}\n"
    assert made(text, ENTRY) == ["peek"]
    (body,) = outline("mm/demo.c", text.encode(), table(ENTRY)).definitions
    assert (body.name, body.line) == ("__do_peek", 1)


def test_the_entries_of_a_system_call_are_one_with_it() -> None:
    macros = (
        "#define CALL(name, ...) asmlinkage long call_##name(__VA_ARGS__); "
        "static long __do_call_##name(__VA_ARGS__); "
        "long __se_call_##name(long a) { return __do_call_##name(a); } "
        "static long __do_call_##name(__VA_ARGS__)\n"
    )
    text = "CALL(demo, int a)\n{\n}\n"
    assert made(text, macros) == []
    (body,) = outline("mm/demo.c", text.encode(), table(macros)).definitions
    assert body.name == "call_demo"


def test_a_name_may_be_made_before_the_parameters() -> None:
    macros = "#define NAME(t) show_##t\n#define SHOW(t) int NAME(t)(void *e) { return put(e); }\n"
    assert made("SHOW(u8)\n", macros) == ["show_u8"]
    text = b"static int NAME(s8)(void *e)\n{\n}\n"
    (site,) = outline("mm/demo.c", text, table(macros)).definitions
    assert (site.name, site.generator) == ("show_s8", "")


def test_a_macro_may_stand_for_the_block() -> None:
    macros = (
        "#define BLOCK(copy, ...) { return copy(__VA_ARGS__); }\n"
        "#define COPY(n, copy) static inline int n(int from, int to) BLOCK(copy, from, to)\n"
    )
    known = table(macros)
    generators = Generators(known)
    (use,) = generators.invocations(outline("mm/demo.c", b"COPY(take, take_fast)\n", known))
    (function,) = generators.functions("mm/demo.c", use)
    assert function.site.name == "take"
    text = function.outline.code[function.site.body : function.site.end]
    assert text == b"{ return take_fast(from, to); }"
    assert "take" in generators.names("mm/demo.c", use)


def test_a_name_that_definitions_make_differently_is_not_made_up() -> None:
    macros = "#define NAME(f, id) f\n#define NAME(f, id) stub(f, id)\n"
    text = b"static int NAME(start, 1)(void)\n{\n}\n"
    (site,) = outline("mm/demo.c", text, table(macros)).definitions
    assert site.name == "NAME"


def test_a_definition_more_may_generate() -> None:
    known = table("#define MAKE(n) extern int n\n")
    generators = Generators(known)
    assert not generators.makes_functions("MAKE")
    known.add("mm/other.c", b"#define MAKE(n) int n(void) { return 0; }\n")
    assert generators.makes_functions("MAKE")


def test_of_several_definitions_those_count_that_the_file_sees() -> None:
    known = table("")
    for path, body in (("mm/a.c", "one"), ("mm/b.c", "two")):
        known.add(path, f"#define MAKE(n) int n##_{body}(void) {{ return 0; }}\n".encode())
    code = outline("mm/a.c", b"MAKE(x)\n", known)
    seeing = Generators(known, lambda user, home: user == home)
    (use,) = seeing.invocations(code)
    assert [function.site.name for function in seeing.functions("mm/a.c", use)] == ["x_one"]
    every = [function.site.name for function in Generators(known).functions("mm/a.c", use)]
    assert every == ["x_one", "x_two"]


def test_a_list_of_uses_before_a_generator_is_no_type() -> None:
    known = table(ENTRY + "#define LIST ID(one) ID(two)\n#define ID(n) extern int n;\n")
    (body,) = outline("mm/demo.c", b"LIST\nENTRY(peek, int a)\n{\n}\n", known).definitions
    assert (body.name, body.generator) == ("__do_peek", "ENTRY")
