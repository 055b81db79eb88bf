"""GitHub annotations are one well-formed workflow command a line."""

from __future__ import annotations

from tests.builders import DEMO_PATH, finding, run, sources, span

from mmlint.model import NotAnalysed, Severity, Span, SuppressedBy
from mmlint.report.github import render


def test_a_finding_is_an_annotation_of_its_place() -> None:
    assert render(run(finding(steps=())), sources) == (
        "::error file=mm/demo.c,line=10,endLine=10,title=pfn-not-online,col=10,endColumn=26"
        "::page of a PFN that is only known to be valid"
        "%0Afix: page = pfn_to_online_page(pfn); if (!page) continue;\n"
    )


def test_the_command_is_the_severity() -> None:
    given = run(*(finding(severity=severity) for severity in reversed(Severity)))
    commands = [line.split()[0] for line in render(given, sources).splitlines()]
    assert commands == ["::error", "::warning", "::notice"]


def test_a_finding_of_several_lines_has_no_columns() -> None:
    text = render(run(finding(span=Span(DEMO_PATH, 5, 2, 8, 4))), sources)
    assert text.startswith("::error file=mm/demo.c,line=5,endLine=8,title=pfn-not-online::")


def test_what_would_end_a_property_or_the_line_is_escaped() -> None:
    given = finding(message="100%\nof a,b", steps=(), fix="", span=span(1, 1, path="mm/a,b:c.c"))
    line = render(run(given), lambda _: b"x\n")
    assert "file=mm/a%2Cb%3Ac.c," in line
    assert line.endswith("::100%25%0Aof a,b\n")


def test_suppressed_findings_are_left_out_and_gaps_are_said() -> None:
    by = SuppressedBy("allow", "asked", DEMO_PATH, 1)
    gaps = (
        NotAnalysed("mm/x.c", "f", 3, "gone"),
        NotAnalysed("mm/y.h", "", 0, "gone", in_scope=False),
    )
    assert render(run(finding(suppressed=by), not_analysed=gaps), sources) == (
        "::warning file=mm/x.c,title=not analysed,line=3::f(): gone\n"
    )
