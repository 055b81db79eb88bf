"""Suppressions may stand in a file outside of the code."""

from __future__ import annotations

import pytest
from tests.builders import finding

from mmlint.findings.elsewhere import SuppressionFileError, applied, complaints, parse

TEXT = """\
[[allow]]
rule = "pfn-not-online"
path = "mm/demo.c"
function = "demo_show"
reason = "the section is pinned"

[[allow]]
rule = "zone-from-range"
fingerprint = "0123456789abcdef"
reason = "one zone"
"""


def test_an_entry_silences_what_it_names() -> None:
    entries = parse(TEXT, "file")
    (marked,), used = applied([finding()], entries)
    assert marked.suppressed is not None
    by = marked.suppressed
    assert (by.kind, by.reason, by.path, by.line) == ("file", "the section is pinned", "file", 1)
    assert used == {entries[0]}


@pytest.mark.parametrize(
    "other", [{"rule": "other"}, {"function": "g"}, {"rule": "zone-from-range", "fingerprint": "f"}]
)
def test_an_entry_silences_nothing_else(other: dict[str, str]) -> None:
    (same,), used = applied([finding(**other)], parse(TEXT, "file"))
    assert same.suppressed is None
    assert not used


def test_an_entry_that_silences_nothing_is_a_finding() -> None:
    entries = parse(TEXT, "file")
    _, used = applied([finding()], entries)
    (unused,) = complaints(entries, used, ["pfn-not-online", "zone-from-range"])
    assert (unused.kind, unused.span.path, unused.span.line) == ("unused", "file", 7)
    (unknown,) = complaints(entries[:1], used, ["pfn-not-onlin"])
    assert unknown.kind == "unknown-rule"
    assert "did you mean pfn-not-onlin?" in unknown.message


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[allow]\n", "file: Expected ']]' at the end of an array declaration"),
        ("\n[[allow]]\nrule = 'x'\npath = 'y'\n", "file:2: the entry missing required field"),
        ("[[allow]]\nrule='x'\nreason='y'\n", "file:1: neither path nor fingerprint"),
        ("[[allow]]\nrule='x'\nreason=' '\npath='y'\n", "file:1: the reason is empty"),
        ("[[allow]]\nrule='x'\nreason='y'\npaths='z'\n", "file:1: the entry contains unknown"),
        ("[[deny]]\nrule='x'\n", "file: 'deny' has no meaning here"),
        ("allow = 1\n", "file: 'allow' has no meaning here"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, complaint: str) -> None:
    with pytest.raises(SuppressionFileError) as error:
        parse(text, "file")
    assert str(error.value).startswith(complaint)
