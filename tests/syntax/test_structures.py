"""Structures, declarations and initialisers, read from text without a parser."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from tests.syntax.reading import table

from mmlint.syntax.initialisers import (
    INDEX,
    Item,
    around,
    enclosing_structure,
    initialisers,
    of_types,
)
from mmlint.syntax.structures import Declared, declaration, definition, members

MACROS = """
#define __guarded __attribute__((noderef))
#define __at(x) __attribute__((aligned(x)))
#define BITS(name, n) unsigned long name[n]
#define GROUP(NAME, MEMBERS...) union { struct { MEMBERS }; struct { MEMBERS } NAME; }
"""


def shown(declared: Declared) -> str:
    """A declared name in C-like words."""
    inner = "{" + " ".join(map(shown, declared.inner)) + "}" if declared.inner else ""
    call = "()" if declared.function else ""
    return f"{declared.type}{inner} {'*' * declared.pointer}{declared.name}{call};".strip()


def structure(body: str) -> list[str]:
    """The members of a body."""
    return [shown(member) for member in members(body, table(MACROS))]


def one(text: str) -> str:
    """What a declaration declares."""
    (declared,) = declaration(text, table(MACROS))
    return shown(declared)


def values(text: str, items: tuple[Item, ...] | None) -> list[object]:
    """Values with their designators, lists in lists."""
    return [
        (
            ".".join(item.path),
            values(text, item.items) if item.items is not None else text[item.start : item.end],
        )
        for item in items or ()
    ]


def initialised(text: str) -> list[tuple[str, object]]:
    """Each initialised variable with its value."""
    return [
        (
            f"{found.declared.type} {found.declared.name}".strip(),
            values(text, found.value.items)
            if found.value.items is not None
            else text[found.value.start : found.value.end],
        )
        for found in initialisers(text)
    ]


def test_members_stand_in_order_with_type_and_stars() -> None:
    body = "spinlock_t lock; struct x *a, **b; unsigned long long n; const char name[8][2];"
    assert structure(body) == [
        "spinlock_t lock;",
        "struct x *a;",
        "struct x **b;",
        "unsigned long long n;",
        "char **name;",
    ]


def test_a_star_may_stand_anywhere_before_the_name() -> None:
    assert structure("struct x *\ta; struct x\t*b; void * const c;") == [
        "struct x *a;",
        "struct x *b;",
        "void *c;",
    ]


def test_a_pointer_to_a_function_is_one_of_what_it_returns() -> None:
    body = "void (*f)(int a, struct y *b); struct z *(*get)(void); int (*all[4])(int); fn_t *g;"
    assert structure(body) == ["void f();", "struct z *get();", "int all();", "fn_t *g;"]


def test_annotations_and_bit_fields_do_not_matter() -> None:
    body = "struct x __guarded *a __at(8); int b : 3, c : 1; long d __attribute__((packed));"
    assert structure(body) == ["struct x *a;", "int b;", "int c;", "long d;"]


def test_structures_in_place_keep_their_members() -> None:
    body = (
        "union { int u; struct { int v; }; }; struct { int w; } named; struct tag { int q; } t, *p;"
    )
    assert structure(body) == [
        "{int u; {int v;} ;} ;",
        "{int w;} named;",
        "struct tag{int q;} t;",
        "struct tag{int q;} *p;",
    ]


def test_members_that_macros_declare_are_members() -> None:
    assert structure("BITS(map, 4); GROUP(pair, int a; int b;);") == [
        "unsigned long *map;",
        "{{int a; int b;} ; {int a; int b;} pair;} ;",
    ]


def test_declarations() -> None:
    assert one("static const struct ops *table[] __guarded") == "struct ops **table;"
    assert one("extern struct mm init") == "struct mm init;"
    assert one("typeof(*p) copy") == "typeof(*p) copy;"
    assert one("int (*get)(struct file *, int) = NULL") == "int get();"
    assert one("typedef int fn_t(struct x *)") == "int fn_t();"
    assert one("struct x (*rows)[3]") == "struct x **rows;"
    assert declaration("x->y", None) == ()


def test_a_definition_has_its_tag_and_the_names_of_the_type() -> None:
    text = "typedef struct pool { int n; } __at(4) pool_t, *pool_p;"
    found = definition(text, 0, table(MACROS))
    assert found is not None
    assert (found.tag, [shown(name) for name in found.names]) == (
        "pool",
        ["struct pool pool_t;", "struct pool *pool_p;"],
    )
    plain = definition("struct pool { int n; } variable;", 0)
    assert plain is not None
    assert plain.names == ()


def test_values_go_by_designator_or_position() -> None:
    text = "struct ops o = { .open = f, .sub.deep = g, [3] = { 1 }, h, old: k };"
    assert initialised(text) == [
        (
            "struct ops o",
            [
                ("open", "f"),
                ("sub.deep", "g"),
                (INDEX, [("", "1 ")]),
                ("", "h"),
                ("old", "k "),
            ],
        )
    ]


def test_macros_and_literals_are_values_too() -> None:
    text = (
        "static struct a x = MAKE(1, 2);\n"
        "void f(void) { use(&(struct b){ .c = d }); *p = (struct e){ g }; if (q) { r = 1; } }"
    )
    assert initialised(text) == [
        ("struct a x", "MAKE(1, 2)"),
        ("struct b", [("c", "d ")]),
        ("struct e", [("", "g ")]),
    ]


def test_a_variable_may_be_declared_with_its_type() -> None:
    text = "static struct info { int n; void (*f)(void); } all[] = { { 1, g } };"
    (found,) = initialisers(text)
    assert (found.declared.type, found.declared.pointer) == ("struct info", 1)
    assert [shown(member) for member in found.declared.inner] == ["int n;", "void f();"]


def test_the_outermost_initialiser_around_a_place() -> None:
    text = (
        "struct outer o = { 1, .in = { { .open = f } } };\n"
        "void g(void) { if (a) { x.open = h; } call(&(struct lit){ .open = k }); }"
    )
    places = [found.start() for found in re.finditer(r"\.open", text)]
    names = [
        (found.declared.type if found else "") for found in (around(text, at) for at in places)
    ]
    assert names == ["struct outer", "", "struct lit"]


def test_variables_of_given_types() -> None:
    text = "struct a x = { 1 }; struct b y = { 2 }; struct a *z = &x; f((struct a){ 3 });"
    found = of_types(text, [each.end() for each in re.finditer(r"struct\s+a\b", text)])
    assert [text[each.value.start : each.value.end] for each in found] == [
        "{ 1 }",
        "(struct a){ 3 }",
    ]


def test_the_structure_around_a_place() -> None:
    text = "struct s {\n int a;\n union {\n int b;\n };\n};\nvoid f(void)\n{\n int c;\n}\n"
    places = [text.index(word) for word in ("int a", "int b", "int c")]
    assert [enclosing_structure(text, at) for at in places] == ["s", "s", ""]


@given(st.text(alphabet="struct x{}()[];,=.*: \n_a", max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    members(text, table(MACROS))
    declaration(text)
    definition(text, 0)
    for found in initialisers(text):
        assert 0 <= found.value.start <= found.value.end <= len(text)
    around(text, len(text) // 2)
    enclosing_structure(text, len(text) // 2)
