"""Deadlines end the waiting; limits hold."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from fleet.aio import Bell, Limiter, deadline, owned
from fleet.errors import DeadlineExceeded


@pytest.mark.looptime
async def test_a_deadline_names_what_was_waited_for_and_may_be_retried() -> None:
    with pytest.raises(DeadlineExceeded, match="the answer of c1 was not done within 5 s") as caught:
        async with deadline(5, "the answer of c1"):
            await asyncio.sleep(60)
    assert (asyncio.get_running_loop().time(), caught.value.retry) == (5, True)


@pytest.mark.looptime
async def test_what_is_in_time_is_left_alone() -> None:
    async with deadline(5, "this"):
        await asyncio.sleep(4)
    await asyncio.sleep(60)


async def test_a_timeout_of_the_block_itself_is_not_the_deadlines() -> None:
    with pytest.raises(TimeoutError, match="socket"):
        async with deadline(5, "this"):
            raise TimeoutError("socket")


@pytest.mark.looptime
async def test_the_limiter_holds_both_limits_and_serves_everybody() -> None:
    limiter = Limiter[str](total=5, per_key=2)
    now: Counter[str] = Counter()
    most: Counter[str] = Counter()

    async def use(key: str) -> None:
        async with limiter.slot(key):
            now.update([key, "all"])
            most[key], most["all"] = max(most[key], now[key]), max(most["all"], now["all"])
            await asyncio.sleep(1)
            now.subtract([key, "all"])

    async with owned("test") as owner:
        for number in range(60):
            owner.spawn(use("abcdef"[number % 6]), name=str(number))
        await owner.drain()
    assert (most["all"], max(most[key] for key in "abcdef")) == (5, 2)
    assert [limiter.users(key) for key in "abcdef"] == [0] * 6


@pytest.mark.looptime
async def test_who_waits_for_a_busy_key_holds_no_place_of_the_total() -> None:
    limiter = Limiter[str](total=2, per_key=1)

    async def hang() -> None:
        async with limiter.slot("black hole"):
            await asyncio.Event().wait()

    async with owned("test") as owner:
        for number in range(50):
            owner.spawn(hang(), name=str(number))
        await asyncio.sleep(1)
        async with deadline(1, "a place"), limiter.slot("healthy"):
            assert limiter.users("black hole") == 50


@pytest.mark.looptime
async def test_a_cancelled_wait_gives_its_place_back() -> None:
    limiter = Limiter[str](total=1, per_key=1)
    async with limiter.slot("a"):
        with pytest.raises(DeadlineExceeded):
            async with deadline(1, "a place"), limiter.slot("b"):
                pass
    async with deadline(1, "a place"), limiter.slot("b"):
        assert limiter.users("b") == 1


@pytest.mark.looptime
async def test_a_ring_wakes_everybody_who_waits() -> None:
    bell = Bell()
    async with owned("test") as owner:
        waiters = [owner.spawn(bell.wait(0), name=str(number)) for number in range(3)]
        await asyncio.sleep(1)
        bell.ring()
        assert [await waiter for waiter in waiters] == [1, 1, 1]


async def test_a_ring_between_look_and_wait_is_not_lost() -> None:
    bell = Bell()
    seen = bell.rings
    bell.ring()
    bell.ring()
    assert await bell.wait(seen) == 2


@pytest.mark.looptime
async def test_wait_for_looks_now_and_after_each_ring() -> None:
    bell, state = Bell(), [0]

    async def count() -> None:
        for _ in range(5):
            await asyncio.sleep(1)
            state[0] += 1
            bell.ring()

    async with owned("test") as owner:
        owner.spawn(count(), name="count")
        await bell.wait_for(lambda: state[0] == 3, seconds=60, what="three")
        assert asyncio.get_running_loop().time() == 3
        await bell.wait_for(lambda: True, seconds=60, what="now")
        assert asyncio.get_running_loop().time() == 3


@pytest.mark.looptime
async def test_wait_for_ends_at_its_deadline() -> None:
    with pytest.raises(DeadlineExceeded, match="health of web"):
        await Bell().wait_for(lambda: False, seconds=7, what="health of web")
    assert asyncio.get_running_loop().time() == 7
