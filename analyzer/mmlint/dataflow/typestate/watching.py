"""The evaluation of expressions in a typestate analysis: calls are noted, not judged."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from mmlint.dataflow.calls import Calls
from mmlint.dataflow.evaluate import Evaluator
from mmlint.dataflow.state import ANY
from mmlint.dataflow.terms import Term, make, parts
from mmlint.dataflow.typestate.effects import INDIRECT, Effects, Event
from mmlint.syntax import nodes as n

if TYPE_CHECKING:
    from mmlint.dataflow.frame import Frame
    from mmlint.dataflow.state import State
    from mmlint.syntax.nodes import Call

_MEMORY: Final = frozenset({"field", "elem"})


class _WatchedCalls(Calls):
    """Calls that are kept as events until the expression they stand in has been evaluated."""

    def __init__(self, frame: Frame, effects: Effects, events: list[Event]) -> None:
        super().__init__(frame)
        self._effects = effects
        self._events = events

    def indirect(self, callee: Term, args: tuple[Term, ...], expr: Call, state: State) -> Term:
        """A call through a pointer, which is noted for what is held there."""
        value = super().indirect(callee, args, expr, state)
        self._events.append(Event(INDIRECT, (), value, expr.start, ()))
        return value

    def _effect(self, name: str, args: tuple[Term, ...], expr: Call, state: State) -> Term:
        value = None
        told = self.knowledge.speaks_of(name)
        if told:
            for same in self.knowledge.same.get_rows(name):
                if same.arg <= len(args):
                    return args[same.arg - 1]
            value = self._conversion(name, args, expr, state)
        if value is None and self._counts(name):
            value = make("call", name, args)
        if value is not None:
            self._events.append(Event(name, args, value, expr.start, ()))
            return value
        made = self._result if told else partial(self._fresh, "call")
        value = made(name, args, expr, state)
        if self._effects.sheets.exact and value.kind == "call":
            state.signs[value] = self._effects.sheets.results(name, self.frame.fn) or ANY
        effects = self._effects.of(name, args, value, state)
        self._clobber(args, expr, state)
        self._events.append(Event(name, args, value, expr.start, effects))
        return value

    def _counts(self, name: str) -> bool:
        return name in self.knowledge.pure or self._effects.sheets.counts(name, self.frame.fn)


class Watcher(Evaluator):
    """Evaluates expressions and notes the calls, stores and reads of watched fields on the way."""

    def __init__(self, frame: Frame, effects: Effects) -> None:
        super().__init__(frame)
        self.events: list[Event] = []
        self.stored: list[Term] = []
        self.read: list[tuple[str, int]] = []
        self.written: list[tuple[str, int]] = []
        self.calls = _WatchedCalls(frame, effects, self.events)
        self.needs = self.calls.needs

    @property
    def noted(self) -> bool:
        """Whether there is anything to settle."""
        return bool(self.events or self.stored or self.read or self.written)

    def _member(self, expr: n.Member, state: State) -> Term:
        if expr.field in self.frame.knowledge.span_ends:
            self.read.append((expr.field, expr.start))
        return super()._member(expr, state)

    def store(self, target: n.Expr, value: Term, state: State) -> None:
        """Make `target` hold `value`; what is stored outside of the locals gets away."""
        super().store(target, value, state)
        if isinstance(target, n.Member) and target.field in self.frame.knowledge.span_ends:
            self.written.append((target.field, target.start))
        if not isinstance(target, n.Name) and any(
            held is value and not isinstance(location, str) and location[0].kind != "local"
            for location, held in state.env.items()
        ):
            self.stored.append(value)


def forget_memory(state: State) -> None:
    """After another thread may have run, a test of memory says nothing about a second look."""
    state.signs = {
        term: sign
        for term, sign in state.signs.items()
        if not any(part.kind in _MEMORY for part in parts(term))
    }
