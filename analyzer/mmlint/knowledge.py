"""Kernel knowledge: reads the rows and answers what is known of a name.

The engine asks here by name and knows none itself. A mistake in a row is a `KnowledgeError` that
names the file and the line of the row.
"""

from __future__ import annotations

import fnmatch
import re
import tomllib
from collections import defaultdict
from functools import cache, cached_property
from typing import TYPE_CHECKING, TypeVar

import msgspec

from mmlint.row import Row
from mmlint.rows import Destroy, Establish, Origin, Tables, Touch, Use

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from mmlint.pairs import Pair

__all__ = ["Knowledge", "KnowledgeError", "Tables", "load_knowledge"]

_R = TypeVar("_R", bound=Row)
_HEADER = re.compile(r"[ \t]*\[\[?[ \t]*([^\[\] \t]+)[ \t]*\]")
_WILD = re.compile(r"[*?\[]")


class KnowledgeError(Exception):
    """A knowledge file cannot be used; the text is `file:line: what is wrong; what to do`."""


def load_knowledge(paths: Sequence[Path]) -> Knowledge:
    """The knowledge in the TOML files of the directories (or files) `paths`.

    Raises:
        KnowledgeError: a file cannot be read, is no TOML, or holds a row that is not of its table.
    """
    rows: dict[str, list[Row]] = defaultdict(list)
    places: dict[int, str] = {}
    for path in paths:
        files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        for file in files:
            for table, row, line in _rows_of(file):
                rows[table].append(row)
                places[id(row)] = f"{file}:{line}"
    tables = Tables(**{table: tuple(found) for table, found in rows.items()})  # type: ignore[arg-type]
    _check_facts(tables, places)
    _check_pairs(tables, places)
    return Knowledge(tables, places)


def _rows_of(file: Path) -> Iterable[tuple[str, Row, int]]:
    try:
        text = file.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{file}:1: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        where = line[1] if line else "1"
        raise KnowledgeError(f"{file}:{where}: no valid TOML: {error}; mend the line") from error
    types = {field.name: _row_type(field.type) for field in msgspec.structs.fields(Tables)}
    for table, entries in document.items():
        if table not in types:
            line_number = _line_of(text, table, 0)
            known = ", ".join(sorted(types))
            raise KnowledgeError(
                f"{file}:{line_number}: no table is called {table}; one of {known}"
            )
        for number, entry in enumerate(entries if isinstance(entries, list) else [entries]):
            try:
                row = msgspec.convert(entry, types[table])
            except msgspec.ValidationError as error:
                line_number = _line_of(text, table, number)
                raise KnowledgeError(
                    f"{file}:{line_number}: row {table}: {error}; CONTRIBUTING.md has the row types"
                ) from error
            yield table, row, _line_of(text, table, number)


def _row_type(annotation: object) -> type[Row]:
    row: type[Row] = annotation.__args__[0]  # type: ignore[attr-defined]
    return row


def _line_of(text: str, table: str, number: int) -> int:
    lines = _headers(text).get(table, ())
    return lines[number] if number < len(lines) else 1


@cache
def _headers(text: str) -> dict[str, list[int]]:
    """The lines with the headers of rows, by table."""
    found: dict[str, list[int]] = defaultdict(list)
    for at, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header is not None:
            found[header[1]].append(at)
    return found


def _check_facts(tables: Tables, places: dict[int, str]) -> None:
    known = {fact.name for fact in tables.fact}
    rows: list[Establish | Destroy] = [*tables.establish, *tables.destroy]
    for row in rows:
        for fact in row.facts:
            if fact not in known:
                raise KnowledgeError(
                    f"{places[id(row)]}: row {row.name}: no fact is called {fact}; "
                    "add a [[fact]] row or use one of " + ", ".join(sorted(known))
                )


def _check_pairs(tables: Tables, places: dict[int, str]) -> None:
    names = {row.name for row in tables.pair}
    for row in tables.pair:
        named = [("wants", name) for name in row.wants if name not in names]
        wrong = {
            "acquire is empty: name the function that acquires": not row.acquire,
            "release is empty: name the function that releases": not row.release,
            "key counts arguments from 1": any(p < 1 for p in (*row.key, *row.release_key)),
            "result says that the key is what is returned; leave key out": row.result and row.key,
            "member needs the argument that is the address: key = [1]": row.member and not row.key,
            "length counts from the argument in key: key = [1]": row.length and not row.key,
            f"no pair is called {named[0][1] if named else ''}": named,
        }
        for what, is_wrong in wrong.items():
            if is_wrong:
                raise KnowledgeError(f"{places[id(row)]}: row pair {row.name}: {what}")
    for under in tables.under:
        if under.pair not in names:
            where = places[id(under)]
            raise KnowledgeError(f"{where}: row under: no pair is called {under.pair}")


class _ByName(dict[str, tuple[_R, ...]]):
    """Rows by name; a name that only a pattern matches is looked up once and remembered."""

    def __init__(self, rows: Iterable[_R]) -> None:
        super().__init__()
        found: dict[str, list[_R]] = defaultdict(list)
        for row in rows:
            name: str = getattr(row, "name", "")
            if name:
                found[name].append(row)
        self._patterns = [(re.compile(fnmatch.translate(n)), n) for n in found if _WILD.search(n)]
        self._of_pattern = {n: tuple(found[n]) for _, n in self._patterns}
        self._looked_up: dict[str, tuple[_R, ...]] = {}
        self.update({n: tuple(r) for n, r in found.items() if n not in self._of_pattern})

    def get_rows(self, name: str) -> tuple[_R, ...]:
        """The rows of `name`, none if it is unknown; an exact name wins over a pattern."""
        found = self.get(name)
        if found is None:
            return self.__missing__(name) if self._patterns else ()
        return found

    def __missing__(self, name: str) -> tuple[_R, ...]:
        if not self._patterns:
            return ()
        found = self._looked_up.get(name)
        if found is None:
            matching = (text for pattern, text in self._patterns if pattern.match(name))
            found = self._looked_up[name] = self._of_pattern.get(next(matching, ""), ())
        return found


def _by_each(rows: Iterable[Pair], names: str) -> dict[str, tuple[Pair, ...]]:
    """Rows by each of the functions that they list in the field `names`."""
    found: dict[str, list[Pair]] = defaultdict(list)
    for row in rows:
        for name in getattr(row, names):
            found[name].append(row)
    return {name: tuple(of_name) for name, of_name in found.items()}


class Knowledge:
    """All rows, looked up by the name of a function, field, global or annotation."""

    def __init__(self, tables: Tables, places: dict[int, str] | None = None) -> None:
        self.tables = tables
        self._places = places or {}
        self.facts = {row.name: row for row in tables.fact}
        self.convert = _ByName(tables.convert)
        self.offset = _ByName(tables.offset)
        self.pfn_of = _ByName(tables.pfn_of)
        self.same = _ByName(tables.same)
        self.scale = _ByName(tables.scale)
        self.establish: _ByName[Establish] = _ByName(tables.establish)
        self.destroy = _ByName(tables.destroy)
        self.touch: _ByName[Touch] = _ByName(tables.touch)
        self.question = _ByName(tables.question)
        self.link = _ByName(tables.link)
        self.use: _ByName[Use] = _ByName(tables.use)
        self.pure = _ByName(tables.pure)
        self.bound = _ByName(row for row in tables.bound if not row.starts)
        self.starts = frozenset(row.name for row in tables.bound if row.starts)
        self.stop = _ByName(tables.stop)
        self.sign = _ByName(tables.sign)
        self.walker = _ByName(tables.walker)
        self.walkers, self.threads = (
            frozenset(row.name for row in rows) for rows in (tables.walker, tables.thread)
        )
        whole = [row for row in tables.pair if row.kind != "blocks"]
        self.acquire = _by_each(whole, "acquire")
        self.release = _by_each(whole, "release")
        self.sleep = _ByName(tables.sleep)
        self.span_ends = {row.name: row for row in tables.span_end}
        self.guarantees = {row.function: row for row in tables.guarantee}
        self.pairs = {row.name: row for row in reversed(tables.pair)}
        self.boot = frozenset(row.annotation for row in tables.boot if row.annotation)
        self.boot_values = frozenset(row.value for row in tables.boot if row.value)
        self.needs = {row.name: row for row in tables.need}
        self.promises = [(re.compile(row.words, re.I), row) for row in tables.promise]
        # Who asks a page for its zone, or a zone for something else, uses no zone.
        self.asking = frozenset(
            r.name
            for rows in (tables.link, tables.pure, tables.establish, tables.same)
            for r in rows
        )
        self.status = {(row.field, row.value): row for row in tables.status}
        self.status_pfns = frozenset(row.pfn for row in tables.status)
        self.page_heads = frozenset(row.head for row in tables.describe if row.head)
        self.page_types = frozenset(row.type for row in tables.describe)
        self._read_origins()
        self.named = self._all_names()
        self._spoken_of: dict[str, bool] = {}

    @cached_property
    def hotplug(self) -> frozenset[str]:
        """The architectures on which memory can be plugged; none where no row says so."""
        return frozenset(row.arch for row in self.tables.hotplug)

    def speaks_of(self, name: str) -> bool:
        """Whether any row says something of a call of `name`; of most calls none does."""
        known = self._spoken_of.get(name)
        if known is None:
            tables = (
                *(self.same, self.convert, self.link, self.offset, self.pfn_of, self.scale),
                *(self.question, self.use, self.establish, self.destroy, self.touch),
                *(self.walker, self.pure, self.bound, self.sign),
            )
            known = name in self.named or any(rows.get_rows(name) for rows in tables)
            self._spoken_of[name] = known
        return known

    @cached_property
    def _linking(self) -> dict[str, bool]:
        return {}

    def asks_for_link(self, name: str) -> bool:
        """Whether a call of `name` asks a page which zone or node it belongs to."""
        known = self._linking.get(name)
        if known is None:
            linked = any(row.gives == "link" for row in self.convert.get_rows(name))
            known = self._linking[name] = linked or bool(self.link.get_rows(name))
        return known

    def _read_origins(self) -> None:
        """Where values come from, by what shows it."""
        self.spans = frozenset(r.field or r.call for r in self.tables.origin if r.ends)
        self.origin_of_call = self._origins("call")
        self.origin_of_field = self._origins("field")
        self.origin_of_variable = self._origins("variable")
        self.origin_of_parameter = self._origins("parameter")
        self.origin_of_callback = self._origins("callback")
        self.contract = self._origins("function")
        self._attributes = [
            (re.compile(fnmatch.translate(o.attribute)), o)
            for o in self.tables.origin
            if o.attribute
        ]

    def _origins(self, by: str) -> dict[str, tuple[Origin, ...]]:
        found: dict[str, list[Origin]] = defaultdict(list)
        for row in self.tables.origin:
            name: str = getattr(row, by)
            if name:
                found[name].append(row)
        return {name: tuple(rows) for name, rows in found.items()}

    def place(self, row: Row) -> str:
        """The file and line of a row, `file:line`; empty if it was not read from a file."""
        return self._places.get(id(row), "")

    def origin_of_attribute(self, macro: str) -> Origin | None:
        """The origin of the parameters of a function that stands in this macro at file scope."""
        return next((row for pattern, row in self._attributes if pattern.match(macro)), None)

    def triggers(self, needs: Iterable[str]) -> frozenset[str]:
        """Names without which a function can have no finding of the rules with these needs."""
        names: set[str] = set()
        for need in needs:
            if need == "online":
                names |= {r.name for r in self.tables.convert}
                names |= {r.name for r in self.tables.establish if r.returns == "page"}
            elif need == "reference":
                names |= {r.name for r in self.tables.question}
            elif need == "zone":
                rows = self.tables.origin
                names |= {r.field or r.call or r.variable for r in rows if r.kind == "span"}
        return frozenset(n for n in names if n and not _WILD.search(n))

    def asks_for_zone(self, name: str) -> bool:
        """Whether the function uses a page on behalf of a zone, or gives the zone of one."""
        return bool(self.use.get_rows(name) or self.link.get_rows(name))

    def _all_names(self) -> frozenset[str]:
        tables = self.tables
        rows: list[Iterable[Row]] = [tables.convert, tables.establish, tables.destroy]
        rows += [tables.question, tables.link, tables.use]
        names: set[str] = {getattr(row, "name", "") for table in rows for row in table}
        return frozenset(n for n in names if not _WILD.search(n))
