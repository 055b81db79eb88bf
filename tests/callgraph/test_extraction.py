"""Calls of some names only are those of all calls that lead to these names."""

from __future__ import annotations

from pathlib import Path

from tests.callgraph.trees import program

from mmlint.callgraph.extraction import Call

FILES = {
    "include/linux/x.h": (
        "#define plain(a) take(a)\n"
        "#define pasted(kind, a) kind##_take(a)\n"
        "#define object plain(1)\n"
        "#define alias take\n"
        "static inline int page_take(int a)\n{\n\treturn object;\n}\n"
    ),
    "mm/a.c": (
        "#include <linux/x.h>\n"
        "#define MAKE(name) int name##_show(int a)\\\n{\\\n\treturn name##_value(plain(a));\\\n}\n"
        "int take(int a)\n{\n\treturn a;\n}\n"
        "MAKE(size)\n"
        "int user(int (*given)(int))\n{\n"
        "\treturn plain(1) + pasted(page, 2) + object + alias(3) + given(4) + unknown(5);\n}\n"
    ),
}
NAMES = (
    "plain",
    "take",
    "pasted",
    "object",
    "alias",
    "page_take",
    "size_value",
    "given",
    "unknown",
)


def test_to_look_for_some_names_finds_what_all_calls_have_of_them(tmp_path: Path) -> None:
    answer = program(tmp_path, FILES)

    def made(*names: str) -> list[Call]:
        calls = answer.calls.naming(names) if names else answer.calls
        found: list[Call] = []
        for path in FILES:
            outline = answer.outline(path)
            for site in outline.definitions if outline is not None else ():
                found += calls.of_function(path, site)
            for function in answer.generated.of(path):
                found += calls.of_generated(function)
        for name in ("plain", "pasted", "object", "alias"):
            for macro in answer.macros.lookup(name):
                found += calls.of_macro(macro, "mm/a.c")
        return found

    every = made()
    assert {call.target.name for call in every} >= set(NAMES) - {"given"}
    for name in NAMES:
        wanted = [call for call in every if call.target.name == name]
        assert [call for call in made(name) if call.target.name == name] == wanted


def test_what_a_source_defines_makes_names_in_that_source_only(tmp_path: Path) -> None:
    header = "#define LIST(id) REG(id, size)\n#define OUTER(id) LIST(id)\n"
    functions = "".join(f"int {reg}_a_size(int x)\n{{\n\treturn x;\n}}\n" for reg in ("one", "two"))
    source = (
        '#include "list.h"\n#define REG(id, name) {0}_##id##_##name(1)\n'
        "int {0}_user(void)\n{{\n\treturn OUTER(a);\n}}\n"
    )
    files = {
        "mm/list.h": header + functions,
        "mm/one.c": source.format("one"),
        "mm/two.c": source.format("two"),
    }
    answer = program(tmp_path, files)
    for kind in ("one", "two", "one"):
        path = f"mm/{kind}.c"
        outline = answer.outline(path)
        assert outline is not None
        (user,) = outline.named(f"{kind}_user")
        made = {call.target.name for call in answer.calls.of_function(path, user)}
        assert made == {"OUTER", f"{kind}_a_size"}


def test_macros_of_headers_that_a_makefile_points_to_are_known(tmp_path: Path) -> None:
    files = {
        "drivers/x/Makefile": "ccflags-y += -I $(src)/include\n",
        "drivers/x/core/a.c": "#include <xif/os.h>\nint user(void)\n{\n\treturn twice(1);\n}\n",
        "drivers/x/include/xif/os.h": "#include <xif/more.h>\n",
        "drivers/x/include/xif/more.h": "#define twice(x) once(once(x))\n",
    }
    answer = program(tmp_path, files, "drivers/x/core/a.c")
    outline = answer.outline("drivers/x/core/a.c")
    assert outline is not None
    [call] = answer.calls.of_function("drivers/x/core/a.c", outline.definitions[0])
    assert call.target.kind == "macro"
