"""Keeps the Health of one cluster's objects: by what the watch says of them, by what they relate to, and by time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from fleet.aio import Backoff, WorkQueue
from fleet.errors import FleetError
from fleet.health import Look, assess, looks
from fleet.hooks.contexts import HealthContext
from fleet.hooks.declarations import HealthCheck
from fleet.hooks.registry import Registry
from fleet.hub.state import Assessed
from fleet.kube.live.apply import read
from fleet.kube.live.cache import Event
from fleet.kube.server.client import ApiClient
from fleet.kube.server.discovery import Discovery
from fleet.model.health import Health, HealthState
from fleet.model.keys import ObjectKey
from fleet.model.observation import LiveObject, is_older

Related = Mapping[ObjectKey, Mapping[str, Any]]

_LATER = 30.0
"""Seconds after which an object that could not be read is looked at again."""
_SOON = 0.5
"""Seconds before what an object relates to is fetched: while it settles, its own events come faster."""
_SELDOM_FIRST, _SELDOM_AT_MOST = 6.0, 60.0
"""Seconds after which what an object relates to is fetched again while it is not Healthy: a Pod that cannot pull its image
tells its Deployment nothing, so no event may follow. Longer than one list answers, ever longer, and bounded."""
_SHARED = 5.0
"""Seconds for which one list answers every object that asks for the same: classes are the same for all Ingresses."""
_QUIET_AT_MOST = 15.0
"""Seconds that a look waits for a lull: Syncs come first, and what they settle needs no look."""
_NOT_LOOKED = Health(state=HealthState.PROGRESSING, reason="NotLooked", message="what it depends on has not been looked at yet")
_MOST = 100
"""Related objects of one kind that are fetched: enough to say why, and bounded."""
_WRITTEN = Health(
    state=HealthState.PROGRESSING, reason="Written", message="it was written, and the cluster has not told of it since"
)
_UNREAD = Health(state=HealthState.UNKNOWN, reason="NotRead", message="no watch tells of it any more, and it is being read")


@dataclass(kw_only=True)
class Assessor:
    """Judges objects and remembers what it found."""

    registry: Registry
    health: dict[ObjectKey, Assessed]
    written_at: Mapping[ObjectKey, datetime]
    now: Callable[[], datetime]
    again: Callable[[ObjectKey, float], None]
    """Called with the seconds after which an object is to be read again, though nothing changes."""

    def event(self, event: Event) -> bool:
        """Assess the object of an event; whether its Health is another than before."""
        before = self.health.get(event.key)
        if event.after is None:
            return self.health.pop(event.key, None) is not None
        check = self.registry.health_check(event.key.group_kind)
        if check.needs_body and event.body is None:
            self._untold(event.after, _UNREAD)
            self.again(event.key, 0.0)
            return before is None or before.health != _UNREAD
        body = event.body if event.body is not None else metadata_of(event.after)
        found = self.judge(event.key, body)
        if check.related and (check.related_always or found.state is not HealthState.HEALTHY):
            self.again(event.key, _SOON)
        return before is None or before.health != found

    def learned(self, key: ObjectKey, live: LiveObject | None) -> None:
        """Take what a write of ours was answered: what was found before it counts no more.

        Of kinds that need no body the watch has no more to tell, of others nothing is known until it does. It may have told
        already: it is often faster.
        """
        if live is None:
            self.health.pop(key, None)
            return
        known = self.health.get(key)
        if known is not None and known.is_of(live):
            return
        if self.registry.health_check(key.group_kind).needs_body:
            self._untold(live, _WRITTEN)
        else:
            self.judge(key, metadata_of(live))

    def judge(self, key: ObjectKey, body: Mapping[str, Any], *, related: Related | None = None) -> Health:
        """Assess one object by its body (or its metadata, for kinds that need no more) and what it relates to."""
        found = self._found(key, body, related)
        metadata, now = body["metadata"], self.now()
        self.health[key] = Assessed(
            health=found,
            uid=metadata.get("uid", ""),
            resource_version=metadata.get("resourceVersion", ""),
            generation=metadata.get("generation", 0),
            at=now,
            since=self._since(key, found.state, metadata.get("uid", ""), now),
        )
        if found.again is not None:
            self.again(key, found.again)
        return found

    def _found(self, key: ObjectKey, body: Mapping[str, Any], related: Related | None) -> Health:
        check, written = self.registry.health_check(key.group_kind), self.written_at.get(key)
        looked = related is not None or not check.related
        context = HealthContext(live=body, related=related or {}, looked=looked, last_write=written, now=self.now())
        found = assess(context, check)
        better_than_it_is = check.related_always and not looked and found.state is HealthState.HEALTHY
        return _NOT_LOOKED if better_than_it_is else found

    def _untold(self, live: LiveObject, meanwhile: Health) -> None:
        now = self.now()
        self.health[live.key] = Assessed(
            health=meanwhile,
            uid=live.uid,
            resource_version=live.resource_version,
            generation=live.generation,
            at=now,
            since=now,
            told=False,
        )

    def _since(self, key: ObjectKey, state: HealthState, uid: str, now: datetime) -> datetime:
        before = self.health.get(key)
        same = before is not None and before.told and before.uid == uid and before.health.state is state
        return before.since if before is not None and same else now


class Looker:
    """Reads objects again whose Health depends on time or on other objects; only those, one at a time."""

    def __init__(
        self,
        client: ApiClient,
        discovery: Discovery,
        *,
        changed: Callable[[ObjectKey], None],
        busy: Callable[[], bool],
        random: Random,
    ) -> None:
        self.assessor: Assessor | None = None
        self._busy = busy
        self._lists: dict[Look, tuple[float, list[Mapping[str, Any]]]] = {}
        self._client = client
        self._discovery = discovery
        self._changed = changed
        self._queue: WorkQueue[ObjectKey] = WorkQueue(name=f"health of {client.cluster}")
        self._seldom: Backoff[ObjectKey] = Backoff(random=random, first=_SELDOM_FIRST, cap=_SELDOM_AT_MOST)

    def later(self, key: ObjectKey, seconds: float) -> None:
        """Look at an object after so many seconds."""
        self._queue.add_after(key, seconds)

    async def run(self) -> None:
        """Look, one object at a time; ends only by being cancelled."""
        while True:
            key = await self._queue.get()
            try:
                await self._lull()
                await self._look(key)
            except FleetError:
                self._queue.add_after(key, _LATER)
            finally:
                self._queue.done(key)

    async def _lull(self) -> None:
        """Wait until nothing is being synced, but not for ever."""
        for _ in range(int(_QUIET_AT_MOST / _SOON)):
            if not self._busy():
                return
            await asyncio.sleep(_SOON)

    async def _look(self, key: ObjectKey) -> None:
        assert self.assessor is not None
        check = self.assessor.registry.health_check(key.group_kind)
        before = self.assessor.health.get(key)
        if before and before.told and before.health.state is HealthState.HEALTHY and not check.related_always:
            self._seldom.forget(key)
            return  # it became so while this waited
        body = await read(self._client, self._discovery, key)
        if body is None:
            self._seldom.forget(key)
            return
        related = await self._related(body, check)
        before = self.assessor.health.get(key)
        if before is not None and is_older(body["metadata"]["resourceVersion"], before.resource_version):
            self._queue.add_after(key, _SOON)
            return  # the watch told of more while this read
        found = self.assessor.judge(key, body, related=related)
        if before is None or before.health != found:
            self._seldom.forget(key)
            self._changed(key)
        if check.related and found.state is not HealthState.HEALTHY:
            self._queue.add_after(key, self._seldom.next(key))

    async def _related(self, body: Mapping[str, Any], check: HealthCheck) -> Related:
        """Fetch what a check asks to see; what cannot be read is not there for it, and its answer says less."""
        found: dict[ObjectKey, Mapping[str, Any]] = {}
        for look in looks(body, check):
            for item in await self._shared(look):
                found[ObjectKey.of(item)] = item
        return found

    async def _shared(self, look: Look) -> list[Mapping[str, Any]]:
        now = asyncio.get_running_loop().time()
        self._lists = {each: kept for each, kept in self._lists.items() if kept[0] > now - _SHARED}
        if look not in self._lists:
            self._lists[look] = (now, await self._listed(look))
        return self._lists[look][1]

    async def _listed(self, look: Look) -> list[Mapping[str, Any]]:
        resource = await self._discovery.resource(look.kind)
        params = {"limit": str(_MOST), **_selecting(look)}
        page = await self._client.list(resource.collection(look.namespace), params=params)
        # The items of a list do not say what they are.
        return [{"apiVersion": resource.api_version, "kind": resource.kind, **item} for item in page["items"] or ()]


def _selecting(look: Look) -> Mapping[str, str]:
    fields = f"metadata.name={look.name}" if look.name else ""
    return {name: value for name, value in (("labelSelector", look.selector), ("fieldSelector", fields)) if value}


def metadata_of(live: LiveObject) -> Mapping[str, Any]:
    """An object's body as far as a LiveObject keeps it, for checks that need no more."""
    metadata: dict[str, Any] = {
        "name": live.key.name,
        "uid": live.uid,
        "resourceVersion": live.resource_version,
        "generation": live.generation,
    }
    if live.key.namespace:
        metadata["namespace"] = live.key.namespace
    if live.deleting:
        metadata["deletionTimestamp"] = "1970-01-01T00:00:00Z"  # only that there is one is known
    return {"apiVersion": live.key.group, "kind": live.key.kind, "metadata": metadata}
