"""The fixpoint over one function: what is known at the start of every block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from mmlint.dataflow import cfg as c
from mmlint.dataflow.counting import learn
from mmlint.dataflow.evaluate import Evaluator
from mmlint.dataflow.liveness import Liveness
from mmlint.dataflow.order import Order
from mmlint.dataflow.state import State, join
from mmlint.model import NotAnalysed
from mmlint.syntax.nodes import InitList

if TYPE_CHECKING:
    from mmlint.dataflow.cfg import Cfg, Op
    from mmlint.dataflow.frame import Frame
    from mmlint.dataflow.terms import Term
    from mmlint.syntax.nodes import FunctionDef

# A block is visited 1.5 times on average; one that does not settle by then never will.
MAX_VISITS: Final = 200
_OBJECTS: Final = ("struct ", "union ")
# Past this many visits what is only known under a condition is given up, which ends the rest.
PATIENCE: Final = 30


class NoFixpoint(Exception):
    """The analysis of a function did not settle within its budget."""


def given_up(fn: FunctionDef, error: NoFixpoint | RecursionError) -> NotAnalysed:
    """What is said of a function that was not followed to the end."""
    reason = str(error) if isinstance(error, NoFixpoint) else "nested too deep"
    return NotAnalysed(fn.path, fn.name, fn.line, reason)


class _Visit(NamedTuple):
    """What a visit of a block showed: parameters that are used untested, stores, the exit."""

    untested: set[str]
    kept: set[tuple[Term, str, Term]]
    left: tuple[Term | None, State] | None


class Solver:
    """Runs a function's graph until nothing changes, then once more to collect what it shows."""

    def __init__(self, frame: Frame, cfg: Cfg) -> None:
        self.frame = frame
        self.cfg = cfg
        self.evaluator = Evaluator(frame)
        self.edges: dict[tuple[int, int], State] = {}
        # The last merge at a block, and how many merged values the block had had before.
        self._merged: dict[int, tuple[State, int]] = {}
        self._visits: dict[int, _Visit] = {}
        # Blocks to go through again although nothing new arrives, as nothing is left of what left.
        self._void: set[int] = set()
        self._left: tuple[Term | None, State] | None = None
        self._shown: set[int] = set()
        frame.heads = cfg.loop_heads
        for block in cfg.blocks:
            for op in block.ops:
                if isinstance(op, c.Bind):
                    frame.types[op.name] = (op.type, op.pointer + op.array)
                    frame.locals.add(op.name)
        objects = {
            name
            for name, (kind, pointer) in frame.types.items()
            if not pointer and kind.startswith(_OBJECTS)
        }
        self.live = Liveness(cfg, frame.locals, objects) if cfg.loop_heads else None

    def run(self) -> None:
        """Solve, then collect needs and exits into the frame.

        Raises:
            NoFixpoint: the states did not settle.
        """
        visits = [0] * len(self.cfg.blocks)
        order = Order(self.cfg)
        while order:
            block = order.pop()
            visits[block] += 1
            if visits[block] > MAX_VISITS:
                raise NoFixpoint("the analysis did not settle")
            self.frame.phis.lasting |= visits[block] > PATIENCE
            before = self._merged.get(block)
            entry = self._entry(block)
            if self._stands(block, before, entry):
                continue
            self._void.discard(block)
            if self.frame.phis.lasting:
                entry.pending = {}
                entry.env = {at: value for at, value in entry.env.items() if isinstance(at, str)}
            for target, state in self._visit(block, entry):
                if self.live is not None:
                    self.live.forget_ended(block, target, state)
                known = self.edges.get((block, target))
                if known is not None and known.same(state):
                    continue
                self.edges[block, target] = state
                wanted = [target]
                if target in self.cfg.loop_heads and block < target and not self.frame.phis.lasting:
                    wanted += self._restart(target)
                for one in wanted:
                    order.push(one, block)
        self._collect()

    def _stands(self, block: int, before: tuple[State, int] | None, entry: State) -> bool:
        """Whether what left the block still is what leaves it: nothing new arrives."""
        return (
            before is not None
            and not self.frame.phis.lasting
            and block not in self._void
            and before[0].same(entry)
        )

    def _visit(self, block: int, entry: State) -> list[tuple[int, State]]:
        """Go through the block, and note what that shows: it stands until the next visit."""
        frame = self.frame
        frame.shows = False
        frame.untested, frame.kept = set(), set()
        flowing = self._flow(block, entry)
        self._visits[block] = _Visit(frame.untested, frame.kept, self._left)
        self._left = None
        if frame.shows:
            self._shown.add(block)
        return flowing

    def _collect(self) -> None:
        """Go once more through the blocks that have something to show."""
        frame = self.frame
        frame.collecting = True
        frame.phis.settled = {}
        frame.untested, frame.kept = set(), set()
        for block in range(len(self.cfg.blocks)):
            if block and not any((p, block) in self.edges for p in self.cfg.preds[block]):
                continue
            visit = None if self._is_to_show(block) else self._visits[block]
            if visit is None:
                self._flow(block, self._settled(block))
            else:
                frame.phis.settle(frame.site(~block))
                frame.untested |= visit.untested
                frame.kept |= visit.kept
                frame.exits += () if visit.left is None else (visit.left,)
        frame.phis.noted.clear()

    def _is_to_show(self, block: int) -> bool:
        return block in self._shown or self.frame.recording is not None or not self._is_last(block)

    def _is_last(self, block: int) -> bool:
        """Whether the last visit of the block was with what is known once everything is settled.

        It was unless the last merge found values which a further one would have to tell from
        those of the round before; outside of loops nothing comes round.
        """
        if self.frame.phis.lasting:
            return False
        found = self._merged.get(block)
        if found is None or self.cfg.loop_of[block] < 0:
            return True
        return found[1] == len(self.frame.phis.at.get(self.frame.site(~block), ()))

    def _settled(self, block: int) -> State:
        """The state at the start of a block once everything is settled."""
        found = self._merged.pop(block, None) if self._is_last(block) else None
        entry = self._entry(block) if found is None else found[0]
        self.frame.phis.settle(self.frame.site(~block))
        return entry

    def _restart(self, head: int) -> list[int]:
        """A loop is entered with other knowledge: what came round it before is void.

        Returns the blocks to visit again, for the body between may turn out to be unchanged.
        """
        void = [
            pred for pred in self.cfg.preds[head] if pred >= head and (pred, head) in self.edges
        ]
        for pred in void:
            del self.edges[pred, head]
        self._void.update(void)
        return void

    def _entry(self, block: int) -> State:
        if block == 0:
            return State({p.name: self.frame.param(p.name) for p in self.frame.fn.params})
        preds = [p for p in self.cfg.preds[block] if (p, block) in self.edges]
        edges = [self.edges[p, block] for p in preds]
        entering = 0
        if block in self.cfg.loop_heads:
            entering = sum(1 for p in preds if p < block)
        elif len(edges) == 1:
            return edges[0].copy()
        site = self.frame.site(~block)
        values = len(self.frame.phis.at.get(site, ()))
        merged = join(site, edges, self.frame.phis, entering)
        if 0 < entering < len(edges):
            learn(merged, edges, entering, site)
        if not self.frame.collecting:
            self._merged[block] = merged.copy(), values
        return merged

    def _flow(self, index: int, state: State) -> list[tuple[int, State]]:
        """The states that leave the block, by target."""
        block = self.cfg.blocks[index]
        recording = self.frame.recording if self.frame.collecting else None
        for op in block.ops:
            before = frozenset(state.facts) if recording is not None else None
            self._operate(op, state)
            if recording is not None and before is not None:
                recording.step(_offset(op), before, state)
        end = block.end
        if isinstance(end, c.Branch):
            test = self.evaluator.value(end.test, state)
            assume = self.frame.refinement.assume
            taken = assume(state.copy(), test, holds=True)
            kept = state.copy() if recording is not None else None
            skipped = assume(state, test, holds=False)
            if recording is not None and kept is not None:
                recording.branch(test, end.test.start, kept, [taken, skipped])
            outcomes = ((end.then, taken), (end.otherwise, skipped))
            return [(target, s) for target, s in outcomes if s is not None]
        if isinstance(end, c.Leave):
            value = None if end.value is None else self.evaluator.value(end.value, state)
            if self.frame.collecting:
                self.frame.exits.append((value, state))
            else:
                self._left = value, state
            return []
        if isinstance(end, c.Jump):
            return [(end.target, state)]
        return [(target, state.copy()) for target in c.successors(end)]

    def _operate(self, op: Op, state: State) -> None:
        if isinstance(op, c.Evaluate):
            self.evaluator.value(op.value, state)
        elif isinstance(op, c.Advance):
            self._advance(op, state)
        elif op.value is None:
            state.env.pop(op.name, None)
        elif isinstance(op.value, InitList):
            state.env.pop(op.name, None)
            self.evaluator.initialise(op.name, op.value, state)
        elif op.array:
            self.evaluator.value(op.value, state)
        else:
            value = self.evaluator.value(op.value, state)
            state.env[op.name] = value
            self.frame.typed(op.name, value)

    def _advance(self, op: c.Advance, state: State) -> None:
        """A loop macro's round: new values for the arguments that its body assigns."""
        given = tuple(
            self.evaluator.value(arg, state)
            for i, arg in enumerate(op.args)
            if i not in op.assigned
        )
        for position in op.assigned:
            if position >= len(op.args):
                continue
            value = self.frame.of_call("iter", op.macro, given, op.at, position)
            state.forget({value})
            self.evaluator.store(op.args[position], value, state)
            self.evaluator.calls.given_by_loop(op.macro, position, value, op.at, state)


def _offset(op: Op) -> int:
    """Where the source of an operation starts."""
    return op.value.start if isinstance(op, c.Evaluate) else op.at
