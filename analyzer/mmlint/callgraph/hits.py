"""Where in a tree the names of something wanted stand: one search for all of them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING

from mmlint.callgraph.places import is_header
from mmlint.source.names import word_starts
from mmlint.source.patterns import ARROW, alike, any_of, portions
from mmlint.source.search import Sought, find
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.mask import mask

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from mmlint.callgraph.codes import Code
    from mmlint.callgraph.holders import Member
    from mmlint.callgraph.wanted import Wanted
    from mmlint.source.search import Hit
    from mmlint.source.tree import Tree

_DEFINITION = re.compile(
    rb"#[ \t]*define\b(?>(?:[^\\\n/]|\\\r?\n|\\.|/(?!\*)|/\*.*?\*/)*)", re.DOTALL
)
_WORD = re.compile(rb"\w+")
_USE = re.compile(rb"(?!\w)\s*+(\()?")
_GIVEN = re.compile(ARROW + rb"\s*(\w+)\s*=(?!=)")
_ASSIGNED = re.compile(
    rb"^\s*(?=[\w(*]).*?(\b\w+|\))\s*(?:\[[^\]]*\]\s*)?" + ARROW + rb"\s*(\w+)\s*=(?!=)"
)
_TAGGED = re.compile(rb"(?:struct|union)\s+(\w+)")
# Each word is tried, whether or not it is a type.
_DECLARED = re.compile(rb"\b(?=(\w+)\s+(?:const\s+)?(\**\s*\w[^;(){}]*);)")
_NAMES = re.compile(rb"(?:^|,)\s*\**\s*(\w+)")
# Each word is tried, wherever the match of another one ends.
_BEGINS = re.compile(rb"\b(?=(\w+)(?:\s+\w[^;(),]*(?:=|$)|[^;,]*\)\s*\{|\s*\{))")
_EMBEDDED = re.compile(
    rb"\s+(?:const\s+)?(?:(?:struct|union)\s+)?(\w+)\s+\w+\s*(?:\[[^\]]*\]\s*)?;"
)
_BETWEEN = rb"(?:\s|\\|/\*.*?\*/)*"
_INDEXED = rb"(?:\[[^\]]*\]\s*=\s*(?:\{" + _BETWEEN + rb"|(?=[A-Za-z_]\w*\s*\()))?"
_FIRST = rb"\{" + _BETWEEN + _INDEXED + rb"(?![\s.\[}/\\])"
_VALUE = rb"\s*[^;(){}=]*=(?:\s|\\)*(?:%s|[A-Za-z_]\w*\s*\()" % _FIRST
_POSITIONAL = re.compile(rb"(?:\s*\{|%s|[^;(){}=]*\)\s*%s)" % (_VALUE, _FIRST), re.DOTALL)
"""What stands behind the name of a type where values are given by position, or by a macro."""

_LONGEST_CALL = 1000
_NOTHING = frozenset({"NULL", "0"})


class Hits:
    """What a search found in one file."""

    def __init__(self) -> None:
        self.fields: list[int] = []
        # Of fields that are assigned: the line, the field, and what stands in front of the mark.
        self.assigned: list[tuple[int, bytes, bytes]] = []
        self.names: set[bytes] = set()
        self.types: set[bytes] = set()
        self.lines: list[int] = []
        self.embedded: list[tuple[int, str]] = []
        self.begins = False
        self.calls = False

    def add_all(self, code: Code, member: Member) -> None:
        """Note all lines of a file that give a member of one of its own structures a value."""
        pattern = re.compile(rf"(?:\.|->)\s*{member.field}\s*=(?!=)")
        self.fields += [code.lines.line(found.start()) for found in pattern.finditer(code.text)]
        tag = member.structure.rpartition(".")[2]
        words = re.compile(rb"\b(?:%s|%s)\b" % (tag.encode(), member.field.encode()))
        self.lines += [code.lines.line(found.start()) for found in words.finditer(code.data)]
        self.names.add(member.field.encode())
        self.types.add(tag.encode())
        self.begins = True


class Patterns:
    """What one round looks for: what is `fresh` of what is wanted.

    What a line or a file holds of that is told by plain patterns and the names in sets: there may
    be tens of thousands, and an alternation of them takes seconds and much memory to compile.
    """

    def __init__(self, wanted: Wanted, fresh: Wanted) -> None:
        self._members: list[bytes] = []
        self._calls: list[bytes] = []
        self._wanted = wanted
        # What headers declare to be of the types, by tag.
        self._carrying: defaultdict[str, set[bytes]] = defaultdict(set)
        functions = [*fresh.functions, *fresh.generators]
        variables = list(fresh.variables)
        self._fields = self._add(ARROW + rb"\s*(?:%s)\s*=(?!=)", fresh.fields)
        self._tags = self._add(rb"(?:struct|union)\s+(?:%s)\b", fresh.tags)
        self._aliases = self._add(rb"\b(?:%s)\b", fresh.aliases)
        self._calls += [rb"(?:%s)\s*\(" % any_of(names) for names in alike(functions)]
        self._calls += [rb"(?:%s)\s*=(?!=)" % any_of(names) for names in alike(variables)]
        every = {*wanted.functions, *wanted.generators, *wanted.variables}
        self._called = frozenset(name.encode() for name in every)
        self._positions = {
            name: frozenset(argument.position for argument in arguments)
            for name, arguments in wanted.functions.items()
            if name not in wanted.generators and name not in wanted.variables
        }

    def is_positional(self, data: bytes) -> bool:
        """Whether a file seems to give members values by position, or by a macro."""
        ends = self._wanted.type_ends(data)
        return any(_POSITIONAL.match(data, end) is not None for end in ends)

    def names_any(self, data: bytes) -> bool:
        """Whether a function, a variable or a macro that is wanted is named in a file.

        Calls that hand nothing over do not count: most callers of a cache have no constructor.
        """
        return any(self._is_used(name, data) for name in self._wanted.named_in(data))

    def _is_used(self, name: str, data: bytes) -> bool:
        positions = self._positions.get(name)
        if positions is None:
            return True
        uses = (_USE.match(data, at + len(name)) for at in word_starts(data, name.encode()))
        return any(use is not None and _hands_over(data, use, positions) for use in uses)

    def search(self, tree: Tree, directories: Sequence[str]) -> defaultdict[str, Hits]:
        """The files of some directories, or of all, in which something wanted stands."""
        hits: defaultdict[str, Hits] = defaultdict(Hits)
        if self._members or self._calls:
            sought = Sought(lines=tuple(self._members), files=tuple(self._calls))
            found = find(tree, sought, directories)
            for hit in found.lines:
                self._sort(hit, hits[hit.path])
            for path in found.files:
                hits[path].calls = True
        return hits

    def pairs(self, fields: set[bytes], types: set[bytes]) -> bool:
        """Whether one of the types may have one of the fields."""
        tags = {self._wanted.aliases.get(name.decode(), name.decode()) for name in types}
        return any(
            owner.rpartition(".")[2] in tags
            for field in fields
            for owner in self._wanted.fields.get(field.decode(), ())
        )

    def carried(self, found: Hits) -> list[int]:
        """The lines of a file that assign fields without a name of the structure.

        `ctx->cl_dev.ops.trigger = run` is one if a header declares `ops` to be of that type; of
        `udp_sk(sk)->encap_rcv = rcv` only the type of the call tells.
        """
        return [
            line
            for line, field, receiver in found.assigned
            if receiver == b")"
            or any(
                self._may_carry(receiver, owner)
                for owner in self._wanted.fields.get(field.decode(), ())
            )
        ]

    def _may_carry(self, name: bytes, owner: str) -> bool:
        """Whether a name may be that of a structure's value; without a tag it is the member's."""
        around, _, tag = owner.rpartition(".")
        return name in self._carrying.get(tag, ()) or (around != "" and name == tag.encode())

    def _add(self, pattern: bytes, names: Collection[str]) -> dict[bytes, bytes]:
        """The names, each by itself: of one that is found in many files one is kept."""
        self._members += [pattern % any_of(portion) for portion in portions(names)]
        return {name: name for name in map(str.encode, names)}

    def calling(self, code: Code) -> Iterator[int]:
        """The lines of a file in whose definitions of macros something wanted is named."""
        # Of most files this is little, and there are many names: each word is looked up.
        stretches = [found.span() for found in _DEFINITION.finditer(code.data)]
        bodies = b"\n".join(code.data[start:end] for start, end in stretches)
        begins = [0, *accumulate(end - start + 1 for start, end in stretches)]
        for found in _WORD.finditer(bodies):
            if found[0] in self._called:
                which = bisect_right(begins, found.start()) - 1
                yield code.lines.line(stretches[which][0] + found.start() - begins[which])

    def _sort(self, hit: Hit, found: Hits) -> None:
        """Note what a line has."""
        text = hit.text
        fields = [self._fields[name] for name in _GIVEN.findall(text) if name in self._fields]
        if fields:
            found.fields.append(hit.line)
            found.lines.append(hit.line)
            found.names.update(fields)
            assigned = _ASSIGNED.match(text)
            if assigned is not None and assigned[2] in self._fields:
                found.assigned.append((hit.line, self._fields[assigned[2]], assigned[1]))
        types = [self._tags[name] for name in _TAGGED.findall(text) if name in self._tags]
        types += [self._aliases[name] for name in _WORD.findall(text) if name in self._aliases]
        if types:
            found.types.update(types)
            found.lines.append(hit.line)
            found.begins = found.begins or self._begins_value(text)
            if is_header(hit.path):
                self._note_declared(text)
                embedded = _EMBEDDED.match(text)
                if embedded is not None and self._wanted.is_type(embedded[1]):
                    name = types[0].decode()
                    found.embedded.append((hit.line, self._wanted.aliases.get(name, name)))

    def _note_declared(self, text: bytes) -> None:
        """Note what a line of a header declares to be of a wanted type."""
        for declared in _DECLARED.finditer(text):
            name = declared[1].decode()
            if declared[1] in self._tags or declared[1] in self._aliases:
                tag = self._wanted.aliases.get(name, name)
                self._carrying[tag].update(_NAMES.findall(declared[2]))

    def _begins_value(self, text: bytes) -> bool:
        """Whether a line may begin something of a wanted type that is given values."""
        return any(self._wanted.is_type(found[1]) for found in _BEGINS.finditer(text))


def _hands_over(data: bytes, use: re.Match[bytes], positions: Iterable[int]) -> bool:
    """Whether a use may hand something over; one that is no call may."""
    if use[1] is None:
        return True
    text = mask(data[use.start(1) : use.start(1) + _LONGEST_CALL]).decode("latin-1")
    arguments = split_arguments(text, 0)
    return any(at >= len(arguments) or arguments[at] not in _NOTHING for at in positions)
