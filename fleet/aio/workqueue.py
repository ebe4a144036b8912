"""A queue of keys: each waits at most once and is never worked on twice at once.

The rules are those of Kubernetes' client-go `util/workqueue`, with delays and priorities in the same queue.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

from fleet.errors import QueueClosed

K = TypeVar("K", bound=Hashable)


class WorkQueue(Generic[K]):
    """Hand out keys to any number of workers; every operation costs O(log n) at most.

    A key is *delayed* (until its time), *waiting* (for a worker) or *working*; one added while it is worked on waits until
    that work is done. Higher priorities first, the same priority in order of arrival. Belongs to one event loop.
    """

    def __init__(self, *, name: str) -> None:
        self.name = name
        self._heap: list[tuple[int, int, K]] = []  # entries that are not a key's own in _waiting are stale
        self._waiting: dict[K, tuple[int, int]] = {}  # (-priority, order of arrival)
        self._delayed: dict[K, asyncio.TimerHandle] = {}
        self._working: dict[K, int | None] = {}  # the priority to wait with after done, if added meanwhile
        self._getters: deque[asyncio.Future[None]] = deque()
        self._arrivals = 0
        self._closed = False

    def add(self, key: K, *, priority: int = 0) -> None:
        """Let the key wait now, whatever was delayed; waiting already, it can only gain priority."""
        if self._closed:
            return
        self._cancel_delay(key)
        if key in self._working:
            before = self._working[key]
            self._working[key] = priority if before is None else max(before, priority)
            return
        before_order = self._waiting.get(key)
        if before_order is not None and -before_order[0] >= priority:
            return
        self._arrivals += 1
        order = (-priority, before_order[1] if before_order else self._arrivals)
        self._waiting[key] = order
        heapq.heappush(self._heap, (*order, key))
        self._wake_one()

    def add_after(self, key: K, delay: float) -> None:
        """Let the key wait after `delay` seconds, unless it waits already or is delayed for less."""
        if self._closed or key in self._waiting or self._working.get(key) is not None:
            return
        loop = asyncio.get_running_loop()
        when = loop.time() + delay
        handle = self._delayed.get(key)
        if handle is not None and handle.when() <= when:
            return
        self._cancel_delay(key)
        self._delayed[key] = loop.call_at(when, self.add, key)

    def discard(self, key: K) -> None:
        """Forget the key, be it waiting or delayed; work already begun goes on and is not repeated."""
        self._cancel_delay(key)
        self._waiting.pop(key, None)
        if key in self._working:
            self._working[key] = None

    async def get(self) -> K:
        """Take the next key, to be given back with `done`; waits for one. Raises QueueClosed, also while waiting."""
        while not self._closed:
            while self._heap:
                negative, arrival, key = heapq.heappop(self._heap)
                if self._waiting.get(key) == (negative, arrival):
                    del self._waiting[key]
                    self._working[key] = None
                    return key
            await self._wait()
        raise QueueClosed(name=self.name)

    def done(self, key: K) -> None:
        """End the work on a key; if it was added meanwhile, it waits again."""
        again = self._working.pop(key)
        if again is not None:
            self.add(key, priority=again)

    def close(self) -> None:
        """Give out nothing more, forget what waits or is delayed, wake who waits for a key; work in hand goes on."""
        self._closed = True
        for handle in self._delayed.values():
            handle.cancel()
        self._delayed.clear()
        self._waiting.clear()
        self._heap.clear()
        for getter in self._getters:
            if not getter.done():
                getter.set_result(None)

    def __len__(self) -> int:
        """Count the keys that want a worker now, also those that wait for the end of their present work."""
        return len(self._waiting) + sum(priority is not None for priority in self._working.values())

    @property
    def waiting(self) -> frozenset[K]:
        """The keys `len` counts."""
        again = {key for key, priority in self._working.items() if priority is not None}
        return frozenset(self._waiting) | again

    def holds(self, key: K) -> bool:
        """Whether a key waits for a worker, or one has it."""
        return key in self._waiting or key in self._working

    @property
    def working(self) -> frozenset[K]:
        """The keys workers have taken and not given back."""
        return frozenset(self._working)

    @property
    def delayed(self) -> dict[K, float]:
        """The delayed keys and their times, on the loop's clock."""
        return {key: handle.when() for key, handle in self._delayed.items()}

    def due(self, key: K) -> float | None:
        """Say when the key is tried next, on the loop's clock: now if it waits, None if nothing is planned."""
        if key in self._waiting or self._working.get(key) is not None:
            return asyncio.get_running_loop().time()
        handle = self._delayed.get(key)
        return None if handle is None else handle.when()

    def _cancel_delay(self, key: K) -> None:
        handle = self._delayed.pop(key, None)
        if handle is not None:
            handle.cancel()

    async def _wait(self) -> None:
        getter = asyncio.get_running_loop().create_future()
        self._getters.append(getter)
        try:
            await getter
        except asyncio.CancelledError:
            getter.cancel()
            if self._waiting:  # it may have been woken for a key that it will not take
                self._wake_one()
            raise
        finally:
            if getter in self._getters:
                self._getters.remove(getter)

    def _wake_one(self) -> None:
        while self._getters:
            getter = self._getters.popleft()
            if not getter.done():
                getter.set_result(None)
                return
