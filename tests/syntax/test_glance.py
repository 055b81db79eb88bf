from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.syntax.reading import table

from mmlint.syntax.glance import Glance
from mmlint.syntax.macros import MacroTable
from mmlint.syntax.outline import DefinitionSite, outline

PLAIN = b"""#include <linux/mm.h>
int shown(int);
static int hidden(struct page *page)
{
\treturn shown(1);
}

int __init shown(int a)
{
\tif (hidden(0)) {
\t}
\treturn a;
}
"""
PIECES = st.lists(
    st.sampled_from(
        [
            b"int f(void)\n{\n}\n",
            b"static int __init f(int a)\n{\n\tg(1);\n}\n",
            b"int g(int a) { return f(); }\n",
            b"int f(void);\n",
            b"\tf(1);\n",
            b"#define M(x) int sys_##x(void)\n",
            b"M(f)\n{\n}\n",
            b"#if A\n",
            b"#else\n",
            b"#endif\n",
            b"/* f() {\n} */\n",
            b"f(a /* ( */)\n{\n}\n",
            b"struct s t = {\n\t.a = f,\n};\n",
            b"}\n",
            b"{\n",
        ]
    ),
    max_size=9,
).map(b"".join)


def read(text: bytes, name: str, macros: MacroTable | None = None) -> list[DefinitionSite] | None:
    glance = Glance("mm/x.c", text, macros or MacroTable())
    found = glance.definitions(name) if glance.spells(name) else ()
    return None if found is None else list(found)


@pytest.mark.parametrize("name", ["shown", "hidden", "page", "absent"])
def test_a_glance_tells_what_an_outline_has(name: str) -> None:
    assert read(PLAIN, name) == list(outline("mm/x.c", PLAIN).named(name))


@pytest.mark.parametrize(
    "text",
    [
        b"#ifdef A\nint f(void)\n{\n}\n#endif\n",
        b"int f(void)\n{\n}\nint f(int a)\n{\n}\n",
        b" int f(void)\n{\n}\n",
        b"int f(void)\n{\n",
        b"int f(void)\n#ifdef A\n\t__must_hold(x)\n#endif\n{\n}\n",
        b"/*\n}\n comment */ int f(void)\n{\n}\n",
    ],
    ids=["condition", "twice", "indented", "unclosed", "inside", "comment"],
)
def test_what_is_not_plain_is_left_to_the_outline(text: bytes) -> None:
    assert read(text, "f") is None


def test_a_name_that_a_macro_makes_is_left_to_the_outline() -> None:
    text = b"#define CALL(name) long sys_##name(void)\nCALL(f)\n{\n}\n"

    assert read(text, "sys_f", table(text.decode())) is None


@given(PIECES, st.sampled_from(["f", "sys_f"]))
def test_what_a_glance_tells_is_what_an_outline_has(text: bytes, name: str) -> None:
    macros = MacroTable([("mm/x.c", text)])
    whole = outline("mm/x.c", text, macros)
    found = read(text, name, macros)

    assert whole.losses or found is None or found == list(whole.named(name))
