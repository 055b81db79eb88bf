"""A function body made digestible for a C parser, byte for byte as long as before.

What is rewritten is remembered by offset, so that the syntax tree says what the source said.
"""

from __future__ import annotations

import re
from functools import cached_property

import msgspec

from mmlint.syntax.header import KEYWORDS
from mmlint.syntax.macros import MacroTable
from mmlint.syntax.mask import blank

_OPENING = ord("(")
_PAREN = re.compile(rb"[()]")
_WORD = re.compile(rb"[A-Za-z_]\w*")
_WORD_BEFORE = re.compile(rb"([A-Za-z_]\w*)\s*\Z")
_LONGEST_NAME = 256
_SPACE = re.compile(rb"\s*")
_STATEMENT = re.compile(rb"(?:[;{}:)]|\belse\b|\bdo\b)\s*([A-Za-z_]\w*)\s*\(")
_TYPEOF = re.compile(rb"\b(?:typeof|__typeof__|__typeof|typeof_unqual)\s*\(")
# With a value and without a type: C23, and a macro for `__auto_type` since 6.18.
_INFERRED = re.compile(rb"\bauto(?=\s+(?:const\s+)?\**\s*[A-Za-z_]\w*\s*=[^=])")
_ATTRIBUTE = re.compile(rb"\b__attribute(?:__)?\s*\(|\b__extension__\b")
_ASSEMBLER = frozenset({b"asm", b"__asm__", b"__asm"})
_DECLARED_BEFORE = re.compile(rb"(?!(?:else|do)\b)\b[A-Za-z_]\w*\s*\Z")
_LOCAL_LABEL = re.compile(rb"\b__label__\b[^;{}]*")
_CASE_RANGE = re.compile(rb"(\bcase\b[^:;{}?]*?)(\.\.\.[^:;{}?]*)(?=:)")
_RETURN = re.compile(rb"return\b")
_COMPUTED = re.compile(rb"\bgoto\s*\*[^;{}]*")
TYPE_OPERATORS = frozenset({b"offsetof", b"__alignof__", b"__alignof", b"_Alignof", b"alignof"})
_WORD_AND_CALL = re.compile(rb"[(,]\s*([A-Za-z_]\w*)\s+(?=[A-Za-z_]\w*\s*\()")
_TYPE_OPERATOR = re.compile(rb"\b(?:" + b"|".join(sorted(TYPE_OPERATORS)) + rb")\b")
_STATIC_MACRO = re.compile(rb"[;{}]\s*(static)\s+[A-Za-z_]\w*\s*\(")
_BRACED_VALUE = re.compile(rb"=\s*\{")
_BRACE = re.compile(rb"[{}]")
_BEGINS = frozenset({b"(", b"+", b"-", b"*"})
_BUILTIN = rb"(?:(?:unsigned|signed|long|short|int|char|void|bool|float|double)\b\s*)+"
_TYPE = re.compile(
    rb"([(,])\s*((?:(?:const|volatile)\s+)*(?:(?:struct|union|enum)\s+\w+\s*|"
    + _BUILTIN
    + rb"|[A-Za-z_]\w*\s*(?=\*))(?:(?:const|volatile)\b\s*)*"
    rb"(?:\*\s*(?:const\b\s*)?)*)(?=[,)])"
)
# A pattern that begins with a literal is searched many times faster: what stands before comes last.
_CAST = re.compile(
    rb"\(\s*([A-Za-z_]\w*_t|[us](?:16|32|64)|__(?:[us]|[bl]e)\d+)\s*\)(?=\s*[-(&*+~!])"
)
_BEFORE_CAST = re.compile(rb"(?:[^\w)\]\s]|\breturn)\s*\Z")
_NO_CALL = frozenset(word.encode() for word in KEYWORDS)
_BITS = re.compile(rb":\s*\d")
_ANONYMOUS_BITS = re.compile(rb"[;{]\s*((?:[A-Za-z_]\w*\s+)*[A-Za-z_]\w*\s*:\s*\d+\s*);")


class Rewritten(msgspec.Struct):
    """The new text and what stood there, by offset in it.

    `plain` is the source without its annotations, otherwise as written.

    `blocks` are macros in front of a statement (the flag: no arguments), `bare` macros used as a
    statement without semicolon, `types` (start to end) type arguments, `opaque` inline
    assembler and computed jumps.
    """

    text: bytes
    plain: bytes
    blocks: dict[int, tuple[str, bool]]
    bare: dict[int, tuple[str, int]]
    types: dict[int, int]
    opaque: set[int]


def rewrite(code: bytes, macros: MacroTable | None) -> Rewritten:
    """Rewrite one body, given with comments, literals and directives masked."""
    return _Rewriter(code, macros).run()


class _Rewriter:
    """Applies the rewritings in an order in which none sees the traces of another."""

    def __init__(self, code: bytes, macros: MacroTable | None) -> None:
        self._text = bytearray(code)
        self._macros = macros
        self._result = Rewritten(b"", b"", {}, {}, {}, set())

    @cached_property
    def _closings(self) -> dict[int, int]:
        """Each closing parenthesis by its opening one; no rewriting moves them."""
        pairs: dict[int, int] = {}
        opened: list[int] = []
        for found in _PAREN.finditer(self._text):
            at = found.start()
            if self._text[at] == _OPENING:
                opened.append(at)
            elif opened:
                pairs[opened.pop()] = at
        return pairs

    def run(self) -> Rewritten:
        words = set(_WORD.findall(self._text))
        self._drop_annotations(words)
        self._result.plain = bytes(self._text)
        self._simplify_types(words)
        self._drop_assembler(words)
        self._drop_jumps(words)
        self._name_types()
        self._join_strings()
        if b"static" in words:
            self._expose_static_macros()
        if (b"struct" in words or b"union" in words) and _BITS.search(self._text):
            self._drop_anonymous_bits()
        self._head_statements()
        self._result.text = bytes(self._text)
        return self._result

    def _blank(self, start: int, end: int) -> None:
        self._text[start:end] = blank(bytes(self._text[start:end]))

    def _blank_with_group(self, start: int, end: int, grouped: bool) -> None:
        """Blank a word, and the group behind it."""
        if grouped:
            space = _SPACE.match(self._text, end)
            opening = space.end() if space else end
            end = self._closings.get(opening, end - 1) + 1
        self._blank(start, end)

    def _drop_annotations(self, words: set[bytes]) -> None:
        found = [word for word in words if self._is_annotation(word)]
        if found and self._macros is not None:
            grouped = {
                word: any(macro.params is not None for macro in self._macros.lookup(word.decode()))
                for word in found
            }
            pattern = re.compile(rb"\b(?:" + b"|".join(found) + rb")\b")
            for use in pattern.finditer(bytes(self._text)):
                if not self._is_argument(use.start(), use.end()):
                    self._blank_with_group(use.start(), use.end(), grouped[use[0]])
        if words & {b"__attribute__", b"__attribute", b"__extension__"}:
            for use in _ATTRIBUTE.finditer(bytes(self._text)):
                end = self._closings.get(use.end() - 1, use.end() - 1) + 1
                self._blank(use.start(), end)

    def _is_argument(self, start: int, end: int) -> bool:
        """Whether a word is a whole argument: then it is a value that shares its name."""
        before = self._text[max(0, start - _LONGEST_NAME) : start].rstrip()
        space = _SPACE.match(self._text, end)
        after = bytes(self._text[space.end() : space.end() + 1]) if space else b""
        return before.endswith((b"(", b",")) and after in {b",", b")"}

    def _is_annotation(self, word: bytes) -> bool:
        return self._macros is not None and self._macros.is_annotation(word.decode())

    def _simplify_types(self, words: set[bytes]) -> None:
        if any(b"typeof" in word for word in words):
            for use in _TYPEOF.finditer(bytes(self._text)):
                closing = self._closings.get(use.end() - 1)
                if closing is not None:
                    self._blank(use.end() - 1, closing + 1)
        if b"auto" in words:
            for use in _INFERRED.finditer(bytes(self._text)):
                self._text[use.start()] = 0x5F  # any name will do for a type
        if words & TYPE_OPERATORS:
            # The parser knows these with a type only; as plain calls they take anything.
            for use in _TYPE_OPERATOR.finditer(bytes(self._text)):
                self._text[use.end() - 1] = 0x46
        text = bytes(self._text)
        for use in _CAST.finditer(text):
            if not _is_value_next(text, use.start()):
                continue
            start, end = use.span(1)
            self._blank(start, end)
            self._text[start : start + 3] = b"int"

    def _drop_assembler(self, words: set[bytes]) -> None:
        spelled = [word for word in words if b"asm" in word and self._is_assembler(word)]
        if not spelled:
            return
        pattern = rb"\b(?:" + b"|".join(spelled) + rb")\b\s*(?:\w+\s*)*\("
        for use in re.finditer(pattern, bytes(self._text)):
            closing = self._closings.get(use.end() - 1)
            if closing is None:
                continue
            if _DECLARED_BEFORE.search(
                self._text, max(0, use.start() - _LONGEST_NAME), use.start()
            ):
                self._blank(use.start(), closing + 1)
            else:
                self._replace_by_zero(use.start(), closing + 1)

    def _is_assembler(self, word: bytes) -> bool:
        if word in _ASSEMBLER:
            return True
        return self._macros is not None and self._macros.is_assembler(word.decode())

    def _replace_by_zero(self, start: int, end: int) -> None:
        self._blank(start, end)
        self._text[start] = 0x30
        self._result.opaque.add(start)

    def _drop_jumps(self, words: set[bytes]) -> None:
        """Local labels, case ranges (the low end stays), computed jumps, label addresses.

        And `return` in the arguments of a macro, of which the value stays.
        """
        if b"__label__" in words:
            for use in _LOCAL_LABEL.finditer(bytes(self._text)):
                self._blank(use.start(), use.end())
        if b"..." in self._text:
            for use in _CASE_RANGE.finditer(bytes(self._text)):
                self._blank(use.start(2), use.end(2))
        if b"goto" in words:
            for use in _COMPUTED.finditer(bytes(self._text)):
                self._replace_by_zero(use.start(), use.end())
        if b"return" in words:
            for use in _RETURN.finditer(bytes(self._text)):
                before = self._text[max(0, use.start() - _LONGEST_NAME) : use.start()]
                if before.rstrip().endswith((b"(", b",")):
                    self._blank(use.start(), use.end())

    def _name_types(self) -> None:
        """A type where an argument stands becomes a name; in casts and `sizeof` it stays."""
        for use in _TYPE.finditer(bytes(self._text)):
            if use[1] == b"(" and not self._is_call(use.start()):
                continue
            start, end = use.span(2)
            end -= len(use[2]) - len(use[2].rstrip())
            self._blank(start, end)
            self._text[start] = 0x5F
            self._result.types[start] = end

    def _join_strings(self) -> None:
        """A macro for a string that stands before a call which makes one, as in `LEVEL fmt("")`."""
        for use in _WORD_AND_CALL.finditer(bytes(self._text)):
            found = self._macros.lookup(use[1].decode()) if self._macros is not None else ()
            if any(macro.params is None and '"' in macro.body for macro in found):
                self._blank(*use.span(1))

    def _is_call(self, opening: int) -> bool:
        word = _WORD_BEFORE.search(self._text, max(0, opening - _LONGEST_NAME), opening)
        return word is not None and word[1] not in _NO_CALL

    def _expose_static_macros(self) -> None:
        """`static NAME(...);` is the use of a macro that declares."""
        for use in _STATIC_MACRO.finditer(bytes(self._text)):
            closing = self._closings.get(use.end() - 1, -1)
            if bytes(self._text[closing + 1 :]).lstrip()[:1] in {b";", b"="}:
                self._blank(*use.span(1))

    def _drop_anonymous_bits(self) -> None:
        """`u32 : 8;` in a local structure only fills."""
        position = 0
        while use := _ANONYMOUS_BITS.search(self._text, position):
            if len(use[1].split(b":")[0].split()) > 1:
                position = use.end(1)
            else:
                # What stood before it now stands before the next field.
                self._blank(use.start(1), use.end())
                position = use.start()

    def _head_statements(self) -> None:
        """Macros that head a statement, or that are one without a semicolon."""
        text = bytes(self._text)
        position = 0
        while use := _STATEMENT.search(text, position):
            position = use.end(1)
            word = use[1]
            opening = use.end() - 1
            closing = self._closings.get(opening)
            if closing is None or word in _NO_CALL:
                continue
            space = _SPACE.match(text, closing + 1)
            after = text[space.end() : space.end() + 1] if space else b""
            if after == b"{":
                self._head(use.start(1), word, opening, closing)
            elif after == b"}" and not self._ends_initialiser(text, space.end() if space else 0):
                self._end_statement(use.start(1), word, opening, closing)
            elif after in _BEGINS and self._heads(word.decode()):
                self._head(use.start(1), word, opening, closing)
            elif after == b"=":
                self._drop_braced_value(space.end() if space else closing)
            elif after.isalpha() or after == b"_":
                if self._is_type(word):
                    self._blank(opening, closing + 1)
                else:
                    self._before_word(use.start(1), word, opening, closing)

    @cached_property
    def _openings(self) -> dict[int, int]:
        """Each opening brace by its closing one."""
        pairs: dict[int, int] = {}
        opened: list[int] = []
        for found in _BRACE.finditer(self._text):
            if found[0] == b"{":
                opened.append(found.start())
            elif opened:
                pairs[found.start()] = opened.pop()
        return pairs

    def _ends_initialiser(self, text: bytes, brace: int) -> bool:
        """Whether the closing brace at `brace` ends values and not statements."""
        before = text[: self._openings.get(brace, 0)].rstrip()
        while before.endswith(b"{"):
            # The first of several values that have braces of their own.
            before = before[:-1].rstrip()
        if before.endswith((b"=", b",", b"(")):
            return True
        if not before.endswith(b")"):
            return False
        # A compound literal is a cast before a brace; a statement has a word before its condition.
        opening = next((o for o, c in self._closings.items() if c == len(before) - 1), 0)
        word = _WORD_BEFORE.search(text, max(0, opening - _LONGEST_NAME), opening)
        return word is None or word[1] == b"return"

    def _drop_braced_value(self, start: int) -> None:
        """`NAME(...) = { ... };` declares; nothing but the use of the macro is kept of it."""
        value = _BRACED_VALUE.match(self._text, start)
        depth = 0
        for found in _BRACE.finditer(self._text, start) if value is not None else ():
            depth += 1 if found[0] == b"{" else -1
            if depth == 0:
                self._blank(start, found.end())
                return

    def _is_type(self, word: bytes) -> bool:
        """Whether the macro stands for a type."""
        found = self._macros.lookup(word.decode()) if self._macros is not None else ()
        return any(
            re.match(r"(?:__)?(?:typeof|struct|union|const)\b", macro.body) for macro in found
        )

    def _before_word(self, start: int, word: bytes, opening: int, closing: int) -> None:
        """A head if the definition ends like one, else a statement of its own."""
        following = _WORD.search(self._text, closing)
        name = word.decode()
        found = self._macros.lookup(name) if self._macros is not None else ()
        heads = not found or self._heads(name)
        if following is not None and following[0] == b"else":
            heads = False
        if heads:
            self._head(start, word, opening, closing)
        else:
            self._end_statement(start, word, opening, closing)

    def _heads(self, name: str) -> bool:
        return self._macros is not None and self._macros.heads_statement(name)

    def _head(self, start: int, word: bytes, opening: int, closing: int) -> None:
        keyword = b"while" if len(word) >= len(b"while") else b"if"
        empty = not self._text[opening + 1 : closing].strip()
        room = closing - 2 - start if empty else opening - start
        written = self._text[start : closing + 1 if empty else start + len(keyword)]
        if room < len(keyword) or b"\n" in written:
            return
        self._blank(start, opening)
        self._text[start : start + len(keyword)] = keyword
        if empty:
            self._text[opening] = 0x20
            self._text[closing - 2 : closing + 1] = b"(0)"
        self._result.blocks[start] = (word.decode(), empty)

    def _end_statement(self, start: int, word: bytes, opening: int, closing: int) -> None:
        self._blank(start, opening + 1)
        self._text[closing] = 0x3B
        space = _SPACE.match(self._text, opening + 1)
        self._result.bare[space.end() if space else opening + 1] = (word.decode(), start)


def _is_value_next(text: bytes, at: int) -> bool:
    """Whether a parenthesis there begins a value, as it is no call's."""
    before = text[max(0, at - _LONGEST_NAME) : at].rstrip()
    if len(before) < len(b" return"):
        before = text[:at].rstrip()
    return _BEFORE_CAST.search(before, max(0, len(before) - len(b" return"))) is not None
