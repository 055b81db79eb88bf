"""Processes that share tasks: the same results in the same order, whatever happens to them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlint.workers import Died, Failed, Workers


def nothing() -> None:
    return None


def square(number: int) -> int:
    time.sleep(0.001 * (number % 3))
    return number * number


def results(work: Callable[[int], object], tasks: list[int], jobs: int) -> list[tuple[int, object]]:
    with Workers(work, jobs, nothing) as workers:
        for task in tasks:
            workers.add(task)
        return [(task, result) for task, result in workers.results()]


@settings(max_examples=15)
@given(st.lists(st.integers(0, 50), max_size=12), st.sampled_from([1, 2, 5]))
def test_results_come_in_the_order_of_the_tasks(tasks: list[int], jobs: int) -> None:
    assert results(square, tasks, jobs) == [(task, task * task) for task in tasks]


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_result_may_lead_to_more_tasks(jobs: int) -> None:
    with Workers(square, jobs, nothing) as workers:
        workers.add(2)
        seen = []
        for task, result in workers.results():
            seen.append(task)
            if isinstance(result, int) and result < 1000:
                workers.add(result)
    assert seen == [2, 4, 16, 256]


@pytest.mark.parametrize("jobs", [1, 3])
def test_tasks_may_have_a_process_each(jobs: int) -> None:
    def work(_: int) -> int:
        return os.getpid()

    with Workers(work, jobs, nothing, afresh=True) as workers:
        for task in range(5):
            workers.add(task)
        used = {process for _, process in workers.results()}
    assert len(used) == 5
    assert os.getpid() not in used


def die_of_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 4:
        os._exit(7)
    return number


def test_a_process_that_dies_costs_its_task_only() -> None:
    found = dict(results(die_of_three, [1, 2, 3, 4, 5, 6], 2))
    assert {task for task, result in found.items() if isinstance(result, Died)} == {3, 4}
    assert "ended (killed)" in str(found[3])
    assert "status 7" in str(found[4])
    assert [found[task] for task in (1, 2, 5, 6)] == [1, 2, 5, 6]


def fail_of_three(number: int) -> int:
    if number == 3:
        raise ValueError("three is a bug")
    return number


def test_an_error_of_ours_ends_the_run_with_its_text(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Failed, match="ValueError: three is a bug"):
        results(fail_of_three, [1, 2, 3], 2)
    assert capfd.readouterr().err == ""


def test_what_ends_this_process_politely_ends_its_forks_silently(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupted)
    try:
        for _ in range(10):
            with Workers(time.sleep, 3, nothing) as workers:
                for task in (0, 5, 5):
                    workers.add(task)
                next(workers.results())
    finally:
        signal.signal(signal.SIGTERM, before)
    assert capfd.readouterr().err == ""


def hang_up(number: int) -> int:
    os.kill(os.getpid(), signal.SIGHUP)
    return number


def test_a_closed_terminal_ends_no_process_of_a_run_under_nohup() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert results(hang_up, [1, 2, 3], 2) == [(1, 1), (2, 2), (3, 3)]
    finally:
        signal.signal(signal.SIGHUP, before)


def end_silently() -> None:
    os._exit(0)


def test_a_process_that_ends_before_its_farewell_is_counted() -> None:
    with Workers(square, 2, end_silently) as workers:
        workers.add(1)
        assert [result for _, result in workers.results()] == [1]
        assert (workers.silent, workers.farewells) == (1, [])


def test_every_process_says_farewell() -> None:
    with Workers(square, 3, os.getpid) as workers:
        for task in range(9):
            workers.add(task)
        list(workers.results())
        assert len(set(workers.farewells)) == len(workers.farewells)
        assert os.getpid() not in workers.farewells
    with Workers(square, 1, os.getpid) as alone:
        list(alone.results())
        assert alone.farewells == [os.getpid()]


def test_no_process_outlives_its_use() -> None:
    with Workers(square, 2, os.getpid) as workers:
        workers.add(1)
        workers.add(2)
        list(workers.results())
        processes = list(workers.farewells)
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
