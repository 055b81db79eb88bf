"""Function headers: the name, the parameters and the annotations before a `{` at file scope."""

from __future__ import annotations

import re

import msgspec

from mmlint.syntax.groups import after_group, split_arguments
from mmlint.syntax.macros import MacroTable
from mmlint.syntax.nodes import Parameter
from mmlint.syntax.substitution import bind, substituted

_OPENING = ord("(")
_ASSIGNMENT = re.compile(rb"[()=]")
_PAREN = re.compile(rb"[()]")
_WORD_BEFORE = re.compile(rb"([A-Za-z_]\w*)\s*\Z")
_WORD = re.compile(r"[A-Za-z_]\w*")
_WORDS = re.compile(rb"[\w\s]*")
_TYPE = re.compile(rb"\b(?:struct|union|enum)\b")
_VALUES = re.compile(rb"\s*[\d\"]")
_GROUP_ENDS = re.compile(r"([()])")
_USE = re.compile(r"([A-Za-z_]\w*)\s*\(")
_TYPE_ONLY = re.compile(r"[A-Za-z_][\w\s]*\**")
_WIDE = re.compile(r"__[a-z]+(?:8|16|32|64|128)|__\w+_t")
_LONGEST_NAME = 256
_PLAIN = re.compile(rb"((?>(?:[A-Za-z_]\w*+[\s*]++)+))([A-Za-z_]\w{0,99}+)(\([^()]*+\))\s*+\Z")
"""Words, a name, and parentheses with none inside: most headers, understood without more ado."""
TYPEOF = frozenset({"typeof", "__typeof__", "__typeof", "_Atomic", "_Alignas"})
_ATTRIBUTES = frozenset({"__attribute__", "__attribute", "asm", "__asm__", "__declspec"})
STORAGE = frozenset(
    {"static", "extern", "inline", "__inline", "__inline__", "register", "_Noreturn"}
)
QUALIFIERS = frozenset(
    {"const", "volatile", "__volatile__", "restrict", "__restrict", "__extension__"}
)
BUILTIN = frozenset(
    {"void", "char", "short", "int", "long", "float", "double", "signed", "unsigned"}
    | {"bool", "_Bool", "__signed__", "__int128"}
)
_TAGS = frozenset({"struct", "union", "enum"})
KEYWORDS = frozenset(
    {"if", "for", "while", "switch", "return", "sizeof", "do", "else", "case", "goto"}
    | {"default", "break", "continue", "typedef", "_Generic", "_Static_assert"}
    | _TAGS
    | STORAGE
    | QUALIFIERS
    | TYPEOF
    | _ATTRIBUTES
)
NO_NAMES = KEYWORDS | BUILTIN
"""What nothing is called that a file defines."""


class Group(msgspec.Struct, frozen=True):
    """`word (...)` outside other parentheses; offsets in the header, `word` "" if there is none."""

    word: str
    at: int
    opening: int
    closing: int


class Header(msgspec.Struct, frozen=True):
    """A header that was understood.

    `start` is where it begins in the text (a macro use without semicolon may stand before it),
    `opening` and `closing` are the parentheses of the parameters. A `generator` is a macro that
    stands where a header is expected; its name is the macro's.
    """

    name: str
    start: int
    at: int
    opening: int
    closing: int
    generator: bool


def _groups(text: bytes) -> list[Group] | None:
    """The outermost parenthesised groups; None when the parentheses do not match."""
    found: list[Group] = []
    depth = 0
    opening = 0
    for mark in _PAREN.finditer(text):
        at = mark.start()
        if text[at] == _OPENING:
            if depth == 0:
                opening = at
            depth += 1
            continue
        depth -= 1
        if depth < 0:
            return None
        if depth == 0:
            word = _WORD_BEFORE.search(text, max(0, opening - _LONGEST_NAME), opening)
            name, start = (word[1].decode(), word.start()) if word else ("", opening)
            found.append(Group(name, start, opening, at))
    return found if depth == 0 else None


def unmatched(text: bytes) -> int:
    """The offset of the last parenthesis without a partner; -1 if all have one."""
    opened: list[int] = []
    last = -1
    for mark in _PAREN.finditer(text):
        if mark[0] == b"(":
            opened.append(mark.start())
        elif opened:
            opened.pop()
        else:
            last = mark.start()
    return max(last, opened[-1]) if opened else last


def assignment(text: bytes, start: int) -> int:
    """The offset of the last `=` from `start` on outside of parentheses; -1 if there is none."""
    depth = 0
    last = -1
    for mark in _ASSIGNMENT.finditer(text, start):
        if mark[0] == b"=":
            last = last if depth > 0 else mark.start()
        else:
            depth += 1 if mark[0] == b"(" else -1
    return last


def _is_attribute(word: str, macros: MacroTable | None) -> bool:
    if word in _ATTRIBUTES:
        return True
    if macros is not None and macros.defines(word):
        return macros.is_annotation(word)
    return word.startswith("__")


def _choose(groups: list[Group], text: bytes, macros: MacroTable | None) -> int:
    """The index of the group that holds the parameters.

    Of groups with nothing or annotations between them all but one are attributes; with words of a
    type between them the later one begins a declaration of its own.
    """
    chosen = len(groups) - 1
    while chosen > 0:
        before, here = groups[chosen - 1], groups[chosen]
        between = text[before.closing + 1 : here.at].decode(errors="replace")
        if before.word in TYPEOF or not _only_attributes(between, macros):
            break
        if not _is_attribute(here.word, macros) and _is_attribute(before.word, macros):
            break
        if _takes_values(text, before) and not _takes_values(text, here):
            break
        if macros is not None and (
            _makes_header(here.word, macros) or (here.word and _makes_type(before.word, macros))
        ):
            break
        chosen -= 1
    return chosen


def _only_attributes(text: str, macros: MacroTable | None) -> bool:
    """Whether a text has nothing but words that are attributes, and no type."""
    return all(
        _is_attribute(word, macros) and _WIDE.fullmatch(word) is None for word in text.split()
    )


def _takes_values(text: bytes, group: Group) -> bool:
    """Whether numbers or strings stand in the parentheses, as no parameters do."""
    return _VALUES.match(text, group.opening + 1, group.closing) is not None


def _makes_header(word: str, macros: MacroTable) -> bool:
    """Whether a use of a macro is a header: a use of another may stand in front of it."""
    return not macros.is_annotation(word) and any(
        macro.params is not None and macro.body.endswith(")") for macro in macros.lookup(word)
    )


def _makes_type(word: str, macros: MacroTable) -> bool:
    """Whether a use of a macro is a type, which a declaration begins with."""
    return any(
        macro.params is not None and _TYPE_ONLY.fullmatch(macro.body)
        for macro in macros.lookup(word)
    ) and not macros.is_annotation(word)


def read_header(text: bytes, macros: MacroTable | None, path: str = "") -> Header | None:
    """Understand the text before a `{` in a file; None when it is not a function's header."""
    groups = _groups(text)
    if not groups or not _only_words(text[groups[-1].closing + 1 :]):
        return None
    chosen = _choose(groups, text, macros)
    group = groups[chosen]
    if _assigns(text, groups):
        return None
    if group.word in {"", *BUILTIN} or text[group.opening + 1 : group.closing].lstrip()[:1] == b"*":
        return _returning_pointer(text, groups)
    if group.word in KEYWORDS:
        return None
    start = _start(text, groups[:chosen], macros)
    made = _made_name(text, groups[chosen : chosen + 2], macros, path)
    if made:
        params = groups[chosen + 1]
        return Header(made, start, group.at, params.opening, params.closing, False)
    generator = _is_generator(text[start : group.at].decode(errors="replace"), macros)
    return Header(group.word, start, group.at, group.opening, group.closing, generator)


def _is_generator(before: str, macros: MacroTable | None) -> bool:
    """Whether a name with nothing but `before` in front of it, no type, has to be a macro's."""
    return all(
        word in STORAGE or _only_attributes(word, macros) or _uses_macros(word, macros)
        for word in _WORD.findall(before)
    )


def plain_header(
    text: bytes, macros: MacroTable | None, generators: dict[bytes, bool]
) -> Header | None:
    """What `read_header` says of a header that is like most; None of any other.

    In `generators` it is kept which beginnings make one: there are few.
    """
    start = len(text) - len(text.lstrip())
    found = _PLAIN.match(text, start)
    if found is None or found[3][1:].lstrip().startswith(b"*"):
        return None
    before, name = found[1], found[2].decode()
    if name in NO_NAMES:
        return None
    generator = generators.get(before)
    if generator is None:
        generator = generators[before] = _is_generator(before.decode(), macros)
    return Header(name, start, found.start(2), found.start(3), found.end(3) - 1, generator)


def _uses_macros(word: str, macros: MacroTable | None) -> bool:
    """Whether a word stands for uses of macros, as a list of what is declared does."""
    found = macros.lookup(word) if macros is not None else ()
    return any(
        macro.params is None and (use := _USE.match(macro.body)) and macros.defines(use[1])
        for macro in found
        if macros is not None
    )


def _made_name(text: bytes, groups: list[Group], macros: MacroTable | None, path: str) -> str:
    """The name that a macro makes of its arguments before the parameters; "" if none does.

    Where its definitions differ, as a file is included under several of them, it is the use. Those
    of the file itself count, else those of headers: what a source defines is its own.
    """
    if len(groups) == 1 or groups[1].word or macros is None:
        return ""
    arguments = split_arguments(text.decode(errors="replace"), groups[0].opening)
    found = macros.lookup(groups[0].word)
    own = [macro for macro in found if macro.path == path]
    names = {
        substituted(macro.body, bind(macro.params or (), arguments))
        for macro in own or [macro for macro in found if macro.path.endswith(".h")]
    }
    if not all(name.isidentifier() and name.isascii() for name in names):
        return ""
    several = f"{groups[0].word}({', '.join(arguments)})"
    return several if len(names) > 1 else names.pop() if names else ""


def _only_words(text: bytes) -> bool:
    """Whether nothing but annotations may stand there; `struct name {` is a type of its own."""
    return _WORDS.fullmatch(text) is not None and _TYPE.search(text) is None


def _assigns(text: bytes, groups: list[Group]) -> bool:
    """Whether `=` stands outside the groups: then this is a variable."""
    position = 0
    for group in groups:
        if b"=" in text[position : group.opening]:
            return True
        position = group.closing
    return False


def _returning_pointer(text: bytes, groups: list[Group]) -> Header | None:
    """`type (*name(parameters))(parameters of what is pointed to)`."""
    outer = next(
        (group for group in groups if text[group.opening + 1 :].lstrip()[:1] == b"*"), None
    )
    if outer is None:
        return None
    inner = re.compile(rb"\s*\*[\s*]*(\w+)\s*\(").match(text, outer.opening + 1)
    if inner is None:
        return None
    closing = text.find(b")", inner.end())
    start = len(text) - len(text.lstrip())
    return Header(inner[1].decode(), start, inner.start(1), inner.end() - 1, closing, False)


def _start(text: bytes, groups: list[Group], macros: MacroTable | None) -> int:
    """Where the header begins: after the last macro use that is no part of it."""
    start = 0
    for group in groups:
        belongs = group.word in TYPEOF or _is_attribute(group.word, macros)
        if not belongs and not (macros is not None and _makes_type(group.word, macros)):
            start = group.closing + 1
    rest = text[start:]
    return start + len(rest) - len(rest.lstrip())


def _without_groups(text: str) -> str:
    """The text with each parenthesised group left out."""
    out: list[str] = []
    depth = 0
    for part in _GROUP_ENDS.split(text):
        depth += {"(": 1, ")": -1}.get(part, 0)
        out.append(part if depth == 0 and part != ")" else " ")
    return "".join(out)


def split_specifiers(
    text: str, macros: MacroTable | None
) -> tuple[tuple[str, ...], frozenset[str]]:
    """The words of the type and the annotations, of what stands before a declared name."""
    words = _WORD.findall(_without_groups(text))
    words = [word for word in words if word not in STORAGE and word not in QUALIFIERS]
    known = {word for word in words if macros is not None and macros.is_annotation(word)}
    known |= _ATTRIBUTES & set(words)
    words = [word for word in words if word not in known]
    kept = _type_words(words)
    return kept, frozenset(known | set(words) - set(kept) - _ATTRIBUTES) - _ATTRIBUTES


def _type_words(words: list[str]) -> tuple[str, ...]:
    """The words that make the type; others beside it are annotations of unknown macros."""
    for at, word in enumerate(words):
        if word in _TAGS:
            return tuple(words[at : at + 2])
    builtin = tuple(word for word in words if word in BUILTIN)
    if builtin or not words:
        return builtin
    plain = [word for word in words if not word.startswith("__")]
    return ((plain or words)[-1],)


def read_parameters(text: str, macros: MacroTable | None) -> tuple[Parameter, ...]:
    """The parameters of `(...)`; variadic marks and unnamed `void` are none."""
    parts = [whole for part in split_arguments(text, 0) for whole in _expanded(part, macros)]
    if parts == ["void"] or not parts:
        return ()
    return tuple(_parameter(part, macros) for part in parts if part != "...")


def _expanded(text: str, macros: MacroTable | None) -> list[str]:
    """The parameters that a macro declares in place of one."""
    use = re.match(r"([A-Za-z_]\w*)\s*(?=\()", text)
    for macro in macros.lookup(use[1]) if use and macros else ():
        if use and macro.params is not None and macro.body and not after_group(text[use.end() :]):
            bound = bind(macro.params, split_arguments(text, use.end()))
            return split_arguments(f"({substituted(macro.body, bound)})", 0)
    return [text]


def _parameter(text: str, macros: MacroTable | None) -> Parameter:
    pointed = re.search(r"\(\s*(?:\w+\s+)*[*^][\s*]*(?:const\s+)?(\w*)", text)
    if pointed:
        kept, _ = split_specifiers(text[: pointed.start()], macros)
        return Parameter(pointed[1], " ".join(kept), 1)
    text = re.sub(r"\(\s*(\w+)\s*\)\s*\Z", r" \1", text)
    stars = text.count("*") + (1 if "[" in text else 0)
    text = re.sub(r"\[[^\]]*\]", " ", text)
    words = _WORD.findall(_without_groups(text))
    words = [
        word
        for word in words
        if not (word in QUALIFIERS or (macros is not None and macros.is_annotation(word)))
    ]
    least = 2 if words and words[0] in _TAGS else 1
    named = len(words) > least and words[-1] not in BUILTIN
    kept, _ = split_specifiers(" ".join(words[:-1] if named else words), macros)
    return Parameter(words[-1] if named else "", " ".join(kept), stars)


def read_pairs(arguments: list[str], macros: MacroTable | None) -> tuple[Parameter, ...]:
    """The parameters of `(type, name, type, name, ...)`, as system calls are written."""
    pairs = zip(arguments[::2], arguments[1::2], strict=False)
    return tuple(_parameter(f"{kind} {name}", macros) for kind, name in pairs)
