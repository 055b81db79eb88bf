"""The audit of a function or fact: everybody who uses it, and what makes that right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mmlint import __version__
from mmlint.auditing.asking import Asking
from mmlint.auditing.checking import Checking
from mmlint.auditing.needing import Needing
from mmlint.auditing.using import Audit, AuditRow, Users, Verdict
from mmlint.callgraph.program import Program
from mmlint.dataflow.whole import Analyses
from mmlint.model import TreeInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mmlint.knowledge import Knowledge
    from mmlint.source.tree import Tree

__all__ = ["Audit", "AuditRequest", "AuditRow", "Verdict", "audit", "auditable"]


class AuditRequest(msgspec.Struct, frozen=True):
    """What to audit: the users of `name` in the files at or below `paths` of `tree`."""

    tree: Tree
    name: str
    paths: tuple[str, ...]
    knowledge: Knowledge
    progress: Callable[[str], None] | None = None


def auditable(knowledge: Knowledge) -> tuple[str, ...]:
    """The functions and facts that `audit` knows how to judge, sorted."""
    tables = (knowledge.question, knowledge.convert, knowledge.link, knowledge.use)
    names = {name for table in tables for name in table}
    names |= set(knowledge.establish) | set(knowledge.acquire) | set(knowledge.facts)
    return tuple(sorted(names))


def audit(request: AuditRequest) -> Audit:
    """Find all users and judge them.

    Raises:
        KeyError: `name` is none of `auditable`.
    """
    files, gaps = request.tree.files(request.paths)
    program = Program(request.tree, files, request.progress)
    analyses = Analyses(program, request.knowledge, recording=True)
    users = Users(analyses, request.progress or (lambda _: None))
    rows = sorted(_rows(request, users), key=lambda row: (row.path, row.lines, row.function))
    scope = frozenset(files)
    failed = [msgspec.structs.replace(g, in_scope=g.path in scope) for g in analyses.failed]
    return Audit(
        version=__version__,
        tree=TreeInfo(str(request.tree.root), request.tree.kernel_version, request.tree.missing),
        name=request.name,
        rows=tuple(rows),
        not_analysed=tuple(sorted({*gaps, *program.not_analysed, *failed})),
    )


def _rows(request: AuditRequest, users: Users) -> Iterator[AuditRow]:
    """The rows by the table that knows the name."""
    knowledge, name = request.knowledge, request.name
    if name in knowledge.question:
        yield from Asking(users, name).rows()
    elif name in knowledge.convert or name in knowledge.link or name in knowledge.use:
        yield from Needing(users, name).rows()
    elif name in knowledge.establish or name in knowledge.acquire:
        yield from Checking(users, (name,)).rows()
    elif name in knowledge.facts:
        rows = knowledge.tables.establish
        yield from Checking(users, tuple({r.name for r in rows if name in r.facts})).rows()
    else:
        raise KeyError(name)
