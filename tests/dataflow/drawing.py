"""A graph in words, one line a block, for tests that show what becomes of a piece of C."""

from __future__ import annotations

from tests.syntax.reading import functions

from mmlint.dataflow import cfg
from mmlint.dataflow.lowering import lower
from mmlint.syntax import nodes

STOPS = {"die": "always", "die_if": "nonzero"}


def lowered(text: str, params: str = "int a, int b, int c", macros: str = "") -> cfg.Cfg:
    """The graph of a body given without braces."""
    (function,) = functions(f"static int demo({params})\n{{\n{text}\n}}\n", macros)
    return flow(function)


def flow(function: nodes.FunctionDef) -> cfg.Cfg:
    """The graph of a function; `for_each_*` assigns its first argument, `hint` is transparent."""
    return lower(
        function,
        is_loop=lambda name: name.startswith("for_each"),
        assigned=lambda _: (0,),
        stops=lambda name: STOPS.get(name, ""),
        transparent=lambda name: name in {"hint", "warn_if"},
    )


def drawn(graph: cfg.Cfg) -> list[str]:
    """Each block as `number: operation; operation; end`."""
    return [
        f"{index}: " + "; ".join([*map(_op, block.ops), _end(block.end)])
        for index, block in enumerate(graph.blocks)
    ]


def _op(op: cfg.Op) -> str:
    if isinstance(op, cfg.Evaluate):
        return written(op.value)
    if isinstance(op, cfg.Advance):
        return f"next {op.macro}({', '.join(map(written, op.args))}) sets {list(op.assigned)}"
    value = "" if op.value is None else f" = {written(op.value)}"
    return f"{op.type} {'*' * op.pointer}{op.name}{value}"


def _end(end: cfg.End) -> str:
    if isinstance(end, cfg.Jump):
        return f"-> {end.target}"
    if isinstance(end, cfg.Branch):
        return f"{written(end.test)} ? {end.then} : {end.otherwise}"
    if isinstance(end, cfg.Fork):
        return "-> " + " or ".join(map(str, end.targets))
    if isinstance(end, cfg.Leave):
        return "return" if end.value is None else f"return {written(end.value)}"
    return "stop"


def written(expr: nodes.Expr) -> str:
    """An expression as C, without parentheses; `<Type>` for what has no business in a graph."""
    match expr:
        case nodes.Name(name=text):
            pass
        case nodes.Number(value=number):
            text = str(number)
        case nodes.Text():
            text = '""'
        case nodes.Call(callee=callee, args=args):
            text = f"{written(callee)}({', '.join(map(written, args))})"
        case nodes.Member(base=base, field=field, arrow=arrow):
            text = f"{written(base)}{'->' if arrow else '.'}{field}"
        case nodes.Index(base=base, index=index):
            text = f"{written(base)}[{written(index)}]"
        case _:
            text = _written_operator(expr)
    return text


def _written_operator(expr: nodes.Expr) -> str:
    match expr:
        case nodes.Unary(op=op, operand=operand):
            return op.replace("x", written(operand)) if "x" in op else op + written(operand)
        case nodes.Assign(op=op, target=left, value=right):
            return f"{written(left)} {op} {written(right)}"
        case nodes.Binary(op=op, left=left, right=right) if op not in {"&&", "||"}:
            return f"{written(left)} {op} {written(right)}"
        case nodes.Cast(type=kind, operand=operand):
            return f"({kind}){written(operand)}"
        case nodes.InitList(items=items):
            return "{" + ", ".join(f".{field} = {written(value)}" for field, value in items) + "}"
    return f"<{type(expr).__name__}>"
