"""Comments silence findings, and are findings themselves when they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import finding

from mmlint.findings.suppressions import apply
from mmlint.model import Finding, Severity, Span

RULES = ("pfn-not-online", "zone-from-range")


def findings_in(source: str, *rules: str) -> list[Finding]:
    """A finding of each of `rules` at every `pfn_to_page` in `source`."""
    found = []
    for number, line in enumerate(source.splitlines(), 1):
        column = line.find("pfn_to_page") + 1
        if column:
            place = Span("mm/x.c", number, column, number, column + 16)
            found += [finding(rule=rule, span=place) for rule in rules or RULES[:1]]
    return found


def applied(source: str, *rules: str, active: tuple[str, ...] = RULES) -> tuple[Finding, ...]:
    sources = {"mm/x.c": source.encode()}
    return apply(findings_in(source, *rules), sources, RULES, active)


def silenced_lines(source: str) -> list[int]:
    return [f.span.line for f in applied(source) if f.suppressed]


def complaints(source: str, *rules: str, active: tuple[str, ...] = RULES) -> list[tuple[str, int]]:
    found = applied(source, *rules, active=active)
    return [(f.kind, f.span.line) for f in found if f.rule == "suppression"]


@pytest.mark.parametrize(
    "body",
    [
        "page = pfn_to_page(pfn); /* mmlint: allow(pfn-not-online): held */",
        "page = pfn_to_page(pfn); // mmlint: allow(pfn-not-online): held",
        "/* mmlint: allow(pfn-not-online): held */ page = pfn_to_page(pfn);",
        "/* mmlint: allow(pfn-not-online): held */\n\tpage = pfn_to_page(pfn);",
        "// mmlint: allow(pfn-not-online): held\n\n\t/* more */\n\tpage = pfn_to_page(pfn);",
        "/*\n\t * mmlint: allow(pfn-not-online):\n\t * held\n\t */\n\tpage = pfn_to_page(pfn);",
        "/* mmlint: allow(pfn-not-online): held */\n\tpage = f(a,\n\t\tpfn_to_page(pfn));",
        "page = f(a, /* mmlint: allow(pfn-not-online): held */\n\t\tpfn_to_page(pfn));",
        "page = f(pfn_to_page(pfn),\n\t\ta); /* mmlint: allow(pfn-not-online): held */",
        "/* mmlint: allow(zone-from-range, pfn-not-online): held */\n\tpfn_to_page(pfn);",
        "/* mmlint: allow(pfn-not-online): held */\n#ifdef X\n\tpfn_to_page(pfn);\n#endif",
        "/* mmlint:allow ( pfn-not-online ) : held */\n\tpage = pfn_to_page(pfn);",
        "/* mmlint: allow-function(pfn-not-online): held */\n\ta();\n\tpfn_to_page(pfn);",
        "pfn_to_page(pfn);\n\t/* mmlint: allow-file(pfn-not-online): held */",
    ],
)
def test_a_comment_silences_the_finding_of_its_statement(body: str) -> None:
    source = f"int f(void)\n{{\n\t{body}\n}}\n"
    first, *_ = applied(source)
    assert first.suppressed is not None
    assert first.suppressed.reason == "held"
    assert first.suppressed.path == "mm/x.c"
    assert first.suppressed.kind.startswith("allow")


def test_a_comment_reaches_no_further_than_its_statement() -> None:
    source = """int f(void)
{
	/* mmlint: allow(pfn-not-online): held */
	a = pfn_to_page(1);
	b = pfn_to_page(2);
	if (x) /* mmlint: allow(pfn-not-online): held */
		c = pfn_to_page(3);
}
"""
    assert silenced_lines(source) == [4]
    assert complaints(source) == [("unused", 6)]


def test_allow_function_reaches_from_the_head_to_the_closing_brace() -> None:
    source = """int f(void)
{
	a = pfn_to_page(1);
}
/* mmlint: allow-function(pfn-not-online): held */
static int g(void)
{
	b = pfn_to_page(2);
	c = pfn_to_page(3);
}
int h(void)
{
	d = pfn_to_page(4);
}
"""
    assert silenced_lines(source) == [8, 9]
    assert complaints(source) == []


def test_allow_function_outside_of_functions_is_malformed() -> None:
    source = "/* mmlint: allow-function(pfn-not-online): held */\nint x;\n"
    assert complaints(source) == [("malformed", 1)]


def test_a_narrow_comment_is_used_before_a_wide_one() -> None:
    source = """/* mmlint: allow-file(pfn-not-online): all of it */
int f(void)
{
	/* mmlint: allow(pfn-not-online): held */
	a = pfn_to_page(1);
}
"""
    assert complaints(source) == [("unused", 1)]


@pytest.mark.parametrize(
    "comment",
    [
        "/* mmlint: allow(pfn-not-online) */",
        "/* mmlint: allow(pfn-not-online): */",
        "/* mmlint: allow(): held */",
        "/* mmlint: allow: held */",
        "/* mmlint: disable */",
        "/* mmlint: allows(pfn-not-online): held */",
        "/* see below. mmlint: allow pfn-not-online */",
    ],
)
def test_a_malformed_comment_silences_nothing_and_is_reported(comment: str) -> None:
    source = f"int f(void)\n{{\n\t{comment}\n\tpfn_to_page(pfn);\n}}\n"
    silent, complaint = applied(source)
    assert silent.suppressed is None
    assert (complaint.rule, complaint.kind) == ("suppression", "malformed")
    assert complaint.severity is Severity.WARNING
    assert complaint.function == "f"
    assert "mmlint: allow(rule): " in complaint.message


@pytest.mark.parametrize(
    "source",
    [
        "/* the comments of mmlint: see its manual */\n",
        'char *s = "mmlint: allow(nothing)";\n',
    ],
)
def test_prose_and_strings_are_no_suppressions(source: str) -> None:
    assert applied(source) == ()


def test_an_unused_comment_is_reported_for_each_rule_that_it_does_not_silence() -> None:
    source = "/* mmlint: allow(pfn-not-online, zone-from-range): held */ pfn_to_page(1);\n"
    found = applied(source, "zone-from-range")
    assert [f.message for f in found if f.kind == "unused"] == [
        "suppression of pfn-not-online silences nothing: there is no such finding here"
    ]


def test_a_rule_that_did_not_run_leaves_no_unused_comment() -> None:
    source = "/* mmlint: allow(zone-from-range): held */ f();\n"
    assert complaints(source, active=("pfn-not-online",)) == []
    assert complaints(source) == [("unused", 1)]


def test_an_unknown_rule_is_reported_with_the_nearest_name() -> None:
    (complaint,) = applied("/* mmlint: allow(zone-for-range): held */ f();\n")
    assert complaint.kind == "unknown-rule"
    assert complaint.message.endswith("did you mean zone-from-range?")


def test_two_comments_in_one_are_two() -> None:
    source = (
        "/* mmlint: allow(pfn-not-online): held\n"
        " * mmlint: allow(zone-from-range): asked */\npfn_to_page(1);\n"
    )
    found = applied(source, *RULES)
    assert [f.suppressed.reason for f in found if f.suppressed] == ["held", "asked"]


def test_findings_of_other_files_are_left_alone() -> None:
    source = "/* mmlint: allow-file(pfn-not-online): held */\n"
    elsewhere = finding()
    assert apply([elsewhere], {"mm/x.c": source.encode()}, RULES, ())[0] == elsewhere


PIECES = st.sampled_from(
    [
        "mmlint:",
        "allow",
        "-function",
        "(",
        ")",
        "pfn-not-online",
        ",",
        ": why",
        "/*",
        "*/",
        "//",
        "\n",
        "#if",
        "{",
        "}",
        ";",
        "f()",
        '"',
        " ",
        "\\",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_text_is_judged_without_an_error(source: str) -> None:
    assert all(f.rule == "suppression" for f in applied(source))
