"""Where reading a function is given up."""

from __future__ import annotations

DEEPEST = 200
"""Levels of nesting, of expressions and statements as of `#if`, that are followed."""


class ParseGivenUp(Exception):
    """A function that is not worth or not safe to parse; the message says why."""
