"""A rule is a module with a documented docstring; nothing else registers it."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pytest

from mmlint.discovery import SECTIONS, RuleError, fixtures_of, knowledge_dir, load_rules

DOC = "Something is wrong.\n\n" + "\n\n".join(f"{title}\nWords." for title in SECTIONS)
RULE = f'"""{DOC}\n"""\n\nNEED = "online"\n\n\ndef judge():\n    return []\n'
_NUMBERS = itertools.count()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty rule package of its own name, in the place of a checkout's."""
    directory = tmp_path / "rules" / f"package_{next(_NUMBERS)}"
    directory.mkdir(parents=True)
    (directory / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(directory.parent))
    return directory


def test_a_module_is_a_rule_of_its_name(package: Path) -> None:
    (package / "page_not_held.py").write_text(RULE)
    (package / "_shared.py").write_text("")
    (rule,) = load_rules(package.name)
    assert rule.info.name == "page-not-held"
    assert rule.info.summary == "Something is wrong."
    assert rule.info.doc.splitlines()[2] == "What is reported"
    assert rule.need == "online"
    assert rule.judge() == []
    assert rule.tables == ()


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("NEED = 'x'\n", "a rule without a docstring does not load"),
        (RULE.replace("Evidence\n", "Proof\n"), "lacks the section 'Evidence'"),
        (
            RULE.replace("Evidence\n", "E\n").replace("Agreed in\n", "Evidence\nAgreed in\n"),
            "the sections of the docstring have this order: What is reported, Why",
        ),
        (RULE.replace("NEED", "NEEDED"), "rule broken: NEED must name the fact"),
        (RULE.replace("judge", "judges"), "rule broken: it must define the function judge"),
        ("import no_such_module\n", "cannot be imported: No module named 'no_such_module'"),
        ("def f(:\n", "cannot be imported: invalid syntax"),
    ],
)
def test_a_rule_that_is_not_whole_does_not_load(package: Path, source: str, complaint: str) -> None:
    (package / "broken.py").write_text(source)
    with pytest.raises(RuleError) as caught:
        load_rules(package.name)
    assert complaint in str(caught.value)
    assert "broken" in str(caught.value)


@pytest.mark.parametrize("name", ["no_such_package", "no_such.package", "", ".x", "zipimport"])
def test_a_package_that_is_none_is_an_error(name: str) -> None:
    with pytest.raises(RuleError, match="rule package"):
        load_rules(name)


def test_knowledge_lies_in_the_package(package: Path) -> None:
    with pytest.raises(RuleError, match="has no such directory"):
        knowledge_dir(package.name)
    (package / "knowledge").mkdir()
    assert knowledge_dir(package.name) == package / "knowledge"


def test_fixtures_lie_in_the_package_or_beside_its_source_root(package: Path) -> None:
    assert fixtures_of(package.name, "page-not-held") == ()
    beside = package.parent.parent / "fixtures" / "page-not-held"
    beside.mkdir(parents=True)
    (beside / "b.c").write_text("")
    (beside / "a.c").write_text("")
    (beside / "notes.md").write_text("")
    assert fixtures_of(package.name, "page-not-held") == (beside / "a.c", beside / "b.c")
    inside = package / "fixtures" / "page-not-held"
    inside.mkdir(parents=True)
    assert fixtures_of(package.name, "page-not-held") == ()


def test_the_rules_of_mmlint_load_and_have_fixtures() -> None:
    rules = load_rules("mmlint_rules")
    assert [rule.info.name for rule in rules] == sorted(rule.info.name for rule in rules)
    assert rules
    for rule in rules:
        assert fixtures_of("mmlint_rules", rule.info.name), rule.info.name


def test_loading_a_rule_package_leaves_sys_path_alone(package: Path) -> None:
    before = list(sys.path)
    load_rules(package.name)
    assert sys.path == before
