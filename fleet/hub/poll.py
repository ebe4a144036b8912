"""When to fetch: at intervals that no two hubs share, or at once when somebody says that there is something new."""

from __future__ import annotations

import asyncio
from random import Random


class Alarm:
    """Wakes the fetch: after the interval, jittered by ± 10 %, or as soon as it is rung."""

    def __init__(self, interval: float, *, random: Random) -> None:
        self._interval = interval
        self._random = random
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Fetch now, or as soon as the present fetch is over; rings meanwhile fall together into one."""
        self._rung.set()

    async def wait(self, *, at_most: float | None = None) -> None:
        """Return when it is time to fetch."""
        seconds = self._interval * self._random.uniform(0.9, 1.1)
        try:
            async with asyncio.timeout(seconds if at_most is None else min(seconds, at_most)):
                await self._rung.wait()
        except TimeoutError:
            pass
        finally:
            self._rung.clear()
