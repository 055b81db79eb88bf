"""What the bodies of macros call: by name, through their parameters, and by pasting."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from mmlint.syntax.counting import COUNTS, meaning
from mmlint.syntax.groups import after_group, split_arguments
from mmlint.syntax.macro_tokens import applied, tokens
from mmlint.syntax.macros import Macro, MacroTable, is_alias

_PASTED = re.compile(r"\w+(?:\s*##\s*\w+)*\Z")
_PASTE = re.compile(r"\s*##\s*")
_WORD = re.compile(r"[A-Za-z_]\w*")
_NAME = re.compile(r"[A-Za-z_]\w*\Z")
_CHOSEN = re.compile(r":\s*([A-Za-z_]\w*)\s*(?=[,)])")
_COMPUTED = re.compile(r"\w+\s*\(")
_PARENTHESES = re.compile(r"\((.*)\)\Z", re.DOTALL)
_VARIADIC = ("__VA_ARGS__", "...")
_DEEPEST = 16
_MOST_HANDED = 100

ANY = -1
"""In a template: a number that a macro counts, such as that of its arguments."""

Template = tuple[str | int, ...]
"""A name with holes: the numbers are positions of parameters, from 0, or `ANY`."""


class Handed(NamedTuple):
    """What a parameter names is called with arguments, as far as these are known.

    What is not `called` is only named: a macro there may call, a function is handed on.
    """

    callee: Template
    arguments: tuple[str, ...] | None
    called: bool = True


class MacroCalls(msgspec.Struct, frozen=True):
    """What a use of one definition calls.

    `calls` are names in front of a parenthesis and those that `_Generic` chooses from, `words`
    other identifiers (of which some may be macros or another name for a function), `symbolic` the
    names that depend on the arguments, and `made` the names that inner macros make of what this
    body hands them. `handed` are the calls of parameters: they may be macros that make names.
    `named` depend on the arguments too, and are not called. `applied` are called if an argument is
    a group: `log plist`.
    """

    calls: tuple[str, ...]
    words: tuple[str, ...]
    symbolic: tuple[Template, ...]
    made: tuple[str, ...]
    handed: tuple[Handed, ...] = ()
    named: tuple[Template, ...] = ()
    applied: tuple[str, ...] = ()


class Expansions:
    """Answers for the macros of a table; each definition is read once.

    Of several definitions of a name those that are not `possible` make no names. Those that are
    `private` are there only for files that see them: see `look_from`.
    """

    def __init__(
        self,
        macros: MacroTable,
        possible: Callable[[Macro], bool] = lambda _macro: True,
        private: Callable[[Macro], bool] = lambda _macro: False,
    ) -> None:
        self._macros = macros
        self._possible = possible
        self._private = private
        self._known: dict[Macro, MacroCalls] = {}
        # The same where a private definition plays a part: it holds for one user.
        self._here: dict[Macro, MacroCalls] = {}
        self._is_local = False
        self._user = ""
        self._sees: Callable[[Macro], bool] = lambda _macro: True
        self._shared: dict[str, tuple[tuple[Macro, ...], bool]] = {}

    def look_from(self, user: str, sees: Callable[[Macro], bool]) -> None:
        """Answer for the file `user` from now on, which `sees` some private definitions."""
        self._sees = sees
        if user != self._user:
            self._user = user
            self._here.clear()

    def calls(self, macro: Macro, depth: int = 0) -> MacroCalls:
        """What a use of `macro` calls; recursion among macros ends at the second time."""
        known = self._known.get(macro)
        if known is not None:
            return known
        known = self._here.get(macro)
        if known is not None:
            self._is_local = True
            return known
        around, self._is_local = self._is_local, False
        self._known[macro] = MacroCalls((), (), (), ())
        known = self._known[macro] = self._read(macro, depth)
        if self._is_local:
            self._here[macro] = self._known.pop(macro)
        self._is_local |= around
        return known

    def _definitions(self, name: str) -> Sequence[Macro]:
        """The definitions of a macro that are there."""
        found = self._macros.lookup(name)
        known = self._shared.get(name)
        # There are more of them when more files have been read.
        if known is None or known[0] is not found:
            known = self._shared[name] = found, not any(map(self._private, found))
        if known[1]:
            return found
        self._is_local = True
        return [macro for macro in found if not self._private(macro) or self._sees(macro)]

    def depends(self, macro: Macro) -> bool:
        """Whether uses of `macro` make names of their arguments."""
        told = self.calls(macro)
        return bool(told.symbolic or told.named)

    def targets(self, name: str, arguments: list[str]) -> list[str]:
        """The names that uses `name(arguments)` make of the arguments."""
        found: dict[str, None] = {}
        for given, renamed in self._readings(arguments):
            for use in self._inner(name, given, None, {}, 0):
                found |= dict.fromkeys(n for n in self._meant(use) if n != renamed)
        return list(found)

    def picked(self, name: str, arguments: list[str]) -> Iterator[str]:
        """What a use `name(arguments)` calls that stands for one of them: `SAFE(take)(x)`."""
        for macro in self._definitions(name):
            at = _picked(macro)
            if at is not None and at < len(arguments) and _NAME.match(arguments[at]):
                yield arguments[at]

    def _readings(self, arguments: list[str]) -> Iterator[tuple[list[str], str]]:
        """Arguments as they stand there, and with what one is another name for, that apart."""
        yield arguments, ""
        for at, argument in enumerate(arguments):
            for macro in self._definitions(argument) if _NAME.match(argument) else ():
                if is_alias(macro):
                    yield [*arguments[:at], macro.body, *arguments[at + 1 :]], macro.body

    def _meant(self, use: Handed) -> list[str]:
        """The names of a use; of what is only named, the macros."""
        names = self._names(use.callee)
        return names if use.called else [name for name in names if self._macros.defines(name)]

    def _names(self, template: Template) -> list[str]:
        """The names that a template without parameters stands for; () with parameters."""
        if any(isinstance(part, int) and part != ANY for part in template):
            return []
        if ANY not in template:
            return ["".join(part for part in template if isinstance(part, str))]
        counted = (
            "".join(str(count) if part == ANY else str(part) for part in template)
            for count in COUNTS
        )
        return [name for name in counted if self._macros.defines(name)]

    def _read(self, macro: Macro, depth: int) -> MacroCalls:
        places = _places(macro)
        calls: dict[str, None] = {}
        words: dict[str, None] = {}
        symbolic: dict[Template, None] = {}
        made: dict[str, None] = {}
        handed: dict[Handed, None] = {}
        named: dict[Template, None] = {}
        for token, called, opening in tokens(macro.body):
            template = read_template(token, places)
            if len(template) == 1 and isinstance(template[0], str):
                (calls if called else words)[template[0]] = None
            elif called or len(template) > 1:
                # What a body ends in, or chooses, may be called behind the use.
                left = macro.body.rstrip(") ").endswith(token) or "_Generic" in macro.body
                (symbolic if called or left else named)[template] = None
            for use in self._of_use(template, macro, opening, places, depth) if called else ():
                made |= dict.fromkeys(self._meant(use))
                if not self._names(use.callee) and ANY not in use.callee:
                    (symbolic if use.called else named)[use.callee] = None
                    if use.arguments is not None and len(handed) < _MOST_HANDED:
                        handed[use] = None
        before = {word: places.get(word, -1) for word in applied(macro.body, places)}
        symbolic |= dict.fromkeys((place,) for place in before.values() if place >= 0)
        if "_Generic" in macro.body:
            calls |= dict.fromkeys(_CHOSEN.findall(macro.body))
        return MacroCalls(
            tuple(calls),
            tuple(words),
            tuple(symbolic),
            tuple(made),
            tuple(handed),
            tuple(named),
            tuple(word for word, place in before.items() if place < 0),
        )

    def _of_use(
        self, callee: Template, macro: Macro, opening: int, places: dict[str, int], depth: int
    ) -> Iterator[Handed]:
        """What the use of a macro in the body makes of the arguments there.

        Of macros that are told apart by a number alone any may be meant, also where another macro
        makes the name: `GLUE(UNROLL_, n)(f, x)`.
        """
        if depth >= _DEEPEST:
            return
        names, body = list(self._numbered(callee)), macro.body
        if isinstance(callee[0], int):
            yield Handed(callee, tuple(split_arguments(body, opening)))
        elif len(callee) == 1 and self._macros.defines(callee[0]):
            made = list(
                self._inner(callee[0], split_arguments(body, opening), macro, places, depth)
            )
            yield from made
            behind = _second_group(body, opening)
            names = list(self._numbered(*(use.callee for use in made))) if behind >= 0 else []
            if behind >= 0:
                yield from self._chosen(callee[0], macro, opening, behind, places)
            opening = behind
        for name in names:
            yield from self._inner(name, split_arguments(body, opening), macro, places, depth)

    def _chosen(
        self, name: str, macro: Macro, opening: int, behind: int, places: dict[str, int]
    ) -> Iterator[Handed]:
        """What is called where a macro stands for one of its arguments: `PICK(x, one, two)(x)`.

        As nobody knows how many arguments a variadic parameter stands for, all that are behind it
        may be the one.
        """
        arguments = split_arguments(macro.body, opening)
        given = tuple(split_arguments(macro.body, behind))
        last = (macro.params or ("",))[-1]
        spread = last.removesuffix("...") if last.endswith(_VARIADIC) else ""
        for picking in self._macros.lookup(name):
            at = _picked(picking)
            if at is not None:
                unsure = spread != "" and spread in arguments[:at]
                first = arguments.index(spread) + 1 if unsure else at
                for argument in arguments[first : at + 1]:
                    if _NAME.match(argument):
                        yield Handed(read_template(argument, places), given)

    def _numbered(self, *templates: Template) -> Iterator[str]:
        """The macros whose names are a template with numbers for its holes."""
        for template in templates:
            if len(template) > 1 and isinstance(template[0], str):
                yield from self._names(tuple(p if isinstance(p, str) else ANY for p in template))

    def _inner(
        self,
        name: str,
        arguments: list[str],
        around: Macro | None,
        places: dict[str, int],
        depth: int,
    ) -> Iterator[Handed]:
        """What the use of a macro makes of its arguments, in the body of another or anywhere."""
        found = self._definitions(name) if depth < _DEEPEST else ()
        for inner in found:
            if inner == around or (len(found) > 1 and not self._possible(inner)):
                continue
            told = self.calls(inner, depth + 1)
            bound = _bound(inner, arguments)
            if (told.symbolic or told.named) and not places:
                bound = [self._counted(argument) for argument in bound]
            for template in (*told.symbolic, *told.named):
                filled = fill(template, bound, places)
                if filled is not None:
                    yield Handed(filled, None, template in told.symbolic)
            for use in told.handed:
                filled = fill(use.callee, bound, places)
                if filled is not None:
                    given = _replaced(use.arguments or (), inner, bound)
                    yield Handed(filled, tuple(given))
                    for called in self._names(filled):
                        yield from self._inner(called, given, inner, places, depth + 1)

    def _counted(self, argument: str) -> str:
        """The number that the use of a macro stands for, such as that of its arguments, if one."""
        number = meaning(argument, self._macros).strip()
        return number if number.isdigit() else argument


def _replaced(texts: tuple[str, ...], macro: Macro, bound: list[str]) -> list[str]:
    """The arguments of a use in the body of a macro with its own for the parameters.

    What is pasted stays apart: it may be of names that a macro around has to fill in.
    """
    given = dict(zip(_places(macro), bound, strict=False))
    text = _WORD.sub(lambda word: given.get(word[0], word[0]), ", ".join(texts))
    return [argument.removeprefix("##").strip() for argument in split_arguments(f"({text})", 0)]


def _places(macro: Macro) -> dict[str, int]:
    return {param.removesuffix("..."): at for at, param in enumerate(macro.params or ())}


def stands_for_argument(macro: Macro) -> bool:
    """Whether a macro is nothing but one of its arguments."""
    return _picked(macro) is not None


def _picked(macro: Macro) -> int | None:
    """The parameter that a macro stands for, if it is nothing else."""
    return _places(macro).get(macro.body)


def _bound(macro: Macro, arguments: list[str]) -> list[str]:
    """The argument of each parameter; a variadic one has all the rest."""
    params = macro.params or ()
    if params and params[-1].endswith(_VARIADIC):
        return [*arguments[: len(params) - 1], ", ".join(arguments[len(params) - 1 :])]
    return arguments


def _second_group(body: str, opening: int) -> int:
    """Where a group opens right behind the one that opens at `opening`; -1 if none does."""
    rest = after_group(body[opening:])
    at = len(body) - len(rest.lstrip())
    return at if body.startswith("(", at) else -1


def read_template(token: str, places: dict[str, int]) -> Template:
    """A name, pasted or not, with holes for the parameters at `places`."""
    parts: list[str | int] = []
    for part in _PASTE.split(token):
        place = places.get(part)
        if place is not None:
            parts.append(place)
        elif parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    return tuple(parts)


def fill(template: Template, arguments: list[str], places: dict[str, int]) -> Template | None:
    """`template` with `arguments` for its holes; None when one of them is no name.

    The arguments may name parameters of the macro around, which are at `places`.
    """
    parts: list[str | int] = []
    for part in template:
        pieces: Template
        if isinstance(part, str) or part == ANY:
            pieces = (part,)
        else:
            text = _stripped(arguments[part]) if part < len(arguments) else ""
            if _COMPUTED.match(text) and len(template) > 1:
                pieces = (ANY,)
            elif text and not _PASTED.match(text):
                return None
            else:
                pieces = read_template(text, places) if text else ()
        for piece in pieces:
            if parts and isinstance(parts[-1], str) and isinstance(piece, str):
                parts[-1] += piece
            else:
                parts.append(piece)
    if not parts or (len(parts) == 1 and isinstance(parts[0], str) and not _NAME.match(parts[0])):
        return None
    return tuple(parts)


def _stripped(argument: str) -> str:
    """An argument without parentheses and `&` around a name."""
    text = argument.strip().removeprefix("&").strip()
    inner = _PARENTHESES.match(text)
    return inner[1].strip() if inner else text
