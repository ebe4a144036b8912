"""A worker process lives on between calls, and what kills it costs one call."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from pathlib import Path

import pytest

from fleet.aio import Workers
from fleet.errors import OutputTooLarge, ProcessDied, ProcessTimedOut

MIB = 1024 * 1024


def pool(limit: int = 1) -> Workers:
    return Workers(limit=limit, max_memory=512 * MIB, environment={"A": "1"}, name="test")


async def call(workers: Workers, function: object, *arguments: object, seconds: float = 60, max_output: int = MIB) -> object:
    return await workers.call(function, *arguments, seconds=seconds, max_output=max_output, what="the call")  # type: ignore[arg-type]


async def test_calls_share_a_process_that_has_only_the_environment_it_is_given() -> None:
    workers = pool()
    first = await call(workers, os.getpid)
    assert await call(workers, os.getpid) == first != os.getpid()
    assert [await call(workers, os.getenv, name) for name in ("A", "PATH")] == ["1", None]
    assert workers.started == 1


async def test_what_a_function_raises_is_raised_and_costs_no_process() -> None:
    workers = pool()
    with pytest.raises(ValueError, match="invalid literal"):
        await call(workers, int, "x")
    assert (await call(workers, int, "7"), workers.started) == (7, 1)


async def test_at_the_deadline_the_process_is_killed_and_the_next_call_has_another() -> None:
    workers = pool()
    pid = await call(workers, os.getpid)
    with pytest.raises(ProcessTimedOut, match=r"the call was not done within 0\.2 s and was killed"):
        await call(workers, time.sleep, 600, seconds=0.2)
    assert await call(workers, os.getpid) != pid
    assert workers.started == 2


async def test_a_process_that_dies_answers_nobody_and_is_replaced() -> None:
    workers = pool()
    with pytest.raises(ProcessDied, match=r"exit code 3"):
        await call(workers, os._exit, 3)
    assert await call(workers, int, "7") == 7


async def test_memory_and_answers_are_bounded() -> None:
    workers = pool()
    with pytest.raises(MemoryError):
        await call(workers, bytes, 2048 * MIB)
    with pytest.raises(OutputTooLarge, match=r"render\.maxOutput"):
        await call(workers, bytes, 2 * MIB)


async def test_no_more_processes_than_the_limit_and_none_when_the_pool_is_gone() -> None:
    workers = pool(limit=2)
    await asyncio.gather(*(call(workers, time.sleep, 0.05) for _ in range(6)))
    assert workers.started == 2
    pid = await call(workers, os.getpid)
    del workers
    gc.collect()
    assert not Path(f"/proc/{pid}").exists()
