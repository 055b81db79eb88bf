"""What the tree's own `#define`s say: annotations, iterators and assigned arguments.

Nothing here lists macro names: each answer is derived from the definitions, when it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import msgspec

from mmlint.source.config import Configuration
from mmlint.source.harvests import Macros
from mmlint.source.names import occurrences
from mmlint.syntax.conditions import in_words
from mmlint.syntax.groups import after_group, runs_once, split_arguments, top_level
from mmlint.syntax.mask import scan
from mmlint.syntax.regions import Surroundings

_DEFINE = re.compile(rb"#[ \t]*define[ \t]+(\w+)")
_REST = re.compile(rb"[^\\\n]*+(?>(?:\\(?:\r?\n|[^\n]|\Z)[^\\\n]*+)*)", re.DOTALL)
_CONTINUED = re.compile(rb"\\\r?\n")
_BLANKS = (b" ", b"\t")
_WORD = re.compile(r"[A-Za-z_]\w*")
_DEEPEST = 30
"""Macros that are defined by macros are followed so far; the kernel's longest chain is a third."""
_SEED = re.compile(
    r"__attribute(?:__)?\b|_Pragma\b|__pragma\b|__inline(?:__)?\b|inline\b|__extension__\b"
    r'|extern\s*"\s*"|__declspec\b|_Noreturn\b'
)
_OPEN_END = re.compile(r"(?:\b(?:else|do)|([^\s\w]?)\s*\b([A-Za-z_]\w*)\s*\(\s*\))\s*\Z")
_CONTROLS = frozenset({"for", "if", "switch"})
_ASSEMBLER = re.compile(r"(?:__asm__|__asm|asm)\b")
_ASSEMBLER_TEXT = re.compile(r"(?:__asm__|__asm|asm)\b(?=\s*\()")
_ASSIGNMENT = r"\s*(?:=(?!=)|(?:<<|>>|[-+*/|&^%])=|\+\+|--)"


class Macro(msgspec.Struct, frozen=True):
    """One definition.

    `params` is None for an object-like macro, a variadic one ends in ``__VA_ARGS__`` or
    ``name...``. `body` has its continuation lines joined, no comments. `start` is the byte offset
    of its `#`, `end_line` the last line of the definition.
    """

    name: str
    params: tuple[str, ...] | None
    body: str
    path: str
    line: int
    start: int = 0
    end_line: int = 0


class MacroTable:
    """All macros of some files. Harvesting only notes names; text is looked at when asked for.

    With `read` that text is read again, else kept; a file that changed meanwhile has no macros.

    Definitions that a `configuration` leaves out are none.
    """

    def __init__(
        self,
        sources: Iterable[tuple[str, bytes]] = (),
        configuration: Configuration | None = None,
        read: Callable[[str], bytes | None] | None = None,
    ) -> None:
        self._configuration = configuration
        self._again = read
        self._sources: list[tuple[str, bytes | None, int]] = []
        self._known: dict[str, int] = {}
        self._surroundings: dict[int, Surroundings] = {}
        self._near: dict[int, tuple[int, int]] = {}  # by file: where newlines were counted to
        # The numbers of the files that define a name.
        self._homes: dict[bytes, int | list[int]] = {}
        # Whatever was derived rests on definitions of these.
        self._asked: set[bytes] = set()
        self.revision = 0
        """Grows whenever there are more definitions of a name that was asked for."""
        self._found: dict[str, tuple[Macro, ...]] = {}
        # What was found of names before there were more definitions, and in how many files.
        self._former: dict[str, tuple[tuple[Macro, ...], int]] = {}
        self.beside: dict[bytes, frozenset[str]] = {}
        """The annotations in the texts beside names, as far as these were read."""
        self.typeless: dict[bytes, bool] = {}
        """Whether the texts in front of names hold no type."""
        self._annotations: dict[str, bool] = {}
        self._loops: dict[str, bool] = {}
        self._heads: dict[str, bool] = {}
        self._assigned: dict[str, tuple[int, ...]] = {}
        self._depth = 0
        for path, data in sources:
            self.add(path, data)

    def add(self, path: str, data: bytes) -> Macros:
        """Harvest one more file, and tell its macros; one that is already there is left alone."""
        macros = Macros(len(data), _DEFINE.findall(data))
        self._take(path, None if self._again else data, macros)
        return macros

    def add_known(self, path: str, macros: Macros) -> None:
        """The same for a file whose macros are known by name."""
        self._take(path, None, macros)

    def _take(self, path: str, data: bytes | None, macros: Macros) -> None:
        size, defined = macros
        if path in self._known:
            return
        source = self._known[path] = len(self._sources)
        self._sources.append((path, data, size))
        names: dict[bytes, int | list[int]] = dict.fromkeys(defined, source)
        homes = self._homes
        for name in homes.keys() & names.keys():
            before = homes[name]
            names[name] = before = before if isinstance(before, list) else [before]
            before.append(source)
        homes.update(names)
        asked = self._asked & names.keys()
        if asked:
            self._forget(asked)

    def _forget(self, names: set[bytes]) -> None:
        """There are more definitions of `names`: whatever was derived may rest on them."""
        self.revision += 1
        for key in names:
            name = key.decode(errors="replace")
            known = self._found.pop(name, None)
            if known is not None:
                homes = self._homes[key]
                self._former[name] = known, len(homes) - 1 if isinstance(homes, list) else 0
        for memo in (self._annotations, self._loops, self._heads, self._assigned):
            memo.clear()
        self.beside.clear()
        self.typeless.clear()

    def _text(self, source: int) -> bytes:
        path, data, _ = self._sources[source]
        if data is None:
            data = self._again(path) if self._again else None
        return data or b""

    def lookup(self, name: str) -> tuple[Macro, ...]:
        """Every definition of `name`, in the order of the files; empty when there is none."""
        known = self._found.get(name)
        if known is not None:
            return known
        key = name.encode(errors="replace")
        self._asked.add(key)
        homes = self._homes.get(key)
        if homes is None:
            return ()
        # Thousands of files may define a name, and new ones come one by one.
        former, read = self._former.pop(name, ((), 0))
        found = former + tuple(
            macro
            for source in (homes[read:] if isinstance(homes, list) else [homes])
            for macro in self._defined(name, key, source)
        )
        self._found[name] = found
        return found

    def _defined(self, name: str, key: bytes, source: int) -> Iterator[Macro]:
        """The definitions of a name in what was harvested of one file."""
        data = self._text(source)
        for at in occurrences(data, key):
            start = data.rfind(b"#", 0, at) if data[at - 1 : at] in _BLANKS else -1
            begin = _DEFINE.match(data, start) if start >= 0 else None
            if begin is not None and begin.span(1) == (at, at + len(key)):
                macro = self._read(name, source, begin) if at < self._sources[source][2] else None
                if macro is not None:
                    yield macro

    def calling(self) -> Iterator[bytes]:
        """The macros that seem to call something: there is a parenthesis, or a second line."""
        for source, (_, _, size) in enumerate(self._sources):
            data = self._text(source)
            for found in _DEFINE.finditer(data, 0, size):
                end = data.find(b"\n", found.start())
                if b"(" in data[found.start() : end] or data[end - 1 : end] == b"\\":
                    yield found[1]

    def defines(self, name: str) -> bool:
        """Whether a macro of this name was harvested."""
        key = name.encode(errors="replace")
        self._asked.add(key)
        if key not in self._homes:
            return False
        return self._configuration is None or bool(self.lookup(name))

    def spells(self, word: bytes) -> bool:
        """What `defines` says of a word that nothing is kept of: a scope has millions."""
        return word in self._homes

    def condition(self, macro: Macro) -> str:
        """What the `#if` around a definition ask for, in words; "" if there is none."""
        source = self._known.get(macro.path)
        if source is None:
            return ""
        return in_words(self._around(source).condition(macro.start))

    def _around(self, source: int) -> Surroundings:
        known = self._surroundings.get(source)
        if known is None:
            known = Surroundings(self._text(source), self._configuration)
            self._surroundings[source] = known
        return known

    def _read(self, name: str, source: int, begin: re.Match[bytes]) -> Macro | None:
        path, data, at = self._sources[source][0], begin.string, begin.start()
        if data[data.rfind(b"\n", 0, at) + 1 : at].strip():
            return None
        if self._configuration is not None and not self._around(source).compiled(at):
            return None
        rest = _REST.match(data, begin.end())
        end = _body_end(data, rest.end() if rest else begin.end(), begin.end())
        raw = data[begin.end() : end]
        text = _uncommented(_CONTINUED.sub(b" ", raw)).decode(errors="replace")
        params: tuple[str, ...] | None = None
        if text.startswith("("):
            inside, _, text = text[1:].partition(")")
            params = tuple(part.strip() for part in inside.split(",") if part.strip())
            params = tuple("__VA_ARGS__" if part == "..." else part for part in params)
        near, line = self._near.get(source, (0, 1))
        line += data.count(b"\n", near, at) - data.count(b"\n", at, near)
        self._near[source] = at, line
        last = line + data.count(b"\n", at, end)
        return Macro(name, params, " ".join(text.split()), path, line, at, last)

    def is_annotation(self, name: str) -> bool:
        """Whether every definition reduces to attributes or nothing, and one is not empty."""
        return self._derive(self._annotations, name, self._find_annotation)

    def is_assembler(self, name: str) -> bool:
        """Whether the name is another spelling of ``asm``."""
        return any(
            macro.params is None and _ASSEMBLER.match(macro.body) for macro in self.lookup(name)
        )

    def heads_statement(self, name: str) -> bool:
        """Whether a use goes before a statement, as that of an iterator or a scope does."""
        return self._derive(self._heads, name, self._find_head)

    def is_loop(self, name: str) -> bool:
        """Whether a use of the macro heads a loop (one that may run its statement twice)."""
        return self._derive(self._loops, name, self._find_loop)

    def assigned(self, name: str) -> tuple[int, ...]:
        """Positions, from 0, of the arguments that a use may assign."""
        known = self._assigned.get(name)
        if known is None:
            if self._depth >= _DEEPEST or not self.defines(name):
                return ()
            self._assigned[name] = ()
            with self._deeper():
                written = {at for macro in self.lookup(name) for at in self._writes(macro)}
            known = self._assigned[name] = tuple(sorted(written))
        return known

    def _derive(
        self, memo: dict[str, bool], name: str, find: Callable[[tuple[Macro, ...]], bool]
    ) -> bool:
        known = memo.get(name)
        if known is None:
            if self._depth >= _DEEPEST:
                return False
            # A macro that is defined by itself counts as "no" while it is looked at.
            memo[name] = False
            if not self.defines(name):
                return False
            with self._deeper():
                known = memo[name] = find(self.lookup(name))
        return known

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def _find_annotation(self, macros: tuple[Macro, ...]) -> bool:
        readable = [macro for macro in macros if "%" not in macro.body]
        return any(macro.body for macro in readable) and all(
            self._reduces_to_nothing(macro) for macro in readable
        )

    def _reduces_to_nothing(self, macro: Macro) -> bool:
        rest = macro.body
        while rest := rest.lstrip():
            seed = _SEED.match(rest)
            if seed is None and macro.params is None:
                # Without its text it is only another spelling.
                seed = _ASSEMBLER_TEXT.match(rest)
            if seed is not None:
                rest = after_group(rest[seed.end() :])
                continue
            word = _WORD.match(rest)
            if word is None or word[0] == macro.name or not self._vanishes(word[0]):
                return False
            rest = rest[word.end() :]
            if any(found.params is not None for found in self.lookup(word[0])):
                rest = after_group(rest)
        return True

    def _vanishes(self, name: str) -> bool:
        found = self.lookup(name)
        return self.is_annotation(name) or (bool(found) and all(not macro.body for macro in found))

    def _find_loop(self, macros: tuple[Macro, ...]) -> bool:
        return any(self._heads_loop(macro) for macro in macros)

    def _heads_loop(self, macro: Macro) -> bool:
        for found in re.finditer(r"([};]?)\s*\b([A-Za-z_]\w*)\s*\(", top_level(macro.body)):
            if found[2] == "while" and found[1] != "}":
                return True
            if found[2] == "for":
                return not runs_once(macro.body)
            if found[2] != macro.name and self.is_loop(found[2]):
                return True
        return False

    def _find_head(self, macros: tuple[Macro, ...]) -> bool:
        return any(self._ends_open(macro) for macro in macros)

    def _ends_open(self, macro: Macro) -> bool:
        """Whether the body ends in a control head, `else`, or a macro that ends so."""
        tail = _OPEN_END.search(top_level(macro.body))
        if tail is None:
            return False
        word = tail[2]
        if word == "while":
            return tail[1] != "}"
        return word is None or word in _CONTROLS or self.heads_statement(word)

    def _writes(self, macro: Macro) -> set[int]:
        written: set[int] = set()
        assigns = any(sign in macro.body for sign in ("=", "++", "--"))
        for at, param in enumerate(macro.params or ()):
            if (assigns and _assigns(macro.body, param)) or self._passes_on(macro, param):
                written.add(at)
        return written

    def _passes_on(self, macro: Macro, param: str) -> bool:
        """Whether the body hands `param`, alone, to a macro that assigns it."""
        for found in re.finditer(r"\b([A-Za-z_]\w*)\s*\(", macro.body):
            if found[1] == macro.name or not self.defines(found[1]):
                continue
            arguments = split_arguments(macro.body, found.end() - 1)
            for at in self.assigned(found[1]):
                if at < len(arguments) and arguments[at].strip("() ") == param:
                    return True
        return False


def _assigns(body: str, param: str) -> bool:
    name = re.escape(param)
    direct = rf"(?<![\w.>#])\(?\s*{name}\s*\)?{_ASSIGNMENT}|(?:\+\+|--)\s*\(?{name}\b"
    return re.search(direct, body) is not None


def _body_end(data: bytes, end: int, start: int) -> int:
    """Where a definition ends that would end at `end` but for a comment over several lines."""
    while True:
        opened = data.rfind(b"/*", start, end)
        if opened < 0 or data.find(b"*/", opened, end) >= 0:
            return end
        closed = data.find(b"*/", end)
        if closed < 0:
            return opened
        rest = _REST.match(data, closed)
        start, end = closed + 2, rest.end() if rest else closed + 2


def _uncommented(raw: bytes) -> bytes:
    if b"/*" in raw or b"//" in raw or b'"' in raw:
        return scan(raw).text
    return raw


def is_alias(macro: Macro) -> bool:
    """Whether a macro is another name for what its body names."""
    return macro.params is None and macro.body.isidentifier() and macro.body != macro.name
