"""Git repositories of the demo tree, with the edits that tests make in them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

DEMO = Path(__file__).resolve().parent.parent / "fixtures" / "trees" / "demo"
WALKER = "mm/pfn_report.c"
RIGHT = """\
\t\tstruct page *page = pfn_to_online_page(pfn);

\t\tif (!page)
\t\t\tcontinue;
\t\tif (PageReserved(page))
"""
WRONG = """\
\t\tstruct page *page;

\t\tif (!pfn_valid(pfn))
\t\t\tcontinue;
\t\tpage = pfn_to_page(pfn);
\t\tif (PageReserved(page))
"""
_IDENTITY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (
        ("NAME", "A Developer"),
        ("EMAIL", "dev@example.org"),
        ("DATE", "2024-03-01T12:00:00Z"),
    )
}


def git(root: Path, *arguments: str, stdin: str = "") -> str:
    """What git prints in `root`, with a fixed author and no configuration but the repository's."""
    place = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": os.devnull}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"]
    done = subprocess.run(
        [*command, *arguments],
        cwd=root,
        env={**kept, **_IDENTITY, **place},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def demo_repository(root: Path) -> Path:
    """A repository whose one commit is the demo tree."""
    shutil.copytree(DEMO, root)
    git(root, "init", "-q")
    return commit(root, "base")


def commit(root: Path, subject: str) -> Path:
    """Commit whatever has changed."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", subject)
    return root


def edit(root: Path, path: str, old: str, new: str) -> None:
    """Replace the one place where a file says `old`."""
    file = root / path
    text = file.read_text()
    assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
    file.write_text(text.replace(old, new))


def break_walker(root: Path) -> None:
    """Take the check of the right walker for the weaker one."""
    edit(root, WALKER, RIGHT, WRONG)


def state_of(root: Path) -> tuple[str, str, str]:
    """All of a repository that a command could change: files, refs, objects."""
    index = git(root, "ls-files", "-s")
    status = git(root, "status", "--porcelain", "--ignored")
    return status, git(root, "for-each-ref"), index + git(root, "count-objects", "-v")
