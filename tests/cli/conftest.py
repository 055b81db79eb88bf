"""The command line in a small kernel tree, with a stand-in for the engine."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from tests.builders import DEMO_SOURCE
from tests.cli.stand_ins import CommandLine, Engine, Request, Result

from mmlint import discovery
from mmlint.cli.main import main
from mmlint.model import RuleInfo

MAKEFILE = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION =\n"


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    root = tmp_path / "linux"
    (root / "mm").mkdir(parents=True)
    (root / "fs").mkdir()
    (root / "Makefile").write_text(MAKEFILE)
    (root / "mm" / "demo.c").write_bytes(DEMO_SOURCE)
    return root


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    stand_in, module = Engine(), ModuleType("mmlint.engine")
    module.CheckRequest = Request  # type: ignore[attr-defined]
    module.checked = stand_in.checked  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mmlint.engine", module)
    monkeypatch.setattr("mmlint.cli.analysis.load_rows", lambda _package: None)
    names = ("pfn-not-online", "zone-from-range")
    loaded = tuple(
        discovery.LoadedRule(RuleInfo(name, "", ""), "online", lambda: None) for name in names
    )
    monkeypatch.setattr("mmlint.cli.analysis.load", lambda _package: loaded)
    return stand_in


@pytest.fixture
def mmlint(
    capfd: pytest.CaptureFixture[str], kernel: Path, monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    """Run mmlint in the kernel tree: exit status, standard output, standard error."""
    monkeypatch.chdir(kernel)

    def call(*arguments: str) -> Result:
        status = main(arguments)
        out, err = capfd.readouterr()
        return status, out, err

    return call
