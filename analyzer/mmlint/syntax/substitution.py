"""What the body of a macro is with the arguments of a use in it: text, no more."""

from __future__ import annotations

import re
from functools import lru_cache

_SPLIT = re.compile(r"([A-Za-z_]\w*)")
_PASTE = re.compile(r"\s*##\s*")


def bind(params: tuple[str, ...], arguments: list[str]) -> dict[str, str]:
    """The arguments of a use by the names of the parameters; the variadic one has all the rest."""
    bound = dict.fromkeys(params, "") | dict(zip(params, arguments, strict=False))
    if params and (params[-1] == "__VA_ARGS__" or params[-1].endswith("...")):
        bound[params[-1].removesuffix("...")] = ", ".join(arguments[len(params) - 1 :])
    return bound


def substituted(text: str, bound: dict[str, str]) -> str:
    """A body with its parameters replaced and what is pasted joined."""
    parts = list(_parts(text))
    parts[1::2] = [bound.get(word, word) for word in parts[1::2]]
    replaced = "".join(parts)
    return _PASTE.sub("", replaced) if "##" in replaced else replaced


@lru_cache(maxsize=1024)
def _parts(text: str) -> tuple[str, ...]:
    """What is between words, and words, in turn: a body is expanded again and again."""
    return tuple(_SPLIT.split(text))
