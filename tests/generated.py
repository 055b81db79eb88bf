"""The files of the repository that a program writes: `python -m tests.generated` rewrites them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.manual import man_page

from mmlint.cli.packages import all_infos
from mmlint.discovery import SECTIONS
from mmlint.report import audit, json_
from mmlint.report.graph import documents

ROOT = Path(__file__).resolve().parent.parent
RULES = "mmlint_rules"


def rule_catalogue() -> str:
    """The documentation of all rules: their docstrings, with the section titles as headings."""
    parts = [
        "# The rules\n\nMade from the rules' own docstrings; `mmlint explain RULE` adds examples."
    ]
    for info in all_infos(RULES):
        title, *rest = info.doc.strip().splitlines()
        parts.append(f"## {info.name}\n\n{title}\n" + "\n".join(_markdown(rest)))
    return "\n\n".join(parts) + "\n"


GENERATED: dict[str, Callable[[], str]] = {
    "docs/audit.schema.json": audit.schema,
    "docs/graph.schema.json": documents.schema,
    "docs/mmlint.1": man_page,
    "docs/report.schema.json": json_.schema,
    "docs/rules.md": rule_catalogue,
}
"""What writes each generated file."""


def _markdown(lines: list[str]) -> list[str]:
    titles = {title: f"### {title}\n" for title in SECTIONS}
    return [titles.get(line.rstrip(":"), line.removeprefix("    ")) for line in lines]


def main() -> None:
    """Write every file whose content is not what it should be."""
    for name, generate in GENERATED.items():
        path, text = ROOT / name, generate()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")


if __name__ == "__main__":
    main()
