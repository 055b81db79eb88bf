"""`mmlint check`: what is analysed, what is shown, and the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.builders import finding, run
from tests.cli.stand_ins import CommandLine, Engine

from mmlint.model import NotAnalysed, Severity, SuppressedBy

NOTE = finding(severity=Severity.NOTE)
WARNING = finding(severity=Severity.WARNING)
ERROR = finding(severity=Severity.ERROR)
SUPPRESSED = finding(suppressed=SuppressedBy("allow", "asked", "mm/demo.c", 3))
GAP = NotAnalysed("mm/x.c", "", 0, "gone")
CONSULTED = NotAnalysed("include/x.h", "", 0, "gone", in_scope=False)


def asked(engine: Engine) -> tuple[str, ...]:
    assert engine.request is not None
    return engine.request.paths


@pytest.mark.parametrize(
    ("answer", "arguments", "status"),
    [
        (run(), (), 0),
        (run(WARNING), (), 1),
        (run(ERROR), (), 1),
        (run(NOTE), (), 0),
        (run(NOTE), ("--fail-on", "note"), 1),
        (run(WARNING), ("--fail-on", "error"), 0),
        (run(ERROR), ("--severity", "error", "--fail-on", "error"), 1),
        (run(SUPPRESSED), (), 0),
        (run(not_analysed=(GAP,)), (), 3),
        (run(ERROR, not_analysed=(GAP,)), (), 3),
        (run(not_analysed=(CONSULTED,)), (), 0),
        (run(finding(rule="suppression")), ("--ignore", "suppression"), 0),
    ],
)
def test_the_exit_status_says_what_came_out(
    mmlint: CommandLine, engine: Engine, answer: object, arguments: tuple[str, ...], status: int
) -> None:
    engine.answer = answer  # type: ignore[assignment]
    assert mmlint("check", *arguments)[0] == status


def test_findings_below_the_severity_are_counted_and_not_shown(
    mmlint: CommandLine, engine: Engine
) -> None:
    engine.answer = run(NOTE, WARNING)
    _, out, _ = mmlint("check")
    assert "note:" not in out
    assert "1 warning (1 below the severity shown)" in out
    assert "note:" in mmlint("check", "--severity", "note")[1]


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        ((), ("mm",)),
        (("mm/demo.c", "fs"), ("mm/demo.c", "fs")),
        ((".",), (".",)),
        (("mm", "no-such-directory"), ("mm", "no-such-directory")),
    ],
)
def test_the_scope_is_what_is_named_and_mm_otherwise(
    mmlint: CommandLine, engine: Engine, arguments: tuple[str, ...], paths: tuple[str, ...]
) -> None:
    mmlint("check", *arguments)
    assert asked(engine) == paths


def test_paths_are_those_of_the_current_directory(
    mmlint: CommandLine, engine: Engine, kernel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(kernel / "mm")
    mmlint("check", "demo.c", "../fs")
    assert asked(engine) == ("mm/demo.c", "fs")


def test_paths_are_those_of_a_tree_that_is_named(
    mmlint: CommandLine, engine: Engine, kernel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kernel.parent / "mm").mkdir()
    monkeypatch.chdir(kernel.parent)
    mmlint("check", "--tree", "linux", "mm", "linux/fs")
    assert asked(engine) == ("mm", "fs")
    mmlint("check", "--tree", "linux")
    assert asked(engine) == ("mm",)


def test_a_directory_that_is_no_kernel_is_checked_whole(
    mmlint: CommandLine, engine: Engine, kernel: Path
) -> None:
    (kernel / "Makefile").unlink()
    mmlint("check")
    assert asked(engine) == (".",)
    assert engine.request is not None
    assert engine.request.tree.missing


def test_rules_are_selected_and_ignored_by_name(mmlint: CommandLine, engine: Engine) -> None:
    def ran(*arguments: str) -> list[str]:
        mmlint("check", *arguments)
        assert engine.request is not None
        return [rule.info.name for rule in engine.request.rules]

    assert ran() == ["pfn-not-online", "zone-from-range"]
    assert ran("--select", "zone-from-range") == ["zone-from-range"]
    assert ran("--select", "zone-from-range,pfn-not-online") == ran()
    assert ran("--ignore", "zone-from-range", "--ignore", "pfn-not-online") == []


def test_the_settings_of_the_tree_are_defaults(
    mmlint: CommandLine, engine: Engine, kernel: Path
) -> None:
    (kernel / ".mmlint.toml").write_text(
        'paths = ["fs"]\nselect = ["zone-from-range"]\nseverity = "note"\nfail-on = "note"\n'
    )
    engine.answer = run(NOTE)
    status, out, _ = mmlint("check")
    assert (status, asked(engine)) == (1, ("fs",))
    assert "note:" in out
    status, out, _ = mmlint("check", "mm", "--severity", "error", "--fail-on", "error")
    assert (status, asked(engine)) == (0, ("mm",))
    assert "note:" not in out


def test_several_formats_go_to_several_places(
    mmlint: CommandLine, engine: Engine, tmp_path: Path
) -> None:
    engine.answer = run(ERROR, SUPPRESSED)
    sarif, report = tmp_path / "out.sarif", tmp_path / "out.json"
    _, out, _ = mmlint("check", "--format", "text", "--format", f"sarif={sarif}")
    assert "1 error (1 suppressed)" in out
    assert len(json.loads(sarif.read_text())["runs"][0]["results"]) == 2
    _, out, _ = mmlint("check", "--format", "json", "--output", str(report))
    assert out == ""
    assert len(json.loads(report.read_text())["findings"]) == 2
    assert json.loads(mmlint("check", "--format=json", "--output=-")[1])["version"] == 1
    assert mmlint("check", "--format", "github")[1].startswith("::error file=mm/demo.c,")


@pytest.mark.parametrize(("short", "long"), [("-q", "--quiet"), ("-v", "--verbose")])
def test_what_is_asked_for_often_has_a_short_name(
    mmlint: CommandLine, engine: Engine, short: str, long: str
) -> None:
    engine.answer = run(WARNING, SUPPRESSED)
    assert mmlint("check", short) == mmlint("check", long) != mmlint("check")


def test_a_report_is_written_to_what_o_names(
    mmlint: CommandLine, engine: Engine, tmp_path: Path
) -> None:
    engine.answer = run(WARNING)
    assert mmlint("check", "-o", str(tmp_path / "report"))[:2] == (1, "")
    assert (tmp_path / "report").read_text(encoding="utf-8") == mmlint("check")[1]


def test_no_progress_and_no_colour_where_nobody_sees_it(
    mmlint: CommandLine, engine: Engine
) -> None:
    engine.answer = run(ERROR)
    _, out, err = mmlint("check")
    assert "\x1b" not in out
    assert err == ""
    assert engine.request is not None
    assert engine.request.progress is None
