"""Macros that stand for the block of a function behind the header that another macro gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mmlint.syntax.generators import heads_at_end
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.substitution import bind, substituted

if TYPE_CHECKING:
    from mmlint.syntax.macros import Macro, MacroTable


def with_block(macro: Macro, macros: MacroTable) -> Macro:
    """A macro with the block in place of the macro that stands for it at the end of the body."""
    if "{" in macro.body or not macro.body.endswith(")"):
        return macro
    heads = heads_at_end(macro)
    if len(heads) > 1:
        name, at = heads[-1]
        for block in macros.lookup(name):
            if block.params is not None and block.body.startswith("{"):
                arguments = split_arguments(macro.body, at)
                text = substituted(block.body, bind(block.params, arguments))
                front = macro.body[: macro.body.rfind(name, 0, at)]
                return msgspec.structs.replace(macro, body=front + text)
    return macro
