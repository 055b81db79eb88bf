"""A result is used again exactly where the tree would answer as it did."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.repositories import DEMO, RIGHT, WALKER, WRONG, commit, demo_repository, edit, git

from mmlint.cli.main import main
from mmlint.earlier import Earlier, earlier_of
from mmlint.engine import Checked, CheckRequest, checked
from mmlint.recall import MOST_CARRIED, Recall
from mmlint.source.git import Repository
from mmlint.source.revision import Revision
from mmlint.source.search import files
from mmlint.source.tree import Tree, Unreadable
from mmlint.source.walk import Listing
from mmlint.store import Store

ROOT = Path(__file__).resolve().parent.parent
LONG_AGO = 1_600_000_000


def fail(message: str) -> None:
    raise AssertionError(message)


class Question:
    """Counts how often a tree has to be asked; the result is what it answered."""

    def __init__(self, store: Store, paths: tuple[str, ...] = ("mm",)) -> None:
        self.store = store
        self.paths = paths
        self.times = 0

    def of(self, tree: Tree, request: str = "words") -> str:
        return Recall(self.store, request).result(tree, self.compute).decode()

    def compute(self, tree: Tree) -> bytes:
        self.times += 1
        told = [path + tree.read(path).decode() for path in tree.files(self.paths)[0]]
        told.append(str([tree.is_dir("arch"), tree.is_file("mm/gone.c"), tree.beside("mm")]))
        return "\n".join(told).encode()


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    root = Path(shutil.copytree(DEMO, tmp_path / "demo"))
    for file in root.rglob("*"):
        os.utime(file, (LONG_AGO, LONG_AGO))
    return root


@pytest.fixture
def question(cache_dir: Path) -> Question:
    return Question(Store(cache_dir, fail))


def test_the_same_tree_is_asked_once(demo: Path, question: Question) -> None:
    tree = Tree.find(demo)
    assert question.of(tree) == question.of(tree)
    assert question.times == 1
    question.of(tree, "another request")
    assert question.times == 2


def test_a_touched_file_is_the_same_file(demo: Path, question: Question) -> None:
    tree = Tree.find(demo)
    question.of(tree)
    (demo / WALKER).touch()
    question.of(tree)
    assert question.times == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / WALKER).write_text((root / WALKER).read_text() + "\n"),
        lambda root: (root / "mm/new.c").write_text(""),
        lambda root: (root / WALKER).unlink(),
        lambda root: (root / "arch").mkdir(),
        lambda root: (root / "mm/gone.c").mkdir(),
    ],
    ids=["contents", "one more", "one less", "a directory", "another kind"],
)
def test_what_changes_an_answer_is_noticed(demo: Path, question: Question, change: object) -> None:
    before = question.of(Tree.find(demo))
    assert callable(change)
    change(demo)
    assert question.of(Tree.find(demo)) != before or question.times == 2


def test_a_change_of_the_same_size_at_the_same_time_is_noticed(
    demo: Path, question: Question
) -> None:
    tree, file = Tree.find(demo), demo / WALKER
    before = question.of(tree)
    file.write_bytes(file.read_bytes()[::-1])
    os.utime(file, (LONG_AGO, LONG_AGO))
    assert question.of(tree) != before


def test_what_nobody_looked_at_may_change(demo: Path, question: Question) -> None:
    tree = Tree.find(demo)
    question.of(tree)
    (demo / "include/linux/new.h").write_text("")
    question.of(tree)
    assert question.times == 1


def test_an_unreadable_file_is_an_answer_too(demo: Path, question: Question) -> None:
    def compute(tree: Tree) -> bytes:
        question.times += 1
        try:
            return tree.read("mm/gone.c")
        except Unreadable as error:
            return error.reason.encode()

    tree = Tree.find(demo)
    recall = Recall(question.store, "gone")
    assert recall.result(tree, compute) == recall.result(tree, compute)
    assert question.times == 1
    (demo / "mm/gone.c").write_text("here")
    assert recall.result(tree, compute) == b"here"


def test_a_directory_a_commit_and_one_that_differs_elsewhere_share_a_result(
    tmp_path: Path, question: Question
) -> None:
    root = demo_repository(tmp_path / "demo")
    question.of(Tree.find(root))
    commit(root, "nothing")
    (root / "README").write_text("more\n")
    commit(root, "elsewhere")
    with Repository(root) as repository:
        for name in ("HEAD", "HEAD~1", "HEAD~2"):
            question.of(Revision(repository, repository.commit(name), name))
    assert question.times == 1
    edit(root, WALKER, RIGHT, WRONG)
    question.of(Tree.find(root))
    assert question.times == 2


def test_a_search_depends_on_every_file(demo: Path, question: Question) -> None:
    def compute(tree: Tree) -> bytes:
        question.times += 1
        return repr(files(tree, [b"needle"])).encode()

    recall = Recall(question.store, "needle")
    (demo / "lib").mkdir()
    for _ in range(2):
        assert recall.result(Tree.find(demo), compute) == b"[]"
    (demo / "lib/x.c").write_text("needle")
    assert recall.result(Tree.find(demo), compute) == b"['lib/x.c']"


CHANGES = [
    (WALKER, RIGHT, WRONG),
    ("mm/zone_drain.c", "page", "pages"),
    ("mm/zone_drain.c", "}\n", "}\n\n"),
    (WALKER, "for", "while"),
]


@settings(max_examples=10)
@given(st.lists(st.integers(0, len(CHANGES) - 1), max_size=4), st.booleans())
def test_findings_are_the_same_with_and_without_a_cache_whatever_changed(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], old: bool
) -> None:
    place = tmp_path_factory.mktemp("tree")
    root = Path(shutil.copytree(DEMO, place / "demo"))
    for step in [None, *steps, *reversed(steps)]:
        if step is not None:
            path, before, after = CHANGES[step]
            file = root / path
            text = file.read_text()
            swap = (before, after) if before in text else (after, before)
            file.write_text(text.replace(*swap, 1))
            if old:
                os.utime(file, (LONG_AGO, LONG_AGO))
        cached = report(root, "--cache-dir", str(place / "cache"))
        assert cached == report(root, "--no-cache")


def report(tree: Path, *arguments: str) -> object:
    out = tree.parent / "report.json"
    main(["check", "--tree", str(tree), "--severity=note", f"--format=json={out}", *arguments])
    return json.loads(out.read_text(encoding="utf-8"))


@pytest.fixture
def gone_on_from(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether what was known was of use, each time that there was something."""
    told: list[bool] = []

    def noted(
        parts: bytes,
        changed: Iterable[tuple[str, bytes, bytes]],
        stands: Callable[[frozenset[str]], bool],
    ) -> Earlier | None:
        found = earlier_of(parts, changed, stands)
        told.append(found is not None)
        return found

    monkeypatch.setattr("mmlint.earlier.earlier_of", noted)
    return told


def test_edits_of_bodies_are_gone_on_from_one_after_the_other(
    tmp_path: Path, gone_on_from: list[bool]
) -> None:
    root = demo_repository(tmp_path / "demo")
    report(root)
    for before, after in ((RIGHT, WRONG), ("continue", "break"), ("break", "continue")):
        text = (root / WALKER).read_text()
        (root / WALKER).write_text(text.replace(before, after, 1))
        assert report(root) == report(root, "--no-cache")
    # Git knows the first state only: the others are kept beside the results.
    assert gone_on_from == [True, True, True]


def test_the_macros_of_files_that_did_not_change_are_known_without_a_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = demo_repository(tmp_path / "demo")
    (root / "include/linux/unused.h").write_text("#define UNUSED 1\n")
    reads: list[str] = []
    read = Tree.read

    def noted(tree: Tree, path: str) -> bytes:
        reads.append(path)
        return read(tree, path)

    monkeypatch.setattr(Tree, "read", noted)
    # As if the files had been there for longer than it takes to change one twice.
    monkeypatch.setattr("mmlint.source.signature._RACY", 0)
    report(root)
    assert "include/linux/unused.h" in reads
    reads.clear()
    edit(root, WALKER, RIGHT, WRONG)
    now = report(root)
    assert WALKER in reads
    assert "include/linux/unused.h" not in reads
    assert now == report(root, "--no-cache")


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[CheckRequest]:
    """What was checked by a run that was made, and not carried on."""
    told: list[CheckRequest] = []

    def noted(request: CheckRequest) -> Checked:
        told.append(request)
        return checked(request)

    monkeypatch.setattr("mmlint.engine.checked", noted)
    return told


def test_comments_change_no_result_where_git_knows_no_file(
    demo: Path, begun: list[CheckRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if the files had been there for longer than it takes to change one twice.
    monkeypatch.setattr("mmlint.source.signature._RACY", 0)
    first = report(demo, ".")
    files = sorted(demo.rglob("*.[ch]"))
    assert len(files) > MOST_CARRIED
    for file in files:
        text = file.read_text()
        comment = "\t/* page_zone(page) */\n"
        file.write_text(text.replace("\n{\n", f"\n{{\n{comment}", 1) + "\n" * ("{" not in text))
        now = report(demo, ".")
        assert len(begun) == 1
    assert first != now == report(demo, ".", "--no-cache")


@pytest.mark.parametrize("paths", [("mm",), (".",)])
def test_a_tree_that_did_not_change_is_not_listed_again(
    demo: Path, monkeypatch: pytest.MonkeyPatch, paths: tuple[str, ...]
) -> None:
    monkeypatch.setattr("mmlint.source.signature._RACY", 0)
    first = report(demo, *paths)
    listed: list[str] = []
    monkeypatch.setattr(Listing, "add", lambda _, path: listed.append(path))
    assert report(demo, *paths) == first
    assert listed == []
    monkeypatch.undo()
    (demo / "mm/more.c").write_text("#error\n")
    assert report(demo, *paths) == report(demo, *paths, "--no-cache") != first


@pytest.mark.parametrize("paths", [("mm",), (".",)])
def test_a_name_that_is_not_utf8_keeps_nobody_from_an_answer(
    demo: Path, begun: list[CheckRequest], paths: tuple[str, ...]
) -> None:
    shutil.copyfile(demo / WALKER, demo / "mm" / os.fsdecode(b"\xff.c"))
    assert report(demo, *paths) == report(demo, *paths, "--no-cache")
    assert len(begun) == 2


def test_a_directory_whose_name_is_not_utf8_costs_nobody_the_cache(
    demo: Path, begun: list[CheckRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mmlint.source.signature._RACY", 0)
    first = report(demo, ".")
    (demo / "mm" / os.fsdecode(b"\xff")).mkdir()
    assert report(demo, ".") == report(demo, ".") == first
    assert len(begun) == 1


@pytest.mark.parametrize(
    ("line", "is_understood"),
    [
        ("#define more(x) x\n", True),
        ("int more(struct page *page);\n", True),
        ("#define pfn_valid(pfn) more(pfn)\n", False),
        ("enum more { MORE };\n", False),
    ],
)
def test_a_name_more_in_a_header_is_gone_on_from_if_nobody_has_it(
    tmp_path: Path, gone_on_from: list[bool], line: str, is_understood: bool
) -> None:
    root = demo_repository(tmp_path / "demo")
    report(root)
    header = root / "include/linux/mm.h"
    header.write_text(header.read_text().replace("\n#endif", f"\n{line}\n#endif"))
    assert line in header.read_text()
    assert report(root) == report(root, "--no-cache")
    assert gone_on_from == [is_understood]


def test_a_state_that_nobody_kept_is_not(tmp_path: Path, gone_on_from: list[bool]) -> None:
    root = demo_repository(tmp_path / "demo")
    edit(root, WALKER, RIGHT, WRONG)
    report(root)
    edit(root, WALKER, WRONG, RIGHT)
    assert report(root) == report(root, "--no-cache")
    assert not gone_on_from


def test_a_comparison_goes_on_from_its_base(tmp_path: Path, gone_on_from: list[bool]) -> None:
    root = demo_repository(tmp_path / "demo")
    edit(root, WALKER, RIGHT, WRONG)
    out = tmp_path / "new.json"
    main(["diff", "HEAD", "--tree", str(root), f"--format=json={out}"])
    assert [f["change"] for f in json.loads(out.read_text())["findings"]].count("new") == 1
    assert gone_on_from == [True]


def test_killing_runs_leaves_a_cache_that_changes_nothing(demo: Path, cache_dir: Path) -> None:
    right = report(demo, "--no-cache")
    paths = os.pathsep.join(str(ROOT / part) for part in ("analyzer", "rules"))
    command = [sys.executable, "-m", "mmlint", "check", "--tree", str(demo), "--quiet"]
    random.seed(6)
    for _ in range(50):
        running = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": paths},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(random.uniform(0.02, 0.6))
        running.send_signal(signal.SIGKILL)
        running.wait()
        os.utime(demo / WALKER)
    assert report(demo) == right
    assert report(demo) == right


def test_a_commits_result_is_found_by_its_name_alone(tmp_path: Path, question: Question) -> None:
    root = demo_repository(tmp_path / "demo")
    with Repository(root) as repository:
        revision = Revision(repository, git(root, "rev-parse", "HEAD").strip())
        question.of(revision)
        question.of(Revision(repository, git(root, "rev-parse", "HEAD").strip()))
    assert question.times == 1


def test_a_search_stands_a_touched_file_that_was_read(
    demo: Path, question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compute(tree: Tree) -> bytes:
        question.times += 1
        return repr([files(tree, [b"pfn_valid"]), len(tree.read(WALKER))]).encode()

    tree = Tree.find(demo)
    recall = Recall(question.store, "needle")
    # The change times of files just made are too near for their state to be trusted.
    monkeypatch.setattr("mmlint.source.signature._RACY", 0)
    recall.result(tree, compute)
    (demo / WALKER).touch()
    recall.result(tree, compute)
    assert question.times == 1
    (demo / WALKER).write_text("pfn_valid")
    assert recall.result(tree, compute) == compute(tree)
