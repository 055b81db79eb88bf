"""A later run looks for the functions that hold some names in files that changed, nowhere else."""

from __future__ import annotations

from mmlint.callgraph.mentions import Mentions
from mmlint.syntax.definition_sites import DefinitionSite
from mmlint.syntax.outline import outline

FIRST, SECOND = outline("mm/a.c", b"int first(void)\n{\n}\n\nint second(void)\n{\n}\n").definitions


class Files:
    """What is found in each file, and of which files that was asked."""

    def __init__(self, **sites: list[DefinitionSite]) -> None:
        self.sites = sites
        self.asked: list[str] = []

    def find(self, path: str) -> list[DefinitionSite]:
        self.asked.append(path)
        return self.sites[path]


def asked(mentions: Mentions[DefinitionSite], files: Files) -> dict[str, list[DefinitionSite]]:
    return {path: list(mentions.of("which", path, files.find)) for path in files.sites}


def before() -> Mentions[DefinitionSite]:
    found: Mentions[DefinitionSite] = Mentions()
    asked(found, Files(a=[FIRST], b=[SECOND], c=[]))
    found.finish("which")
    return found


def test_only_files_that_changed_are_looked_into() -> None:
    now: Mentions[DefinitionSite] = Mentions()
    files = Files(a=[], b=[FIRST, SECOND], c=[FIRST])
    now.remember(before().known(), ["b"])
    assert asked(now, files) == {"a": [FIRST], "b": [FIRST, SECOND], "c": []}
    assert files.asked == ["b"]
    now.finish("which")
    assert now.known() == {"which": {"a": [FIRST], "b": [FIRST, SECOND]}}


def test_a_question_that_was_not_asked_of_all_files_is_not_known() -> None:
    found: Mentions[DefinitionSite] = Mentions()
    asked(found, Files(a=[FIRST]))
    assert found.known() == {}


def test_what_was_forgotten_is_found_again() -> None:
    now: Mentions[DefinitionSite] = Mentions()
    files = Files(a=[SECOND])
    now.remember(before().known(), [])
    now.forget("which")
    assert asked(now, files) == {"a": [SECOND]}
