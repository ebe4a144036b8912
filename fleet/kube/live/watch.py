"""Follow one collection: a list in pages, then a watch that goes on where the last one ended.

What the server does by itself, ending a watch after the time it was asked for, costs nothing but the next watch. After any
other end the connection was disturbed: it is asked for its resource version first, because a server that was restored from
a backup would accept a version ahead of its own and say nothing for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from fleet.aio import Backoff, Bell
from fleet.errors import ClusterUnreachable, Expired, FleetError, NotServed, TooManyRequests
from fleet.kube.server.answers import Asked, status_of
from fleet.kube.server.client import ApiClient

PAGE = 500
# As client-go: spread, so that a thousand watches that were opened together do not end together.
_WATCH_SECONDS = (300, 600)
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 30.0
# A server that takes watches and drops them at once is one in trouble: the waits between tries grow all the same.
_STEADY_SECONDS = 10.0


class Follower(Protocol):
    """Who is told what a collection holds."""

    def item(self, body: Mapping[str, Any]) -> None:
        """One object of a list that has begun."""

    def listed(self, version: str) -> None:
        """The list is complete, as of this resource version."""

    def changed(self, kind: str, body: Mapping[str, Any]) -> None:
        """`ADDED`, `MODIFIED` or `DELETED`: an event of the watch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is followed: the collection's path, a label selector, and whether bodies are needed."""

    path: str
    selector: str
    metadata_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """Whom a watch tells about its connection, and what wakes one that waits before its next try."""

    back: Callable[[float], None]
    """The connection was disturbed at this time of the loop, is there again, and the server did not go back in time."""
    rewound: Callable[[], None]
    """The server went back in time; everything remembered of this cluster is worthless."""
    wake: Bell


class Watch:
    """One collection's list and watch; `run()` it. `version` is where the next watch goes on; empty: list first."""

    def __init__(self, client: ApiClient, target: Target, follower: Follower, *, signals: Signals) -> None:
        self.target = target
        self.version = ""
        self.highest = 0
        """The highest resource version seen, of whatever: a server below it went back in time."""
        self.listed = False
        self.live = False
        self.broken_at: float | None = None
        self.error: FleetError | None = None
        """Why the last try failed; None once one succeeded."""
        self.ended = False
        """Whether another one has taken its place."""
        self.changes = Bell()
        self._client = client
        self._follower = follower
        self._signals = signals
        self._random = Random()  # noqa: S311 - it only spreads
        self._backoff: Backoff[str] = Backoff(random=self._random, first=_FIRST_WAIT, cap=_LONGEST_WAIT)

    async def run(self) -> None:
        """Follow, for ever. Raises NotServed when the collection is no longer served."""
        while True:
            try:
                await self._once()
            except NotServed as error:
                self._broke(error)
                raise
            except Expired as error:
                self.version = ""
                await self._wait(error)
            except FleetError as error:
                self._broke(error)
                await self._wait(error)

    async def ready(self) -> None:
        """Return when the first list is complete, or never will be; raises what the last try failed with."""
        while not (self.listed or self.ended):
            seen = self.changes.rings
            if self.error:
                raise self.error
            await self.changes.wait(seen)

    def end(self) -> None:
        """Another one takes its place: who waits for this one's list is to look for that."""
        self.ended = True
        self.changes.ring()

    def begin(self, items: Iterable[Mapping[str, Any]], version: str) -> None:
        """Take a list of the collection that somebody made, as of this resource version, instead of the first one."""
        for item in items:
            self._follower.item(item)
        self._complete(version)

    def saw(self, version: str) -> None:
        """Remember a resource version that the server has reached."""
        if version.isdecimal():
            self.highest = max(self.highest, int(version))

    async def _once(self) -> None:
        """List or check where that is due, then watch until the server ends it as it was asked to."""
        if not self.version:
            await self._list()
        elif self.broken_at is not None:
            await self._check(await self._read({"limit": "1"}))
        seconds = self._random.randint(*_WATCH_SECONDS)
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            await self._follow(seconds)
        finally:
            if clock() - began > _STEADY_SECONDS:
                self._backoff.forget("")
        if clock() - began < seconds - 1:
            raise ClusterUnreachable(cluster=self._client.cluster, reason="it ended a watch before its time")

    async def _list(self) -> None:
        params = {"limit": str(PAGE)}
        page = await self._read(params)
        await self._check(page)
        version = page["metadata"]["resourceVersion"]
        while True:
            for item in page["items"] or ():
                self._follower.item(item)
            token = page["metadata"].get("continue")
            if not token:
                break
            page = await self._read({**params, "continue": token})
        self._complete(version)

    def _complete(self, version: str) -> None:
        self._follower.listed(version)
        self.version = version
        self.saw(version)
        self.listed = True
        self.error = None
        self.changes.ring()

    async def _read(self, params: Mapping[str, str]) -> Any:
        selector = {"labelSelector": self.target.selector} if self.target.selector else {}
        return await self._client.list(self.target.path, params={**params, **selector}, metadata_only=self.target.metadata_only)

    async def _check(self, page: Mapping[str, Any]) -> None:
        """Compare where the server is with where it was."""
        version = page["metadata"]["resourceVersion"]
        if version.isdecimal() and int(version) < self.highest:
            self.version, self.highest, self.listed = "", 0, False
            self._signals.rewound()
            # Everything is begun anew, this watch, too: it is cancelled here.
            await asyncio.sleep(0)
            raise Expired(cluster=self._client.cluster, path=self.target.path, status=410, reason="it went back in time")

    async def _follow(self, seconds: int) -> None:
        params = {
            "watch": "1",
            "resourceVersion": self.version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(seconds),
        }
        if self.target.selector:
            params["labelSelector"] = self.target.selector
        stream = self._client.stream(
            self.target.path, params=params, metadata_only=self.target.metadata_only, opened=self._opened
        )
        try:
            async with aclosing(stream):  # type: ignore[type-var]
                async for event in stream:
                    self._take(event)
        finally:
            self.live = False

    def _take(self, event: Mapping[str, Any]) -> None:
        kind, body = event["type"], event["object"]
        if kind == "ERROR":
            raise status_of(body, Asked(self._client.cluster, "WATCH", self.target.path))
        self.version = body["metadata"]["resourceVersion"]
        self.saw(self.version)
        if kind != "BOOKMARK":
            self._follower.changed(kind, body)

    def _opened(self) -> None:
        self.live = True
        self.error = None
        broken_at, self.broken_at = self.broken_at, None
        if broken_at is not None:
            self._signals.back(broken_at)
            self._signals.wake.ring()

    def _broke(self, error: FleetError) -> None:
        self.error = error
        if self.broken_at is None:
            self.broken_at = asyncio.get_running_loop().time()
        self.changes.ring()

    async def _wait(self, error: FleetError) -> None:
        """Wait before the next try, or until another watch of this cluster finds it answering."""
        at_least = error.retry_after if isinstance(error, TooManyRequests) else 0.0
        seen = self._signals.wake.rings
        with suppress(TimeoutError):
            async with asyncio.timeout(self._backoff.next("", at_least=at_least)):
                await self._signals.wake.wait(seen)
