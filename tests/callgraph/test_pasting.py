"""Who calls what a macro pastes together does not hold the name."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.callgraph.trees import write

from mmlint.callgraph.explorer import TreeExplorer
from mmlint.callgraph.pasting import Pasting
from mmlint.callgraph.program import Program

GUARDS = """
#define __cleanup(f) __attribute__((__cleanup__(f)))
#define CLASS(n, var) class_##n##_t var __cleanup(class_##n##_destructor) = \\
	class_##n##_constructor
#define guard(n) CLASS(n, held)
#define scoped(n, args...) \\
	for (CLASS(n, held)(args); ; )
static inline void class_rcu_constructor(void)
{
}
static inline void class_rcu_destructor(void)
{
}
static inline void class_irq_constructor(void)
{
}
"""
USERS = """#include <linux/guards.h>
int reads(void)
{
	guard(rcu)();
	return 1;
}
int masks(void)
{
	scoped(irq) {
		return rcu;
	}
}
int neither(int guard, int rcu)
{
	return guard + rcu;
}
"""
FILES = {"include/linux/guards.h": GUARDS, "fs/a.c": USERS, "fs/b.c": "int rcu;\n"}


def callers(root: Path, files: dict[str, str], name: str) -> list[str]:
    tree = write(root, {"arch/x86/include/asm/x.h": "", **files})
    answer = TreeExplorer(Program(tree, (), arch="x86"), tree, "x86")
    return sorted(f"{node.name}:{edge.line}" for edge, node in answer.callers(answer.named(name)))


def makers(root: Path, text: str, name: str) -> dict[str, list[str]]:
    tree = write(root, {"arch/x86/include/asm/x.h": "", "include/linux/x.h": text})
    found = Pasting(Program(tree, (), arch="x86"), tree, "x86").makers((name,))
    return {macro: sorted(map(bytes.decode, handed)) for macro, handed in found.items()}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("class_rcu_constructor", ["reads:4"]),
        ("class_rcu_destructor", ["reads:4"]),
        ("class_irq_constructor", ["masks:9"]),
    ],
)
def test_callers_of_what_macros_paste_are_found(
    tmp_path: Path, name: str, found: list[str]
) -> None:
    assert callers(tmp_path, FILES, name) == found


def test_the_macros_that_make_a_name_are_told_with_what_they_are_handed(tmp_path: Path) -> None:
    assert makers(tmp_path, GUARDS, "class_rcu_constructor") == {
        "CLASS": ["rcu"],
        "guard": ["rcu"],
        "scoped": ["rcu"],
    }
    assert makers(tmp_path, GUARDS, "class_rcu_lookup") == {}


@pytest.mark.parametrize(
    "macro",
    [
        "#define M(n) int take_##n(void);",
        "#define M(n) int *take_##n(void) { return 0; }",
        "#define M(n) { .take = take_##n, }",
        "#define M(n) (#n)",
        "#define M(n) __##n(1)",
        "#define M(n, m) take_##n##m(1)",
    ],
)
def test_what_is_declared_stored_or_may_be_any_name_is_no_call(tmp_path: Path, macro: str) -> None:
    assert makers(tmp_path, macro + "\n", "take_one") == {}
    assert makers(tmp_path, macro + "\n", "__take_one") == {}


def test_what_is_returned_is_called(tmp_path: Path) -> None:
    assert makers(tmp_path, "#define M(n) return take_##n(1)\n", "take_one") == {"M": ["one"]}


def test_what_a_cast_stands_in_front_of_is_called(tmp_path: Path) -> None:
    text = "#define M(n) u64 n(void) { return ((btf_##n)____##n)(1); }\n"
    assert makers(tmp_path, text, "____one") == {"M": ["one"]}
