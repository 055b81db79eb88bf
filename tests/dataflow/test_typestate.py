"""Resources over several functions and files, where a fixture of one file is not enough."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from tests.dataflow.small import checked, told

from mmlint.model import Finding

LOCKED = "\tmem_hotplug_begin();\n{}\tmem_hotplug_done();\n"
STEP = "int demo_step(void);\n"


def function(body: str, head: str = "int f(int x)") -> str:
    return f"{head}\n{{\n{body}}}\n"


def only(tmp_path: Path, text: str) -> Finding:
    (found,) = checked(tmp_path, {"mm/a.c": text}).findings
    return found


def test_the_steps_show_the_failure_the_jump_and_the_undo(tmp_path: Path) -> None:
    text = function(
        "\tint ret = start_isolate_page_range(a, b, 0, 0, 0);\n\n"
        "\tif (ret)\n\t\tgoto done;\n\tret = demo_step();\n"
        "done:\n\tundo_isolate_page_range(a, b, 0);\n\treturn ret;\n",
        "int f(unsigned long a, unsigned long b)",
    )
    found = [f for f in checked(tmp_path, {"mm/a.c": text}).findings if f.severity.label == "error"]
    assert [(s.label, s.line) for s in found[0].steps] == [
        ("fails", 3),
        ("jumps", 5),
        ("undoes", 9),
        ("lacks", 9),
    ]


def test_a_forgotten_lock_names_where_it_is_taken_and_left(tmp_path: Path) -> None:
    found = only(tmp_path, function(LOCKED.format("\tif (x)\n\t\treturn 1;\n") + "\treturn 1;\n"))
    assert (found.kind, found.span.line) == ("not-released", 3)
    assert [(s.label, s.line) for s in found.steps[:2]] == [("takes", 3), ("leaves", 5)]
    assert "mem_hotplug_done()" in found.fix


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_wrapper_of_a_wrapper_is_followed(tmp_path: Path, depth: int) -> None:
    names = [f"take{n}" for n in range(depth)]
    wrappers = [function("\tmem_hotplug_begin();\n", f"static void {names[0]}(void)")]
    for below, name in pairwise(names):
        wrappers.append(function(f"\t{below}();\n", f"static void {name}(void)"))
    user = function(
        f"\t{names[-1]}();\n\tif (x)\n\t\treturn 1;\n\tmem_hotplug_done();\n\treturn 1;\n"
    )
    found = only(tmp_path, "".join((*wrappers, user)))
    assert (found.kind, found.function) == ("not-released", "f")


def test_a_caller_in_another_file_gives_back_what_a_helper_takes(tmp_path: Path) -> None:
    files = {
        "mm/take.c": function("\tmem_hotplug_begin();\n", "void take(void)"),
        "mm/use.c": function("\ttake();\n\tmem_hotplug_done();\n", "void use(void)"),
    }
    assert told(checked(tmp_path, files)) == []
    files["mm/use.c"] = function("\ttake();\n", "void use(void)")
    assert told(checked(tmp_path, files)) == ["warning unbalanced-pair take"]


def test_a_definition_of_the_lock_itself_is_not_judged(tmp_path: Path) -> None:
    body = "\tpercpu_down_write(&lock);\n\tcpus_read_lock();\n"
    files = {"mm/a.c": function(body, "void mem_hotplug_begin(void)")}
    assert told(checked(tmp_path, files)) == []


def test_many_locks_at_once_are_followed_or_said_to_be_too_many(tmp_path: Path) -> None:
    zones = [f"z{n}" for n in range(8)]
    params = ", ".join(f"struct zone *{z}" for z in zones)
    body = "".join(f"\tif (demo({z}))\n\t\tspin_lock(&{z}->lock);\n" for z in zones)
    run = checked(tmp_path, {"mm/a.c": function(body, f"void f({params})")})
    assert [gap.function for gap in run.not_analysed] == ["f"]
    assert "combinations of resources" in run.not_analysed[0].reason


def test_a_lock_that_is_taken_round_after_round_is_reported(tmp_path: Path) -> None:
    body = "\tfor (; x; x--)\n\t\tspin_lock(&z[x].lock);\n"
    found = only(tmp_path, function(body, "void f(struct zone *z, int x)"))
    assert (found.rule, found.kind) == ("unbalanced-pair", "not-released")


def test_what_is_released_round_after_round_is_no_new_combination_each_time(tmp_path: Path) -> None:
    body = (
        "\tint i;\n\n\tfor (i = 0; i < nr; i++) {\n\t\tstruct page *page = pages[i];\n\n"
        "\t\tif (is_zone_device_page(page)) {\n"
        "\t\t\tif (put_page_testzero(page))\n\t\t\t\tput_dev_pagemap(page->pgmap);\n"
        "\t\t\tcontinue;\n\t\t}\n"
        "\t\tif (!put_page_testzero(page))\n\t\t\tcontinue;\n\t\tfree(page);\n\t}\n"
    )
    text = function(body, "void f(struct page **pages, int nr)")
    assert checked(tmp_path, {"mm/a.c": text}).not_analysed == ()


def test_pages_that_each_round_asks_for_are_no_combinations(tmp_path: Path) -> None:
    calls = "".join(f"\t\tif (demo{n}(pfn))\n\t\t\tcond_resched();\n" for n in range(4))
    body = (
        f"\tfor (; pfn < end; pfn = pfn + step) {{\n{calls}"
        "\t\tpage = pfn_to_online_page(pfn);\n\t\tif (!page)\n\t\t\tcontinue;\n"
        f"{calls}\t\tif (skip(page))\n\t\t\tcontinue;\n{calls}\t}}\n"
    )
    head = "void f(struct page *page, unsigned long pfn, unsigned long end, unsigned long step)"
    assert checked(tmp_path, {"mm/a.c": function(body, head)}).not_analysed == ()


def test_the_writer_of_the_sequence_lock_may_be_in_another_file(tmp_path: Path) -> None:
    reader = function(
        "\tunsigned long a, n;\n\tunsigned int seq;\n\n\tdo {\n"
        "\t\tseq = zone_span_seqbegin(z);\n\t\ta = z->zone_start_pfn;\n"
        "\t\tn = z->spanned_pages;\n\t} while (zone_span_seqretry(z, seq));\n"
        "\tz->spanned_pages = n + a;\n",
        "void read(struct zone *z)",
    )
    helper = function("\tdemo();\n", "void zone_span_writelock(struct zone *z)")
    writer = function(
        "\tzone_span_writelock(z);\n\tzone_span_writeunlock(z);\n", "void w(struct zone *z)"
    )
    without = checked(tmp_path / "without", {"mm/a.c": reader, "mm/h.c": helper})
    assert told(without) == ["error torn-zone-span read"]
    files = {"mm/a.c": reader, "mm/h.c": helper, "mm/w.c": writer}
    assert told(checked(tmp_path / "with", files)) == []
