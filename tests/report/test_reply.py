"""A reply quotes what a finding is about, and only that."""

from __future__ import annotations

import email
import email.policy

from tests.builders import DEMO_PATH, DEMO_SOURCE, finding, sources, span

from mmlint.report.reply import Reply, body, mailbox
from mmlint.source.diffs import file_diffs
from mmlint.source.mail import Patch

LINES = DEMO_SOURCE.split(b"\n")
DIFF = (
    b"""\
diff --git a/mm/demo.c b/mm/demo.c
index 1..2 100644
--- a/mm/demo.c
+++ b/mm/demo.c
@@ -1,2 +1,2 @@ far above
"""
    + b"".join([b"-old\n", *(b"+" + line + b"\n" for line in LINES[:1]), b" " + LINES[1] + b"\n"])
    + b"@@ -5,2 +5,3 @@ before\n"
    + b"".join([b" " + LINES[8] + b"\n", b"+" + LINES[9] + b"\n", b" " + LINES[10] + b"\n"])
)
PATCH = Patch(
    name="0001.patch",
    subject="[PATCH] mm: d\u00e9mo",
    files=file_diffs(DIFF),
    text=DIFF,
    message_id="<1@example.org>",
    references="<0@example.org>",
    sender="J\u00f6rg <j@example.org>",
    date="Fri, 1 Mar 2024",
)


def test_a_hunk_is_found_where_the_file_has_it_and_others_are_left_out() -> None:
    text = body(Reply(PATCH, (finding(),), sources)).splitlines()
    assert text[0] == "On Fri, 1 Mar 2024, J\u00f6rg <j@example.org> wrote:"
    assert text[1:4] == [
        "> diff --git a/mm/demo.c b/mm/demo.c",
        "> --- a/mm/demo.c",
        "> +++ b/mm/demo.c",
    ]
    assert text[4] == "> @@ -5,2 +5,3 @@ before"
    quoted = text.index("> +\t\tpage = pfn_to_page(pfn);")
    assert text[quoted + 1] == ""
    assert text[quoted + 2].startswith("mm/demo.c:10: error: page of a PFN")
    assert text[-1] == "> \t\tif (PageBuddy(page))".replace("> ", ">  ", 1)
    assert "old" not in "\n".join(text)


def test_what_is_in_no_hunk_is_told_at_the_end() -> None:
    other = finding(span=span(3, 1), function="caller")
    text = body(Reply(PATCH, (other,), sources))
    assert "Not in the lines of this patch, but since it:\n\nmm/demo.c:3: error:" in text
    assert "diff --git" not in text
    elsewhere = finding(span=span(3, 1, path="mm/other.c"))
    assert "mm/other.c:3:" in body(Reply(PATCH, (elsewhere,), sources))


def test_it_is_a_mail_that_any_program_can_send() -> None:
    text = mailbox([Reply(PATCH, (finding(),), sources)])
    head, _, rest = text.partition("\n")
    assert head.startswith("From mmlint ")
    mail = email.message_from_string(rest, policy=email.policy.default)
    assert mail["Subject"] == "Re: [PATCH] mm: d\u00e9mo"
    assert mail["To"] == "J\u00f6rg <j@example.org>"
    assert mail["In-Reply-To"] == "<1@example.org>"
    assert mail["References"] == "<0@example.org> <1@example.org>"
    assert not mail.defects
    assert rest.partition("\n\n")[0].isascii()


def test_a_line_that_would_begin_another_mail_is_quoted() -> None:
    said = finding(fix="From here on", span=span(3, 1, path=DEMO_PATH), steps=())
    assert mailbox([]) == ""
    text = mailbox([Reply(PATCH, (said,), sources)])
    assert sum(line.startswith("From ") for line in text.splitlines()) == 1
