"""Searching a tree, with hyperscan, with git and without either."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.callgraph.trees import write

from mmlint.source import git_grep, multiscan, search
from mmlint.source.patterns import ARROW, HEAD, any_of, words
from mmlint.source.search import Hit
from mmlint.source.sought import Sought
from mmlint.source.tree import Tree

FILES: Mapping[str, str | bytes] = {
    "mm/a.c": "int a;\n\t.open = a_open,\nint b; // .open = no\n",
    "mm/b.h": b"x\r\n.open = crlf,\r\n\xff.open = latin,\nlast .open = here",
    "mm/note.txt": ".open = text,\n",
    "fs/deep/er/c.c": ".open = c_open\f,\n\n\n .open\t=tab",
    "fs/[x]*?.c": ".open = special,\n",
    "fs/ a\nb .c": ".open = newline,\n",
    "fs/\u00e9\t:1:.c": ".open = colon,\n",
    "fs/nul.c": b".open = one,\0 \n\0\n.open = two\0",
    "-e/-l.c": ".open = option,\n",
    ":(top)/x.c": ".open = magic,\n",
    "sub/.git/hidden.c": ".open = hidden,\n",
    "sub/.gitignore": "*\n",
    "sub/.gitattributes": "*.c binary diff=evil\n",
    "sub/seen.c": ".open = seen,\n",
    "empty.c": "",
}
PATTERN = rb"\.open\s*=\s*\w+"


ENGINES: Mapping[str, list[object]] = {
    "hyperscan": [multiscan.find],
    "git": [git_grep.find],
    "python": [],
}


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "hyperscan":
        pytest.importorskip("hyperscan")
    monkeypatch.setattr(search, "_ENGINES", ENGINES[request.param])
    return str(request.param)


def test_lines_are_found_in_c_files_of_any_name(tmp_path: Path, engine: str) -> None:
    tree = write(tmp_path, FILES)
    found = [(hit.path, hit.line) for hit in search.lines(tree, [PATTERN])]
    assert found == [
        ("-e/-l.c", 1),
        (":(top)/x.c", 1),
        ("fs/ a\nb .c", 1),
        ("fs/[x]*?.c", 1),
        ("fs/deep/er/c.c", 1),
        ("fs/deep/er/c.c", 4),
        ("fs/nul.c", 1),
        ("fs/nul.c", 3),
        ("fs/\u00e9\t:1:.c", 1),
        ("mm/a.c", 2),
        ("mm/a.c", 3),
        ("mm/b.h", 2),
        ("mm/b.h", 3),
        ("mm/b.h", 4),
        ("sub/seen.c", 1),
    ]


def test_texts_are_those_of_the_file_byte_for_byte(tmp_path: Path, engine: str) -> None:
    tree = write(tmp_path, FILES)
    texts = {(hit.path, hit.line): hit.text for hit in search.lines(tree, [PATTERN])}
    assert texts["mm/b.h", 2] == b".open = crlf,\r"
    assert texts["mm/b.h", 3] == b"\xff.open = latin,"
    assert texts["mm/b.h", 4] == b"last .open = here"
    assert texts["fs/nul.c", 1] == b".open = one,\0 "
    assert texts["fs/deep/er/c.c", 1] == b".open = c_open\f,"


@pytest.mark.parametrize(
    "patterns",
    [
        [rb"^\s*\.\w+\s*=\s*&?\w+,"],
        [rb"open$"],
        [rb"\bint\b", rb"(?:a|c)_open"],
        [rb"nothing_like_it"],
        [rb"[^\x00-\x7f]"],
        [rb"one,\W"],
        [ARROW + rb"\s*" + any_of(["open", "opened", "close"]) + rb"\s*=(?!=)"],
        [words(["a", "a_open", "special", "hidden", "x"])],
        [rb"^" + HEAD + rb"a\b"],
        [rb"^int\b.*$", rb"(?<!c)_o?+pen(?=,)", rb"[*+]+|\++"],
    ],
)
def test_every_engine_gives_the_same_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patterns: list[bytes]
) -> None:
    tree = write(tmp_path, FILES)
    sought = Sought(lines=tuple(patterns), files=tuple(patterns))
    for below in ((), ("mm", "fs/deep"), ("fs", "gone", "..", "/tmp"), (":(top)", "-e")):
        answers = []
        for engines in ENGINES.values():
            monkeypatch.setattr(search, "_ENGINES", engines)
            answers.append(search.find(tree, sought, below))
        assert answers[0] == answers[1] == answers[2]


def test_only_the_directories_that_are_named_are_searched(tmp_path: Path, engine: str) -> None:
    tree = write(tmp_path, FILES)
    assert search.files(tree, [PATTERN], ["mm"]) == ["mm/a.c", "mm/b.h"]
    assert search.files(tree, [PATTERN], ["fs/deep", "gone"]) == ["fs/deep/er/c.c"]
    assert search.files(tree, [PATTERN], ["gone"]) == []
    assert search.files(tree, [PATTERN], [".."]) == []


def test_files_known_to_hold_nothing_need_not_be_looked_at(tmp_path: Path, engine: str) -> None:
    tree = write(tmp_path, FILES)
    every = search.lines(tree, [PATTERN])
    assert search.lines(tree, [PATTERN], without={"empty.c", "gone.c"}) == every


def test_it_may_be_said_where_matches_end(tmp_path: Path, engine: str) -> None:
    tree = write(tmp_path, {"mm/a.c": "\ttake(1);\nint take(int x)\n", "mm/b.c": "\ttake(1);\n"})
    sought = Sought(
        files=(rb"^" + HEAD + rb"take\(", rb"^" + HEAD + rb"give\("), ends=(b"take(", b"give(")
    )
    assert search.find(tree, sought).files == ["mm/a.c"], engine


def test_a_directory_is_no_pattern(tmp_path: Path, engine: str) -> None:
    tree = write(tmp_path, {"a*/x.c": ".open = x,\n", "ab/y.c": ".open = y,\n"})
    assert search.files(tree, [PATTERN], ["a*"]) == ["a*/x.c"]


def test_the_registers_of_a_device_are_passed_over(tmp_path: Path, engine: str) -> None:
    licence = "/* (c) the.open = not code */\n"
    registers = "#define REG_X .open = 1\n" * 4000
    files = {"regs.h": licence + registers, "code.h": licence + registers + "int x;\n"}
    tree = write(tmp_path, files)
    found = search.find(tree, Sought(lines=(PATTERN,), files=(rb"REG_X",)))
    assert found.files == ["code.h"]
    assert [hit.line for hit in found.lines if hit.path == "regs.h"] == []
    assert len([hit for hit in found.lines if hit.path == "code.h"]) == 4001


def test_the_files_of_each_name_are_found(tmp_path: Path, engine: str) -> None:
    tree = write(tmp_path, {"a.c": "f(); /* g */\n", "b.c": "int ff, g1;\n", "c.h": "g;f"})
    found = search.holding(tree, ["f", "g", "h"])
    assert found == {"f": ["a.c", "c.h"], "g": ["a.c", "c.h"], "h": []}
    assert search.holding(tree, []) == {}


def test_links_are_not_followed(tmp_path: Path, engine: str) -> None:
    tree = write(tmp_path / "tree", {"mm/a.c": ".open = a,\n"})
    outside = tmp_path / "outside.c"
    outside.write_text(".open = outside,\n")
    (tree.root / "mm" / "link.c").symlink_to(outside)
    (tree.root / "fs").symlink_to(tmp_path)
    assert search.lines(tree, [PATTERN]) == [Hit("mm/a.c", 1, b".open = a,")]


@pytest.mark.parametrize(
    "hostile",
    [
        {"core.fsmonitor": "touch {0}"},
        {"core.pager": "touch {0}", "pager.grep": "touch {0}"},
        {"diff.evil.textconv": "touch {0}", "grep.patternType": "fixed"},
        {"core.attributesFile": "{0}", "core.worktree": "/"},
    ],
)
def test_the_configuration_of_a_tree_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hostile: Mapping[str, str]
) -> None:
    tree = write(tmp_path / "tree", {"a.c": ".open = a,\n", ".gitattributes": "* diff=evil\n"})
    mark = tmp_path / "mark"
    subprocess.run(["git", "init", "-q", os.fspath(tree.root)], check=True)
    for name, value in hostile.items():
        config = ["git", "-C", os.fspath(tree.root), "config", name, value.format(mark)]
        subprocess.run(config, check=True)
        monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'{name}={value.format(mark)}'")
    monkeypatch.setenv("GIT_PAGER", f"touch {mark}")
    monkeypatch.setenv("GIT_DIR", os.fspath(tree.root / ".git"))
    assert search.files(tree, [PATTERN]) == ["a.c"]
    assert not mark.exists()


def test_a_pattern_that_git_gives_up_is_searched_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = write(tmp_path, {"a.c": ".open = a,\n"})
    broken = tmp_path / "git"
    broken.write_text("#!/bin/sh\necho 'no PCRE here' >&2\nexit 128\n")
    broken.chmod(0o755)
    monkeypatch.setattr(search, "_ENGINES", [git_grep.find])
    monkeypatch.setattr(git_grep, "_program", lambda: os.fspath(broken))
    assert search.files(tree, [PATTERN]) == ["a.c"]


def test_a_file_that_cannot_be_read_has_no_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = write(tmp_path, {"a.c": ".open = a,\n", "b.c": ".open = b,\n"})
    listed = tree.files(["."])
    (tmp_path / "b.c").unlink()
    monkeypatch.setattr(search, "_ENGINES", [])
    monkeypatch.setattr(Tree, "files", lambda *_: listed)
    assert search.files(tree, [PATTERN]) == ["a.c"]
