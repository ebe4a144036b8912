"""Tell everybody who waits that something changed and they should look again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fleet.aio.limit import deadline


class Bell:
    """A broadcast that loses no wake-up: each ring has a number, and who waits says which one it has seen.

    Rings between two looks fall together into one. Belongs to one event loop; ring it from that loop.
    """

    def __init__(self) -> None:
        self.rings = 0
        self._next = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who waits now."""
        self.rings += 1
        rung, self._next = self._next, asyncio.Event()
        rung.set()

    async def wait(self, seen: int) -> int:
        """Give the number of rings as soon as it is more than `seen`, at once if it already is."""
        while self.rings <= seen:
            await self._next.wait()
        return self.rings

    async def wait_for(self, holds: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Return when `holds()` is true, asked now and after each ring; raises DeadlineExceeded naming `what`."""
        async with deadline(seconds, what):
            while True:
                seen = self.rings
                if holds():
                    return
                await self.wait(seen)
