"""The rows that ship: each can be loaded, cites the kernel, and says nothing twice."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from mmlint.row import Row
from mmlint.rows import Establish, Fact, Origin, Promise, Tables

KNOWLEDGE = Path(__file__).parent.parent / "rules" / "mmlint_rules" / "knowledge"
FILES = sorted(KNOWLEDGE.glob("*.toml"))
CITATION = re.compile(r"[\w./-]+/[\w.-]+\.[chS]: .*\((4\.10|5\.10|6\.1|6\.12|6\.18|7\.3)\)")
MATCHED_BY = ("call", "field", "variable", "parameter", "callback", "attribute", "function")


def read(file: Path) -> Tables:
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Tables)


def rows_of(tables: Tables) -> list[Row]:
    return [row for table in msgspec.structs.astuple(tables) for row in table]


ROWS = [row for file in FILES for row in rows_of(read(file))]
FACTS = {row.name: row for row in ROWS if isinstance(row, Fact)}


def meaning(row: Row) -> str:
    """The row without its wording: two rows with the same meaning are one row too many."""
    values = {"table": type(row).__name__, **msgspec.structs.asdict(row)}
    return repr({key: value for key, value in values.items() if key not in {"text", "source"}})


def test_there_are_rows_of_every_table() -> None:
    tables = {type(row).__name__.lower() for row in ROWS}
    assert tables == {name.replace("_", "") for name in Tables.__struct_fields__}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_starts_by_saying_what_it_is_about(file: Path) -> None:
    first, second, *_ = file.read_text(encoding="utf-8").splitlines()
    assert first.startswith("# ")
    assert first.endswith((".", ",")) or second.startswith("# ")


def test_every_row_cites_a_file_of_a_kernel() -> None:
    assert [row for row in ROWS if not CITATION.match(row.source)] == []


def test_no_row_is_there_twice() -> None:
    assert [row for row, times in Counter(map(meaning, ROWS)).items() if times > 1] == []


def test_rows_establish_and_end_facts_that_exist() -> None:
    used = {name for row in ROWS for name in getattr(row, "facts", ())}
    assert used <= FACTS.keys()


def test_an_establish_row_has_the_subject_that_its_facts_are_about() -> None:
    wrong = [
        (row.name, fact)
        for row in ROWS
        if isinstance(row, Establish)
        for fact in row.facts
        if (FACTS[fact].subject == "pfn") != bool(row.pfn or row.page or row.result or row.out)
    ]
    assert wrong == []


def test_an_origin_is_matched_by_exactly_one_thing() -> None:
    origins = [row for row in ROWS if isinstance(row, Origin)]
    assert [row for row in origins if sum(bool(getattr(row, by)) for by in MATCHED_BY) != 1] == []


def test_contracts_are_about_functions_or_callbacks_and_no_function_has_another_origin() -> None:
    origins = [row for row in ROWS if isinstance(row, Origin)]
    contracts = [row for row in origins if row.kind == "contract"]
    assert [row for row in contracts if not (row.function or row.callback)] == []
    assert [row for row in origins if row.function and row.kind != "contract"] == []
    assert [row for row in origins if row.holds and row.kind != "contract"] == []


@pytest.mark.parametrize(
    ("comment", "facts"),
    [
        ("It is called when we have a stable reference for the folio.", {"reference"}),
        ("Must be called with an elevated refcount on the folio.", {"reference"}),
        ("The caller must hold a reference to the page.", {"reference"}),
        ("Caller must hold the folio lock.", {"page-lock"}),
        ("The page must be locked.", {"page-lock"}),
        ("Context: Called with pte lock held.", {"page-table-lock"}),
        ("The caller needs to hold the PT lock and the page.", {"page-table-lock"}),
        ("Takes a reference and drops the page lock.", set()),
        ("Callers must hold the mmap lock.", set()),
    ],
)
def test_promises_are_read_off_the_words_of_comments(comment: str, facts: set[str]) -> None:
    promises = [row for row in ROWS if isinstance(row, Promise)]
    assert {row.fact for row in promises if re.search(row.words, comment, re.I)} == facts
    assert facts <= set(FACTS)
