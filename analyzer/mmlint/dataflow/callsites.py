"""Where functions are called and with what: callers and callees by the values they exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from mmlint.dataflow import terms as t
from mmlint.dataflow.applied import resolved
from mmlint.dataflow.function import Analysed
from mmlint.dataflow.reaching import Reaching
from mmlint.dataflow.recording import Called
from mmlint.dataflow.state import NEGATIVE
from mmlint.dataflow.terms import Term, make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.dataflow.state import State
    from mmlint.dataflow.summary import Place
    from mmlint.dataflow.whole import Analyses
    from mmlint.syntax.nodes import FunctionDef

# Callers looked at for one function.
MAX_CALLERS: Final = 40
_MACROS: Final = 2


class CallSite(msgspec.Struct, frozen=True):
    """A call of the function whose parameters are `params`, with what the caller knew there."""

    caller: Analysed
    called: Called
    params: tuple[str, ...]

    @property
    def place(self) -> Place:
        """Where the call stands."""
        return self.caller.frame.place(self.called.offset)

    def resolved(self, term: Term) -> Term:
        """A term of the function that is called, in words of the caller."""
        pairs = zip(self.params, self.called.args, strict=False)
        return resolved(term, {make("param", p): a for p, a in pairs}, self.called.memory)


class CallSites:
    """Answers from recorded analyses; each function's callers are looked up once."""

    def __init__(self, analyses: Analyses) -> None:
        self.analyses = analyses
        self.program = analyses.program
        self._callers: dict[tuple[str, str, int], tuple[CallSite, ...]] = {}
        self._reaching = Reaching(analyses.program, analyses.knowledge)
        self._indirect: dict[tuple[str, str, int], tuple[CallSite, ...]] = {}
        self._many: dict[tuple[str, str, int], int] = {}

    def calls(self, analysed: Analysed) -> list[Called]:
        """The calls that a function makes."""
        recording = analysed.frame.recording
        return recording.calls if recording is not None else []

    def result(self, analysed: Analysed, pfn: Term) -> Called | None:
        """The call that gave the page of a PFN, or the PFN; not one that only renames it."""
        recording = analysed.frame.recording
        if recording is None:
            return None
        page = t.page_of(pfn)
        # The PFN of a page is but another name of the page.
        values = (page, t.or_null(page)) if pfn.kind == "pfn" else (page, t.or_null(page), pfn)
        made = next((recording.results[v] for v in values if v in recording.results), None)
        known = self.analyses.knowledge
        renames = made is not None and (made.name in known.convert or made.name in known.offset)
        return None if renames else made

    def of(self, fn: FunctionDef) -> tuple[CallSite, ...]:
        """The calls of a function after boot, by file and line; macros are looked through."""
        key = (fn.path, fn.name, fn.variant)
        if key not in self._callers:
            self._callers[key] = ()
            self._callers[key] = tuple(self._find(fn))
        return self._callers[key]

    def indirect(self, fn: FunctionDef) -> tuple[CallSite, ...]:
        """The calls through structures and parameters that may mean a function; costs a search."""
        key = (fn.path, fn.name, fn.variant)
        if key not in self._indirect:
            params = tuple(p.name for p in fn.params)
            self._indirect[key] = tuple(
                CallSite(analysed, called, params)
                for above, at in self._reaching.indirect_calls(fn)
                if (analysed := self.analyses.of(above)) is not None and not analysed.boot
                for called in self.calls(analysed)
                if not called.name and called.offset in at
            )
        return self._indirect[key]

    def left_out(self, fn: FunctionDef) -> str:
        """What to say where a function has more callers than are looked at."""
        many = self._many.get((fn.path, fn.name, fn.variant), 0)
        return f"{MAX_CALLERS} of {many} callers were looked at" if many > MAX_CALLERS else ""

    def _find(self, fn: FunctionDef) -> Iterator[CallSite]:
        params = tuple(p.name for p in fn.params)
        callers = self.program.callers(fn.name, fn.path, fn.static)
        self._many[fn.path, fn.name, fn.variant] = len(callers)
        for caller in callers[:MAX_CALLERS]:
            for above in self.program.parse(caller.path, caller.site):
                analysed = self.analyses.of(above)
                if analysed is None or analysed.boot:
                    continue
                for called in self.calls(analysed):
                    if called.name == fn.name:
                        yield CallSite(analysed, called, params)
                    elif not caller.direct:
                        yield from self._through(analysed, called, fn.name, params, _MACROS)

    def _through(
        self, analysed: Analysed, used: Called, name: str, params: tuple[str, ...], levels: int
    ) -> Iterator[CallSite]:
        """Calls of `name` in the body of a macro that `analysed` uses."""
        for macro in self.program.definitions(used.name, analysed.fn.path):
            inner = self.analyses.of(macro) if macro.is_macro and levels else None
            for called in self.calls(inner) if inner is not None else ():
                into = dict(zip((p.name for p in macro.params), used.args, strict=False))
                terms = {make("param", p): a for p, a in into.items()}
                args = tuple(resolved(a, terms, used.memory) for a in called.args)
                made = Called(called.name, args, used.offset, used.facts, used.memory)
                if called.name == name:
                    yield CallSite(analysed, made, params)
                else:
                    yield from self._through(analysed, made, name, params, levels - 1)

    def exits(self, analysed: Analysed, made: Called) -> Iterator[tuple[CallSite, Term, State]]:
        """The call as seen from its callee, with each value but NULL and errors, and the state."""
        for fn in self.program.definitions(made.name, analysed.fn.path):
            helper = self.analyses.of(fn)
            for value, state in helper.frame.exits if helper is not None else ():
                failed = value is None or not state.sign(value) & ~NEGATIVE or t.is_null(value)
                if helper is not None and value is not None and not failed:
                    params = tuple(p.name for p in fn.params)
                    yield CallSite(helper, made, params), value, state
