"""Functions and macros, parsed one at a time."""

from __future__ import annotations

from typing import TypeVar

import msgspec
import tree_sitter as ts

from mmlint.syntax import nodes
from mmlint.syntax.arms import MOST_PASSES, Selection, literals, select
from mmlint.syntax.conditions import read_condition
from mmlint.syntax.directives import within
from mmlint.syntax.expressions import Source
from mmlint.syntax.grammar import parse
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.header import (
    read_header,
    read_pairs,
    read_parameters,
    split_specifiers,
)
from mmlint.syntax.limits import ParseGivenUp
from mmlint.syntax.macros import Macro, MacroTable
from mmlint.syntax.mask import scan
from mmlint.syntax.nodes import FunctionDef, Parameter
from mmlint.syntax.outline import DefinitionSite, Outline
from mmlint.syntax.repair import repair
from mmlint.syntax.rewrite import rewrite
from mmlint.syntax.statements import StatementReader

__all__ = ["ParseGivenUp", "parse_function", "parse_macro"]

_LARGEST = 2_000_000
_Node = TypeVar("_Node", bound=nodes.Node)


class _Body(msgspec.Struct, frozen=True):
    """A parsed body with the number of its ERROR and MISSING nodes."""

    statements: tuple[nodes.Stmt, ...]
    losses: int


def parse_function(
    outline: Outline, site: DefinitionSite, macros: MacroTable
) -> tuple[FunctionDef, ...]:
    """The function at `site`, once for each selection of `#if` arms that gives another text.

    The first prefers `CONFIG_*` options to be set. Raises `ParseGivenUp` when the function is too
    large or nested too deeply.
    """
    if site.end - site.start > _LARGEST:
        raise ParseGivenUp("larger than two megabytes")
    given = literals(read_condition("if", site.condition)) if site.condition else {}
    directives = within(outline.conditionals, site.start, site.end)
    text = outline.code_of(site)
    found: list[FunctionDef] = []
    for selection in select(text, directives, site.start, given):
        variant = site.variant * MOST_PASSES + len(found)
        found.append(_define(outline, site, macros, selection, variant))
    return tuple(found)


def _define(
    outline: Outline,
    site: DefinitionSite,
    macros: MacroTable,
    selection: Selection,
    variant: int,
) -> FunctionDef:
    header = selection.text[: site.body - site.start]
    returns, params = _signature(outline.path, header, site, macros)
    code = selection.text[site.body - site.start :]
    body = _parse_body(code, outline.data[site.body : site.end], macros, site.body)
    condition = " && ".join(part for part in (site.condition, selection.condition) if part)
    return FunctionDef(
        name=site.name,
        path=outline.path,
        line=site.line,
        end_line=site.end_line,
        start=site.start,
        end=site.end,
        static=site.static,
        annotations=site.annotations,
        returns=returns,
        params=params,
        body=body.statements,
        condition=condition,
        variant=variant,
        losses=body.losses,
    )


def _signature(
    path: str, text: bytes, site: DefinitionSite, macros: MacroTable
) -> tuple[str, tuple[Parameter, ...]]:
    """The type that is returned, with its stars, and the parameters."""
    header = read_header(text, macros, path)
    if header is None:
        return "", ()
    whole = text.decode("latin-1")
    parameters = whole[header.opening : header.closing + 1]
    if site.generator:
        return "long", _generated_parameters(site.generator, parameters, macros)
    before = whole[header.start : header.at]
    words, _ = split_specifiers(before, macros)
    stars = "*" * before.count("*")
    returns = f"{' '.join(words)} {stars}".strip()
    return returns, read_parameters(parameters, macros)


def _generated_parameters(generator: str, text: str, macros: MacroTable) -> tuple[Parameter, ...]:
    """Of `NAMEn(name, type, name, ...)`: pairs as many as the name ends in."""
    arguments = split_arguments(text, 0)
    pairs = arguments[1:]
    if generator[-1:].isdigit() and len(pairs) == 2 * int(generator[-1]):
        return read_pairs(pairs, macros)
    return ()


def _parse_body(code: bytes, data: bytes, macros: MacroTable, base: int) -> _Body:
    rewritten = rewrite(code, macros)
    root = parse(rewritten.text)
    losses = _count_losses(root)
    if losses:
        repaired = repair(rewritten)
        again = parse(repaired.text)
        if (fewer := _count_losses(again)) < losses:
            rewritten, root, losses = repaired, again, fewer
    reader = StatementReader(Source(data, rewritten, base), losses > 0)
    try:
        statements = reader.top(root)
    except RecursionError:
        raise ParseGivenUp("nested too deeply") from None
    return _Body(statements, losses + reader.unread)


def _count_losses(root: ts.Node) -> int:
    """ERROR and MISSING nodes; only damaged branches are visited."""
    losses = 0
    todo = [root] if root.has_error else []
    while todo:
        node = todo.pop()
        losses += node.is_error or node.is_missing
        todo += [child for child in node.children if child.has_error or child.is_missing]
    return losses


def parse_macro(macro: Macro, macros: MacroTable) -> FunctionDef | None:
    """The body of a macro as a function: an expression is returned, statements stand as they are.

    All offsets are 0. None when there is nothing in it. Raises `ParseGivenUp` like
    `parse_function`.
    """
    text = macro.body.replace("##", "").replace("#", " ").encode()
    if not text.strip():
        return None
    if len(text) > _LARGEST:
        raise ParseGivenUp("larger than two megabytes")
    masked = scan(text).text
    as_value = _parse_body(b"{return (" + masked + b");}", b"{return (" + text, macros, 0)
    body = as_value
    if as_value.losses:
        as_statement = _parse_body(b"{" + masked + b" ;}", b"{" + text, macros, 0)
        if as_statement.losses <= as_value.losses:
            body = as_statement
    return FunctionDef(
        name=macro.name,
        path=macro.path,
        line=macro.line,
        end_line=max(macro.line, macro.end_line),
        start=0,
        end=0,
        static=False,
        annotations=frozenset(),
        returns="",
        params=tuple(Parameter(param.removesuffix("..."), "", 0) for param in macro.params or ()),
        body=tuple(_without_offsets(statement) for statement in body.statements),
        condition="",
        variant=0,
        losses=body.losses,
        is_macro=True,
    )


def _without_offsets(node: _Node) -> _Node:
    """A copy with all offsets 0."""
    changes: dict[str, object] = {"start": 0, "end": 0}
    for field in node.__struct_fields__[2:]:
        changes[field] = _value_without_offsets(getattr(node, field))
    return msgspec.structs.replace(node, **changes)


def _value_without_offsets(value: object) -> object:
    if isinstance(value, nodes.Node):
        return _without_offsets(value)
    if isinstance(value, tuple):
        return tuple(_value_without_offsets(item) for item in value)
    return value
