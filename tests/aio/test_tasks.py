"""No task is forgotten, none outlives its owner, no error is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

import pytest

from fleet.aio import TaskOwner, leaves, map_limited, owned
from fleet.errors import LoopEnded

Tasks = Mapping[str, Coroutine[Any, Any, object]]


class BadError(Exception):
    pass


async def fail(after: float = 0) -> None:
    await asyncio.sleep(after)
    raise BadError


async def note(ended: list[str], name: str) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(1)  # cleaning up takes time
        ended.append(name)


async def own(passing: Tasks, lasting: Tasks | None = None, block: Coroutine[Any, Any, object] | None = None) -> None:
    """Own these tasks for as long as the block runs: for ever, if none is given."""
    async with owned("hub") as owner:
        for name, coroutine in passing.items():
            owner.spawn(coroutine, name=name)
        for name, coroutine in (lasting or {}).items():
            owner.forever(coroutine, name=name)
        await (block or asyncio.Event().wait())


@pytest.mark.looptime
async def test_the_end_of_the_block_cancels_and_waits_for_every_task() -> None:
    ended: list[str] = []
    async with owned("hub") as owner:
        owner.spawn(note(ended, "a"), name="a")
        owner.forever(note(ended, "b"), name="b")
        await asyncio.sleep(0)
        assert owner.running() == ["hub/a", "hub/b"]
    assert sorted(ended) == ["a", "b"]


@pytest.mark.looptime
async def test_an_error_ends_the_block_and_the_other_tasks_and_is_raised_as_it_is() -> None:
    ended: list[str] = []
    with pytest.raises(BadError):
        await own({"other": note(ended, "other"), "bad": fail(5)})
    assert ended == ["other"]


@pytest.mark.looptime
async def test_several_errors_at_once_are_all_raised() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        await own({"one": fail(5), "two": fail(5)})
    assert [type(error) for error in caught.value.exceptions] == [BadError, BadError]


async def test_an_error_of_the_block_is_raised_as_it_is() -> None:
    with pytest.raises(BadError):
        await own({}, {"loop": asyncio.Event().wait()}, block=fail())


@pytest.mark.looptime
async def test_a_loop_that_returns_is_an_error() -> None:
    with pytest.raises(LoopEnded, match="hub/poll should run for ever, and it ended: it returned"):
        await own({}, {"poll": asyncio.sleep(5)})


@pytest.mark.looptime
async def test_a_loop_that_raises_is_an_error_that_keeps_its_cause() -> None:
    with pytest.raises(LoopEnded, match="hub/poll") as caught:
        await own({}, {"poll": fail(5)})
    assert isinstance(caught.value.__cause__, BadError)


@pytest.mark.looptime
async def test_cancelling_the_owner_cancels_its_tasks_and_goes_through() -> None:
    ended: list[str] = []

    async with owned("outer") as outer:
        task = outer.spawn(own({"a": note(ended, "a")}), name="own")
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
    assert (task.cancelled(), ended) == (True, ["a"])


@pytest.mark.looptime
async def test_a_loop_ends_also_when_its_pause_runs_out_at_the_same_instant() -> None:
    async def loop() -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await asyncio.Event().wait()

    async with asyncio.timeout(60), owned("hub") as owner:
        owner.forever(loop(), name="loop")
        await asyncio.sleep(1)  # begun before the loop's first step: of the two timers, ours goes first
    assert owner.running() == []


async def owns() -> None:
    """Have a task that takes a second to clean up, and fail."""
    async with owned("connection") as owner:
        owner.spawn(note([], "watch"), name="watch")
        await fail(1)


async def is_owned() -> None:
    """The same, when one of two tasks fails."""
    await own({"watch": note([], "watch"), "bad": fail(1)})


async def maps() -> None:
    """The same, of calls for some items."""

    async def work(item: int) -> None:
        await (note([], "one") if item else fail(1))

    await map_limited(work, range(2), limit=2, name="work")


@pytest.mark.looptime
@pytest.mark.parametrize("instant", range(11))
@pytest.mark.parametrize("connection", [owns, is_owned, maps])
async def test_a_loop_that_goes_on_after_errors_ends_whenever_it_is_cancelled(
    connection: Callable[[], Coroutine[Any, Any, None]], instant: int
) -> None:
    async def loop() -> None:
        while True:
            with suppress(BadError):
                await connection()
            await asyncio.sleep(0.5)

    async with asyncio.timeout(60), owned("hub") as owner:
        owner.forever(loop(), name="loop")
        await asyncio.sleep(instant / 4)
    assert owner.running() == []


@pytest.mark.looptime
async def test_cancelling_twice_does_not_interrupt_the_cleaning_up() -> None:
    ended: list[str] = []
    async with owned("hub") as owner:
        owner.spawn(note(ended, "a"), name="a")
        await asyncio.sleep(0)
        owner.cancel()
        await asyncio.sleep(0.5)
        owner.cancel()
    assert ended == ["a"]


@pytest.mark.looptime
async def test_drain_waits_for_passing_tasks_and_not_for_loops() -> None:
    async with owned("hub") as owner:
        owner.forever(asyncio.Event().wait(), name="loop")
        owner.spawn(asyncio.sleep(5), name="short")
        owner.spawn(asyncio.sleep(9), name="long")
        await owner.drain()
        assert (owner.running(), asyncio.get_running_loop().time()) == (["hub/loop"], 9)


@pytest.mark.looptime
async def test_map_limited_keeps_the_order_and_the_limit() -> None:
    running, most = 0, 0

    async def double(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(10 - number)
        running -= 1
        return 2 * number

    assert await map_limited(double, range(10), limit=3, name="double") == [2 * number for number in range(10)]
    assert most == 3


@pytest.mark.looptime
async def test_map_limited_stops_at_the_first_error_and_takes_no_more_items() -> None:
    taken: list[int] = []

    async def third_fails(number: int) -> None:
        taken.append(number)
        await asyncio.sleep(0.5 if number == 2 else 1)
        if number == 2:
            raise BadError

    with pytest.raises(BadError):
        await map_limited(third_fails, range(100), limit=2, name="work")
    assert taken == [0, 1, 2, 3]


async def test_map_limited_of_nothing_is_nothing() -> None:
    assert await map_limited(asyncio.sleep, [], limit=3, name="work") == []


async def test_a_task_that_starts_another_while_its_owner_ends_is_only_cancelled() -> None:
    release = asyncio.Event()

    async def late(owner: TaskOwner) -> None:
        try:
            await release.wait()
        finally:
            owner.forever(release.wait(), name="too late")

    async with owned("test") as owner:
        task = owner.spawn(late(owner), name="late")
        await asyncio.sleep(0)
    assert task.cancelled()


def test_the_errors_of_nested_groups_are_told_one_by_one() -> None:
    one, two = ValueError("one"), ValueError("two")
    assert list(leaves(BaseExceptionGroup("outer", [one, BaseExceptionGroup("inner", [two])]))) == [one, two]
