"""How long to wait before the next try of a key."""

from __future__ import annotations

from collections.abc import Hashable
from random import Random
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Backoff(Generic[K]):
    """Count each key's failures in a row; waits grow exponentially up to a cap, for ever, and never all at once.

    `first`, `cap` are seconds; `jitter` is the largest part of a wait that chance takes off.
    """

    def __init__(self, *, random: Random, first: float = 1.0, cap: float = 300.0, jitter: float = 0.3) -> None:
        self._random = random
        self._first = first
        self._cap = cap
        self._jitter = jitter
        self._failures: dict[K, int] = {}

    def next(self, key: K, *, at_least: float = 0.0) -> float:
        """Count a failure and give the seconds until the next try; never less than `at_least` (a Retry-After)."""
        failures = self._failures.get(key, 0) + 1
        self._failures[key] = failures
        doublings = min(failures - 1, 60)  # beyond any cap, and 2.0**1024 is an OverflowError
        wait = min(self._cap, self._first * 2.0**doublings)
        return max(at_least, wait * (1.0 - self._jitter * self._random.random()))

    def forget(self, key: K) -> None:
        """Start this key anew: it succeeded, or is no more."""
        self._failures.pop(key, None)

    def failures(self, key: K) -> int:
        """Say how often this key failed in a row."""
        return self._failures.get(key, 0)
