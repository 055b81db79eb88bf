"""`mmlint knowledge list|show|check`."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

import click
import msgspec

from mmlint.cli.failure import InputError
from mmlint.cli.packages import load, load_rows, rules_package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.knowledge import Knowledge
    from mmlint.row import Row


@click.group()
def knowledge() -> None:
    """Show or check what is known of kernel functions: rows, and what bodies promise."""


@knowledge.command("list", short_help="List the tables and their rows.")
@click.argument("tables", nargs=-1, metavar="[TABLE]...")
@rules_package
def list_(tables: tuple[str, ...], package: str) -> None:
    """List the rows of each TABLE; without TABLE, the tables with the number of their rows."""
    from mmlint.cli.output import write

    known = load_rows(package)
    all_tables = msgspec.structs.asdict(known.tables)
    unknown = next((table for table in tables if table not in all_tables), None)
    if unknown is not None:
        raise InputError(f"no table is called {unknown!r}: {', '.join(sorted(all_tables))}")
    if tables:
        lines = [line for table in tables for row in all_tables[table] for line in _row(known, row)]
    else:
        lines = [f"{len(rows):5} {table}" for table, rows in all_tables.items()]
    write("".join(f"{line}\n" for line in lines), None)


@knowledge.command(short_help="Show what is known of a function.")
@click.argument("name", metavar="NAME")
@click.option("--tree", metavar="DIR", help="The kernel tree. [default: the one around here]")
@rules_package
def show(name: str, tree: str | None, package: str) -> None:
    """Show what is known of NAME and where it comes from: rows, and bodies in a kernel tree."""
    from mmlint.cli.output import write

    known = load_rows(package)
    lines: list[str] = []
    for table, rows in msgspec.structs.asdict(known.tables).items():
        about = [line for row in rows if _is_about(row, name) for line in _row(known, row)]
        lines += [f"row {table}", *about] if about else []
    lines += _bodies(known, name, tree)
    if not lines:
        raise InputError(f"nothing is known of {name!r}: no row names it and no body was found")
    write("".join(f"{line}\n" for line in lines), None)


@knowledge.command(short_help="Check rules and rows.")
@click.option("--tree", metavar="DIR", help="A kernel tree, whose names the rows should know.")
@rules_package
def check(tree: str | None, package: str) -> None:
    """Load all rules and rows and say how many there are; the first mistake is said in a line.

    With --tree, list what rows took from kernels up to that one and the tree has no more: what has
    another name now, of which no row speaks.
    """
    from mmlint.cli.output import write

    rules, known = load(package), load_rows(package)
    rows = [row for table in msgspec.structs.astuple(known.tables) for row in table]
    files = {known.place(row).rpartition(":")[0] for row in rows}
    lines = [f"{len(rules)} rules and {len(rows)} rows in {len(files)} files, all well"]
    lines += _missing(known, tree) if tree is not None else ()
    write("".join(f"{line}\n" for line in lines), None)


def _missing(known: Knowledge, tree: str) -> Iterator[str]:
    """The names of rows that a tree does not have."""
    from mmlint.auditing.missing import missing
    from mmlint.cli.scope import find_tree

    found = find_tree((), tree)
    if found.kernel_version is None:
        raise InputError(f"{tree} is no kernel tree: no Makefile there says a version")
    absent = missing(found, known)
    version = found.kernel_version
    yield f"Linux {version} lacks {len(absent)} names that rows took from it or older kernels"
    wide = max((len(one.name) for one in absent), default=0)
    yield from (f"{one.version:>6}  {one.name:{wide}}  {one.place}" for one in absent)


def _bodies(known: Knowledge, name: str, tree: str | None) -> Iterator[str]:
    from mmlint.auditing.promising import promises
    from mmlint.cli.scope import find_tree

    found = find_tree((), tree)
    if found.kernel_version is None:
        return
    for promise in promises(found, known, name):
        yield f"body {promise.path}:{promise.line}"
        yield from (f"  {said}" for said in promise.says or ("nothing that matters here",))


def _is_about(row: Row, name: str) -> bool:
    return any(fnmatch.fnmatchcase(name, said) for said in row.said() if said)


def _row(known: Knowledge, row: Row) -> Iterator[str]:
    """A row as it stands in its file, without what is left at its default."""
    said = {
        field.encode_name: getattr(row, field.name)
        for field in msgspec.structs.fields(row)
        if getattr(row, field.name) != field.default
    }
    source = said.pop("source")
    yield "  " + ", ".join(f"{key} = {_value(value)}" for key, value in said.items())
    yield f"      {known.place(row)}, from {source}"


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else f"{value}"
