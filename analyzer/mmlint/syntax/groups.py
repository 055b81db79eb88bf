"""Groups of parentheses and braces in the text of a macro."""

from __future__ import annotations

import re

_LONGEST_ARGUMENTS = 20_000


def after_group(text: str) -> str:
    """`text` without the parenthesised group that it begins with, if it does."""
    if not text.lstrip().startswith("("):
        return text
    depth = 0
    for found in re.finditer(r"[()]", text):
        depth += 1 if found[0] == "(" else -1
        if depth == 0:
            return text[found.end() :]
    return ""


def split_arguments(text: str, opening: int) -> list[str]:
    """The arguments of the group that opens at `opening`, stripped; commas in groups stay."""
    depth = 0
    begin = opening + 1
    arguments: list[str] = []
    for found in re.finditer(r"[(){}\[\],]", text[opening : opening + _LONGEST_ARGUMENTS]):
        at = opening + found.start()
        if found[0] in "({[":
            depth += 1
        elif found[0] in ")}]":
            depth -= 1
            if depth == 0:
                last = text[begin:at].strip()
                return [*arguments, last] if last or arguments else []
        elif depth == 1:
            arguments.append(text[begin:at].strip())
            begin = at + 1
    return arguments


def top_level(body: str) -> str:
    """The body with the contents of its braces and parentheses left out."""
    out: list[str] = []
    depth = 0
    position = 0
    for found in re.finditer(r"[(){}]", body):
        if depth == 0:
            out.append(body[position : found.end()])
        depth += 1 if found[0] in "({" else -1
        position = found.end()
        if depth == 0:
            out.append(found[0])
    out.append(body[position:])
    return "".join(out)


def runs_once(body: str) -> bool:
    """A `for` that only opens a scope: its step refuses its test, or leaves by `goto`."""
    head = re.search(r"\bfor\s*\(", body)
    clauses = _clauses(body, head.end() - 1) if head else []
    if len(clauses) != 3:  # noqa: PLR2004
        return False
    if re.search(r"\bgoto\b", clauses[2]):
        return True
    step = re.fullmatch(r"\s*(\w+)\s*=\s*(?:\([^()]*\)\s*)?\(?\w+\)?\s*", clauses[2])
    return step is not None and re.search(rf"!\s*{step[1]}\b", clauses[1]) is not None


def _clauses(text: str, opening: int) -> list[str]:
    """The parts between the semicolons of the group that opens at `opening`."""
    depth = 0
    begin = opening + 1
    clauses: list[str] = []
    for found in re.finditer(r"[(){};]", text[opening:]):
        at = opening + found.start()
        if found[0] == ";":
            if depth == 1:
                clauses.append(text[begin:at])
                begin = at + 1
            continue
        depth += 1 if found[0] in "({" else -1
        if depth == 0:
            return [*clauses, text[begin:at]]
    return []
