"""A whole run over small kernel trees: what is found across files, and what is said of the rest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.callgraph.trees import write
from tests.dataflow.small import above_note, checked, knowledge, rules, told

from mmlint.engine import CheckRequest, check
from mmlint.examining import Examination, Outcome, Task
from mmlint.model import Finding, Run, Severity
from mmlint.source.observed import Known, Observed
from mmlint.source.tree import Tree

ROOT = Path(__file__).parent.parent
ATTRIBUTE = 'DEFINE_DEBUGFS_ATTRIBUTE({0}_fops, NULL, {0}, "%llu");\n'
USE = "{0} use_page(unsigned long pfn)\n{{\n\treturn PageLRU(pfn_to_page(pfn));\n}}\n"
BOOT = "#define __init __attribute__((section))\n#define __meminit\n"
FOUND = ["warning pfn-not-online use_page"]


def setter(name: str, body: str) -> str:
    """A debugfs callback."""
    text = f"static int {name}(void *data, u64 val)\n{{\n\t{body}\n}}\n"
    return text + ATTRIBUTE.format(name)


CARELESS = setter("a_set", "return use_page(val);")


def only(run: Run) -> Finding:
    (finding,) = above_note(run)
    return finding


def steps(finding: Finding, label: str) -> list[tuple[str, int, str]]:
    """The steps of one kind, as path, line and text."""
    return [(one.path, one.line, one.text) for one in finding.steps if one.label == label]


# Across files.


def test_a_caller_outside_the_scope_is_the_witness(tmp_path: Path) -> None:
    files = {"mm/use.c": USE.format("int"), "kernel/power/k.c": CARELESS}
    finding = only(checked(tmp_path, files))
    assert (finding.span.path, finding.span.line, finding.function) == ("mm/use.c", 3, "use_page")
    assert steps(finding, "from") == [("kernel/power/k.c", 3, "a_set() calls use_page()")]
    assert [(path, line) for path, line, _ in steps(finding, "pfn")] == [("kernel/power/k.c", 5)]
    assert "debugfs" in steps(finding, "pfn")[0][2]


def test_every_hop_is_shown_in_order(tmp_path: Path) -> None:
    files = {
        "mm/use.c": USE.format("int"),
        "mm/hand.c": "int hand_on(unsigned long pfn)\n{\n\treturn use_page(pfn);\n}\n",
        "kernel/k.c": setter("a_set", "return hand_on(val);"),
    }
    assert [text for _, _, text in steps(only(checked(tmp_path, files)), "from")] == [
        "hand_on() calls use_page()",
        "a_set() calls hand_on()",
    ]


def test_a_finding_of_a_function_outside_the_scope_is_not_reported(tmp_path: Path) -> None:
    files = {"kernel/use.c": USE.format("int"), "mm/a.c": CARELESS}
    assert told(checked(tmp_path, files)) == []
    assert told(checked(tmp_path, files, "mm", "kernel")) == FOUND


def test_callers_that_check_are_no_finding(tmp_path: Path) -> None:
    careful = setter("a_set", "return pfn_to_online_page(val) ? use_page(val) : -EIO;")
    assert told(checked(tmp_path, {"mm/use.c": USE.format("int"), "kernel/k.c": careful})) == []


def test_one_of_two_callers_is_enough_and_the_others_are_counted(tmp_path: Path) -> None:
    careful = setter("b_set", "return pfn_to_online_page(val) ? use_page(val) : -EIO;")
    files = {"mm/use.c": USE.format("int"), "kernel/a.c": CARELESS, "kernel/b.c": careful}
    finding = only(checked(tmp_path, files))
    assert [text for _, _, text in steps(finding, "callers")] == [
        "1 of 2 callers show what is needed"
    ]


def test_a_torn_span_shows_who_calls_without_the_lock(tmp_path: Path) -> None:
    source = (ROOT / "fixtures" / "torn-zone-span" / "one_caller_unlocked_bad.c").read_text()
    files = {
        "mm/a.c": source.replace("static void demo_probe", "void demo_probe"),
        "mm/b.c": "void demo_acpi(void)\n{\n\tdemo_probe(z, 1);\n}\n",
    }
    assert steps(only(checked(tmp_path, files)), "from") == [
        ("mm/a.c", 17, "demo_probe() calls demo_grow(), no hotplug lock"),
        ("mm/b.c", 3, "demo_acpi() calls demo_probe(), no hotplug lock"),
    ]


def test_a_helper_in_a_header_is_looked_into(tmp_path: Path) -> None:
    helper = """static inline struct page *look_up(unsigned long pfn)
{
	return %s(pfn);
}
"""
    user = setter("a_set", "struct page *page = look_up(val);\n\treturn page && PageLRU(page);")
    files = {"include/linux/h.h": helper % "pfn_to_online_page", "mm/a.c": user}
    assert told(checked(tmp_path / "checked", files)) == []
    files["include/linux/h.h"] = helper % "pfn_to_page"
    run = checked(tmp_path / "raw", files, "mm", "include")
    assert [one.rule for one in above_note(run)] == ["pfn-not-online"]


def test_a_helper_in_a_header_that_asks_for_nothing_is_reported_in_the_scope(
    tmp_path: Path,
) -> None:
    files = {"include/linux/h.h": USE.format("static inline int"), "mm/a.c": CARELESS}
    assert told(checked(tmp_path, files, "include")) == FOUND


def test_static_functions_of_one_name_are_those_of_their_files(tmp_path: Path) -> None:
    helper = "static bool look(unsigned long pfn)\n{{\n\treturn {0}(pfn);\n}}\n"
    body = "return look(val) ? PageLRU(pfn_to_page(val)) : -EIO;"
    files = {
        "mm/a.c": helper.format("pfn_to_online_page") + setter("a_set", body),
        "mm/b.c": helper.format("pfn_valid") + setter("b_set", body),
    }
    assert told(checked(tmp_path, files)) == ["warning pfn-not-online b_set"]


ARCHES = ("arm", "mips", "riscv")


@pytest.mark.parametrize("worst", ARCHES)
def test_the_definitions_of_all_architectures_are_judged(tmp_path: Path, worst: str) -> None:
    files = {
        f"arch/{arch}/mm/p.c": USE.format("int").replace(
            "return ", "return " if arch == worst else "return pfn_to_online_page(pfn) && "
        )
        for arch in ARCHES
    }
    finding = only(checked(tmp_path, {**files, "mm/a.c": CARELESS}, "mm", "arch"))
    assert finding.span.path == f"arch/{worst}/mm/p.c"


def test_a_check_counts_only_if_every_architecture_checks(tmp_path: Path) -> None:
    text = "bool look(unsigned long pfn)\n{\n\treturn %s(pfn);\n}\n"
    files = {f"arch/{arch}/mm/p.c": text % "pfn_to_online_page" for arch in ARCHES}
    files["mm/a.c"] = setter("a_set", "return look(val) ? PageLRU(pfn_to_page(val)) : -EIO;")
    assert told(checked(tmp_path / "all", files)) == []
    files["arch/mips/mm/p.c"] = text % "pfn_valid"
    assert told(checked(tmp_path / "two", files)) == ["warning pfn-not-online a_set"]


def test_an_architecture_means_its_own_definition(tmp_path: Path) -> None:
    text = "bool look(unsigned long pfn)\n{\n\treturn %s(pfn);\n}\n"
    body = "return look(val) ? PageLRU(pfn_to_page(val)) : -EIO;"
    files = {
        "arch/arm/mm/p.c": text % "pfn_to_online_page",
        "arch/riscv/mm/p.c": text % "pfn_valid",
        "arch/arm/kernel/a.c": setter("a_set", body),
        "arch/riscv/kernel/b.c": setter("b_set", body),
    }
    assert told(checked(tmp_path, files, "arch")) == ["warning pfn-not-online b_set"]


@pytest.mark.parametrize(
    ("arch", "check", "severity"),
    [
        ("mips", "pfn_valid(pfn)", "note"),
        ("mips", "nr", "warning"),
        ("s390", "pfn_valid(pfn)", "error"),
    ],
)
def test_where_no_memory_is_plugged_valid_ram_is_online(
    tmp_path: Path, arch: str, check: str, severity: str
) -> None:
    source = f"""static int each(unsigned long start, unsigned long nr, void *arg)
{{
	for (unsigned long pfn = start; pfn < start + nr; pfn++)
		if ({check})
			seen += PageLRU(pfn_to_page(pfn));
	return 0;
}}

int all(void)
{{
	return walk_system_ram_range(0, 1UL << 30, NULL, each);
}}
"""
    run = checked(tmp_path, {f"arch/{arch}/mm/a.c": source}, "arch")
    assert [finding.severity.label for finding in run.findings] == [severity]


def test_where_no_memory_is_plugged_what_is_from_outside_may_be_a_hole(tmp_path: Path) -> None:
    walk = "for (; val < last; val++) if (pfn_valid(val)) seen += PageLRU(pfn_to_page(val));"
    one = "return pfn_valid(val) ? PageLRU(pfn_to_page(val)) : -EIO;"
    files = {"arch/sparc/mm/a.c": setter("a_set", walk), "arch/sparc/mm/b.c": setter("b_set", one)}
    assert told(checked(tmp_path, files, "arch")) == [
        "error pfn-not-online a_set",
        "warning pfn-not-online b_set",
    ]


def test_assembler_code_is_outside(tmp_path: Path) -> None:
    files = {
        "arch/arm/mm/use.c": USE.format("int"),
        "arch/arm/kernel/entry.S": "entry:\n\tbl\tuse_page\n",
        "Kbuild": "",
    }
    finding = only(checked(tmp_path, files, "arch"))
    assert finding.function == "use_page"
    assert [text for _, _, text in steps(finding, "pfn")] == [
        "comes from outside: assembler code (arch/arm/kernel/entry.S)"
    ]


def test_a_function_that_nobody_uses_has_an_unknown_origin(tmp_path: Path) -> None:
    run = checked(tmp_path, {"arch/arm/mm/use.c": USE.format("int")}, "arch")
    assert [one.severity for one in run.findings] == [Severity.NOTE]


# What is shown.


def test_a_page_whose_conversion_nobody_saw_is_shown_where_it_is_touched(tmp_path: Path) -> None:
    body = (
        "unsigned long i, pfn = page_to_pfn(page);\n\tstruct page *p;\n\n"
        "\tfor (i = 0; i < n; i++) {\n\t\tp = pfn_to_page(pfn + i);\n\t\tSetPageReserved(p);\n\t}\n"
    )
    text = f"void show(struct page *page, unsigned long n)\n{{\n\t{body}}}\n"
    (finding,) = checked(tmp_path, {"mm/a.c": text}).findings
    assert not steps(finding, "page")
    assert steps(finding, "touch") == [("mm/a.c", 8, "SetPageReserved(p) reads it")]


def test_a_touch_is_no_check_of_itself(tmp_path: Path) -> None:
    text = (
        "int movable(unsigned long pfn)\n{\n\treturn is_zone_movable_page(pfn_to_page(pfn));\n}\n"
    )
    (finding,) = checked(tmp_path, {"mm/a.c": text}).findings
    assert steps(finding, "touch")
    assert not steps(finding, "has")


# Boot.

MARK = """static void mark(struct zone *zone)
{
	unsigned long pfn;

	for (pfn = zone->zone_start_pfn; pfn < zone_end_pfn(zone); pfn++)
		if (pfn_valid(pfn))
			SetPageReserved(pfn_to_page(pfn));
}
"""
EARLY = "static void {0} early(void)\n{{\n\tmark(a_zone);\n}}\n"
LATE = "static void {0} late(void)\n{{\n\tmark(last_zone);\n}}\n"
OPERATIONS = "static struct page_ext_operations ops = {{ .init = {0} }};\n"


def boot_tree(*pieces: str) -> Mapping[str, str]:
    return {"include/linux/init.h": BOOT, "mm/a.c": MARK + "".join(pieces)}


def test_what_only_boot_code_calls_is_not_reported(tmp_path: Path) -> None:
    pieces = (EARLY.format("__init"), LATE.format("__init"), OPERATIONS.format("late"))
    assert above_note(checked(tmp_path, boot_tree(*pieces))) == []


def test_boot_code_two_calls_up_is_boot_code(tmp_path: Path) -> None:
    pieces = (EARLY.format(""), "void __init start(void)\n{\n\tearly();\n}\n")
    assert above_note(checked(tmp_path, boot_tree(*pieces))) == []


@pytest.mark.parametrize(
    "pieces",
    [
        (EARLY.format("__init"), LATE.format("")),
        (EARLY.format("__init"), LATE.format("__meminit")),
        (EARLY.format("__init"), "static struct ops ops = { .start = mark };\n"),
        (EARLY.format(""), "void __init start(void)\n{\n\tearly();\n\trun(early);\n}\n"),
    ],
    ids=["a caller of any time", "hot-added memory", "in a table", "handed on"],
)
def test_one_other_way_is_enough(tmp_path: Path, pieces: tuple[str, ...]) -> None:
    run = checked(tmp_path, boot_tree(*pieces))
    assert "error pfn-not-online mark" in told(run)


# What was not analysed.


def test_a_file_that_vanishes_is_said_and_the_rest_is_analysed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = write(tmp_path, {"mm/gone.c": CARELESS, "mm/use.c": USE.format("int") + CARELESS})
    listed = tree.files(("mm",))
    (tmp_path / "mm/gone.c").unlink()
    monkeypatch.setattr(Tree, "files", lambda *_: listed)
    run = check(CheckRequest(tree, ("mm",), rules(), knowledge()))
    assert told(run) == FOUND
    assert [(gap.path, gap.reason, gap.in_scope) for gap in run.not_analysed] == [
        ("mm/gone.c", "no such file or directory", True)
    ]
    assert run.analysed.files == 1


def test_a_path_of_the_scope_that_is_not_there_is_said(tmp_path: Path) -> None:
    run = checked(tmp_path, {"mm/use.c": USE.format("int") + CARELESS}, "mm", "net")
    assert told(run) == FOUND
    assert [(gap.path, gap.in_scope) for gap in run.not_analysed] == [("net", True)]


def test_a_function_that_is_not_parsed_is_said_with_its_place(tmp_path: Path) -> None:
    broken = "int b(void)\n{\n\tpfn_to_page(1);\n\tint 5 = ) (;\n\treturn 0;\n}\n"
    run = checked(tmp_path, {"mm/b.c": broken, "mm/use.c": USE.format("int") + CARELESS})
    assert told(run) == FOUND
    (gap,) = run.not_analysed
    assert (gap.path, gap.function, gap.line, gap.in_scope) == ("mm/b.c", "b", 1, True)


def test_a_consulted_file_that_cannot_be_read_does_not_make_the_run_incomplete(
    tmp_path: Path,
) -> None:
    files = {"mm/use.c": USE.format("int") + CARELESS}
    write(tmp_path, {"kernel/bin.c": b"use_page\0"})
    run = checked(tmp_path, files)
    assert told(run) == FOUND
    assert not [gap for gap in run.not_analysed if gap.in_scope]


# The result.


def test_the_tree_and_how_much_was_read_are_said(tmp_path: Path) -> None:
    files = {"mm/use.c": USE.format("int") + CARELESS, "mm/empty.c": "", "kernel/k.c": CARELESS}
    run = checked(tmp_path, files)
    assert (run.tree.root, run.tree.kernel_version) == (str(tmp_path.resolve()), "6.12.0")
    assert (run.analysed.files, run.analysed.lines) == (2, 9)
    assert run.analysed.functions >= 2
    assert [one.name for one in run.rules] == [
        "isolation-unbalanced",
        "isolation-with-pcplists",
        "online-not-pinned",
        "pfn-not-online",
        "torn-zone-span",
        "unbalanced-pair",
        "unverified-page-links",
        "zone-device-no-ref",
        "zone-from-range",
        "suppression",
    ]


def test_only_the_selected_rules_are_judged(tmp_path: Path) -> None:
    body = "count++;\n\treturn is_zone_device_page(pfn_to_page(val));"
    tree = write(tmp_path, {"mm/a.c": setter("a_set", body)})
    for rule in rules():
        run = check(CheckRequest(tree, ("mm",), (rule,), knowledge()))
        assert {one.rule for one in run.findings} <= {rule.info.name}
    everything = check(CheckRequest(tree, ("mm",), rules(), knowledge()))
    assert {one.rule for one in everything.findings} == {"pfn-not-online", "zone-device-no-ref"}


def test_findings_are_sorted_by_place(tmp_path: Path) -> None:
    files = {f"mm/{name}.c": USE.format("static int") + CARELESS for name in "cab"}
    run = checked(tmp_path, files)
    assert [one.span.path for one in run.findings] == ["mm/a.c", "mm/b.c", "mm/c.c"]
    assert len({one.fingerprint for one in run.findings}) == 3


def test_progress_names_what_is_analysed(tmp_path: Path) -> None:
    said: list[str] = []
    tree = write(tmp_path, {"mm/use.c": USE.format("int") + CARELESS})
    check(CheckRequest(tree, ("mm",), rules(), knowledge(), said.append))
    assert "analysed mm/use.c" in said


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    demo = ROOT / "fixtures" / "trees" / "demo"
    reports = [report(demo, seed) for seed in ("0", "1")]
    assert b'"findings"' in reports[0]
    assert reports[0] == reports[1]
    write(tmp_path, {**boot_tree(EARLY.format("")), "mm/use.c": USE.format("int") + CARELESS})
    assert report(tmp_path, "2") == report(tmp_path, "3")


def test_the_number_of_jobs_changes_nothing() -> None:
    demo = ROOT / "fixtures" / "trees" / "demo"
    reports = [report(demo, "0", "--no-cache", "-j", jobs) for jobs in ("1", "2", "8")]
    assert reports[0] == reports[1] == reports[2]


def test_a_process_that_dies_costs_its_file_and_the_run_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"mm/{name}.c": USE.format("int") + CARELESS for name in "ab"}
    tree = Observed(write(tmp_path, files), Known())
    examine = Examination.of

    def dying(self: Examination, task: Task) -> Outcome:
        if task.path == "mm/a.c":
            os.kill(os.getpid(), signal.SIGKILL)
        return examine(self, task)

    monkeypatch.setattr(Examination, "of", dying)
    run = check(CheckRequest(tree, ("mm",), rules(), knowledge(), jobs=2))
    (gap,) = run.not_analysed
    assert (gap.path, gap.reason) == ("mm/a.c", "the process that analysed it was ended (killed)")
    assert {finding.span.path for finding in run.findings} == {"mm/b.c"}
    assert not tree.complete


def test_what_is_asked_in_other_processes_is_observed(tmp_path: Path) -> None:
    files = {f"mm/{name}.c": USE.format("int") + CARELESS for name in "ab"}
    here, there = (Observed(write(tmp_path, files), Known()) for _ in range(2))
    for tree, jobs in ((here, 1), (there, 2)):
        check(CheckRequest(tree, ("mm",), rules(), knowledge(), jobs=jobs))
    assert here.observations == there.observations


def report(tree: Path, seed: str, *arguments: str) -> bytes:
    """The JSON of a run of its own; sets have another order with another seed."""
    paths = os.pathsep.join(str(ROOT / part) for part in ("analyzer", "rules"))
    command = [sys.executable, "-m", "mmlint", "check", "--tree", str(tree), "--format", "json"]
    command += arguments
    done = subprocess.run(
        [*command, "--severity", "note", "mm"],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr.decode()
    return done.stdout


def test_a_question_in_a_macro_is_shown_by_its_definition(tmp_path: Path) -> None:
    text = (
        "/* a */\n#define is_mine(page) \\\n\tis_device_private_page(page)\n"
        "static int ask(void *data, u64 val)\n{\n"
        "\tstruct page *page = pfn_to_online_page(val);\n\n"
        "\treturn page ? is_mine(page) : 0;\n}\n"
        'DEFINE_DEBUGFS_ATTRIBUTE(fops, NULL, ask, "%llu");\n'
    )
    finding = only(checked(tmp_path, {"mm/a.c": text}))
    assert steps(finding, "by") == [("mm/a.c", 2, "#define is_mine(page)")]
