"""Processes that share tasks: results in the order of the tasks, whoever did them and when.

Each process is a fork of this one, so that what is known already need not be sent. Which task it
does next is decided when it is free. One that dies costs the task that it had, and is replaced.
"""

from __future__ import annotations

import contextlib
import signal
from collections import deque
from typing import TYPE_CHECKING, Final, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

TaskT = TypeVar("TaskT")
ResultT = TypeVar("ResultT")
LastT = TypeVar("LastT")


_POLITE: Final = (signal.SIGTERM, signal.SIGHUP)
_ENDING: Final = frozenset({signal.SIGINT, *_POLITE})


def ending() -> tuple[signal.Signals, ...]:
    """The signals that end a process but for Ctrl-C; what is ignored is so on purpose, by nohup."""
    return tuple(one for one in _POLITE if signal.getsignal(one) is not signal.SIG_IGN)


class Died:
    """Stands for the result of a task whose process ended; as text it says how."""

    def __init__(self, code: int | None) -> None:
        self._code = code

    def __str__(self) -> str:
        if self._code is not None and self._code < 0:
            name = signal.strsignal(-self._code) or f"signal {-self._code}"
            return f"the process that analysed it was ended ({name.lower()})"
        return f"the process that analysed it ended with status {self._code}"


class Failed(Exception):
    """A task ended in an error of ours; the text is that of the error."""


class _Worker(Generic[TaskT, ResultT]):
    """One process, with the number and the task that it has."""

    def __init__(self, work: Callable[[TaskT], ResultT], farewell: Callable[[], object]) -> None:
        import multiprocessing

        context = multiprocessing.get_context("fork")
        self.connection, other = context.Pipe()
        self.process: ForkProcess = context.Process(
            target=_serve, args=(other, self.connection, work, farewell), daemon=True
        )
        # Until the fork says itself what ends it, nothing does.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        self.process.start()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        other.close()
        self.busy: tuple[int, TaskT] | None = None

    def give(self, number: int, task: TaskT) -> None:
        self.busy = (number, task)
        self.connection.send(task)

    def end(self) -> None:
        self.connection.close()
        self.process.join()


class Workers(Generic[TaskT, ResultT, LastT]):
    """So many `jobs` that do tasks with `work`; a single one does them here.

    What `farewell` answers in each process that did something is kept in `farewells`; `silent` are
    those that ended before they could answer. With `afresh` each task has a process of its own,
    also if there is one at a time, so that what it took in memory is free afterwards; nobody says
    farewell then.
    """

    def __init__(
        self,
        work: Callable[[TaskT], ResultT],
        jobs: int,
        farewell: Callable[[], LastT],
        *,
        afresh: bool = False,
    ) -> None:
        self.farewells: list[LastT] = []
        self.silent = 0
        self._work = work
        self._farewell = farewell
        self._jobs = jobs
        self._afresh = afresh
        self._added = 0
        self._waiting: deque[tuple[int, TaskT]] = deque()
        self._done: dict[int, tuple[TaskT, ResultT | Died]] = {}
        self._workers: list[_Worker[TaskT, ResultT]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in tuple(self._workers):
            self._dismiss(worker)

    def add(self, task: TaskT) -> None:
        """One more task; also while results are read."""
        self._waiting.append((self._added, task))
        self._added += 1

    def results(self) -> Iterator[tuple[TaskT, ResultT | Died]]:
        """Each task with its result, in the order in which they were added, until none is left.

        Raises `Failed`.
        """
        number = 0
        while number < self._added:
            while number not in self._done:
                self._advance()
            yield self._done.pop(number)
            number += 1
        self._say_farewell()

    def _advance(self) -> None:
        """Do one task, or give out what is waiting and take the next results."""
        if self._jobs <= 1 and not self._afresh:
            number, task = self._waiting.popleft()
            self._done[number] = (task, self._work(task))
        else:
            self._share()

    def _share(self) -> None:
        from multiprocessing.connection import Connection, wait

        idle = [worker for worker in self._workers if worker.busy is None]
        while self._waiting and (idle or len(self._workers) < max(1, self._jobs)):
            worker = idle.pop() if idle else self._hired()
            worker.give(*self._waiting.popleft())
        busy = {worker.connection: worker for worker in self._workers if worker.busy is not None}
        for ready in wait(list(busy)):
            if isinstance(ready, Connection):
                self._take(busy[ready])

    def _hired(self) -> _Worker[TaskT, ResultT]:
        self._workers.append(_Worker(self._work, self._farewell))
        return self._workers[-1]

    def _take(self, worker: _Worker[TaskT, ResultT]) -> None:
        if worker.busy is None:
            return
        number, task = worker.busy
        result: ResultT | Died
        try:
            result = worker.connection.recv()
            worker.busy = None
            if isinstance(result, Failed):
                raise result
            if self._afresh:
                self._dismiss(worker)
        except (EOFError, OSError):
            self._dismiss(worker)
            result = Died(worker.process.exitcode)
        self._done[number] = (task, result)

    def _dismiss(self, worker: _Worker[TaskT, ResultT]) -> None:
        # It would not see its connection closed: later forks have this end of it too.
        worker.process.terminate()
        worker.end()
        self._workers.remove(worker)

    def _say_farewell(self) -> None:
        for worker in self._workers:
            try:
                worker.connection.send(None)
                self.farewells.append(worker.connection.recv())
            except (EOFError, OSError):
                self.silent += 1
        if self._jobs <= 1 and not self._afresh:
            self.farewells.append(self._farewell())


def _serve(
    connection: Connection,
    parents: Connection,
    work: Callable[[TaskT], ResultT],
    farewell: Callable[[], object],
) -> None:
    """Do what comes over `connection` until it is closed; Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in ending():
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    parents.close()
    # Whoever waits for an answer may be gone: then there is nobody to tell.
    with contextlib.suppress(EOFError, OSError):
        while True:
            task = connection.recv()
            connection.send(farewell() if task is None else _answer(work, task))


def _answer(work: Callable[[TaskT], ResultT], task: TaskT) -> ResultT | Failed:
    try:
        return work(task)
    except Exception as error:  # a bug of ours, which is said where all of them are
        return Failed(f"{type(error).__name__}: {error}")
