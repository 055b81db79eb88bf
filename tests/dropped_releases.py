"""How many forgotten releases are seen: `python -m tests.dropped_releases TREE [PATH]...`.

One release of a declared pair at a time is taken out of a file of a kernel tree, in memory, and the
file is checked again. What is reported then and was not before counts as seen.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mmlint.callgraph.program import Program
from mmlint.dataflow.climb import Climb
from mmlint.dataflow.typestate.balance import PAIRS
from mmlint.dataflow.typestate.contracts import Contracts
from mmlint.dataflow.whole import Analyses
from mmlint.discovery import knowledge_dir
from mmlint.knowledge import Knowledge, load_knowledge
from mmlint.source.tree import Tree

ASIDE = {"undecided", "weak"}


class Mutant(NamedTuple):
    """The file `path` without the call at the bytes from `start` to `end`."""

    path: str
    start: int
    end: int
    call: str


class Changed(Tree):
    """A tree of which one file reads otherwise; `change` says how."""

    change: tuple[str, bytes] = ("", b"")

    def read(self, path: str) -> bytes:
        return self.change[1] if path == self.change[0] else super().read(path)


def releases(knowledge: Knowledge) -> re.Pattern[bytes]:
    """Statements that release what is followed from function to function."""
    plain: set[bytes] = set()
    members: set[bytes] = set()
    for row in knowledge.tables.pair:
        if row.kind == "pair" and not row.weak:
            address = (
                rb"\(&\w*%s" % row.member.replace(".", "->").encode() if row.member else rb"\("
            )
            (members if row.member else plain).update(n.encode() + address for n in row.release)
    return re.compile(rb"(?m)^\s+((?:%s)[^;]*\)\s*;)" % b"|".join(sorted(plain | members)))


def mutants(tree: Tree, paths: list[str], knowledge: Knowledge) -> Iterator[Mutant]:
    """Each release in the C files below `paths`."""
    pattern = releases(knowledge)
    for path in tree.files(paths)[0]:
        for match in pattern.finditer(tree.read(path)) if path.endswith(".c") else ():
            yield Mutant(path, match.start(1), match.end(1), match[1].decode(errors="replace"))


def breaches(tree: Tree, path: str, knowledge: Knowledge) -> set[tuple[str, str, str]]:
    """What is reported above a note for the pairs of one file: kind, function and resource."""
    analyses = Analyses(Program(tree, (path,)), knowledge)
    contracts = Contracts(analyses, Climb(analyses), frozenset({path}))
    contracts.run()
    return {
        (breach.kind, breach.base.function, breach.subject)
        for place in contracts.places(PAIRS)
        for breach in contracts.breaches(PAIRS, place)
        if breach.need == "balance" and not breach.marks & ASIDE
    }


def main(arguments: list[str]) -> None:
    """Try all mutants and say which are not seen."""
    knowledge = load_knowledge([knowledge_dir("mmlint_rules")])
    found = Tree.find(Path(arguments[0]))
    tree = Changed(found.root, found.kernel_version, found.missing)
    seen = missed = 0
    for mutant in mutants(tree, arguments[1:] or ["."], knowledge):
        tree.change = ("", b"")
        before = breaches(tree, mutant.path, knowledge)
        text = tree.read(mutant.path)
        hole = b";" + b" " * (mutant.end - mutant.start - 1)
        tree.change = (mutant.path, text[: mutant.start] + hole + text[mutant.end :])
        if breaches(tree, mutant.path, knowledge) - before:
            seen += 1
        else:
            missed += 1
            line = text.count(b"\n", 0, mutant.start) + 1
            print(f"{mutant.path}:{line}: not seen: {mutant.call}")
    print(f"{seen} of {seen + missed} seen")


if __name__ == "__main__":
    main(sys.argv[1:])
