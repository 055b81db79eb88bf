"""A fingerprint survives edits around the finding and tells twins apart."""

from __future__ import annotations

import pytest
from tests.builders import finding, span

from mmlint.findings.fingerprint import normalised, with_fingerprints


def fingerprint(**changes: object) -> str:
    return with_fingerprints([finding(**changes)])[0].fingerprint


def test_it_is_sixteen_hexadecimal_digits() -> None:
    assert len(fingerprint()) == 16
    assert int(fingerprint(), 16) >= 0


@pytest.mark.parametrize(
    "change",
    [
        {"span": span(99, 4)},
        {"message": "other words"},
        {"steps": ()},
        {"statement": "pfn_to_page( pfn )"},
        {"statement": "pfn_to_page(\n\t\tpfn)"},
    ],
)
def test_it_does_not_change_with(change: dict[str, object]) -> None:
    assert fingerprint(**change) == fingerprint()


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "zone-from-range"},
        {"span": span(10, 10, path="mm/other.c")},
        {"function": "other"},
        {"statement": "pfn_to_page(start)"},
    ],
)
def test_it_changes_with(change: dict[str, object]) -> None:
    assert fingerprint(**change) != fingerprint()


def test_twins_are_counted_from_the_top_of_the_file() -> None:
    upper, lower = finding(span=span(3, 1)), finding(span=span(7, 1))
    first, second = with_fingerprints([upper, lower])
    assert first.fingerprint == fingerprint()
    assert first.fingerprint != second.fingerprint
    assert with_fingerprints([lower, upper]) == (second, first)


def test_a_path_of_any_bytes_has_one() -> None:
    assert fingerprint(span=span(1, 1, path="mm/\udce9.c"))


def test_normalising_keeps_the_space_between_words() -> None:
    assert normalised("if ( a  ||\n sizeof  b )") == "if(a||sizeof b)"
