"""From the parser's expressions to ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import tree_sitter as ts

from mmlint.syntax import nodes
from mmlint.syntax.grammar import kind_numbers
from mmlint.syntax.limits import DEEPEST, ParseGivenUp
from mmlint.syntax.rewrite import Rewritten

_NUMBER = re.compile(r"([-+]?)\s*(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)[uUlLzZ]*")
_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "a": 7, "b": 8, "f": 12, "v": 11}
_SHORT_TYPE = re.compile(rb"[us]8|\w+_t")
_PAIR = 2
_TRIPLE = 3


class Source:
    """What a conversion reads: the bytes of the file and what was made of them.

    Both begin at the offset `base` of the file; `code` is the text without annotations.
    """

    __slots__ = ("base", "code", "data", "rewritten")

    def __init__(self, data: bytes, rewritten: Rewritten, base: int) -> None:
        self.code = rewritten.plain
        self.data = data
        self.rewritten = rewritten
        self.base = base

    def text(self, start: int, end: int) -> str:
        """What is written between two offsets, white space folded."""
        return " ".join(self.code[start:end].decode(errors="replace").split())


_Reader = Callable[["ExpressionReader", ts.Node], nodes.Expr]
_READERS: dict[int, _Reader] = {}


def _reads(*kinds: str) -> Callable[[_Reader], _Reader]:
    """Enter a method for these kinds of node."""

    def enter(reader: _Reader) -> _Reader:
        _READERS.update(dict.fromkeys(kind_numbers(kinds), reader))
        return reader

    return enter


def _nothing(_: ts.Node) -> tuple[nodes.Stmt, ...]:
    return ()


class ExpressionReader:
    """Converts expressions; the statements inside of them are left to `read_body`."""

    def __init__(
        self, source: Source, read_body: Callable[[ts.Node], tuple[nodes.Stmt, ...]], damaged: bool
    ) -> None:
        self._source = source
        self._code = source.code
        self._base = source.base
        self._types = source.rewritten.types
        self._read_body = read_body
        self._damaged = damaged
        self._names: dict[bytes, str] = {}
        self._depth = 0

    def close(self) -> None:
        """Let go of whoever reads the statements: there is nothing more to read."""
        self._read_body = _nothing

    def children(self, node: ts.Node) -> Sequence[ts.Node]:
        """All children but ERROR nodes."""
        if self._damaged and node.has_error:
            return [child for child in node.children if not child.is_error]
        return node.children

    def named(self, node: ts.Node) -> Sequence[ts.Node]:
        """The named children but ERROR nodes."""
        if self._damaged and node.has_error:
            return [child for child in node.named_children if not child.is_error]
        return node.named_children

    def span(self, node: ts.Node) -> tuple[int, int]:
        """Offsets in the file."""
        return self._base + node.start_byte, self._base + node.end_byte

    def name(self, node: ts.Node) -> str:
        """The text of an identifier."""
        raw = self._code[node.start_byte : node.end_byte]
        name = self._names.get(raw)
        if name is None:
            name = raw.decode(errors="replace")
            self._names[raw] = name
        return name

    def enter(self) -> None:
        """Go one level deeper; raises `ParseGivenUp` below the deepest."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise ParseGivenUp("nested too deeply")

    def leave(self) -> None:
        """Come back from a level."""
        self._depth -= 1

    def read(self, node: ts.Node) -> nodes.Expr:
        """Convert one expression; raises `ParseGivenUp` when it is nested too deeply."""
        self.enter()
        result = _READERS.get(node.kind_id, ExpressionReader.opaque)(self, node)
        self.leave()
        return result

    def flat(self, node: ts.Node | None) -> tuple[nodes.Expr, ...]:
        """The parts of a comma expression without parentheses of its own."""
        parts: list[nodes.Expr] = []
        while node is not None and node.type == "comma_expression":
            left, *rest = self.named(node)
            parts.append(self.read(left))
            node = rest[0] if rest else None
        return (*parts, self.read(node)) if node is not None else tuple(parts)

    def inside(self, node: ts.Node) -> ts.Node | None:
        """What stands in parentheses."""
        found = self.named(node)
        return found[0] if found else None

    @_reads("extension_expression")
    def read_inside(self, node: ts.Node) -> nodes.Expr:
        """Convert what stands in parentheses."""
        inner = self.inside(node)
        return self.read(inner) if inner is not None else self.opaque(node)

    def opaque(self, node: ts.Node) -> nodes.Expr:
        """For what cannot be read, and for inline assembler."""
        return nodes.OpaqueExpr(*self.span(node))

    @_reads(
        "identifier",
        "type_identifier",
        "field_identifier",
        "statement_identifier",
        "null",
        "true",
        "false",
    )
    def _identifier(self, node: ts.Node) -> nodes.Expr:
        at, end = node.start_byte, node.end_byte
        base = self._base
        if at in self._types:
            end = self._types[at]
            return nodes.TypeName(base + at, base + end, self._source.text(at, end))
        if at == end or at in self._source.rewritten.opaque:
            return nodes.OpaqueExpr(base + at, base + end)
        return nodes.Name(base + at, base + end, self.name(node))

    @_reads("number_literal")
    def _number(self, node: ts.Node) -> nodes.Expr:
        start, end = self.span(node)
        if node.start_byte in self._source.rewritten.opaque:
            return nodes.OpaqueExpr(start, end)
        return nodes.Number(start, end, read_number(self.name(node)))

    @_reads("char_literal")
    def _character(self, node: ts.Node) -> nodes.Expr:
        raw = self._source.data[node.start_byte : node.end_byte].decode(errors="replace")
        return nodes.Number(*self.span(node), read_character(raw))

    @_reads("string_literal", "concatenated_string")
    def _text(self, node: ts.Node) -> nodes.Expr:
        return nodes.Text(*self.span(node))

    @_reads("call_expression")
    def _call(self, node: ts.Node) -> nodes.Expr:
        found = self.named(node)
        if len(found) < _PAIR:
            return self.opaque(node)
        function, arguments = found[0], found[1]
        args = tuple([self.read(child) for child in self.named(arguments)])
        if function.type == "parenthesized_expression" and len(args) == 1:
            inner = self._code[function.start_byte + 1 : function.end_byte - 1].strip()
            if _SHORT_TYPE.fullmatch(inner):
                return nodes.Cast(*self.span(node), inner.decode(), args[0])
        return nodes.Call(*self.span(node), self.read(function), args)

    @_reads("compound_statement")
    def _arguments(self, node: ts.Node) -> nodes.Expr:
        """A macro argument in braces."""
        return nodes.StatementExpr(*self.span(node), self._read_body(node))

    @_reads("field_expression")
    def _member(self, node: ts.Node) -> nodes.Expr:
        found = self.children(node)
        if len(found) < _TRIPLE:
            return self.opaque(node)
        base = self.read(found[0])
        return nodes.Member(*self.span(node), base, self.name(found[2]), found[1].type == "->")

    @_reads("subscript_expression")
    def _index(self, node: ts.Node) -> nodes.Expr:
        found = self.named(node)
        if len(found) < _PAIR:
            return self.opaque(node)
        return nodes.Index(*self.span(node), self.read(found[0]), self.read(found[1]))

    @_reads("unary_expression", "pointer_expression")
    def _unary(self, node: ts.Node) -> nodes.Expr:
        found = self.children(node)
        if len(found) < _PAIR:
            return self.opaque(node)
        return nodes.Unary(*self.span(node), found[0].type, self.read(found[1]))

    @_reads("update_expression")
    def _update(self, node: ts.Node) -> nodes.Expr:
        found = self.children(node)
        if len(found) < _PAIR:
            return self.opaque(node)
        if found[0].is_named:
            return nodes.Unary(*self.span(node), f"x{found[1].type}", self.read(found[0]))
        return nodes.Unary(*self.span(node), f"{found[0].type}x", self.read(found[1]))

    @_reads("binary_expression")
    def _binary(self, node: ts.Node) -> nodes.Expr:
        found = self.children(node)
        if len(found) < _TRIPLE:
            return self.opaque(node)
        left, operator, right = found[:3]
        return nodes.Binary(*self.span(node), operator.type, self.read(left), self.read(right))

    @_reads("assignment_expression")
    def _assign(self, node: ts.Node) -> nodes.Expr:
        found = self.children(node)
        if len(found) < _TRIPLE:
            return self.opaque(node)
        target, operator, value = found[:3]
        return nodes.Assign(*self.span(node), operator.type, self.read(target), self.read(value))

    @_reads("conditional_expression")
    def _conditional(self, node: ts.Node) -> nodes.Expr:
        found = self.named(node)
        if len(found) < _PAIR:
            return self.opaque(node)
        then = self.read(found[1]) if len(found) > _PAIR else None
        return nodes.Conditional(*self.span(node), self.read(found[0]), then, self.read(found[-1]))

    @_reads("cast_expression")
    def _cast(self, node: ts.Node) -> nodes.Expr:
        found = self.children(node)
        if len(found) <= _TRIPLE:
            return self.opaque(node)
        opening, _, closing, value = found[:4]
        kind = self._source.text(opening.end_byte, closing.start_byte)
        return nodes.Cast(*self.span(node), kind, self.read(value))

    @_reads("compound_literal_expression")
    def _compound(self, node: ts.Node) -> nodes.Expr:
        found = self.named(node)
        if len(found) < _PAIR:
            return self.opaque(node)
        return self.read(found[1])

    @_reads("comma_expression")
    def _comma(self, node: ts.Node) -> nodes.Expr:
        found = self.named(node)
        if len(found) < _PAIR:
            return self.opaque(node)
        return nodes.Comma(*self.span(node), self.read(found[0]), self.read(found[1]))

    @_reads("parenthesized_expression")
    def _group(self, node: ts.Node) -> nodes.Expr:
        inner = self.inside(node)
        if inner is None:
            return self.opaque(node)
        if inner.type == "compound_statement":
            return nodes.StatementExpr(*self.span(node), self._read_body(inner))
        return self.read(inner)

    @_reads("primitive_type", "sizeof_expression", "alignof_expression", "type_descriptor")
    def _type(self, node: ts.Node) -> nodes.Expr:
        text = self._source.text(node.start_byte, node.end_byte)
        return nodes.TypeName(*self.span(node), text)

    @_reads("generic_expression")
    def _selection(self, node: ts.Node) -> nodes.Expr:
        """What is chosen by default, else last: the types differ, hardly ever the value."""
        found = self.named(node)
        kinds = [self._source.text(kind.start_byte, kind.end_byte) for kind in found]
        default = kinds.index("default") + 1 if "default" in kinds[:-1] else -1
        return self.read(found[default]) if len(found) > _PAIR else self.opaque(node)

    @_reads("offsetof_expression")
    def _offset(self, node: ts.Node) -> nodes.Expr:
        start, end = self.span(node)
        args = tuple(self.read(child) for child in self.named(node))
        word = nodes.Name(start, start + len("offsetof"), "offsetof")
        return nodes.Call(start, end, word, args)

    @_reads("initializer_list")
    def _initialiser(self, node: ts.Node) -> nodes.Expr:
        items: list[tuple[str | None, nodes.Expr]] = []
        for child in self.named(node):
            if child.type == "initializer_pair":
                *designators, value = self.named(child) or (child,)
                items.append((self._designator(designators), self.read(value)))
            else:
                items.append((None, self.read(child)))
        return nodes.InitList(*self.span(node), tuple(items))

    def _designator(self, designators: Sequence[ts.Node]) -> str | None:
        """`.a.b` as ``a.b``; None for an index."""
        fields = [
            self._source.text(child.start_byte, child.end_byte).lstrip(". ")
            for child in designators
            if child.type in {"field_designator", "field_identifier"}
        ]
        return ".".join(fields) if fields else None


def read_number(text: str) -> int | None:
    """The value of an integer constant; None for any other."""
    found = _NUMBER.fullmatch(text)
    if not found:
        return None
    digits = found[2].lower()
    if digits.startswith(("0x", "0b")):
        value = int(digits, 0)
    elif digits.startswith("0") and not set(digits) & set("89"):
        value = int(digits, 8)
    else:
        value = int(digits)
    return -value if found[1] == "-" else value


def read_character(text: str) -> int | None:
    """The value of a character constant; None for one that is not understood."""
    inner = text[text.find("'") + 1 : -1]
    if len(inner) == 1:
        return ord(inner)
    if not inner.startswith("\\"):
        return None
    code = inner[1:]
    if code.startswith("x"):
        return int(code[1:], 16) if re.fullmatch(r"x[0-9a-fA-F]+", code) else None
    if re.fullmatch(r"[0-7]{1,3}", code):
        return int(code, 8)
    return _ESCAPES.get(code, ord(code) if len(code) == 1 else None)


EXPRESSION_KINDS = frozenset(
    {"identifier", "number_literal", "string_literal", "concatenated_string", "null"}
    | {"parenthesized_expression", "initializer_list", "char_literal", "true", "false"}
)


def is_expression(kind: str) -> bool:
    """Whether a kind of node is an expression that can stand as a statement."""
    return kind.endswith("_expression") or kind in EXPRESSION_KINDS
