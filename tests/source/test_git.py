"""A repository is asked without running anything of its own, and without writing to it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.repositories import WALKER, break_walker, commit, demo_repository, edit, git, state_of

from mmlint.source.blame import blame
from mmlint.source.changes import changed_files
from mmlint.source.git import GitError, Repository, UnknownRevision
from mmlint.source.revision import Revision
from mmlint.source.search import files, lines
from mmlint.source.tree import Tree, Unreadable


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return demo_repository(tmp_path / "linux")


def head(repository: Repository, name: str = "HEAD") -> Revision:
    return Revision(repository, repository.commit(name), name)


def test_a_revision_is_the_tree_that_a_checkout_would_be(root: Path) -> None:
    directory = Tree.find(root)
    with Repository(root) as repository:
        revision = head(repository)
        assert revision.kernel_version == directory.kernel_version
        scope = [".", "mm"]
        assert revision.files(scope) == directory.files(scope)
        for path in directory.files(["."], ("",))[0]:
            assert revision.read(path) == directory.read(path)
            assert revision.is_file(path)
        for path in ("mm", "include", "include/linux", "mm/none", "mm/poison.c"):
            assert revision.is_dir(path) == directory.is_dir(path)
            assert revision.beside(path) == directory.beside(path)
            assert revision.directories(path) == directory.directories(path)


def test_a_revision_is_not_what_was_edited_since(root: Path) -> None:
    before = (root / WALKER).read_bytes()
    break_walker(root)
    with Repository(root) as repository:
        assert head(repository).read(WALKER) == before


def test_a_revision_is_searched_as_a_directory_is(root: Path) -> None:
    directory = Tree.find(root)
    with Repository(root) as repository:
        revision = head(repository)
        for pattern in (rb"pfn_to_online_page\(", rb"^struct page", rb"no such thing"):
            assert lines(revision, [pattern]) == lines(directory, [pattern])
            assert files(revision, [pattern], ["mm"]) == files(directory, [pattern], ["mm"])


@pytest.mark.parametrize("kind", ["packed", "alternates", "worktree", "bare", "subdirectory"])
def test_objects_are_found_wherever_git_keeps_them(root: Path, kind: str) -> None:
    place = root.parent / kind
    if kind == "packed":
        git(root, "gc", "-q")
        place = root
    elif kind == "alternates":
        git(root, "clone", "-q", "--shared", "--no-checkout", str(root), str(place))
    elif kind == "worktree":
        git(root, "worktree", "add", "-q", "--no-checkout", str(place))
    elif kind == "bare":
        git(root, "clone", "-q", "--bare", str(root), str(place))
    else:
        place = root / "mm"
    with Repository(place) as repository:
        repository.prefix = ""
        assert head(repository).read(WALKER) == (root / WALKER).read_bytes()


def test_a_partial_clone_fetches_what_is_missing_and_keeps_it_to_itself(root: Path) -> None:
    git(root, "config", "uploadpack.allowFilter", "true")
    git(root, "config", "uploadpack.allowAnySHA1InWant", "true")
    clone = root.parent / "partial"
    git(root, "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{root}", str(clone))
    before = state_of(clone)[2]
    with Repository(clone) as repository:
        assert head(repository).read(WALKER) == (root / WALKER).read_bytes()
    assert state_of(clone)[2] == before


def test_a_partial_clone_without_its_origin_says_what_is_missing(root: Path) -> None:
    git(root, "config", "uploadpack.allowFilter", "true")
    clone = root.parent / "partial"
    git(root, "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{root}", str(clone))
    git(clone, "remote", "set-url", "origin", str(root.parent / "gone"))
    with Repository(clone) as repository, pytest.raises(Unreadable, match="not in the repository"):
        head(repository).read(WALKER)


def test_a_tree_below_the_top_of_a_repository_has_its_own_paths(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    root = demo_repository(tmp_path / "vendor" / "linux")
    for path in sorted((root / ".git").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (root / ".git").rmdir()
    commit(tmp_path, "base")
    break_walker(root)
    with Repository(root) as repository:
        base = head(repository)
        assert repository.prefix == "vendor/linux/"
        assert base.is_file(WALKER)
        assert changed_files(base, Tree.find(root)) == [WALKER]


def test_links_are_followed_within_the_tree_and_never_out_of_it(root: Path) -> None:
    mm = root / "mm"
    (mm / "same.c").symlink_to("poison.c")
    (mm / "up.c").symlink_to("../mm/poison.c")
    (mm / "etc.c").symlink_to("/etc/hostname")
    (mm / "out.c").symlink_to("../../../../../etc/hostname")
    (mm / "loop.c").symlink_to("loop.c")
    (root / "all").symlink_to("mm")
    commit(root, "links")
    with Repository(root) as repository:
        revision = head(repository)
        assert (
            revision.read("mm/up.c") == revision.read("all/same.c") == revision.read("mm/poison.c")
        )
        listed, refused = revision.files(["mm"])
        assert "mm/same.c" not in listed
        assert [gap.path for gap in refused] == ["mm/etc.c", "mm/loop.c", "mm/out.c"]
        for path in ("mm/etc.c", "mm/out.c", "mm/loop.c", "../x", "/etc/hostname"):
            assert not revision.is_file(path)
            with pytest.raises(Unreadable):
                revision.read(path)


def test_names_of_any_bytes_are_read(root: Path) -> None:
    name = "mm/" + os.fsdecode(b'sp ace\n\xff"q.c')
    (root / name).write_text("int x;\n")
    commit(root, "odd")
    with Repository(root) as repository:
        assert head(repository).read(name) == b"int x;\n"
        assert name in head(repository).beside("mm")


@pytest.mark.parametrize("name", ["nope", "--output=x", "-p", "HEAD:mm", "", "a..b", "HEAD\n"])
def test_what_is_no_commit_is_said_to_be_none(root: Path, name: str) -> None:
    with Repository(root) as repository, pytest.raises(UnknownRevision, match="no such commit"):
        repository.commit(name)
    assert not (root / "x").exists()


def test_a_branch_that_is_called_like_an_option_is_a_branch(root: Path) -> None:
    (root / ".git" / "refs" / "heads" / "--output=x").write_text(git(root, "rev-parse", "HEAD"))
    with Repository(root) as repository:
        assert repository.commit("refs/heads/--output=x") == repository.commit("--output=x")


def test_a_shallow_clone_says_that_it_is_one(root: Path) -> None:
    commit(root, "second")
    clone = root.parent / "shallow"
    git(root, "clone", "-q", "--depth=1", f"file://{root}", str(clone))
    with Repository(clone) as repository, pytest.raises(UnknownRevision, match="shallow: fetch"):
        repository.commit("HEAD~1")


def test_outside_of_a_repository_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="is in no git repository"):
        Repository(tmp_path)


HOSTILE = {
    "core.fsmonitor": "touch {0}",
    "core.sshCommand": "touch {0}",
    "core.pager": "touch {0}",
    "core.hooksPath": "{1}",
    "core.alternateRefsCommand": "touch {0}",
    "diff.external": "touch {0}",
    "diff.evil.textconv": "touch {0}",
    "diff.evil.command": "touch {0}",
    "filter.evil.clean": "touch {0}",
    "filter.evil.smudge": "touch {0}",
    "filter.evil.process": "touch {0}",
    "filter.evil.required": "true",
    "merge.evil.driver": "touch {0}",
    "gpg.program": "touch {0}",
    "log.showSignature": "true",
    "credential.helper": "!touch {0}",
    "uploadpack.packObjectsHook": "touch {0}",
    "remote.origin.promisor": "true",
    "remote.origin.partialclonefilter": "blob:none",
    "remote.origin.url": "ext::touch {0}",
    "remote.origin.vcs": "evil",
    "remote.origin.uploadpack": "touch {0}",
    "protocol.allow": "always",
    "protocol.ext.allow": "always",
    "include.path": "{1}/more",
}


def test_nothing_that_a_repository_brings_is_run(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / ".gitattributes").write_text("* diff=evil filter=evil merge=evil\n")
    commit(root, "attributes")
    mark, hooks = root.parent / "mark", root.parent / "hooks"
    hooks.mkdir()
    programs = [hooks / name for name in ("post-index-change", "pre-commit", "git-remote-evil")]
    for hook in programs:
        hook.write_text(f"#!/bin/sh\ntouch {mark}\n")
        hook.chmod(0o755)
    with (root / ".git" / "config").open("a") as config:
        for key, value in HOSTILE.items():
            section, _, name = key.rpartition(".")
            group, _, sub = section.partition(".")
            head_line = f'[{group} "{sub}"]' if sub else f"[{group}]"
            config.write(f'{head_line}\n\t{name} = "{value.format(mark, hooks)}"\n')
        config.write("[extensions]\n\tpartialClone = origin\n[core]\n\trepositoryformatversion=1\n")
    monkeypatch.setenv("PATH", f"{hooks}{os.pathsep}{os.environ['PATH']}")
    break_walker(root)
    os.utime(root / "mm" / "poison.c", (1, 1))
    with Repository(root) as repository:
        base = head(repository)
        assert changed_files(base, Tree.find(root)) == [WALKER]
        assert repository.staged() == base.commit or repository.staged()
        assert lines(base, [rb"pfn_to_page"])
        assert repository.commits("HEAD", "HEAD") == []
        assert blame(repository, base.commit, WALKER, base.read(WALKER), 1) is not None
        with pytest.raises(GitError):
            repository.fetch(["0123456789012345678901234567890123456789"])
        with pytest.raises(UnknownRevision):
            repository.commit("0123456789012345678901234567890123456789")
    assert not mark.exists()


def test_the_repository_stays_as_it_is(root: Path) -> None:
    break_walker(root)
    (root / "mm" / "new.c").write_text("int x;\n")
    before = state_of(root)
    with Repository(root) as repository:
        base = head(repository)
        assert changed_files(base, Tree.find(root)) == ["mm/new.c", WALKER]
        repository.staged()
        private = repository.private
    assert state_of(root) == before
    assert not private.exists()


def test_what_is_ignored_is_no_change_and_what_is_deleted_is(root: Path) -> None:
    (root / ".gitignore").write_text("*.mod.c\n")
    commit(root, "ignore")
    (root / "mm" / "a.mod.c").write_text("int x;\n")
    (root / "mm" / "poison.c").unlink()
    with Repository(root) as repository:
        assert changed_files(head(repository), Tree.find(root)) == ["mm/poison.c"]


def test_the_staged_tree_is_what_a_commit_would_have(root: Path) -> None:
    break_walker(root)
    git(root, "add", "-A")
    edit(root, WALKER, "PageReserved", "PageUnstaged")
    with Repository(root) as repository:
        staged = Revision(repository, repository.staged(), "staged")
        assert b"PageReserved" in staged.read(WALKER)
        assert head(repository).differing(staged) == [WALKER]


def test_commits_come_with_their_subjects_the_oldest_first(root: Path) -> None:
    for subject in ("one", "two: with colon"):
        commit(root, subject)
    with Repository(root) as repository:
        names = repository.commits("HEAD~2", "HEAD")
        assert [subject for _, subject in names] == ["one", "two: with colon"]
        assert names[-1][0] == repository.commit("HEAD")
        assert repository.common("HEAD~1", "HEAD") == repository.commit("HEAD~1")


def test_objects_of_a_push_that_is_not_accepted_yet_are_seen(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = root.parent / "other"
    git(root, "clone", "-q", str(root), str(other))
    break_walker(other)
    commit(other, "pushed")
    name = git(other, "rev-parse", "HEAD").strip()
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other / ".git" / "objects"))
    with Repository(root) as repository:
        assert b"pfn_to_page(pfn);\n\t\tif (PageReserved" in head(repository, name).read(WALKER)
