"""Which functions run at boot only, and how a constant that is passed tells."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.dataflow.small import HOME, analyses

from mmlint.callgraph.uses import Caller
from mmlint.dataflow.boot import MOST_ABOVE
from mmlint.dataflow.climb import Climb

REGISTER = """
static void demo_early(unsigned long pfn) { demo_seen += pfn; }

static void demo_register(unsigned long pfn, enum meminit_context context)
{
	if (context == MEMINIT_EARLY)
		demo_early(pfn);
}
"""
TABLE = """
struct demo_ops { void (*init)(void); };
static void demo_walk(void) { demo_seen++; }
static void demo_begin(void) { demo_walk(); }
static struct demo_ops demo_first = { .init = demo_begin };
static struct demo_ops *demo_table[] = { &demo_first };
"""
BOOT = "static int __init demo_init(void) { demo_register(0, MEMINIT_EARLY); return 0; }\n"


def is_boot_only(root: Path, text: str, name: str) -> bool:
    run = analyses(root, {HOME: text})
    (function,) = run.program.definitions(name, HOME)
    return Climb(run).boot.only(function)


@pytest.mark.parametrize(
    ("caller", "only"),
    [
        ("", True),
        ("void demo_plug(void) { demo_register(0, MEMINIT_HOTPLUG); }", True),
        ("void demo_plug(void) { demo_register(0, MEMINIT_EARLY); }", True),
        ("void demo_plug(enum meminit_context c) { demo_register(0, c); }", False),
        ("void demo_plug(void) { demo_early(0); }", False),
        ("#define demo_again(pfn) demo_early(pfn)\nvoid demo_plug(void) { demo_again(0); }", False),
        ("static struct demo_ops demo = { .late = demo_early };", False),
        ("void demo_plug(void) { if (system_state == SYSTEM_BOOTING) demo_early(0); }", True),
        (
            "void demo_plug(void) { if (system_state != SYSTEM_BOOTING) return; demo_early(0); }",
            True,
        ),
        ("void demo_plug(void) { if (system_state != SYSTEM_BOOTING) demo_early(0); }", False),
    ],
)
def test_a_test_of_a_parameter_decides_who_reaches_a_function(
    tmp_path: Path, caller: str, only: bool
) -> None:
    assert is_boot_only(tmp_path, REGISTER + BOOT + caller, "demo_early") == only


@pytest.mark.parametrize(("annotation", "only"), [("__init ", True), ("", False)])
def test_who_calls_a_walker_calls_its_callback(tmp_path: Path, annotation: str, only: bool) -> None:
    text = f"""
    static int demo_each(unsigned long pfn, unsigned long nr, void *arg) {{ return 0; }}
    void {annotation}demo_all(void) {{ walk_system_ram_range(0, 8, NULL, demo_each); }}
    """
    assert is_boot_only(tmp_path, text, "demo_each") == only


@pytest.mark.parametrize(
    ("caller", "only"),
    [
        ("static void __init demo_start(void) { demo_table[0]->init(); }", True),
        ("static void demo_start(void) { demo_table[0]->init(); }", False),
        ("", False),
        (
            "static void __init demo_start(void) { demo_table[0]->init(); }\n"
            "void demo_later(struct demo_ops *ops) { ops->init(); }",
            False,
        ),
        # What can be loaded again is registered, and called, at any time.
        (
            "static void __init demo_start(void) { demo_table[0]->init(); }\n"
            "module_exit(demo_stop);",
            False,
        ),
    ],
)
def test_who_calls_through_a_structure_is_a_caller(tmp_path: Path, caller: str, only: bool) -> None:
    assert is_boot_only(tmp_path, TABLE + caller, "demo_walk") == only


def asked_for(root: Path, text: str, *names: str) -> list[str]:
    """The functions whose callers are asked for, where it is asked of `names` one by one."""
    run = analyses(root, {HOME: text})
    climb = Climb(run)
    asked: list[str] = []
    find = run.program.nearest_callers

    def noted(name: str, path: str, static: bool) -> Iterator[Caller]:
        asked.append(name)
        return find(name, path, static)

    run.program.nearest_callers = noted  # type: ignore[method-assign]
    for name in names:
        (function,) = run.program.definitions(name, HOME)
        assert not climb.boot.only(function)
    return asked


def test_of_more_callers_than_are_looked_at_none_is_asked_for_its_own(tmp_path: Path) -> None:
    callers = "".join(f"void demo_{at}(void) {{ demo_leaf(); }}\n" for at in range(MOST_ABOVE + 1))
    text = "static void demo_leaf(void) { demo_seen++; }\n" + callers
    assert asked_for(tmp_path, text, "demo_leaf") == ["demo_leaf"]


def test_whatever_is_on_a_way_from_run_time_is_known_then(tmp_path: Path) -> None:
    text = """
    void demo_leaf(void) { demo_seen++; }
    static void demo_middle(int n) { if (n) demo_leaf(); }
    void demo_top(int n) { demo_middle(n); }
    static void __init demo_init(void) { demo_leaf(); }
    """
    first = asked_for(tmp_path, text, "demo_leaf")
    assert sorted(first) == ["demo_leaf", "demo_middle", "demo_top"]
    assert asked_for(tmp_path, text, "demo_leaf", "demo_middle", "demo_top") == first


def test_static_functions_are_asked_first(tmp_path: Path) -> None:
    text = """
    static void demo_leaf(void) { demo_seen++; }
    void demo_public(void) { demo_leaf(); }
    static void demo_own(void) { demo_leaf(); }
    """
    assert asked_for(tmp_path, text, "demo_leaf") == ["demo_leaf", "demo_own"]


@pytest.mark.parametrize("seed", range(12))
def test_what_is_known_of_some_functions_changes_no_answer(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    kinds = ("", "static ", "static ", "static __init ", "__init ", "static __init ")
    text = ""
    for at in range(14):
        calls = "".join(f"demo_{chance.randrange(at)}(); " for _ in range(min(at, 2)))
        text += f"{chance.choice(kinds)}void demo_{at}(void) {{ {calls}}}\n"
    text += "struct demo_ops { void (*run)(void); };\n"
    text += f"static struct demo_ops demo_ops = {{ .run = demo_{chance.randrange(14)} }};\n"
    text += "static void __init demo_start(struct demo_ops *ops) { ops->run(); }\n"
    run = analyses(tmp_path, {HOME: text})
    functions = [run.program.definitions(f"demo_{at}", HOME)[0] for at in range(14)]
    alone = [Climb(run).boot.only(function) for function in functions]
    for _ in range(3):
        order = chance.sample(range(14), 14)
        together = Climb(run).boot
        answers = {at: together.only(functions[at]) for at in order}
        assert [answers[at] for at in range(14)] == alone
