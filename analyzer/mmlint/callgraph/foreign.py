"""Which structure a member is of, as far as the declarations beside its use say without a parse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mmlint.callgraph.codes import Code

_RECEIVER = re.compile(r"(?<![\w.>)\]])([A-Za-z_]\w*)\s*\Z")
_DECLARED = re.compile(r"\bstruct\s+(\w+)[\s*]+(?:const\s+)?(\w+)\s*(?=[=;,)\[])")
_LONGEST_NAME = 60


def is_foreign(code: Code, owners: Iterable[str], at: int, field: str) -> bool:
    """Whether what has a `field` is plainly no structure of `owners`: a function is not parsed.

    The field's mark is at an offset in a function. In front of it is a name, which every
    declaration before calls a structure.
    """
    receiver = _RECEIVER.search(code.text, max(0, at - _LONGEST_NAME), at)
    body = code.text.rfind("\n{", 0, at)
    if receiver is None or body < code.text.rfind("\n}", 0, at):
        return False
    header = max(code.text.rfind(";", 0, body), code.text.rfind("\n}", 0, body)) + 1
    declared = _DECLARED.findall(code.text, header, at)
    tags = {tag for tag, name in declared if name == receiver[1]}
    return bool(tags) and tags.isdisjoint(owners) and not any(map(code.lookup, (field, *tags)))
