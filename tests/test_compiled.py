"""The solver may be compiled: what is found, and what a run tells of itself, stays the same."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from mmlint.cli.cost.points import POINTS

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "analyzer"


class Hook(msgspec.Struct, rename="kebab"):
    enable_by_default: bool
    include: list[str]
    exclude: list[str]


def hook() -> Hook:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    hooks = project["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]
    return msgspec.convert(hooks["mypyc"], Hook)


def may_be_compiled() -> Iterator[Path]:
    for directory in hook().include:
        yield from sorted((ROOT / directory).rglob("*.py"))


def why_not(path: Path) -> str:
    """What mypyc would make wrong in a module without a word, "" where there is nothing."""
    if path.name == "__init__.py":
        return "nothing to compile"
    module = ".".join(path.relative_to(SOURCES).with_suffix("").parts)
    if any(point.module == module for point in POINTS):
        return "watched by --profile, which a call between compiled functions goes past"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef) and node.keywords:
            return f"{node.name} loses the keywords of its class statement"
        if isinstance(node, ast.Name) and node.id == "cached_property":
            return "a cached property is computed each time"
    return ""


def test_a_build_is_not_compiled_unless_that_is_asked_for() -> None:
    assert not hook().enable_by_default


def test_modules_that_would_behave_otherwise_are_not_compiled() -> None:
    excluded = set(hook().exclude)
    wrong = {path.name: why for path in may_be_compiled() if (why := why_not(path))}
    assert {name: why for name, why in wrong.items() if name not in excluded} == {}
    assert excluded - set(wrong) == set(), "these could be compiled"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has mmlint from a wheel with a compiled solver, and what its tests need."""
    place = tmp_path_factory.mktemp("compiled")
    asked = {**os.environ, "HATCH_BUILD_HOOK_ENABLE_MYPYC": "1"}
    build = (sys.executable, "-m", "build", "--outdir", place, ROOT)
    done = subprocess.run(build, capture_output=True, text=True, check=False, env=asked)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = place.glob("*.whl")
    venv.create(place / "env", with_pip=True)
    python = place / "env" / "bin" / "python"
    install = (python, "-m", "pip", "install", "--quiet", f"{wheel}[dev]")
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return python


@pytest.mark.compiled
@pytest.mark.skipif(
    not os.environ.get("MMLINT_COMPILE"), reason="MMLINT_COMPILE=1 compiles, which takes minutes"
)
def test_the_compiled_solver_passes_the_tests_of_the_other(compiled: Path) -> None:
    # Not the sources of the checkout, which the other tests take.
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    run = partial(subprocess.run, cwd=ROOT, capture_output=True, text=True, check=False, env=bare)
    told = run((compiled, "-P", "-c", "import mmlint.dataflow.solve as it; print(it.__file__)"))
    assert told.stdout.rstrip().endswith(".so")
    parts = ("dataflow", "cli/test_cost.py", "test_fixtures.py", "test_engine.py", "test_demo.py")
    options = ("-q", "-o", "pythonpath=.", "-p", "no:cacheprovider")
    done = run((compiled, "-m", "pytest", *options, *(f"tests/{part}" for part in parts)))
    assert done.returncode == 0, done.stdout + done.stderr
