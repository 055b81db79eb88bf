"""Which names may stand in front of a member, as the declarations of its structure have them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.callgraph.trees import program, write

from mmlint.callgraph.carriers import Carriers, carriers
from mmlint.callgraph.codes import Code, Codes
from mmlint.callgraph.destinations import Keeper
from mmlint.callgraph.files import Files, Gaps
from mmlint.callgraph.includes import Includes
from mmlint.callgraph.makefiles import Makefiles
from mmlint.callgraph.slot_calls import FEW_LINES
from mmlint.source.tree import Tree

OPS = "struct ops { int (*init)(int); };\nstruct other { int (*init)(int); };\n"


def of(root: Path, text: str) -> Carriers | None:
    return carriers(write(root, {"a.h": text}), ["ops"], ["a.h"])["ops"]


def may_be(tree: Tree, naming: list[str], path: str, line: str) -> bool:
    """Whether a line may name the member `init` of a structure that some files name."""
    found = carriers(tree, ["ops"], naming)["ops"]
    assert found is not None
    files = Files(tree, (), Gaps(frozenset()))
    includes = Includes(files, "x86", Makefiles(files, "x86"))
    parts = re.split(r"(?:->|\.)init\b", line)[:-1]
    return any(found.may_be_behind(part.encode(), path, tree, includes) for part in parts)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("struct ops *a;", {"a"}),
        ("struct ops a[] = { { 1 } }, *b, c[2];", {"a", "b", "c"}),
        ("struct ops *a = x, *b, c[2];", {"a", "b", "c"}),
        ("const struct ops *const a;", {"a"}),
        ("struct ops __rcu *a;", {"a"}),
        ("struct ops HOT a;", {"HOT", "a"}),
        ("struct ops *tab[] = { 0 };", {"tab"}),
        ("int f(struct ops *a, int b);", set()),
        ("int f(int b,\n      int (*c)(int), struct ops\n\t\t*a);", set()),
        ("struct none { int (*f)(struct ops *a); };", set()),
        ("struct ops *get(int b);", {"get"}),
        ("struct ops *(*get)(int b);", {"get"}),
        ("DEFINE_PER_CPU(struct ops, a);", {"a"}),
        ("struct ops { int b; } a, *c;", {"a", "c"}),
        ("struct ops_more *a; struct my_ops b;", set()),
        ("static struct {\n\tint b;\n} ops[] = { { 1 } };", {"ops"}),
        ("struct one {\n\tstruct { int b; } *ops;\n};", {"ops"}),
    ],
)
def test_a_declaration_carries_the_structure(tmp_path: Path, text: str, names: set[str]) -> None:
    found = of(tmp_path, text)
    assert found is not None
    assert {name.decode() for name in found.members | found.variables} == names


@pytest.mark.parametrize(
    ("text", "line", "may"),
    [
        ("struct ops a;", "a.init(1);", True),
        ("extern struct ops a;", "a.init(1);", True),
        ("extern struct ops a;", "x->a.init(1);", False),
        ("struct outer {\n\tstruct ops a;\n};", "x->a.init(1);", True),
        ("struct outer {\n\tstruct ops a;\n};", "x.a[2].init(1);", True),
        ("struct outer {\n\tstruct ops a;\n};", "a.init(1);", False),
        ("struct outer {\n\tstruct ops a;\n};", "\ta.init(1);\nx->\n\ta.init(1);", True),
        ("struct outer { struct ops *a; };", "x->a->init(1);", True),
        ("struct outer { struct ops *a; };", "f(a->init);", False),
        ("int f(struct ops *a);", "a->init(1);", False),
    ],
)
def test_members_and_variables_are_told_apart(
    tmp_path: Path, text: str, line: str, may: bool
) -> None:
    tree = write(tmp_path, {"a.h": f"{text}\n", "b.c": f"{line}\n"})
    assert may_be(tree, ["a.h"], "b.c", line.partition("\n")[0]) is may
    assert may_be(tree, ["a.h"], "a.h", line)


@pytest.mark.parametrize("text", ["typedef struct ops ops_t;", "struct outer {\n\tstruct ops;\n};"])
def test_another_name_of_the_type_may_carry_it_anywhere(tmp_path: Path, text: str) -> None:
    assert of(tmp_path, text) is None


@pytest.mark.parametrize(
    ("line", "rest", "may"),
    [
        ("a->init(1);", "", True),
        ("a.init(1);", "", True),
        ("x->a[2]->init(1);", "", True),
        ("b->init(1);", "", False),
        ("x->a->other.init(1);", "", False),
        ("get(b)->init(1);", "", True),
        ("->init(1);", "", True),
        ("b->init(1) + a->init(1);", "", True),
        ("b->init(1);", "auto b = a;", True),
        ("b->init(1);", "typeof(a) b;", True),
        ("b->init(1);", "auto c = a;", False),
        ("b->init(1);", "OPS(b);", True),
        ("b->init(1);", "HOOPS(b);", False),
    ],
)
def test_a_line_tells_whose_member_it_calls(
    tmp_path: Path, line: str, rest: str, may: bool
) -> None:
    files = {
        "a.h": "struct ops *a;\n#define OPS(x) \\\n\tstruct ops x\n",
        "b.c": f"{line}\n{rest}\n",
    }
    tree = write(tmp_path, files)
    assert may_be(tree, ["a.h"], "b.c", line) is may


@pytest.mark.parametrize(
    ("place", "files", "may"),
    [
        ("fs/a.c", {}, True),
        ("fs/b.c", {}, False),
        ("fs/b.h", {}, True),
        ("fs/b.c", {"fs/b.c": '#include "a.c"\n'}, True),
        ("fs/b.c", {"fs/all.c": '#include "a.c"\n#include "b.c"\n'}, True),
        ("fs/part/b.c", {"fs/all.c": '#include "a.c"\n#include "part/b.c"\n'}, True),
        ("fs/b.c", {"fs/all.c": '#include "b.h"\n'}, False),
    ],
)
def test_what_a_source_declares_is_there_for_those_compiled_with_it(
    tmp_path: Path, place: str, files: dict[str, str], may: bool
) -> None:
    declared = {"fs/a.c": "struct ops *a;\n", "fs/b.c": "", "fs/b.h": "", "fs/part/b.c": ""}
    tree = write(tmp_path, {**declared, **files})
    assert may_be(tree, ["fs/a.c"], place, "a->init(1);") is may


def test_what_a_source_defines_is_its_own(tmp_path: Path) -> None:
    tree = write(tmp_path, {"a.c": "#define X(n) struct ops n\nX(b);\n", "b.c": "X(b);\n"})
    assert may_be(tree, ["a.c"], "a.c", "b->init(1);")
    assert not may_be(tree, ["a.c"], "b.c", "b->init(1);")


@pytest.mark.parametrize(("others", "looked_at"), [(FEW_LINES, False), (FEW_LINES + 1, True)])
def test_many_lines_of_others_are_not_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: int, *, looked_at: bool
) -> None:
    parsed: list[str] = []
    read = Codes.code

    def noted(codes: Codes, path: str) -> Code:
        parsed.append(path)
        return read(codes, path)

    calls = "int {0}(struct {1} *{2})\n{{\n\treturn {2}->init(1);\n}}\n"
    files = {"include/ops.h": OPS, "mm/a.c": calls.format("f", "ops", "o")}
    files |= {f"fs/{n}.c": calls.format("g", "other", "own") for n in range(others - 1)}
    answer = program(tmp_path, files).indirect
    monkeypatch.setattr(Codes, "code", noted)
    assert [site.path for site in answer.call_sites(Keeper("ops", "init"))] == ["mm/a.c"]
    assert (not any(path.startswith("fs/") for path in parsed)) == looked_at
