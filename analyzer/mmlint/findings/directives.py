"""What suppression comments say: `mmlint: allow(rule[, rule]): reason` and its two kin."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import msgspec

from mmlint.model import RuleInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.syntax.mask import Comment

SYNTAX = "/* mmlint: allow(rule): why this is right */"

RULE = RuleInfo(
    "suppression",
    "A suppression comment is malformed, names no known rule or silences nothing.",
    f"""A suppression comment is malformed, names no known rule or silences nothing.

What is reported
    A comment that starts like a suppression but cannot be read or gives no reason (kind
    `malformed`), names a rule that does not exist (`unknown-rule`), or silences no finding
    (`unused`).

Why it is a bug
    A suppression that does nothing hides the next bug in that place, or was never needed.

Evidence
    {SYNTAX} silences the findings of the statement it stands on or above, `allow-function` those of
    the function it stands in or above, `allow-file` those of the file.

What it does not see
    Suppressions of rules that did not run, and of files that are not in the scope, count as used.

How to fix it
    Delete the comment, or write it as above.

Agreed in
    The design of mmlint: silence is visible.
""",
)
"""What is said of the comments themselves."""

_START = re.compile(r"\bmmlint:")
_DIRECTIVE = re.compile(
    r"mmlint:\s*(?P<scope>allow(?:-function|-file)?)\s*\((?P<rules>[^()]*)\)\s*:?(?P<reason>.*)",
    re.S,
)
_BESIDE_WORDS = re.compile(r"^\s*(?:/\*+|//+|\*)?\s*\Z")


class Directive(msgspec.Struct, frozen=True):
    """One suppression: `scope` is allow, allow-function or allow-file; offsets are the comment's.

    `mistake` says what is wrong with it, in words that follow "suppression"; such a directive
    silences nothing.
    """

    scope: str
    rules: tuple[str, ...]
    reason: str
    start: int
    end: int
    mistake: str = ""

    @property
    def text(self) -> str:
        """The directive as written, white space folded."""
        return f"mmlint: {self.scope}({', '.join(self.rules)}): {self.reason}"


def directives(comment: Comment) -> Iterator[Directive]:
    """The suppressions in `comment`; prose that only mentions the tool is none."""
    starts = [match.start() for match in _START.finditer(comment.text)]
    for start, end in itertools.pairwise([*starts, len(comment.text)]):
        before = comment.text[:start].rpartition("\n")[2]
        chunk = comment.text[start:end]
        if "allow" in chunk or _BESIDE_WORDS.match(before):
            yield _parse(_prose(chunk), comment)


def _prose(chunk: str) -> str:
    """`chunk` on one line, without the ends and the margin of the comment."""
    lines = chunk.removesuffix("*/").splitlines()
    return " ".join(" ".join(line.lstrip("\t *") for line in lines).split())


def _parse(text: str, comment: Comment) -> Directive:
    match = _DIRECTIVE.match(text)
    if not match:
        return Directive(
            "", (), text, comment.start, comment.end, f"cannot be read; it is written {SYNTAX}"
        )
    rules = tuple(filter(None, (name.strip() for name in match["rules"].split(","))))
    reason = match["reason"].strip()
    mistake = ""
    if not rules:
        mistake = f"names no rule; it is written {SYNTAX}"
    elif not reason:
        mistake = f"gives no reason; it is written {SYNTAX}"
    return Directive(match["scope"], rules, reason, comment.start, comment.end, mistake)
