"""From the parser's statements to ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import tree_sitter as ts

from mmlint.syntax import nodes
from mmlint.syntax.declarations import declared
from mmlint.syntax.expressions import (
    ExpressionReader,
    Source,
    is_expression,
)
from mmlint.syntax.grammar import kind_numbers, parse_at

_PAIR = 2
_CALL_LIKE = re.compile(rb"(?!(?:__)?typeof)[A-Za-z_]\w*\s*\((?!\s*\*)")


_Reader = Callable[["StatementReader", ts.Node, list[nodes.Stmt]], None]
_READERS: dict[int, _Reader] = {}


def _reads(*kinds: str) -> Callable[[_Reader], _Reader]:
    """Enter a method for these kinds of node."""

    def enter(reader: _Reader) -> _Reader:
        _READERS.update(dict.fromkeys(kind_numbers(kinds), reader))
        return reader

    return enter


class StatementReader:
    """Converts one body; `unread` counts what has no equal in our tree."""

    def __init__(self, source: Source, damaged: bool) -> None:
        self._source = source
        self._rewritten = source.rewritten
        self._expressions = ExpressionReader(source, self.body, damaged)
        self.unread = 0

    def top(self, root: ts.Node) -> tuple[nodes.Stmt, ...]:
        """The statements of a whole parsed body."""
        out: list[nodes.Stmt] = []
        try:
            for child in root.named_children:
                if child.type == "compound_statement":
                    self._all(child.named_children, out)
                else:
                    self._read(child, out)
        finally:
            # Two readers that hold each other would keep the text and the tree for ever.
            self._expressions.close()
        return tuple(out)

    def body(self, node: ts.Node | None) -> tuple[nodes.Stmt, ...]:
        """The statements of a block, or the one statement that stands instead of it."""
        out: list[nodes.Stmt] = []
        if node is None:
            return ()
        if node.type == "compound_statement":
            self._all(node.named_children, out)
        else:
            self._read(node, out)
        return tuple(out)

    def _all(self, children: Iterable[ts.Node], out: list[nodes.Stmt]) -> None:
        for child in children:
            self._read(child, out)

    def _read(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        expressions = self._expressions
        expressions.enter()
        _READERS.get(node.kind_id, StatementReader._other)(self, node, out)
        expressions.leave()

    def _error(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        """What can be read in an ERROR node; the rest of it is lost."""
        out.append(nodes.OpaqueStmt(*self._expressions.span(node), True))
        self._all(node.named_children, out)

    def _other(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        if node.is_error:
            self._error(node, out)
        elif is_expression(node.type):
            value = self._expressions.read(node)
            out.append(nodes.Evaluate(value.start, value.end, value))
        else:
            self.unread += 1
            out.append(nodes.OpaqueStmt(*self._expressions.span(node), True))

    @_reads("function_definition")
    def _nested(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        """A function in a function: a header that was not understood before a block."""
        span = self._expressions.span(node)
        self.unread += 1
        out.append(nodes.OpaqueStmt(*span, True))
        body = node.child_by_field_name("body")
        out.append(nodes.Block(*span, self.body(body)))

    @_reads("expression_statement")
    def _expression(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        start, end = self._expressions.span(node)
        found = self._expressions.named(node)
        bare = self._rewritten.bare.get(node.start_byte)
        if bare is not None:
            out.append(self._bare(bare, found, end))
        elif found:
            if node.start_byte in self._rewritten.opaque:
                out.append(nodes.OpaqueStmt(start, end, False))
            else:
                out.append(nodes.Evaluate(start, end, self._expressions.read(found[0])))

    def _bare(self, bare: tuple[str, int], found: Iterable[ts.Node], end: int) -> nodes.Stmt:
        """A macro used without a semicolon."""
        name, at = bare
        start = self._source.base + at
        word = nodes.Name(start, start + len(name), name)
        args = tuple(arg for node in found for arg in self._expressions.flat(node))
        return nodes.Evaluate(start, end, nodes.Call(start, end, word, args))

    @_reads("declaration", "macro_type_specifier")
    def _declaration(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        start, end = node.start_byte, node.end_byte
        text = self._source.rewritten.text
        if start > 1 and _CALL_LIKE.match(text, start, end):
            # A call that the parser took for `type (name)`: as an operand it is none.
            again = parse_at(b"{+" + text[start:end] + b";}", start - 2)
            if not again.has_error:
                statements = self.top(again)
                out.extend(_without_plus(statement) for statement in statements)
                return
        out.extend(declared(self._expressions, self._source, node))

    @_reads("if_statement")
    def _if(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        found = self._expressions.named(node)
        if len(found) < _PAIR:
            self._error(node, out)
        elif node.start_byte in self._rewritten.blocks:
            out.append(self._macro_block(node, found[0], found[1]))
        else:
            otherwise = self._else(found[2]) if len(found) > _PAIR else ()
            test = self._expressions.read_inside(found[0])
            span = self._expressions.span(node)
            out.append(nodes.If(*span, test, self.body(found[1]), otherwise))

    def _else(self, node: ts.Node) -> tuple[nodes.Stmt, ...]:
        found = self._expressions.named(node)
        return self.body(found[0]) if found else ()

    def _macro_block(self, node: ts.Node, head: ts.Node, body: ts.Node) -> nodes.Stmt:
        name, empty = self._rewritten.blocks[node.start_byte]
        inner = None if empty else self._expressions.inside(head)
        args = self._expressions.flat(inner)
        return nodes.MacroBlock(*self._expressions.span(node), name, args, self.body(body))

    @_reads("while_statement")
    def _while(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        found = self._expressions.named(node)
        if len(found) < _PAIR:
            self._error(node, out)
        elif node.start_byte in self._rewritten.blocks:
            out.append(self._macro_block(node, found[0], found[1]))
        else:
            span = self._expressions.span(node)
            test = self._expressions.read_inside(found[0])
            out.append(nodes.Loop(*span, "while", (), test, None, self.body(found[1])))

    @_reads("do_statement")
    def _do(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        found = self._expressions.named(node)
        if len(found) < _PAIR:
            self._error(node, out)
            return
        span = self._expressions.span(node)
        test = self._expressions.read_inside(found[1])
        out.append(nodes.Loop(*span, "do", (), test, None, self.body(found[0])))

    @_reads("for_statement")
    def _for(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        first: list[nodes.Stmt] = []
        initial = node.child_by_field_name("initializer")
        if initial is not None:
            self._read(initial, first)
        test = node.child_by_field_name("condition")
        step = node.child_by_field_name("update")
        read = self._expressions.read
        out.append(
            nodes.Loop(
                *self._expressions.span(node),
                "for",
                tuple(first),
                None if test is None else read(test),
                None if step is None else read(step),
                self.body(node.child_by_field_name("body")),
            )
        )

    @_reads("switch_statement")
    def _switch(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        found = self._expressions.named(node)
        if len(found) < _PAIR:
            self._error(node, out)
            return
        span = self._expressions.span(node)
        value = self._expressions.read_inside(found[0])
        out.append(nodes.Switch(*span, value, self.body(found[1])))

    @_reads("case_statement")
    def _case(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        value = node.child_by_field_name("value")
        start = self._source.base + node.start_byte
        if value is None:
            out.append(nodes.Case(start, start + len("default"), None))
        else:
            end = self._source.base + value.end_byte
            out.append(nodes.Case(start, end, self._expressions.read(value)))
        at = value.start_byte if value is not None else -1
        self._all((child for child in node.named_children if child.start_byte != at), out)

    @_reads("labeled_statement")
    def _label(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        label, *rest = node.named_children
        span = self._expressions.span(label)
        out.append(nodes.Label(*span, self._expressions.name(label)))
        self._all(rest, out)

    @_reads("goto_statement")
    def _goto(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        found = self._expressions.named(node)
        if found:
            span = self._expressions.span(node)
            out.append(nodes.Goto(*span, self._expressions.name(found[0])))

    @_reads("return_statement")
    def _return(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        found = self._expressions.named(node)
        value = self._expressions.read(found[0]) if found else None
        out.append(nodes.Return(*self._expressions.span(node), value))

    @_reads("break_statement")
    def _break(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        out.append(nodes.Break(*self._expressions.span(node)))

    @_reads("continue_statement")
    def _continue(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        out.append(nodes.Continue(*self._expressions.span(node)))

    @_reads("compound_statement")
    def _block(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        span = self._expressions.span(node)
        if node.start_byte in self._rewritten.blocks:
            name, _ = self._rewritten.blocks[node.start_byte]
            out.append(nodes.MacroBlock(*span, name, (), self.body(node)))
        else:
            out.append(nodes.Block(*span, self.body(node)))

    @_reads("attributed_statement", "else_clause")
    def _inner(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        """A statement with attributes in front."""
        self._all(node.named_children, out)

    @_reads(
        "type_definition",
        "attribute_declaration",
        "struct_specifier",
        "union_specifier",
        "enum_specifier",
    )
    def _nothing(self, node: ts.Node, out: list[nodes.Stmt]) -> None:
        """Types and attributes, which say nothing of the flow."""


def _without_plus(statement: nodes.Stmt) -> nodes.Stmt:
    if isinstance(statement, nodes.Evaluate) and isinstance(statement.value, nodes.Unary):
        value = statement.value.operand
        return nodes.Evaluate(value.start, value.end, value)
    return statement
