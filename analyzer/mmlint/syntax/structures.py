"""Structures, unions and type names as they are declared: members in order, read without a parser.

Texts come with comments, literals and directives blank, so the members of all arms of an `#if`
are there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from mmlint.syntax.groups import after_group, split_arguments
from mmlint.syntax.header import BUILTIN, QUALIFIERS, STORAGE, TYPEOF
from mmlint.syntax.macros import Macro
from mmlint.syntax.substitution import bind, substituted

_TOKEN = re.compile(r"[A-Za-z_]\w*|\S")
_MARK = re.compile(r"[(){}\[\];,=]")
_WORD = re.compile(r"[A-Za-z_]\w*")
_NEXT = re.compile(r"\s*([A-Za-z_]\w*)")
_PARTS = re.compile(r"\w+|[^\w\s]")
_NAMED = re.compile(r"\s*(?:__extension__\s+)?(?:typedef|extern)\b")
_TAGS = frozenset({"struct", "union", "enum"})
_BODY = re.compile(r"\b(struct|union|enum)\b\s*([^{};()]*?)(?:\([^{}()]*\)[\w\s]*)?\{")
_PLAIN_TYPE = re.compile(r"\(\s*(?:const\s+)?((?:struct|union|enum)\s+\w+)\s*\)")
_MADE_DECLARATOR = re.compile(r"\s*(?:\w+[\s*]+)+([A-Z]\w*)\s*\(")
_USE = re.compile(r"\s*([A-Za-z_]\w*)\s*(?=\()")
_ATTRIBUTE = re.compile(r"__attribute(?:__)?\s*(?=\()|__extension__|\b(?:asm|__asm__)\s*(?=\()")
_SKIPPED = STORAGE | QUALIFIERS | {"typedef", "__extension__"}
_DEEPEST = 8


class Macros(Protocol):
    """What macros mean to who asks: a `MacroTable`, or a file's own and those of others."""

    def lookup(self, name: str) -> tuple[Macro, ...]:
        """Every definition of a macro; empty when there is none."""

    def is_annotation(self, name: str) -> bool:
        """Whether a macro stands for attributes and nothing else."""


class Declared(msgspec.Struct, frozen=True):
    """A declared name: of a variable, a member, a type.

    `type` is ``struct x``, ``x_t``, ``int`` or ``typeof(...)`` without stars; `pointer` counts the
    stars and the dimensions. Of a `function`, or a pointer to one, both are those of what it
    returns; a `prototype` is a function and no pointer. The members of a structure that is
    defined in place are `inner`; it has no type if it has no tag. A member without a name is a
    structure whose members are accessed as if they were those of the one around it; if it is a
    `union`, they are one place. Of a pointer to a function `takes` are the parameters as written.
    """

    name: str
    type: str
    pointer: int = 0
    function: bool = False
    inner: tuple[Declared, ...] = ()
    prototype: bool = False
    union: bool = False
    takes: str = ""


class Definition(msgspec.Struct, frozen=True):
    """A structure in a text: its tag ("" without one), its members, and the names declared with it.

    `names` are those of a ``typedef struct x { ... } name;``, or one with ``extern``.
    """

    tag: str
    members: tuple[Declared, ...]
    names: tuple[Declared, ...]


def definition(text: str, start: int, macros: Macros | None = None) -> Definition | None:
    """The structure whose ``struct x {`` or ``typedef struct {`` begins at `start`."""
    head = _BODY.search(text, start)
    if head is None:
        return None
    closing = group_end(text, head.end() - 1)
    end = text.find(";", closing)
    behind = text[closing : end if end >= 0 else len(text)]
    is_named = _NAMED.match(text[start : head.start() + 1])
    tag = _tag(head[2], macros)
    kind = f"{head[1]} {tag}" if tag else ""
    inside = members(text[head.end() : closing - 1], macros)
    names = _declarators(_without_annotations(behind, macros), kind) if is_named else ()
    return Definition(tag, inside, tuple(names))


def group_end(text: str, opening: int) -> int:
    """One past the bracket that closes the one at `opening`; the end of the text if none does."""
    depth = 0
    for found in _MARK.finditer(text, opening):
        if found[0] in "([{":
            depth += 1
        elif found[0] in ")]}":
            depth -= 1
            if depth == 0:
                return found.end()
    return len(text)


def split(text: str, separator: str) -> list[str]:
    """The parts of a text between separators that stand in no bracket."""
    depth = 0
    begin = 0
    parts: list[str] = []
    for found in _MARK.finditer(text):
        if found[0] in "([{":
            depth += 1
        elif found[0] in ")]}":
            depth -= 1
        elif found[0] == separator and depth <= 0:
            parts.append(text[begin : found.start()])
            begin = found.end()
    return [*parts, text[begin:]]


def members(body: str, macros: Macros | None = None, depth: int = 0) -> tuple[Declared, ...]:
    """What is declared between the braces of a structure, in order."""
    found: list[Declared] = []
    for part in split(body, ";") if depth < _DEEPEST else ():
        found += _member(part, macros, depth)
    return tuple(found)


def in_one_place(
    members: tuple[Declared, ...], field: str, *, union: bool = False
) -> tuple[str, ...]:
    """The other pointers to such functions in the unnamed union that a member is directly in.

    Of functions of different types a flag tells which one is there.
    """
    for member in members:
        if member.name == field:
            return tuple(each.name for each in members if union and _is_alike(each, member))
        found = in_one_place(member.inner, field, union=member.union) if not member.name else ()
        if found:
            return found
    return ()


def _is_alike(one: Declared, other: Declared) -> bool:
    """Whether two members are pointers to functions of the same type."""
    return one.function and one != other and msgspec.structs.replace(one, name=other.name) == other


def _member(text: str, macros: Macros | None, depth: int) -> Iterable[Declared]:
    made = expanded(text, macros)
    if made is not None:
        return members(made, macros, depth + 1)
    head = _BODY.search(text)
    if head is None or "=" in text[: head.start()]:
        return declaration(_declarator_made(text, macros), macros)
    closing = group_end(text, head.end() - 1)
    tag = _tag(head[2], macros)
    kind = f"{head[1]} {tag}" if tag else ""
    body = text[head.end() : closing - 1] if head[1] != "enum" else ""
    inner = members(body, macros, depth + 1)
    names = list(_declarators(_without_annotations(text[closing:], macros), kind))
    if not names:
        return [Declared("", kind, inner=inner, union=head[1] == "union")] if inner else []
    return [msgspec.structs.replace(name, inner=inner) for name in names]


def _declarator_made(text: str, macros: Macros | None) -> str:
    """A declaration with what a macro behind its type stands for: `void BUILDER(l2_src)`."""
    use = _MADE_DECLARATOR.match(text)
    made = expanded(text[use.start(1) :], macros) if use is not None else None
    return text[: use.start(1)] + made if use is not None and made is not None else text


def _tag(text: str, macros: Macros | None) -> str:
    words = _WORD.findall(_without_annotations(text, macros))
    return words[0] if words else ""


def expanded(text: str, macros: Macros | None) -> str | None:
    """What a declaration that is the use of a macro stands for; None of any other."""
    use = _USE.match(text)
    if use is None or macros is None or use[1] in TYPEOF or macros.is_annotation(use[1]):
        return None
    if _WORD.search(_without_annotations(after_group(text[use.end() :]), macros)):
        return None
    for macro in macros.lookup(use[1]):
        if macro.params is not None and macro.body:
            bound = bind(macro.params, split_arguments(text, use.end()))
            return substituted(macro.body, bound)
    return None


def declaration(text: str, macros: Macros | None = None) -> tuple[Declared, ...]:
    """The names that one declaration declares; what they are initialised with does not matter."""
    text = _without_annotations(text, macros)
    kind, at = read_type(text)
    return tuple(_declarators(text[at:], kind)) if kind else ()


def read_type(text: str) -> tuple[str, int]:
    """The type that a declaration or a type name begins with, and where the declarator begins."""
    words: list[str] = []
    position = 0
    while token := _TOKEN.search(text, position):
        word = token[0]
        if word in TYPEOF:
            opening = text.find("(", token.end())
            end = group_end(text, opening) if opening >= 0 else len(text)
            plain = _PLAIN_TYPE.match(text, max(0, opening))
            words = [plain[1] if plain else " ".join(text[token.start() : end].split())]
            position = end
        elif word in _TAGS:
            tag = _WORD.search(text, token.end())
            words, position = [f"{word} {tag[0] if tag else ''}"], tag.end() if tag else len(text)
        elif word in _SKIPPED or (not words and _is_qualifier(text, token)):
            position = token.end()
        elif (word in BUILTIN and all(known in BUILTIN for known in words)) or (
            not words and _WORD.match(word)
        ):
            words.append(word)
            position = token.end()
        else:
            return " ".join(words), token.start()
    return " ".join(words), len(text)


def _is_qualifier(text: str, token: re.Match[str]) -> bool:
    """Whether an unknown word stands before the type and is not the type itself."""
    after = _NEXT.match(text, token.end())
    return (
        _WORD.match(token[0]) is not None
        and token[0] not in BUILTIN
        and after is not None
        and (after[1] in _TAGS or after[1] in BUILTIN)
    )


def _declarators(text: str, kind: str) -> Iterator[Declared]:
    for part in split(text, ","):
        found = _declarator(split(part, "=")[0], kind)
        if found is not None:
            yield found


def _declarator(text: str, kind: str) -> Declared | None:
    """`*name[2]`, `(*name)(args)`, `name(args)`, `(*name[2])(args)`, `name : 3`."""
    text = " ".join(word for word in _PARTS.findall(text) if word not in QUALIFIERS)
    stars = len(text) - len(text.lstrip("* "))
    pointer = text[:stars].count("*")
    rest = text[stars:]
    if rest.startswith("("):
        closing = group_end(rest, 0)
        inner, behind = rest[1 : closing - 1].strip(), rest[closing:].lstrip()
        while inner.startswith("(") and not behind:
            # `((*name)(args))`, as a macro may make it.
            closing = group_end(inner, 0)
            inner, behind = inner[1 : closing - 1].strip(), inner[closing:].lstrip()
        name = _WORD.search(inner)
        if name is None:
            return None
        if behind.startswith("("):
            return Declared(name[0], kind, pointer, function=True, takes=behind)
        return Declared(name[0], kind, pointer + inner.count("*") + behind.count("["))
    name = _WORD.match(rest)
    if name is None:
        return None
    behind = rest[name.end() :].lstrip()
    if behind.startswith("("):
        return Declared(name[0], kind, pointer, function=True, prototype=True)
    return Declared(name[0], kind, pointer + behind.count("["))


def _without_annotations(text: str, macros: Macros | None) -> str:
    """The text without attributes and the macros that stand for some."""
    names = {
        word for word in _WORD.findall(text) if macros is not None and macros.is_annotation(word)
    }
    if not names and "__" not in text and "asm" not in text:
        return text
    position = 0
    kept: list[str] = []
    for found in _WORD.finditer(text):
        if found.start() < position:
            continue
        if found[0] in names or _ATTRIBUTE.match(text, found.start()):
            kept.append(text[position : found.start()])
            position = found.end()
            grouped = found[0] not in names or _takes_arguments(found[0], macros)
            if grouped and text[position:].lstrip().startswith("("):
                position = group_end(text, text.index("(", position))
    return "".join([*kept, text[position:]])


def _takes_arguments(name: str, macros: Macros | None) -> bool:
    return macros is not None and any(m.params is not None for m in macros.lookup(name))
