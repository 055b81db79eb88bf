"""Which files hold which names: whole words in raw text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mmlint.source.names import finder, may_be_word, words_in
from mmlint.source.sketch import Sketch, telling_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

__all__ = ["WordIndex", "telling_part", "words_in"]

_SAMPLE: Final = 600
"""Files from which it is judged how common something is."""


class WordIndex:
    """The files of each of many names; a pass over the texts answers for all that are open."""

    def __init__(self, read: Callable[[str], bytes | None], files: Iterable[str]) -> None:
        self._read = read
        self._paths = tuple(files)
        self._expected: set[bytes] = set()
        self._names: set[bytes] = set()
        # Most names are in one file only: a list for each would take more than all else.
        self._files: dict[bytes, int | list[int]] = {}
        self._sketch: Sketch | None = None
        self._sketched = False
        self.passes = 0

    def __len__(self) -> int:
        return len(self._paths)

    def known(self) -> dict[str, list[str]]:
        """The files of all names that were looked for."""
        names = (name.decode() for name in self._names)
        return {name: [self._paths[at] for at in self._at(name)] for name in names}

    def remember(self, known: Mapping[str, Iterable[str]], changed: Iterable[str]) -> None:
        """Take what was `known` before some files `changed`: nothing else is read for it."""
        places = {path: at for at, path in enumerate(self._paths)}
        stale = {places[path] for path in changed if path in places}
        names = frozenset(name.encode() for name in known)
        self._names |= names
        for name, paths in known.items():
            here = (places[path] for path in paths if path in places)
            self._files[name.encode()] = [at for at in here if at not in stale]
        for at in stale:
            for held in words_in(self._read(self._paths[at]) or b"", names):
                self._note(held, at)

    def sketch(self, names: Collection[bytes]) -> None:
        """Let the next pass note which files hold pieces of `names`.

        Then a later pass for names that are made of them reads a few files instead of all.
        """
        sample = self._paths[:: max(1, len(self._paths) // _SAMPLE)]
        self._sketch = Sketch(telling_pieces(names, [self._read(path) or b"" for path in sample]))

    def expect(self, names: Iterable[str]) -> None:
        """Let the next pass look for `names` as well, because they may be asked for."""
        self._expected.update(name.encode(errors="replace") for name in names)

    def expect_all(self, names: Iterable[bytes]) -> None:
        """The same for names as they stand in the texts."""
        self._expected.update(names)

    def covers(self, name: str) -> bool:
        """Whether a pass looked for `name`."""
        return name.encode(errors="replace") in self._names

    def look_up(self, names: Iterable[str]) -> None:
        """See to it that `names` are covered, by one more pass if they are not."""
        asked = {name.encode(errors="replace") for name in names} - self._names
        wanted = set(filter(may_be_word, asked))
        self._names |= asked - wanted
        if not wanted:
            return
        sketch = self._sketch if self._sketched else None
        told = {name for name in wanted if sketch is not None and sketch.tells(name)}
        if sketch is not None and told:
            self._search(told, sketch.candidates(told))
        if told == wanted:
            return
        self.passes += 1
        further = self._expected - self._names
        if sketch is not None:
            further = {name for name in further if not sketch.tells(name)}
        self._search((wanted - told) | further, range(len(self._paths)))
        self._expected.clear()

    def look_up_in_turn(
        self,
        names: Iterable[str],
        is_first: Callable[[str], bool],
        further: Callable[[Collection[str]], Iterable[str]],
    ) -> None:
        """See to it that `names` are covered, and `further` ones, which the first files tell.

        These are asked of the first files that hold one of `names`; only the first files are read
        again for them.
        """
        wanted = {name.encode(errors="replace") for name in names} - self._names
        if not wanted or self._sketch is not None:
            self.look_up(names)
            return
        self.passes += 1
        wanted |= self._expected - self._names
        first = [at for at, path in enumerate(self._paths) if is_first(path)]
        self._search(wanted, first)
        told = further(self.holding(names))
        late = {name.encode(errors="replace") for name in told} - self._names
        known = frozenset(first)
        self._search(wanted | late, [at for at in range(len(self._paths)) if at not in known])
        self._search(late, first)
        self._expected.clear()

    def without(self, names: Iterable[str]) -> frozenset[str]:
        """Files that hold none of `names`, not even in other words; () where that is unknown."""
        wanted = {name.encode(errors="replace") for name in names}
        if self._sketch is None or not self._sketched or not all(map(self._sketch.tells, wanted)):
            return frozenset()
        held = {self._paths[at] for at in self._sketch.candidates(wanted)}
        return frozenset(self._paths) - held

    def files(self, name: str) -> tuple[str, ...]:
        """The files that hold `name` as a whole word, comments included, in the order given."""
        self.look_up((name,))
        return tuple(self._paths[at] for at in self._at(name))

    def holding(self, names: Iterable[str]) -> dict[str, frozenset[str]]:
        """Of each file that holds one of `names`, those it holds; in the order given."""
        wanted = frozenset(names)
        self.look_up(wanted)
        held: dict[int, set[str]] = {}
        for name in wanted:
            for at in self._at(name):
                held.setdefault(at, set()).add(name)
        return {self._paths[at]: frozenset(held[at]) for at in sorted(held)}

    def _at(self, name: str) -> list[int]:
        found = self._files.get(name.encode(errors="replace"), [])
        return [found] if isinstance(found, int) else sorted(found)

    def _search(self, names: set[bytes], places: Sequence[int]) -> None:
        """Look for `names` in the files with these numbers."""
        self._names |= names
        noted = self._sketch if not self._sketched else None
        wanted = finder(names, noted.pieces if noted is not None else ())
        for at in places:
            held = wanted.held(self._read(self._paths[at]) or b"")
            if noted is not None:
                noted.add(wanted.pieces)
            for name in held:
                self._note(name, at)
        self._sketched = self._sketch is not None

    def _note(self, name: bytes, at: int) -> None:
        """A file holds a name."""
        before = self._files.get(name)
        if before is None:
            self._files[name] = at
        elif isinstance(before, int):
            self._files[name] = [before, at]
        else:
            before.append(at)


def telling_part(data: bytes) -> bytes:
    """`data` without the tail in which nothing can be called.

    A file without a semicolon holds only macros (the register headers of drivers are half of a
    kernel's bytes), and after its last parenthesis none of them calls anything.
    """
    return data if b";" in data else data[: data.rfind(b")") + 1]
