"""The text report reads like a compiler's, with the evidence below each finding."""

from __future__ import annotations

from tests.builders import DEMO_PATH, finding, run, sources, span, step

from mmlint.cli.output import STYLES
from mmlint.model import Analysed, NotAnalysed, Severity, SuppressedBy, TreeInfo
from mmlint.report.text import TextOptions, lines_of, render
from mmlint.source.tree import Unreadable


def test_a_finding_explains_itself() -> None:
    assert render(run(finding()), sources) == (
        "mm/demo.c:10:10: error: page of a PFN that is only known to be valid [pfn-not-online]\n"
        "   10 |                 page = pfn_to_page(pfn);\n"
        "      |                        ^~~~~~~~~~~~~~~~\n"
        "  pfn    walks zone->zone_start_pfn .. zone_end_pfn(zone)   mm/demo.c:5\n"
        "  has    pfn_valid(pfn): a memmap exists                    mm/demo.c:8\n"
        "  lacks  pfn_to_online_page(pfn)\n"
        "  fix    page = pfn_to_online_page(pfn); if (!page) continue;\n"
        "\n"
        "1 error; analysed 3 files, 20 functions, 1,000 lines of Linux 6.12.0; "
        "not analysed: nothing\n"
    )


def test_one_sentence_about_several_places_is_printed_once() -> None:
    steps = (
        step("from", "demo_show() <- .show", 60),
        step("from", "demo_show() <- .show", 77),
        step("from", "demo_show() <- .show", 3, path="mm/other.c"),
        step("from", "another()", 80),
    )
    text = render(run(finding(steps=steps)), sources)
    assert "  from  demo_show() <- .show   mm/demo.c:60, 77, mm/other.c:3\n" in text
    assert "  from  another()              mm/demo.c:80\n" in text


def test_the_caret_spans_a_finding_of_several_lines_to_the_end_of_the_first() -> None:
    place = span(5, 2)
    wide = finding(span=type(place)(DEMO_PATH, 5, 2, 8, 4), steps=(), fix="")
    lines = render(run(wide), sources).splitlines()
    assert lines[1] == (
        "    5 |         for (pfn = zone->zone_start_pfn; pfn < zone_end_pfn(zone); pfn++) {"
    )
    assert lines[2] == "      |         " + "^" + "~" * 66


def test_the_caret_counts_what_the_screen_shows() -> None:
    def wide(_path: str) -> bytes:
        return "\t/* 漢字 é */ x\n".encode()

    text = render(run(finding(span=span(1, 18), steps=())), wide)
    source, caret = text.splitlines()[1:3]
    assert source == "    1 |         /* 漢字 é */ x"
    assert caret == "      |         " + " " * 13 + "^"


def test_without_its_source_a_finding_is_printed_all_the_same() -> None:
    def vanished(path: str) -> bytes:
        raise Unreadable(path, "no such file or directory")

    lines = render(run(finding()), vanished).splitlines()
    assert lines[1].startswith("  pfn ")


def test_a_suppressed_finding_is_counted_and_shown_on_request() -> None:
    by = SuppressedBy("allow", "known to be online", DEMO_PATH, 9)
    given = run(finding(suppressed=by), finding(severity=Severity.WARNING))
    assert render(given, sources).count("[pfn-not-online]") == 1
    assert "1 warning (1 suppressed); analysed" in render(given, sources)
    assert "(suppressed at mm/demo.c:9: known to be online)" in render(
        given, sources, TextOptions(verbose=True)
    )


def test_quiet_leaves_a_line_a_finding_and_the_last_line() -> None:
    lines = render(run(finding(), finding()), sources, TextOptions(quiet=True)).splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == [
        "[pfn-not-online]",
        "[pfn-not-online]",
        "nothing",
    ]


def test_hidden_findings_are_counted() -> None:
    text = render(run(), sources, TextOptions(hidden=4))
    assert text.startswith("no findings (4 below the severity shown); analysed")


def test_what_was_not_analysed_is_said_in_a_line_each() -> None:
    gaps = (
        NotAnalysed("mm/bin.c", "", 0, "binary (NUL byte at offset 3)"),
        NotAnalysed("mm/big.c", "huge", 12, "nested too deeply"),
        NotAnalysed("include/x.h", "", 0, "permission denied", in_scope=False),
    )
    given = run(not_analysed=gaps, analysed=Analysed(1, 1, 1))
    assert render(given, sources).splitlines() == [
        "mm/bin.c: not analysed: binary (NUL byte at offset 3)",
        "mm/big.c:12: not analysed: huge(): nested too deeply",
        "no findings; analysed 1 file, 1 function, 1 line of Linux 6.12.0; "
        "not analysed: 2; not consulted: 1",
    ]
    verbose = render(given, sources, TextOptions(verbose=True))
    assert "include/x.h: not consulted: permission denied\n" in verbose


def test_what_the_tree_lacks_is_said() -> None:
    tree = TreeInfo("/tmp/x", None, ("no kernel Makefile above x",))
    assert render(run(tree=tree), sources).splitlines()[0] == "note: no kernel Makefile above x"


def test_names_of_any_bytes_are_printed_on_one_line() -> None:
    gap = NotAnalysed("mm/new\nline\x1b[31m\udce9.c", "", 0, "gone")
    assert render(run(not_analysed=(gap,)), sources).splitlines()[0] == (
        r"mm/new\nline\x1b[31m\xe9.c: not analysed: gone"
    )


def test_every_style_is_one_that_the_terminal_knows() -> None:
    given = run(finding(), finding(severity=Severity.NOTE), tree=TreeInfo("/x", None, ("m",)))
    styles = {style for line in lines_of(given, sources, TextOptions()) for _, style in line}
    assert styles - {""} <= set(STYLES)
