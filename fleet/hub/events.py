"""What a watch event means: an App to look at again, a Health to assess."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fleet.aio import WorkQueue
from fleet.errors import FleetError
from fleet.health import assess
from fleet.hooks.contexts import HealthContext
from fleet.hooks.registry import Registry
from fleet.hub.state import Assessed
from fleet.kube.apply import read
from fleet.kube.cache import Event
from fleet.kube.client import ApiClient
from fleet.kube.discovery import Discovery
from fleet.model.health import Health
from fleet.model.keys import ObjectKey
from fleet.model.observation import LiveObject


def concerned(event: Event) -> frozenset[str]:
    """The Apps of this cluster that are to be looked at again because of an event; empty when it is no news to them.

    Status, and whatever other controllers write of their own, changes neither marks nor ownership nor what people's
    managers own.
    """
    before, after = event.before, event.after
    if before is not None and after is not None and _same(before, after):
        return frozenset()
    return owners(event)


def owners(event: Event) -> frozenset[str]:
    """The Apps that the object's marks name, before and after."""
    found = (live.owner for live in (event.before, event.after) if live is not None)
    return frozenset(owner.app for owner in found if owner is not None)


def _same(before: LiveObject, after: LiveObject) -> bool:
    return (
        before.uid == after.uid
        and before.marks == after.marks
        and before.own == after.own
        and before.deleting == after.deleting
        and before.kept == after.kept
        and before.rival == after.rival
        and _owners(before) == _owners(after)
    )


def _owners(live: LiveObject) -> frozenset[tuple[str, str, str]]:
    return frozenset((entry.manager, entry.operation, entry.fields.digest) for entry in live.others)


@dataclass(kw_only=True)
class Assessor:
    """Keeps the Health of one cluster's objects, by what the watch says of them."""

    registry: Registry
    health: dict[ObjectKey, Assessed]
    written_at: Mapping[ObjectKey, datetime]
    now: Callable[[], datetime]
    again: Callable[[ObjectKey, float], None]
    """Called with the seconds after which an object must be looked at again though nothing changes."""
    _bodiless: dict[str, Health] = field(default_factory=dict)

    def event(self, event: Event) -> bool:
        """Assess the object of an event; whether its Health is another than before."""
        before = self.health.get(event.key)
        if event.after is None:
            return self.health.pop(event.key, None) is not None
        self.judge(event.key, event.body if event.body is not None else metadata_of(event.after), event.after.resource_version)
        return before is None or before.health != self.health[event.key].health

    def judge(self, key: ObjectKey, body: Mapping[str, Any], resource_version: str) -> None:
        """Assess one object by its body (or its metadata, for kinds that need no more)."""
        check = self.registry.health_check(key.group_kind)
        context = HealthContext(live=body, last_write=self.written_at.get(key), now=self.now())
        found = assess(context, check)
        self.health[key] = Assessed(health=found, resource_version=resource_version, at=self.now())
        if found.again is not None:
            self.again(key, found.again)


class Looker:
    """Looks at objects again whose Health changes by time alone: a grace period that ends, a deadline that passes."""

    def __init__(self, client: ApiClient, discovery: Discovery) -> None:
        self.assessor: Assessor | None = None
        self._client = client
        self._discovery = discovery
        self._queue: WorkQueue[ObjectKey] = WorkQueue(name=f"health of {client.cluster}")

    def later(self, key: ObjectKey, seconds: float) -> None:
        """Look at an object after so many seconds."""
        self._queue.add_after(key, seconds)

    async def run(self) -> None:
        """Look, one object at a time; ends only by being cancelled."""
        while True:
            key = await self._queue.get()
            try:
                body = await read(self._client, self._discovery, key)
                if body and self.assessor:
                    self.assessor.judge(key, body, body["metadata"]["resourceVersion"])
            except FleetError:
                self._queue.add_after(key, _LATER)
            finally:
                self._queue.done(key)


_LATER = 30.0
"""Seconds after which an object that could not be read is looked at again."""


def metadata_of(live: LiveObject) -> Mapping[str, Any]:
    """An object's body as far as a LiveObject keeps it, for checks that need no more."""
    metadata: dict[str, Any] = {"name": live.key.name, "uid": live.uid, "generation": live.generation}
    if live.key.namespace:
        metadata["namespace"] = live.key.namespace
    if live.deleting:
        metadata["deletionTimestamp"] = ""
    return {"apiVersion": live.key.group, "kind": live.key.kind, "metadata": metadata}
