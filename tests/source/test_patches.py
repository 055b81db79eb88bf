"""Patches are read from mails and diffs, and applied where nothing but the tool sees it."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Iterator
from pathlib import Path

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

from mmlint.source.applying import Workbench
from mmlint.source.diffs import file_diffs
from mmlint.source.git import Repository
from mmlint.source.mail import Series, read_series
from mmlint.source.revision import Revision


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return demo_repository(tmp_path / "linux")


@pytest.fixture
def repository(root: Path) -> Iterator[Repository]:
    with Repository(root) as opened:
        yield opened


def series_of(root: Path, *options: str) -> str:
    """A mailbox of two patches on the demo tree, which is left as it was."""
    break_walker(root)
    commit(root, "mm: weaken the check")
    edit(root, "mm/poison.c", "#include <linux/mm.h>", "#include <linux/mm.h>\n\n/* more */")
    commit(root, "mm: say more")
    box = git(root, "format-patch", "--stdout", "--thread", "--base=HEAD~2", *options, "HEAD~2")
    git(root, "reset", "-q", "--hard", "HEAD~2")
    return box


def read(repository: Repository, *boxes: str) -> Series:
    return read_series(repository, [("box", box.encode()) for box in boxes])


def applied(repository: Repository, *boxes: str) -> tuple[Revision, list[str]]:
    base = Revision(repository, repository.commit("HEAD"), "base")
    bench = Workbench(repository, base)
    gaps = [gap for patch in read(repository, *boxes).patches for gap in bench.apply(patch)]
    tree = Revision(repository, bench.tree(), "patched")
    return tree, [f"{gap.path}:{gap.line}: {gap.reason}" for gap in gaps]


def test_a_mailbox_has_patches_with_what_a_reply_needs(root: Path, repository: Repository) -> None:
    box = series_of(root, "--to=list@example.org")
    series = read(repository, box)
    first, second = series.patches
    assert first.subject == "[PATCH 1/2] mm: weaken the check"
    assert first.sender == "A Developer <dev@example.org>"
    assert first.to == "list@example.org"
    assert first.message_id.startswith("<")
    assert second.references == first.message_id
    assert [file.path for file in first.files] == [WALKER]
    assert series.base == repository.commit("HEAD")


def test_cover_letters_and_replies_are_skipped_and_numbers_give_the_order(
    root: Path, repository: Repository
) -> None:
    box = series_of(root, "--cover-letter")
    mails = ["From " + mail for mail in box.split("From ")[1:] if "Subject:" in mail]
    assert len(mails) == 3
    reply = (
        "From git@z Thu Jan  1 00:00:00 1970\nFrom: R <r@example.org>\n"
        "Subject: Re: [PATCH 1/2] mm: weaken the check\n\n"
        "> diff --git a/mm/x.c b/mm/x.c\n> --- a/mm/x.c\n> +++ b/mm/x.c\n> @@ -1 +1 @@\n\nNo.\n"
    )
    shuffled = "\n".join([mails[2], reply, mails[0], mails[1]])
    series = read(repository, shuffled)
    assert [patch.number for patch in series.patches] == [1, 2]
    assert [text.rpartition(": ")[2] for text in series.skipped] == ["a reply", "no patch in it"]
    assert series.base


def test_of_several_versions_the_newest_counts(root: Path, repository: Repository) -> None:
    old = series_of(root)
    new = old.replace("[PATCH 1/2]", "[PATCH v2 1/2]").replace("[PATCH 2/2]", "[PATCH v2 2/2]")
    series = read(repository, old, new)
    assert [patch.version for patch in series.patches] == [2, 2]
    assert series.skipped[0] == "[PATCH 1/2] mm: weaken the check: superseded by version 2"


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "crlf"])
def test_what_mail_does_to_a_patch_is_undone(
    root: Path, repository: Repository, encoding: str
) -> None:
    box = series_of(root)
    head, _, body = box.partition("\n\n")
    if encoding == "crlf":
        mail = box.replace("\n", "\r\n")
    else:
        first = body.partition("\nFrom ")[0].encode()
        code = base64.encodebytes if encoding == "base64" else quopri.encodestring
        coded = code(first)
        mail = f"{head}\nContent-Transfer-Encoding: {encoding}\n\n{coded.decode()}"
    tree, gaps = applied(repository, mail)
    assert gaps == []
    assert WRONG.encode() in tree.read(WALKER)


def test_a_plain_diff_is_a_patch_without_a_mail(root: Path, repository: Repository) -> None:
    break_walker(root)
    diff = git(root, "diff")
    git(root, "checkout", "-q", ".")
    (patch,) = read(repository, diff).patches
    assert (patch.name, patch.subject, patch.message_id) == ("box", "", "")
    tree, gaps = applied(repository, diff)
    assert gaps == []
    assert WRONG.encode() in tree.read(WALKER)


def test_nothing_of_the_repository_changes(root: Path, repository: Repository) -> None:
    box = series_of(root)
    before = state_of(root)
    tree, _ = applied(repository, box)
    assert WRONG.encode() in tree.read(WALKER)
    assert state_of(root) == before


def test_the_hunk_that_does_not_apply_is_named_and_the_others_are_applied(
    root: Path, repository: Repository
) -> None:
    edit(root, WALKER, "unsigned long free = 0;", "unsigned long free = 1;")
    edit(root, WALKER, RIGHT, WRONG)
    diff = git(root, "diff", "-U1")
    git(root, "checkout", "-q", ".")
    broken = diff.replace("unsigned long free = 0;", "unsigned long free = 7;")
    tree, gaps = applied(repository, broken)
    assert gaps == [
        f"{WALKER}:11: hunk 1 of 2 does not apply "
        "(@@ -11,3 +11,3 @@ static int free_report_show(struct seq_file *m, void *unused)): "
        f"patch failed: {WALKER}:11"
    ]
    assert WRONG.encode() in tree.read(WALKER)


LINK = """\
diff --git a/mm/{name} b/mm/{name}
new file mode 120000
--- /dev/null
+++ b/mm/{name}
@@ -0,0 +1 @@
+{target}
\\ No newline at end of file
"""


def test_a_patch_cannot_leave_the_tree(root: Path, repository: Repository) -> None:
    outside = "--- a/../../etc/passwd\n+++ b/../../etc/passwd\n@@ -0,0 +1 @@\n+x\n"
    link = LINK.format(name="l.c", target="/etc/passwd")
    through = "--- /dev/null\n+++ b/mm/d/new.c\n@@ -0,0 +1 @@\n+int x;\n"
    directory = LINK.format(name="d", target="/tmp")
    tree, gaps = applied(repository, outside, link, directory, through)
    assert gaps[0] == "../../etc/passwd:0: does not apply: invalid path '../../etc/passwd'"
    assert "beyond a symbolic link" in gaps[1]
    assert not tree.is_file("mm/l.c")
    assert tree.files(["mm/l.c"])[1][0].reason == "symbolic link to nothing (/etc/passwd)"
    assert not tree.is_file("mm/d/new.c")


def test_the_parts_of_a_diff_are_files_and_hunks() -> None:
    diff = (
        b"prose\ndiff --git a/x.c b/y.c\nsimilarity index 90%\nrename from x.c\nrename to y.c\n"
        b"--- a/x.c\n+++ b/y.c\n@@ -1,2 +1,3 @@ f\n a\n+b\n c\n@@ -9 +10 @@\n-d\n+e\n"
        b"\\ No newline at end of file\n"
        b'--- "a/od\\303\\244.c"\t2024\n+++ "b/od\\303\\244.c"\n@@ -1 +1 @@\n--- x\n+++ y\n'
        b"--- a/gone.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-z\n-- \n2.39\n"
        b"diff --git a/m b/m\nold mode 100644\nnew mode 100755\n"
    )
    files = file_diffs(diff)
    assert [file.path for file in files] == ["y.c", "od\u00e4.c", "gone.c", "m"]
    assert [len(file.hunks) for file in files] == [2, 1, 1, 0]
    assert files[0].hunks[0].start == 1
    assert files[0].hunks[0].new_lines == [b"a", b"b", b"c"]
    assert files[0].hunks[1].lines[-1].startswith(b"\\")
    assert files[1].hunks[0].new_lines == [b"++ y"]


def test_a_diff_that_is_cut_short_has_what_is_left_of_it() -> None:
    (file,) = file_diffs(b"--- a/x\n+++ b/x\n@@ -1,5 +1,5 @@\n a\n-b")
    assert file.hunks[0].lines[1:] == (b" a", b"-b")
    assert file_diffs(b"") == file_diffs(b"no patch\n") == ()
