"""A baseline is a sorted list that people can read, merge and mend."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import finding, run

from mmlint.findings.baseline import (
    BaselineError,
    Entry,
    applied,
    complaints,
    entries_of,
    parse,
    render,
    stale,
    updated,
)
from mmlint.model import SuppressedBy

ENTRIES = (
    Entry("mm/a.c", "f", "pfn-not-online", "0" * 16, "old hardware"),
    Entry("mm/a.c", "g", "pfn-not-online", "1" * 16, "asked on the list"),
    Entry("mm/b.c", "f", "zone-from-range", "2" * 16, "one node"),
)


def unplaced(entries: tuple[Entry, ...]) -> list[tuple[str, ...]]:
    return [(e.path, e.function, e.rule, e.fingerprint, e.reason) for e in entries]


def test_it_has_a_line_for_each_finding_sorted_by_place() -> None:
    shuffled = random.Random(1).sample(ENTRIES, len(ENTRIES))
    text = render(shuffled)
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines[0] == "0000000000000000\tpfn-not-online\tmm/a.c\tf\told hardware"
    assert [line[0] for line in lines] == ["0", "1", "2"]


@given(path=st.text(min_size=1), reason=st.text(min_size=1))
def test_any_path_and_reason_come_back(path: str, reason: str) -> None:
    try:
        path.encode(), reason.encode()
    except UnicodeEncodeError:
        return
    entry = Entry(path, "f", "rule", "0" * 16, reason)
    assert unplaced(parse(render([entry]), "x")) == unplaced((entry,))


def test_names_that_are_not_utf8_come_back() -> None:
    entry = Entry("mm/\udcff.c", "f", "rule", "0" * 16, "why")
    assert "mm/%FF.c" in render([entry])
    assert parse(render([entry]), "x")[0].path == "mm/\udcff.c"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("<<<<<<< HEAD", "x:3: conflict marker; resolve the merge by keeping the lines of both"),
        ("=======", "x:3: conflict marker"),
        (">>>>>>> branch", "x:3: conflict marker"),
        ("only two\tfields", "x:3: 2 of 5 fields (they are separated by tabs); mmlint baseline"),
        ("xyz\trule\tpath\tf\twhy", "x:3: the first field is no fingerprint"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, complaint: str) -> None:
    text = render(ENTRIES).splitlines()
    text.insert(2, line)
    with pytest.raises(BaselineError) as error:
        parse("\n".join(text), "x")
    assert str(error.value).startswith(complaint)


def test_lines_that_a_merge_doubled_are_one_entry() -> None:
    assert len(parse(render(ENTRIES) + render(ENTRIES), "x")) == len(ENTRIES)


def test_what_it_has_is_suppressed_and_says_where() -> None:
    known = finding(fingerprint="0" * 16)
    new = finding(fingerprint="f" * 16)
    entries = parse(render(ENTRIES), "base")
    silent, loud = applied([known, new], entries, "base")
    assert silent.suppressed == SuppressedBy("baseline", "old hardware", "base", 3)
    assert loud.suppressed is None


def test_entries_that_stand_for_nothing_are_stale() -> None:
    left = [finding(fingerprint="0" * 16)]
    gone = stale(left, parse(render(ENTRIES), "base"), lambda entry: entry.path == "mm/a.c")
    assert [entry.fingerprint for entry in gone] == ["1" * 16]
    (complaint,) = complaints(gone, "base")
    assert (complaint.rule, complaint.kind, complaint.span.line) == ("suppression", "stale", 4)
    assert complaint.fingerprint


def test_an_update_keeps_reasons_also_of_what_moved() -> None:
    found = (
        Entry("mm/a.c", "f", "pfn-not-online", "0" * 16, "new"),
        Entry("mm/c.c", "g", "pfn-not-online", "9" * 16, "new"),
        Entry("mm/d.c", "h", "pfn-not-online", "8" * 16, "new"),
    )
    reasons = [entry.reason for entry in updated(ENTRIES, found)]
    assert reasons == ["old hardware", "asked on the list", "new"]


def test_what_a_comment_suppresses_needs_no_entry() -> None:
    by = SuppressedBy("allow", "why", "mm/a.c", 1)
    given_run = run(finding(), finding(suppressed=by), finding(rule="suppression"))
    assert len(entries_of(given_run.findings, "why")) == 1
