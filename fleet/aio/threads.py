"""Run a blocking function beside the event loop, with a deadline that ends the waiting."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from fleet.aio.limit import deadline

T = TypeVar("T")


class Threads:
    """At most `limit` blocking calls at once, each in a daemon thread of its own.

    A thread cannot be killed: after the deadline the caller goes on, the thread does too, and it keeps its place until it
    ends (`abandoned` counts these). What may hang for ever belongs into `call_in_process`. No pool of the standard library:
    it hangs the interpreter's exit on an abandoned thread.
    """

    def __init__(self, *, limit: int, name: str) -> None:
        self._places = asyncio.Semaphore(limit)
        self._name = name
        self.abandoned = 0

    async def run(self, function: Callable[..., T], *arguments: Any, seconds: float, what: str) -> T:
        """Call the function in a thread; raises what it raises, or DeadlineExceeded. Waiting for a place counts too."""
        async with deadline(seconds, what):
            await self._places.acquire()
            answer = self._start(partial(function, *arguments), what)
            try:
                return await asyncio.shield(answer)
            except asyncio.CancelledError:
                self._abandon(answer)
                raise

    def _start(self, call: Callable[[], T], what: str) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        answer.add_done_callback(lambda _: self._places.release())
        context = contextvars.copy_context()
        body = partial(_answer, loop, answer, partial(context.run, call))
        try:
            threading.Thread(target=body, name=f"{self._name}: {what}", daemon=True).start()
        except BaseException:
            answer.cancel()
            raise
        return answer

    def _abandon(self, answer: asyncio.Future[Any]) -> None:
        if answer.done():
            return
        self.abandoned += 1
        answer.add_done_callback(self._came_back)

    def _came_back(self, answer: asyncio.Future[Any]) -> None:
        self.abandoned -= 1
        if not answer.cancelled():
            answer.exception()  # nobody waits for it any more; asked for, so that asyncio does not complain


def _answer(loop: asyncio.AbstractEventLoop, answer: asyncio.Future[T], call: Callable[[], T]) -> None:
    try:
        result = call()
    except BaseException as error:
        settle = partial(_settle, answer, answer.set_exception, error)
    else:
        settle = partial(_settle, answer, answer.set_result, result)
    with suppress(RuntimeError):  # the loop was closed meanwhile: nobody is left to tell
        loop.call_soon_threadsafe(settle)


def _settle(answer: asyncio.Future[Any], settle: Callable[[Any], None], value: Any) -> None:
    if not answer.done():
        settle(value)
