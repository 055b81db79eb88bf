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
