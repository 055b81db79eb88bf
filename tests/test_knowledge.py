"""Knowledge is read from TOML: what is wrong is said by file and line, names are looked up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmlint.knowledge import Knowledge, KnowledgeError, load_knowledge

CHECKED = """\
[[fact]]
name = "checked"
text = "somebody looked"
source = "here"
"""


def row(table: str, **fields: object) -> str:
    """One row; it cites something. What TOML and JSON write alike is enough here."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in fields.items()]
    return "\n".join([f"[[{table}]]", *lines, 'source = "here"', ""])


def load(root: Path, text: str, name: str = "rows.toml") -> Knowledge:
    (root / name).write_text(text, encoding="utf-8")
    return load_knowledge([root])


def complaint(root: Path, text: str) -> str:
    """What is said about a file, with the directory left out."""
    with pytest.raises(KnowledgeError) as caught:
        load(root, text)
    return str(caught.value).replace(f"{root}/", "")


# What is wrong.


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[[fact]\n", 1),
        (CHECKED + "name =\n", 5),
        (CHECKED + "\n[[fact]]\nname = 'x' 'y'\n", 7),
        (CHECKED + 'source = "again"\n', 5),
    ],
)
def test_a_file_that_is_no_toml_is_named_with_the_line(
    tmp_path: Path, text: str, line: int
) -> None:
    said = complaint(tmp_path, text)
    assert said.startswith(f"rows.toml:{line}: no valid TOML: ")
    assert said.endswith("mend the line")


def test_an_unknown_table_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    said = complaint(tmp_path, CHECKED + "\n" + row("factoid", name="x"))
    assert said.startswith("rows.toml:6: no table is called factoid; one of ")
    assert {"establish", "destroy", "fact", "origin"} <= set(said.replace(",", "").split())


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        (row("pure", name="f", mode="fast"), "unknown field `mode`"),
        (row("pure"), "missing required field `name`"),
        (row("pure", name=5), "Expected `str`, got `int`"),
        (row("convert", name="f", arg="first"), "Expected `int`, got `str`"),
        (row("link", name="f", gives="home"), "Invalid enum value 'home'"),
        ('[[pure]]\nname = "f"\n', "missing required field `source`"),
    ],
    ids=["unknown field", "no name", "name type", "argument type", "no such value", "no citation"],
)
def test_a_row_that_is_not_of_its_table_is_named_with_its_line(
    tmp_path: Path, bad: str, what: str
) -> None:
    said = complaint(tmp_path, CHECKED + "\n" + bad)
    table = bad[2 : bad.index("]")]
    assert said.startswith(f"rows.toml:6: row {table}: ")
    assert what in said
    assert "has the row types" in said


def test_of_several_rows_the_wrong_one_is_meant(tmp_path: Path) -> None:
    rows = [row("pure", name="f"), CHECKED, row("pure", name="g"), row("pure", nam="h")]
    assert complaint(tmp_path, "# Comment.\n\n" + "".join(rows)).startswith(
        "rows.toml:13: row pure"
    )


def test_a_table_that_is_a_value_is_refused(tmp_path: Path) -> None:
    assert complaint(tmp_path, "pure = 3\n").startswith("rows.toml:1: row pure: ")


def test_a_row_that_names_an_unknown_fact_says_which_there_are(tmp_path: Path) -> None:
    said = complaint(tmp_path, CHECKED + row("establish", name="f", page=1, facts=["chekced"]))
    assert "row f: no fact is called chekced" in said
    assert "add a [[fact]] row or use one of checked" in said


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "rows.toml").write_bytes(b'[[fact]]\nname = "\xff"\n')
    with pytest.raises(KnowledgeError, match=r"rows\.toml:1: cannot be read: .*utf-8"):
        load_knowledge([tmp_path])
    with pytest.raises(KnowledgeError, match=r"gone\.toml:1: cannot be read: .*No such file"):
        load_knowledge([tmp_path / "gone.toml"])


# What is right.


def test_all_files_of_all_directories_are_one_knowledge(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    load(tmp_path, CHECKED, "a.toml")
    (tmp_path / "more" / "b.toml").write_text(row("pure", name="f"))
    (tmp_path / "notes.txt").write_text("no rows")
    (tmp_path / "c.toml").write_text(row("establish", name="g", page=1, facts=["checked"]))
    known = load_knowledge([tmp_path, tmp_path / "more" / "b.toml"])
    assert list(known.facts) == ["checked"]
    assert [r.name for r in known.pure["f"]] == ["f"]
    assert [r.facts for r in known.establish["g"]] == [("checked",)]


def test_no_files_are_no_knowledge(tmp_path: Path) -> None:
    known = load_knowledge([tmp_path])
    assert known.pure["f"] == ()
    assert known.triggers(["online"]) == frozenset()


def test_several_rows_of_one_name_hold_together(tmp_path: Path) -> None:
    rows = [row("establish", name="f", page=n, facts=["checked"]) for n in (1, 2)]
    known = load(tmp_path, CHECKED + "".join(rows))
    assert [r.page for r in known.establish["f"]] == [1, 2]


@pytest.mark.parametrize(
    ("pattern", "name"),
    [("page_test_*", "page_test_dirty"), ("read[bwl]", "readw"), ("?et", "get")],
)
def test_a_pattern_stands_for_the_names_that_it_matches(
    tmp_path: Path, pattern: str, name: str
) -> None:
    known = load(tmp_path, row("touch", name=pattern, touches=True))
    assert [r.name for r in known.touch[name]] == [pattern]
    assert known.touch["x" + name] == ()
    assert known.touch[name + "_x"] == () or pattern.endswith("*")


@pytest.mark.parametrize("exact_first", [True, False])
def test_an_exact_name_wins_over_a_pattern(tmp_path: Path, exact_first: bool) -> None:
    exact = row("touch", name="page_test_dirty", touches=False)
    pattern = row("touch", name="page_*", touches=True)
    known = load(tmp_path, exact + pattern if exact_first else pattern + exact)
    assert [r.touches for r in known.touch["page_test_dirty"]] == [False]
    assert [r.touches for r in known.touch["page_test_young"]] == [True]


def test_of_two_patterns_the_first_counts(tmp_path: Path) -> None:
    known = load(tmp_path, row("pure", name="get_*") + row("pure", name="get_page*"))
    assert [r.name for r in known.pure["get_page_nid"]] == ["get_*"]


def test_a_pattern_is_no_name_to_search_for(tmp_path: Path) -> None:
    rows = row("convert", name="to_page") + row("convert", name="*_to_page")
    known = load(tmp_path, rows)
    assert known.triggers(["online"]) == {"to_page"}
    assert known.named == {"to_page"}


def test_what_can_have_a_finding_depends_on_the_need(tmp_path: Path) -> None:
    rows = [
        row("convert", name="to_page"),
        row("question", name="is_device"),
        row("origin", kind="span", text="the span", field="start"),
        row("origin", kind="outside", text="a user", call="read_number"),
    ]
    known = load(tmp_path, "".join(rows))
    assert known.triggers(["online"]) == {"to_page"}
    assert known.triggers(["reference"]) == {"is_device"}
    assert known.triggers(["zone"]) == {"start"}
    assert known.triggers(["online", "zone"]) == {"to_page", "start"}


def test_an_origin_is_found_by_what_it_is_matched_by(tmp_path: Path) -> None:
    rows = [
        row("origin", kind="outside", text="one", call="f", out=2),
        row("origin", kind="outside", text="two", field="start"),
        row("origin", kind="outside", text="three", attribute="DEFINE_*_ATTRIBUTE"),
        row("origin", kind="contract", text="four", function="g"),
    ]
    known = load(tmp_path, "".join(rows))
    assert [r.out for r in known.origin_of_call["f"]] == [2]
    assert [r.text for r in known.origin_of_field["start"]] == ["two"]
    assert set(known.contract) == {"g"}
    attribute = known.origin_of_attribute("DEFINE_MY_ATTRIBUTE")
    assert attribute is not None
    assert attribute.text == "three"
    assert known.origin_of_attribute("MODULE_AUTHOR") is None
