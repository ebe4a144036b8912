"""A key waits at most once and is never worked on twice at once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from fleet.aio import WorkQueue, deadline, owned
from fleet.errors import DeadlineExceeded, QueueClosed


@pytest.fixture
def queue() -> WorkQueue[str]:
    return WorkQueue(name="test")


def now() -> float:
    return asyncio.get_running_loop().time()


async def nothing_comes(queue: WorkQueue[str], seconds: float = 1000) -> bool:
    try:
        async with deadline(seconds, "a key"):
            await queue.get()
    except DeadlineExceeded:
        return True
    return False


async def test_a_key_added_twice_waits_once(queue: WorkQueue[str]) -> None:
    queue.add("a")
    queue.add("b")
    queue.add("a")
    assert len(queue) == 2
    assert [await queue.get(), await queue.get()] == ["a", "b"]


async def test_a_key_added_while_worked_on_waits_until_that_is_done(queue: WorkQueue[str]) -> None:
    queue.add("a")
    await queue.get()
    queue.add("a")
    queue.add("b")
    assert await queue.get() == "b"
    assert (queue.waiting, queue.working) == ({"a"}, {"a", "b"})
    queue.done("a")
    assert await queue.get() == "a"


async def test_work_that_is_done_is_not_repeated(queue: WorkQueue[str]) -> None:
    queue.add("a")
    queue.done(await queue.get())
    assert (len(queue), queue.working, queue.due("a")) == (0, set(), None)


async def test_higher_priorities_come_first_and_equals_in_order(queue: WorkQueue[str]) -> None:
    for key, priority in (("a", 0), ("b", 5), ("c", 0), ("d", 5)):
        queue.add(key, priority=priority)
    assert [await queue.get() for _ in range(4)] == ["b", "d", "a", "c"]


async def test_a_waiting_key_gains_priority_and_never_loses_it(queue: WorkQueue[str]) -> None:
    queue.add("a")
    queue.add("b")
    queue.add("b", priority=1)
    queue.add("b", priority=0)
    assert [await queue.get(), await queue.get()] == ["b", "a"]
    assert len(queue) == 0


async def test_priority_given_while_worked_on_counts_after_done(queue: WorkQueue[str]) -> None:
    queue.add("a")
    await queue.get()
    queue.add("a", priority=1)
    queue.add("b")
    queue.done("a")
    assert [await queue.get(), await queue.get()] == ["a", "b"]


@pytest.mark.looptime
async def test_a_delayed_key_comes_at_its_time(queue: WorkQueue[str]) -> None:
    queue.add_after("a", 30)
    assert (len(queue), queue.due("a"), queue.delayed) == (0, now() + 30, {"a": now() + 30})
    assert await queue.get() == "a"
    assert now() == 30


@pytest.mark.looptime
@pytest.mark.parametrize("delays", [(10, 30), (30, 10)])
async def test_the_earlier_of_two_delays_wins(queue: WorkQueue[str], delays: tuple[int, int]) -> None:
    for delay in delays:
        queue.add_after("a", delay)
    queue.done(await queue.get())
    assert now() == 10
    assert await nothing_comes(queue)


@pytest.mark.looptime
async def test_an_add_supersedes_a_delay(queue: WorkQueue[str]) -> None:
    queue.add_after("a", 30)
    queue.add("a")
    queue.done(await queue.get())
    assert now() == 0
    assert await nothing_comes(queue)


@pytest.mark.looptime
async def test_a_delay_of_a_waiting_key_changes_nothing(queue: WorkQueue[str]) -> None:
    queue.add("a")
    queue.add_after("a", 30)
    queue.done(await queue.get())
    assert await nothing_comes(queue)


@pytest.mark.looptime
async def test_a_delay_that_ends_during_work_waits_for_its_end(queue: WorkQueue[str]) -> None:
    queue.add("a")
    await queue.get()
    queue.add_after("a", 5)
    assert await nothing_comes(queue, 60)
    assert queue.due("a") == now()
    queue.done("a")
    assert await queue.get() == "a"


@pytest.mark.looptime
async def test_a_discarded_key_does_not_come(queue: WorkQueue[str]) -> None:
    queue.add("a")
    queue.add_after("b", 5)
    queue.add("c")
    assert await queue.get() == "a"
    queue.add("a")
    for key in "abc":
        queue.discard(key)
    queue.done("a")
    assert await nothing_comes(queue)


async def test_a_closed_queue_gives_nothing_and_wakes_who_waits(queue: WorkQueue[str]) -> None:
    async with owned("test") as owner:
        getters = [owner.spawn(_refused(queue), name=str(number)) for number in range(3)]
        await asyncio.sleep(0)
        queue.close()
        assert [await getter for getter in getters] == [True, True, True]
    queue.add("a")
    assert await _refused(queue)


async def _refused(queue: WorkQueue[str]) -> bool:
    try:
        await queue.get()
    except QueueClosed:
        return True
    return False


async def test_a_getter_cancelled_as_it_is_woken_loses_no_key(queue: WorkQueue[str]) -> None:
    async with owned("test") as owner:
        first = owner.spawn(queue.get(), name="first")
        second = owner.spawn(queue.get(), name="second")
        await asyncio.sleep(0)
        queue.add("a")  # wakes the first
        first.cancel()
        assert await second == "a"


@pytest.mark.looptime
@pytest.mark.parametrize("seed", range(5))
async def test_many_workers_never_share_a_key_and_miss_no_last_add(seed: int) -> None:
    chance, queue = random.Random(seed), WorkQueue[int](name="many")
    version: Counter[int] = Counter()
    seen: Counter[int] = Counter()
    busy: set[int] = set()

    async def work() -> None:
        while True:
            key = await queue.get()
            assert key not in busy
            busy.add(key)
            seen[key] = version[key]
            await asyncio.sleep(chance.random())
            busy.remove(key)
            queue.done(key)

    async with owned("test") as owner:
        for number in range(8):
            owner.forever(work(), name=f"worker {number}")
        for _ in range(2000):
            key = chance.randrange(40)
            version[key] += 1
            if chance.random() < 0.5:
                queue.add(key, priority=chance.randrange(3))
            else:
                queue.add_after(key, chance.random())
            await asyncio.sleep(chance.random() / 50)
        await asyncio.sleep(1000)
    assert seen == version
    assert (len(queue), queue.delayed, queue.working) == (0, {}, set())
