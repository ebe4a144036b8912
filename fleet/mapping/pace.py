"""Long work on the event loop in small slices."""

from __future__ import annotations

import asyncio
import time

_SLICE = 0.004  # seconds: a revert of drift, due within 100 ms, waits for a slice of everybody else's at most


class Pace:
    """Lets the event loop go on with other things as soon as a slice of time is used up."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    async def step(self) -> None:
        """Say that a piece of work, well below a slice, is done."""
        if time.perf_counter() - self._since > _SLICE:
            await asyncio.sleep(0)
            self._since = time.perf_counter()
