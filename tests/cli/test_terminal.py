"""Colour and progress appear on a terminal, and only there."""

from __future__ import annotations

import os
import re
import sys

import pytest
from tests.builders import finding, run, sources

from mmlint.cli.output import on_colour_terminal, write_coloured
from mmlint.cli.progress import progress
from mmlint.report.text import TextOptions, lines_of, render


def pretend_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    for name in ("NO_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_a_terminal_gets_colour_unless_it_is_unwanted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not on_colour_terminal()
    pretend_terminal(monkeypatch)
    assert on_colour_terminal()
    with monkeypatch.context() as patch:
        patch.setenv("NO_COLOR", "1")
        assert not on_colour_terminal()
    with monkeypatch.context() as patch:
        patch.setenv("TERM", "dumb")
        assert not on_colour_terminal()


def test_the_coloured_report_says_what_the_plain_one_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_terminal(monkeypatch)
    write_coloured(lines_of(run(finding()), sources, TextOptions()))
    out = capsys.readouterr().out
    assert "\x1b[1;31merror: \x1b[0m" in out
    assert re.sub(r"\x1b\[[0-9;]*m", "", out) == render(run(finding()), sources)


def test_progress_is_one_line_that_goes_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_terminal(monkeypatch)
    with progress(wanted=True) as say:
        assert say is not None
        say("x" * 500)
    err = capsys.readouterr().err
    assert err.endswith("\r\x1b[K")
    assert err.count("x") < 500
    with progress(wanted=False) as say:
        assert say is None


def test_elsewhere_there_is_none() -> None:
    assert not os.isatty(sys.stderr.fileno())
    with progress(wanted=True) as say:
        assert say is None
