"""Run a blocking function beside the event loop, with a deadline that ends the waiting."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from fleet.aio.limit import deadline

T = TypeVar("T")

# Starting a thread holds the event loop until the thread runs, which is long when others are busy: one that has ended its
# call waits this long for the next.
_IDLE_SECONDS = 10.0


class Threads:
    """At most `limit` blocking calls at once, each in a daemon thread that has no other.

    A thread cannot be killed: after the deadline the caller goes on, the thread does too, and it keeps its place until it
    ends the call (`abandoned` counts these). What may hang for ever belongs into `call_in_process`. No pool of the standard
    library: it hangs the interpreter's exit on an abandoned thread. Places and threads are those of the loop that runs:
    who asks from another one begins anew.
    """

    def __init__(self, *, limit: int, name: str) -> None:
        self._limit = limit
        self._name = name
        self._crew: _Crew | None = None

    @property
    def abandoned(self) -> int:
        """How many threads are at work for nobody."""
        return self._crew.abandoned if self._crew else 0

    async def run(self, function: Callable[..., T], *arguments: Any, seconds: float, what: str) -> T:
        """Call the function in a thread; raises what it raises, or DeadlineExceeded. Waiting for a place counts too."""
        crew = self._crew
        if crew is None or crew.loop is not asyncio.get_running_loop():
            crew = self._crew = _Crew(limit=self._limit, name=self._name)
        async with deadline(seconds, what):
            return await crew.run(partial(function, *arguments))


class _Crew:
    """The threads of one event loop. The loop alone counts them; all they share with it is the queue of calls."""

    def __init__(self, *, limit: int, name: str) -> None:
        self.loop = asyncio.get_running_loop()
        self.abandoned = 0
        self._name = name
        self._places = asyncio.Semaphore(limit)
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._idle = 0
        """Threads that wait for a call, or are about to."""

    async def run(self, call: Callable[[], T]) -> T:
        """Call in a thread, as soon as there is a place."""
        await self._places.acquire()
        answer = self._start(call)
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            self._abandon(answer)
            raise

    def _start(self, call: Callable[[], T]) -> asyncio.Future[T]:
        answer: asyncio.Future[T] = self.loop.create_future()
        answer.add_done_callback(lambda _: self._places.release())
        told = _Call(self.loop, answer, partial(contextvars.copy_context().run, call), self._is_idle)
        try:
            self._hand_over(told)
        except BaseException:
            answer.cancel()
            raise
        return answer

    def _hand_over(self, call: _Call) -> None:
        if self._idle:
            self._idle -= 1
            self._calls.put(call)
        else:
            threading.Thread(target=self._work, args=(call,), name=self._name, daemon=True).start()

    def _work(self, first: _Call) -> None:
        """Be one thread: end calls until there was none for a while."""
        call: _Call | None = first
        del first
        with suppress(RuntimeError):  # the loop was closed meanwhile: nobody is left to tell
            while call is not None:
                call.end()
                call = None  # what it gave is not held while this waits
                call = self._next()

    def _next(self) -> _Call | None:
        with suppress(Empty):
            return self._calls.get(timeout=_IDLE_SECONDS)
        # The loop counts who is idle: it may be handing a call over at this moment.
        self.loop.call_soon_threadsafe(self._retire)
        return self._calls.get()

    def _is_idle(self) -> None:
        self._idle += 1

    def _retire(self) -> None:
        if self._idle:
            self._idle -= 1
            self._calls.put(None)

    def _abandon(self, answer: asyncio.Future[Any]) -> None:
        if answer.done():
            return
        self.abandoned += 1
        answer.add_done_callback(self._came_back)

    def _came_back(self, answer: asyncio.Future[Any]) -> None:
        self.abandoned -= 1
        if not answer.cancelled():
            answer.exception()  # nobody waits for it any more; asked for, so that asyncio does not complain


@dataclass(frozen=True, slots=True)
class _Call:
    """A call on its way through a thread, and whom to tell."""

    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Any]
    function: Callable[[], Any]
    ended: Callable[[], None]

    def end(self) -> None:
        """Call, in the thread, and tell the loop; raises RuntimeError when that was closed."""
        try:
            result = self.function()
        except BaseException as error:
            told = partial(self._settle, self.answer.set_exception, error)
        else:
            told = partial(self._settle, self.answer.set_result, result)
        self.loop.call_soon_threadsafe(told)

    def _settle(self, settle: Callable[[Any], None], value: Any) -> None:
        self.ended()
        if not self.answer.done():
            settle(value)
