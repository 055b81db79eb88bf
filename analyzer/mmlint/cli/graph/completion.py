"""What the shell offers for the name of a function: what a cheap look at the tree finds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mmlint.source.patterns import DEFINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

_MOST_READ = 16 << 20
"""Bytes; nobody waits for more after pressing a key."""


def names_like(context: click.Context, _parameter: click.Parameter, start: str) -> list[str]:
    """The names that begin with `start` and look defined in mm/ or the current directory."""
    try:
        return sorted(_names(context.params.get("tree"), start))
    except Exception:  # a message in the middle of a command line is worse than no offer
        return []


def _names(tree: str | None, start: str) -> set[str]:
    name = re.escape(start.encode()) + rb"\w*"
    defined = re.compile(
        rb"^(?:[A-Za-z_][\w \t*]*[ \t*])?(" + name + rb")\((?![^;{]*;)"
        rb"|" + DEFINE + rb"(" + name + rb")",
        re.MULTILINE,
    )
    found: set[str] = set()
    for text in _texts(tree):
        for line in _lines_with(start.encode(), text):
            match = defined.match(text, line)
            if match is not None:
                found.add((match[1] or match[2]).decode("ascii", "replace"))
    return found


def _lines_with(word: bytes, text: bytes) -> Iterator[int]:
    """Where the lines begin that hold `word`: to try each line would take ten times as long."""
    at = text.find(word)
    while at >= 0:
        yield text.rfind(b"\n", 0, at) + 1
        end = text.find(b"\n", at)
        at = text.find(word, end + 1) if end >= 0 else -1


def _texts(tree: str | None) -> Iterator[bytes]:
    from mmlint.cli.scope import default_scope, find_tree

    found = find_tree((), tree)
    places = {found.root / path for path in default_scope(found)}
    if tree is None:
        places.add(Path.cwd())
    room = _MOST_READ
    for place in sorted(places):
        for path in sorted(place.glob("*.[ch]")):
            if path.is_file():
                text = path.read_bytes()
                room -= len(text)
                if room < 0:
                    return
                yield text
