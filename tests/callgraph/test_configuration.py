"""A program as one configuration and one architecture have it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.callgraph.indirect import sites_in
from tests.callgraph.trees import calling, found, write

from mmlint.callgraph.places import UnknownArchitecture
from mmlint.callgraph.program import Program
from mmlint.source.config import Configuration

FILES = {
    "include/linux/demo.h": "#ifdef CONFIG_A\nint take(int a);\n#else\n"
    "static inline int take(int a)\n{\n\treturn 0;\n}\n#endif\n"
    "#ifdef CONFIG_B\n#define also(a) take(a)\n#else\n#define also(a) give(a)\n#endif\n",
    "mm/take.c": "#ifdef CONFIG_A\nint take(int a)\n{\n\treturn a + more();\n}\n#endif\n",
    "mm/use.c": "int use(void)\n{\n#ifdef CONFIG_B\n\treturn take(1);\n#endif\n\treturn 0;\n}\n"
    "int through(void)\n{\n\treturn also(1);\n}\n",
    "arch/x86/include/asm/demo.h": "#define of_arch(a) take(a)\n",
    "arch/x86/kernel/one.c": "int x86_one(void)\n{\n\treturn take(1);\n}\n",
    "arch/arm/include/asm/demo.h": "#define of_arch(a) give(a)\n",
    "arch/arm/mm/two.c": "int arm_two(void)\n{\n\treturn take(1);\n}\n",
    "arch/arm/kernel/entry.S": "\tbl\ttake\n",
}


def program(root: Path, values: dict[str, str] | None = None, arch: str | None = None) -> Program:
    tree = write(root, FILES)
    known = None if values is None else Configuration(values, complete=False)
    return Program(tree, tree.files(["mm"])[0], configuration=known, arch=arch)


def test_without_a_configuration_all_variants_are_there(tmp_path: Path) -> None:
    answer = program(tmp_path)
    assert [each.body for each in answer.macros.lookup("also")] == ["take(a)", "give(a)"]
    assert "mm/use.c:use" in calling(answer, "take", "mm/take.c")
    assert found(answer, "take", "mm/use.c") == ["mm/take.c:2"]


def test_a_configuration_leaves_out_definitions_macros_and_calls(tmp_path: Path) -> None:
    answer = program(tmp_path, {"CONFIG_A": "n", "CONFIG_B": "n"})
    assert [each.body for each in answer.macros.lookup("also")] == ["give(a)"]
    outline = answer.outline("mm/take.c")
    assert outline is not None
    assert outline.definitions == ()
    assert found(answer, "take", "mm/use.c") == ["include/linux/demo.h:4"]
    users = calling(answer, "take", "include/linux/demo.h")
    assert "mm/use.c:use" not in users
    assert "arch/x86/kernel/one.c:x86_one" in users


def test_what_a_fragment_does_not_say_stays_open(tmp_path: Path) -> None:
    answer = program(tmp_path, {"CONFIG_B": "y"})
    assert [each.body for each in answer.macros.lookup("also")] == ["take(a)"]
    outline = answer.outline("mm/take.c")
    assert outline is not None
    assert [site.condition for site in outline.definitions] == ["CONFIG_A"]
    assert "mm/use.c:use" in calling(answer, "take", "mm/take.c")


@pytest.mark.parametrize(
    ("arch", "macro", "users"),
    [
        (None, "take(a)", {"arch/arm/mm/two.c:arm_two", "arch/x86/kernel/one.c:x86_one"}),
        ("x86", "take(a)", {"arch/x86/kernel/one.c:x86_one"}),
        ("arm", "give(a)", {"arch/arm/mm/two.c:arm_two"}),
    ],
)
def test_an_architecture_has_its_own_macros_and_callers(
    tmp_path: Path, arch: str | None, macro: str, users: set[str]
) -> None:
    answer = program(tmp_path, arch=arch)
    assert [each.body for each in answer.macros.lookup("of_arch")] == [macro]
    calls = calling(answer, "take", "mm/take.c")
    assert {call for call in calls if call.startswith("arch/")} == users
    assembler = [use.path for use in answer.in_assembler("take", "mm/take.c", static=False)]
    assert assembler == ([] if arch == "x86" else ["arch/arm/kernel/entry.S"])


@pytest.mark.parametrize(("arch", "field"), [("x86", "x86.run"), ("arm", "arm.run")])
def test_an_architecture_has_its_own_types(tmp_path: Path, arch: str, field: str) -> None:
    asm = "struct %s { void (*run)(void); };\nstruct thread { struct %s ops; };\n"
    files = {
        **{f"arch/{name}/include/asm/t.h": asm % (name, name) for name in ("arm", "x86")},
        "mm/a.c": "void use(struct thread *t)\n{\n\tt->ops.run();\n}\n",
    }
    answer = Program(write(tmp_path, files), ["mm/a.c"], arch=arch)
    assert [f"{site.structure}.{site.field}" for site in sites_in(answer)] == [field]


@pytest.mark.parametrize("arch", ["arm64", "", ".", "../mm", "x86/kernel"])
def test_an_unknown_architecture_is_told_the_ones_that_there_are(tmp_path: Path, arch: str) -> None:
    with pytest.raises(UnknownArchitecture, match="there are arm, x86"):
        program(tmp_path, arch=arch)


def test_a_tree_without_architectures_says_so(tmp_path: Path) -> None:
    tree = write(tmp_path, {"mm/a.c": ""})
    with pytest.raises(UnknownArchitecture, match="no architecture x86, nor any other"):
        Program(tree, ["mm/a.c"], arch="x86")
