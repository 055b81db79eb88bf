"""What the unparsed text of a function tells of whether it is worth to be followed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mmlint.source.names import finder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mmlint.knowledge import Knowledge

# A header has no more bytes than these.
_HEADER: Final = 400
# Not a member, nor the type of a pointer to a function.
_CALLED: Final = re.compile(rb"(?<!\.)(?<!->)\b([A-Za-z_]\w*)\s*\((?!\s*\*\s*\w*\s*\)\s*\()")
_COMMENT: Final = re.compile(rb"/\*.*?\*/", re.DOTALL)


class Telling:
    """Answers for texts; all names are looked for at once."""

    def __init__(self, knowledge: Knowledge) -> None:
        tables = knowledge.tables
        asking = {r.name for r in tables.convert} | set(knowledge.question)
        decisive = asking | {
            r.name for r in tables.establish if not (r.page or r.result or r.given)
        }
        # What says something of certain arguments only decides where one of them is named too.
        given = {r.name: r.given for r in tables.establish if r.given and r.name not in decisive}
        of_page = {r.name for r in tables.establish} | {r.name for r in tables.link}
        self._asking = _bytes(asking)
        self._decisive = _bytes(decisive)
        self._with_given = _bytes(given)
        self._given = _bytes(word for words in given.values() for word in words)
        self._of_pages = _bytes(of_page - decisive - given.keys())
        self._all = finder(self._decisive | self._with_given | self._given | self._of_pages)
        types = b"|".join(re.escape(name.encode()) for name in sorted(knowledge.page_types))
        self._page_type = re.compile(rb"\b(?:" + types + rb")\s*\*")

    def decides(self, text: bytes, has_row: bool) -> bool:
        """Whether a body names what decides; what holds a page does so only where one comes in.

        Where a row says what the function promises, only what it may do wrong is of interest.
        """
        held = self._all.held(text)
        # Few texts name anything, so that comments are looked for after that.
        if held and b"/*" in text:
            held = self._all.held(_COMMENT.sub(b" ", text))
        if has_row:
            return not held.isdisjoint(self._asking)
        if not held.isdisjoint(self._decisive):
            return True
        if not (held.isdisjoint(self._given) or held.isdisjoint(self._with_given)):
            return True
        return not held.isdisjoint(self._of_pages) and self.takes_page(text)

    def takes_page(self, text: bytes) -> bool:
        """Whether a definition seems to take a pointer to a page."""
        return self._page_type.search(text[:_HEADER]) is not None


def called_in(text: bytes) -> set[str]:
    """What the code of a function seems to call by name, keywords among it."""
    found = _CALLED.findall(text, max(0, text.find(b"{")))
    return {name.decode(errors="replace") for name in found}


def _bytes(names: Iterable[str]) -> frozenset[bytes]:
    return frozenset(name.encode() for name in names)
