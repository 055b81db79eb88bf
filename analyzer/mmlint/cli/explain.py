"""`mmlint explain RULE`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from mmlint.cli.failure import InputError
from mmlint.cli.packages import all_infos, load, load_rows, rules_package

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mmlint.discovery import LoadedRule
    from mmlint.model import RuleInfo
    from mmlint.row import Row
    from mmlint.rows import Tables


@click.command()
@click.argument("rule", metavar="RULE")
@rules_package
def explain(rule: str, package: str) -> None:
    """Explain RULE: its documentation, an example, what it knows, how to suppress it."""
    from mmlint.cli.output import write
    from mmlint.discovery import fixtures_of

    info = _info(rule, package)
    parts = [info.doc.rstrip()]
    loaded = next((r for r in load(package) if r.info.name == rule), None)
    if loaded is not None:
        fixtures = fixtures_of(package, rule)
        parts += _examples("Reported", fixtures, "_bad.c")
        parts += _examples("Not reported", fixtures, "_ok.c")
        parts.append(
            "How to suppress it\n"
            f"/* mmlint: allow({rule}): why this is right */ on the line, or alone above the\n"
            "statement; allow-function or allow-file for more."
        )
        parts += _rows(loaded, load_rows(package).tables)
    write("\n\n".join(parts) + "\n", None)


def _info(rule: str, package: str) -> RuleInfo:
    from mmlint.findings.selection import nearest

    infos = {info.name: info for info in all_infos(package)}
    if rule not in infos:
        raise InputError(f"no rule is called {rule!r}: {nearest(rule, infos)}")
    return infos[rule]


def _examples(title: str, fixtures: Iterable[Path], ending: str) -> Iterator[str]:
    """The shortest fixture whose name has `ending`: its text is the documentation."""
    texts = [f.read_text(encoding="utf-8") for f in fixtures if f.name.endswith(ending)]
    if texts:
        yield f"{title}\n\n{min(texts, key=len).strip()}"


def _rows(rule: LoadedRule, tables: Tables) -> Iterator[str]:
    """The rows about the fact that the rule asks for, and the tables that it reads besides."""
    for field in msgspec.structs.fields(tables):
        whole = field.name in rule.tables
        rows = [row for row in getattr(tables, field.name) if whole or _about(row, rule.need)]
        if rows:
            yield "\n".join([f"Knowledge: {field.name}", *map(_row, rows)])


def _about(row: Row, need: str) -> bool:
    from mmlint.rows import Fact

    if isinstance(row, Fact):
        return row.name == need
    return need in getattr(row, "facts", ())


def _row(row: Row) -> str:
    said = {
        field.encode_name: getattr(row, field.name)
        for field in msgspec.structs.fields(row)
        if getattr(row, field.name) != field.default
    }
    source = said.pop("source")
    fields = ", ".join(f"{key} {_value(value)}" for key, value in said.items() if key != "name")
    name = getattr(row, "name", "")
    return f"  {name}{': ' if name and fields else ''}{fields}\n      {source}"


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return "+".join(map(str, value))
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)
