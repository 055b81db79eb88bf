"""Which functions call a function, by its name or by handing it to one that calls back at once."""

from __future__ import annotations

import sys
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mmlint.callgraph.indirect import IndirectSite
    from mmlint.callgraph.program import Located, Program
    from mmlint.callgraph.uses import Use
    from mmlint.knowledge import Knowledge
    from mmlint.rows import Origin
    from mmlint.syntax.nodes import FunctionDef
    from mmlint.syntax.outline import DefinitionSite


# A function that more calls through structures may mean is not followed to them.
MAX_INDIRECT: Final = 12
_ALL: Final = sys.maxsize


class Nearest(NamedTuple):
    """Functions, in each of their variants; `further` counts others, which are not parsed."""

    functions: tuple[FunctionDef, ...]
    further: Callable[[], int]


class Callers:
    """The callers of a function, as far as they were asked for."""

    def __init__(self, found: Iterator[Located]) -> None:
        self._found = found
        self._places: list[Located] = []
        self.parsed: list[tuple[FunctionDef, ...]] = []

    def reach(self, count: int) -> int:
        """See to it that so many places are known, if there are as many; how many are."""
        self._places += islice(self._found, max(0, count - len(self._places)))
        return len(self._places)

    def parse(self, program: Program, at: int) -> tuple[FunctionDef, ...]:
        """The variants of one; those before it were asked for already."""
        if at == len(self.parsed):
            self.parsed.append(program.parse(*self._places[at]))
        return self.parsed[at]


class Reaching:
    """Answers for one run."""

    def __init__(self, program: Program, knowledge: Knowledge) -> None:
        self.program = program
        self.knowledge = knowledge
        self._reliance = program.reliance
        self._callers: dict[tuple[str, str], Callers] = {}
        self._uses: dict[tuple[str, str], tuple[Use, ...]] = {}
        self._assembler: dict[tuple[str, str], tuple[Use, ...]] = {}
        self._sites: dict[tuple[str, str], tuple[IndirectSite, ...]] = {}

    def callers(self, fn: FunctionDef, most: int = _ALL) -> tuple[FunctionDef, ...]:
        """The functions that call `fn`, or name it where they call a walker, each once.

        So many at `most`, since to parse hundreds of them of whom few matter is wasted.
        """
        return self.nearest(fn, most).functions[:most]

    def nearest(self, fn: FunctionDef, most: int) -> Nearest:
        """The first of the callers, `most` of them or more, and how many there are besides."""
        key = fn.path, fn.name
        found: list[FunctionDef] = []
        with self._reliance.making(("callers", key)):
            if key not in self._callers:
                self._callers[key] = Callers(self._find_callers(fn))
            known = self._callers[key]
            looked = 0
            while len(found) < most and known.reach(looked + 1) > looked:
                found.extend(known.parse(self.program, looked))
                looked += 1
        return Nearest(tuple(found), lambda: self._count(key) - looked)

    def _count(self, key: tuple[str, str]) -> int:
        """How many functions call one whose callers were asked for."""
        with self._reliance.making(("callers", key)):
            return self._callers[key].reach(_ALL)

    def uses(self, fn: FunctionDef) -> Iterator[Use]:
        """The uses of the name of `fn` other than calls.

        Those in assembler come last: they are only looked for where the others are not enough.
        """
        yield from self._in_c(fn)
        key = fn.path, fn.name
        self._reliance.on(("assembler", key))
        if key not in self._assembler:
            with self._reliance.making(("assembler", key)):
                self._assembler[key] = self.program.in_assembler(fn.name, fn.path, fn.static)
        yield from self._assembler[key]

    def _in_c(self, fn: FunctionDef) -> tuple[Use, ...]:
        key = fn.path, fn.name
        self._reliance.on(("uses", key))
        if key not in self._uses:
            with self._reliance.making(("uses", key)):
                self._uses[key] = self.program.references(fn.name, fn.path, fn.static)
        return self._uses[key]

    def _find_callers(self, fn: FunctionDef) -> Iterator[Located]:
        seen: set[Located] = set()
        for call in self.program.nearest_callers(fn.name, fn.path, fn.static):
            seen.add((call.path, call.site))
            yield call.path, call.site
        for use in () if fn.is_macro else self._in_c(fn):
            site = self._walking(use)
            if site is not None and (use.path, site) not in seen:
                seen.add((use.path, site))
                yield use.path, site

    def escapes(self, fn: FunctionDef) -> bool:
        """Whether the address of `fn` is kept, so that its callers by name are not all."""
        return any(self._is_kept(use) for use in self.uses(fn))

    def keeping(self, fn: FunctionDef) -> Iterator[str]:
        """The C files that keep the address of `fn`."""
        return (use.path for use in self._in_c(fn) if self._is_kept(use))

    def escapes_in_c(self, fn: FunctionDef) -> bool:
        """The same as far as C files tell, which costs less."""
        return any(self._is_kept(use) for use in self._in_c(fn))

    def indirect_callers(self, fn: FunctionDef) -> tuple[FunctionDef, ...]:
        """The functions whose calls through a structure or a parameter may mean `fn`.

        Empty unless all uses of its address lead to such calls, and to a few only.
        """
        return tuple(above for above, _ in self.indirect_calls(fn))

    def indirect_calls(self, fn: FunctionDef) -> tuple[tuple[FunctionDef, frozenset[int]], ...]:
        """Those functions, each with the offsets of these calls in it."""
        found: dict[tuple[str, int, int], FunctionDef] = {}
        offsets: defaultdict[tuple[str, int, int], set[int]] = defaultdict(set)
        for site in self._indirect_sites(fn):
            outline = self.program.outline(site.path)
            around = outline.enclosing(site.offset) if outline is not None else None
            for above in self.program.parse(site.path, around) if around is not None else ():
                key = (above.path, above.start, above.variant)
                found.setdefault(key, above)
                offsets[key].add(site.offset)
        return tuple((above, frozenset(offsets[key])) for key, above in found.items())

    def _indirect_sites(self, fn: FunctionDef) -> tuple[IndirectSite, ...]:
        key = fn.path, fn.name
        self._reliance.on(("sites", key))
        if key not in self._sites:
            with self._reliance.making(("sites", key)):
                self._sites[key] = tuple(self._find_sites(fn))
        return self._sites[key]

    def _find_sites(self, fn: FunctionDef) -> list[IndirectSite]:
        uses = [use for use in self.uses(fn) if self._is_kept(use)]
        if any(self._is_called_anyway(use) for use in uses):
            return []  # other callers need no search
        indirect = self.program.indirect
        users = dict.fromkeys(use.path for use in uses)
        slots = indirect.slots(fn.name, users) if uses else ()
        for name in (use.name for use in uses if use.kind == "argument"):
            self._reliance.body(name)
        by_place = defaultdict(list)
        for slot in slots:
            by_place[slot.path, slot.line].append(slot.keeper)
            self._reliance.body(slot.keeper.owner)
        if any((use.path, use.line) not in by_place for use in uses):
            return []
        indirect.find_call_sites(slots)
        self._reliance.indirect(indirect.forms(slots))
        found: dict[tuple[str, int], IndirectSite] = {}
        for use in uses:
            held = dict.fromkeys(by_place[use.path, use.line])
            sites = [site for keeper in held for site in indirect.call_sites(keeper)]
            if not sites or len(sites) > MAX_INDIRECT:
                return []
            found |= {(site.path, site.offset): site for site in sites}
        return list(found.values())

    def _is_called_anyway(self, use: Use) -> bool:
        """Whether users of the kernel or a thread of its own call what is named in a use."""
        if use.kind in ("macro", "assembler") or self.comes_from(use):
            return True
        return use.kind == "argument" and use.name in self.knowledge.threads

    def comes_from(self, use: Use) -> Origin | None:
        """The row that says where the parameters of a callback in this use come from."""
        row = None
        if use.kind == "field":
            rows = self.knowledge.origin_of_callback.get(use.name, ())
            row = next((r for r in rows if r.struct in ("", use.struct)), None)
        elif use.kind == "macro":
            row = self.knowledge.origin_of_attribute(use.name)
        return row if row is not None and row.kind == "outside" else None

    def _is_kept(self, use: Use) -> bool:
        """Whether the address of the function is kept by a use."""
        noted = use.kind != "macro" or self.knowledge.origin_of_attribute(use.name) is not None
        return noted and self._walking(use) is None

    def _walking(self, use: Use) -> DefinitionSite | None:
        """The function around `use` if it calls a walker, which calls back before it returns."""
        outline = self.program.outline(use.path) if use.kind in ("argument", "address") else None
        site = outline.enclosing(use.offset) if outline is not None else None
        if outline is None or site is None:
            return None
        self._reliance.body(site.name)
        called = (at for name in self.knowledge.walkers for at in outline.calls(name))
        return site if any(site.start <= at < site.end for at in called) else None
