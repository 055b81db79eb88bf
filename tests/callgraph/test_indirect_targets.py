"""What indirect calls may call: every way in which a function gets into a place."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.callgraph.indirect import CALL, OPENER, OPS, held, sites_in, targets
from tests.callgraph.trees import program

HEADER = {"include/linux/ops.h": OPS, "mm/use.c": CALL}


def driver(text: str, header: str = "") -> dict[str, str]:
    """A tree whose mm/ calls, and whose drivers/ fill, the operations."""
    return {**HEADER, "include/linux/ops.h": OPS + header, "drivers/d.c": OPENER + text}


def test_designated_initialisers(tmp_path: Path) -> None:
    text = "static const struct ops a = {\n\t.flags = 1,\n\t.open = my_open,\n};\n"
    assert targets(tmp_path, driver(text)) == ["my_open drivers/d.c:7 designated"]


@pytest.mark.parametrize(
    "text",
    [
        "struct ops a = { .open = &my_open };\n",
        "struct ops a[] = { { .flags = 1 }, { .open = my_open } };\n",
        "struct ops a[2] = { [1] = { .open = my_open } };\n",
        "struct ops a[2] = { [1].open = my_open };\n",
        "struct outer { struct ops in; } a = { .in = { .open = my_open } };\n",
        "struct outer { int n; struct ops in; } a = { 1, { .open = my_open } };\n",
        "struct outer { struct ops in; };\nstruct outer a = { .in.open = my_open };\n",
        "void f(void)\n{\n\tstruct ops a = { .open = my_open };\n\treg(&a);\n}\n",
        "void f(void)\n{\n\treg(&(struct ops){ .open = my_open });\n}\n",
        "void f(void)\n{\n\t*g = (struct ops){ .open = my_open };\n}\n",
        "struct ops a = { .open = (int (*)(int))my_open };\n",
        "typedef struct ops ops_t;\nops_t a = { .open = my_open };\n",
        "#define OPEN(f) .open = f, .flags = 1\nstruct ops a = { OPEN(my_open) };\n",
        "#define INIT(f) { .open = f }\nstruct ops a = INIT(my_open);\n",
        "#define alias my_open\nstruct ops a = { .open = alias };\n",
        "struct ops a = { open: my_open };\n",
        "ID_LIST(a_ids)\nstruct ops a = { .open = my_open };\n",
        "ID_LIST(a_ids, struct, ops)\n\nEXPORT(f)\nstatic const struct ops a = { my_open };\n",
    ],
)
def test_the_many_faces_of_designated_initialisers(tmp_path: Path, text: str) -> None:
    names = [found.split()[0] for found in targets(tmp_path, driver(text))]
    assert names == ["my_open"]


MACHINE = """
#define define_machine(n) extern struct ops mach_##n; struct ops mach_##n __section("m") =
#define MACHINE_START(n, text) static struct ops desc_##n __used = { .flags = 1,
#define MACHINE_END };
#define TABLE(n) static int n[] = { 1,
"""


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("define_machine(my) {\n\t.flags = 1,\n\t.open = my_open,\n};\n", ["my_open"]),
        ('MACHINE_START(A, "a")\n\t.open = my_open,\nMACHINE_END\n', ["my_open"]),
        (
            'MACHINE_START(A, "a")\n\t.close = shut,\nMACHINE_END\n\n'
            'MACHINE_START(B, "b")\n\t.open = my_open,\nMACHINE_END\n',
            ["my_open"],
        ),
        ("TABLE(n)\n\t.open = my_open,\nMACHINE_END\n", []),
        ('MACHINE_START(A, "a")\nMACHINE_END\nstatic int (*const p)(int) = my_open;\n', None),
    ],
    ids=["the sign", "the brace", "twice", "of no structure", "behind the list"],
)
def test_a_macro_may_begin_the_initialiser(
    tmp_path: Path, text: str, names: list[str] | None
) -> None:
    files = driver(text, MACHINE)
    assert [found.split()[0] for found in targets(tmp_path, files)] == (names or [])
    slots = [slot.split()[0] for slot in held(tmp_path, files, "my_open", "drivers/d.c")]
    assert slots == ([".p"] if names is None else ["ops.open" for _ in names])


@pytest.mark.parametrize(
    ("union", "names"),
    [
        ("union { int (*go)(int x); int (*go_new)(int x); int n; };", ["my_open"]),
        ("union { int (*go)(int x); int (*go_new)(long x); };", []),
        ("union { int (*go)(int x); struct { int (*go_new)(int x); }; };", []),
        ("int (*go)(int x); int (*go_new)(int x);", []),
        ("union { int (*go)(int x); int n; }; int (*go_new)(int x);", []),
    ],
    ids=["together", "of another type", "in a structure", "in no union", "beside it"],
)
def test_members_of_a_union_are_one_place(tmp_path: Path, union: str, names: list[str]) -> None:
    files = {
        "include/linux/two.h": f"struct two {{ int flags; {union} }};\n",
        "mm/use.c": "int use(struct two *t)\n{\n\treturn t->go(1);\n}\n",
        "drivers/d.c": OPENER + "static struct two two = { .go_new = my_open };\n",
    }
    assert [found.split()[0] for found in targets(tmp_path, files)] == names
    slots = [slot.split()[0] for slot in held(tmp_path, files, "my_open", "drivers/d.c")]
    assert slots == ["two.go_new", *("two.go" for _ in names)]


@pytest.mark.parametrize("first", ["", "[2] = ", "[A_LIMIT]\t= "])
def test_positional_initialisers(tmp_path: Path, first: str) -> None:
    text = f"static struct ops all[] = {{\n\t{first}{{ my_open, 0, 1 }},\n\t{{ NULL }},\n}};\n"
    assert targets(tmp_path, driver(text)) == ["my_open drivers/d.c:6 positional"]


def test_the_variable_of_an_assignment_may_be_made_by_a_macro(tmp_path: Path) -> None:
    header = "#define DEFINE_OPS(n) static int n##_at; static struct ops n = { .flags = 1 }\n"
    header += "#define EXPORT(f) __EXPORT(f, 1)\n"
    text = "DEFINE_OPS(my_ops);\nEXPORT(my_open);\nvoid f(void)\n{\n\tmy_ops.open = my_open;\n}\n"
    assert targets(tmp_path, driver(text, header)) == ["my_open drivers/d.c:9 assigned"]


def test_assignments(tmp_path: Path) -> None:
    text = "struct dev { struct ops *o; };\nvoid f(struct dev *d)\n{\n\td->o->open = my_open;\n}\n"
    assert targets(tmp_path, driver(text)) == ["my_open drivers/d.c:8 assigned"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("void f(struct other *p)\n{\n\tp->open = my_open;\n}\n", []),
        ("void f(struct ops *p)\n{\n\tp->open = my_open;\n}\n", ["my_open"]),
        (
            "void f(void)\n{\n\tif (g()) {\n\t\tstruct other *p = g();\n\n\t\tg(p);\n\t} else {\n"
            "\t\tstruct ops *p = g();\n\n\t\tp->open = my_open;\n\t}\n}\n",
            ["my_open"],
        ),
        (
            "void g(struct other *p);\nvoid f(ops_t *p)\n{\n\tp->open = my_open;\n}\n",
            ["my_open"],
        ),
    ],
)
def test_what_is_assigned_to_is_told_by_its_declaration(
    tmp_path: Path, text: str, names: list[str]
) -> None:
    other = "struct other { int (*open)(int x); };\n"
    header = "typedef struct ops ops_t;\n"
    found = targets(tmp_path, driver(other + text, header))
    assert [each.split()[0] for each in found] == names


def test_a_choice_gives_both(tmp_path: Path) -> None:
    text = "void f(struct ops *o, int x)\n{\n\to->open = x ? my_open : other_open;\n}\n"
    found = targets(tmp_path, driver(text))
    assert [each.split()[0] for each in found] == ["my_open", "other_open"]


def test_nothing_is_no_target(tmp_path: Path) -> None:
    text = (
        "#define NULL ((void *)0)\n"
        "struct ops a = { .open = NULL };\nstruct ops b = { .open = 0 };\n"
    )
    assert targets(tmp_path, driver(text)) == []


def test_a_function_that_is_nothing_in_other_configurations(tmp_path: Path) -> None:
    text = (
        "#ifndef CONFIG_A\n#define cond_open NULL\n#endif\nstruct ops a = { .open = cond_open };\n"
    )
    assert targets(tmp_path, driver(text)) == ["cond_open drivers/d.c:8 designated"]


def test_each_arm_of_an_if_tells_its_condition(tmp_path: Path) -> None:
    text = (
        "struct ops a = {\n#ifdef CONFIG_A\n\t.open = my_open,\n"
        "#else\n\t.open = no_open,\n#endif\n};\n"
    )
    assert targets(tmp_path, driver(text)) == [
        "my_open drivers/d.c:7 designated [CONFIG_A]",
        "no_open drivers/d.c:9 designated [!CONFIG_A]",
    ]


def test_a_parameter_that_is_stored_is_what_callers_pass(tmp_path: Path) -> None:
    setup = "void setup(struct ops *o, int (*fn)(int));\n"
    files = driver("void g(struct ops *o)\n{\n\tsetup(o, my_open);\n}\n", setup)
    files["mm/setup.c"] = "void setup(struct ops *o, int (*fn)(int))\n{\n\to->open = fn;\n}\n"
    assert targets(tmp_path, files) == ["my_open drivers/d.c:7 stored parameter"]


def test_a_parameter_is_followed_through_wrappers_and_macros(tmp_path: Path) -> None:
    header = (
        "void setup(int (*fn)(int), struct ops *o);\n"
        "static inline void wrap(struct ops *o, int (*fn)(int))\n{\n\tsetup(fn, o);\n}\n"
        "#define easy(o, ...) wrap(o, __VA_ARGS__)\n"
    )
    files = driver("void g(struct ops *o)\n{\n\teasy(o, my_open);\n}\n", header)
    files["mm/setup.c"] = (
        "void setup(int (*fn)(int), struct ops *o)\n{\n\tstruct ops local = { .open = fn };\n"
        "\tkeep(&local);\n}\n"
    )
    assert targets(tmp_path, files) == ["my_open drivers/d.c:7 stored parameter"]


def test_a_macro_that_assigns(tmp_path: Path) -> None:
    header = "#define ops_init(x, f) do { (x)->open = (f); } while (0)\n"
    text = (
        "struct dev { struct ops o; };\nvoid g(struct dev *d)\n{\n\tops_init(&d->o, my_open);\n}\n"
    )
    assert targets(tmp_path, driver(text, header)) == ["my_open drivers/d.c:8 assigned"]


@pytest.mark.parametrize(
    "body",
    [
        "(x)->open = (f)",
        "do { static int key; put(x); (x)->flags = 1; if (key) (x)->open = (f); } while (0)",
        "({ put(x); (x)->open = ({ put(x); (f); }); })",
        "((x)->open = (f), put(x))",
    ],
)
def test_the_many_faces_of_macros_that_assign(tmp_path: Path, body: str) -> None:
    text = "void start(struct ops *a)\n{\n\tops_init(a, my_open);\n}\n"
    found = targets(tmp_path, driver(text, f"#define ops_init(x, f) {body}\n"))
    assert [each.split()[0] for each in found] == ["my_open"]


CARRIED = (
    "struct part { struct ops o; };\nstruct whole { struct part p; struct ops *table[2]; };\n"
    "struct ops *ops_of(void *x);\nextern struct ops default_ops, *best;\n"
    "struct other { struct { int (*open)(int); } q; struct { int (*shut)(int); } r; };\n"
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("w->p.o.open = my_open;", ["my_open"]),
        ("w->table[1]->open = my_open;", ["my_open"]),
        ("ops_of(w)->open = my_open;", ["my_open"]),
        ("default_ops.open = my_open;", ["my_open"]),
        ("best->open = my_open;", ["my_open"]),
        ("v->q.open = my_open;", []),
    ],
)
def test_who_assigns_need_not_name_the_structure(
    tmp_path: Path, text: str, names: list[str]
) -> None:
    files = driver("", CARRIED)
    files["drivers/d.c"] = (
        "#include <linux/ops.h>\nstatic int my_open(int x)\n{\n\treturn x;\n}\n"
        f"void start(struct whole *w, struct other *v)\n{{\n\t{text}\n}}\n"
    )
    found = targets(tmp_path, files)
    assert [each.split()[0] for each in found] == names


MADE = """
#define BUILDER(name) ((*build_ ## name ## _init)(int x))
#define GROUP_OP(group, op) group ## _ ## op
#define DECLARE_GROUP(group) const struct builders group_ ## group
#define DEFINE_GROUP(group) DECLARE_GROUP(group) = { .build_l2_init = GROUP_OP(group, open) }
struct builders { void BUILDER(l2); int n; };
"""


@pytest.mark.parametrize(
    "text", ["static struct builders v0 = { .build_l2_init = &my_open };\n", "DEFINE_GROUP(my);\n"]
)
def test_a_macro_may_make_the_member_and_the_function(tmp_path: Path, text: str) -> None:
    files = driver(text, MADE)
    files["mm/use.c"] = "void also(struct builders *b)\n{\n\tb->build_l2_init(1);\n}\n"
    found = targets(tmp_path, files, "also")
    assert [each.split()[0] for each in found] == ["my_open"]


def test_who_assigns_to_a_structure_without_a_tag_names_the_member(tmp_path: Path) -> None:
    files = driver("void start(struct other *v)\n{\n\tv->r.shut = my_open;\n}\n", CARRIED)
    files["mm/use.c"] = "int also(struct other *v)\n{\n\treturn v->r.shut(1);\n}\n"
    assert targets(tmp_path, files, "also") == ["my_open drivers/d.c:7 assigned"]


LISTS = """
struct ecc { struct ops o; int n; };
struct chip { const char *model; struct ops ecc; };
struct parser { const struct ops *all; };
#define UNIQUE(prefix) PASTE(__UNIQUE_, prefix, __COUNTER__)
#define SETUP(name, f) static const struct ops UNIQUE(__setup_##name) \\
\t__used __section("t") __aligned(__alignof__(struct ops)) = { .open = f }
#define SETUP_IT(name, f) SETUP(name, f)
#define CHIP(m, ...) { .model = m, __VA_ARGS__ }
#define ECC(f) .ecc = { .open = f, }
#define PATTERN(f, ...) { .open = f, .flags = sizeof((int[]) { __VA_ARGS__ }), }
#define PARSER(...) { .all = (const struct ops[]) { __VA_ARGS__ }, }
"""


@pytest.mark.parametrize(
    "text",
    [
        "SETUP(a, my_open);\n",
        "SETUP_IT(a, my_open);\n",
        'static const struct chip chips[] = {\n\tCHIP("a", ECC(my_open)),\n};\n',
        "static const struct parser parser = PARSER(\n\tPATTERN(my_open, 1, 2));\n",
    ],
)
def test_macros_in_lists_fill_what_no_file_names(tmp_path: Path, text: str) -> None:
    found = targets(tmp_path, driver(text, LISTS))
    assert [each.split()[0] for each in found] == ["my_open"]


def test_each_value_of_an_array_without_a_name_is_a_structure(tmp_path: Path) -> None:
    text = "static const struct parser parser = PARSER(PATTERN(none, 1), PATTERN(my_open, 2));\n"
    found = targets(tmp_path, driver(text, LISTS))
    assert [each.split()[0] for each in found] == ["my_open", "none"]


def test_the_table_of_a_function_needs_no_tag(tmp_path: Path) -> None:
    text = (
        "int use(int x)\n{\n\tstatic const struct {\n\t\tint id;\n\t\tint (*parse)(int);\n"
        "\t} all[] = {\n\t\t{ 1, my_open },\n\t};\n\treturn all[x].parse(x);\n}\n"
    )
    assert targets(tmp_path, {"mm/a.c": OPENER + text}) == ["my_open mm/a.c:11 positional"]


def test_macros_that_make_a_variable(tmp_path: Path) -> None:
    header = (
        "#define __OPS(o) { .open = o, .flags = 2 }\n"
        "#define DEFINE_OPS(name) static struct ops name##_ops = __OPS(name##_open)\n"
        "#define DEFINE_TWO(name) DEFINE_OPS(name)\n"
    )
    assert targets(tmp_path, driver("DEFINE_OPS(my);\nDEFINE_TWO(your);\n", header)) == [
        "my_open drivers/d.c:5 attribute macro",
        "your_open drivers/d.c:6 attribute macro",
    ]


def test_a_field_of_another_structure_is_another_field(tmp_path: Path) -> None:
    text = "struct other { int (*open)(int); };\nstruct other a = { .open = my_open };\n"
    more = "void f(struct other *o)\n{\n\to->open = my_open;\n\tuse((struct ops *)0);\n}\n"
    assert targets(tmp_path, driver(text + more)) == []


def test_a_private_structure_of_the_same_name_is_another_one(tmp_path: Path) -> None:
    files = driver("")
    files["drivers/own.c"] = (
        "struct ops { int (*open)(int); };\nstruct ops a = { .open = other };\n"
    )
    files["sound/h.h"] = "struct ops { int (*open)(int); };\n"
    files["sound/t.c"] = '#include "h.h"\nstruct ops a = { .open = other };\n'
    assert targets(tmp_path, files) == []


def test_a_program_beside_the_kernel_fills_none_of_its_structures(tmp_path: Path) -> None:
    files = driver("")
    files["samples/s.c"] = "int take(int x);\nstruct ops a = { .open = take };\n"
    files["tools/t.c"] = "struct ops a = { .open = other };\n"
    assert targets(tmp_path, files) == ["take samples/s.c:2 designated"]


def test_a_structure_inside_of_another_is_filled_where_only_that_is_named(tmp_path: Path) -> None:
    header = "struct outer {\n\tstruct ops in;\n};\n"
    text = "void f(struct outer *o)\n{\n\to->in.open = my_open;\n}\n"
    assert targets(tmp_path, driver(text, header)) == ["my_open drivers/d.c:7 assigned"]


def test_what_is_copied_from_another_member_is_that_members(tmp_path: Path) -> None:
    header = "struct args { int (*opener)(int); };\n"
    files = driver("struct args a = { .opener = my_open };\n", header)
    files["mm/copy.c"] = "void copy(struct ops *o, struct args *a)\n{\n\to->open = a->opener;\n}\n"
    assert targets(tmp_path, files) == ["my_open drivers/d.c:5 designated"]


def test_macros_in_macros_fill_what_another_member_is_copied_from(tmp_path: Path) -> None:
    header = (
        "struct work { int (*func)(int); };\n"
        "#define __FILL_KEY(w, f) do { (w)->func = (f); } while (0)\n"
        "#define __FILL(w, f) do { __FILL_KEY(w, f); } while (0)\n"
        "#define FILL(w, f) __FILL((w), (f))\n"
        "#define FILL_LATER(w, f) FILL((w), (f))\n"
    )
    copies = "void take(struct ops *o, struct work *w)\n{\n\to->open = w->func;\n}\n"
    files = {
        **driver("void init(struct work *w)\n{\n\tFILL_LATER(w, my_open);\n}\n", header),
        "fs/queue.c": copies,
    }
    assert targets(tmp_path, files) == ["my_open drivers/d.c:7 assigned"]


@pytest.mark.parametrize(
    ("call", "reached"),
    [
        ('each("f", NULL, 0);', []),
        ('each("f, NULL", my_open, 0);', ["my_open fs/f.c:7 passed"]),
        ('each("f(", /* , NULL */ my_open, 0);', ["my_open fs/f.c:7 passed"]),
        ('each("f", NULL, 0); each("g", my_open, 0);', ["my_open fs/f.c:7 passed"]),
        ("each(name, !name ? NULL : my_open, 0);", ["my_open fs/f.c:7 passed"]),
    ],
)
def test_a_file_that_hands_over_nothing_is_no_source(
    tmp_path: Path, call: str, reached: list[str]
) -> None:
    files = {
        "include/linux/each.h": "int each(const char *s, int (*fn)(int), int flags);\n",
        "mm/each.c": "int each(const char *s, int (*fn)(int), int flags)\n{\n\treturn fn(0);\n}\n",
        "fs/f.c": OPENER + f"int f(const char *name)\n{{\n\t{call}\n}}\n",
    }
    assert targets(tmp_path, files, "each") == reached


def test_functions_that_are_passed_to_a_parameter(tmp_path: Path) -> None:
    files = {
        "include/linux/each.h": "int each(int n, int (*fn)(int));\n",
        "mm/each.c": "int each(int n, int (*fn)(int))\n{\n\treturn fn(n);\n}\n",
        "fs/f.c": OPENER + "int f(void)\n{\n\treturn each(1, my_open);\n}\n",
        "fs/g.c": "int g(int n, int (*fn)(int))\n{\n\treturn each(n, fn);\n}\n",
        "fs/h.c": "int h(void)\n{\n\treturn g(1, h_open) + each(2, NULL);\n}\n",
    }
    assert targets(tmp_path, files, "each") == [
        "my_open fs/f.c:7 passed",
        "h_open fs/h.c:3 passed",
    ]


def test_a_static_function_is_called_in_its_own_file(tmp_path: Path) -> None:
    files = {
        "mm/a.c": OPENER + "static int each(int (*fn)(int))\n{\n\treturn fn(1);\n}\n"
        "int f(void)\n{\n\treturn each(my_open);\n}\n",
        "mm/b.c": "int g(void)\n{\n\treturn each(other);\n}\n",
    }
    assert targets(tmp_path, files, "each") == ["my_open mm/a.c:11 passed"]


def test_variables_at_file_scope(tmp_path: Path) -> None:
    text = (
        "static int (*hook)(int) = my_open;\n"
        "void set(int (*fn)(int))\n{\n\thook = fn;\n}\n"
        "int use(void)\n{\n\treturn hook(1);\n}\n"
    )
    files = {"mm/a.c": OPENER + text, "fs/f.c": "void f(void)\n{\n\tset(f_open);\n}\n"}
    assert targets(tmp_path, files) == ["f_open fs/f.c:3 passed", "my_open mm/a.c:5 assigned"]


def test_files_may_have_variables_of_the_same_name(tmp_path: Path) -> None:
    hook = "static int (*hook)(int) = %s_hook;\nint use(void)\n{\n\treturn hook(1);\n}\n"
    files = {"mm/a.c": hook % "a", "mm/b.c": hook % "b"}
    assert targets(tmp_path, files) == ["a_hook mm/a.c:1 assigned", "b_hook mm/b.c:1 assigned"]


def test_files_may_have_macros_of_the_same_name(tmp_path: Path) -> None:
    text = "#define SET(o, f) ((o)->open = f)\nvoid g(struct ops *o)\n{\n\tSET(o, %s_open);\n}\n"
    files = {**HEADER, "drivers/a.c": text % "a", "drivers/b.c": text % "b"}
    assert targets(tmp_path, files) == [
        "a_open drivers/a.c:4 assigned",
        "b_open drivers/b.c:4 assigned",
    ]


def test_a_local_may_hold_functions_and_members(tmp_path: Path) -> None:
    use = (
        "int use(struct ops *o)\n{\n\tint (*fn)(int) = fallback;\n"
        "\tif (o)\n\t\tfn = o->open;\n\treturn fn(1);\n}\n"
    )
    files = {**driver("struct ops a = { .open = my_open };\n"), "mm/use.c": use}
    assert [found.split()[0] for found in targets(tmp_path, files)] == ["my_open", "fallback"]


def test_questions_one_after_the_other_are_answered_like_those_asked_together(
    tmp_path: Path,
) -> None:
    header = (
        "#define DEFINE_OPS(n) struct ops n = { .open = n##_open, .close = n##_close }\n"
        "struct outer {\n\tstruct ops in;\n};\n"
    )
    text = "DEFINE_OPS(my);\nvoid f(struct outer *o)\n{\n\to->in.close = late;\n}\n"
    use = "int use(struct ops *o)\n{\n\to->close();\n\treturn o->open(1);\n}\n"
    answer = program(tmp_path, {**driver(text, header), "mm/use.c": use})
    close, opened = sites_in(answer)
    assert [found.name for found in answer.indirect.targets(opened)] == ["my_open"]
    assert [found.name for found in answer.indirect.targets(close)] == ["my_close", "late"]


def test_the_kind_is_that_of_an_edge(tmp_path: Path) -> None:
    text = "int use(struct ops *o, int (*fn)(int))\n{\n\treturn o->open(1) + fn(2);\n}\n"
    more = "struct ops a = { .open = my_open };\nvoid f(void)\n{\n\tuse(&a, my_open);\n}\n"
    answer = program(tmp_path, {"mm/a.c": OPS + OPENER + text + more})
    found = [target.kind for site in sites_in(answer) for target in answer.indirect.targets(site)]
    assert found == ["ops", "parameter"]


def test_a_macro_may_stand_for_the_head_of_a_variable(tmp_path: Path) -> None:
    header = (
        "#define SECTION(t, n) __attribute__((used)) typeof(t) n\n"
        "#define DECLARE(t, n) SECTION(t, n)\n"
        "#define OPS_OF(name) const struct ops name##_ops\n"
    )
    text = (
        "OPS_OF(my) = {\n\t.open = my_open,\n};\n"
        "static DECLARE(struct ops, b) = { .open = b_open };\n"
    )
    assert [found.split()[0] for found in targets(tmp_path, driver(text, header))] == [
        "my_open",
        "b_open",
    ]


@pytest.mark.parametrize("tag", ["", "table "])
@pytest.mark.parametrize("value", ["{ 1, my_open }", "[1] = { 1, my_open }"])
def test_a_variable_that_is_declared_with_its_type(tmp_path: Path, tag: str, value: str) -> None:
    text = (
        f"static struct {tag}{{ int id; int (*parse)(int); }} all[] = {{\n\t{value},\n"
        "\t{ 0, NULL },\n};\n"
        "int use(int x)\n{\n\treturn all[x].parse(x);\n}\n"
    )
    assert targets(tmp_path, {"mm/a.c": OPENER + text}) == ["my_open mm/a.c:6 positional"]


def test_a_variable_may_be_a_table_of_functions(tmp_path: Path) -> None:
    text = (
        "typedef int (open_fn)(int);\n"
        "static open_fn *const table[] = {\n\t[0] = NULL,\n\t[1] = my_open,\n};\n"
        "int use(int x)\n{\n\treturn table[x](x);\n}\n"
    )
    assert targets(tmp_path, {"mm/a.c": OPENER + text}) == ["my_open mm/a.c:8 assigned"]


def test_a_macro_may_be_the_list_of_a_table(tmp_path: Path) -> None:
    text = (
        "#define OPENERS NULL, my_open\nstatic int (*table[])(int) = { OPENERS };\n"
        "int use(int x)\n{\n\treturn table[x](x);\n}\n"
    )
    assert targets(tmp_path, {"mm/a.c": OPENER + text}) == ["my_open mm/a.c:6 assigned"]


def test_a_local_may_be_a_table_of_functions(tmp_path: Path) -> None:
    text = "int use(int n)\n{\n\tstatic int (*const all[])(int) = { [1] = my_open };\n\n"
    files = {"mm/a.c": OPENER + text + "\treturn all[n](1);\n}\n"}
    assert targets(tmp_path, files) == ["my_open mm/a.c:9 assigned"]


def test_a_structure_that_is_another_one_in_each_configuration(tmp_path: Path) -> None:
    header = "#ifdef CONFIG_A\nstruct two { int (*go)(int); };\n#endif\n"
    files = {
        "include/linux/two.h": "struct two { int n; int (*go)(int); };\n",
        "mm/internal.h": header,
        "mm/a.c": '#include "internal.h"\nint use(struct two *t)\n{\n\treturn t->go(1);\n}\n',
        "mm/b.c": "int use(struct two *t)\n{\n\treturn t->go(2);\n}\n",
        "fs/c.c": OPENER + "struct two a = { .go = my_open };\n",
    }
    assert targets(tmp_path, files) == ["my_open fs/c.c:5 designated"] * 2


def test_a_file_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    files = driver("struct ops a = { .open = my_open };\n")
    files["drivers/cut.c"] = "struct ops a = { .open = cut, .close = { { (\n"
    found = [each.split()[0] for each in targets(tmp_path, files)]
    assert found == ["cut", "my_open"]
