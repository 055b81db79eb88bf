"""Whatever goes wrong ends in one line that says what to do, and in its exit status."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.builders import finding, run
from tests.cli.stand_ins import CommandLine, Engine

from mmlint.cli.options import SEVERITIES
from mmlint.model import Severity


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "nowhere.c"), "nowhere.c: no such file or directory"),
        (("check", "mm", "/"), "/ is outside of the tree"),
        (("check", "--tree", "nowhere"), "--tree nowhere: there is no such directory"),
        (("check", "--select", "x"), "no rule is called 'x': there are pfn-not-online, "),
        (("check", "--ignore", "pfn-not-onlin"), "did you mean pfn-not-online?"),
        (("check", "--format", "xml"), "no format is called 'xml': text, json, sarif, github"),
        (("check", "--format", "json="), "a file name must follow the equals sign"),
        (("check", "--format=json", "--format=text"), "give one a file, --format text=FILE"),
        (("check", "--format=json=a", "--output=b"), "every --format names its own file"),
        (("check", "--format=json=a", "--format=sarif=a"), "two reports would be written to a"),
        (("check", "--output", "mm"), "cannot write mm: is a directory"),
        (("check", "--output", "no/x"), "cannot write no/x: there is no directory no"),
        (("check", "--severity", "bad"), "'bad' is not one of 'error', 'warning', 'note'"),
        (("chekc",), "No such command 'chekc'"),
    ],
)
def test_wrong_input_is_said_in_a_line(
    mmlint: CommandLine,
    engine: Engine,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    status, out, err = mmlint(*arguments)
    assert status == 2
    assert out == ""
    assert err.startswith("mmlint: error: ")
    assert message in err
    assert "Traceback" not in err
    assert engine.request is None


@pytest.mark.parametrize("command", [("check",), ("rules",), ("explain", "pfn-not-online")])
def test_a_rule_package_that_is_not_there_is_said(
    mmlint: CommandLine, command: tuple[str, ...]
) -> None:
    status, out, err = mmlint(*command, "--rules-package", "no_such")
    assert (status, out) == (2, "")
    assert err == "mmlint: error: there is no rule package 'no_such': is it installed?\n"


def test_a_broken_configuration_is_said_with_file_and_line(
    mmlint: CommandLine, engine: Engine, kernel: Path
) -> None:
    (kernel / ".mmlint.toml").write_text("\nselcet = []\n")
    status, _, err = mmlint("check")
    assert status == 2
    assert err.startswith(f"mmlint: error: {kernel}/.mmlint.toml:2: there is no setting 'selcet'")
    assert engine.request is None


def test_an_interrupt_ends_as_shells_expect(mmlint: CommandLine, engine: Engine) -> None:
    engine.answer = KeyboardInterrupt()
    status, _, err = mmlint("check")
    assert status == 130
    assert err.strip() == "mmlint: interrupted"


def test_a_bug_of_ours_is_no_clean_run(
    mmlint: CommandLine, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.answer = ZeroDivisionError("division\nby zero")
    status, _, err = mmlint("check")
    assert status == 3
    assert err.startswith("mmlint: internal error: ZeroDivisionError: division (set MMLINT_TR")
    assert len(err.splitlines()) == 1
    monkeypatch.setenv("MMLINT_TRACEBACK", "1")
    assert "Traceback" in mmlint("check")[2]


def test_a_report_is_written_whole_or_not_at_all(
    mmlint: CommandLine, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.answer = run(finding())
    report = tmp_path / "out.json"
    report.write_text("yesterday")
    report.chmod(0o640)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", full)
        status, _, err = mmlint("check", f"--format=json={report}")
    assert (status, err) == (
        2,
        f"mmlint: error: cannot write {report}: no space left on device\n",
    )
    assert report.read_text() == "yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["linux", "out.json"]
    mmlint("check", f"--format=json={report}")
    assert report.read_text().startswith("{")
    assert report.stat().st_mode & 0o777 == 0o640


def test_a_device_is_written_to_and_not_replaced(mmlint: CommandLine, engine: Engine) -> None:
    assert engine.request is None
    assert mmlint("check", "--output", os.devnull)[0] == 0
    assert Path(os.devnull).is_char_device()
    status, _, err = mmlint("check", "--output", "/dev/full")
    assert (status, err) == (
        2,
        "mmlint: error: cannot write /dev/full: no space left on device\n",
    )


def in_a_process(stdout: int | str, *arguments: str) -> subprocess.CompletedProcess[str]:
    with open(stdout, "wb", closefd=not isinstance(stdout, int)) as out:
        return subprocess.run(
            [sys.executable, "-m", "mmlint", *arguments],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )


def test_a_full_disk_behind_standard_output_is_said() -> None:
    done = in_a_process("/dev/full", "rules")
    assert done.returncode == 2
    assert done.stderr == ("mmlint: error: cannot write standard output: no space left on device\n")


def test_a_reader_that_left_is_no_error_to_talk_about() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = in_a_process(writing, "rules")
    os.close(writing)
    assert done.returncode == 141
    assert done.stderr == ""


def test_severities_are_offered_by_their_names() -> None:
    assert sorted(SEVERITIES) == sorted(severity.label for severity in Severity)
