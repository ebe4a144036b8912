"""Bound how long something may take and how much may happen at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from fleet.errors import DeadlineExceeded

K = TypeVar("K", bound=Hashable)


@asynccontextmanager
async def deadline(seconds: float, what: str) -> AsyncIterator[None]:
    """Cancel the block after `seconds` and raise DeadlineExceeded naming `what`; other errors go through as they are."""
    try:
        async with asyncio.timeout(seconds) as scope:
            yield
    except TimeoutError as error:
        if not scope.expired():
            raise
        raise DeadlineExceeded(what=what, seconds=seconds) from error


class Limiter(Generic[K]):
    """So many at once per key, and so many in total.

    A place of the key is taken before one of the total, so that who waits for a busy key holds nothing that another key
    could use; everybody takes them in this order and asks for no second one, so nobody waits in a circle.
    """

    def __init__(self, *, total: int, per_key: int) -> None:
        self._total = asyncio.Semaphore(total)
        self._per_key = per_key
        self._keys: dict[K, asyncio.Semaphore] = {}
        self._users: dict[K, int] = {}

    @asynccontextmanager
    async def slot(self, key: K) -> AsyncIterator[None]:
        """Hold one place of this key and of the total for the block; waiting for it has no deadline of its own."""
        semaphore = self._keys.setdefault(key, asyncio.Semaphore(self._per_key))
        self._users[key] = self._users.get(key, 0) + 1
        try:
            async with semaphore, self._total:
                yield
        finally:
            self._users[key] -= 1
            if not self._users[key]:
                del self._users[key], self._keys[key]

    def users(self, key: K) -> int:
        """Say how many hold or wait for a place of this key."""
        return self._users.get(key, 0)
