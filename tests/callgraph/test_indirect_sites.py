"""Indirect calls and the structures that their receivers have."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.callgraph.indirect import CALL, OPS, called, sites_in
from tests.callgraph.trees import program

from mmlint.callgraph.destinations import Keeper

MACROS = """
#define once(x) (*(const volatile typeof(x) *)&(x))
#define plain(x) ({ check(x); once(x); })
#define deref(p) ({ typeof(*p) *local = (typeof(*p) *)once(p); (typeof(*p) *)local; })
#define outer_of(ptr, type, member) ({ \\
\tvoid *__p = (void *)(ptr); \\
\t((type *)(__p - offsetof(type, member))); })
#define this (get_this())
#define HOLD(name, o) struct holder name = { o }
#define named_ops wrapped.ops
#define wrapped_ops named_ops
#define other_name holder
#define outer_const(ptr, type, member) _Generic(ptr, \\
	const typeof(*(ptr)) *: ((const type *)outer_of(ptr, type, member)), \\
	default: ((type *)outer_of(ptr, type, member)))
#define as_holder(ptr) outer_const(ptr, struct holder, own.x)
"""
HEADER = (
    OPS
    + "typedef struct ops ops_t;\n"
    + "struct holder { const struct ops *ops; struct ops own; struct holder *next;\n"
    + "\tunion { struct ops *hidden; int n; };\n\tstruct { void (*deep)(void); } inner;\n"
    + "\tvoid (*all[4])(void); };\n"
    + "struct holder *get_this(void);\nextern struct holder global_holder;\n"
    + "struct outer { struct holder wrapped; };\n"
    + "extern struct efi { unsigned long n; int (*open)(int); } efi;\n"
    + MACROS
)


def body(text: str, params: str = "struct holder *h") -> dict[str, str]:
    """A tree with one function."""
    source = f"#include <linux/h.h>\nint f({params})\n{{\n\t{text}\n\treturn 0;\n}}\n"
    return {"include/linux/h.h": HEADER, "mm/a.c": source}


@pytest.mark.parametrize(
    "text",
    [
        "h->ops->open(1);",
        "(*h->ops->open)(1);",
        "h->own.open(1);",
        "(&h->own)->open(1);",
        "h->next[2].own.open(1);",
        "h->hidden->open(1);",
        "const struct ops *o = h->ops; o->open(1);",
        "ops_t *o = &h->own; o->open(1);",
        "typeof(h->ops) o; o->open(1);",
        "__auto_type o = h->ops; o->open(1);",
        "auto o = h->ops; o->open(1);",
        "((struct ops *)h)->open(1);",
        "(x ? h->ops : 0)->open(1);",
        "once(h->ops)->open(1);",
        "plain(h->ops)->open(1);",
        "deref(h->ops)->open(1);",
        "outer_of(h, struct holder, own)->ops->open(1);",
        "get_this()->ops->open(1);",
        "this->ops->open(1);",
        "global_holder.ops->open(1);",
        "HOLD(here, 0); here.ops->open(1);",
        "if (check(h->ops->open(1))) return 1;",
        "({ h->ops; })->open(1);",
        "as_holder(h)->ops->open(1);",
        "struct outer *o; o->named_ops->open(1);",
        "struct outer *o; o->wrapped_ops->open(1);",
        "struct other_name *o; o->ops->open(1);",
    ],
)
def test_the_structure_is_inferred_from_what_is_declared(tmp_path: Path, text: str) -> None:
    assert called(tmp_path, body(text)) == ["f: member ops.open"]


def test_a_structure_may_be_defined_where_its_variable_is_declared(tmp_path: Path) -> None:
    assert called(tmp_path, body("efi.open(1);")) == ["f: member efi.open"]


def test_members_without_a_structure_of_their_own_are_named_by_where_they_are(
    tmp_path: Path,
) -> None:
    assert called(tmp_path, body("h->inner.deep();")) == ["f: member holder.inner.deep"]


def test_an_element_of_an_array_is_the_member(tmp_path: Path) -> None:
    assert called(tmp_path, body("h->all[2]();")) == ["f: member holder.all"]


def test_a_receiver_that_nobody_declares_leaves_the_structure_open(tmp_path: Path) -> None:
    assert called(tmp_path, body("unknown->open(1);")) == ["f: member .open"]


def test_a_macro_is_none_in_its_own_expansion(tmp_path: Path) -> None:
    # Each step doubles what there is to look for: thirty steps would take minutes.
    ways = "#ifdef A\n#define loop next->loop\n#else\n#define loop left->loop\n#endif\n"
    header = "struct node { struct node *next, *left; };\n" + ways
    source = "#include <linux/h.h>\nint f(struct node *n)\n{\n\treturn n->loop->open(1);\n}\n"
    files = {"include/linux/h.h": header, "mm/a.c": source}
    assert called(tmp_path, files) == ["f: member .open"]


def test_a_local_has_the_member_that_it_was_loaded_from(tmp_path: Path) -> None:
    text = "int (*o)(int) = 0; if (h) o = h->ops->open; o(1);"
    assert called(tmp_path, body(text)) == ["f: local ops.open o"]


def test_parameters_and_variables_are_named(tmp_path: Path) -> None:
    text = (
        "static void (*hook)(void);\n"
        "int f(int (*fn)(int), fn_t other)\n{\n\thook();\n\tother();\n\treturn fn(1);\n}\n"
    )
    assert called(tmp_path, {"mm/a.c": text}) == [
        "f: global . hook",
        "f: parameter . other",
        "f: parameter . fn",
    ]


def test_a_variable_of_a_header_is_a_variable(tmp_path: Path) -> None:
    files = {
        "include/linux/h.h": "extern void (*hook)(void);\n",
        "mm/a.c": "void f(void)\n{\n\thook();\n}\n",
    }
    assert called(tmp_path, files) == ["f: global . hook"]


def test_a_header_may_declare_a_variable_with_its_structure(tmp_path: Path) -> None:
    files = {
        "include/linux/h.h": "extern struct hook_table {\n\tvoid (*run)(void);\n} hooks;\n",
        "mm/a.c": "void f(void)\n{\n\thooks.run();\n}\n",
    }
    assert called(tmp_path, files) == ["f: member hook_table.run"]


def test_a_function_that_headers_declare_as_one_is_no_reason_to_parse(tmp_path: Path) -> None:
    files = {
        "include/linux/h.h": "extern void *copy(void *, const void *,\n\t\t  unsigned long);\n"
        "extern void (*hook)(void);\n",
        "mm/a.c": "void f(void *p)\n{\n\tcopy(p, p, 1);\n}\nvoid g(void)\n{\n\thook();\n}\n",
    }
    answer = program(tmp_path, files)
    outline = answer.outline("mm/a.c")
    assert outline is not None
    may = [answer.indirect.may_be_in("mm/a.c", site) for site in outline.definitions]
    assert may == [False, True]


def test_calls_of_functions_and_macros_are_direct(tmp_path: Path) -> None:
    text = (
        "#define m(x) (x)\nint g(int g);\n"
        "int f(int x)\n{\n\tint y = g(1);\n\treturn m(x) + g((int)(y));\n}\n"
    )
    assert called(tmp_path, {"mm/a.c": text}) == []


def test_each_call_stands_once_whatever_the_configuration(tmp_path: Path) -> None:
    text = (
        OPS
        + "int f(struct ops *o)\n{\n#ifdef CONFIG_A\n\to->close();\n#endif\n"
        + "\treturn o->open(1);\n}\n"
    )
    answer = program(tmp_path, {"mm/a.c": text})
    found = [(site.line, site.field, site.condition) for site in sites_in(answer)]
    assert found == [(5, "close", "CONFIG_A"), (7, "open", "")]


def test_offsets_and_lines_are_those_of_the_call(tmp_path: Path) -> None:
    text = OPS + CALL
    (site,) = sites_in(program(tmp_path, {"mm/a.c": text}))
    assert (site.line, text[site.offset :].startswith("o->open(1)")) == (4, True)


def test_the_own_structure_of_a_file_wins(tmp_path: Path) -> None:
    files = {
        "include/linux/h.h": "struct s { struct a *p; };\nstruct a { void (*f)(void); };\n",
        "mm/a.c": "struct s { struct b *p; };\nstruct b { void (*f)(void); };\n"
        "void g(struct s *s)\n{\n\ts->p->f();\n}\n",
    }
    assert called(tmp_path, files) == ["g: member b.f"]


def test_a_macro_may_define_the_structure(tmp_path: Path) -> None:
    header = (
        "#define ATTR_STRUCT(n) struct n##_attr { \\\n\tint (*show)(struct n##_attr *); \\\n}\n"
        "ATTR_STRUCT(segments);\n"
    )
    use = "int use(struct %s *a)\n{\n\treturn a->show(a);\n}\n"
    text = '#include "a.h"\n' + use
    assert called(tmp_path / "made", {"mm/a.h": header, "mm/a.c": text % "segments_attr"}) == [
        "use: member segments_attr.show"
    ]
    assert called(tmp_path / "other", {"mm/a.h": header, "mm/a.c": text % "inodes_attr"}) == [
        "use: member .show"
    ]


def test_what_only_looks_like_an_indirect_call(tmp_path: Path) -> None:
    files = {
        "include/linux/h.h": "extern int split_over\n\t(int lines);\n#define guard(n) make_##n\n",
        "mm/a.c": "void f(int x)\n{\n\tguard(lock)(&x);\n\tsplit_over(x);\n"
        "\tint z = own(x);\n\tint own = z;\n}\n",
    }
    assert called(tmp_path, files) == []


def test_the_type_of_a_member_may_have_a_name(tmp_path: Path) -> None:
    header = (
        "typedef void (plain_fn)(void);\ntypedef void (*pointer_fn)(void);\n"
        "typedef struct { plain_fn *a; pointer_fn b; } names_t;\n"
    )
    files = {
        "include/linux/h.h": header,
        "mm/a.c": "void f(names_t *n)\n{\n\tn->a();\n\tn->b();\n}\n",
    }
    assert called(tmp_path, files) == ["f: member names_t.a", "f: member names_t.b"]


@pytest.mark.parametrize(
    "text",
    [
        "h->ops->open(1);",
        "h->inner.deep(); (*h->ops->open)(1);",
        "int (*way)(int) = h->ops->open; way(1);",
        "int (*way)(int); way = h->own.open; if (x) h->ops->close(); way(1);",
        "h->n ? h->ops->open(1) : h->own.close();",
        "once(h->ops->open)(1);",
    ],
)
def test_from_a_member_only_its_calls_are_found(tmp_path: Path, text: str) -> None:
    files = body(text)
    every = [site for site in sites_in(program(tmp_path, files)) if site.field == "open"]
    answer = program(tmp_path, files)
    assert list(answer.indirect.call_sites(Keeper("ops", "open"))) == every


USES = """
#define call_op(h, op, ...) ((h)->ops->op((h), ## __VA_ARGS__))
#define call_int_op(h, op, ...) ((h) ? call_op(h, op, ## __VA_ARGS__) : 0)
#define batch(fn, ...) do { if (!fn) err(); else fn(__VA_ARGS__); } while (0)
#define either(f, g, ...) ({ typeof(f) __f = (f); __f == g ? g(__VA_ARGS__) : __f(__VA_ARGS__); })
#define either_of(f, g, h, ...) (f == h ? h(__VA_ARGS__) : either(f, g, __VA_ARGS__))
#define hook_of_all(x) global_holder.ops->close()
#define each_of(h) for (; (h)->ops->open(1); )
#define plainly(f, x) f(x)
#define write_there(x) (there ? there->ops->open(x) : 0)
#define write_both(x) (write_there(x) + write_there(x))
#define OPS_THERE (there->ops)
"""


def used(text: str, params: str = "struct holder *h") -> dict[str, str]:
    """A tree with one function that uses macros."""
    files = body(text, params)
    files["include/linux/h.h"] += USES
    return files


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("call_op(h, open);", "member ops.open"),
        ("return call_int_op(h, open, 1);", "member ops.open"),
        ("batch(h->ops->open, 1);", "member ops.open"),
        ("either(h->ops->open, one, 1);", "local ops.open __f"),
        ("either_of(h->ops->open, one, two, 1);", "local ops.open __f"),
        ("hook_of_all(1);", "member ops.close"),
        ("each_of(h) { step(); }", "member ops.open"),
        ("int (*way)(int) = h->ops->open; plainly(way, 1);", "local ops.open way"),
        ("struct holder *there = h; write_there(1);", "member ops.open"),
        ("struct holder *there = h; if (there) write_both(1);", "member ops.open"),
        ("struct holder *there = h; OPS_THERE->open(1);", "member ops.open"),
    ],
)
def test_a_macro_calls_where_it_is_used(tmp_path: Path, text: str, site: str) -> None:
    files = used(text)
    answer = program(tmp_path, files)
    (definition,) = outline.definitions if (outline := answer.outline("mm/a.c")) else ()
    assert answer.indirect.may_be_in("mm/a.c", definition)
    assert called(tmp_path, files) == [f"f: {site}"]
    (found,) = {(each.line, files["mm/a.c"][each.offset :][:3]) for each in sites_in(answer)}
    assert found[0] == 4


def test_a_macro_is_not_used_in_its_own_expansion(tmp_path: Path) -> None:
    files = used("looped(h);")
    for way in ("open(1)", "close()"):
        files["include/linux/h.h"] += f"#define looped(h) turned(h) + (h)->ops->{way}\n"
        files["include/linux/h.h"] += "#define turned(h) looped(h) + looped(h)\n"
    assert called(tmp_path, files) == ["f: member ops.open", "f: member ops.close"]


@pytest.mark.parametrize(
    "text",
    ['store_all("r"(h), "m"(*h));', "setup(h);"],
    ids=["an operand", "a function"],
)
def test_what_looks_like_an_indirect_call_may_be_none(tmp_path: Path, text: str) -> None:
    files = used(text)
    files["include/linux/h.h"] += (
        '#define store_all(a, b) do { asm goto("1: st" : : a, b : "cc" : fault); } while (0)\n'
        "typedef int setup_t(struct holder *h);\n"
    )
    files["mm/a.c"] = (
        "#include <linux/h.h>\nstatic setup_t setup;\n"
        + files["mm/a.c"]
        + "static int setup(struct holder *h)\n{\n\treturn 1;\n}\n"
    )
    assert called(tmp_path, files) == []


@pytest.mark.parametrize("given", ["", "{ h = 0; }"], ids=["nothing", "statements"])
def test_what_a_macro_puts_in_as_a_statement_is_not_called(tmp_path: Path, given: str) -> None:
    files = used(f"if (check(h, {given})) return;")
    files["include/linux/h.h"] += (
        "#define check(h, cmd) ({ bool bad = !(h); if (bad) { h->ops->close(); cmd } bad; })\n"
    )
    assert called(tmp_path, files) == ["f: member ops.close"]


def test_a_macro_of_a_header_is_none_in_a_file_with_a_function_of_that_name(
    tmp_path: Path,
) -> None:
    files = used("hook_of_all(1);")
    files["mm/a.c"] = "static int hook_of_all(int x)\n{\n\treturn x;\n}\n" + files["mm/a.c"]
    assert called(tmp_path, files) == []


def test_a_macro_that_is_given_a_function_calls_it_directly(tmp_path: Path) -> None:
    assert called(tmp_path, used("plainly(one, 1);")) == []


def test_a_macro_may_be_given_a_parameter_to_call(tmp_path: Path) -> None:
    assert called(tmp_path, used("plainly(fn, 1);", "int (*fn)(int)")) == ["f: parameter . fn"]
