"""A loop in a thread of its own: what is asked of it from outside is done there, and it ends cleanly."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from fleet.aio.loops import LoopThread


@pytest.fixture
def thread() -> Iterator[LoopThread]:
    """One that is closed after the test."""
    found = LoopThread("a loop of the tests")
    yield found
    found.close()


class Broken(RuntimeError):
    """What goes wrong in these tests."""


def test_a_function_is_called_in_the_thread(thread: LoopThread) -> None:
    assert thread.call(threading.current_thread).name == "a loop of the tests"


def test_a_coroutine_s_result_is_given(thread: LoopThread) -> None:
    async def answer(value: int) -> int:
        await asyncio.sleep(0)
        return value

    assert thread.run(answer(42)) == 42


def test_what_is_raised_there_is_raised_here(thread: LoopThread) -> None:
    async def fail() -> None:
        raise Broken

    with pytest.raises(Broken):
        thread.run(fail())


def test_what_takes_too_long_is_cancelled(thread: LoopThread) -> None:
    ended = threading.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        thread.run(wait(), seconds=1)
    assert ended.wait(60)


def test_a_context_is_held_in_one_task_until_it_is_closed(thread: LoopThread) -> None:
    tasks: list[object] = []

    @asynccontextmanager
    async def context() -> AsyncIterator[str]:
        async with asyncio.TaskGroup():  # it may only be left by the task that entered it
            tasks.append(asyncio.current_task())
            yield "value"
            tasks.append(asyncio.current_task())

    held = thread.hold(context(), seconds=60)
    held.check()
    assert held.value == "value"
    held.close(seconds=60)
    assert len(tasks) == 2
    assert tasks[0] is tasks[1]


def test_what_entering_a_context_raises_is_raised(thread: LoopThread) -> None:
    @asynccontextmanager
    async def context() -> AsyncIterator[None]:
        raise Broken
        yield

    with pytest.raises(Broken):
        thread.hold(context(), seconds=60)


def test_a_context_that_ended_by_itself_says_of_what(thread: LoopThread) -> None:
    ended = threading.Event()

    @asynccontextmanager
    async def context() -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(0.01):
                yield
        finally:
            ended.set()

    held = thread.hold(context(), seconds=60)
    assert ended.wait(60)
    with pytest.raises(TimeoutError):
        held.close(seconds=60)
    with pytest.raises(TimeoutError):
        held.check()


def test_closing_cancels_what_runs_and_waits_for_its_end() -> None:
    thread = LoopThread("closed")
    steps: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            steps.append("cleaned up")

    async def begin() -> None:
        steps.append("begun")
        asyncio.get_running_loop().create_task(wait(), name="waits")
        await asyncio.sleep(0)

    thread.run(begin())
    thread.close()
    assert steps == ["begun", "cleaned up"]
    thread.close()
