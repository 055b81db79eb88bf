"""Names of generated functions that are told without the functions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.syntax.reading import table

from mmlint.syntax.generated import Generators
from mmlint.syntax.macros import MacroTable
from mmlint.syntax.outline import outline

SHOW = "#define SHOW(n) static int n##_show(void) { return helper(n##_count()); }\n"
BOTH = "#define BOTH(n, ...) SHOW(n) STORE(n, __VA_ARGS__)\n"
STORE = "#define STORE(n, t, ...) static t n##_store(void) { inner(n); }\n"
OTHER = "#define OTHER BOTH\n"


def names(text: str, macros: str) -> dict[str, list[str]]:
    """What the uses in a text may define, with the macros that lead there."""
    known: MacroTable = table(macros)
    generators = Generators(known)
    found = outline("mm/demo.c", text.encode(), known)
    return {
        name: sorted(macro.name for macro in made)
        for use in generators.invocations(found)
        for name, made in generators.names("mm/demo.c", use).items()
    }


def test_a_name_comes_with_the_macros_that_lead_to_it() -> None:
    found = names("BOTH(free, int);\n", SHOW + BOTH + STORE)
    assert found["free_show"] == ["BOTH", "SHOW"]
    assert found["free_store"] == ["BOTH", "STORE"]


def test_what_a_body_or_a_value_names_is_not_defined() -> None:
    macros = SHOW + "#define BOTH(n) static struct ops n##_ops = { n(n) }; SHOW(n)\n"
    found = names("BOTH(free);\n", macros)
    assert not {"helper", "free_count", "free", "free_ops"} & found.keys()


def test_what_a_declaration_names_is_not_defined() -> None:
    macros = "#define BOTH(n, p) static int n##_count(void); __section(n); SHOW(n) cold(n)\n"
    found = names("BOTH(free, int f(void));\n", SHOW + macros)
    assert found == {"free_show": ["BOTH", "SHOW"]}


def test_an_argument_that_is_only_declared_is_not_defined() -> None:
    found = names("PROTO(int f(void));\n", "#define PROTO(head) typedef head; SHOW(a)\n" + SHOW)
    assert found.keys() == {"a_show"}


def test_a_block_may_be_an_argument() -> None:
    macros = "#define DEFINE(n, body) int n(void) body SHOW(n)\n"
    found = names("DEFINE(f, { return 1; });\n", macros + SHOW)
    assert "f" in found


def test_the_macro_in_front_of_a_block_may_make_its_name() -> None:
    macros = "#define HEAD(n) int n##_made(void)\n#define DEFINE(n) HEAD(n) { return 1; }\n"
    assert "f_made" in names("DEFINE(f);\n", macros)


def test_a_header_may_be_an_argument() -> None:
    found = names(
        "DEFINE(int f(void), 1);\n", "#define DEFINE(head, v) HOT(1) head { return v; }\n"
    )
    assert "f" in found


PIECES = [SHOW, BOTH, STORE, OTHER, "#define OTHER(n) SHOW(n##_x) SHOW(y_##n)\n"]
USES = ["SHOW(a)\n", "BOTH(b, int);\n", "OTHER(c, long)\n", "STORE(d, int, 1)\n", "int x;\n"]


@given(st.lists(st.sampled_from(PIECES), max_size=8), st.lists(st.sampled_from(USES), max_size=6))
def test_every_function_is_named_and_made_by_the_macros_that_lead_to_it(
    macros: list[str], uses: list[str]
) -> None:
    known: MacroTable = table("".join(macros))
    generators = Generators(known)
    found = outline("mm/demo.c", "".join(uses).encode(), known)
    for use in generators.invocations(found):
        named = generators.names("mm/demo.c", use)
        for made in generators.functions("mm/demo.c", use):
            only = generators.functions("mm/demo.c", use, named[made.site.name])
            assert made.site in [each.site for each in only]
