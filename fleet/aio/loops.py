"""An event loop in a thread of its own, for callers who have none, or who block theirs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_END = 10.0
"""Seconds that tasks have for their `finally` when the loop is closed."""


class LoopThread:
    """Runs coroutines and functions on its own loop; every method may be called from any other thread.

    `close` cancels what still runs and ends the thread. Not for the hub, which has a loop: for tests, and for what they
    talk to with blocking calls.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], *, seconds: float | None = None) -> T:
        """Run a coroutine to its end; raises what it raises, and TimeoutError when it takes longer than that."""
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(seconds)
        except TimeoutError:
            future.cancel()
            raise

    def call(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Call a function there, between two steps of whatever runs; raises what it raises."""

        async def called() -> T:
            return function(*arguments, **named)

        return self.run(called())

    def hold(self, context: AbstractAsyncContextManager[T], *, seconds: float) -> Held[T]:
        """Enter an async context there; raises what entering it raises, and TimeoutError."""
        entered: Future[tuple[T, asyncio.Event]] = Future()

        async def held() -> None:
            async with context as value:
                leave = asyncio.Event()
                entered.set_result((value, leave))
                await leave.wait()

        running = asyncio.run_coroutine_threadsafe(held(), self.loop)
        running.add_done_callback(lambda done: _pass_on(done, entered))
        value, leave = entered.result(seconds)
        return Held(value, running, lambda: self.call(leave.set))

    def close(self) -> None:
        """Cancel what runs, and end the thread."""
        if not self.loop.is_closed():
            with suppress(TimeoutError):
                self.run(_end_all(), seconds=_END)
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(_END)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        finally:
            self.loop.close()


class Held(Generic[T]):
    """An async context that is held open in another thread, all of it in one task, until `close`."""

    def __init__(self, value: T, running: Future[None], leave: Callable[[], None]) -> None:
        self.value = value
        self._running = running
        self._leave = leave

    def check(self) -> None:
        """Raise what it ended of, if it ended by itself."""
        if self._running.done():
            self._running.result()

    def close(self, *, seconds: float) -> None:
        """Leave it; raises what leaving it raises, or what it ended of before."""
        if not self._running.done():
            self._leave()
        self._running.result(seconds)


def _pass_on(done: Future[None], entered: Future[Any]) -> None:
    if not entered.done():
        entered.set_exception(asyncio.CancelledError() if done.cancelled() else done.exception() or RuntimeError("never entered"))


async def _end_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
