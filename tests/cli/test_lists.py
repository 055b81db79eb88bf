"""Baselines and suppressions: what is known, and what is said of it, in the demo tree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.repositories import WALKER, break_walker, commit, demo_repository, edit

from mmlint.cli.main import main

ONE_RULE = ("--select", "pfn-not-online")
COMMENT = "\t\t/* mmlint: allow(pfn-not-online): memory is never offline here */\n"
CALL = "\t\tpage = pfn_to_page(pfn);\n"
Out = pytest.CaptureFixture[str]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = demo_repository(tmp_path / "linux")
    monkeypatch.chdir(root)
    return root


def run(capfd: Out, *arguments: str) -> tuple[int, str, str]:
    capfd.readouterr()
    status = main(arguments)
    out, err = capfd.readouterr()
    return status, out, err


def test_what_a_baseline_has_is_no_longer_reported(root: Path, capfd: Out) -> None:
    status, out, _ = run(capfd, "baseline", "create", "--reason", "old")
    assert status == 0
    assert "findings, " in out
    text = (root / ".mmlint-baseline").read_text()
    assert f"\tpfn-not-online\t{WALKER}\tfree_report_show\told\n" in text
    assert run(capfd, "check", "--baseline", ".mmlint-baseline")[0] == 0
    break_walker(root)
    status, out, _ = run(capfd, "check", "--baseline", ".mmlint-baseline", "--quiet", *ONE_RULE)
    assert status == 1
    assert out.startswith(f"{WALKER}:40:10: error:")
    assert "1 error (2 suppressed)" in out


def test_a_tree_may_name_its_baseline(root: Path, capfd: Out) -> None:
    assert run(capfd, "baseline", "create")[0] == 0
    (root / ".mmlint.toml").write_text('baseline = ".mmlint-baseline"\n')
    assert run(capfd, "check")[0] == 0
    commit(root, "baseline")
    (root / ".mmlint-baseline").unlink()
    assert run(capfd, "check", "--rev", "HEAD")[0] == 0
    assert run(capfd, "check")[0] == 2
    for outside in ("../x", "/etc/passwd"):
        (root / ".mmlint.toml").write_text(f'baseline = "{outside}"\n')
        assert "can only name files of that tree" in run(capfd, "check")[2]


def test_a_line_that_is_stale_is_said_and_goes_with_an_update(root: Path, capfd: Out) -> None:
    file = root / ".mmlint-baseline"
    assert run(capfd, "baseline", "create", "--reason", "old")[0] == 0
    lines = len(file.read_text().splitlines())
    edit(root, "mm/poison.c", "pfn_valid(pfn)", "pfn_to_online_page(pfn)")
    edit(root, "mm/poison.c", "page = pfn_to_page(pfn);", "page = pfn_to_online_page(pfn);")
    break_walker(root)
    status, out, _ = run(capfd, "check", "--baseline", str(file), "--quiet", *ONE_RULE)
    assert status == 1
    assert "the baseline knows of pfn-not-online in device_query_set() of mm/poison.c" in out
    status, out, _ = run(capfd, "baseline", "check", *ONE_RULE)
    assert status == 1
    assert f"new    {WALKER} reserved_report_show() pfn-not-online" in out
    assert "stale  mm/poison.c device_query_set() pfn-not-online" in out
    status, out, _ = run(capfd, "baseline", "update", "--reason", "new")
    assert status == 0
    assert len(file.read_text().splitlines()) <= lines + 1
    assert "free_report_show\told\n" in file.read_text()
    assert "reserved_report_show\tnew\n" in file.read_text()
    assert run(capfd, "baseline", "check")[0] == 0
    shown = run(capfd, "baseline", "show")[1]
    assert f"{WALKER} reserved_report_show() pfn-not-online" in shown


def test_an_update_of_some_files_leaves_the_lines_of_others(root: Path, capfd: Out) -> None:
    file = root / ".mmlint-baseline"
    assert run(capfd, "baseline", "create")[0] == 0
    before = file.read_text()
    assert run(capfd, "baseline", "update", "mm/poison.c")[0] == 0
    assert file.read_text() == before
    assert run(capfd, "baseline", "check", "mm/poison.c")[0] == 0
    assert run(capfd, "check", "--baseline", str(file), "mm/poison.c")[0] == 0


def test_a_baseline_that_exists_is_not_written_over(root: Path, capfd: Out) -> None:
    file = root / ".mmlint-baseline"
    file.write_text("mine\n")
    status, _, err = run(capfd, "baseline", "create")
    assert status == 2
    assert "exists: mmlint baseline update keeps its reasons" in err
    assert file.read_text() == "mine\n"


@pytest.mark.parametrize(
    "arguments", [("check", "--baseline"), ("baseline", "update", "--baseline")]
)
def test_conflict_markers_are_named(root: Path, capfd: Out, arguments: tuple[str, ...]) -> None:
    (root / "b").write_text("<<<<<<< HEAD\n=======\n>>>>>>> other\n")
    status, _, err = run(capfd, *arguments, "b")
    assert status == 2
    assert err.startswith("mmlint: error: b:1: conflict marker; resolve the merge")
    assert "<<<<<<<" in (root / "b").read_text()


def test_a_baseline_holds_for_a_comparison_too(root: Path, capfd: Out) -> None:
    break_walker(root)
    assert run(capfd, "baseline", "create", "--baseline", "../known")[0] == 0
    assert run(capfd, "diff", "HEAD", "--baseline", "../known", *ONE_RULE)[0] == 0
    assert run(capfd, "diff", "HEAD", *ONE_RULE)[0] == 1


def suppress(root: Path) -> None:
    edit(root, WALKER, CALL, COMMENT + CALL)


def test_suppressions_are_listed_with_reason_age_and_use(root: Path, capfd: Out) -> None:
    suppress(root)
    commit(root, "suppress")
    edit(root, "mm/poison.c", "#include <linux/mm.h>", "#include <linux/mm.h>\n" + COMMENT.strip())
    status, out, _ = run(capfd, "suppressions", "--format", "json")
    assert status == 1
    used, unused = json.loads(out)
    assert (used["path"], used["function"], used["state"]) == (WALKER, "free_report_show", "used")
    assert used["reason"] == "memory is never offline here"
    assert used["date"] == "2024-03-01"
    assert len(used["commit"]) == 40
    assert (unused["path"], unused["state"], unused["date"]) == ("mm/poison.c", "unused", "")
    _, out, _ = run(capfd, "suppressions", WALKER)
    assert out.splitlines()[0].startswith(
        f"{WALKER}:19: used: allow(pfn-not-online), since 2024-03-01 ("
    )
    assert out.splitlines()[-1] == "1 used, 0 unused, 0 malformed"


def test_a_file_of_suppressions_serves_a_tree_without_comments(root: Path, capfd: Out) -> None:
    file = root.parent / "allow.toml"
    file.write_text(
        f'[[allow]]\nrule = "pfn-not-online"\npath = "{WALKER}"\nreason = "asked"\n\n'
        '[[allow]]\nrule = "pfn-not-online"\npath = "mm/gone.c"\nreason = "asked"\n'
    )
    named = ("--suppressions", str(file))
    status, out, _ = run(capfd, "check", "--format", "json", *ONE_RULE, *named)
    assert status == 1
    found = {(f["path"], f["kind"]): f["suppressed"] for f in json.loads(out)["findings"]}
    (by,) = [by for (path, _), by in found.items() if path == WALKER]
    assert by == {"kind": "file", "reason": "asked", "path": str(file), "line": 1}
    assert (str(file), "unused") in found
    status, out, _ = run(capfd, "suppressions", *named)
    assert status == 1
    assert out.splitlines()[0] == f"{file}:1: used: file(pfn-not-online), not committed"
    assert f"{file}:6: unused: file(pfn-not-online)" in out


def test_outside_of_a_repository_there_is_no_age(
    root: Path, capfd: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    suppress(root)
    (root / ".git").rename(root.parent / "elsewhere")
    status, out, _ = run(capfd, "suppressions")
    assert status == 0
    assert "used: allow(pfn-not-online), not committed" in out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("check", "--baseline", "nope"), "nope: no such file or directory"),
        (("check", "--suppressions", "nope"), "nope: no such file or directory"),
        (("check", "--suppressions", "mm/poison.c"), "mm/poison.c: Invalid"),
        (("check", "--config", "mm/poison.c"), "mm/poison.c:1: neither CONFIG_NAME=value"),
        (("check", "--arch", "pdp11"), "has no architecture pdp11"),
        (("baseline", "show"), ".mmlint-baseline: no such file or directory"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line_and_status_2(
    root: Path, capfd: Out, arguments: tuple[str, ...], complaint: str
) -> None:
    status, _, err = run(capfd, *arguments)
    assert status == 2
    assert complaint in err
    assert len(err.splitlines()) == 1


def test_a_report_may_be_kept_short_and_says_so(root: Path, capfd: Out) -> None:
    status, out, err = run(capfd, "check", "--format", "json", *ONE_RULE, "--max-findings", "1")
    assert status == 1
    assert len(json.loads(out)["findings"]) == 1
    assert err == "mmlint: note: 1 more finding not reported (--max-findings)\n"
    (root / ".mmlint.toml").write_text("max-findings = 1\n")
    assert "1 more finding not reported" in run(capfd, "check", *ONE_RULE)[2]
