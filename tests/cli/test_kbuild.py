"""`mmlint kbuild` is what make calls with C=1 and C=2, in a configured tree."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.repositories import DEMO, WALKER

from mmlint.cli.main import main

CONFIG = "# Automatically generated file; DO NOT EDIT.\nCONFIG_DEBUG_FS=y\n"
# As the kernel's scripts/Makefile.build hands them on.
FLAGS = (
    "-D__linux__",
    "-Dlinux",
    "-D__STDC__",
    "-Dunix",
    "-Wbitwise",
    "-Wno-return-void",
    "-Wno-unknown-attribute",
    "--arch=x86_64",
    "-mlittle-endian",
    "-m64",
    "-Wp,-MMD,mm/.x.o.d",
    "-nostdinc",
    "-I./include",
    "-include",
    "./include/linux/kconfig.h",
    "-D__KERNEL__",
    "-std=gnu11",
    "-fno-strict-aliasing",
    "--param=allow-store-data-races=0",
    "-Wshadow=global",
    '-DKBUILD_MODNAME="x"',
    "-h",
)
ONE_RULE = ("--select", "pfn-not-online")
Err = pytest.CaptureFixture[str]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tree = Path(shutil.copytree(DEMO, tmp_path / "linux"))
    (tree / ".config").write_text(CONFIG)
    (tree / "arch" / "x86").mkdir(parents=True)
    monkeypatch.chdir(tree)
    for name in ("KCONFIG_CONFIG", "SRCARCH"):
        monkeypatch.delenv(name, raising=False)
    return tree


def run(capfd: Err, *arguments: str) -> tuple[int, list[str]]:
    status = main(["kbuild", *ONE_RULE, *arguments])
    out, err = capfd.readouterr()
    assert out == ""
    return status, err.splitlines()


def test_the_file_that_is_built_is_checked_and_the_build_goes_on(tree: Path, capfd: Err) -> None:
    status, lines = run(capfd, *FLAGS, WALKER)
    assert status == 0
    warnings = [line for line in lines if ": warning: " in line]
    (only,) = warnings
    assert only.startswith(f"{WALKER}:19:10: warning: PageBuddy() reads the page")
    assert only.endswith("[mmlint:pfn-not-online]")
    assert all(": note: " in line for line in lines if line not in warnings)


def test_the_build_stops_if_that_is_wanted(tree: Path, capfd: Err) -> None:
    status, lines = run(capfd, "--fail-on", "error", *FLAGS, WALKER)
    assert status == 1
    assert f"{WALKER}:19:10: error: " in lines[0]


def test_paths_are_those_that_make_uses(
    tree: Path, capfd: Err, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = tree / "build"
    build.mkdir()
    (tree / ".config").rename(build / ".config")
    monkeypatch.chdir(build)
    assert run(capfd, *FLAGS, f"../{WALKER}")[1][0].startswith(f"../{WALKER}:19:10: ")


GUARDED = """\
#ifdef {name}
#include <linux/mm.h>

static int probe(struct zone *zone)
{{
\tunsigned long pfn;

\tfor (pfn = zone->zone_start_pfn; pfn < zone_end_pfn(zone); pfn++)
\t\tif (pfn_valid(pfn) && PageBuddy(pfn_to_page(pfn)))
\t\t\treturn 1;
\treturn 0;
}}
#endif
"""


@pytest.mark.parametrize(
    ("name", "flags", "found"),
    [
        ("CONFIG_DEBUG_FS", (), True),
        ("CONFIG_OTHER", (), False),
        ("LOCAL", ("-DLOCAL",), True),
        ("LOCAL", ("-DLOCAL", "-ULOCAL"), False),
    ],
)
def test_the_configuration_and_the_defines_decide_what_is_there(
    tree: Path, capfd: Err, name: str, flags: tuple[str, ...], found: bool
) -> None:
    (tree / "mm" / "guarded.c").write_text(GUARDED.format(name=name))
    _, lines = run(capfd, *FLAGS, *flags, "mm/guarded.c")
    assert any("mm/guarded.c:9:" in line for line in lines) == found


def test_assembler_is_left_alone(tree: Path, capfd: Err) -> None:
    assert run(capfd, *FLAGS, "arch/x86/entry.S") == (0, [])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((*FLAGS, "mm/gone.c"), "mm/gone.c: no such file"),
        (("-DX",), "-DX: names no C file to check"),
        ((), "no file is named and there is no compile_commands.json in"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(
    tree: Path, capfd: Err, arguments: tuple[str, ...], complaint: str
) -> None:
    status, lines = run(capfd, *arguments)
    assert status == 2
    assert lines[0].startswith(f"mmlint: error: {complaint}")


def test_a_tree_that_is_not_configured_says_so(tree: Path, capfd: Err) -> None:
    (tree / ".config").unlink()
    status, lines = run(capfd, *FLAGS, WALKER)
    assert status == 2
    assert lines[0].endswith("configure the kernel first")


def test_without_a_file_what_the_build_compiles_is_checked(tree: Path, capfd: Err) -> None:
    entries = [
        {"directory": str(tree), "file": f"mm/{name}", "command": "gcc -D__KERNEL__ -c x.c"}
        for name in ("poison.c", "zone_drain.c")
    ]
    (tree / "compile_commands.json").write_text(json.dumps(entries))
    status, lines = run(capfd)
    assert status == 0
    assert {line.partition(":")[0] for line in lines if "warning:" in line} == {"mm/poison.c"}
    assert run(capfd, "--path", "mm/zone_drain.c") == (0, [])
    assert run(capfd, "--path", "include")[0] == 2


def test_make_calls_it(tree: Path) -> None:
    rule = (
        "CHECKFLAGS := -D__linux__ -Wbitwise\nc_flags := -nostdinc -D__KERNEL__ -fshort-wchar\n"
        "mm/%.o: mm/%.c\n\t$(CHECK) $(CHECKFLAGS) $(c_flags) $<\n"
    )
    (tree / "Makefile.check").write_text(rule)
    checker = f"{sys.executable} -m mmlint kbuild --select pfn-not-online"
    root = Path(__file__).resolve().parent.parent.parent
    command = ["make", "-s", "-f", "Makefile.check", f"CHECK={checker}", "mm/pfn_report.o"]
    path = f"{root / 'analyzer'}:{root / 'rules'}"
    environment = {"PYTHONPATH": path, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"{WALKER}:19:10: warning: " in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_learns_to_complete(shell: str, capfd: Err) -> None:
    assert main(["completion", shell]) == 0
    script = capfd.readouterr().out
    assert "_MMLINT_COMPLETE" in script
    assert f"{shell}_complete" in script


def test_bash_completes_commands_and_options() -> None:
    script = subprocess.run(
        [sys.executable, "-m", "mmlint"],
        env={
            "PYTHONPATH": ":".join(sys.path),
            "_MMLINT_COMPLETE": "bash_complete",
            "COMP_WORDS": "mmlint check --max",
            "COMP_CWORD": "2",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert script.stdout == "plain,--max-findings\n", script.stderr
