"""What is new and what is gone, where code moves, is renamed and has twins."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from tests.builders import finding, run, span, step

from mmlint.findings.comparison import Comparison, compare
from mmlint.findings.fingerprint import with_fingerprints
from mmlint.findings.places import line_map
from mmlint.findings.renaming import renames
from mmlint.findings.touched import on_touched_lines, touched_lines
from mmlint.model import Finding, Severity, SuppressedBy
from mmlint.source.tree import Unreadable

BODY = """\
{{
\tunsigned long {v};

\tfor ({v} = first; {v} < last; {v}++) {{
\t\tstruct page *page = pfn_to_page({v});

\t\tif (PageBuddy(page))
\t\t\tcount++;
\t}}
\treturn count;
}}
"""
Place = tuple[str, str, str]


def function(name: str, variable: str = "pfn") -> str:
    return f"static int {name}(void)\n" + BODY.format(v=variable)


def reader(sources: Mapping[str, str]) -> Callable[[str], bytes]:
    def read(path: str) -> bytes:
        if path not in sources:
            raise Unreadable(path, "no such file")
        return sources[path].encode()

    return read


def found(sources: Mapping[str, str]) -> list[Finding]:
    """A finding at every conversion, in the function above it."""
    findings = []
    for path, text in sources.items():
        name = ""
        for number, line in enumerate(text.splitlines(), start=1):
            if line.startswith("static int "):
                name = line.removeprefix("static int ").partition("(")[0]
            if "pfn_to_page(" in line:
                start = line.index("pfn_to_page(")
                statement = line[start : line.index(")", start) + 1]
                place = span(number, start + 1, len(statement), path)
                findings.append(finding(span=place, function=name, statement=statement))
    return list(with_fingerprints(findings))


def compared(before: Mapping[str, str], after: Mapping[str, str]) -> Comparison:
    old, new = run(*found(before)), run(*found(after))
    return compare((old, reader(before)), (new, reader(after)))


def counts(comparison: Comparison) -> tuple[int, int, int]:
    return len(comparison.new), len(comparison.removed), len(comparison.unchanged)


ONE = function("walk")
OTHER = "static int other(void)\n{\n\treturn 0;\n}\n"
ODD = "static int odd(void)\n{\n\tint x = 1;\n\n\tuse(pfn_to_page(pfn));\n}\n"
RIGHT = "static int walk(void)\n{\n\treturn right(pfn);\n}\n"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({"a.c": ONE}, {"a.c": ONE}, (0, 0, 1), id="the same"),
        pytest.param({"a.c": ONE}, {"a.c": "\n\n" + ONE}, (0, 0, 1), id="lower down"),
        pytest.param({"a.c": OTHER}, {"a.c": OTHER + ONE}, (1, 0, 0), id="a new function"),
        pytest.param({"a.c": OTHER + ONE}, {"a.c": OTHER}, (0, 1, 0), id="a deleted function"),
        pytest.param({"a.c": ONE, "b.c": OTHER}, {"b.c": OTHER + ONE}, (0, 0, 1), id="moved"),
        pytest.param({"a.c": ONE}, {"new/b.c": ONE}, (0, 0, 1), id="a renamed file"),
        pytest.param({"a.c": ONE}, {"a.c": function("stroll")}, (0, 0, 1), id="a renamed function"),
        pytest.param({"a.c": ONE}, {"b.c": function("stroll")}, (0, 0, 1), id="both renamed"),
        pytest.param({"a.c": ONE}, {"a.c": function("walk", "p")}, (0, 0, 1), id="a variable"),
        pytest.param({"a.c": ONE}, {"a.c": ONE, "b.c": ONE}, (1, 0, 1), id="copied"),
        pytest.param(
            {"a.c": ONE, "b.c": RIGHT},
            {"a.c": RIGHT, "b.c": ONE},
            (1, 1, 0),
            id="mended in one file and made in its namesake of another",
        ),
        pytest.param(
            {"a.c": ONE + OTHER},
            {"a.c": RIGHT + function("other")},
            (1, 1, 0),
            id="mended in one function and made in another",
        ),
        pytest.param(
            {"a.c": ONE},
            {"a.c": ODD},
            (1, 1, 0),
            id="a function that is gone is no new one that is nothing like it",
        ),
    ],
)
def test_a_finding_is_the_same_where_its_code_is(
    before: Mapping[str, str], after: Mapping[str, str], expected: tuple[int, int, int]
) -> None:
    assert counts(compared(before, after)) == expected


def test_of_twins_the_one_that_was_added_is_new() -> None:
    line = "\t\tstruct page *page = pfn_to_page(pfn);\n"
    added = "\t\tcheck(pfn_to_page(pfn), 1);\n"
    after = ONE.replace(line, added + line)
    (new,) = compared({"a.c": ONE}, {"a.c": after}).new
    assert after.splitlines()[new.span.line - 1] + "\n" == added


def test_of_twins_the_one_that_was_deleted_is_removed() -> None:
    line = "\t\tstruct page *page = pfn_to_page(pfn);\n"
    before = ONE.replace(line, "\t\tcheck(pfn_to_page(pfn), 1);\n" + line)
    (gone,) = compared({"a.c": before}, {"a.c": ONE}).removed
    assert "check(" in before.splitlines()[gone.span.line - 1]


def test_every_finding_says_what_became_of_it() -> None:
    comparison = compared({"a.c": ONE}, {"a.c": OTHER, "b.c": ONE + function("more")})
    kinds = [
        f.change.kind for part in (comparison.new, comparison.unchanged) for f in part if f.change
    ]
    assert kinds == ["new", "unchanged"]


@pytest.mark.parametrize(
    ("was", "now", "new"),
    [
        ({"severity": Severity.NOTE}, {"severity": Severity.ERROR}, 1),
        ({"severity": Severity.WARNING}, {"severity": Severity.ERROR}, 0),
        ({"suppressed": SuppressedBy("allow", "why", "a.c", 1)}, {}, 1),
        ({}, {"suppressed": SuppressedBy("allow", "why", "a.c", 1)}, 0),
    ],
)
def test_what_begins_to_count_is_new(
    was: dict[str, object], now: dict[str, object], new: int
) -> None:
    read = reader({"mm/demo.c": ONE})
    comparison = compare((run(finding(**was)), read), (run(finding(**now)), read), Severity.WARNING)
    assert len(comparison.new) == new
    assert len(comparison.new) + len(comparison.unchanged) == 1


@pytest.mark.parametrize(
    ("line", "new"),
    [(10, ["pfn-not-online"]), (11, ["pfn-not-online", "torn-zone-span"])],
)
def test_what_counts_only_because_of_a_new_finding_is_told_by_that_one(
    line: int, new: list[str]
) -> None:
    """A span may be torn all along; that its PFNs are not checked any more is the news."""
    read = reader({"mm/demo.c": ONE})
    torn = {"span": span(5, 3), "statement": "zone_end_pfn(zone)", "rule": "torn-zone-span"}
    before = run(finding(severity=Severity.NOTE, steps=(), **torn))
    steps = (step("page", "a PFN becomes a page unchecked", line, column=10),)
    after = run(finding(steps=steps, **torn), finding())
    comparison = compare((before, read), (after, read), Severity.WARNING)
    assert sorted(f.rule for f in comparison.new) == new


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("pfn_to_page(pfn)", "pfn_to_page(start)", {"pfn": "start"}),
        ("f(a, b, a)", "f(x, b, x)", {"a": "x"}),
        ("f(a, b)", "f(b, a)", {"a": "b", "b": "a"}),
        ("f(a)", "g(a)", {}),
        ("f(a, b)", "f(a, a)", {}),
        ("f(a, a)", "f(a, b)", {}),
        ("f(a)", "f(a + 1)", {}),
        ("f(a)", "f(1)", {}),
        ("f(a)", "f(a)", {}),
    ],
)
def test_renames_are_told_from_other_words(old: str, new: str, expected: dict[str, str]) -> None:
    assert renames(old, new) == expected


def test_a_line_map_follows_lines_through_an_edit() -> None:
    old, new = [b"a", b"b", b"c", b"d"], [b"a", b"x", b"c", b"y", b"d"]
    assert line_map(old, new) == {1: 1, 3: 3, 4: 5}


@pytest.mark.parametrize(
    ("old", "new", "touched"),
    [
        ("abc", "abc", set()),
        ("abc", "abxc", {3}),
        ("abc", "axc", {2}),
        ("abc", "ac", {1, 2}),
        ("abc", "bc", {1}),
    ],
)
def test_touched_lines_are_new_ones_and_those_beside_a_deletion(
    old: str, new: str, touched: set[int]
) -> None:
    def split(text: str) -> list[bytes]:
        return [letter.encode() for letter in text]

    assert touched_lines(split(old), split(new)) == touched


def test_a_finding_is_touched_by_what_its_evidence_is_about() -> None:
    before = {"a.c": ONE, "b.c": ONE}
    after = {"a.c": ONE, "b.c": ONE.replace("first", "start")}
    same, changed = found(after)
    assert on_touched_lines([same, changed], reader(before), reader(after)) == ()
    step = finding().steps[0]
    above = type(step)("b.c", 5, 1, "walk", "pfn", "walks")
    told = finding(span=changed.span, steps=(above,))
    assert on_touched_lines([told], reader(before), reader(after)) == (told,)
