"""A coroutine that gives things while it works, read as an iterator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import pytest

from fleet.aio.stream import stream


async def test_things_come_in_order_and_the_iteration_ends_with_the_producer() -> None:
    async def produce(give: Callable[[int], None]) -> None:
        for number in range(3):
            give(number)
            await asyncio.sleep(0)

    assert [thing async for thing in stream(produce, name="numbers")] == [0, 1, 2]


async def test_what_the_producer_raises_is_raised_after_what_it_gave() -> None:
    async def produce(give: Callable[[int], None]) -> None:
        give(1)
        raise ValueError("no more")

    things = stream(produce, name="numbers")
    assert await anext(things) == 1
    with pytest.raises(ValueError, match="no more"):
        await anext(things)


async def test_leaving_the_iteration_cancels_the_producer_and_waits_for_it() -> None:
    cleaned: list[str] = []

    async def produce(give: Callable[[int], None]) -> None:
        try:
            give(1)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append("yes")

    async with aclosing(stream(produce, name="numbers")) as things:
        async for _ in things:
            break
    assert cleaned == ["yes"]
