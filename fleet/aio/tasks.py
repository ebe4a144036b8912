"""Tasks that have a name and an owner: none is forgotten, none outlives its owner, no error is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator, Sized
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from fleet.errors import LoopEnded

T = TypeVar("T")
Error = TypeVar("Error", bound=BaseException)
R = TypeVar("R")


class TaskOwner:
    """Starts tasks for the block of `owned(...)` that made it; the first error of one ends them all, and the block."""

    def __init__(self, name: str, group: Group) -> None:
        self.name = name
        self._group = group
        self._passing: set[asyncio.Task[Any]] = set()
        self._lasting: set[asyncio.Task[Any]] = set()
        self._cancelled: set[asyncio.Task[Any]] = set()
        self._ending = False

    def spawn(self, coroutine: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
        """Start a task that comes to an end; its error ends the owner."""
        return self._start(coroutine, name, self._passing)

    def forever(self, coroutine: Coroutine[Any, Any, object], *, name: str) -> asyncio.Task[None]:
        """Start a loop that ends only by being cancelled; LoopEnded, which ends the owner, if it returns or raises."""
        try:
            task = self._start(_never_ending(coroutine, f"{self.name}/{name}"), name, self._lasting)
        except asyncio.CancelledError:
            coroutine.close()
            raise
        task.add_done_callback(lambda _: coroutine.close())  # cancelled before its start, nobody else would
        return task

    def running(self) -> list[str]:
        """Name the tasks that have not ended, sorted."""
        return sorted(task.get_name() for task in self._passing | self._lasting)

    async def drain(self) -> None:
        """Wait until no task of `spawn` is left, also those started meanwhile; loops go on."""
        while self._passing:
            await asyncio.wait(self._passing)

    def cancel(self) -> None:
        """Cancel every task; the end of the block waits until they have cleaned up."""
        for task in (self._passing | self._lasting) - self._cancelled:
            task.cancel()
        self._all_are_cancelled()

    def end(self) -> None:
        """Cancel every task, and start none any more."""
        self._ending = True
        self.cancel()

    def _all_are_cancelled(self) -> None:
        # A second cancellation would interrupt the cleaning up. `task.cancelling()` does not say whether one would be the
        # second: a timeout within the task that has just run out has cancelled it too, and takes that back.
        self._cancelled = self._passing | self._lasting

    def _start(self, coroutine: Coroutine[Any, Any, T], name: str, kept: set[asyncio.Task[Any]]) -> asyncio.Task[T]:
        try:
            if self._ending:
                raise RuntimeError("nobody would cancel it")
            task = self._group.create_task(coroutine, name=f"{self.name}/{name}")
        except RuntimeError as error:
            # The owner is ending, and whoever asks belongs to it: there is nobody left to start anything for.
            coroutine.close()
            raise asyncio.CancelledError(f"{self.name} is ending") from error
        kept.add(task)
        task.add_done_callback(kept.discard)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and task.exception():  # for which the group has just cancelled all the others
            self._all_are_cancelled()


@asynccontextmanager
async def owned(name: str) -> AsyncIterator[TaskOwner]:
    """Own tasks for the length of a block: at its end they are cancelled and waited for.

    A task's error cancels the block and the other tasks and is raised from here, as it is; several at once are raised as
    an ExceptionGroup.
    """
    async with grouped() as group:
        owner = TaskOwner(name, group)
        try:
            yield owner
        finally:
            owner.end()


class Group:
    """What `grouped()` gives: starts tasks that its block waits for."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._tasks: set[asyncio.Task[Any]] = set()

    def create_task(self, coroutine: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
        """Start a task; its error cancels the block and the other tasks. Raises RuntimeError when they are ending."""
        task = self._group.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def ended(self) -> None:
        """Wait for all of them."""
        while self._tasks:
            await asyncio.wait(self._tasks)


@asynccontextmanager
async def grouped() -> AsyncIterator[Group]:
    """A TaskGroup that raises one error as it is, and is cancelled whenever it was asked to be.

    A bare one forgets that when it is asked while it cleans up after an error, and raises the error alone: a loop that goes on
    after errors would then go on for ever.
    """
    before = _cancellations()
    try:
        async with asyncio.TaskGroup() as tasks:
            group = Group(tasks)
            yield group
            # Not left to the TaskGroup: it would not take back that it cancelled us for an error that comes from now on.
            await group.ended()
    except BaseExceptionGroup as errors:
        error = _one_or_all(errors)
        if _cancellations() > before:
            raise asyncio.CancelledError from error
        raise error from error.__cause__


async def map_limited(function: Callable[[T], Awaitable[R]], items: Iterable[T], *, limit: int, name: str) -> list[R]:
    """Call an async function for each item, at most `limit` at once; gives the results in the items' order.

    The first error cancels the others and is raised as it is. Items are taken only as places become free. A single item
    costs no task: most lists are short.
    """
    if isinstance(items, Sized):
        limit = min(limit, len(items))
        if limit <= 1:
            return [await function(item) for item in items]
    results: dict[int, R] = {}
    numbered = enumerate(items)

    async def work() -> None:
        for number, item in numbered:  # one iterator for all workers: each takes the next
            results[number] = await function(item)

    async with grouped() as group:
        for number in range(limit):
            group.create_task(work(), name=f"{name}/{number}")
    return [results[number] for number in range(len(results))]


async def _never_ending(coroutine: Coroutine[Any, Any, object], name: str) -> None:
    try:
        await coroutine
    except Exception as error:
        raise LoopEnded(name=name, reason=f"{type(error).__name__}: {error}") from error
    raise LoopEnded(name=name, reason="it returned")


def _cancellations() -> int:
    """How often the task that asks was cancelled, and did not take it back."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0


def _one_or_all(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    return errors.exceptions[0] if len(errors.exceptions) == 1 else errors


def leaves(errors: BaseExceptionGroup[Error]) -> Iterator[Error]:
    """The errors of a group, those of groups in it too."""
    for error in errors.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error
