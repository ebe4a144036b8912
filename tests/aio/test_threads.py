"""A blocking call never blocks the loop, and never makes its caller wait longer than said."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

import pytest

from fleet.aio import Threads
from fleet.errors import DeadlineExceeded


async def test_a_call_gives_its_result_and_raises_its_error() -> None:
    threads = Threads(limit=2, name="test")
    assert await threads.run(divmod, 7, 2, seconds=60, what="division") == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await threads.run(divmod, 7, 0, seconds=60, what="division")


async def test_the_deadline_ends_the_waiting_and_the_thread_keeps_its_place() -> None:
    threads, release = Threads(limit=1, name="test"), threading.Event()
    with pytest.raises(DeadlineExceeded, match="a hanging call"):
        await threads.run(release.wait, seconds=0.05, what="a hanging call")
    assert threads.abandoned == 1
    with pytest.raises(DeadlineExceeded, match="the next"):
        await threads.run(int, seconds=0.05, what="the next")
    release.set()
    assert await threads.run(int, seconds=60, what="the next") == 0
    assert threads.abandoned == 0


async def test_the_loop_runs_on_meanwhile() -> None:
    threads, release = Threads(limit=1, name="test"), threading.Event()
    asyncio.get_running_loop().call_later(0.01, release.set)  # would never run if the loop were blocked
    assert await threads.run(release.wait, 30, seconds=60, what="the loop") is True


async def test_no_more_run_at_once_than_the_limit() -> None:
    threads, running, most, lock = Threads(limit=2, name="test"), 0, 0, threading.Lock()
    meet = threading.Barrier(2)

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        meet.wait(30)
        with lock:
            running -= 1

    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(threads.run(work, seconds=60, what="work"))
    assert most == 2


async def test_a_thread_takes_the_next_call_as_well() -> None:
    threads = Threads(limit=4, name="test")
    used = [await threads.run(threading.get_ident, seconds=60, what="asking") for _ in range(20)]
    assert len(set(used)) == 1


async def test_who_was_given_up_takes_calls_again_when_it_comes_back() -> None:
    threads, release = Threads(limit=1, name="test"), threading.Event()
    with pytest.raises(DeadlineExceeded):
        await threads.run(release.wait, seconds=0.05, what="a hanging call")
    release.set()
    used = [await threads.run(threading.get_ident, seconds=60, what="asking") for _ in range(2)]
    assert len(set(used)) == 1


def test_whose_loop_is_over_takes_calls_of_another() -> None:
    threads, release = Threads(limit=1, name="test"), threading.Event()

    async def asked() -> tuple[int, int]:
        numbers = await asyncio.gather(*(threads.run(divmod, 7, number, seconds=60, what="division") for number in (2, 7)))
        with suppress(DeadlineExceeded):
            await threads.run(release.wait, seconds=0.01, what="a hanging call")
        return numbers[0]

    assert [asyncio.run(asked()) for _ in range(3)] == [(3, 1)] * 3
    release.set()
