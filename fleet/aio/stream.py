"""Turn a coroutine that gives things while it works into an async iterator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def stream(produce: Callable[[Callable[[T], None]], Awaitable[None]], *, name: str) -> AsyncGenerator[T, None]:
    """Run `produce(give)` in a task of its own and iterate over what it gives; what it raises is raised after that.

    The task does not wait for the reader: what is not read yet is kept. When the iteration is left, the task is cancelled and
    waited for; leave it with `contextlib.aclosing` where that must not wait for the garbage collector.
    """
    given: asyncio.Queue[tuple[T] | None] = asyncio.Queue()

    async def work() -> None:
        try:
            await produce(lambda thing: given.put_nowait((thing,)))
        finally:
            given.put_nowait(None)

    task = asyncio.create_task(work(), name=name)
    try:
        while (thing := await given.get()) is not None:
            yield thing[0]
        await task
    finally:
        task.cancel()
        await asyncio.wait({task})
