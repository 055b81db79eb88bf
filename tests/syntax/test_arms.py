"""Which texts a function has under its conditions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlint.syntax.arms import MOST_PASSES, select
from mmlint.syntax.directives import strip_directives


def selected(text: str, **given_: bool) -> dict[str, str]:
    """The words that stay, by the condition on which they do."""
    stripped = strip_directives(text.encode())
    found = select(stripped.code, stripped.conditionals, 0, given_)
    return {each.condition: " ".join(each.text.decode().split()) for each in found}


def group(*arms: str) -> str:
    return "\n".join(arms) + "\n#endif\n"


def test_a_text_without_conditions_is_the_only_one() -> None:
    assert selected("a b") == {"": "a b"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (group("#ifdef CONFIG_A", "a"), {"CONFIG_A": "a"}),
        (group("#ifndef CONFIG_A", "a", "#else", "b"), {"CONFIG_A": "b", "!CONFIG_A": "a"}),
        (group("#ifdef A", "a", "#else", "b"), {"A": "a", "!A": "b"}),
        (group("#if A && !B", "a"), {"A && !B": "a"}),
        (group("#if 0", "a", "#else", "b"), {"": "b"}),
        (
            group("#if A", "a", "#elif B", "b", "#else", "c"),
            {"A": "a", "!A && B": "b", "!A && !B": "c"},
        ),
    ],
)
def test_each_arm_is_seen_on_its_condition(text: str, expected: dict[str, str]) -> None:
    assert selected(text) == expected


def test_options_are_preferred_to_be_set() -> None:
    text = group("#ifdef CONFIG_A", "a", "#else", "b")
    assert next(iter(selected(text))) == "CONFIG_A"


def test_a_name_has_one_value_in_a_text() -> None:
    text = group("#ifdef A", "a", "#else", "b") + group("#ifndef A", "c", "#else", "d")
    assert selected(text) == {"A": "a d", "!A": "b c"}


def test_an_arm_that_an_earlier_group_rules_out_is_seen_in_a_text_of_its_own() -> None:
    text = group("#ifdef CONFIG_A", "a") + group("#if !defined(CONFIG_A) && defined(B)", "b")
    assert selected(text) == {"CONFIG_A": "a", "!CONFIG_A && B": "b"}


def test_what_is_given_is_not_open() -> None:
    text = group("#ifdef A", "a", "#else", "b") + group("#ifdef B", "c")
    assert selected(text, A=False) == {"B": "b c"}


def test_an_else_whose_if_is_before_the_text_begins_another_text() -> None:
    assert list(selected("a\n#else\nb\n#endif\nc").values()) == ["a c"]


@given(st.lists(st.sampled_from(["#if A", "#if B", "#elif C", "#else", "#endif", "x", "y"])))
def test_there_are_few_texts_and_no_two_alike(lines: list[str]) -> None:
    stripped = strip_directives("\n".join(lines).encode())
    found = select(stripped.code, stripped.conditionals, 0, {})
    texts = [each.text for each in found]
    assert 1 <= len(texts) <= MOST_PASSES
    assert len(set(texts)) == len(texts)
