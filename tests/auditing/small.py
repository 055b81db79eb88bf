"""Audits of small pieces of C with the knowledge that ships."""

from __future__ import annotations

from pathlib import Path

from tests.callgraph.trees import write
from tests.dataflow.small import HOME, knowledge

from mmlint.auditing import Audit, AuditRequest, AuditRow, audit

QUESTION = """\
static inline bool is_zone_device_page(const struct page *page)
{
	return page_zonenum(page) == ZONE_DEVICE;
}
"""


def audited(root: Path, text: str, name: str = "is_zone_device_page", **more: str) -> Audit:
    """The audit of `name` in a tree with one file, and others by name."""
    files = {HOME: text, "include/linux/mmzone.h": QUESTION}
    files |= {f"mm/{file}.c": other for file, other in more.items()}
    tree = write(root, files)
    return audit(AuditRequest(tree, name, ("mm", "include"), knowledge()))


def row(found: Audit, function: str) -> AuditRow:
    """The one row about a function."""
    (only,) = (row for row in found.rows if row.function == function)
    return only


def told(found: Audit, function: str = "f") -> tuple[str, str, str]:
    """Verdict, strict verdict and kind of evidence of the row about a function."""
    one = row(found, function)
    return one.verdict, one.strict_verdict, one.evidence.partition(":")[0]
