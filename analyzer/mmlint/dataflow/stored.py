"""Where a value comes from that another function of the file put into a structure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from mmlint.dataflow.origins import Origins
from mmlint.dataflow.terms import Term, parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.dataflow.function import Analysed
    from mmlint.dataflow.whole import Analyses
    from mmlint.syntax.nodes import FunctionDef

# So many functions of a file are looked at for one field.
MAX_WRITERS: Final = 8


class Kept(NamedTuple):
    """`analysed` stores `value` in the field that was asked for."""

    analysed: Analysed
    value: Term


class Stored:
    """Finds the writers of fields, each file searched when it is first asked about."""

    def __init__(self, analyses: Analyses) -> None:
        self._analyses = analyses
        self._program = analyses.program
        self._writers: dict[tuple[str, str], list[Analysed]] = {}

    def kept(self, reader: Analysed, value: Term) -> Iterator[Kept]:
        """What the file of `reader` stores in the fields from which it reads `value`."""
        for read in self._read(reader, value):
            owner = _owner(reader, read.args[0])
            for writer in self._of_field(reader.fn.path, read.name) if owner else ():
                for base, field, stored in writer.frame.kept:
                    if field == read.name and _owner(writer, base) == owner:
                        yield Kept(writer, stored)

    @staticmethod
    def _read(reader: Analysed, value: Term) -> set[Term]:
        incoming = reader.frame.phis.incoming
        merged = [v for phi in value.phis for v in incoming.get(phi, ())]
        return {part for v in (value, *merged) for part in parts(v) if part.kind == "field"}

    def _of_field(self, path: str, field: str) -> list[Analysed]:
        key = path, field
        node = ("writers", key)
        reliance = self._program.reliance
        reliance.on(node)
        if key not in self._writers:
            with reliance.making(node):
                reliance.word(field)
                found = (self._analyses.of(fn) for fn in self._naming(path, field))
                self._writers[key] = [one for one in found if one is not None]
        return self._writers[key]

    def _naming(self, path: str, field: str) -> Iterator[FunctionDef]:
        outline = self._program.outline(path)
        if outline is None:
            return
        written = re.compile(rb"(?:\.|->)\s*" + re.escape(field.encode()) + rb"\s*=(?!=)")
        sites = dict.fromkeys(outline.enclosing(m.start()) for m in written.finditer(outline.code))
        for site in [site for site in sites if site is not None][:MAX_WRITERS]:
            yield from self._program.parse(path, site)


def _owner(analysed: Analysed, base: Term) -> str:
    """The structure (or the variable) that a field belongs to; "" where nobody knows."""
    if base.kind == "global":
        return base.name
    return Origins(analysed.frame).structure(base)
