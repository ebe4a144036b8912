"""Cancel the same work in one turn of the event loop after the other: each time it has to end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


async def in_every_turn(work: Callable[[], Coroutine[Any, Any, object]], *, turns: int, every: int = 1) -> None:
    """Start it, let the loop turn 0, 1, 2… times, cancel it, and wait for its end; fails where it goes on or says another."""
    for turn in range(0, turns, every):
        task = asyncio.create_task(work(), name=f"cancelled after {turn} turns")
        for _ in range(turn):
            await asyncio.sleep(0)
        assert not task.done(), f"it ended by itself within {turn} turns: {task}"
        task.cancel()
        await asyncio.wait({task}, timeout=60)
        assert task.cancelled(), f"cancelled after {turn} turns, it did not end so: {task}"
