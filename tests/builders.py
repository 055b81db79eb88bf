"""Hand-made findings and runs, so that a test names only what it is about."""

from __future__ import annotations

from typing import Any

from mmlint.model import Analysed, Finding, RuleInfo, Run, Severity, Span, Step, TreeInfo

DEMO_PATH = "mm/demo.c"
DEMO_SOURCE = b"""\
static int demo_show(struct seq_file *m, void *unused)
{
\tunsigned long pfn;

\tfor (pfn = zone->zone_start_pfn; pfn < zone_end_pfn(zone); pfn++) {
\t\tstruct page *page;

\t\tif (!pfn_valid(pfn))
\t\t\tcontinue;
\t\tpage = pfn_to_page(pfn);
\t\tif (PageBuddy(page))
\t\t\tcount++;
\t}
\treturn 0;
}
"""
DEMO_SOURCES = {DEMO_PATH: DEMO_SOURCE}


def step(label: str, text: str, line: int = 0, **changes: Any) -> Step:  # noqa: ANN401
    values: dict[str, Any] = {"path": DEMO_PATH, "column": 3, "function": "demo_show"}
    return Step(label=label, text=text, line=line, **(values | changes))


def span(line: int, column: int, length: int = 1, path: str = DEMO_PATH) -> Span:
    return Span(path, line, column, line, column + length)


def finding(**changes: Any) -> Finding:  # noqa: ANN401
    values: dict[str, Any] = {
        "rule": "pfn-not-online",
        "kind": "walk",
        "severity": Severity.ERROR,
        "span": span(10, 10, len("pfn_to_page(pfn)")),
        "function": "demo_show",
        "message": "page of a PFN that is only known to be valid",
        "steps": (
            step("pfn", "walks zone->zone_start_pfn .. zone_end_pfn(zone)", 5),
            step("has", "pfn_valid(pfn): a memmap exists", 8),
            step("lacks", "pfn_to_online_page(pfn)"),
        ),
        "fix": "page = pfn_to_online_page(pfn); if (!page) continue;",
        "statement": "pfn_to_page(pfn)",
        "fingerprint": "0123456789abcdef",
    }
    return Finding(**(values | changes))


def run(*findings: Finding, **changes: Any) -> Run:  # noqa: ANN401
    values: dict[str, Any] = {
        "version": "0.1.0",
        "tree": TreeInfo("/src/linux", "6.12.0"),
        "rules": (RuleInfo("pfn-not-online", "One sentence.", "One sentence.\n\nMore.\n"),),
        "analysed": Analysed(3, 20, 1000),
        "not_analysed": (),
    }
    return Run(findings=findings, **(values | changes))


def sources(path: str) -> bytes:
    return DEMO_SOURCES.get(path, b"")
