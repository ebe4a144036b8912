"""Put the clock of the running event loop forward: a deadline runs out when a test has come to it, not in a stall before."""

from __future__ import annotations

import asyncio

FED = "/bin/cat >/dev/null"
"""The first command of a script whose deadline is put forward: its stdin is closed by who has begun to count the time."""


class Clock:
    """The clock of the loop that runs now. It goes on as before, and every timer of the loop follows it."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._as_before = loop.time
        self._ahead = 0.0
        loop.time = self._now  # type: ignore[method-assign]

    def forward(self, seconds: float) -> None:
        """Let that much time have passed."""
        self._ahead += seconds

    def _now(self) -> float:
        return self._as_before() + self._ahead
