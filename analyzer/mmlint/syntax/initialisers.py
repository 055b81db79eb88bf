"""Initialisers in braces, read without a parser: which value stands for which member.

Texts come with comments, literals and directives blank: the values of all arms of an `#if` are
there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from mmlint.syntax.structures import Declared, Macros, declaration, expanded, group_end, members

_HEAD = re.compile(r"=\s*(?=\{|\(\s*(?:const\s+)?(?:struct|union)\b|[A-Za-z_]\w*\s*\()|\)\s*(?=\{)")
_MARK = re.compile(r"[(){}\[\],;]")
_USED = re.compile(r"\s*([A-Za-z_]\w*)\s*\(")
_ON_NEXT_LINE = re.compile(r"[ \t]*\n\s*\w")
_BEHIND_USE = re.compile(r"\s*(?:\.\s*\w+\s*[=.\[]|[A-Za-z_]\w*\s*\()")
_DESIGNATOR = re.compile(r"\s*(?:\.\s*([A-Za-z_]\w*)|(\[)|([A-Za-z_]\w*)\s*(?=:[^:]))\s*")
_LITERAL = re.compile(
    r"\(\s*((?:const\s+)?(?:struct|union)\s+\w+(?:\s+const)?[\s*]*(?:\[[^\]]*\])?)\s*\)\s*(?=\{)"
)
_STRUCTURE = re.compile(
    r"\b(?:struct|union)\b|\w_t\b|\b[a-z]\w*[\s*]+\w+(?:\[[^\]]*\])*\s*\Z|\(\s*\*[^()]*\)\s*\([^=]*\)\s*\Z"
)
_BEHIND = re.compile(
    r"(?:\s*(?:const\s+)?[^;(){}=]*(=)\s*(?=[{(A-Za-z_])|\s*(?:const\s*)?(?:\[[^\]]*\]\s*)?\)\s*(?=\{))"
)
_DEFINED = re.compile(r"\b(?:struct|union)\b\s*(\w*)\s*(?:__\w+\s*)*\Z")
_WORD_ALONE = re.compile(r"\s*\w+\s*(?:\[[^\]]*\]\s*)*(?:__\w+\s*)*\Z")
_MEMBER = re.compile(r"\s*[.\[]")
_SPACE = re.compile(r"\s*")
_STORAGE = re.compile(r"^\s*(?:static\s+|extern\s+)*")
_LONGEST_CHAIN = 4
_DEEPEST = 16
_LONGEST_HEAD = 400
_LONGEST_LIST = 4000
"""Bytes between the use of a macro at the margin and what is looked at in it or behind it."""
_USE_AT_MARGIN = re.compile(r"^[A-Za-z_]\w*\(", re.MULTILINE)
_MARGIN = re.compile(r"^[A-Za-z_}]", re.MULTILINE)
_NOTHING: Mapping[int, int] = {}
INDEX = "[]"


class Item(msgspec.Struct, frozen=True):
    """One value of a list, bytes `start` to `end` of the text.

    `path` are its designators, `INDEX` for one of an array; () when it goes by its position. Of a
    value in braces `items` are what is in them, of any other it is None; `type` is that of a
    compound literal as written.
    """

    path: tuple[str, ...]
    start: int
    end: int
    items: tuple[Item, ...] | None
    type: str = ""


class Initialiser(msgspec.Struct, frozen=True):
    """A variable, or an unnamed compound literal, with its value."""

    declared: Declared
    value: Item


def initialisers(text: str, macros: Macros | None = None) -> Iterator[Initialiser]:
    """The variables of a text that are initialised with braces or a macro, and its literals."""
    for found in _HEAD.finditer(text):
        if found[0][0] == ")":
            opening = text.rfind("(", max(0, found.start() - _LONGEST_HEAD), found.start())
            before = text[max(0, opening - _LONGEST_HEAD) : max(0, opening)].rstrip()
            if not before.endswith("="):
                yield from _literal(text, opening) or _begun_by_use(text, found.end(), macros)
            continue
        declared = _head(text, found.start(), macros)
        if not declared:
            yield from _literal(text, found.end())
        elif not declared[-1].function:
            yield Initialiser(declared[-1], read_value(text, found.end()))


def around(text: str, offset: int, macros: Macros | None = None) -> Initialiser | None:
    """The outermost initialiser in braces that an offset of a text lies in."""
    return Surrounding(text, macros).at(offset)


class Surrounding:
    """The initialisers around offsets of one text; each is read once, a table of thousands too."""

    def __init__(self, text: str, macros: Macros | None = None) -> None:
        self._text = text
        self._macros = macros
        # By the offset of a brace: the brace around it, and the initialiser that it is part of.
        self._outer: dict[int, int] = {}
        self._known: dict[int, Initialiser | None] = {}

    def at(self, offset: int) -> Initialiser | None:
        """The outermost initialiser in braces that an offset lies in."""
        opening = _brace_before(self._text, offset, self._outer)
        passed: list[int] = []
        found: Initialiser | None = None
        while opening >= 0:
            if opening in self._known:
                found = self._known[opening]
                break
            passed.append(opening)
            found, inside = self._begun(opening)
            if not inside:
                break
            outer = self._outer[opening] = _brace_before(self._text, opening, self._outer)
            opening = outer
        self._known.update(dict.fromkeys(passed, found))
        return found if passed or opening >= 0 else _opened_by_use(self._text, offset, self._macros)

    def _begun(self, opening: int) -> tuple[Initialiser | None, bool]:
        """The initialiser that begins with a brace, and whether it may be inside of another."""
        text = self._text
        before = text[max(0, opening - _LONGEST_HEAD) : opening].rstrip()
        if before.endswith(")"):
            literal = _literal(text, _paren_before(text, opening))
            by_use = _begun_by_use(text, opening, self._macros)
            return next(iter(literal or by_use), None), False
        if before.endswith("="):
            head = before[max(before.rfind(mark) for mark in ";{},") + 1 : -1]
            declared = () if _MEMBER.match(head) else _head(text, opening, self._macros)
            if declared:
                return Initialiser(declared[-1], read_value(text, opening)), False
            return None, True
        return None, before.endswith(("{", ",", "]", "("))


def enclosing_structure(text: str, offset: int) -> str:
    """The tag of the structure in whose definition an offset lies; "" if it does not."""
    opening = _brace_before(text, offset)
    tag = ""
    while opening >= 0:
        head = _DEFINED.search(text, max(0, opening - _LONGEST_HEAD), opening)
        if head is None:
            return ""
        tag = head[1] or tag
        opening = _brace_before(text, opening)
    return tag


def _head(text: str, end: int, macros: Macros | None) -> tuple[Declared, ...]:
    """What is declared by the text up to an initialiser."""
    begin = _begin(text, end)
    head = _behind_uses(text[begin:end]).rstrip("= \t\n")
    for _ in range(_LONGEST_CHAIN):
        made = expanded(_STORAGE.sub("", head), macros)
        if made is None:
            break
        head = made.rpartition(";")[2].rstrip("= \t\n")
    if text[begin - 1 : begin] == "}" and _WORD_ALONE.match(head):
        return in_place(text, begin - 1, end, macros)
    declared = declaration(head, macros) if _STRUCTURE.search(head) else ()
    if declared and declared[-1].prototype:
        # No function has a value: a macro makes the name, `struct x __UNIQUE_ID(setup) = { .. }`.
        opening = head.index("(")
        return declaration(head[:opening] + head[group_end(head, opening) :], macros)
    return declared


def _behind_uses(text: str) -> str:
    """A text without the uses of macros that stand in front of it, each on lines of its own.

    They need no semicolon: `BTF_ID_LIST(ids)` before `const struct map_ops ops`.
    """
    while (use := _USED.match(text)) is not None:
        rest = text[group_end(text, use.end() - 1) :]
        if _ON_NEXT_LINE.match(rest) is None:
            break
        text = rest
    return text


def _begun_by_use(text: str, opening: int, macros: Macros | None) -> tuple[Initialiser, ...]:
    """What the use of a macro that ends with a sign declares in front of a brace."""
    made = expanded(text[_begin(text, opening) : opening], macros)
    if made is None or not made.rstrip().endswith("="):
        return ()
    declared = _head(text, opening, macros)
    return (Initialiser(declared[-1], read_value(text, opening)),) if declared else ()


def use_at_margin(text: str, offset: int) -> tuple[int, int]:
    """The start and the end of the last use of a macro that begins a line; two zeros for none."""
    uses = list(_USE_AT_MARGIN.finditer(text, max(0, offset - _LONGEST_LIST), offset))
    return (uses[-1].start(), group_end(text, uses[-1].end() - 1)) if uses else (0, 0)


def _opened_by_use(text: str, offset: int, macros: Macros | None) -> Initialiser | None:
    """What the use of a macro at the margin begins, `MACHINE_START(x, "x") .map_io = f,`.

    Its list goes on up to the next line at the margin.
    """
    start, end = use_at_margin(text, offset)
    made = expanded(text[start:end], macros) if end else None
    behind = _MARGIN.search(text, end)
    last = behind.start() if behind is not None else len(text)
    if made is None or last <= offset or made.count("{") <= made.count("}"):
        return None
    declared = _head(made, made.find("{"), macros)
    items = tuple(read_items(text, end, last))
    return Initialiser(declared[-1], Item((), end, last, items)) if declared else None


def _begin(text: str, end: int) -> int:
    """Where the statement begins that an offset lies in, behind the last one or a brace."""
    low = max(0, end - _LONGEST_HEAD)
    return max(text.rfind(mark, low, end) + 1 for mark in ";{}") or low


def in_place(
    text: str, closing: int, end: int, macros: Macros | None = None
) -> tuple[Declared, ...]:
    """`struct { ... } name`: what is declared with its type, whose braces end at `closing`."""
    opening = _brace_before(text, closing)
    head = _DEFINED.search(text, max(0, opening - _LONGEST_HEAD), max(0, opening))
    return members(text[head.start() : end].partition("=")[0], macros) if head else ()


def _brace_before(text: str, offset: int, outer: Mapping[int, int] = _NOTHING) -> int:
    """The brace that is open at an offset; -1 without one. `outer` is known of some braces."""
    depth = 0
    closing = text.rfind("}", 0, offset)
    opening = text.rfind("{", 0, offset)
    while opening >= 0:
        if closing > opening:
            depth += 1
            closing = text.rfind("}", 0, closing)
        elif depth == 0:
            return opening
        else:
            depth -= 1
            if depth == 0 and opening in outer:
                return outer[opening]
            opening = text.rfind("{", 0, opening)
    return -1


def _paren_before(text: str, brace: int) -> int:
    return text.rfind("(", max(0, brace - _LONGEST_HEAD), brace)


def of_types(text: str, ends: Iterable[int], macros: Macros | None = None) -> Iterator[Initialiser]:
    """The initialised variables and literals of a text whose types end at some offsets."""
    for end in ends:
        behind = _BEHIND.match(text, _after_body(text, end))
        if behind is None:
            continue
        if behind[1]:
            declared = _head(text, behind.end(), macros)
            if declared and not declared[-1].function:
                yield Initialiser(declared[-1], read_value(text, behind.end()))
        else:
            yield from _literal(text, _paren_before(text, behind.end()))


def _after_body(text: str, offset: int) -> int:
    """Past the braces at an offset in which a structure is defined; the offset without any."""
    opening = _SPACE.match(text, offset)
    at = opening.end() if opening else offset
    return group_end(text, at) if text.startswith("{", at) else offset


def _literal(text: str, opening: int) -> list[Initialiser]:
    """`(struct x){ ... }` with its parenthesis at `opening`."""
    found = _LITERAL.match(text, opening) if opening >= 0 else None
    if found is None:
        return []
    dimensions = found[1].count("[")
    return [
        Initialiser(
            msgspec.structs.replace(each, name="", pointer=each.pointer + dimensions),
            read_value(text, opening),
        )
        for each in declaration(f"{found[1].partition('[')[0]} x")
    ]


def read_value(text: str, start: int, depth: int = 0) -> Item:
    """The value that begins at `start`, up to the comma, bracket or end behind it."""
    return _value(text, start, (), depth)


def _value(text: str, start: int, path: tuple[str, ...], depth: int) -> Item:
    space = _SPACE.match(text, start)
    start = space.end() if space else start
    literal = _LITERAL.match(text, start)
    opening = literal.end() if literal else start
    if text.startswith("{", opening) and depth < _DEEPEST:
        end = group_end(text, opening)
        kind = literal[1] if literal else ""
        return Item(
            path, start, end, tuple(read_items(text, opening + 1, end - 1, depth + 1)), kind
        )
    return Item(path, start, _value_end(text, start), None)


def _value_end(text: str, start: int) -> int:
    """Where a value ends: at a comma, a semicolon or a bracket that it did not open."""
    depth = 0
    for found in _MARK.finditer(text, start):
        if found[0] in "([{":
            depth += 1
        elif found[0] in ")]}":
            depth -= 1
            if depth < 0:
                return found.start()
        elif depth == 0:
            return found.start()
    return len(text)


def read_items(text: str, start: int, end: int, depth: int = 0) -> Iterator[Item]:
    """The items of a list between two offsets."""
    position = start
    while position < end:
        for use in _leading_uses(text, position):
            yield use
            position = use.end
        path, at = _designators(text, position)
        item = _value(text, at, path, depth)
        if path or text[item.start : item.end].strip():
            yield item
        if item.end < end and text[item.end] not in ",":
            # After braces or a bracket too many there may be anything.
            position = max(_value_end(text, item.end), item.end) + 1
        else:
            position = item.end + 1


def _leading_uses(text: str, start: int) -> Iterator[Item]:
    """The uses of macros that bring their commas: `SET_SLEEP(a, b) SET_RUNTIME(c) .d = e`."""
    while (use := _USED.match(text, start)) is not None:
        end = group_end(text, use.end() - 1)
        if _BEHIND_USE.match(text, end) is None:
            return
        yield Item((), use.start(1), end, None)
        start = end


def _designators(text: str, start: int) -> tuple[tuple[str, ...], int]:
    """`.a.b =`, `[1] =`, `[1] = {`, and the old `a: `; and where the value begins."""
    path: list[str] = []
    position = start
    while found := _DESIGNATOR.match(text, position):
        if found[3]:
            if path:
                break
            return (found[3],), text.index(":", found.end()) + 1
        if found[1]:
            path.append(found[1])
            position = found.end()
        else:
            path.append(INDEX)
            position = group_end(text, found.start(2))
    if not path:
        return (), start
    rest = text[position : position + _LONGEST_HEAD].lstrip()
    if not rest.startswith("="):
        return (tuple(path), position) if rest.startswith("{") else ((), start)
    return tuple(path), text.index("=", position) + 1
