"""`mmlint graph`: questions about a small tree, from the command line to the exit status."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
from pathlib import Path

import networkx as nx
import pytest
from tests.cli.stand_ins import CommandLine

from mmlint.callgraph.spool import Spool
from mmlint.callgraph.whole import Unfinished

TAKE = """\
#include <linux/page.h>

static int take_one(int pfn)
{
	return page_of(pfn);
}

int take_all(int last)
{
	int found = 0;

	while (last--)
		found += take_one(last);
	return found + for_taking(last);
}
"""
SHOW = """\
static int show(void *file)
{
	return take_all(9);
}

static int lonely(void *file)
{
	return file->unknown->guess(file);
}
"""
HEADER = """\
#define for_taking(x) page_of(x)

static inline int page_of(int pfn)
{
	return pfn;
}
"""
FILES = {
    "mm/take.c": TAKE,
    "fs/show.c": SHOW,
    "lib/show.c": SHOW.replace("take_all", "take_none"),
    "include/linux/page.h": HEADER,
    "arch/x86/include/asm/x.h": "",
}


@pytest.fixture(autouse=True)
def small_tree(kernel: Path) -> None:
    (kernel / "mm" / "demo.c").unlink()
    for path, text in FILES.items():
        (kernel / path).parent.mkdir(parents=True, exist_ok=True)
        (kernel / path).write_text(text)


def test_callers_are_drawn_to_the_depth_that_is_asked_for(mmlint: CommandLine) -> None:
    assert mmlint("graph", "callers", "take_one") == (
        0,
        "take_one      mm/take.c:3\n└── take_all  mm/take.c:13\n",
        "",
    )
    deep = mmlint("graph", "callers", "take_one", "--depth", "2")[1]
    assert deep.endswith("└── take_all  mm/take.c:13\n    └── show  fs/show.c:3\n")


def test_callees_are_drawn_with_their_kinds(mmlint: CommandLine) -> None:
    status, out, _ = mmlint("graph", "callees", "take_all", "--depth=2")
    assert status == 0
    assert out.splitlines() == [
        "take_all         mm/take.c:8",
        "├── take_one     mm/take.c:3             at 13",
        "│   └── page_of  include/linux/page.h:3  at 5",
        "└── for_taking   include/linux/page.h:1  at 14  macro",
        "    └── page_of  include/linux/page.h:3  at 1",
    ]
    only = mmlint("graph", "callees", "take_all", "--depth=2", "--kind", "macro")[1]
    assert [line.split()[1] for line in only.splitlines()[1:]] == ["for_taking"]


def test_statics_are_told_apart_by_their_files(mmlint: CommandLine) -> None:
    assert len(mmlint("graph", "callees", "show")[1].split("\n\n")) == 2
    status, out, _ = mmlint("graph", "callees", "fs/show.c:show")
    assert status == 0
    assert out.splitlines()[0].split() == ["show", "fs/show.c:1"]
    assert "take_all" in out


def test_a_file_of_an_architecture_needs_no_option(mmlint: CommandLine, kernel: Path) -> None:
    (kernel / "arch/arm64/mm").mkdir(parents=True)
    text = "static int begin(int x)\n{\n\treturn x;\n}\nint run(int x)\n{\n\treturn begin(x);\n}\n"
    (kernel / "arch/arm64/mm/a.c").write_text(text)
    told = (0, "begin    arch/arm64/mm/a.c:1\n└── run  arch/arm64/mm/a.c:7\n", "")
    assert mmlint("graph", "callers", "arch/arm64/mm/a.c:begin") == told
    assert mmlint("graph", "path", "run", "arch/arm64/mm/a.c:begin")[0] == 0
    status, _, err = mmlint("graph", "callers", "begin")
    assert (status, "is defined for arm64 only: give --arch arm64" in err) == (2, True)
    assert mmlint("graph", "callers", "arch/arm64/mm/a.c:begin", "--arch", "x86")[0] == 2


def test_a_path_is_drawn_from_its_start(mmlint: CommandLine) -> None:
    status, out, err = mmlint("graph", "path", "fs/show.c:show", "page_of")
    assert (status, err) == (0, "")
    names = [line.split()[0] for line in out.split("\n\n")[0].splitlines()]
    assert names == ["show", "take_all", "take_one", "page_of"]
    assert out.endswith("the plainest of 2 shortest paths, 3 calls long; --all shows them\n")
    assert "  for_taking" in mmlint("graph", "path", "fs/show.c:show", "page_of", "--all")[1]


def test_no_path_is_status_1(mmlint: CommandLine) -> None:
    status, out, err = mmlint("graph", "path", "page_of", "take_all")
    assert (status, err) == (1, "")
    assert out.startswith("no call leads from page_of to take_all (")


@pytest.mark.parametrize(
    "arguments",
    [("callers", "page_of", "--depth", "2"), ("path", "show", "page_of"), ("callees", "take_all")],
)
def test_an_answer_is_used_again_until_a_file_changes(
    mmlint: CommandLine,
    kernel: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
) -> None:
    for file in kernel.rglob("*.[ch]"):
        os.utime(file, (1_600_000_000, 1_600_000_000))
    # The change times of files just made are too near for their state to be trusted.
    monkeypatch.setattr("mmlint.source.signature._RACY", 0)
    first = mmlint("graph", *arguments)
    with monkeypatch.context() as without:
        without.setattr("mmlint.cli.graph.session.Program", None)
        assert mmlint("graph", *arguments) == first
    (kernel / "fs/new.c").write_text("int more(void)\n{\n\treturn page_of(take_all(1));\n}\n")
    assert mmlint("graph", *arguments) == mmlint("graph", *arguments, "--no-cache")


def test_assembler_that_names_what_no_c_calls_is_told_as_it_is(
    mmlint: CommandLine, kernel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mmlint.source.signature._RACY", 0)
    (kernel / "mm/entry.c").write_text("int enter(void)\n{\n\treturn 1;\n}\n")
    alone = "enter  mm/entry.c:1\n└── (nothing is known to call it)\n"
    assert mmlint("graph", "callers", "enter") == (0, alone, "")
    (kernel / "arch/x86/entry.S").write_text("\tnop\n\tcall enter\n")
    told = "    named  arch/x86/entry.S:2  call enter\n"
    assert mmlint("graph", "callers", "enter")[1].endswith(told)
    (kernel / "arch/x86/entry.S").write_text("\tcall enter\n\tret\n")
    told = told.replace(":2", ":1")
    assert mmlint("graph", "callers", "enter")[1].endswith(told)
    shown = json.loads(mmlint("graph", "callers", "enter", "--format", "json")[1])
    assert shown["graph"]["named"] == [
        {
            "of": "mm/entry.c:1:enter",
            "path": "arch/x86/entry.S",
            "line": 1,
            "text": "call enter",
        }
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("callers", "page_of", "--depth", "3"),
        ("callees", "take_all"),
        ("path", "take_all", "page_of", "--all"),
    ],
)
def test_answers_as_json_are_graphs(mmlint: CommandLine, arguments: tuple[str, ...]) -> None:
    status, out, _ = mmlint("graph", *arguments, "--format", "json")
    assert status == 0
    read = nx.node_link_graph(json.loads(out), edges="edges")
    assert "mm/take.c:8:take_all" in read
    assert read.graph["query"]["name"] == arguments[0]


def test_an_export_is_of_mm_unless_paths_are_named(mmlint: CommandLine) -> None:
    status, out, err = mmlint("graph", "export")
    assert status == 0
    assert err.startswith("mmlint: 4 nodes and ")
    assert "from 2 functions in 1 file" in err
    ids = sorted(node["id"] for node in json.loads(out)["nodes"])
    assert ids == [
        "include/linux/page.h:1:for_taking",
        "include/linux/page.h:3:page_of",
        "mm/take.c:3:take_one",
        "mm/take.c:8:take_all",
    ]
    assert "from 4 functions in 2 files" in mmlint("graph", "export", "fs", "mm")[2]


@pytest.mark.parametrize(
    ("output", "start"),
    [("json", '{"directed": true'), ("dot", "digraph calls {"), ("graphml", "<?xml ")],
)
def test_an_export_goes_to_a_file_in_any_format(
    mmlint: CommandLine, tmp_path: Path, output: str, start: str
) -> None:
    target = tmp_path / "graph"
    status, out, _ = mmlint("graph", "export", "--format", output, "--output", str(target))
    assert (status, out) == (0, "")
    assert target.read_text().startswith(start)


def test_a_box_around_each_file_is_drawn_on_demand(mmlint: CommandLine) -> None:
    assert "cluster" not in mmlint("graph", "export", "--format", "dot")[1]
    assert 'label="mm/take.c"' in mmlint("graph", "export", "--format", "dot", "--cluster")[1]


@pytest.mark.parametrize("command", ["export", "stats", "unresolved"])
def test_many_files_are_read_in_parts_with_the_same_answer(
    mmlint: CommandLine, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def answer() -> tuple[int, list[str], str]:
        status, out, err = mmlint("graph", command, "fs", "lib", "mm", "--jobs", "2")
        return status, sorted(line.rstrip(",]}") for line in out.splitlines()), err

    at_once = answer()
    monkeypatch.setattr("mmlint.callgraph.whole.MOST_AT_ONCE", 1)
    assert answer() == at_once


def test_a_disk_without_room_for_many_files_is_said_in_a_line(
    mmlint: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("mmlint.callgraph.whole.MOST_AT_ONCE", 1)
    monkeypatch.setattr("tempfile.TemporaryDirectory", full)
    status, out, err = mmlint("graph", "export", "fs", "mm")
    assert (status, out) == (2, "")
    assert err.strip().endswith("no space left on device; TMPDIR names another directory")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, "143"), (signal.SIGHUP, "129")])
def test_what_is_on_disk_for_many_files_goes_when_the_run_is_ended(
    mmlint: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, status: str
) -> None:
    there: list[Path] = []

    def ended(_: object, spool: Spool, *__: object) -> None:
        spool.put_sites(0, [])
        there.extend(tmp_path.glob("mmlint-graph-*/*"))
        os.kill(os.getpid(), number)

    monkeypatch.setattr("mmlint.callgraph.whole.MOST_AT_ONCE", 1)
    monkeypatch.setattr("mmlint.callgraph.whole.export_in_parts", ended)
    # The tests may run under nohup.
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr("tempfile.tempdir", str(tmp_path))
            with pytest.raises(SystemExit, match=status):
                mmlint("graph", "export", "fs", "mm")
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)
    assert [path.name for path in there] == ["0.sites"]
    assert not list(tmp_path.glob("mmlint-graph-*"))


def test_an_export_under_nohup_survives_its_terminal(
    mmlint: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hung_up(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        raise Unfinished("it went on")

    monkeypatch.setattr("mmlint.callgraph.whole.MOST_AT_ONCE", 1)
    monkeypatch.setattr("mmlint.callgraph.whole.export_in_parts", hung_up)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        status, _, err = mmlint("graph", "export", "fs", "mm")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (status, "it went on" in err) == (2, True)


def test_calls_without_target_are_listed(mmlint: CommandLine) -> None:
    status, out, _ = mmlint("graph", "unresolved", "fs")
    assert status == 0
    assert out.startswith("fs/show.c:8: lonely(): no target is known of ")
    assert out.endswith("\n1 call without a known target in 2 functions of 1 file\n")
    told = json.loads(mmlint("graph", "unresolved", "fs", "--format", "json")[1])
    assert [(call["line"], call["field"]) for call in told["unresolved"]] == [(8, "guess")]


def test_numbers_are_told_of_the_scope(mmlint: CommandLine) -> None:
    status, out, _ = mmlint("graph", "stats")
    assert status == 0
    assert "functions in them               2\n" in out
    told = json.loads(mmlint("graph", "stats", "--format", "json")[1])
    assert (told["nodes"], told["files"]) == ({"function": 3, "macro": 1}, 1)


def test_a_configuration_leaves_out_what_it_decides(mmlint: CommandLine, kernel: Path) -> None:
    two = "#ifdef CONFIG_FAST\nint go(void)\n{\n}\n#else\nint go(int x)\n{\n}\n#endif\n"
    (kernel / "mm" / "go.c").write_text(two)
    (kernel / "fast").write_text("CONFIG_FAST=y\n")
    assert len(named(mmlint("graph", "export", "mm/go.c")[1])) == 2
    decided = mmlint("graph", "export", "mm/go.c", "--config", "fast")[1]
    assert [node["line"] for node in named(decided)] == [2]


def named(text: str) -> list[dict[str, object]]:
    return [node for node in json.loads(text)["nodes"] if node["name"] == "go"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("callers", "take_on"), "no function or macro is called 'take_on': did you mean take_one"),
        (("callees", "mm/x.c:take_one"), "take_one is not defined in mm/x.c, but in mm/take.c"),
        (("path", "take_one", "take_on"), "no function or macro is called 'take_on'"),
        (("callers", "take_one", "--kind", "odd"), "--kind odd: there are direct, macro, ops, "),
        (("callers", "take_one", "--depth", "0"), "0 is not in the range"),
        (("callers", "take_one", "--arch", "vax"), "has no architecture vax; there are x86"),
        (("callers", "take_one", "--config", "gone"), "gone: "),
        (("callers", "take_one", "--tree", "gone"), "--tree gone: there is no such directory"),
        (("stats", "gone.c"), "gone.c: no such file or directory"),
        (("export", "--format", "svg"), "'svg' is not one of 'json', 'dot', 'graphml'"),
        (("export", "--output", "no/x"), "cannot write no/x: there is no directory no"),
        (("export", "--config", "mm/take.c"), "mm/take.c:3: "),
        (("callers",), "Missing argument 'NAME'"),
    ],
)
def test_wrong_input_is_said_in_a_line(
    mmlint: CommandLine, arguments: tuple[str, ...], message: str
) -> None:
    status, out, err = mmlint("graph", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("mmlint: error: ")
    assert message in err


def test_what_was_not_analysed_is_status_3_and_listed_on_demand(
    mmlint: CommandLine, kernel: Path
) -> None:
    (kernel / "mm" / "binary.c").write_bytes(b"\0\0\0")
    status, _, err = mmlint("graph", "stats")
    assert status == 3
    assert err == ("mmlint: warning: not analysed: 1 place in 1 file (--verbose lists them)\n")
    told = mmlint("graph", "stats", "--verbose")[2].splitlines()
    assert told[0].startswith("mm/binary.c: not analysed: ")
    assert mmlint("graph", "stats", "mm/take.c")[0] == 0


def test_what_could_not_be_consulted_is_noted(mmlint: CommandLine, kernel: Path) -> None:
    (kernel / "fs" / "open.c").write_text("int open(void)\n{\n\ttake_all(1);\n")
    status, out, err = mmlint("graph", "callers", "take_all")
    assert status == 0
    assert "fs/show.c:3" in out
    assert err == "mmlint: note: not consulted: 1 place in 1 file (--verbose lists them)\n"
    told = mmlint("graph", "callers", "take_all", "--verbose")[2].splitlines()
    assert told[0].startswith("fs/open.c:2: not consulted: ")
    assert told[1] == "mmlint: note: not consulted: 1 place in 1 file"


def test_a_reader_that_left_is_no_error(
    mmlint: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("mmlint.cli.output._give_up_standard_output", lambda: None)
    monkeypatch.setattr(sys.stdout, "writelines", leave)
    assert mmlint("graph", "callers", "take_one") == (141, "", "")


def test_a_full_disk_is_said(mmlint: CommandLine) -> None:
    assert Path("/dev/full").is_char_device()
    status, _, err = mmlint("graph", "export", "--output", "/dev/full")
    assert (status, err) == (2, "mmlint: error: cannot write /dev/full: no space left on device\n")
    assert mmlint("graph", "export", "--output", os.devnull)[0] == 0


def test_a_directory_that_is_no_kernel_is_searched_whole(mmlint: CommandLine, kernel: Path) -> None:
    (kernel / "Makefile").unlink()
    assert "show" in mmlint("graph", "callers", "take_all")[1]
    assert "from 7 functions in 5 files" in mmlint("graph", "export")[2]
