"""Which functions run at boot only, and how a constant that is passed tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.dataflow.small import HOME, analyses

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
