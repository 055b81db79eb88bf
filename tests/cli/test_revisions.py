"""`check --rev`, `diff` and `patch` in a git repository of the demo tree."""

from __future__ import annotations

import io
import json
import mailbox
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.repositories import (
    RIGHT,
    WALKER,
    WRONG,
    break_walker,
    commit,
    demo_repository,
    edit,
    git,
    state_of,
)

from mmlint.cli.main import main

Answer = tuple[int, dict[str, Any]]
Run = Callable[..., Answer]
ONE_RULE = ("--select", "pfn-not-online")
ABOVE = "/* Right: an online PFN has a struct page that can be read. */\n"
HELPER = """\
static bool can_report(unsigned long pfn)
{
\treturn pfn_to_online_page(pfn) != NULL;
}

"""
ANOTHER = """
static int other_report_show(struct seq_file *m, void *unused)
{
\tstruct zone *zone = m->private;
\tunsigned long pfn, busy = 0;

\tfor (pfn = zone->zone_start_pfn; pfn < zone_end_pfn(zone); pfn++)
\t\tif (can_report(pfn) && PageReserved(pfn_to_page(pfn)))
\t\t\tbusy++;
\tseq_printf(m, "busy %lu\\n", busy);
\treturn 0;
}
DEFINE_SHOW_ATTRIBUTE(other_report);
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = demo_repository(tmp_path / "linux")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def report(root: Path) -> Run:
    """Run a command: its status and its JSON report."""

    def call(command: str, *arguments: str) -> Answer:
        out = root.parent / "report.json"
        status = main([command, *ONE_RULE, f"--format=json={out}", *arguments])
        loaded: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return status, loaded

    return call


def by_change(report: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    changes: dict[str, list[tuple[str, str]]] = {"new": [], "removed": [], "unchanged": []}
    for finding in report["findings"]:
        changes[finding["change"]].append((finding["path"], finding["function"]))
    return changes


NEW = (WALKER, "reserved_report_show")


def test_a_commit_is_checked_as_it_was(root: Path, report: Run) -> None:
    break_walker(root)
    status, then = report("check", "--rev", "HEAD")
    assert status == 1
    assert then["tree"]["revision"] == "HEAD"
    assert {f["function"] for f in then["findings"]} == {"free_report_show", "device_query_set"}
    _, now = report("check")
    assert "revision" not in now["tree"]
    assert len(now["findings"]) == len(then["findings"]) + 1
    assert not any("change" in finding for finding in now["findings"])


def test_a_commit_has_its_own_settings(root: Path, report: Run) -> None:
    (root / ".mmlint.toml").write_text('paths = ["mm/poison.c"]\n')
    commit(root, "settings")
    (root / ".mmlint.toml").unlink()
    assert report("check", "--rev", "HEAD")[1]["analysed"]["files"] == 1
    assert report("check")[1]["analysed"]["files"] == 3


def test_a_walker_that_loses_its_check_is_one_new_finding(root: Path, report: Run) -> None:
    before = state_of(root)
    break_walker(root)
    status, found = report("diff", "HEAD")
    assert status == 1
    assert by_change(found)["new"] == [NEW]
    assert by_change(found)["removed"] == []
    assert len(by_change(found)["unchanged"]) == 2
    git(root, "checkout", "-q", ".")
    assert state_of(root) == before


def test_a_walker_that_is_mended_is_one_removed_finding(root: Path, report: Run) -> None:
    break_walker(root)
    commit(root, "break")
    status, found = report("diff", "HEAD", "HEAD~1")
    assert status == 0
    assert by_change(found)["removed"] == [NEW]
    assert by_change(found)["new"] == []


def test_a_function_that_moves_to_another_file_changes_nothing(root: Path, report: Run) -> None:
    text = (root / WALKER).read_text()
    start = text.index("/* Right:")
    moved = text[: text.index("/* Wrong:")] + text[text.index("/* Wrong:") : start]
    (root / WALKER).write_text(text[: text.index("/* Wrong:")] + text[start:])
    (root / "mm" / "pfn_moved.c").write_text(moved)
    status, found = report("diff", "HEAD")
    assert status == 0
    assert by_change(found)["new"] == by_change(found)["removed"] == []
    assert ("mm/pfn_moved.c", "free_report_show") in by_change(found)["unchanged"]


def test_a_file_that_is_renamed_changes_nothing(root: Path, report: Run) -> None:
    git(root, "mv", WALKER, "mm/pfn_renamed.c")
    assert report("diff", "HEAD")[0] == 0
    commit(root, "rename")
    assert report("diff", "HEAD~1..HEAD")[0] == 0
    assert report("diff", "HEAD~1", "--each")[0] == 0


def test_a_helper_that_loses_its_check_is_new_in_its_callers(root: Path, report: Run) -> None:
    edit(root, WALKER, ABOVE, HELPER + ABOVE)
    edit(root, WALKER, RIGHT, WRONG.replace("pfn_valid(pfn)", "can_report(pfn)"))
    text = (root / WALKER).read_text()
    (root / WALKER).write_text(text + ANOTHER)
    commit(root, "helper")
    edit(root, WALKER, "return pfn_to_online_page(pfn) != NULL;", "return pfn_valid(pfn);")
    status, found = report("diff", "HEAD")
    assert status == 1
    assert by_change(found)["new"] == [NEW, (WALKER, "other_report_show")]
    # Their own lines are as they were.
    assert by_change(report("diff", "HEAD", "--changed-lines")[1])["new"] == []


@pytest.mark.parametrize(
    "spelling", [("HEAD~2..HEAD",), ("HEAD~2", "HEAD"), ("HEAD~2..",), ("HEAD~2...HEAD",)]
)
def test_a_range_is_two_revisions(root: Path, report: Run, spelling: tuple[str, ...]) -> None:
    break_walker(root)
    commit(root, "break")
    commit(root, "nothing")
    edit(root, WALKER, WRONG, RIGHT)
    assert by_change(report("diff", *spelling)[1])["new"] == [NEW]
    assert report("diff", "HEAD~2")[0] == 0


def test_each_commit_is_judged_by_itself(root: Path, report: Run) -> None:
    break_walker(root)
    commit(root, "mm: break")
    (root / "Documentation").mkdir()
    (root / "Documentation" / "x.rst").write_text("text\n")
    commit(root, "doc: say so")
    edit(root, WALKER, WRONG, RIGHT)
    commit(root, "mm: mend")
    names = git(root, "rev-list", "--reverse", "HEAD~3..HEAD").split()
    status, found = report("diff", "HEAD~3..HEAD", "--each")
    assert status == 1
    told = [(f["change"], f["commit"]) for f in found["findings"] if f["change"] != "unchanged"]
    assert told == [("new", names[0]), ("removed", names[2])]
    assert {f["commit"] for f in found["findings"] if f["change"] == "unchanged"} == {names[2]}
    assert report("diff", "HEAD~3..HEAD")[0] == 0


def test_what_is_staged_is_compared_and_not_what_is_edited_since(root: Path, report: Run) -> None:
    break_walker(root)
    assert report("diff", "--staged", "HEAD")[0] == 0
    git(root, "add", "-A")
    edit(root, WALKER, WRONG, RIGHT)
    assert by_change(report("diff", "--staged", "HEAD")[1])["new"] == [NEW]


def test_only_lines_that_are_touched_if_that_is_wanted(root: Path, report: Run) -> None:
    break_walker(root)
    assert by_change(report("diff", "HEAD", "--changed-lines")[1])["new"] == [NEW]
    commit(root, "break")
    # The walker is at fault although only its caller is new.
    edit(root, WALKER, "DEFINE_SHOW_ATTRIBUTE(reserved_report);\n", "")
    commit(root, "nobody asks")
    edit(root, WALKER, "return 0;\n}\nDEFINE_SHOW", "return 0;\n}\n\nDEFINE_SHOW")
    assert by_change(report("diff", "HEAD", "--changed-lines")[1])["new"] == []


def test_text_shows_what_is_new_and_what_is_gone_if_that_is_wanted(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    break_walker(root)
    commit(root, "break")
    main(["diff", "HEAD~1", "HEAD", "--quiet", *ONE_RULE])
    out = capfd.readouterr().out.splitlines()
    assert out[0].startswith(f"{WALKER}:40:10: error: PageReserved() reads the page")
    assert out[1].startswith("new: 1 error; removed: 0; unchanged: 2; analysed 3 files")
    main(["diff", "HEAD", "HEAD~1", "--quiet", *ONE_RULE])
    assert capfd.readouterr().out.startswith("nothing new; removed: 1; unchanged: 2; ")
    main(["diff", "HEAD", "HEAD~1", "--removed", *ONE_RULE])
    out = capfd.readouterr().out.splitlines()
    assert out[0].startswith(f"{WALKER}:40:10: removed error: ")
    assert out[1].endswith("page = pfn_to_page(pfn);")


def test_formats_that_know_no_past_have_what_is_new(root: Path) -> None:
    break_walker(root)
    files = {name: root.parent / name for name in ("gitlab", "sarif")}
    formats = [f"--format={name}={file}" for name, file in files.items()]
    assert main(["diff", "HEAD", *ONE_RULE, *formats]) == 1
    (issue,) = json.loads(files["gitlab"].read_text())
    assert issue["location"]["path"] == WALKER
    results = json.loads(files["sarif"].read_text())["runs"][0]["results"]
    assert sorted(result["baselineState"] for result in results) == [
        "new",
        "unchanged",
        "unchanged",
    ]


def mail_of(root: Path, *options: str) -> Path:
    """The commit that breaks the walker as a mail; the tree is left as it was."""
    break_walker(root)
    commit(root, "mm: weaken the check")
    options = ("--stdout", "--thread", "--base=HEAD~1", "--to=list@example.org", *options)
    file = root.parent / "series.mbox"
    file.write_text(git(root, "format-patch", *options, "HEAD~1"))
    git(root, "reset", "-q", "--hard", "HEAD~1")
    return file


def test_a_patch_is_judged_by_what_it_adds_to_its_base(root: Path, report: Run) -> None:
    file = mail_of(root)
    commit(root, "later")
    before = state_of(root)
    status, found = report("patch", str(file))
    assert status == 1
    assert by_change(found)["new"] == [NEW]
    assert [f["patch"] for f in found["findings"] if f["change"] == "new"] == [1]
    assert state_of(root) == before


def test_a_diff_comes_on_standard_input(
    root: Path, report: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    break_walker(root)
    diff = git(root, "diff").encode()
    git(root, "checkout", "-q", ".")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(diff)))
    assert by_change(report("patch", "-")[1])["new"] == [NEW]
    assert "no base-commit: is named, so HEAD is the base" in capfd.readouterr().err


def test_a_reply_quotes_the_hunk_and_says_it_below_the_line(root: Path) -> None:
    out = root.parent / "reply.mbox"
    assert main(["patch", "--reply", *ONE_RULE, "--output", str(out), str(mail_of(root))]) == 1
    box = mailbox.mbox(out)
    (mail,) = box
    box.close()
    assert mail["Subject"] == "Re: [PATCH] mm: weaken the check"
    assert mail["To"] == "A Developer <dev@example.org>"
    assert mail["Cc"] == "list@example.org"
    assert mail["In-Reply-To"].startswith("<")
    assert mail["References"].endswith(mail["In-Reply-To"])
    lines = str(mail.get_payload()).splitlines()
    assert lines[0].endswith("A Developer <dev@example.org> wrote:")
    quoted = lines.index("> +\t\tpage = pfn_to_page(pfn);")
    assert lines[quoted + 2].startswith(f"{WALKER}:40: error: PageReserved()")
    assert lines[quoted + 3].endswith("[pfn-not-online]")
    assert any(line.startswith("  fix ") for line in lines)
    assert "> +\t\tif (PageReserved(page))" not in lines[:quoted]


def test_nothing_to_say_is_no_mail(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    edit(root, WALKER, "unsigned long free = 0;", "unsigned long free = 1;")
    commit(root, "harmless")
    file = root.parent / "x.patch"
    file.write_text(git(root, "format-patch", "--stdout", "--base=HEAD~1", "HEAD~1"))
    assert main(["patch", "--reply", *ONE_RULE, str(file)]) == 0
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("check", "--rev", "nope"), "nope: there is no such commit in"),
        (("check", "--rev=--output=x"), "--output=x: there is no such commit in"),
        (("diff", "nope"), "nope: there is no such commit in"),
        (("diff", "HEAD", "nope"), "nope: there is no such commit in"),
        (("diff", "--", "--output=x"), "--output=x: there is no such commit in"),
        (("diff", "a", "b", "c"), "c: there are two revisions already; paths go to --path"),
        (("diff", "HEAD", "HEAD", "--staged"), "--staged and a second revision"),
        (("diff", "HEAD..HEAD", "--each"), "HEAD..HEAD: there is no commit to judge"),
        (("diff", "HEAD", "--path", "nope"), "nope: no such file or directory"),
        (("check", "--rev", "HEAD", "nope"), "nope: no such file or directory"),
        (("check", "--rev", "HEAD", "mm", "/etc"), "/etc is outside of the tree"),
        (("patch", "nope"), "nope: no such file or directory"),
        (("patch", "mm/poison.c"), "mm/poison.c: there is no patch in it"),
        (("patch", "--reply", "--format", "json", "x"), "--reply and --format"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    root: Path, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...], complaint: str
) -> None:
    assert main(arguments) == 2
    err = capfd.readouterr().err
    assert err.splitlines()[-1].startswith(f"mmlint: error: {complaint}")
    assert not (root / "x").exists()


def test_a_base_that_is_not_here_is_named(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = mail_of(root)
    text = file.read_text()
    at = text.index("base-commit: ") + len("base-commit: ")
    file.write_text(text[:at] + "0" * 40 + text[at + 40 :])
    assert main(["patch", str(file)]) == 2
    err = capfd.readouterr().err
    assert err.startswith(f"mmlint: error: base-commit: {'0' * 40}: there is no such commit")
    assert err.endswith("name another one with --base\n")
    assert main(["patch", "--base", "HEAD", *ONE_RULE, str(file)]) == 1


def test_a_shallow_clone_without_the_base_says_so(
    root: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(root, "second")
    clone = root.parent / "shallow"
    git(root, "clone", "-q", "--depth=1", f"file://{root}", str(clone))
    monkeypatch.chdir(clone)
    assert main(["diff", "HEAD~1"]) == 2
    assert "the clone is shallow: fetch more of it" in capfd.readouterr().err


def test_outside_of_a_repository_that_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (["diff", "HEAD"], ["check", "--rev", "HEAD"], ["patch", "/dev/null"]):
        assert main(arguments) == 2
        assert "is in no git repository" in capfd.readouterr().err


def test_a_patch_that_does_not_apply_is_incomplete_and_the_rest_is_judged(
    root: Path, report: Run
) -> None:
    file = mail_of(root)
    stale = (
        file.read_text().replace("@@ -33,10", "@@ -33,10").replace("reserved = 0;", "reserved = 9;")
    )
    file.write_text(stale)
    status, found = report("patch", str(file))
    assert status == 3
    (gap,) = found["not_analysed"]
    assert (gap["path"], gap["line"]) == (WALKER, 33)
    assert gap["reason"].startswith("hunk 1 of 1 does not apply (@@ -33,10 ")


def test_a_bare_repository_has_commits_to_compare(
    root: Path, monkeypatch: pytest.MonkeyPatch, report: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    break_walker(root)
    commit(root, "break")
    bare = root.parent / "bare.git"
    git(root, "clone", "-q", "--bare", str(root), str(bare))
    monkeypatch.chdir(bare)
    assert by_change(report("diff", "HEAD~1..HEAD")[1])["new"] == [NEW]
    assert main(["diff", "HEAD~1"]) == 2
    assert "a bare repository has no work tree" in capfd.readouterr().err
