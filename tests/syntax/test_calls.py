"""Calls found without a parse."""

from __future__ import annotations

from tests.syntax.reading import outlined

from mmlint.syntax.calls import call_sites, cast_calls, first_use, stands_bare, words


def called(text: str) -> list[str]:
    """The names that the body of one function calls, `?` behind those that look declared."""
    outline = outlined(f"static void demo(void)\n{{\n{text}\n}}\n")
    (site,) = outline.definitions
    found = call_sites(outline.code, site.body, site.end)
    return [call.name + "?" * call.declares for call in found]


def test_every_name_before_a_parenthesis_is_a_call() -> None:
    assert called("take(give(1), 2); if (!try_take(p)) return again (p);") == [
        "take",
        "give",
        "try_take",
        "again",
    ]


def test_calls_in_arguments_of_macros_and_in_both_arms_count() -> None:
    text = "MACRO(x, take(x));\n#ifdef CONFIG_A\n\tfirst();\n#else\n\tsecond();\n#endif\n"
    assert called(text) == ["MACRO", "take", "first", "second"]


def test_members_keywords_types_and_operators_are_none() -> None:
    text = "p->ops->take(p); s.give(1); sizeof(x); typeof(x) y; (int (*)(long))z; __alignof__(x);"
    assert called(text) == []


def test_a_word_behind_a_label_declares_nothing() -> None:
    assert called("int old(int x);\nout: __maybe_unused\n\ttake();\n") == ["old?", "take"]


def test_attributes_call_nothing() -> None:
    assert called("int x __attribute__((aligned(8), section(name))); take();") == ["take"]


def test_comments_and_strings_call_nothing() -> None:
    assert called('/* take() */ print("give()"); // again()') == ["print"]


def test_a_word_in_front_makes_a_declaration_unless_it_introduces_a_value() -> None:
    text = "int take(void); return give(1); else again(); case BIT(1): static DEFINE(x);"
    assert called(text) == ["take?", "give", "again", "BIT", "DEFINE"]


def test_words_are_identifiers_each_once() -> None:
    code = b"p->next = current; s.field = p;"
    assert list(words(code, 3, len(code))) == [b"next", b"current", b"s", b"field", b"p"]


def test_a_use_as_a_member_does_not_count() -> None:
    code = b"p->next = inext; s.next = next(next);"
    assert first_use(code, b"next", 1, len(code)) == 26
    assert first_use(code, b"next", 1, 20) == -1


def test_a_word_stands_bare_where_it_has_no_parenthesis_behind_it() -> None:
    code = b"take(give); give(1); again (); giver; forgive; get"
    words_ = (b"take", b"give", b"again", b"forg", b"get")
    assert [word for word in words_ if stands_bare(code, word, 0, len(code))] == [b"give", b"get"]
    assert not stands_bare(code, b"give", 6, len(code))


def test_a_call_through_a_cast_names_its_function() -> None:
    code = b"{ return ((long (*)(int, long))take)(1, 2) + ((unsigned)x) + (y)(z); }"
    assert [site.name for site in cast_calls(code, 0, len(code))] == ["take"]
