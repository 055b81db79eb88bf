"""What the bodies of macros call."""

from __future__ import annotations

import pytest
from tests.syntax.reading import table

from mmlint.syntax.expansion import Expansions, MacroCalls
from mmlint.syntax.macros import MacroTable


def told(text: str, name: str) -> MacroCalls:
    """What the only definition of a macro calls."""
    macros = table(text)
    (macro,) = macros.lookup(name)
    return Expansions(macros).calls(macro)


def targets(text: str, name: str, *arguments: str) -> list[str]:
    """The names that a use makes of its arguments."""
    return Expansions(table(text)).targets(name, list(arguments))


def test_a_body_calls_what_stands_before_a_parenthesis() -> None:
    answer = told("#define M(x) (take(x) + (x)->give(1) + sizeof(x) + LIMIT)\n", "M")
    assert (answer.calls, answer.words) == (("take",), ("LIMIT",))


def test_attributes_and_strings_of_a_body_call_nothing() -> None:
    answer = told('#define M(x) __attribute__((section("a"))) take(#x, "give()")\n', "M")
    assert answer.calls == ("take",)


def test_generic_selection_calls_what_it_chooses_from() -> None:
    text = "#define M(x) _Generic((x), struct a *: take_a, default: take)(x)\n"
    assert told(text, "M").calls == ("take_a", "take")


def test_a_parameter_that_is_called_is_what_the_use_hands_over() -> None:
    text = "#define M(op, x) op(x)\n"
    assert targets(text, "M", "take", "p") == ["take"]
    assert targets(text, "M", "&take", "p") == ["take"]
    assert targets(text, "M", "a + b", "p") == []


def test_pasted_names_are_put_together() -> None:
    assert targets("#define M(op, x) __ ## op ## _one(x)\n", "M", "take", "p") == ["__take_one"]


def test_what_stands_before_a_parameter_is_called_if_that_is_a_group() -> None:
    assert told("#define LOG(all) log all\n", "LOG").applied == ("log",)
    assert told("#define LOG(all) do { if (on) log all; } while (0)\n", "LOG").applied == ("log",)
    assert told("#define LOG(f, all) f all\n", "LOG").symbolic == ((0,),)
    for body in ("struct a n", "unsigned long n", "return n", "(n)", "a->b n", "a n(1)"):
        assert told(f"#define LOG(n) {body}\n", "LOG").applied == ()


@pytest.mark.parametrize(
    ("body", "called"),
    [
        ("(f)(x, y)", True),
        ("return (f)((x), y + 1)", True),
        ("z = (f)(x, y)", True),
        # A cast, an argument, what a use stands for, what another one returns.
        ("(f)(x)", False),
        ("z((f), x)", False),
        ("z(f)(x, y)", False),
        ("z (f) (x, y)", False),
        ("a[1](f)(x, y)", False),
    ],
)
def test_a_parameter_in_parentheses_is_called_with_several_arguments(
    body: str, *, called: bool
) -> None:
    symbolic = told(f"#define CALL(f, x, y) {body}\n", "CALL").symbolic
    assert symbolic == (((0,),) if called else ())


def test_an_argument_that_is_another_name_is_pasted_by_what_it_stands_for() -> None:
    text = "#define CLASS(n) class_##n##_take\n#define guard(n) CLASS(n)(0)\n"
    text += "#define LOCK irq\n#define LOCK preempt\n"
    assert targets(text, "guard", "irq") == ["class_irq_take"]
    assert targets(text, "guard", "LOCK") == [
        "class_LOCK_take",
        "class_irq_take",
        "class_preempt_take",
    ]
    # What is called by its name leads there by itself.
    assert targets("#define RUN(f) f(1)\n#define one two\n", "RUN", "one") == ["one"]


def test_what_an_inner_macro_calls_follows_from_what_it_is_handed() -> None:
    text = "#define IN(op, x) (once(x) ? const_##op(x) : op(x))\n#define OUT(x) IN(take, x)\n"
    assert told(text, "OUT").made == ("const_take", "take")
    passing = text + "#define PASS(f) IN(f, 1)\n"
    assert targets(passing, "PASS", "give") == ["const_give", "give"]


def test_a_number_that_a_macro_counts_may_be_any_that_is_defined() -> None:
    text = (
        "#define GLUE(a, b) a##b\n#define take1(x) one(x)\n#define take2(x, y) two(x, y)\n"
        "#define take(x, ...) GLUE(take, COUNT(__VA_ARGS__))(x, __VA_ARGS__)\n"
    )
    assert told(text, "take").made == ("take1", "take2")


def test_what_a_counted_macro_is_handed_is_called_by_it() -> None:
    text = (
        "#define GLUE(a, b) a##b\n#define UNROLL_1(m, ...) m(0, __VA_ARGS__)\n"
        "#define UNROLL(n, m, args...) GLUE(UNROLL_, n)(m, args)\n"
        "#define MAP(n, m, args...) UNROLL_##n(m, args)\n"
    )
    assert targets(text, "UNROLL", "MOST", "one", "p") == ["UNROLL_MOST", "one"]
    assert targets(text, "MAP", "1", "one", "p") == ["UNROLL_1", "one"]
    through = text + "#define ALL(m) do { UNROLL(MOST, m, 1) } while (0)\n"
    assert targets(through, "ALL", "one") == ["one"]
    assert "two" in told(through + "#define EACH(x) ALL(two)\n", "EACH").made


def test_a_macro_that_is_called_as_a_parameter_makes_names_of_what_it_is_handed() -> None:
    text = (
        "#define TEST(bit, op, x...) BUG_ON(atomic##bit##_##op(&v, ##x))\n"
        "#define FAMILY(t, bit, op, x...) do { t(bit, op, ##x); t(bit, op##_2, ##x); } while (0)\n"
        "#define TESTS(bit, op) FAMILY(TEST, bit, op, 1, 2)\n"
        "#define ALL TESTS(64, inc)\n"
    )
    assert {"TEST", "atomic_add", "atomic_add_2"} <= set(targets(text, "FAMILY", "TEST", "", "add"))
    assert {"atomic64_or", "atomic64_or_2"} <= set(targets(text, "TESTS", "64", "or"))
    assert "TEST" in told(text, "TESTS").made
    assert {"atomic64_inc", "atomic64_inc_2"} <= set(told(text, "ALL").made)


def test_a_macro_that_picks_an_argument_calls_it_behind_its_use() -> None:
    text = (
        "#define PICK(_1, _2, name, ...) name\n"
        "#define M(...) PICK(__VA_ARGS__, take_two, take_one)(__VA_ARGS__)\n"
        "#define N(x) PICK(x, x, take, give)(x)\n"
        "#define O(x) PICK(x, x, take)\n"
    )
    assert sorted(told(text, "M").made) == ["take_one", "take_two"]
    assert told(text, "N").made == ("take",)
    assert told(text, "O").made == ()


def test_a_list_of_uses_makes_the_names_of_each() -> None:
    text = (
        "#define EACH(X, mode) X(mode, 4) X(mode, 5)\n"
        "#define EACH_MODE(F, X) F(X, one) F(X, two)\n"
        "#define CASE(mode, n) case n: return find_##mode##_##n(p);\n"
        "#define TAKE(X) X(X)\n"
    )
    names = ["find_one_4", "find_one_5", "find_two_4", "find_two_5"]
    assert set(names) <= set(targets(text, "EACH_MODE", "EACH", "CASE"))
    assert targets(text, "TAKE", "TAKE") == ["TAKE"]


def test_the_number_of_arguments_is_counted_where_they_are_known() -> None:
    text = (
        "#define COUNT_(_0, _1, _2, _3, n, x...) n\n#define COUNT(x...) COUNT_(, ##x, 3, 2, 1, 0)\n"
        "#define GLUE_(a, b) a##b\n#define GLUE(a, b) GLUE_(a, b)\n"
    )
    assert targets(text, "GLUE", "run", "COUNT(p, q)") == ["run2"]
    assert targets(text, "GLUE", "run", "OTHER(p, q)") == []
    several = text + "#define ARGS(x...) x\n"
    assert targets(several, "GLUE", "run", "COUNT(ARGS(ARGS(p, q)), r)") == ["run3"]


def test_definitions_that_are_not_possible_make_no_names() -> None:
    macros = table("#ifdef A\n#define CALL(n) call()\n#else\n#define CALL(n) do_##n()\n#endif\n")
    answer = Expansions(macros, lambda macro: macros.condition(macro) != "!A")
    assert Expansions(macros).targets("CALL", ["x"]) == ["do_x"]
    assert answer.targets("CALL", ["x"]) == []


def test_a_pasted_name_that_is_handed_on_is_no_call() -> None:
    text = (
        "#define show_it x\n#define RUN(n) run(n##_test, n##_it); (n##_back)(1)\n"
        "#define ALL() RUN(show)\n"
    )
    assert targets(text, "RUN", "show") == ["show_back", "show_it"]
    assert told(text, "ALL").made == ("show_back", "show_it")


def test_a_macro_that_uses_itself_comes_to_an_end() -> None:
    text = "#define A(f) B(f)\n#define B(f) A(f) f(1)\n#define C(f) C(f)\n"
    assert targets(text, "A", "take") == ["take"]
    assert targets(text, "C", "take") == []


def test_pasting_that_yields_no_name_yields_nothing() -> None:
    assert targets("#define M(a) a ## 1 (x)\n", "M", "2 + 2") == []
    assert targets("#define M(a) a ## 1 (x)\n", "M", "2") == []


def test_a_variadic_parameter_has_all_the_rest() -> None:
    text = "#define CALL(f, args...) f(args)\n#define M(x, ...) CALL(__VA_ARGS__)\n"
    assert targets(text, "CALL", "take", "1", "2") == ["take"]
    assert targets("#define M(x, f...) f(x)\n", "M", "1", "take") == ["take"]


def test_a_cleanup_attribute_calls_its_function() -> None:
    text = "#define CLEAN(f) __attribute__((__cleanup__(f)))\n"
    assert targets(text, "CLEAN", "put_one") == ["put_one"]
    scope = text + "#define SCOPE(x) for (struct s v CLEAN(done) = { x }; v.x; step(&v))\n"
    assert told(scope, "SCOPE").made == ("done",)
    free = text + "#define FREE(n) CLEAN(__free_##n)\n"
    assert targets(free, "FREE", "page") == ["__free_page"]


def test_private_definitions_are_there_for_who_sees_them() -> None:
    macros = MacroTable(
        [
            ("a.h", b"#define LIST(n) REG(n)\n#define OTHER(n) done_##n()\n"),
            ("one.c", b"#define REG(n) one_##n()\n"),
            ("two.c", b"#define REG(n) two_##n()\n"),
        ]
    )
    answer = Expansions(macros, private=lambda macro: macro.path.endswith(".c"))
    assert answer.targets("LIST", ["x"]) == ["one_x", "two_x"]
    for user in ("one.c", "two.c", "one.c", "none.c"):
        answer.look_from(user, lambda macro, user=user: macro.path == user)  # type: ignore[misc]
        expected = [f"{user[:3]}_x"] if user != "none.c" else []
        assert answer.targets("LIST", ["x"]) == expected
        assert answer.targets("OTHER", ["x"]) == ["done_x"]
