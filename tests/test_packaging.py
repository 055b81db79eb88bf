"""The wheel holds what it should and works where there is no checkout."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from mmlint import __version__

pytestmark = pytest.mark.packaging

ROOT = Path(__file__).resolve().parent.parent


def succeed(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source archive, and the wheel that is built from it alone."""
    out = tmp_path_factory.mktemp("dist")
    succeed(sys.executable, "-m", "build", "--outdir", out, ROOT, cwd=out)
    return out


@pytest.fixture(scope="module")
def wheel(archives: Path) -> Path:
    (only,) = archives.glob("*.whl")
    return only


def test_the_wheel_has_two_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {
        "mmlint",
        "mmlint_rules",
        f"mmlint-{__version__}.dist-info",
    }
    data = [name for name in names if name.startswith("mmlint_rules/fixtures/")]
    assert data
    assert not [name for name in data if name.endswith(".py")]
    for expected in ("mmlint/py.typed", "mmlint_rules/py.typed"):
        assert expected in names
    assert [name for name in names if name.startswith("mmlint_rules/knowledge/")]


def test_the_source_archive_holds_what_a_packager_needs(archives: Path) -> None:
    (archive,) = archives.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    for expected in ("LICENSE", "README.md", "Makefile", "tests/gates.sh", "fixtures/trees/demo"):
        assert any(name == expected or name.startswith(f"{expected}/") for name in names)


def test_the_wheel_works_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    binaries = tmp_path / "env" / "bin"
    succeed(binaries / "python", "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
    assert succeed(binaries / "mmlint", "--version", cwd=tmp_path).split()[-1] == __version__
    assert "pfn-not-online" in succeed(binaries / "mmlint", "rules", cwd=tmp_path)
    explained = succeed(binaries / "mmlint", "explain", "pfn-not-online", cwd=tmp_path)
    assert "\nReported\n" in explained
    assert "\nNot reported\n" in explained
    (tmp_path / "empty.c").write_text("")
    checked = succeed(binaries / "python", "-m", "mmlint", "check", "empty.c", cwd=tmp_path)
    assert "analysed 1 file," in checked


def test_a_checkout_works_without_being_installed() -> None:
    out = succeed(sys.executable, "-m", "analyzer", "--version", cwd=ROOT)
    assert out.split()[-1] == __version__
