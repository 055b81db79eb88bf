from __future__ import annotations

import pytest
from tests.syntax.reading import body, expression, functions, shown, table, walk

from mmlint.syntax import nodes
from mmlint.syntax.nodes import Parameter
from mmlint.syntax.parse import parse_macro

LOOPS = """
#define for_each_slot(slot, from) for (slot = (from); slot; slot = next_slot(slot))
#define note_all(x)	do { note(x); } while (0)
#define __away		__attribute__((noderef))
#define __closing(f)	__attribute__((cleanup(f)))
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", "Number(1)"),
        ("0x10UL", "Number(16)"),
        ("010", "Number(8)"),
        ("-1L", "Number(-1)"),
        ("1.5", "Number(None)"),
        ("'a'", "Number(97)"),
        ("'\\n'", "Number(10)"),
        ("'\\x41'", "Number(65)"),
        ("'\\101'", "Number(65)"),
        ('"one" "two"', "Text()"),
        ("NULL", "Name(NULL)"),
        ("(((a)))", "Name(a)"),
        ("f(a, 1)", "Call(Name(f), [Name(a), Number(1)])"),
        ("s->ops->get(a)", "Call(Member(Member(Name(s), ops, True), get, True), [Name(a)])"),
        ("s.a[1]", "Index(Member(Name(s), a, False), Number(1))"),
        ("!*&a", "Unary(!, Unary(*, Unary(&, Name(a))))"),
        ("++a", "Unary(++x, Name(a))"),
        ("a--", "Unary(x--, Name(a))"),
        ("a + b * c", "Binary(+, Name(a), Binary(*, Name(b), Name(c)))"),
        ("a && b || c", "Binary(||, Binary(&&, Name(a), Name(b)), Name(c))"),
        ("y |= 1", "Assign(|=, Name(y), Number(1))"),
        ("a ? b : c", "Conditional(Name(a), Name(b), Name(c))"),
        ("a ?: c", "Conditional(Name(a), None, Name(c))"),
        ("(struct page *)p", "Cast(struct page *, Name(p))"),
        ("(pte_t)(p)", "Cast(pte_t, Name(p))"),
        ("(u8)(p)", "Cast(u8, Name(p))"),
        ("(u64)-1", "Cast(u64, Number(-1))"),
        ("sizeof(struct page)", "TypeName(sizeof(struct page))"),
        ("sizeof(*p)", "TypeName(sizeof(*p))"),
        (
            "__alignof__(p->a[0])",
            "Call(Name(__alignof__), [Index(Member(Name(p), a, True), Number(0))])",
        ),
        (
            "offsetof(struct s, a.b)",
            "Call(Name(offsetof), [TypeName(struct s), Member(Name(a), b, False)])",
        ),
        ("__extension__ a", "Name(a)"),
        ("({ a; b; })", "StatementExpr([Evaluate(Name(a)), Evaluate(Name(b))])"),
        (
            "(struct s){ .a = 1, 2, [3] = 4 }",
            "InitList([[a, Number(1)], [None, Number(2)], [None, Number(4)]])",
        ),
        (
            "owner_of(p, struct s, link)",
            "Call(Name(owner_of), [Name(p), TypeName(struct s), Name(link)])",
        ),
        (
            "least(unsigned long, a, const char *)",
            "Call(Name(least), [TypeName(unsigned long), Name(a), TypeName(const char *)])",
        ),
        ("next(ap, foo_t *)", "Call(Name(next), [Name(ap), TypeName(foo_t *)])"),
        ("(__away int *)a", "Cast(int *, Name(a))"),
    ],
)
def test_expressions(text: str, expected: str) -> None:

    assert shown(expression(text, LOOPS)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a, b;", "[Evaluate(Comma(Name(a), Name(b)))]"),
        (
            "if (a) b(); else if (c) d();",
            "[If(Name(a), [Evaluate(Call(Name(b), []))], [If(Name(c),"
            " [Evaluate(Call(Name(d), []))], [])])]",
        ),
        ("while (a) { b; }", "[Loop(while, [], Name(a), None, [Evaluate(Name(b))])]"),
        ("do { a; } while (0);", "[Loop(do, [], Number(0), None, [Evaluate(Name(a))])]"),
        (
            "for (int i = 0; i < 3; i++) ;",
            "[Loop(for, [Declare(int, i, 0, False, False, Number(0))], Binary(<, Name(i),"
            " Number(3)),"
            " Unary(x++, Name(i)), [])]",
        ),
        (
            "for (i = 0, j = 1;;) ;",
            "[Loop(for, [Evaluate(Comma(Assign(=, Name(i), Number(0)), Assign(=, Name(j),"
            " Number(1))))],"
            " None, None, [])]",
        ),
        (
            "switch (a) { case 1 ... 3: b; break; default: c; }",
            "[Switch(Name(a), [Case(Number(1)), Evaluate(Name(b)), Break(), Case(None),"
            " Evaluate(Name(c))])]",
        ),
        ("again: a; goto again;", "[Label(again), Evaluate(Name(a)), Goto(again)]"),
        ("return;", "[Return(None)]"),
        ("{ continue; }", "[Block([Continue()])]"),
        (";;", "[]"),
        ('asm volatile("x" : "=r" (a) : "r" (b) : "memory");', "[OpaqueStmt(False)]"),
        (
            "struct s __unknown *p = a;",
            "[Declare(struct s, p, 1, False, False, Name(a))]",
        ),
        ("goto *p;", "[OpaqueStmt(False)]"),
        ("__label__ here; here: a;", "[Label(here), Evaluate(Name(a))]"),
        (
            "struct page *p, a[4];",
            "[Declare(struct page, p, 1, False, False, None),"
            " Declare(struct page, a, 0, True, False, None)]",
        ),
        ("static unsigned long n = 3;", "[Declare(unsigned long, n, 0, False, True, Number(3))]"),
        ("int (*f)(struct page *, int) = g;", "[Declare(int, f, 1, False, False, Name(g))]"),
        ("typeof(*p) *q = p;", "[Declare(typeof(*p), q, 1, False, False, Name(p))]"),
        ("const struct s { int a; } *x;", "[Declare(struct s, x, 1, False, False, None)]"),
        ("extern int outside;", "[]"),
        ("int declared(void);", "[]"),
        (
            "struct page *p __closing(put) = get();",
            "[Declare(struct page, p, 1, False, False, Call(Name(get), []))]",
        ),
        ('register long r asm("x0") = 1;', "[Declare(long, r, 0, False, False, Number(1))]"),
        (
            "guard(mutex)(&lock);",
            "[Evaluate(Call(Call(Name(guard), [Name(mutex)]), [Unary(&, Name(lock))]))]",
        ),
        (
            "static DEFINE_LIMIT(limit, 5 * HZ, 10);",
            "[Evaluate(Call(Name(DEFINE_LIMIT), [Name(limit), Binary(*, Number(5), Name(HZ)),"
            " Number(10)]))]",
        ),
        (
            "DECLARE_BITS(map, 8) = { 0 };",
            "[Evaluate(Call(Name(DECLARE_BITS), [Name(map), Number(8)]))]",
        ),
        (
            "add(round(N * sizeof(struct page), SIZE));",
            "[Evaluate(Call(Name(add), [Call(Name(round), [Binary(*, Name(N),"
            " TypeName(sizeof(struct page))), Name(SIZE)])]))]",
        ),
        (
            "for_each_slot(slot, a->first) { use(slot); }",
            "[MacroBlock(for_each_slot, [Name(slot), Member(Name(a), first, True)],"
            " [Evaluate(Call(Name(use), [Name(slot)]))])]",
        ),
        (
            "for_each_slot(slot, a)\n\tuse(slot);",
            "[MacroBlock(for_each_slot, [Name(slot), Name(a)], [Evaluate(Call(Name(use),"
            " [Name(slot)]))])]",
        ),
        (
            "if (a)\n\tfor_each_slot(s, a) b;",
            "[If(Name(a), [MacroBlock(for_each_slot, [Name(s), Name(a)],"
            " [Evaluate(Name(b))])], [])]",
        ),
        (
            "for_all(struct s *, x) { }",
            "[MacroBlock(for_all, [TypeName(struct s *), Name(x)], [])]",
        ),
        ("with_all() { a; }", "[MacroBlock(with_all, [], [Evaluate(Name(a))])]"),
        ("note_all(a)\nb;", "[Evaluate(Call(Name(note_all), [Name(a)])), Evaluate(Name(b))]"),
        ("note_all(a)", "[Evaluate(Call(Name(note_all), [Name(a)]))]"),
        (
            "check(test, one(); two());",
            "[MacroBlock(check, [], [Evaluate(Name(test)), Evaluate(Call(Name(one), [])),"
            " Evaluate(Call(Name(two), []))])]",
        ),
        (
            "a = start(b,\n\tc.d = e;\n\tc.f = 1;\n);",
            "[Evaluate(Assign(=, Name(a), Call(Name(start), [Name(b), Assign(=, Member(Name(c), d,"
            " False), Name(e)), Assign(=, Member(Name(c), f, False), Number(1))])))]",
        ),
        (
            'print(LEVEL PREFIX "text" SUFFIX, a);',
            "[Evaluate(Call(Name(print), [Text(), Name(a)]))]",
        ),
        ("order(a, <, b);", "[Evaluate(Call(Name(order), [Name(a), Number(None), Name(b)]))]"),
        ("do { a; } while_each_slot(s);", "[Loop(do, [], Name(s), None, [Evaluate(Name(a))])]"),
    ],
)
def test_statements(text: str, expected: str) -> None:
    assert shown(body(text, LOOPS)) == expected


def test_offsets_are_those_of_the_file() -> None:
    text = (
        "/* before */ static int f(int __away *a)\n{\n\tfor_each_slot(s, owner_of(a,"
        " struct s, l))\n"
        "\t\tput((u64)(s), sizeof(*a), 'x');\n\tnote_all(a)\n\treturn a ? s :"
        " offsetof(struct s, b);\n}\n"
    )
    (function,) = functions(text, LOOPS)
    assert text[function.start : function.end].startswith("static int f(")
    for node in walk(function.body):
        written = text[node.start : node.end]
        if isinstance(node, nodes.Name):
            assert written == node.name
        elif isinstance(node, nodes.TypeName):
            assert written == node.text
        elif isinstance(node, nodes.MacroBlock):
            assert written.startswith(f"{node.name}(")
        elif isinstance(node, nodes.Return):
            assert written == "return a ? s : offsetof(struct s, b);"


def test_the_header_is_read() -> None:
    (function,) = functions(
        "static __always struct page *f(struct zone *z, unsigned long pfn, const char **names,\n"
        "\tint (*each)(struct page *), pte_t table[4], void __away *p, ...)\n{\n}\n",
        LOOPS + "#define __always inline __attribute__((a))\n",
    )
    assert (function.name, function.returns, function.static) == ("f", "struct page *", True)
    assert function.annotations == {"__always"}
    assert function.params == (
        Parameter("z", "struct zone", 1),
        Parameter("pfn", "unsigned long", 0),
        Parameter("names", "char", 2),
        Parameter("each", "int", 1),
        Parameter("table", "pte_t", 1),
        Parameter("p", "void", 1),
    )


def test_parameters_declared_by_a_macro_are_read() -> None:
    macros = "#define BOTH(size, b)\tsize_t (size), struct s *(b)\n"
    (function,) = functions("int f(BOTH(n, s), int flags)\n{\n}\n", macros)
    assert [(parameter.name, parameter.type) for parameter in function.params] == [
        ("n", "size_t"),
        ("s", "struct s"),
        ("flags", "int"),
    ]


def test_a_generated_header_has_the_parameters_of_its_pairs() -> None:
    (function,) = functions("SYSCALL_DEFINE2(demo, char __user *, name, int, flags)\n{\n}\n")
    assert function.name == "sys_demo"
    assert function.params == (Parameter("name", "char", 1), Parameter("flags", "int", 0))


def test_each_selection_of_arms_is_a_variant() -> None:
    text = (
        "int f(void)\n{\n#ifdef CONFIG_A\n\ta();\n#else\n\tb();\n#endif\n"
        "#ifndef CONFIG_A\n\tc();\n#endif\n}\n"
    )
    first, second = functions(text)
    assert (first.condition, shown(first.body)) == ("CONFIG_A", "[Evaluate(Call(Name(a), []))]")
    assert second.condition == "!CONFIG_A"
    assert shown(second.body) == "[Evaluate(Call(Name(b), [])), Evaluate(Call(Name(c), []))]"
    assert first.variant != second.variant


def test_an_arm_of_an_opaque_condition_is_shown() -> None:
    text = "int f(void)\n{\n#if LEVELS > 2\n\ta();\n#else\n\tb();\n#endif\n}\n"
    assert [function.condition for function in functions(text)] == ["LEVELS > 2", "!(LEVELS > 2)"]


def test_the_condition_around_a_function_decides_those_in_it() -> None:
    inner = "#ifdef CONFIG_A\n\ta();\n#else\n\tb();\n#endif\n"
    text = "#ifndef CONFIG_A\nint f(void)\n{\n" + inner + "}\n#endif\n"
    (function,) = functions(text)
    assert (function.condition, shown(function.body)) == (
        "!CONFIG_A",
        "[Evaluate(Call(Name(b), []))]",
    )


def test_dead_arms_are_not_read() -> None:
    text = "int f(void)\n{\n#if 0\n\ta(;\n#else\n\tb();\n#endif\n}\n"
    (function,) = functions(text)
    assert (function.losses, function.condition) == (0, "")


def test_headers_in_arms_give_a_variant_each() -> None:
    text = "#ifdef A\nint f(int a)\n#else\nint f(void)\n#endif\n{\n\tg();\n}\n"
    assert [len(function.params) for function in functions(text)] == [1, 0]


def test_a_repair_leaves_the_declaration_of_a_loop_alone() -> None:
    text = "void f(void)\n{\n\tfor (int i = 0; i < n; i++)\n\t\tg(i);\n\th(c, <, d);\n}\n"
    (function,) = functions(text)
    assert function.losses == 0


def test_never_more_than_six_variants() -> None:
    arms = "".join(f"#elif LEVEL == {n}\n\tf{n}();\n" for n in range(1, 12))
    text = f"int f(void)\n{{\n#if LEVEL == 0\n\tf0();\n{arms}#endif\n}}\n"
    assert len(functions(text)) == 6


def test_what_cannot_be_read_is_counted_and_the_rest_is_read() -> None:
    (function,) = functions("int f(void)\n{\n\tone();\n\tx = ] 5 [ ;\n\ttwo();\n}\n")
    assert function.losses > 0
    called = [node.callee for node in walk(function.body) if isinstance(node, nodes.Call)]
    assert [node.name for node in called if isinstance(node, nodes.Name)] == ["one", "two"]


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("twice(x) ((x) * 2)", "[Return(Binary(*, Name(x), Number(2)))]"),
        ("alias other_name", "[Return(Name(other_name))]"),
        (
            "both(a) do { one(a); two(a); } while (0)",
            "[Loop(do, [], Number(0), None, [Evaluate(Call(Name(one), [Name(a)])),"
            " Evaluate(Call(Name(two), [Name(a)]))])]",
        ),
        (
            "value(a) ({ one(a); a; })",
            "[Return(StatementExpr([Evaluate(Call(Name(one), [Name(a)])), Evaluate(Name(a))]))]",
        ),
        (
            "each(a) for (a = 0; a; a++)",
            "[Loop(for, [Evaluate(Assign(=, Name(a), Number(0)))], Name(a), Unary(x++,"
            " Name(a)), [])]",
        ),
    ],
)
def test_macros_are_read_as_functions(definition: str, expected: str) -> None:
    macros = table(f"\n#define {definition}\n")
    (macro,) = macros.lookup(definition.split("(", maxsplit=1)[0].split(maxsplit=1)[0])
    function = parse_macro(macro, macros)
    assert function is not None
    assert function.is_macro
    assert (function.line, function.start, function.losses) == (2, 0, 0)
    assert shown(function.body) == expected
    assert {(node.start, node.end) for node in walk(function.body)} == {(0, 0)}


def test_an_empty_macro_is_no_function() -> None:
    macros = table("#define nothing\n")
    assert parse_macro(macros.lookup("nothing")[0], macros) is None


def test_the_parameters_of_a_macro_are_named() -> None:
    macros = table("#define note(level, args...) print(level, args)\n")
    function = parse_macro(macros.lookup("note")[0], macros)
    assert function is not None
    assert [parameter.name for parameter in function.params] == ["level", "args"]


def test_fields_that_only_fill_a_local_structure_are_no_loss() -> None:
    fields = "u32 : 2;\n\t\tu32 : 1;\n\t\tu32 m : 4;"
    text = f"int f(void)\n{{\n\tstruct {{\n\t\t{fields}\n\t}} *a;\n\treturn g(a);\n}}\n"
    assert [function.losses for function in functions(text)] == [0]


def test_a_call_at_the_end_of_an_initialiser_is_no_statement() -> None:
    value = "struct d b = { .x.y = 1, .z = (void *)get(v) };"
    text = f"int f(int v)\n{{\n\t{value}\n\treturn h((t) {{ g(v) }});\n}}\n"
    assert [function.losses for function in functions(text)] == [0]


def test_a_macro_alone_in_the_braces_of_a_value_is_no_statement() -> None:
    value = "static const struct d all[] = {\n\t\t{ D(1, 2) },\n\t\t{ },\n\t};"
    text = f"int f(int v)\n{{\n\t{value}\n\treturn h(all);\n}}\n"
    assert [function.losses for function in functions(text)] == [0]


def test_a_string_before_a_call_that_makes_one_is_joined_with_it() -> None:
    macros = '#define LEVEL "6"\n#define fmt(x) "demo: " x\n'
    text = 'int f(int v)\n{\n\tprint(LEVEL fmt("a" "b"), v);\n\treturn 0;\n}\n'
    assert [function.losses for function in functions(text, macros)] == [0]
