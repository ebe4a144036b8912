"""Wait for something to become true, without blocking the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds: no claim of any test, but the end of one that hangs. A busy machine stands still for many of them."""


async def eventually(look: Callable[[], T | Awaitable[T]], *, within: float = PATIENCE, every: float = 0.03) -> T:
    """Call `look` until what it returns is true, and return that; fail with its last answer after `within` seconds.

    An AssertionError of `look` counts as "not yet", so that it may end in asserts.
    """
    end = time.monotonic() + within
    while True:
        last: object
        try:
            seen = look()
            value: T = await seen if isinstance(seen, Awaitable) else seen
            if value:
                return value
            last = value
        except AssertionError as error:
            last = error
        if time.monotonic() > end:
            raise AssertionError(f"not within {within} s; last seen: {last!r}")
        await asyncio.sleep(every)
