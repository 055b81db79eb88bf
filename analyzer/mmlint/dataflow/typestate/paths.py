"""The fixpoint of property simulation over one function."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from mmlint.dataflow import cfg as c
from mmlint.dataflow.order import Order
from mmlint.dataflow.solve import PATIENCE, NoFixpoint, Solver
from mmlint.dataflow.state import ANY, State, join
from mmlint.dataflow.typestate import tokens
from mmlint.dataflow.typestate.effects import ACQUIRE, CONSUME, FAIL, RELEASE, Effect, Event
from mmlint.dataflow.typestate.tokens import FAILED, HELD, NOTHING, OWED, Property, Token
from mmlint.dataflow.typestate.watching import Watcher, forget_memory
from mmlint.syntax.nodes import Call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mmlint.dataflow.cfg import Cfg, Op
    from mmlint.dataflow.frame import Frame
    from mmlint.dataflow.terms import Term
    from mmlint.dataflow.typestate.effects import Effects
    from mmlint.dataflow.typestate.tokens import Key

# More sets of resources than this at one block, or more visits, and the function is given up.
MAX_PROPERTIES: Final = 32
MAX_VISITS: Final = 400

_ByProperty = dict[Property, State]


class Exit(NamedTuple):
    """The function returns `value` at offset `at` while it holds `held`."""

    held: Property
    value: Term | None
    state: State
    at: int


class Seen(NamedTuple):
    """The event `event`, with what was held before it, and the loop that it stands in (or -1)."""

    event: Event
    held: Property
    loop: int


class Trace(msgspec.Struct):
    """What the paths of a function showed, once everything is settled.

    `reads` are the fields of spans that were read, with what was held, `written` where some were
    changed. `decided` is where a test told a failed attempt from a successful one, `released` the
    offsets of acquiring calls that were followed by a release, `dropped` those of calls whose
    result nobody looks at, `touched` those of uses of what had become stale.
    """

    exits: list[Exit] = []
    seen: list[Seen] = []
    reads: list[tuple[str, int, Property]] = []
    decided: dict[Token, int] = {}
    dropped: set[int] = set()
    released: set[int] = set()
    written: set[int] = set()
    touched: dict[int, Token] = {}

    def add(self, later: Trace) -> None:
        """Append what the paths of a later block showed."""
        self.exits += later.exits
        self.seen += later.seen
        self.reads += later.reads
        self.decided = later.decided | self.decided
        self.dropped |= later.dropped
        self.released |= later.released
        self.written |= later.written
        self.touched = later.touched | self.touched


class _Through(NamedTuple):
    """What became of `entry` in a block: the states that `left` it, by target, and the trace."""

    entry: State
    left: list[tuple[int, Property, State]]
    trace: Trace


class PathSolver(Solver):
    """Runs a function's graph with one state for each set of resources at each block."""

    def __init__(self, frame: Frame, cfg: Cfg, effects: Effects) -> None:
        super().__init__(frame, cfg)
        self.watcher = Watcher(frame, effects)
        self.evaluator = self.watcher
        self.trace = Trace()
        self._weak = {row.name for row in frame.knowledge.tables.pair if row.weak}
        self._edges: dict[tuple[int, int], _ByProperty] = {}
        self._rounds: dict[tuple[int, Property], State] = {}
        self._traces: dict[int, list[Trace]] = {}
        # The last way through a block with these resources: with which knowledge, to what end.
        self._through: dict[tuple[int, Property], _Through] = {}

    def run(self) -> None:
        """Solve; then `trace` is what the paths show.

        Raises:
            NoFixpoint: the states did not settle.
        """
        visits = [0] * len(self.cfg.blocks)
        order = Order(self.cfg)
        while order:
            block = order.pop()
            visits[block] += 1
            if visits[block] > MAX_VISITS:
                raise NoFixpoint("its paths did not settle")
            self.frame.phis.lasting |= visits[block] > PATIENCE
            for target, outcome in self._flow_all(block).items():
                before = self._edges.get((block, target), {})
                if before.keys() == outcome.keys() and all(
                    before[held].same(state) for held, state in outcome.items()
                ):
                    continue
                self._edges[block, target] = outcome
                order.push(target, block)
        self.trace = Trace()
        for _, seen in sorted(self._traces.items()):
            for each in seen:
                self.trace.add(each)

    # Entering a block

    def _entries(self, block: int) -> _ByProperty:
        if block == 0:
            return {
                NOTHING: State({p.name: self.frame.param(p.name) for p in self.frame.fn.params})
            }
        is_head = block in self.cfg.loop_heads
        arriving: dict[Property, list[State]] = defaultdict(list)
        entering: dict[Property, int] = defaultdict(int)
        for pred in sorted(self.cfg.preds[block]):
            for held, state in self._edges.get((pred, block), {}).items():
                round_again = is_head and pred >= block
                now = self._come_round(block, held) if round_again else held
                entering[now] += not round_again
                arriving[now].append(state)
        if len(arriving) > MAX_PROPERTIES:
            raise NoFixpoint(f"more than {MAX_PROPERTIES} combinations of resources")
        return {
            held: self._joined(block, held, states, entering[held] if is_head else 0)
            for held, states in arriving.items()
        }

    def _joined(self, block: int, held: Property, states: list[State], entering: int) -> State:
        is_head = block in self.cfg.loop_heads
        if len(states) == 1 and not is_head:
            return states[0]
        if is_head and not entering:
            # A loop brings something about in itself: its rounds are the edges to merge.
            before = self._rounds.get((block, held))
            states = states if before is None else [before, *states]
        found = join(self.frame.site(~block), states, self.frame.phis, entering)
        if is_head:
            self._rounds[block, held] = found
        return found

    def _come_round(self, head: int, held: Property) -> Property:
        """What is held when a round starts anew: values of the round before have no name now.

        A caller is told nothing of a weak pair, so that what is owed of one has no use by then.
        """
        stale = self.frame.phis.at.get(self.frame.site(~head), set())
        times = Counter((t.at, t.mode) for t in held)
        return frozenset(
            tokens.lost(t) if times[t.at, t.mode] > 1 or any(k.phis & stale for k in t.key) else t
            for t in held
            if t.mode == HELD or (t.mode == OWED and t.pair not in self._weak)
        )

    # Through a block

    def _flow_all(self, index: int) -> dict[int, _ByProperty]:
        # What the last visit shows is what counts: then everything is settled.
        traces = self._traces[index] = []
        out: dict[int, dict[Property, list[State]]] = defaultdict(lambda: defaultdict(list))
        for start, entry in self._entries(index).items():
            known = self._through.get((index, start))
            if known is None or not known.entry.same(entry):
                known = self._through[index, start] = self._gone_through(index, start, entry)
            traces.append(known.trace)
            for target, after, leaving in known.left:
                out[target][after].append(leaving)
        return {
            target: {held: self._one(index, states) for held, states in outcome.items()}
            for target, outcome in out.items()
        }

    def _gone_through(self, index: int, start: Property, entry: State) -> _Through:
        """Follow one state through a block."""
        self.trace = Trace()
        paths = [(start, entry.copy())]
        block = self.cfg.blocks[index]
        for op in block.ops:
            paths = [after for path in paths for after in self._step(op, *path, index)]
        left = [one for held, state in paths for one in self._leave(index, held, state)]
        if self.live is not None:
            for target, _, leaving in left:
                self.live.forget_ended(index, target, leaving)
        return _Through(entry, left, self.trace)

    def _one(self, index: int, states: list[State]) -> State:
        """The state of paths that part inside a block and leave it with the same resources."""
        if len(states) == 1:
            return states[0]
        return join(self.frame.site(~(index + len(self.cfg.blocks))), states, self.frame.phis, 0)

    def _step(
        self, op: Op, held: Property, state: State, block: int
    ) -> list[tuple[Property, State]]:
        self._operate(op, state)
        if isinstance(op, c.Evaluate) and isinstance(op.value, Call):
            self.trace.dropped.add(op.value.start)
        return self._settle(held, state, block)

    def _settle(self, held: Property, state: State, block: int) -> list[tuple[Property, State]]:
        """Do what the calls of the expression just evaluated do."""
        watcher = self.watcher
        if not watcher.noted:
            return [(held, state)]
        events, stored = list(watcher.events), list(watcher.stored)
        self.trace.reads += [(field, at, held) for field, at in watcher.read]
        self.trace.written |= {at for _, at in watcher.written}
        for noted in (watcher.events, watcher.stored, watcher.read, watcher.written):
            noted.clear()
        paths = [(held, state)]
        for event in events:
            loop = self.cfg.loop_of[block]
            self.trace.seen += [Seen(event, before, loop) for before, _ in paths]
            paths = [(self._handed_over(event, before), kept) for before, kept in paths]
            for effect in event.effects:
                paths = [new for path in paths for new in self._apply(event, effect, *path)]
        return [(self._without(after, stored), at_end) for after, at_end in paths]

    def _handed_over(self, event: Event, held: Property) -> Property:
        """A callee that gets a resource of a weak pair may take it over."""
        known = self.frame.knowledge
        if (
            not held
            or not self._weak
            or event.name in known.pure
            or known.touch.get_rows(event.name)
        ):
            return held
        own = {effect.pair for effect in event.effects}
        return frozenset(
            t
            for t in held
            if t.pair not in self._weak or t.pair in own or not set(t.key) & set(event.args)
        )

    @staticmethod
    def _without(held: Property, gone: list[Term]) -> Property:
        """What is stored where it outlives the call is somebody else's from then on."""
        if not gone:
            return held
        return frozenset(t for t in held if not (t.key and t.key[0] in gone))

    def _apply(
        self, event: Event, effect: Effect, held: Property, state: State
    ) -> Iterator[tuple[Property, State]]:
        for case in effect.cases:
            after: State | None = state.copy() if len(effect.cases) > 1 else state
            if after is not None and case.on is not None and case.mask != ANY:
                after = self.frame.refinement.narrow(after, case.on, case.mask)
            if after is None:
                continue
            if case.what == ACQUIRE:
                forget_memory(after)
            yield self._changed(event, effect, case.what, held), after

    def _changed(self, event: Event, effect: Effect, what: str, held: Property) -> Property:
        pair, key, at = effect.pair, effect.key, event.offset
        if what == ACQUIRE:
            return tokens.acquired(held, pair, key, at)
        if what == FAIL:
            return tokens.failed(held, pair, key, at)
        if what not in (RELEASE, CONSUME):
            return held
        token = tokens.meant(held, pair, key)
        if token is None and self._is_of_nothing(held, pair, key):
            return held
        if token is not None:
            self.trace.released.add(token.at)
        if what == CONSUME:
            return held - {token} if token is not None else held
        return tokens.released(held, pair, key, at)

    def _is_of_nothing(self, held: Property, pair: str, key: Key) -> bool:
        """Whether a release does nothing, because there is nothing to release."""
        harmless = self.frame.knowledge.pairs[pair].null_safe
        return harmless and tokens.find(held, pair, key, FAILED) is not None

    # Leaving a block

    def _leave(
        self, index: int, held: Property, state: State
    ) -> Iterator[tuple[int, Property, State]]:
        end = self.cfg.blocks[index].end
        if isinstance(end, c.Branch):
            test = self.watcher.value(end.test, state)
            for after, settled in self._settle(held, state, index):
                yield from self._branch(end, test, after, settled)
        elif isinstance(end, c.Leave):
            value = None if end.value is None else self.watcher.value(end.value, state)
            for after, settled in self._settle(held, state, index):
                self.trace.exits.append(Exit(after, value, settled, end.at))
        else:
            targets = c.successors(end)
            for target in targets:
                yield target, held, state if len(targets) == 1 else state.copy()

    def _branch(
        self, end: c.Branch, test: Term, held: Property, state: State
    ) -> Iterator[tuple[int, Property, State]]:
        assume = self.frame.refinement.assume
        taken = assume(state.copy(), test, holds=True)
        skipped = assume(state, test, holds=False)
        if taken is None or skipped is None:
            for token in held:
                if token.mode == FAILED and end.test.start >= token.at:
                    self.trace.decided.setdefault(token, end.test.start)
        for target, after in ((end.then, taken), (end.otherwise, skipped)):
            if after is not None:
                after.facts.clear()  # what a comparison says of PFNs is not asked here
                yield target, held, after
