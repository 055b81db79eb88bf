"""From a function to the places that hold it, and to the calls of what these hold."""

from __future__ import annotations

from collections.abc import Container, Sequence
from pathlib import Path

import pytest
from tests.callgraph.indirect import CALL, OPENER, OPS, callers, held
from tests.callgraph.trees import program

from mmlint.callgraph.destinations import Keeper
from mmlint.source.search import Sought, find
from mmlint.source.sought import Found
from mmlint.source.tree import Tree

HEADER = {"include/linux/ops.h": OPS, "mm/use.c": CALL}


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[Sought]:
    """What was searched for to find calls."""
    noted: list[Sought] = []

    def search(
        tree: Tree, sought: Sought, places: Sequence[str], *, without: Container[str]
    ) -> Found:
        noted.append(sought)
        return find(tree, sought, places, without=without)

    monkeypatch.setattr("mmlint.callgraph.slot_calls.find", search)
    return noted


def test_members_that_a_function_is_put_into(tmp_path: Path) -> None:
    text = (
        "struct ops a = { .open = my_open };\nstruct ops b[] = { { my_open } };\n"
        "void f(struct ops *o)\n{\n\to->open = my_open;\n}\n"
    )
    assert held(tmp_path, {**HEADER, "fs/d.c": OPENER + text}, "my_open", "fs/d.c") == [
        "ops.open fs/d.c:5 designated",
        "ops.open fs/d.c:6 positional",
        "ops.open fs/d.c:9 assigned",
    ]


def test_a_static_function_is_held_by_its_own_file(tmp_path: Path) -> None:
    files = {**HEADER, "fs/d.c": OPENER, "fs/e.c": "struct ops a = { .open = my_open };\n"}
    assert held(tmp_path, files, "my_open", "fs/d.c") == []
    assert held(tmp_path, files, "my_open", "fs/d.c", static=False) == [
        "ops.open fs/e.c:1 designated"
    ]


def test_calls_and_declarations_hold_nothing(tmp_path: Path) -> None:
    text = "static int my_open(int x);\nint f(void)\n{\n\treturn my_open(1);\n}\n"
    assert held(tmp_path, {**HEADER, "fs/d.c": OPENER + text}, "my_open", "fs/d.c") == []


@pytest.mark.parametrize(
    "text",
    [
        "void f(struct ops *o)\n{\n\tint (*my_open)(int);\n\n"
        "\tmy_open = o->open;\n\tsetup(o, my_open);\n\to->open = my_open;\n}\n",
        "void f(struct ops *o, int (*my_open)(int))\n{\n\tsetup(o, my_open);\n"
        "\t*o = (struct ops){ .open = my_open };\n}\n",
    ],
    ids=["local", "parameter"],
)
def test_a_local_is_no_function_of_its_name(tmp_path: Path, text: str) -> None:
    files = {
        **HEADER,
        "mm/setup.c": "void setup(struct ops *o, int (*fn)(int))\n{\n\to->open = fn;\n}\n",
        "fs/d.c": OPENER + text + "void g(struct ops *o)\n{\n\to->open = my_open;\n}\n",
    }
    [slot] = held(tmp_path, files, "my_open", "fs/d.c")
    assert slot == f"ops.open fs/d.c:{7 + text.count(chr(10))} assigned"


def test_parameters_and_where_these_are_stored(tmp_path: Path) -> None:
    files = {
        **HEADER,
        "mm/setup.c": "void setup(struct ops *o, int (*fn)(int))\n{\n\to->open = fn;\n}\n",
        "include/linux/wrap.h": "#define wrap(...) setup(__VA_ARGS__)\n",
        "fs/d.c": OPENER + "void f(struct ops *o)\n{\n\twrap(o, my_open);\n}\n",
    }
    assert held(tmp_path, files, "my_open", "fs/d.c") == [
        "setup().fn fs/d.c:7 passed",
        "ops.open fs/d.c:7 stored parameter",
    ]


def test_macros_that_make_the_name(tmp_path: Path) -> None:
    files = {
        **HEADER,
        "fs/d.c": "#define DEFINE(n) struct ops n##_ops = { .open = n##_open }\n"
        + OPENER
        + "DEFINE(my);\n",
    }
    assert held(tmp_path, files, "my_open", "fs/d.c") == ["ops.open fs/d.c:6 attribute macro"]


def test_macros_whose_uses_are_in_a_macro(tmp_path: Path) -> None:
    files = {
        **HEADER,
        "fs/d.c": "#define DEFINE(n) struct ops n##_ops = { .open = n##_open }\n"
        "#define BOTH(n) int n##_open(int x) { return x; } \\\n\tDEFINE(n)\n"
        "BOTH(my);\n",
    }
    assert held(tmp_path, files, "my_open", "fs/d.c") == ["ops.open fs/d.c:4 attribute macro"]


def test_macros_that_declare_by_way_of_another(tmp_path: Path) -> None:
    declare = (
        "#define __DECLARE(n, s) const struct ops n; EXPORT(n, s); const struct ops n\n"
        "#define DECLARE(n) __DECLARE(n, 1)\n"
        "#define EXPORT_OPS(n, f) DECLARE(n) = { .open = f }\n"
    )
    files = {"mm/ops.h": OPS + declare, "fs/d.c": OPENER + "EXPORT_OPS(mine, my_open);\n"}
    assert held(tmp_path, files, "my_open", "fs/d.c") == ["ops.open fs/d.c:5 attribute macro"]


def test_macros_that_name_the_function_themselves(tmp_path: Path) -> None:
    files = {
        **HEADER,
        "fs/d.c": "#define DEFINE(n, f) struct ops n##_ops = { .open = f }\n"
        "#define MINE(n) DEFINE(n, my_open)\n"
        "#define SET(o) (o)->close = my_open\n" + OPENER + "static MINE(one);\n"
        "void set(struct ops *o)\n{\n\tSET(o);\n}\n",
    }
    assert held(tmp_path, files, "my_open", "fs/d.c") == [
        "ops.open fs/d.c:8 attribute macro",
        "ops.close fs/d.c:11 assigned",
    ]


def test_macros_that_assign_their_argument(tmp_path: Path) -> None:
    fill = (
        "#define __FILL_KEY(o, f) do { (o)->flags = 1; (o)->open = (f); } while (0)\n"
        "#define __FILL(o, f) do { int key; __FILL_KEY((o), f); } while (0)\n"
        "#define FILL(o, f) __FILL((o), (f))\n"
    )
    files = {
        "mm/ops.h": OPS + fill,
        "fs/d.c": OPENER + "void init(struct ops *o)\n{\n\tFILL(o, my_open);\n}\n",
    }
    assert held(tmp_path, files, "my_open", "fs/d.c") == ["ops.open fs/d.c:7 assigned"]


def test_macros_in_the_value_of_what_a_macro_declares(tmp_path: Path) -> None:
    declare = (
        "#define OPS_INIT(f) { .flags = 1, .open = (f) }\n"
        "#define DECLARE_OPS(n, f) struct ops n = OPS_INIT(f)\n"
    )
    files = {"mm/ops.h": OPS + declare, "fs/d.c": OPENER + "static DECLARE_OPS(mine, my_open);\n"}
    assert held(tmp_path, files, "my_open", "fs/d.c") == ["ops.open fs/d.c:5 attribute macro"]


def test_macros_that_initialise_a_local_with_their_argument(tmp_path: Path) -> None:
    register = (
        "#define REGISTER(fn, prio) ({ \\\n"
        "\tstatic __hot struct ops fn##_ops = \\\n"
        "\t\t{ .open = fn, .flags = prio }; \\\n"
        "\tadd_ops(&fn##_ops); })\n"
    )
    files = {
        "mm/ops.h": OPS + register,
        "fs/d.c": OPENER + "int init(void)\n{\n\treturn REGISTER(my_open, 3);\n}\n",
    }
    assert held(tmp_path, files, "my_open", "fs/d.c") == ["ops.open fs/d.c:7 attribute macro"]


HOOK = "static int (*hook)(int) = {0};\nint use(void)\n{{\n\treturn hook(1);\n}}\n"


def test_variables(tmp_path: Path) -> None:
    files = {"fs/d.c": OPENER + HOOK.format("my_open"), "fs/e.c": HOOK.format("NULL")}
    assert held(tmp_path, files, "my_open", "fs/d.c") == [".hook fs/d.c:5 assigned"]
    assert callers(tmp_path, files, "", "hook", "fs/d.c") == ["fs/d.c:8 use global"]


@pytest.mark.parametrize(
    ("header", "statement", "places"),
    [
        ("extern int (*hook)(int x);", "hook = my_open;", [".hook fs/d.c:7 assigned"]),
        ("typedef int (*t)(int);\nextern t hook;", "hook = my_open;", [".hook fs/d.c:7 assigned"]),
        ("extern int hook;", "hook = my_open;", []),
        (
            "extern int (*hook)(int x);",
            "int (*hook)(int) = my_open;",
            ["f().hook fs/d.c:7 assigned"],
        ),
    ],
)
def test_variables_that_a_header_declares(
    tmp_path: Path, header: str, statement: str, places: list[str]
) -> None:
    files = {
        "include/linux/hook.h": header + "\n",
        "kernel/hook.c": "int (*hook)(int x);\nint use(void)\n{\n\treturn hook(1);\n}\n",
        "fs/d.c": OPENER + f"void f(void)\n{{\n\t{statement}\n}}\n",
    }
    assert held(tmp_path, files, "my_open", "fs/d.c") == places
    assert callers(tmp_path, files, "", "hook") == ["kernel/hook.c:4 use global"]


TABLE = "int (*{0}table[])(int) = {{\n\tNULL,\n\t[3] = my_open,\n}};\n"


def test_tables_of_functions(tmp_path: Path) -> None:
    use = "int use(int n)\n{\n\treturn table[n](1);\n}\n"
    load = (
        "int load(int n)\n{\n\tint (*fn)(int);\n\n\tfn = table[n];\n\treturn fn ? fn(1) : 0;\n}\n"
    )
    files = {"fs/d.c": OPENER + "static " + TABLE.format("const ") + use + load}
    assert held(tmp_path, files, "my_open", "fs/d.c") == [".table fs/d.c:7 positional"]
    assert callers(tmp_path, files, "", "table", "fs/d.c") == [
        "fs/d.c:11 use global",
        "fs/d.c:18 load local",
    ]


def test_a_macro_may_be_the_list_of_a_table(tmp_path: Path) -> None:
    text = (
        "#define OPENERS NULL, my_open, NULL\ntypedef int open_fn(int);\n"
        "static open_fn *table[4] = { OPENERS };\nint use(int n)\n{\n\treturn table[n](1);\n}\n"
    )
    files = {"fs/d.c": OPENER + text}
    assert held(tmp_path, files, "my_open", "fs/d.c") == [".table fs/d.c:7 positional"]
    assert callers(tmp_path, files, "", "table", "fs/d.c") == ["fs/d.c:10 use global"]


def test_tables_that_other_files_use(tmp_path: Path) -> None:
    files = {
        "include/linux/table.h": "extern int (*table[])(int);\n",
        "fs/d.c": "#include <linux/table.h>\n" + OPENER + TABLE.format(""),
        "mm/a.c": "#include <linux/table.h>\nint use(int n)\n{\n\treturn table[n](1);\n}\n",
        "mm/b.c": "static int (*table)(int);\nint own(void)\n{\n\treturn table(1);\n}\n",
    }
    assert held(tmp_path, files, "my_open", "fs/d.c") == [".table fs/d.c:8 positional"]
    assert callers(tmp_path, files, "", "table") == ["mm/a.c:4 use global"]


def test_a_table_of_numbers_holds_no_function(tmp_path: Path) -> None:
    files = {"fs/d.c": OPENER + "static unsigned long table[] = { (unsigned long)my_open };\n"}
    assert held(tmp_path, files, "my_open", "fs/d.c") == []


@pytest.mark.parametrize(
    ("declared", "how"),
    [
        ("int (*fn)(int) = my_open;\n", "8 assigned"),
        ("int (*fn)(int);\n\tfn = n ? my_open : NULL;\n", "9 assigned"),
        ("static int (*const fn[])(int) = { NULL, my_open };\n", "8 positional"),
        ("opener fn[] = { [1] = my_open };\n", "8 positional"),
    ],
)
def test_locals(tmp_path: Path, declared: str, how: str) -> None:
    text = (
        f"typedef int (*opener)(int);\nint use(int n)\n{{\n\t{declared}\treturn fn{{0}}(n);\n}}\n"
    )
    text = text.replace("{0}", "[n]" if "[" in declared else "")
    files = {"fs/d.c": OPENER + text, "mm/a.c": ""}
    assert held(tmp_path, files, "my_open", "fs/d.c") == [f"use().fn fs/d.c:{how}"]
    line = 5 + text[: text.index("return")].count("\n")
    assert callers(tmp_path, files, "use()", "fn", "fs/d.c") == [f"fs/d.c:{line} use local"]


def test_what_a_local_holds_is_put_where_that_goes(tmp_path: Path) -> None:
    text = "void use(struct ops *o)\n{\n\tint (*fn)(int) = my_open;\n\n\to->open = fn;\n}\n"
    files = {"mm/ops.h": OPS, "fs/d.c": '#include "../mm/ops.h"\n' + OPENER + text}
    assert held(tmp_path, files, "my_open", "fs/d.c") == [
        "use().fn fs/d.c:8 assigned",
        "ops.open fs/d.c:8 assigned",
    ]


def test_what_is_handed_over_may_be_put_into_a_variable(tmp_path: Path) -> None:
    keep = "int keep(int (*get)(int))\n{\n\thook = get;\n\treturn 0;\n}\n"
    hide = "int hide(int (*get)(int))\n{\n\tint (*hook)(int);\n\thook = get;\n\treturn 0;\n}\n"
    files = {
        "fs/d.c": OPENER + "int init(void)\n{\n\treturn keep(my_open) + hide(my_open);\n}\n",
        "mm/keep.c": HOOK.format("NULL") + keep + hide,
    }
    assert held(tmp_path, files, "my_open", "fs/d.c") == [
        "keep().get fs/d.c:7 passed",
        ".hook fs/d.c:7 stored parameter",
        "hide().get fs/d.c:7 passed",
    ]


def test_calls_of_a_member_in_the_whole_tree(tmp_path: Path) -> None:
    files = {
        **HEADER,
        "fs/a.c": "int f(struct ops *o)\n{\n\tint (*fn)(int) = o->open;\n\treturn fn(1);\n}\n",
        "fs/b.c": "struct other { int (*open)(int); };\nint g(struct other *o)\n{\n"
        "\treturn o->open(1);\n}\n",
        "fs/c.c": "int h(struct ops *o)\n{\n\treturn (*o->open)(1);\n}\n",
    }
    assert callers(tmp_path, files, "ops", "open") == [
        "fs/a.c:4 f local",
        "fs/c.c:3 h member",
        "mm/use.c:3 use member",
    ]


KEPT = "struct kept { int (*cb)(int); int (*other)(int); int (*open)(int); };\n"
CALLED = "int run(struct kept *k)\n{\n\treturn k->cb(1);\n}\n"


@pytest.mark.parametrize(
    "stored",
    [
        "k->cb = o->open;",
        "k->cb = o->open ? o->open : 0;",
        "int (*fn)(int) = o->open;\n\tk->cb = fn;",
        "struct kept here = {\n\t\t.cb = o->open,\n\t};\n\t*k = here;",
    ],
    ids=["assigned", "chosen", "by way of a local", "in a list"],
)
def test_calls_of_what_is_put_into_another_member(tmp_path: Path, stored: str) -> None:
    files = {
        **HEADER,
        "fs/a.c": KEPT
        + "void keep(struct kept *k, struct ops *o)\n{\n\t"
        + stored
        + "\n}\n"
        + CALLED
        + "int not_this(struct kept *k)\n{\n\treturn k->other(1);\n}\n",
    }
    called = f"fs/a.c:{8 + stored.count(chr(10))} run member"
    assert callers(tmp_path, files, "ops", "open") == ["mm/use.c:3 use member", called]


def test_calls_of_what_is_put_into_a_variable(tmp_path: Path) -> None:
    files = {
        **HEADER,
        "include/linux/best.h": "extern int (*best)(int x);\n",
        "fs/a.c": "int (*best)(int x);\nstatic int (*table[4])(int x);\n"
        "void choose(struct ops *o, int i)\n{\n\tbest = o->open;\n\ttable[i] = o->open;\n}\n"
        "int each(int i)\n{\n\treturn table[i](1);\n}\n",
        "fs/b.c": "int run(void)\n{\n\treturn best(1);\n}\n",
    }
    assert callers(tmp_path, files, "ops", "open") == [
        "mm/use.c:3 use member",
        "fs/b.c:3 run global",
        "fs/a.c:10 each global",
    ]


def test_calls_of_what_is_put_into_a_member_of_the_same_name(tmp_path: Path) -> None:
    files = {
        **HEADER,
        "fs/a.c": KEPT
        + "void keep(struct kept *k, struct ops *o)\n{\n\tk->open = o->open;\n}\n"
        + CALLED.replace("cb", "open"),
    }
    expected = ["mm/use.c:3 use member", "fs/a.c:8 run member"]
    assert callers(tmp_path, files, "ops", "open") == expected


@pytest.mark.parametrize(
    "use",
    [
        "return t->all[i](1);",
        "int (*fn)(int) = t->all[i];\n\n\treturn fn(1);",
        "int (*fn)(int) =\n\t\tt->all[i];\n\treturn fn(1);",
        "return run(t->all[i], 1);",
    ],
    ids=["called", "loaded", "loaded on the next line", "handed over"],
)
def test_calls_of_an_element_of_a_member(tmp_path: Path, use: str) -> None:
    files = {
        "mm/t.h": "struct table { int (*all[4])(int); };\n",
        "mm/a.c": "int run(int (*fn)(int), int x)\n{\n\treturn fn(x);\n}\n"
        f"int use(struct table *t, int i)\n{{\n\t{use}\n}}\n",
    }
    [call] = callers(tmp_path, files, "table", "all")
    assert call.split()[1] == ("run" if "run" in use else "use")


@pytest.mark.parametrize("handed", ["o->open", "1, o->open", "o->open, 1"])
def test_calls_of_a_member_that_is_handed_to_a_function(tmp_path: Path, handed: str) -> None:
    before, _, behind = handed.partition("o->open")
    fn = "int (*fn)(int)".join(mark.replace("1", "int x") for mark in (before, behind))
    files = {
        **HEADER,
        "fs/a.c": f"int run({fn})\n{{\n\treturn fn(1);\n}}\n"
        + f"int hand(struct ops *o)\n{{\n\tif (o->open)\n\t\treturn run({handed});\n}}\n",
    }
    expected = ["mm/use.c:3 use member", "fs/a.c:3 run parameter"]
    assert callers(tmp_path, files, "ops", "open") == expected


def test_calls_of_a_member_that_is_handed_on_by_a_local(tmp_path: Path) -> None:
    files = {
        **HEADER,
        "fs/a.c": "int run(int (*fn)(int))\n{\n\treturn fn(1);\n}\n"
        "int hand(struct ops *o, int (*fn)(int))\n{\n"
        "\tif (!fn)\n\t\tfn = o->open;\n\treturn run(fn);\n}\n",
    }
    expected = ["mm/use.c:3 use member", "fs/a.c:3 run parameter"]
    assert callers(tmp_path, files, "ops", "open") == expected


def test_what_is_put_from_another_structure_is_not_called_there(tmp_path: Path) -> None:
    files = {
        **HEADER,
        "fs/a.c": KEPT
        + "struct less { int (*open)(int); };\n"
        + "void keep(struct kept *k, struct less *o)\n{\n\tk->cb = o->open;\n}\n"
        + CALLED,
    }
    assert callers(tmp_path, files, "ops", "open") == ["mm/use.c:3 use member"]


def test_members_that_are_put_into_each_other_are_followed_once(tmp_path: Path) -> None:
    files = {
        **HEADER,
        "fs/a.c": KEPT
        + "void keep(struct kept *k, struct ops *o)\n{\n\tk->cb = o->open;\n"
        + "\to->open = k->cb;\n}\n"
        + CALLED,
    }
    assert callers(tmp_path, files, "ops", "open") == [
        "mm/use.c:3 use member",
        "fs/a.c:9 run member",
    ]


def test_members_for_functions_alike_are_searched_together(
    tmp_path: Path, searches: list[Sought]
) -> None:
    text = (
        KEPT
        + "void keep(struct kept *k, struct ops *o)\n{\n\tk->cb = o->open;\n"
        + "\tk->other = k->cb;\n}\n"
        + CALLED
        + CALLED.replace("cb", "other")
    )
    answer = program(tmp_path, {**HEADER, "fs/a.c": text}).indirect
    calls = answer.call_sites(Keeper("ops", "open"))
    assert [f"{site.path}:{site.line}" for site in calls] == ["mm/use.c:3", "fs/a.c:9", "fs/a.c:13"]
    assert len(searches) == 2


def test_calls_of_members_of_one_name_are_searched_once(
    tmp_path: Path, searches: list[Sought]
) -> None:
    text = (
        "struct other { int (*open)(int); };\nint g(struct other *o)\n{\n\treturn o->open(1);\n}\n"
    )
    answer = program(tmp_path, {**HEADER, "fs/b.c": text}).indirect
    found = {
        structure: [
            f"{site.path}:{site.line}" for site in answer.call_sites(Keeper(structure, "open"))
        ]
        for structure in ("ops", "other", "none")
    }
    assert found == {"ops": ["mm/use.c:3"], "other": ["fs/b.c:4"], "none": []}
    assert len(searches) == 1


def test_calls_of_a_parameter(tmp_path: Path) -> None:
    text = "int each(int (*fn)(int), int (*no)(int))\n{\n\tno(2);\n\treturn fn(1);\n}\n"
    assert callers(tmp_path, {"mm/a.c": text}, "each()", "fn", "mm/a.c") == [
        "mm/a.c:4 each parameter"
    ]
    assert callers(tmp_path, {"mm/a.c": text}, "gone()", "fn", "mm/a.c") == []
