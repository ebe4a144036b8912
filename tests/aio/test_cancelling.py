"""What waits for threads, processes and queues ends in whichever turn of the loop it is cancelled, and holds nothing after."""

from __future__ import annotations

import asyncio
import threading
import time

from fleet.aio import Command, Limiter, Threads, Workers, WorkQueue, map_limited, run_process
from tests.aio.cancelling import in_every_turn
from tests.source.server import children


async def test_a_call_in_a_thread_gives_its_place_back_when_the_thread_is_free() -> None:
    threads, release = Threads(limit=1, name="test"), threading.Event()

    async def call() -> None:
        await threads.run(release.wait, 60, seconds=60, what="a call")

    await in_every_turn(call, turns=6)
    release.set()
    assert await threads.run(divmod, 7, 2, seconds=60, what="division") == (3, 1)
    assert threads.abandoned == 0


async def test_a_call_in_a_worker_leaves_no_process_that_nobody_knows() -> None:
    before = children()
    workers = Workers(limit=1, max_memory=1 << 29, environment={}, name="test")

    async def call() -> None:
        await workers.call(time.sleep, 600, seconds=60, max_output=1000, what="a call")

    await in_every_turn(call, turns=12, every=2)
    assert await workers.call(int, "7", seconds=60, max_output=1000, what="a call") == 7
    assert len(children() - before) == 1


async def test_a_command_is_gone_with_whoever_ran_it() -> None:
    before = children()

    async def run() -> None:
        await run_process(Command(argv=["/bin/sleep", "600"]), seconds=60, max_output=1000, what="sleep")

    await in_every_turn(run, turns=24, every=2)
    assert children() - before == set()


async def test_a_key_is_lost_by_nobody_who_stops_waiting_for_it() -> None:
    queue: WorkQueue[int] = WorkQueue(name="test")

    async def work() -> None:
        while True:
            queue.done(await queue.get())

    await in_every_turn(work, turns=4)
    for turn in range(4):
        worker = asyncio.create_task(queue.get(), name="worker")
        await asyncio.sleep(0)
        queue.add(turn)
        for _ in range(turn):
            await asyncio.sleep(0)
        taken = worker.done()
        worker.cancel()
        await asyncio.wait({worker}, timeout=60)
        assert (worker.result() if taken else await asyncio.wait_for(queue.get(), 60)) == turn
        queue.done(turn)


async def test_places_are_free_again_after_any_end() -> None:
    limiter: Limiter[str] = Limiter(total=2, per_key=1)

    async def hold(key: str) -> None:
        async with limiter.slot(key):
            await asyncio.sleep(0)

    async def many() -> None:
        while True:
            await map_limited(hold, ["a", "a", "b", "c"], limit=4, name="hold")

    await in_every_turn(many, turns=20)
    await asyncio.wait_for(map_limited(hold, ["a", "b", "c"], limit=3, name="hold"), 60)
    assert [limiter.users(key) for key in "abc"] == [0, 0, 0]
