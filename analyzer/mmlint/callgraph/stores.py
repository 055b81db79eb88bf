"""Where one file puts functions: into members, arguments and variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmlint.callgraph.filling import Filling
from mmlint.callgraph.foreign import is_foreign
from mmlint.callgraph.holders import Held, Holder, Member, Named
from mmlint.callgraph.receivers import assigned_member
from mmlint.callgraph.scopes import Scope
from mmlint.callgraph.wanted import Stored
from mmlint.syntax import nodes
from mmlint.syntax.groups import split_arguments
from mmlint.syntax.initialisers import Surrounding, of_types, read_value
from mmlint.syntax.structures import expanded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mmlint.callgraph.codes import Code, Codes
    from mmlint.callgraph.holders import Holders
    from mmlint.callgraph.layouts import Layouts
    from mmlint.callgraph.receivers import Receivers
    from mmlint.callgraph.wanted import Wanted
    from mmlint.syntax.initialisers import Initialiser

_PLAIN = re.compile(r"\s*(?:\(\s*[\w\s*]+\)\s*)?&?\s*\(?\s*([A-Za-z_]\w*)\s*\)?\s*\Z")
_NOTHING = re.compile(r"\s*(?:NULL|\d\w*|\(\s*void\s*\*\s*\)\s*0)?\s*\Z")
_ASSIGNED = re.compile(r"\s*(?:\[[^\]]*\]\s*)*(?:\)\s*\([^()]*\)\s*)?=(?!=)")
# Behind a macro that begins the list the first value is on the next line.
_IN_LIST = re.compile(r"(?:[{,]|\)\s*\n)\s*(?:\.\s*\w+\s*|\[[^\]]*\]\s*)*\Z")
_GIVEN = re.compile(r"(\.|->)\s*(\w+)\s*=(?!=)")
_LONGEST_VALUE = 400


class Stores:
    """Reads the stores of one file after the other."""

    def __init__(
        self, codes: Codes, layouts: Layouts, receivers: Receivers, holders: Holders
    ) -> None:
        self._codes = codes
        self._layouts = layouts
        self._receivers = receivers
        self._holders = holders
        self._filling = Filling(layouts)

    def given(
        self, code: Code, wanted: Wanted, fresh: Wanted, lines: Iterable[int], by_type: bool
    ) -> Iterator[Stored]:
        """What a file puts into wanted members, whose fields are given values on `lines`.

        With `by_type` also what has the type of a wanted structure is looked at: it may be given
        values by position. Only what goes to members of `fresh` is told.
        """
        designated, assigned = _spots(code, wanted, lines)
        surrounding = Surrounding(code.text, code)
        found = [surrounding.at(at) for at in designated]
        if by_type:
            found += of_types(code.text, wanted.type_ends(code.bare), code)
        seen: set[int] = set()
        for initialiser in found:
            if initialiser is not None and initialiser.value.start not in seen:
                seen.add(initialiser.value.start)
                yield from self.placed(code, initialiser, fresh)
        for at, end, field in assigned:
            if field in fresh.fields and not is_foreign(code, fresh.fields[field], at, field):
                yield from self._assigned(code, fresh, at, end)

    def placed(
        self,
        code: Code,
        initialiser: Initialiser,
        wanted: Wanted,
        expansion: tuple[str, int] | None = None,
    ) -> Iterator[Stored]:
        """The wanted members that an initialiser fills.

        If it stands in the `expansion` of a macro, that is the text and the offset of the use.
        """
        for place in self._filling.places(code, initialiser, expansion):
            members = self._same(wanted.members(place.owner, place.field), code.path)
            for held in self.values(code, place.text, place.offset) if members else ():
                for member in members:
                    yield stored_at(code, member, held, place.offset, place.how)

    def fills(self, code: Code, initialiser: Initialiser, wanted: Wanted, text: str) -> bool:
        """Whether an initialiser in the text of a macro fills a wanted member."""
        return any(
            wanted.members(place.owner, place.field)
            for place in self._filling.places(code, initialiser, (text, 0))
        )

    def into_member(
        self, code: Code, node: nodes.Assign, scope: Scope, wanted: Wanted
    ) -> Iterator[tuple[Member, Held]]:
        """What an assignment puts into a wanted member."""
        target = assigned_member(node.target)
        if target is None or target.field not in wanted.fields:
            return
        owner = self._receivers.member(target, scope)
        if owner is None:
            return
        for member in self._same(wanted.members(owner.owner, target.field), code.path):
            for held in self._holders.held(node.value, scope):
                yield member, held

    def values(self, code: Code, text: str, offset: int) -> Iterator[Held]:
        """What a value, written at an offset, may be."""
        if _NOTHING.match(text):
            return
        name = _PLAIN.match(text)
        if name is not None and not code.may_be_local(name[1], offset) and not code.lookup(name[1]):
            yield Named(name[1], code.path)
            return
        made = expanded(text, code)
        if made is not None and _PLAIN.match(made):
            # `GROUP_OP(sw, fill)`: the name of a function, put together.
            yield from self.values(code, made, offset)
            return
        value = self._receivers.expression(text)
        if value is None:
            return
        scopes = code.scopes(offset) if code.is_inside(offset) else ()
        found: dict[Held, None] = {}
        for scope in scopes or (Scope(code.path),):
            found |= dict.fromkeys(self._holders.held(value, scope))
        yield from found

    def _assigned(self, code: Code, wanted: Wanted, at: int, end: int) -> Iterator[Stored]:
        """`p->field = value`, whose sign ends at an offset, in a function."""
        value = code.text[end : end + _LONGEST_VALUE].partition(";")[0]
        if _NOTHING.match(value):
            return
        found: dict[tuple[Member, Held], None] = {}
        for scope in code.scopes(at):
            for node in scope.assignments(end):
                found |= dict.fromkeys(self.into_member(code, node, scope, wanted))
        for member, held in found:
            yield stored_at(code, member, held, at, "assigned")

    def passed(self, code: Code, wanted: Wanted) -> Iterator[Stored]:
        """What the calls in a file hand to wanted functions."""
        for name in wanted.present(wanted.functions, code.data):
            holders = wanted.functions[name]
            here = [holder for holder in holders if holder.home in {"", code.path}]
            for at, opening in code.uses(name) if here else ():
                begin = code.text.rfind("\n", 0, at) + 1
                # At the margin functions are declared and defined, not called.
                if opening < 0 or not code.text[begin : begin + 1].isspace():
                    continue
                arguments = split_arguments(code.text, opening)
                for holder in here:
                    if holder.position < len(arguments):
                        for held in self.values(code, arguments[holder.position], at):
                            yield stored_at(code, holder, held, at, "passed")

    def variables(self, code: Code, wanted: Wanted) -> Iterator[Stored]:
        """What a file assigns to wanted variables, or initialises them with."""
        for name in wanted.present(wanted.variables, code.data):
            here = [each for each in wanted.variables[name] if each.home in {"", code.path}]
            for at, _ in code.uses(name) if here else ():
                sign = _ASSIGNED.match(code.text, at + len(name))
                given = read_value(code.text, sign.end()) if sign else None
                for text, offset in self._filling.values(code, given) if given else ():
                    for held in self.values(code, text, offset):
                        for holder in here:
                            yield stored_at(code, holder, held, offset, "assigned")

    def _same(self, members: Sequence[Member], user: str) -> list[Member]:
        """Those of which the file means the structure, not one of its own of that name."""
        return [member for member in members if self._means(user, member)]

    def _means(self, user: str, member: Member) -> bool:
        theirs = {found.path for found in self._layouts.structures(member.structure, user)}
        ours = {found.path for found in self._layouts.structures(member.structure, member.home)}
        return not theirs or not ours or not theirs.isdisjoint(ours)


def stored_at(code: Code, holder: Holder, held: Held, offset: int, how: str) -> Stored:
    """What is stored at a byte offset of a file."""
    line = code.lines.line(offset)
    return Stored(holder, held, code.path, line, how, code.condition(offset))


def _spots(
    code: Code, wanted: Wanted, lines: Iterable[int]
) -> tuple[list[int], list[tuple[int, int, str]]]:
    """Where wanted fields are given values on some lines: in lists, and by assignment.

    Of an assignment it is the start of the field's mark, the end of the sign, and the field.
    """
    designated: list[int] = []
    assigned: list[tuple[int, int, str]] = []
    for line in lines:
        start = code.lines.start(line)
        end = code.text.find("\n", start)
        for found in _GIVEN.finditer(code.text, start, end if end >= 0 else len(code.text)):
            if found[2] not in wanted.fields:
                continue
            low = max(0, found.start() - _LONGEST_VALUE)
            if found[1] == "." and _IN_LIST.search(code.text, low, found.start()):
                designated.append(found.start())
            else:
                assigned.append((found.start(), found.end(), found[2]))
    return designated, assigned
