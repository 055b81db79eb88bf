"""The lines that a search found, looked at only as far as names are asked for."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING

from mmlint.source.names import whole_words
from mmlint.source.search import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class FoundLines:
    """Lines of many files, in the order in which they were found.

    They are kept as one text: a whole tree has two hundred thousand that begin a type.
    """

    def __init__(self, hits: Iterable[Hit]) -> None:
        self._paths: list[str] = []
        self._files = array("I")
        self._numbers = array("I")
        self._starts = array("I")
        texts: list[bytes] = []
        size = 0
        for hit in hits:
            if not self._paths or self._paths[-1] != hit.path:
                self._paths.append(hit.path)
            self._files.append(len(self._paths) - 1)
            self._numbers.append(hit.line)
            self._starts.append(size)
            texts.append(hit.text)
            size += len(hit.text) + 1
        self._text = b"\n".join(texts)

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[Hit]:
        """All of them."""
        texts = self._text.split(b"\n") if self._starts else ()
        for file, number, text in zip(self._files, self._numbers, texts, strict=True):
            yield Hit(self._paths[file], number, text)

    def holding(self, name: str) -> Iterator[Hit]:
        """Those in which `name` is a word, each once."""
        return self.around(whole_words(self._text, name.encode(errors="replace")))

    def around(self, offsets: Iterable[int]) -> Iterator[Hit]:
        """Those that some offsets in the text lie in, which ascend; each once."""
        last = -1
        for offset in offsets:
            at = bisect_right(self._starts, offset) - 1
            if at != last:
                last = at
                end = self._text.find(b"\n", offset)
                text = self._text[self._starts[at] : end if end >= 0 else len(self._text)]
                yield Hit(self._paths[self._files[at]], self._numbers[at], text)

    def places(self, pattern: re.Pattern[bytes]) -> dict[bytes, int | list[int]]:
        """Where a pattern matches, which holds no newline, by what it catches.

        Most is caught once: a list for each would take more than all else.
        """
        found: dict[bytes, int | list[int]] = {}
        for match in pattern.finditer(self._text):
            at = match.start()
            before = found.setdefault(match[1], at)
            if isinstance(before, list):
                before.append(at)
            elif before != at:
                found[match[1]] = [before, at]
        return found
