"""Which local a name means where declarations hide each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Scopes:
    """The locals that are visible at the place that is being read."""

    def __init__(self, params: Iterable[str]) -> None:
        self._visible = {name: name for name in params}
        self._hidden: list[dict[str, str | None]] = [dict.fromkeys(self._visible)]
        self._renamed: Counter[str] = Counter()

    @contextmanager
    def inner(self) -> Iterator[None]:
        """A block: what is declared in it is forgotten at its end."""
        self._hidden.append({})
        yield
        for name, outer in self._hidden.pop().items():
            if outer is None:
                del self._visible[name]
            else:
                self._visible[name] = outer

    def declare(self, name: str) -> str:
        """The name of a new local: another one if the local would hide one that is visible."""
        hidden = self._hidden[-1]
        if name in hidden:
            return self._visible[name]
        outer = hidden[name] = self._visible.get(name)
        chosen = name
        if outer is not None:
            self._renamed[name] += 1
            chosen = f"{name}@{self._renamed[name] + 1}"
        self._visible[name] = chosen
        return chosen

    def resolve(self, name: str) -> str:
        """What a name that is used here is called."""
        return self._visible.get(name, name)
