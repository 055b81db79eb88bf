"""The audit and the facts in all their formats."""

from __future__ import annotations

import csv
import io
import json

import jsonschema
import pytest

from mmlint.auditing import Audit, AuditRow
from mmlint.auditing.knowing import Change, KnownFunction, KnownLine
from mmlint.model import NotAnalysed, Step, TreeInfo
from mmlint.report import audit as report
from mmlint.report import facts

STEPS = (
    Step("mm/a.c", 4, 0, "f", "asks", "is_it()"),
    Step("mm/b.c", 9, 0, "g", "from", "g() calls f()"),
)
LOCKED = AuditRow("f", "mm/a.c", (4, 7), "safe", "weak", "lock: take() (mm/b.c:8)", STEPS, "more")
PIPE = AuditRow("#define F", "mm/p|q.c", (1,), "unsafe", "unsafe", "", STEPS[:1], 'a "why"')
GAP = NotAnalysed("mm/x.c", "h", 3, "too large")
FOUND = Audit("0", TreeInfo("/k", "6.12.0"), "is_it", (LOCKED, PIPE), (GAP,))


def test_text_has_the_verdict_the_place_the_evidence_the_way_and_what_is_missing() -> None:
    lines = report.text(FOUND, "default").splitlines()
    assert lines[0] == "safe       f          mm/a.c:4,7"
    assert lines[1] == "           by    lock: take() (mm/b.c:8)"
    assert lines[2] == "           via   g() mm/b.c:9"
    assert lines[3] == "           lacks more"
    assert lines[6] == "mm/x.c:3: not analysed: h(): too large"
    assert lines[-1] == "2 functions use is_it of Linux 6.12.0: 1 unsafe, 1 safe; not analysed: 1"


def test_the_policy_chooses_the_verdict() -> None:
    assert report.text(FOUND, "strict").startswith("weak       f")
    assert "1 unsafe, 1 weak" in report.text(FOUND, "strict")


def test_json_has_both_verdicts_and_is_what_the_schema_says() -> None:
    text = report.json(FOUND, "strict")
    data = json.loads(text)
    jsonschema.validate(data, json.loads(report.schema()))
    first = data["rows"][0]
    assert (first["verdict"], first["strict_verdict"]) == ("safe", "weak")
    assert list(first) == [
        "function",
        "path",
        "lines",
        "verdict",
        "strict_verdict",
        "evidence",
        "steps",
        "missing",
    ]
    assert data["not_analysed"] == [
        {"path": "mm/x.c", "function": "h", "line": 3, "reason": "too large"}
    ]


def test_csv_reads_back() -> None:
    rows = list(csv.DictReader(io.StringIO(report.table(FOUND, "strict"))))
    assert [row["verdict"] for row in rows] == ["weak", "unsafe"]
    assert rows[0]["lines"] == "4 7"
    assert rows[1]["missing"] == 'a "why"'


def test_markdown_is_a_table_in_which_bars_are_escaped() -> None:
    text = report.markdown(FOUND, "default")
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 2 + len(FOUND.rows)
    assert all(line.replace("\\|", "").count("|") == 7 for line in table)


@pytest.mark.parametrize("rows", [(), (LOCKED,)])
def test_counts_are_words(rows: tuple[AuditRow, ...]) -> None:
    last = report.text(Audit("0", TreeInfo("/k", None), "is_it", rows, ()), "default")
    expected = {0: "0 functions use is_it; ", 1: "1 function uses is_it: 1 safe; "}
    assert last.splitlines()[-1] == expected[len(rows)] + "not analysed: nothing"


FUNCTION = KnownFunction(
    "f",
    "mm/a.c",
    3,
    "CONFIG_X",
    (
        KnownLine(
            3,
            "\tif (take(p))",
            known=("old(p)",),
            new=(Change("ref(p)", "take()", "true"),),
            gone=(Change("old(p)", "take()", ""),),
            lacking=("ref(q) for ask()",),
        ),
        KnownLine(4, "}", known=("old(p)",)),
    ),
)


def test_facts_stand_below_the_line_that_changes_them() -> None:
    lines = ["".join(text for text, _ in line) for line in facts.lines_of((FUNCTION,))]
    assert lines == [
        "mm/a.c:3: f()  [CONFIG_X]",
        "    3 |         if (take(p))",
        "      |     = old(p)",
        "      |     + ref(p): take(), where the test is true",
        "      |     - old(p): take()",
        "      |     ? ref(q) for ask() is not shown",
        "    4 | }",
    ]


def test_facts_as_json_have_all_of_it() -> None:
    data = json.loads(facts.json((FUNCTION,)))
    (function,) = data["functions"]
    assert function["lines"][0]["new"] == [{"fact": "ref(p)", "why": "take()", "when": "true"}]
    assert [line["line"] for line in function["lines"]] == [3, 4]
