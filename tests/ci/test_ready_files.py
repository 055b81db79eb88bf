"""The ready files for CI do what they say, in a real git repository."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.repositories import WALKER, break_walker, commit, demo_repository, edit, git

ROOT = Path(__file__).resolve().parent.parent.parent
CI = ROOT / "docs" / "ci"
FOUND = "error: PageReserved() reads the page in a PFN walk"
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return demo_repository(tmp_path / "linux")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A directory with the program mmlint, as an installation has it."""
    directory = tmp_path / "bin"
    directory.mkdir()
    program = directory / "mmlint"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m mmlint "$@"\n')
    program.chmod(0o755)
    return directory


def run(root: Path, programs: Path, *command: str, **more: str) -> Done:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment = {
        **kept,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("analyzer", "rules")),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.org",
        **more,
    }
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )


def install(root: Path, name: str) -> None:
    shutil.copy(CI / name, root / ".git" / "hooks" / name)


def head(root: Path) -> str:
    return git(root, "rev-parse", "HEAD").strip()


def test_a_commit_that_introduces_a_finding_is_refused(root: Path, programs: Path) -> None:
    install(root, "pre-commit")
    before = head(root)
    break_walker(root)
    refused = run(root, programs, "git", "commit", "-q", "-a", "-m", "break")
    assert refused.returncode == 1
    assert FOUND in refused.stdout + refused.stderr
    assert head(root) == before
    forced = run(root, programs, "git", "commit", "-q", "-a", "-m", "break", "--no-verify")
    assert forced.returncode == 0
    assert head(root) != before


def test_a_commit_is_judged_by_what_is_staged(root: Path, programs: Path) -> None:
    install(root, "pre-commit")
    before = head(root)
    edit(root, "mm/poison.c", "#include <linux/mm.h>", "#include <linux/mm.h>\n\n/* more */")
    git(root, "add", "-A")
    break_walker(root)
    accepted = run(root, programs, "git", "commit", "-q", "-m", "harmless")
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    assert head(root) != before
    refused = run(root, programs, "git", "commit", "-q", "-m", "partly", "--", WALKER)
    assert refused.returncode == 1
    assert FOUND in refused.stdout + refused.stderr


def test_a_commit_without_c_is_not_kept_waiting(root: Path, programs: Path) -> None:
    install(root, "pre-commit")
    (programs / "mmlint").write_text("#!/bin/sh\nexit 9\n")
    (root / "README").write_text("text\n")
    git(root, "add", "-A")
    assert run(root, programs, "git", "commit", "-q", "-m", "text").returncode == 0


def patches(root: Path, *options: str) -> list[Path]:
    edit(root, "mm/poison.c", "#include <linux/mm.h>", "#include <linux/mm.h>\n\n/* more */")
    commit(root, "mm: say more")
    break_walker(root)
    commit(root, "mm: weaken the check")
    out = root.parent / "patches"
    git(root, "format-patch", "-q", "-o", str(out), *options, "HEAD~2")
    return sorted(out.iterdir())


@pytest.mark.parametrize("known", [True, False])
def test_a_patch_that_introduces_a_finding_is_not_sent(
    root: Path, programs: Path, known: bool
) -> None:
    install(root, "sendemail-validate")
    cover, harmless, wrong = patches(root, "--cover-letter")
    if not known:
        for file in (cover, harmless, wrong):
            lines = file.read_text().splitlines(keepends=True)
            file.write_text("".join(lines[1:]))
        git(root, "reset", "-q", "--hard", "HEAD~2")
    hook = str(root / ".git" / "hooks" / "sendemail-validate")
    assert run(root, programs, hook, str(cover)).returncode == 0
    assert run(root, programs, hook, str(harmless)).returncode == 0
    refused = run(root, programs, hook, str(wrong))
    assert refused.returncode == 1
    assert FOUND in refused.stdout


def sends_mail() -> bool:
    asked = ["git", "--exec-path"]
    place = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    return (Path(place) / "git-send-email").exists()


@pytest.mark.skipif(not sends_mail(), reason="git send-email is not installed")
def test_git_send_email_asks_the_hook(root: Path, programs: Path) -> None:
    install(root, "sendemail-validate")
    *_, wrong = patches(root)
    options = ("--to=list@example.org", "--dry-run", "--quiet", "--confirm=never")
    assert run(root, programs, "git", "send-email", *options, str(wrong)).returncode != 0


def test_a_series_gets_replies(root: Path, programs: Path) -> None:
    files = patches(root, "--base=HEAD~2", "--thread")
    box = root.parent / "series.mbx"
    box.write_text("".join(file.read_text() for file in files))
    (programs / "b4").write_text(
        f'#!/bin/sh\nwhile [ "$1" != --outdir ]; do shift; done\ncp {box} "$2"\n'
    )
    (programs / "b4").chmod(0o755)
    script = str(CI / "review-series.sh")
    for name in (str(box), "20240301-x@example.org"):
        replies = root.parent / "replies"
        done = run(root, programs, script, name, str(replies))
        assert done.returncode == 1, done.stderr
        assert f"replies are in {replies}" in done.stdout
        text = replies.read_text()
        assert text.count("\nSubject: Re: [PATCH 2/2] mm: weaken the check\n") == 1
        assert "Re: [PATCH 1/2]" not in text
        replies.unlink()


def steps(name: str) -> list[str]:
    """The commands of a file that name mmlint, their folded lines joined."""
    text = (CI / name).read_text().replace("\\\n", " ")
    text = re.sub(r"\n +(?=--format)", " ", text)
    return [line.strip(" -") for line in text.splitlines() if "mmlint diff" in line]


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("github.yml", {"BASE": "base", "RUNNER_TEMP": "temp"}),
        ("gitlab-ci.yml", {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "base"}),
    ],
)
def test_the_command_of_a_job_writes_what_the_service_reads(
    root: Path, programs: Path, name: str, variables: dict[str, str]
) -> None:
    base = head(root)
    break_walker(root)
    commit(root, "break")
    values = {"base": base, "temp": str(root.parent)}
    (command,) = steps(name)
    given = {key: values[value] for key, value in variables.items()}
    done = run(root, programs, "sh", "-c", command, **given)
    assert done.returncode == 1, done.stderr
    assert "PageReserved()" in done.stdout
    text = (CI / name).read_text()
    for file in re.findall(r"--format \w+=(\S+)", command):
        written = Path(file.strip('"').replace("$RUNNER_TEMP", str(root.parent)))
        assert (root / written).stat().st_size > 0
        assert text.count(written.name) >= 2, f"{written.name} is written and read"


def test_every_ready_file_is_told_of_and_can_be_run() -> None:
    told = (CI / "README.md").read_text()
    for file in CI.iterdir():
        assert file.name == "README.md" or f"({file.name})" in told
        if file.read_bytes().startswith(b"#!"):
            assert file.stat().st_mode & 0o111
            assert subprocess.run(["sh", "-n", file], check=False).returncode == 0
