"""What is found does not depend on the order in which functions are examined.

Results that are kept, and workers that share the functions of a run, rely on that.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from tests.test_fixtures import FILES, RULES

from mmlint.discovery import knowledge_dir, load_rules
from mmlint.engine import CheckRequest, check
from mmlint.examining import Examination, Outcome, Task
from mmlint.knowledge import load_knowledge
from mmlint.model import Finding
from mmlint.source.tree import Tree

SEED = 1
KERNEL = "MMLINT_LINUX_6_12"


def found(tree: Tree, scope: str, seed: int) -> tuple[Finding, ...]:
    """All findings, notes among them; with a seed everything is done in another order before."""
    of = Examination.of
    warm: list[int] = []

    def after_others(examination: Examination, task: Task) -> Outcome:
        if not warm:
            warm.append(seed)
            before = examination.tasks()
            random.Random(seed).shuffle(before)
            for other in before:
                of(examination, other)
        return of(examination, task)

    with pytest.MonkeyPatch.context() as patch:
        if seed:
            patch.setattr(Examination, "of", after_others)
        rules = load_rules("mmlint_rules")
        knowledge = load_knowledge([knowledge_dir("mmlint_rules")])
        return check(CheckRequest(tree, (scope,), rules, knowledge)).findings


@pytest.mark.parametrize("rule", RULES)
def test_the_findings_of_a_fixture_are_those_of_any_order(rule: str) -> None:
    for file in (file for file in FILES if file.parent.name == rule):
        tree = Tree.find(file)
        assert found(tree, file.name, SEED) == found(tree, file.name, 0), file.name


@pytest.mark.kernel
def test_the_findings_of_a_kernel_are_those_of_any_order() -> None:
    named = os.environ.get(KERNEL)
    if not named:
        pytest.skip(f"{KERNEL} names no unpacked linux-source-6.12")
    tree = Tree.find(Path(named), Path(named))
    expected = found(tree, "mm", 0)
    assert expected
    assert found(tree, "mm", SEED) == expected
